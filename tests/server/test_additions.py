from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

from barecalls import Running, Serve, order, picture, pictures
from drawthings._generated import imageService_pb2 as pb
from drawthings.server.zoo import DEFAULT_MODEL, built_in_zoo

NOT_FOUND = grpc.StatusCode.NOT_FOUND
INVALID = grpc.StatusCode.INVALID_ARGUMENT
SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
PIXEL_ART = "pixel_art_xl_v1.1_lora_f16.ckpt"
WATERCOLOUR = "watercolour_style_sd_v1.5_lora_f16.ckpt"
CANNY = "controlnet_canny_sdxl_v1.0_mid_f16.ckpt"
X2, X4 = "realesrgan_x2plus_f16.ckpt", "realesrgan_x4plus_f16.ckpt"


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"model": "missing.ckpt"}, NOT_FOUND, "quietly uses its default model"),
        ({"model": None}, NOT_FOUND, "names no model"),
        ({"model": "hed_f16.ckpt"}, INVALID, "treats it as Stable Diffusion 1"),
        ({"loras": ["missing.ckpt"]}, NOT_FOUND, "The LoRA missing.ckpt is not on this server."),
        ({"loras": [PIXEL_ART]}, INVALID, f"The LoRA {PIXEL_ART} is made for sdxl_base_v0.9, but the model is v1."),
        ({"model": SDXL, "loras": ["hed_f16.ckpt"]}, INVALID, "takes it for v1 and skips it"),
        ({"controls": ["missing.ckpt"]}, NOT_FOUND, "The control missing.ckpt is not on this server."),
        ({"controls": [CANNY]}, INVALID, f"The control {CANNY} is made for sdxl_base_v0.9"),
        ({"controls": ["hed_f16.ckpt"]}, INVALID, "is described neither here nor"),
        ({"refiner_model": "missing.ckpt"}, NOT_FOUND, "The refiner missing.ckpt"),
        ({"upscaler": "missing.ckpt"}, NOT_FOUND, "The upscaler missing.ckpt"),
        ({"face_restoration": "missing.ckpt"}, NOT_FOUND, "The face restoration model missing.ckpt"),
    ],
)
def test_what_the_official_server_passes_over_is_refused(
    strict: Running, values: dict[str, Any], code: grpc.StatusCode, words: str
):
    found, details = strict[1].refusal(order(**values))
    assert found is code
    assert words in details


@pytest.mark.parametrize(
    "values",
    [
        {"loras": ["missing.ckpt", PIXEL_ART]},
        {"controls": ["missing.ckpt", CANNY, "hed_f16.ckpt"]},
        {"refiner_model": "missing.ckpt", "face_restoration": "missing.ckpt", "upscaler": "missing.ckpt"},
        {"model": "hed_f16.ckpt"},
    ],
)
def test_a_faithful_server_goes_on_without_it(faithful: Running, values: dict[str, Any]):
    server, raw = faithful
    messages = raw.generate(order(**values))
    assert pictures(messages)[0].shape == (1, 128, 128, 3)
    facts = server.received[-1].facts
    assert (facts["loras"], facts["controls"], facts["upscale"], facts["version"]) == ((), (), 1, "v1")


def test_a_faithful_server_switches_to_its_default_model(faithful: Running):
    server, raw = faithful
    messages = raw.generate(order(model="missing.ckpt", num_frames=9))
    assert server.received[-1].facts["model"] == DEFAULT_MODEL
    assert len(pictures(messages)) == 9


def test_without_the_default_model_it_looks_crashed(serve: Serve, folder: Any):
    _, raw = serve(models_dir=folder, faithful=True)
    assert raw.refusal(order()) == (grpc.StatusCode.UNAVAILABLE, "Socket closed")


def test_a_missing_part_of_a_model_is_told(serve: Serve, folder: Any):
    (folder / "sd_v1.5_f16.ckpt").write_bytes(b"x")
    _, strict = serve(models_dir=folder)
    code, details = strict.refusal(order(model="sd_v1.5_f16.ckpt"))
    assert code is NOT_FOUND
    assert "clip_vit_l14_f16.ckpt" in details
    _, faithful = serve(models_dir=folder, faithful=True)
    assert len(pictures(faithful.generate(order(model="sd_v1.5_f16.ckpt")))) == 1


def test_what_fits_is_used(strict: Running):
    server, raw = strict
    values = {"loras": [(PIXEL_ART, 0.5)], "controls": [CANNY], "refiner_model": "sd_xl_refiner_1.0_q6p_q8p.ckpt"}
    assert len(pictures(raw.generate(order(model=SDXL, **values)))) == 1
    facts = server.received[-1].facts
    assert facts["loras"] == ((PIXEL_ART, 0.5),)
    assert facts["controls"] == (CANNY,)


