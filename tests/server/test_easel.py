from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from barecalls import order, picture
from drawthings.server.easel import Easel
from drawthings.server.judge import Judge
from drawthings.server.reading import Reader, Reading
from drawthings.server.store import MemoryStore
from drawthings.server.zoo import built_in_files, built_in_zoo
from drawthings.tensor.codec import decode_tensor
from drawthings.tensor.preview import preview_frames


def reading(**values: Any) -> Reading:
    return Reader(built_in_zoo(), MemoryStore(built_in_files()), Judge(faithful=False)).read(order(**values))


def nothing() -> None:
    """Stand for a client that is still there."""


def test_the_steps_share_the_painting():
    easel = Easel(reading(batch_size=4), codec="raw")
    counts = []
    for share in (0.0, 0.25, 0.3, 0.5, 1.0, 1.0):
        easel.advance(share, nothing)
        counts.append(len(easel.images))
    assert counts == [1, 1, 2, 2, 4, 4]


@pytest.mark.parametrize("model", ["realdream_15sd15_q6p_q8p.ckpt", "qwen_image_layered_1.0_bf16_q8p.ckpt"])
def test_sketches_stand_for_pictures(model: str):
    def sketched(prompt: str = "a fox", seed: int = 7) -> list[bytes]:
        easel = Easel(
            reading(prompt=prompt, seed=seed, batch_size=2, width=192, model=model), codec="raw", sketches=True
        )
        easel.advance(1, nothing)
        return easel.images

    first = sketched()
    assert sketched() == first
    assert len({*first, *sketched("a cat"), *sketched(seed=99)}) == 3 * len(first)
    for blob in first:
        shown = decode_tensor(blob)
        assert shown.shape[:3] == (1, 128, 192)
        assert np.isfinite(shown).all()
        assert np.abs(shown).max() <= 1


def test_a_client_that_is_gone_stops_the_painting():
    easel = Easel(reading(batch_size=4), codec="raw")
    left = [None, None]

    def check() -> None:
        if not left:
            raise InterruptedError
        left.pop()

    with pytest.raises(InterruptedError):
        easel.advance(1, check)
    assert len(easel.images) == 2


def test_the_last_previews_are_close_to_the_result():
    seen = reading(width=256, height=256, steps=20, model="flux_1_schnell_q5p.ckpt", batch_size=2)
    easel = Easel(seen, codec="raw")
    latent = decode_tensor(easel.preview(seen.course.first, 19, nothing))
    shown = preview_frames(latent, "flux1")
    assert shown is not None
    assert shown.shape == (2, 32, 32, 3)
    easel.advance(1, nothing)
    finals = [(decode_tensor(blob)[0].astype(np.float32) + 1) * 127.5 for blob in easel.images]
    small = [final.reshape(32, 8, 32, 8, 3).mean(axis=(1, 3)) for final in finals]
    # Before the second picture is painted, its preview stands for the first.
    assert np.abs(shown[0] - small[0]).mean() < 20
    again = preview_frames(decode_tensor(easel.preview(seen.course.first, 19, nothing)), "flux1")
    assert again is not None
    assert np.abs(again[1] - small[1]).mean() < np.abs(shown[1] - small[1]).mean() + 1


def test_a_frame_of_a_clips_preview_stands_for_several_results():
    seen = reading(model="wan_v2.1_1.3b_480p_q8p.ckpt", num_frames=9)
    easel = Easel(seen, codec="raw")
    assert [easel._index(frame, seen.course.first) for frame in range(3)] == [0, 4, 8]
    seen = reading(batch_size=3)
    assert [Easel(seen, codec="raw")._index(frame, seen.course.first) for frame in range(3)] == [0, 1, 2]


def test_only_clips_of_some_families_sound():
    assert Easel(reading(), codec="raw").sound() == []
    assert Easel(reading(model="wan_v2.1_1.3b_480p_q8p.ckpt"), codec="raw").sound() == []
    (blob,) = Easel(reading(model="ltx_2_19b_distilled_q6p.ckpt", num_frames=9), codec="raw").sound()
    assert decode_tensor(blob).shape == (2, 9 * 24_000 // 25)


def test_layers_are_painted_with_alpha_first():
    easel = Easel(reading(model="qwen_image_layered_1.0_bf16_q8p.ckpt", image=picture(), batch_size=2), codec="raw")
    easel.advance(1, nothing)
    backdrop, front = (decode_tensor(blob)[0] for blob in easel.images)
    assert backdrop.shape == (128, 128, 4)
    assert (backdrop[..., 0] == 1).all()
    assert front[..., 0].min() < 1
