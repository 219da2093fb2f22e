from __future__ import annotations

from typing import Any

import pytest

from barecalls import Running, announced, mask, order, picture, signposts
from drawthings._generated import imageService_pb2 as pb
from drawthings.server.signposts import signpost

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
CASCADE = "wurstchen_3.0_stage_c_f32_q6p_q8p.ckpt"
X2 = "realesrgan_x2plus_f16.ckpt"
FACES = "restoreformer_v1.0_f16.ckpt"
HIRES = {"width": 256, "height": 256, "hires_fix": True, "hires_fix_width": 128, "hires_fix_height": 128, "steps": 10}
SECOND = ["secondPassImageEncoded", "secondPassImageDecoded"]


def sampling(name: str, steps: int) -> list[str]:
    return [f"{name} {step}" for step in range(steps + 1)]


def test_a_signpost_has_a_step_where_it_counts():
    assert signpost("sampling", 3).sampling.step == 3
    assert signpost("secondPassSampling", 0).WhichOneof("signpost") == "secondPassSampling"
    assert signpost("imageDecoded", 9) == pb.ImageGenerationSignpostProto(
        imageDecoded=pb.ImageGenerationSignpostProto.ImageDecoded()
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"steps": 3}, ["textEncoded", "sampling 3", "imageDecoded"]),
        (
            {"steps": 3, "model": "sd_v1.5_inpainting_f16.ckpt"},
            ["textEncoded", "imageEncoded", "sampling 3", "imageDecoded"],
        ),
        ({"model": "instruct_pix2pix_22000_f16.ckpt"}, ["textEncoded", "imageEncoded", "sampling 2", "imageDecoded"]),
        ({"model": "flux_2_klein_4b_q6p.ckpt"}, ["textEncoded", "sampling 2", "imageDecoded"]),
        (
            {"upscaler": X2, "face_restoration": FACES},
            ["textEncoded", "sampling 2", "imageDecoded", "faceRestored", "imageUpscaled"],
        ),
        (
            {"image": picture(), "strength": 0.5, "steps": 10},
            ["textEncoded", "imageEncoded", "sampling 6", "imageDecoded"],
        ),
        (
            {"image": picture(), "mask": mask([0, 2]), "strength": 0.5, "steps": 10},
            ["textEncoded", "imageEncoded", "sampling 6", "imageDecoded"],
        ),
        (
            {"image": picture(), "mask": mask([0, 1]), "strength": 0.5, "steps": 10},
            ["textEncoded", "imageEncoded", "sampling 10", "imageDecoded"],
        ),
        (
            {**HIRES, "hires_fix_strength": 0.5},
            ["textEncoded", "sampling 10", "imageDecoded", *SECOND, "secondPassSampling 6"],
        ),
        ({**HIRES, "hires_fix_strength": 1.0}, ["textEncoded", "sampling 10", "imageDecoded"]),
        ({**HIRES, "hires_fix_width": 256}, ["textEncoded", "sampling 10", "imageDecoded"]),
        ({**HIRES, "hires_fix_width": 0}, ["textEncoded", "sampling 10", "imageDecoded"]),
        ({**HIRES, "hires_fix": False}, ["textEncoded", "sampling 10", "imageDecoded"]),
        (
            {**HIRES, "image": picture(256, 256), "strength": 0.5},
            ["textEncoded", "imageEncoded", "sampling 6", "imageDecoded"],
        ),
        (
            {"model": CASCADE, "stage_2_steps": 4},
            ["textEncoded", "sampling 2", "imageDecoded", *SECOND, "secondPassSampling 4"],
        ),
        (
            {"model": CASCADE, "stage_2_steps": 4, "image": picture(), "strength": 0.5, "steps": 10},
            [
                *("textEncoded", "imageEncoded", "sampling 6", "imageDecoded"),
                *("secondPassImageEncoded", "secondPassSampling 4"),
            ],
        ),
        (
            {"image": picture(), "strength": 0.0, "upscaler": X2, "sampler": 16},
            ["textEncoded", "imageEncoded", "sampling 0", "imageDecoded", "imageUpscaled"],
        ),
    ],
)
def test_what_is_announced(strict: Running, values: dict[str, Any], told: list[str]):
    _, raw = strict
    assert sorted(announced(raw.generate(order(**values)))) == sorted(told)


def test_the_plain_sequence_with_the_picture_encoded_twice(strict: Running):
    _, raw = strict
    assert signposts(raw.generate(order(steps=3))) == [
        *("textEncoded", "imageEncoded"),
        *sampling("sampling", 3),
        "imageDecoded",
    ]
    assert signposts(raw.generate(order(image=picture(), strength=0.5, steps=10))) == [
        *("textEncoded", "imageEncoded", "imageEncoded"),
        *sampling("sampling", 6),
        "imageDecoded",
    ]


def test_the_sequence_of_two_passes_and_all_extras(strict: Running):
    _, raw = strict
    messages = raw.generate(order(**HIRES, hires_fix_strength=0.5, upscaler=X2, face_restoration=FACES))
    assert signposts(messages) == [
        *("textEncoded", "imageEncoded"),
        *sampling("sampling", 10),
        *("imageDecoded", "secondPassImageEncoded", "imageEncoded"),
        *sampling("secondPassSampling", 6),
        *("secondPassImageDecoded", "faceRestored", "imageUpscaled"),
    ]


def test_upscaling_alone_has_one_signpost(strict: Running):
    _, raw = strict
    messages = raw.generate(order(image=picture(), strength=0.0, upscaler=X2))
    assert signposts(messages) == ["textEncoded"]


def test_every_progress_message_repeats_the_announcement(strict: Running):
    _, raw = strict
    messages = [message for message in raw.generate(order(steps=4)) if message.HasField("currentSignpost")]
    assert {len(message.signposts) for message in messages} == {3}
    assert not any(message.generatedImages or message.HasField("downloadSize") for message in messages)
