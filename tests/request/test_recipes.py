from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.catalogue.entries import LoraEntry, ModelEntry, entry_from
from drawthings.catalogue.families import FAMILIES
from drawthings.catalogue.guess import guess_entry
from drawthings.errors import UnknownChoice, UnknownPreset
from drawthings.request.choices import Sampler
from drawthings.request.configuration import Configuration
from drawthings.request.fields import FIELDS
from drawthings.request.recipes import (
    Recipe,
    composition_findings,
    recipe_for,
    recipe_named,
    recipe_rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = {row.name: row for row in recipe_rows()}
ALWAYS = {"steps", "guidance_scale", "sampler", "shift"}
EDIT_2511 = "qwen_image_edit_2511_q6p"
LIGHTNING_4 = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16"
VISION = {"clip_encoder": "qwen_2.5_vl_7b_vit_f16.ckpt"}


def model(stem: str, **spec: Any) -> ModelEntry:
    """Return a model as a server with a model browser describes it: what its name tells, as a specification."""
    guessed = guess_entry(ModelEntry, f"{stem}.ckpt")
    return entry_from(ModelEntry, {"file": guessed.file, "version": guessed.version, **guessed.guess, **spec})


def lora(stem: str, version: str, **spec: Any) -> LoraEntry:
    return entry_from(LoraEntry, {"file": f"{stem}.ckpt", "version": version, **spec})


def of_version(version: str, **spec: Any) -> ModelEntry:
    return entry_from(ModelEntry, {"file": "plain.ckpt", "version": version, **spec})


def picked(recipe: Recipe, *names: str) -> tuple[object, ...]:
    return tuple(recipe.settings.get(name) for name in names)


@pytest.mark.parametrize("version", sorted(FAMILIES))
def test_every_family_has_a_row_of_its_own(version: str):
    recipe = recipe_for(of_version(version))
    assert version in ROWS[recipe.name].versions
    assert recipe.native_px == FAMILIES[version].native_px


def test_every_row_can_be_reached():
    """No row stands behind one that always comes first."""
    reached = set()
    words = ["plain", "turbo", "4_step", "base", "schnell", "dev", "skyreels", "chronoedit", "wan_hne_x", "480p", "_xt"]
    words += [
        "fusionx",
        "lightx2v",
        "lcm_x",
        "tcd_x",
        "lightning",
        "dmd2",
        "playground_v2.5",
        "few_steps",
        "turbo_lora",
    ]
    modifiers = ["", "inpainting", "kontext", "qwenimage_edit_2511", "qwenimage_layered", "editing", "depth", "canny"]
    flags: list[dict[str, object]] = [{"is_consistency_model": True}, {"guidance_embed": True}]
    for version in [*FAMILIES, "newer"]:
        for word in words:
            adapters = [[], [lora(word, version)]]
            for facts in [*({"modifier": modifier} for modifier in modifiers), *flags]:
                entry = entry_from(ModelEntry, {"file": f"{word}.ckpt", "version": version, **facts})
                reached |= {recipe_for(entry, adapter).name for adapter in adapters}
    assert reached == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_well_formed(name: str):
    row = ROWS[name]
    assert set(row.settings) >= ALWAYS
    assert set(row.settings) <= {field.name for field in FIELDS}
    assert row.versions <= set(FAMILIES)
    assert row.sources
    assert row.why.endswith(".")
    assert row.why[0].isupper()
    assert ("resolution_dependent_shift" in row.settings) == (
        name == "few-steps-lora" or any(FAMILIES[version].auto_shift for version in row.versions)
    )
    sampler = Sampler.parse(row.settings["sampler"])
    assert row.settings["sampler"] == sampler.label
    if not row.versions or any(FAMILIES[version].flow for version in row.versions):
        assert sampler.fits_flow


def test_the_settings_of_every_row_are_accepted():
    for row in ROWS.values():
        configuration = Configuration(**row.settings)
        assert configuration.steps == row.settings["steps"]


@pytest.mark.parametrize(
    ("stem", "name", "steps", "guidance", "sampler"),
    [
        ("sd_v1.5_f16", "stable-diffusion", 16, 5.0, "DPM++ 2M AYS"),
        ("realdream_15sd15_q6p_q8p", "stable-diffusion", 16, 5.0, "DPM++ 2M AYS"),
        ("juggernaut_xl_v9_q6p_q8p", "sdxl", 16, 5.0, "DPM++ 2M AYS"),
        ("juggernaut_xl_v9_lightning_q6p_q8p", "sdxl-lightning", 6, 1.5, "DPM++ SDE Trailing"),
        ("dreamshaper_xl_v2.1_turbo_f16", "sdxl-turbo-merge", 8, 2.0, "DPM++ SDE Karras"),
        ("sd_xl_turbo_f16", "sdxl-turbo", 4, 1.0, "Euler A Trailing"),
        ("z_image_turbo_1.0_q6p", "z-image-turbo", 8, 1.0, "UniPC Trailing"),
        ("z_image_1.0_q6p", "z-image", 30, 4.0, "UniPC Trailing"),
        ("flux_1_schnell_q5p", "flux1-schnell", 4, 1.0, "Euler A Trailing"),
        ("flux_1_dev_q5p", "flux1-dev", 28, 4.5, "Euler A Trailing"),
        ("chroma_1_hd_r0.1_q8p", "flux1-true-guidance", 28, 4.0, "Euler A Trailing"),
        ("flux_2_klein_4b_q6p", "flux2-klein", 4, 1.0, "DDIM Trailing"),
        ("flux_2_klein_base_9b_q6p", "flux2-klein-base", 30, 4.0, "DDIM Trailing"),
        ("qwen_image_2512_q6p", "qwen-image", 30, 4.0, "UniPC Trailing"),
        ("hidream_i1_dev_q5p", "hidream-i1-dev", 28, 1.0, "Euler A Trailing"),
        ("seedvr2_3b_q8p", "seedvr2", 1, 1.0, "DDIM Trailing"),
        ("sd3_large_turbo_3.5_q8p", "sd3-turbo", 4, 1.0, "Euler A Trailing"),
    ],
)
def test_models(stem: str, name: str, steps: int, guidance: float, sampler: str):
    recipe = recipe_for(model(stem))
    assert recipe.name == name
    assert picked(recipe, "steps", "guidance_scale", "sampler", "strength") == (steps, guidance, sampler, 1.0)


@pytest.mark.parametrize(
    ("stem", "loras", "expected"),
    [
        (EDIT_2511, [], (30, 4.0, "UniPC Trailing", 2.0, True)),
        ("qwen_image_edit_2509_q6p", [], (30, 4.0, "UniPC Trailing", 2.0, True)),
        ("qwen_image_edit_1.0_q6p", [], (30, 4.0, "UniPC Trailing", 2.0, True)),
        (EDIT_2511, [LIGHTNING_4], (4, 1.0, "UniPC Trailing", 3.0, False)),
        (EDIT_2511, ["qwen_image_edit_2511_lightning_8_step_v1.0"], (8, 1.0, "UniPC Trailing", 3.0, False)),
        ("qwen_image_layered_1.0_bf16_q8p", [], (50, 4.0, "UniPC Trailing", 1.0, True)),
        ("flux_1_kontext_dev_q8p", [], (28, 4.5, "Euler A Trailing", 1.0, True)),
        ("flux_2_klein_9b_kv_q6p", [], (4, 1.0, "DDIM Trailing", 3.0, False)),
        ("flux_2_klein_base_4b_q6p", [], (30, 4.0, "DDIM Trailing", 1.0, True)),
        ("flux_2_dev_q6p", [], (28, 4.5, "DDIM Trailing", 1.0, True)),
        ("flux_2_dev_q6p", ["flux_2_dev_turbo_lora_f16"], (4, 4.5, "DDIM Trailing", 3.0, False)),
        ("flux_1_fill_dev_q5p", [], (28, 50.0, "Euler A Trailing", 1.0, True)),
        ("instruct_pix2pix_22000_f16", [], (25, 7.5, "Euler Ancestral", 1.0, None)),
        ("hidream_e1_1_q8p", [], (40, 5.0, "Euler A Trailing", 3.0, False)),
    ],
)
def test_edits(stem: str, loras: list[str], expected: tuple[object, ...]):
    entry = model(stem)
    recipe = recipe_for(entry, [lora(name, entry.version) for name in loras], editing=True)
    names = ("steps", "guidance_scale", "sampler", "shift", "resolution_dependent_shift")
    assert picked(recipe, *names) == expected
    assert recipe.settings["strength"] == 1


def test_details_of_edits():
    assert recipe_for(model("qwen_image_layered_1.0_bf16_q8p")).native_px == 640
    assert recipe_for(model("hidream_e1_full_q8p")).native_px == 768
    assert recipe_for(model("flux_2_dev_q6p")).settings["guidance_embed"] == 4.5
    assert recipe_for(model("flux_1_kontext_dev_q8p")).settings["speed_up_with_guidance_embed"] is True
    assert recipe_for(model("instruct_pix2pix_22000_f16")).settings["image_guidance_scale"] == 1.5


@pytest.mark.parametrize(
    ("stem", "editing", "strength"),
    [
        ("sd_v1.5_f16", True, 0.7),
        ("z_image_turbo_1.0_q6p", True, 0.7),
        ("z_image_turbo_1.0_q6p", False, 1.0),
        ("flux_1_fill_dev_q5p", True, 1.0),
        ("wan_v2.1_14b_i2v_480p_q8p", True, 1.0),
        ("svd_i2v_xt_1.1_f16", True, 1.0),
        ("longcat_video_avatar_1.5_q8p", True, 1.0),
    ],
)
def test_strength(stem: str, editing: bool, strength: float):
    assert recipe_for(model(stem), editing=editing).settings["strength"] == strength


def test_a_lora_can_make_an_edit_model():
    entry = model("flux_1_dev_q8p")
    recipe = recipe_for(entry, [lora("kontext_lora", "flux1", modifier="kontext")], editing=True)
    assert recipe.name == "flux1-kontext"
    assert recipe.settings["strength"] == 1


@pytest.mark.parametrize(
    ("stem", "adapter", "version", "name", "steps"),
    [
        (
            "juggernaut_xl_v9_q6p_q8p",
            "sdxl_lightning_4step_lora",
            "sdxl_base_v0.9",
            "stable-diffusion-few-steps-lora",
            4,
        ),
        ("juggernaut_xl_v9_q6p_q8p", "sdxl_lightning_lora", "sdxl_base_v0.9", "stable-diffusion-few-steps-lora", 8),
        ("sd_v1.5_f16", "lcm_sd_v1.5_lora_f16", "v1", "stable-diffusion-lcm", 6),
        ("sd_v1.5_f16", "tcd_sd_v1.5_lora_f16", "v1", "stable-diffusion-tcd", 6),
        ("sd_v1.5_f16", "nameless", "v1", "stable-diffusion", 16),
        ("flux_1_dev_q8p", "hyper_flux_8_step", "flux1", "flux1-few-steps-lora", 8),
        ("auraflow_v0.2_q8p", "something_turbo", "auraflow", "few-steps-lora", 8),
        ("wan_v2.2_a14b_hne_t2v_q6p_svd", "wan_v2.2_a14b_hne_t2v_lightning_v1.1", "wan_v2.1_14b", "wan-lightning", 4),
    ],
)
def test_few_step_loras(stem: str, adapter: str, version: str, name: str, steps: int):
    recipe = recipe_for(model(stem), [lora(adapter, version)])
    assert (recipe.name, recipe.settings["steps"]) == (name, steps)


@pytest.mark.parametrize(
    "adapter", ["hyperrealistic", "flash_photography", "style_2000_steps", "two_footsteps", "0_step", "headmd"]
)
def test_loras_that_only_sound_fast(adapter: str):
    assert recipe_for(model("sd_v1.5_f16"), [lora(adapter, "v1")]).settings["steps"] in {16, 8}
    if adapter != "0_step":
        assert recipe_for(model("sd_v1.5_f16"), [lora(adapter, "v1")]).name == "stable-diffusion"


def test_a_consistency_lora_without_a_telling_name():
    adapter = lora("nameless", "v1", is_consistency_model=True)
    assert recipe_for(model("sd_v1.5_f16"), [adapter]).name == "sd-consistency"


def test_a_lora_of_another_family_changes_nothing():
    assert recipe_for(model("sd_v1.5_f16"), [lora(LIGHTNING_4, "qwen_image")]).name == "stable-diffusion"


def test_the_second_expert_of_wan():
    recipe = recipe_for(model("wan_v2.2_a14b_hne_t2v_q6p_svd"))
    assert recipe.refiner_model == "wan_v2.2_a14b_lne_t2v_q6p_svd.ckpt"
    assert recipe.settings["refiner_start"] == 0.125
    alone = recipe_for(model("wan_v2.2_a14b_lne_t2v_q6p_svd"))
    assert alone.refiner_model is None
    assert "refiner_start" not in alone.settings


def test_a_family_newer_than_this_package():
    assert recipe_for(of_version("minimax_h3")).name == "unknown"
    newer = entry_from(ModelEntry, {"file": "minimax_turbo.ckpt", "version": "minimax_h3"})
    assert picked(recipe_for(newer), "steps", "guidance_scale") == (8, 1.0)


def test_recipes_are_values():
    recipe = recipe_for(model("flux_1_dev_q8p"))
    assert recipe == recipe_for(model("flux_1_dev_q8p"))
    assert pickle.loads(pickle.dumps(recipe)) == recipe  # noqa: S301 - our own bytes
    assert hash(recipe) == hash(recipe_for(model("flux_1_dev_q8p")))


def test_recipes_by_name():
    assert recipe_named("qwen-image-edit").settings["steps"] == 30
    with pytest.raises(UnknownPreset, match="There is no recipe 'qwen-image-edti'") as caught:
        recipe_named("qwen-image-edti")
    assert caught.value.suggestions[0] == "qwen-image-edit"
    with pytest.raises(UnknownPreset) as caught:
        recipe_named("?")
    assert caught.value.suggestions == ()
    assert "recipes list" in caught.value.hint


# What spoils an edit


@pytest.mark.parametrize("stem", [EDIT_2511, "flux_2_klein_4b_q6p", "flux_1_kontext_dev_q8p", "sd_v1.5_f16"])
@pytest.mark.parametrize("fast", [False, True])
def test_recommended_settings_give_no_warning(stem: str, fast: bool):
    entry = model(stem, **VISION)
    loras = [lora("lightning_4_step", entry.version)] if fast else []
    recipe = recipe_for(entry, loras, editing=True)
    assert sentences(entry, loras, recipe.settings) == ()


def test_recommended_settings_never_give_a_warning():
    for version in FAMILIES:
        for stem in ("plain", "turbo", "schnell"):
            entry = entry_from(ModelEntry, {"file": f"{stem}.ckpt", "version": version, "is_consistency_model": True})
            assert sentences(entry, [], recipe_for(entry, editing=True).settings) == ()


def test_enough_steps_are_left_of_a_distilled_model():
    assert recipe_for(model("flux_1_schnell_q5p")).settings["steps"] == 4
    assert recipe_for(model("flux_1_schnell_q5p"), editing=True).settings["steps"] == 5
    assert recipe_for(model("z_image_turbo_1.0_q6p"), editing=True).settings["steps"] == 8


def sentences(entry: ModelEntry, loras: list[LoraEntry], settings: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(text for _, text in composition_findings(entry, loras, settings))


def warned(entry: ModelEntry, loras: list[LoraEntry] | None = None, **settings: object) -> str:
    warnings = sentences(entry, loras or [], settings)
    assert len(warnings) == 1
    return warnings[0]


def edit_2511(**spec: Any) -> ModelEntry:
    return model(EDIT_2511, **{**VISION, **spec})


def test_strength_below_one():
    assert warned(edit_2511(), strength=0.7).startswith("strength=0.7: qwen_image_edit_2511_q6p.ckpt keeps the picture")
    double = model("ootd_vton_upper_body_1.0_f16")
    assert "believed to crash" in warned(double, strength=0.9)
    assert sentences(model("sd_v1.5_f16"), [], {"strength": 0.7}) == ()


def test_too_few_steps_left():
    fast = [lora(LIGHTNING_4, "qwen_image")]
    strength, steps = sentences(edit_2511(), fast, {"strength": 0.7})
    assert strength.startswith("strength=0.7")
    assert steps == "steps=4: at strength 0.7 only 2 of them run, which is too few for a clean picture."
    assert warned(model("sd_v1.5_f16"), steps=4).startswith("steps=4: at strength 0.7 only 3 of them run")
    assert sentences(model("sd_v1.5_f16"), [], {"strength": 0}) == ()


def test_the_automatic_shift_counts():
    # At 1024 pixels 12 steps from strength 0.5 are three with the automatic shift, and six with none.
    entry = model("z_image_1.0_q6p")
    chosen = {"steps": 12, "strength": 0.5, "width": 1024, "height": 1024}
    assert "only 3 of them run" in warned(entry, **chosen)
    assert "only 3 of them run" in warned(entry, steps=12, strength=0.5)
    assert sentences(entry, [], {**chosen, "resolution_dependent_shift": False, "shift": 1.0}) == ()
    assert sentences(entry, [], {**chosen, "width": 512, "height": 512}) == ()


def test_few_steps_without_lightning():
    assert warned(edit_2511(), steps=10).startswith("steps=10: qwen_image_edit_2511_q6p.ckpt needs about 30")
    assert sentences(edit_2511(), [], {"steps": 15}) == ()
    assert sentences(edit_2511(), [], {"steps": "many"}) == ()


@pytest.mark.parametrize("sampler", ["UniPC", 5, Sampler.UNIPC])
def test_sampler_of_flow_models(sampler: object):
    text = warned(edit_2511(), sampler=sampler)
    assert text.startswith("sampler=UniPC: ")
    assert text.endswith("for example UniPC Trailing.")
    assert sentences(model("sd_v1.5_f16"), [], {"sampler": sampler}) == ()
    assert sentences(edit_2511(), [], {"sampler": "DPM++ 2M AYS"}) == ()


def test_a_sampler_that_does_not_exist():
    with pytest.raises(UnknownChoice):
        sentences(edit_2511(), [], {"sampler": "Magic"})


def test_guidance():
    fast = [lora(LIGHTNING_4, "qwen_image")]
    assert "guidance_scale=1: this switches guidance off" in warned(edit_2511(), guidance_scale=1)
    assert warned(edit_2511(), fast, guidance_scale=4.0).startswith("guidance_scale=4: few-step models")
    assert sentences(edit_2511(), fast, {"guidance_scale": 1.5}) == ()
    assert sentences(model("flux_1_kontext_dev_q8p"), [], {"guidance_scale": 1}) == ()
    off = {"guidance_scale": 1, "speed_up_with_guidance_embed": False}
    assert "switches guidance off" in warned(model("flux_1_kontext_dev_q8p"), **off)
    consistency = [lora(LIGHTNING_4, "qwen_image", is_consistency_model=True)]
    assert sentences(edit_2511(), consistency, {"guidance_scale": 4}) == ()
    assert sentences(model("sd_v1.5_f16"), [], {"guidance_scale": 1}) == ()


def test_a_lost_modifier():
    text = warned(edit_2511(modifier="none"), strength=1.0, guidance_scale=4)
    assert "with the modifier 'none' instead of 'qwenimage_edit_2511'" in text
    assert "'kontext' instead of 'qwenimage_edit_2511'" in warned(edit_2511(modifier="kontext"))
    assert sentences(model("flux_2_klein_9b_q6p", modifier="kontext_kv"), [], {}) == ()
    other = entry_from(ModelEntry, {"file": f"{EDIT_2511}.ckpt", "version": "newer"})
    assert sentences(other, [], {}) == ()


def test_no_vision_tower():
    assert "names no vision tower" in warned(model(EDIT_2511))
    assert sentences(guess_entry(ModelEntry, f"{EDIT_2511}.ckpt"), [], {}) == ()
