from __future__ import annotations

from typing import Any

import grpc
import numpy as np
import pytest

from barecalls import Running, hint, order, picture, pictures
from drawthings._generated import imageService_pb2 as pb
from drawthings.server.hints import SOUND_FRAME
from drawthings.tensor.codec import encode_tensor

INVALID = grpc.StatusCode.INVALID_ARGUMENT
V1 = "realdream_15sd15_q6p_q8p.ckpt"
SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
EDIT = "qwen_image_edit_2511_q6p.ckpt"
LAYERED = "qwen_image_layered_1.0_bf16_q8p.ckpt"
AVATAR = "longcat_video_avatar_v1.5_q8p.ckpt"


def plane(channels: int = 3, height: int = 128, width: int = 128, dtype: Any = np.float16) -> bytes:
    return encode_tensor(np.full((1, height, width, channels), 0.5, dtype))


def control(kind: str) -> dict[str, Any]:
    return {"controls": [f"controlnet_{kind}_1.x_v1.1_f16.ckpt"]}


@pytest.mark.parametrize(
    ("kind", "values", "blob"),
    [
        ("depth", control("depth"), plane(1)),
        ("depth", {"model": "sd_v2.0_depth_f16.ckpt"}, plane(1)),
        ("depth", {"model": "flux_1_depth_dev_q8p.ckpt"}, plane(1)),
        ("scribble", control("scribble"), plane()),
        ("pose", control("openpose"), plane()),
        ("custom", control("canny"), plane(3, 100, 50)),
        ("custom", {"model": "flux_1_canny_dev_q8p.ckpt"}, plane()),
        ("color", {"controls": ["t2iadapter_color_1.x_f16.ckpt"]}, plane(3, 2, 2)),
        ("shuffle", control("shuffle"), plane(3, 30, 40)),
        ("shuffle", {"model": SDXL, "controls": ["ip_adapter_plus_xl_base_open_clip_h14_f16.ckpt"]}, plane()),
        ("shuffle", {"model": EDIT}, plane(3, 77, 99)),
        ("shuffle", {"model": "flux_1_kontext_dev_q6p.ckpt"}, plane()),
        ("shuffle", {"model": "flux_2_klein_4b_q6p.ckpt"}, plane()),
        (
            "depth",
            {
                "model": "flux_1_dev_q8p.ckpt",
                "controls": [
                    {"file": "controlnet_union_pro_flux_1_dev_2.0_q8p.ckpt", "weight": 1.0, "inputOverride": "depth"}
                ],
            },
            plane(1),
        ),
    ],
)
def test_what_something_looks_at_is_read(strict: Running, kind: str, values: dict[str, Any], blob: bytes):
    server, raw = strict
    assert len(pictures(raw.generate(order(hints=[hint(kind, blob)], **values)))) == 1
    assert server.received[-1].facts["hints"] == (kind,)


@pytest.mark.parametrize(
    ("hints", "values", "words"),
    [
        ([hint("nonsense", plane())], {}, "There is no hint type 'nonsense'"),
        ([hint("canny", plane())], control("canny"), "A hint of the type canny is never read"),
        ([hint("depth", plane(1))], {}, "Nothing looks at a hint of the type depth"),
        ([hint("depth", plane(1))], control("canny"), "Nothing looks at a hint of the type depth"),
        ([hint("shuffle", plane())], {}, "Nothing looks at a hint of the type shuffle"),
        ([hint("shuffle", plane())], {"model": LAYERED, "image": plane()}, "Nothing looks at"),
        ([hint("shuffle", plane())], {"model": "hidream_e1_1_q5p.ckpt", "image": plane()}, "Nothing looks at"),
        ([hint("custom", plane())], {}, "Nothing looks at a hint of the type custom"),
        ([hint("audio", plane())], {}, "Nothing looks at a hint of the type audio"),
        ([hint("custom")], control("canny"), "holds no tensor"),
        ([hint("custom", plane(), plane())], control("canny"), "holds 2 tensors"),
        ([hint("custom", plane()), hint("custom", plane())], control("canny"), "two hints of the type custom"),
        ([hint("depth", plane(1, 64, 64))], control("depth"), "must have the size of the canvas, 128x128"),
        ([hint("pose", plane(3, 64, 128))], control("openpose"), "is 128x64 pixels"),
        ([hint("custom", b"broken")], control("canny"), "Tensor 1 of the hint custom cannot be read"),
        ([hint("shuffle", plane(), weight=0)], {"model": EDIT}, "Reference 1 of the hint shuffle has the weight 0"),
    ],
)
def test_what_the_official_server_ignores(
    strict: Running, faithful: Running, hints: list[pb.HintProto], values: dict[str, Any], words: str
):
    request = order(hints=hints, **values)
    code, details = strict[1].refusal(request)
    assert code is INVALID
    assert words in details
    assert len(pictures(faithful[1].generate(request))) == 1


