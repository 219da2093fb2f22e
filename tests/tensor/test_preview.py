import math

import numpy as np
import pytest

from drawthings.errors import BadHeader, UnsupportedDatatype
from drawthings.tensor.preview import audio_rows, linear_form, preview_frames, preview_to_pixels

FOUR_BYTE = ["v1", "v2", "svd_i2v", "sdxl_base_v0.9", "sdxl_refiner_v0.9", "ssd_1b", "pixart", "auraflow"]
CASCADE = ["wurstchen_v3.0_stage_c", "wurstchen_v3.0_stage_b"]
SIXTEEN = [
    *["sd3", "sd3_large", "flux1", "hidream_i1", "z_image", "seedvr2_3b", "seedvr2_7b", "hunyuan_video"],
    *["wan_v2.1_1.3b", "wan_v2.1_14b", "qwen_image", "cosmos2.5_2b", "krea_2", "longcat_video_avatar_v1.5"],
]
THIRTY_TWO = ["ernie_image", "flux2", "flux2_9b", "flux2_4b", "ideogram_4"]
CHANNELS = {
    **dict.fromkeys([*FOUR_BYTE, *CASCADE, "kandinsky2.1"], 4),
    **dict.fromkeys(SIXTEEN, 16),
    **dict.fromkeys(THIRTY_TWO, 32),
    "wan_v2.2_5b": 48,
}
UNIT = [*SIXTEEN, *THIRTY_TWO, "wan_v2.2_5b"]


