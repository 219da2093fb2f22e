from __future__ import annotations

import math
from typing import Any

import grpc
import pytest

from barecalls import Running, order, picture, pictures, settings
from drawthings._generated import imageService_pb2 as pb
from drawthings.request.choices import Sampler

INVALID = grpc.StatusCode.INVALID_ARGUMENT
Z_IMAGE = "z_image_1.0_q8p.ckpt"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"width": 0}, "start_width is 0; it counts blocks of 64 pixels"),
        ({"height": 0}, "start_height is 0"),
        ({"width": 512 * 64}, "start_width is 512, which stands for 32768 pixels"),
        ({"height": 1024 * 64}, "so 1024 pixels are 16."),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"strength": 1.5}, "strength is 1.5; it must be 0 to 1."),
        ({"strength": -0.5}, "strength is -0.5"),
        ({"strength": math.nan}, "strength is nan"),
        ({"guidance_scale": math.inf}, "guidance_scale is inf"),
        ({"shift": math.nan}, "shift is nan"),
        ({"steps": 0}, "steps is 0, as it is when the field is missing"),
        ({"steps": 1001}, "steps is 1001"),
        ({"stage_2_steps": 5000}, "stage_2_steps is 5000"),
        ({"model": Z_IMAGE, "steps": 1, "sampler": Sampler.UNIPC}, "steps is 1, and UniPC divides by one less"),
    ],
)
def test_a_strict_server_refuses_what_cannot_go_well(strict: Running, values: dict[str, Any], words: str):
    _, raw = strict
    code, details = raw.refusal(order(**values))
    assert code is INVALID
    assert words in details
    assert "The official server " in details


@pytest.mark.parametrize(
    "values", [{"width": 0}, {"height": 512 * 64}, {"batch_size": 0}, {"strength": 2.0, "image": picture()}]
)
def test_a_faithful_server_looks_crashed_where_the_official_one_crashes(faithful: Running, values: dict[str, Any]):
    _, raw = faithful
    assert raw.refusal(order(**values)) == (grpc.StatusCode.UNAVAILABLE, "Socket closed")


@pytest.mark.parametrize(
    "values",
    [
        {"steps": 0},
        {"guidance_scale": math.nan},
        {"shift": math.inf},
        {"hires_fix_strength": math.nan},
        {"model": Z_IMAGE, "steps": 1, "sampler": Sampler.LCM},
    ],
)
def test_a_faithful_server_ends_well_without_a_picture(faithful: Running, values: dict[str, Any]):
    _, raw = faithful
    messages = raw.generate(order(**values))
    assert pictures(messages) == []
    assert messages[-1] == pb.ImageGenerationResponse(scaleFactor=1)


def test_a_faithful_server_does_not_look_at_strength_without_an_image(faithful: Running):
    _, raw = faithful
    assert len(pictures(raw.generate(order(strength=7.0)))) == 1


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 64, b"\x10\x00\x00\x00" * 3, settings()[:-20]])
def test_a_configuration_that_is_none(strict: Running, faithful: Running, data: bytes):
    code, details = strict[1].refusal(order(configuration=data))
    assert code is INVALID
    assert "configuration" in details
    assert faithful[1].refusal(order(configuration=data))[0] is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    "values",
    [
        {"width": 8192, "height": 8192, "batch_size": 5},
        {"width": 4096, "height": 4096, "batch_size": 2, "upscaler": "realesrgan_x4plus_f16.ckpt"},
        {"model": "wan_v2.1_1.3b_480p_q8p.ckpt", "num_frames": 1001, "width": 1024, "height": 1024},
        {"model": "wan_v2.1_1.3b_480p_q8p.ckpt", "num_frames": 4_000_000_000},
        {"batch_size": 2001, "width": 64, "height": 64},
    ],
)
def test_too_much_work_is_refused_by_both(strict: Running, faithful: Running, values: dict[str, Any]):
    for _, raw in (strict, faithful):
        code, details = raw.refusal(order(**values))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "this server stops at" in details


@pytest.mark.parametrize("name", ["steps", "stage_2_steps"])
def test_more_steps_than_memory_are_refused_by_both(strict: Running, faithful: Running, name: str):
    for _, raw in (strict, faithful):
        code, details = raw.refusal(order(**{name: 4_000_000_000}))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert details == f"{name} is 4000000000; this server stops at 100000."


def test_a_faithful_server_runs_many_steps(faithful: Running):
    _, raw = faithful
    assert len(pictures(raw.generate(order(steps=1001, width=64, height=64, sampler=Sampler.EULER_A)))) == 1


@pytest.mark.parametrize("sampler", list(Sampler))
def test_every_sampler_is_taken(strict: Running, sampler: Sampler):
    _, raw = strict
    messages = raw.generate(order(sampler=sampler, width=64, height=64, steps=1))
    assert pictures(messages)[0].shape == (1, 64, 64, 3)