@pytest.mark.parametrize(
    ("sent", "values", "words"),
    [
        (hint("depth", plane(3)), control("depth"), "must have [1, height, width, 1]"),
        (hint("custom", plane(1)), control("canny"), "must have [1, height, width, 3]"),
        (hint("shuffle", plane(4)), {"model": EDIT}, "must have [1, height, width, 3]"),
        (hint("scribble", plane(dtype=np.uint8)), control("scribble"), "The scribble hint holds uint8 numbers"),
        (hint("scribble", plane(dtype=np.float32)), control("scribble"), "it must hold float16"),
        (hint("custom", plane(dtype=np.int32)), control("canny"), "holds int32 numbers"),
    ],
)
def test_what_crashes_the_official_server(
    strict: Running, faithful: Running, sent: pb.HintProto, values: dict[str, Any], words: str
):
    request = order(hints=[sent], **values)
    code, details = strict[1].refusal(request)
    assert code is INVALID
    assert words in details
    assert faithful[1].refusal(request)[0] is grpc.StatusCode.UNAVAILABLE


def test_references_keep_their_order_size_and_weight(strict: Running):
    server, raw = strict
    many = pb.HintProto(
        hintType="shuffle",
        tensors=[
            pb.TensorAndWeight(tensor=plane(3, 64, 96), weight=1.0),
            pb.TensorAndWeight(tensor=plane(3, 32, 48), weight=0.5),
        ],
    )
    raw.generate(order(model=EDIT, image=picture(), hints=[many]))
    assert server.received[-1].facts["references"] == (((64, 96, 3), 1.0), ((32, 48, 3), 0.5))


def sound(*sizes: int) -> pb.HintProto:
    return hint("audio", *(encode_tensor(np.zeros(size, np.float16)) for size in sizes))


def test_the_avatar_needs_a_picture_and_sound_of_its_length(strict: Running, faithful: Running):
    server, raw = strict
    values = {"model": AVATAR, "num_frames": 9, "image": picture()}
    right = sound(5 * SOUND_FRAME, 2 * 8 * SOUND_FRAME)
    assert len(pictures(raw.generate(order(hints=[right], **values)))) == 9
    assert server.received[-1].facts["hints"] == ("audio",)
    for hints in ([], [sound(5 * SOUND_FRAME)], [sound(5 * SOUND_FRAME, 8 * SOUND_FRAME)]):
        code, details = raw.refusal(order(hints=hints, **values))
        assert code is INVALID
        assert "returns no picture" in details
        assert pictures(faithful[1].generate(order(hints=hints, **values))) == []
    assert "needs an image" in raw.refusal(order(model=AVATAR, hints=[right]))[1]


def test_the_avatar_takes_no_mask(strict: Running, faithful: Running):
    right = sound(5 * SOUND_FRAME, 2 * 8 * SOUND_FRAME)
    marked = encode_tensor(np.full((128, 128), 2, np.uint8))
    request = order(model=AVATAR, num_frames=9, image=picture(), mask=marked, hints=[right])
    assert "takes no mask" in strict[1].refusal(request)[1]
    assert pictures(faithful[1].generate(request)) == []


def test_a_model_for_clips_with_a_control_takes_references(strict: Running):
    server, raw = strict
    values = {"model": "wan_v2.1_14b_720p_q8p.ckpt", "controls": ["wan_v2.1_14b_vace_720p_q8p.ckpt"], "num_frames": 5}
    raw.generate(order(hints=[hint("shuffle", plane())], **values))
    assert server.received[-1].facts["hints"] == ("shuffle",)
