from __future__ import annotations

import pytest

from drawthings.catalogue.families import FAMILIES, family_of

# fmt: off
VERSIONS = [
    "v1", "v2", "kandinsky2.1", "sdxl_base_v0.9", "sdxl_refiner_v0.9", "ssd_1b", "svd_i2v",
    "wurstchen_v3.0_stage_c", "wurstchen_v3.0_stage_b", "sd3", "pixart", "auraflow", "flux1", "sd3_large",
    "hunyuan_video", "wan_v2.1_1.3b", "wan_v2.1_14b", "hidream_i1", "hidream_o1", "qwen_image", "wan_v2.2_5b",
    "z_image", "ernie_image", "flux2", "flux2_9b", "flux2_4b", "cosmos2.5_2b", "ideogram_4", "krea_2", "ltx2",
    "ltx2.3", "seedvr2_3b", "seedvr2_7b", "longcat_video_avatar_v1.5",
]
# fmt: on

# The geometry of the wire: units of latent cells per 64 pixels, and channels.
GEOMETRY = {
    (8, 4): "v1 v2 sdxl_base_v0.9 sdxl_refiner_v0.9 ssd_1b svd_i2v kandinsky2.1 pixart auraflow",
    (8, 16): "sd3 sd3_large flux1 hunyuan_video wan_v2.1_1.3b wan_v2.1_14b hidream_i1 qwen_image cosmos2.5_2b z_image "
    "seedvr2_3b seedvr2_7b krea_2 longcat_video_avatar_v1.5",
    (8, 32): "ernie_image flux2 flux2_9b flux2_4b ideogram_4",
    (4, 48): "wan_v2.2_5b",
    (2, 128): "ltx2 ltx2.3",
    (2, 3072): "hidream_o1",
    (16, 4): "wurstchen_v3.0_stage_b",
}
# fmt: off
AUTO_SHIFT = {
    "flux1", "sd3", "sd3_large", "hidream_i1", "qwen_image", "z_image", "ernie_image", "flux2", "flux2_9b", "flux2_4b",
    "cosmos2.5_2b", "ideogram_4", "krea_2",
}
# fmt: on


def test_every_version_is_known_and_no_other():
    assert set(FAMILIES) == set(VERSIONS)
    assert all(family.version == version for version, family in FAMILIES.items())
    assert len({family.title for family in FAMILIES.values()}) == len(FAMILIES)


def test_a_version_newer_than_this_package():
    assert family_of("flux1") is FAMILIES["flux1"]
    assert family_of("minimax_h3") is None


@pytest.mark.parametrize(
    ("cells", "channels", "version"), [(*key, v) for key, vs in GEOMETRY.items() for v in vs.split()]
)
def test_geometry(cells: int, channels: int, version: str):
    family = FAMILIES[version]
    assert family.channels == channels
    assert family.latent_cells(128, 192) == (3 * cells, 2 * cells)


def test_the_first_stage_of_cascade_has_one_and_a_half_cells_per_unit():
    family = FAMILIES["wurstchen_v3.0_stage_c"]
    assert family.channels == 16
    assert family.latent_cells(1024, 1024) == (24, 24)
    assert family.latent_cells(64, 192) == (5, 2)


def test_flow_families():
    classic = {"v1", "v2", "kandinsky2.1", "sdxl_base_v0.9", "sdxl_refiner_v0.9", "ssd_1b", "svd_i2v", "pixart"}
    classic |= {"wurstchen_v3.0_stage_c", "wurstchen_v3.0_stage_b"}
    assert {version for version, family in FAMILIES.items() if not family.flow} == classic
    assert {version for version, family in FAMILIES.items() if family.auto_shift} == AUTO_SHIFT


@pytest.mark.parametrize(
    ("version", "fps", "step", "audio"),
    [
        ("hunyuan_video", 30, 4, None),
        ("svd_i2v", 30, 1, None),
        ("wan_v2.1_1.3b", 16, 4, None),
        ("wan_v2.1_14b", 16, 4, None),
        ("wan_v2.2_5b", 24, 4, None),
        ("ltx2", 25, 8, 24_000),
        ("ltx2.3", 25, 8, 48_000),
        ("longcat_video_avatar_v1.5", 25, 4, None),
    ],
)
def test_video_families(version: str, fps: float, step: int, audio: int | None):
    family = FAMILIES[version]
    assert family.video
    assert (family.fps, family.frame_step, family.audio_rate) == (fps, step, audio)


def test_no_other_family_makes_clips():
    assert sum(family.video for family in FAMILIES.values()) == 8
    assert all(family.fps is None and family.audio_rate is None for family in FAMILIES.values() if not family.video)


@pytest.mark.parametrize(
    ("version", "asked", "frames", "latent"),
    [
        ("wan_v2.1_14b", 81, 81, 21),
        ("wan_v2.1_14b", 84, 81, 21),
        ("wan_v2.1_14b", 3, 1, 1),
        ("wan_v2.1_14b", 0, 1, 1),
        ("ltx2", 121, 121, 16),
        ("ltx2", 100, 97, 13),
        ("svd_i2v", 14, 14, 14),
        ("flux1", 14, 1, 1),
    ],
)
def test_frames(version: str, asked: int, frames: int, latent: int):
    assert FAMILIES[version].frames(asked) == frames
    assert FAMILIES[version].latent_frames(asked) == latent


def test_rows_of_sound():
    # 121 audio frames over 24 columns and 16 latent frames.
    assert FAMILIES["ltx2"].audio_rows(768, 121) == 1
    assert FAMILIES["ltx2"].audio_rows(128, 121) == 2
    assert FAMILIES["flux1"].audio_rows(768, 121) == 0


def test_one_result_per_request():
    assert FAMILIES["seedvr2_3b"].one_per_request
    assert FAMILIES["ltx2"].one_per_request
    assert not FAMILIES["flux1"].one_per_request
