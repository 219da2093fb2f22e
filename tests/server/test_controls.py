from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from barecalls import hint, order, picture
from drawthings.request.choices import ControlInput
from drawthings.server.controls import hints_of, references_of
from drawthings.server.judge import Judge
from drawthings.server.reading import Reader
from drawthings.server.store import MemoryStore
from drawthings.server.zoo import built_in_files, built_in_zoo

if TYPE_CHECKING:
    from drawthings.server.reading import Reading

CANNY = "controlnet_canny_1.x_v1.1_f16.ckpt"
SHUFFLE = "controlnet_shuffle_1.x_v1.1_f16.ckpt"
TILE = "controlnet_tile_1.x_v1.1_f16.ckpt"
ADAPTER = "ip_adapter_plus_xl_base_open_clip_h14_f16.ckpt"
SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"


def reading(**values: Any) -> Reading:
    return Reader(built_in_zoo(), MemoryStore(built_in_files()), Judge(faithful=True)).read(order(**values))


@pytest.mark.parametrize(
    ("steps", "start", "end", "window"),
    [(20, 0.0, 1.0, (0, 1)), (20, 0.5, 1.0, (0.5, 1)), (20, 0.0, 0.5, (0, 0.5)), (1, 0.0, 1.0, (0, 1))],
)
def test_a_control_acts_in_whole_steps(steps: int, start: float, end: float, window: tuple[float, float]):
    control = {"file": CANNY, "guidance_start": start, "guidance_end": end}
    (made,) = hints_of(reading(steps=steps, controls=[control], image=picture()))
    assert (made.begin, made.end) == window


@pytest.mark.parametrize(
    ("kind", "image", "custom"),
    [
        (ControlInput.CANNY, True, True),
        (ControlInput.TILE, True, True),
        (ControlInput.LINEART, False, True),
        (ControlInput.NORMAL_BAE, False, True),
        (ControlInput.POSE, False, True),
        (ControlInput.DEPTH, True, False),
        (ControlInput.INPAINT, True, False),
        (ControlInput.SCRIBBLE, True, False),
    ],
)
def test_what_a_control_reads(kind: ControlInput, image: bool, custom: bool):
    controls = [{"file": CANNY, "input_override": kind}]
    assert bool(list(hints_of(reading(controls=controls, image=picture())))) == image
    assert bool(list(hints_of(reading(controls=controls, hints=[hint("custom", picture())])))) == custom
    assert not list(hints_of(reading(controls=controls)))


def test_a_skeleton_that_was_sent_as_custom_counts_from_zero():
    controls = [{"file": CANNY, "input_override": ControlInput.POSE}]
    (made,) = hints_of(reading(controls=controls, hints=[hint("custom", picture())]))
    assert made.kind == "pose"
    assert 0 <= made.picture.min() < made.picture.max() <= 1


def test_only_an_image_is_sampled_down():
    controls = [{"file": TILE, "down_sampling_rate": 4.0}]
    (made,) = hints_of(reading(controls=controls, image=picture()))
    assert made.coarseness == 4
    (made,) = hints_of(reading(controls=controls, image=picture(), hints=[hint("custom", picture())]))
    assert made.coarseness == 1


def test_references_are_as_heavy_as_their_control():
    sent = [hint("shuffle", picture(64, 64), weight=0.5)]
    (plain,) = references_of(reading(model=SDXL, controls=[{"file": ADAPTER, "weight": 0.5}], hints=sent))
    assert (plain.weight, plain.layout) == (0.25, pytest.approx(0.1))
    for blocks, style, layout in ((["up_blocks.0"], 0.25, 0), (["down_blocks.2"], 0, 0.2), (["mid"], 0.1, 0.04)):
        controls = [{"file": ADAPTER, "weight": 0.5, "target_blocks": blocks}]
        (made,) = references_of(reading(model=SDXL, controls=controls, hints=sent))
        assert (made.weight, made.layout) == (pytest.approx(style), pytest.approx(layout))


def test_pooling_leaves_nothing_of_the_layout():
    sent = [hint("shuffle", picture(64, 64), weight=1.0)]
    for pooled, layout in ((True, 0), (False, 1)):
        controls = [{"file": SHUFFLE, "global_average_pooling": pooled}]
        (made,) = references_of(reading(controls=controls, hints=sent))
        assert made.layout == layout