def draw(channels: int, shape: tuple[int, int, int] = (2, 3, 5), *, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(channels).normal(0, spread, (*shape, channels)).astype(np.float16)


def byte(level: float) -> int:
    return int(min(max(level, 0), 255)) if math.isfinite(level) else 0


def cell_by_cell(latent: np.ndarray, version: str) -> list[list[float]]:
    """Evaluate the form of a family in plain Python, number by number."""
    form = linear_form(version)
    assert form is not None
    weights, offset = form.weights.tolist(), form.offset.tolist()
    return [
        [sum(v * w[c] for v, w in zip(cell, weights, strict=True)) + offset[c] for c in range(3)]
        for cell in latent.reshape(-1, latent.shape[-1]).astype(float).tolist()
    ]


def test_families_with_a_form_are_exactly_these():
    assert {v: f.channels for v in CHANNELS if (f := linear_form(v))} == CHANNELS
    assert [linear_form(v) for v in ("ltx2", "ltx2.3", "hidream_o1", "a_model_of_tomorrow", "")] == [None] * 5


def test_families_share_tables_as_the_app_does():
    groups = [FOUR_BYTE[:3], FOUR_BYTE[3:], CASCADE, SIXTEEN[:2], SIXTEEN[2:7], SIXTEEN[8:], THIRTY_TWO]
    for group in groups:
        assert len({id(linear_form(version)) for version in group}) == 1
    firsts = [group[0] for group in groups] + ["kandinsky2.1", "hunyuan_video", "wan_v2.2_5b"]
    assert len({id(linear_form(version)) for version in firsts}) == 10


@pytest.mark.parametrize(
    ("version", "row", "weights"),
    [
        ("v1", 0, (49.521, 41.1373, 40.2919)),
        ("v1", 3, (-39.4981, -50.8279, -81.9976)),
        ("ssd_1b", 1, (-29.114, -1.4623, 4.3734)),
        ("sd3", 15, (-0.1448, -0.1463, -0.1189)),
        ("z_image", 9, (0.1008, 0.0755, -0.0421)),
        ("flux2_9b", 31, (-0.0111, -0.0460, -0.0614)),
        ("hunyuan_video", 10, (0.1166, 0.1627, 0.0962)),
        ("qwen_image", 0, (-0.1299, -0.1692, 0.2932)),
        ("wan_v2.2_5b", 47, (-0.0837, 0.0168, 0.0055)),
        ("kandinsky2.1", 2, (0.039893, -0.016837, -0.03415)),
        ("wurstchen_v3.0_stage_c", 3, (-2.0577, -18.8, -41.648)),
    ],
)
def test_weights_are_the_apps(version: str, row: int, weights: tuple[float, ...]):
    form = linear_form(version)
    assert form is not None
    assert form.weights[row] == pytest.approx(weights)
    assert not form.weights.flags.writeable


@pytest.mark.parametrize("version", FOUR_BYTE + CASCADE)
def test_forms_on_the_scale_of_bytes(version: str):
    latent = draw(4)
    expected = [[byte(level) for level in cell] for cell in cell_by_cell(latent, version)]
    frames = preview_frames(latent, version)
    assert frames is not None
    assert np.abs(frames.reshape(-1, 3).astype(int) - expected).max() <= 1
    # Truncation falls on either side of a whole number only where the sum is one to six digits.
    assert (frames.reshape(-1, 3) == expected).mean() > 0.98


@pytest.mark.parametrize("version", UNIT)
def test_forms_on_the_scale_from_minus_1_to_1(version: str):
    latent = draw(CHANNELS[version])
    expected = [[byte(127.5 * level + 127.5) for level in cell] for cell in cell_by_cell(latent, version)]
    frames = preview_frames(latent, version)
    assert frames is not None
    assert frames.shape == (2, 3, 5, 3)
    assert np.abs(frames.reshape(-1, 3).astype(int) - expected).max() <= 1
    assert (frames.reshape(-1, 3) == expected).mean() > 0.98


def kandinsky(lab: list[float]) -> list[int]:
    lightness, a, b = lab
    cones = (
        lightness + 0.3963377774 * a + 0.2158037573 * b,
        lightness - 0.1055613458 * a - 0.0638541728 * b,
        lightness - 0.0894841775 * a - 1.2914855480 * b,
    )
    long, medium, short = (cone**3 for cone in cones)
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return [byte(255 * (((x + 0.055) / 1.055) ** 2.4 if x >= 0.04045 else x / 12.92)) for x in linear]


@pytest.mark.parametrize("spread", [0.3, 3.0])
def test_kandinsky_goes_through_oklab_and_the_decoding_curve(spread: float):
    latent = draw(4, spread=spread)
    expected = [kandinsky(lab) for lab in cell_by_cell(latent, "kandinsky2.1")]
    frames = preview_frames(latent, "kandinsky2.1")
    assert frames is not None
    assert np.abs(frames.reshape(-1, 3).astype(int) - expected).max() <= 1
    assert len(np.unique(frames)) > 1


@pytest.mark.parametrize("version", CASCADE)
def test_stable_cascade_previews_its_first_pass_in_rgb_and_rounds(version: str):
    latent = np.array([-0.1, 0, 0.5 / 255, 0.51 / 255, 0.5, 1, 1.5, np.nan, 0.25], "f4").reshape(1, 1, 3, 3)
    frames = preview_frames(latent, version)
    assert frames is not None
    assert frames.ravel().tolist() == [0, 0, 0, 1, 128, 255, 255, 0, 64]


def test_three_channels_are_colours_for_stable_cascade_only():
    with pytest.raises(BadHeader, match="v1 has 4 channels; this tensor has 3"):
        preview_frames(draw(3), "v1")


def test_hidream_o1_cells_are_patches_of_pixels():
    picture = np.random.default_rng(0).uniform(-1.2, 1.2, (2, 64, 96, 3)).astype("f2")
    cells = np.empty((2, 2, 3, 3072), "f2")
    for y in range(64):
        for x in range(96):
            for c in range(3):
                cells[:, y // 32, x // 32, c * 1024 + (y % 32) * 32 + x % 32] = picture[:, y, x, c]
    frames = preview_frames(cells, "hidream_o1")
    assert frames is not None
    expected = np.clip((picture.astype("f4") + 1) * np.float32(127.5), 0, 255).astype(np.uint8)
    assert (frames == expected).all()
    with pytest.raises(BadHeader, match="hidream_o1 has 3072 channels; this tensor has 16"):
        preview_frames(draw(16), "hidream_o1")


@pytest.mark.parametrize("version", ["ltx2", "ltx2.3", "a_model_of_tomorrow"])
def test_families_without_a_form_have_no_preview(version: str):
    assert preview_frames(draw(128), version) is None
    assert preview_to_pixels(draw(128), version, rows=2) is None


@pytest.mark.parametrize("version", list(CHANNELS))
def test_a_preview_of_another_family_is_refused(version: str):
    channels = CHANNELS[version] + 1
    with pytest.raises(BadHeader, match=rf"has {CHANNELS[version]} channels; this tensor has {channels}") as caught:
        preview_frames(draw(channels), version)
    assert "version" in caught.value.hint


def test_one_preview_is_the_first_frame():
    latent = draw(16)
    frames, pixels = preview_frames(latent, "flux1"), preview_to_pixels(latent, "flux1")
    assert frames is not None
    assert pixels is not None
    assert (frames[0] == pixels).all()
    assert (frames[0] != frames[1]).any()


def test_rows_below_the_picture_are_dropped():
    latent = draw(16)
    whole, upper = preview_to_pixels(latent, "flux1"), preview_to_pixels(latent, "flux1", rows=2)
    assert whole is not None
    assert upper is not None
    assert upper.shape == (2, 5, 3)
    assert (whole[:2] == upper).all()


@pytest.mark.parametrize("rows", [0, -1, 4])
def test_rows_that_are_not_there_are_refused(rows: int):
    with pytest.raises(BadHeader, match=f"3 rows cannot hold {rows} rows"):
        preview_frames(draw(16), "flux1", rows=rows)


@pytest.mark.parametrize(("width", "frames", "rows"), [(24, 1, 1), (24, 13, 1), (4, 3, 2), (1, 2, 5)])
def test_rows_of_sound_are_counted(width: int, frames: int, rows: int):
    assert audio_rows(width, frames) == rows == math.ceil((8 * (frames - 1) + 1) / (width * frames))


@pytest.mark.parametrize("version", ["v1", "flux1", "kandinsky2.1", "wan_v2.2_5b"])
def test_numbers_that_are_not_finite_blacken_only_their_own_cell(version: str):
    latent = draw(CHANNELS[version], spread=0.1).astype("f4")
    healthy = preview_frames(latent, version)
    assert healthy is not None
    latent[0, 0, 0, 0], latent[0, 1, 1, 1], latent[1, 2, 4, 2] = np.nan, np.inf, 3e38
    broken = preview_frames(latent, version)
    assert broken is not None
    assert broken[0, 0, 0].tolist() == broken[0, 1, 1].tolist() == [0, 0, 0]
    kept = np.ones((2, 3, 5), bool)
    kept[0, 0, 0] = kept[0, 1, 1] = kept[1, 2, 4] = False
    assert (healthy[kept] == broken[kept]).all()


@pytest.mark.parametrize("shape", [(3, 5, 16), (1, 1, 3, 5, 16), (16,)])
def test_a_preview_has_four_dimensions(shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match="batch, height, width, channels"):
        preview_to_pixels(np.zeros(shape, "f2"), "flux1")


def test_a_preview_holds_floating_point_numbers():
    with pytest.raises(UnsupportedDatatype, match="not uint8"):
        preview_frames(np.zeros((1, 2, 2, 16), "u1"), "flux1")
