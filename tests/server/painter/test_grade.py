from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drawthings.server.painter.colour import ink, luma
from drawthings.server.painter.grade import apply_lora, avoid, grade, hue_matrix, saturation_matrix
from drawthings.server.painter.job import Job, Lora
from drawthings.server.painter.words import read_prompt

JOB = Job("x", 64, 48, 1)
PLAIN = read_prompt("a field")
RNG = np.random.default_rng(1)
PICTURE = (0.3 + 0.4 * RNG.random((48, 64, 3))).astype(np.float32)


def colourfulness(picture: np.ndarray) -> float:
    return float(np.abs(picture - luma(picture)[..., None]).mean())


def test_guidance_shifts_saturation():
    low, high = (grade(PICTURE, replace(JOB, guidance_scale=g), PLAIN, 1) for g in (1.0, 12.0))
    assert colourfulness(high) > colourfulness(low)
    assert np.isfinite(grade(PICTURE, replace(JOB, guidance_scale=1e6), PLAIN, 1)).all()


@pytest.mark.parametrize(
    ("text", "channel", "sign"), [("warm", 2, -1), ("cold", 0, -1), ("dark", 1, -1), ("bright", 1, 1)]
)
def test_moods_move_the_light(text: str, channel: int, sign: int):
    plain = grade(PICTURE, JOB, read_prompt("field"), 1).mean((0, 1))[channel]
    moody = grade(PICTURE, JOB, replace(read_prompt("field"), moods=(text,)), 1).mean((0, 1))[channel]
    assert sign * (moody - plain) > 0.02


def test_vivid_and_pale_are_opposites():
    vivid, pale, drama = (
        colourfulness(grade(PICTURE, JOB, replace(PLAIN, moods=(mood,)), 1)) for mood in ("vivid", "pale", "drama")
    )
    assert pale < colourfulness(grade(PICTURE, JOB, PLAIN, 1)) < drama < vivid


def test_a_tint_colours_everything():
    blue = grade(PICTURE, JOB, replace(PLAIN, tints=(ink("2f6fde"),)), 1)
    assert blue[..., 2].mean() > blue[..., 0].mean() + 0.02


def test_an_avoided_colour_is_taken_out():
    red = np.full((4, 4, 3), (0.9, 0.2, 0.2), np.float32)
    green = np.full((4, 4, 3), (0.2, 0.8, 0.2), np.float32)
    assert colourfulness(avoid(red, ink("d8362f"))) < 0.3 * colourfulness(red)
    assert np.allclose(avoid(green, ink("d8362f")), green, atol=0.02)


def test_avoided_black_and_white_flatten_the_tone():
    grey = np.full((2, 2, 3), 0.5, np.float32)
    assert avoid(grey, ink("23232b")).mean() > 0.5
    assert avoid(grey, ink("f6f5f2")).mean() < 0.5


@pytest.mark.parametrize("file", ["a.ckpt", "b.ckpt", "c.ckpt", "d.ckpt", "e.ckpt", "f.ckpt"])
def test_every_lora_has_its_own_sign(file: str):
    one = apply_lora(PICTURE, Lora(file, 1.0))
    assert np.abs(one - PICTURE).mean() > 0.01
    assert apply_lora(PICTURE, Lora(file, 0.0)) is PICTURE
    assert np.abs(one - apply_lora(PICTURE, Lora(file, -1.0))).mean() > 0.01
    assert not np.array_equal(one, apply_lora(PICTURE, Lora("other.ckpt", 1.0)))


def test_a_negative_prompt_against_blur_sharpens():
    smooth = np.repeat(np.tanh(np.linspace(-3, 3, 64, dtype=np.float32))[None, :, None] * 0.3 + 0.5, 48, 0)
    smooth = np.repeat(smooth, 3, 2)
    plain = grade(smooth, JOB, PLAIN, 1)
    sharper = grade(smooth, replace(JOB, refiner="r"), replace(PLAIN, flaws=("soft",)), 1)
    assert np.abs(np.diff(sharper, axis=1)).max() > np.abs(np.diff(plain, axis=1)).max()


def test_matrices_leave_grey_alone():
    grey = np.full(3, 0.5, np.float32)
    assert saturation_matrix(1.7) @ grey == pytest.approx(grey)
    assert hue_matrix(0.3) @ grey == pytest.approx(grey)
    assert hue_matrix(1.0) == pytest.approx(np.eye(3), abs=1e-6)