def test_a_control_of_no_weight_does_nothing(strict: Running):
    server, raw = strict
    raw.generate(order(model=SDXL, controls=[{"file": CANNY, "weight": 0.0}]))
    assert server.received[-1].facts["controls"] == ()


def test_loras_of_the_first_stable_diffusion_fit_kandinsky(strict: Running):
    server, raw = strict
    raw.generate(order(model="kandinsky_f16.ckpt", loras=[WATERCOLOUR]))
    assert server.received[-1].facts["loras"] == ((WATERCOLOUR, 1.0),)


@pytest.mark.parametrize(
    ("values", "factor"),
    [
        ({"upscaler": X2}, 2),
        ({"upscaler": X4}, 4),
        ({"upscaler": X4, "upscaler_scale_factor": 2}, 2),
        ({"upscaler": X2, "upscaler_scale_factor": 4}, 4),
        ({"upscaler": X2, "upscaler_scale_factor": 3}, 2),
        ({"upscaler": "hed_f16.ckpt"}, 4),
        ({}, 1),
    ],
)
def test_an_upscaler_enlarges_by_its_factor(strict: Running, values: dict[str, Any], factor: int):
    _, raw = strict
    messages = raw.generate(order(width=64, height=128, **values))
    assert pictures(messages)[0].shape == (1, 128 * factor, 64 * factor, 3)
    assert {message.scaleFactor for message in messages if message.generatedImages} == {factor}


def test_a_request_describes_its_own_files(serve: Serve, folder: Any):
    zoo = built_in_zoo()
    edit = zoo.model("qwen_image_edit_2511_q6p.ckpt")
    assert edit is not None
    for name in ("mine.ckpt", "my_lora.ckpt", *edit.required_files):
        (folder / name).write_bytes(b"x")
    server, raw = serve(models_dir=folder)
    assert raw.refusal(order(model="mine.ckpt"))[0] is INVALID
    model = {**edit.spec, "file": "mine.ckpt"}
    lora = {"name": "L", "file": "my_lora.ckpt", "prefix": "", "version": "qwen_image"}
    override = pb.MetadataOverride(
        models=json.dumps([model], default=dict).encode(), loras=json.dumps([lora], default=dict).encode()
    )
    values = {"model": "mine.ckpt", "loras": ["my_lora.ckpt"], "override": override, "image": picture()}
    assert len(pictures(raw.generate(order(**values)))) == 1
    facts = server.received[-1].facts
    assert (facts["version"], facts["modifier"]) == ("qwen_image", "qwenimage_edit_2511")
    assert facts["loras"] == (("my_lora.ckpt", 1.0),)


def test_a_request_is_believed_over_the_servers_own_list(strict: Running):
    server, raw = strict
    edit = built_in_zoo().model("qwen_image_edit_2511_q6p.ckpt")
    assert edit is not None
    trimmed = {key: value for key, value in edit.spec.items() if key != "modifier"}
    override = pb.MetadataOverride(models=json.dumps([trimmed], default=dict).encode())
    raw.generate(order(model=edit.file, override=override))
    assert server.received[-1].facts["modifier"] == "none"
    # It lasts for that request only.
    raw.generate(order(model=edit.file, image=picture()))
    assert server.received[-1].facts["modifier"] == "qwenimage_edit_2511"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"models": b"nonsense"}, "The list of models is no JSON"),
        ({"loras": b"{}"}, "The list of loras is no JSON array"),
        ({"models": b'[{"file": "a.ckpt"}]'}, "Element 1 of the list of models has no name"),
        ({"upscalers": b"[1]"}, "Element 1 of the list of upscalers is no JSON object"),
    ],
)
def test_what_is_dropped_from_an_override_is_told(
    strict: Running, faithful: Running, override: dict[str, Any], words: str
):
    request = order(override=pb.MetadataOverride(**override))
    code, details = strict[1].refusal(request)
    assert code is INVALID
    assert words in details
    assert "drops it" in details
    assert len(pictures(faithful[1].generate(request))) == 1


def test_a_lora_can_turn_its_model_into_another_kind(strict: Running):
    server, raw = strict
    lora = {"name": "L", "file": PIXEL_ART, "prefix": "", "version": "sdxl_base_v0.9", "modifier": "inpainting"}
    override = pb.MetadataOverride(loras=json.dumps([lora]).encode())
    raw.generate(order(model=SDXL, loras=[PIXEL_ART], override=override))
    assert server.received[-1].facts["modifier"] == "inpainting"
