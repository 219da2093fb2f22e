from __future__ import annotations

from typing import Any

import grpc
import numpy as np
import pytest

from barecalls import Running, announced, mask, order, picture, pictures
from drawthings._generated import imageService_pb2 as pb
from drawthings.server.inputs import _pooled
from drawthings.tensor.codec import encode_tensor

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
TRANSPARENT = {"model": "juggernaut_xl_v9_q6p_q8p.ckpt", "loras": ["sd_xl_transparent_v1.0_lora_f16.ckpt"]}


def tensor(shape: tuple[int, ...], dtype: Any = np.float16) -> bytes:
    return encode_tensor(np.zeros(shape, dtype))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"image": tensor((128, 128, 3))}, "The image has the shape [128, 128, 3]"),
        ({"image": tensor((1, 3, 128, 128))}, "it must have [1, height, width, 3]"),
        ({"image": tensor((1, 128, 128, 4))}, "[1, 128, 128, 4]"),
        ({"image": tensor((1, 128, 128, 1))}, "[1, 128, 128, 1]"),
        ({"image": tensor((1, 128, 128, 3), np.uint8)}, "The image holds uint8 numbers"),
        ({"image": tensor((2, 128, 128, 3))}, "holds 2 pictures"),
        ({"image": picture(130, 128)}, "The image is 128x130 pixels"),
        ({"image": picture(128, 192), "scaleFactor": 2}, "must be multiples of 128"),
        ({"image": picture(), "scaleFactor": 0}, "scaleFactor is 0"),
        ({"image": picture(), "scaleFactor": -1}, "scaleFactor is -1"),
        ({"image": picture(130, 128), "strength": 1.0, "mask": mask([2])}, "The image is 128x130 pixels"),
        ({"image": picture(), "mask": mask([2], 64, 128)}, "The mask is 128x64 pixels"),
        ({"image": picture(), "mask": tensor((128, 128), np.float32)}, "[128, 128] of float32"),
        ({"image": picture(), "mask": tensor((1, 128, 128), np.uint8)}, "[1, 128, 128] of uint8"),
    ],
)
def test_what_crashes_the_official_server(strict: Running, faithful: Running, values: dict[str, Any], words: str):
    request = order(**{"strength": 0.5, **values})
    code, details = strict[1].refusal(request)
    assert code is INVALID
    assert words in details
    assert details.endswith("The official server crashes on this.")
    assert faithful[1].refusal(request) == (UNAVAILABLE, "Socket closed")


@pytest.mark.parametrize(
    ("values", "words", "path"),
    [
        ({"mask": mask([2])}, "no image that it could belong to", "text"),
        ({"image": picture(), "mask": b"broken"}, "The mask cannot be read", "image"),
        ({"image": picture(), "mask": mask([0])}, "Every pixel of the mask has the code 0", "image"),
        ({"image": picture(), "mask": mask([3])}, "Every pixel of the mask has the code 3", "image"),
        ({"image": picture(), "mask": mask([0, 255])}, "codes 7 in the low three bits", "image"),
        ({"image": picture(), "mask": mask([5, 6])}, "codes 5, 6", "image"),
        ({"image": picture(), "mask": mask([0, 1]), **TRANSPARENT}, "takes that code for 0", "image"),
        ({"image": picture(), "scaleFactor": 0, "strength": 1.0}, "happens to survive it", "text"),
    ],
)
def test_what_the_official_server_passes_over(
    strict: Running, faithful: Running, values: dict[str, Any], words: str, path: str
):
    request = order(**{"strength": 0.5, **values})
    code, details = strict[1].refusal(request)
    assert code is INVALID
    assert words in details
    server, raw = faithful
    assert len(pictures(raw.generate(request))) == 1
    assert server.received[-1].facts["path"] == path
    assert server.received[-1].facts["mask_codes"] is None


@pytest.mark.parametrize(
    ("codes", "strength", "path", "kept"),
    [
        ([0, 2], 0.5, "repaint", (0, 2)),
        ([0, 4], 0.5, "repaint", (0, 2)),
        ([2], 0.5, "repaint", (2,)),
        ([2, 3], 1.0, "repaint", (2, 3)),
        ([0, 3], 0.5, "repaint", (0, 3)),
        ([1], 0.5, "text", (1,)),
        ([0, 1], 0.5, "fill", (0, 1)),
        ([1, 3], 1.0, "fill", (1, 3)),
        ([1, 2], 0.5, "fill", (1, 2)),
        ([0xF8 | 2, 0], 0.5, "repaint", (0, 2)),
    ],
)
def test_the_codes_of_a_mask_choose_the_pipeline(
    strict: Running, codes: list[int], strength: float, path: str, kept: tuple[int, ...]
):
    server, raw = strict
    messages = raw.generate(order(image=picture(), mask=mask(codes), strength=strength, steps=4))
    facts = server.received[-1].facts
    assert (facts["path"], facts["mask_codes"]) == (path, kept)
    assert "sampling 4" in announced(messages) or strength < 1


def test_a_transparent_result_needs_no_empty_pixels_but_takes_repainted_ones(faithful: Running):
    server, raw = faithful
    codes = np.zeros((128, 128), np.uint8)
    codes[:, :40], codes[:, 40:80] = 1, 2
    raw.generate(order(image=picture(), mask=encode_tensor(codes), strength=0.5, **TRANSPARENT))
    assert server.received[-1].facts["mask_codes"] == (0, 2)


def test_a_transparent_result_with_empty_pixels_alone_is_as_without_a_mask(faithful: Running):
    server, raw = faithful
    raw.generate(order(image=picture(), mask=mask([1, 3]), strength=0.5, **TRANSPARENT))
    assert server.received[-1].facts["mask_codes"] is None
    assert server.received[-1].facts["path"] == "image"


def test_a_picture_that_decides_the_size_beats_the_settings(strict: Running):
    _, raw = strict
    assert pictures(raw.generate(order(image=picture(192, 64), strength=0.5)))[0].shape == (1, 192, 64, 3)
    masked = order(image=picture(192, 64), mask=mask([0, 2], 192, 64))
    assert pictures(raw.generate(masked))[0].shape == (1, 192, 64, 3)


def test_at_full_strength_the_settings_decide_and_any_size_is_taken(strict: Running):
    _, raw = strict
    assert pictures(raw.generate(order(image=picture(77, 91))))[0].shape == (1, 128, 128, 3)
    border = order(image=picture(192, 64), mask=mask([1], 192, 64))
    assert pictures(raw.generate(border))[0].shape == (1, 128, 128, 3)


def test_a_larger_picture_is_brought_down_to_the_canvas(strict: Running):
    server, raw = strict
    messages = raw.generate(order(image=picture(256, 512), scaleFactor=2, strength=0.5))
    assert pictures(messages)[0].shape == (1, 128, 256, 3)
    assert server.received[-1].facts["image"] == (128, 256, 3)
    raw.generate(order(image=picture(101, 77), scaleFactor=3))
    assert server.received[-1].facts["image"] == (33, 25, 3)


def test_whole_blocks_are_averaged():
    sheet = np.arange(4 * 4 * 3, dtype=np.float32).reshape(4, 4, 3)
    pooled = _pooled(sheet, (2, 2))
    assert pooled.shape == (2, 2, 3)
    assert pooled[0, 0, 0] == sheet[:2, :2, 0].mean()


def test_numbers_that_are_none_end_in_no_picture(strict: Running, faithful: Running):
    values = np.zeros((1, 128, 128, 3), np.float32)
    values[0, 5, 5] = np.nan
    request = order(image=encode_tensor(values), strength=0.5)
    assert "NaN or infinite" in strict[1].refusal(request)[1]
    messages = faithful[1].generate(request)
    assert messages[-1] == pb.ImageGenerationResponse(scaleFactor=1)


def test_models_for_clips_take_several_pictures(strict: Running):
    server, raw = strict
    values = {"model": "wan_v2.1_14b_i2v_480p_q8p.ckpt", "num_frames": 5, "image": tensor((3, 128, 128, 3))}
    assert len(pictures(raw.generate(order(**values)))) == 5
    assert server.received[-1].facts["image"] == (128, 128, 3)
