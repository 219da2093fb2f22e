"""The guard's rules about settings that have no effect where they are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.catalogue.families import CASCADE_PRIOR, SDXL_LINE
from drawthings.request.choices import CompressionMethod
from drawthings.request.fields import BY_NAME
from drawthings.request.guard_codes import Finding, found
from drawthings.request.guard_situation import KANDINSKY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.request.guard_situation import Situation

WITHOUT_CLIP = frozenset(
    {
        *("pixart", "auraflow", "wan_v2.1_1.3b", "wan_v2.1_14b", "wan_v2.2_5b", "hidream_o1", "qwen_image", "z_image"),
        *("ernie_image", "flux2", "flux2_9b", "flux2_4b", "cosmos2.5_2b", "ideogram_4", "krea_2", "ltx2", "ltx2.3"),
        *("seedvr2_3b", "seedvr2_7b", "longcat_video_avatar_v1.5"),
    }
)
"""Families whose prompt is read by T5 or a language model alone."""
CAUSAL = frozenset({"wan_v2.1_1.3b", "wan_v2.1_14b", "wan_v2.2_5b"})


@dataclass(frozen=True, slots=True)
class Own:
    """Settings that one kind of model has for itself.

    Attributes:
        code: The finding when another model is given them.
        whose: The models, in words.
        versions: The models' families.
        names: The settings.
    """

    code: str
    whose: str
    versions: frozenset[str]
    names: tuple[str, ...]


OWN = (
    Own(
        "svd-settings-unused",
        "Stable Video Diffusion",
        frozenset({"svd_i2v"}),
        ("fps", "motion_scale", "guiding_frame_noise", "start_frame_guidance"),
    ),
    Own(
        "cascade-settings-unused",
        "Stable Cascade",
        frozenset({CASCADE_PRIOR}),
        ("stage_2_steps", "stage_2_guidance", "stage_2_shift"),
    ),
    Own(
        "kandinsky-settings-unused",
        "Kandinsky",
        frozenset({KANDINSKY}),
        ("clip_weight", "negative_prompt_for_image_prior", "image_prior_steps"),
    ),
    Own(
        "sdxl-settings-unused",
        "SDXL",
        SDXL_LINE,
        (
            *("original_image_width", "original_image_height", "crop_left", "crop_top"),
            *("target_image_width", "target_image_height"),
            *("negative_original_image_width", "negative_original_image_height"),
            *("aesthetic_score", "negative_aesthetic_score"),
        ),
    ),
)


def changed(s: Situation, names: tuple[str, ...]) -> list[str]:
    """Return those settings that differ from their defaults."""
    return [name for name in names if getattr(s.settings, name) != BY_NAME[name].default]


def of_other_families(s: Situation) -> Iterator[Finding]:
    """Settings of one family are given to another."""
    if s.model is None:
        return
    for own in OWN:
        names = changed(s, own.names)
        if names and not own.versions & s.versions:
            text = f"{', '.join(names)}: only {own.whose} looks at that, and {s.model.file} is {s.version}."
            yield found(own.code, text, "Leave it out.")


def ignored(s: Situation) -> Iterator[Finding]:
    """Settings are given that no server looks at."""
    settings = s.settings
    names = ["expand_prompt_to_json"] if settings.expand_prompt_to_json else []
    if settings.compression_artifacts is not CompressionMethod.DISABLED:
        names.append("compression_artifacts")
    for name in names:
        text = f"{name} is for the app, before it sends a request; the server ignores it."
        yield found("setting-ignored", text, "Leave it out.")


def clip(s: Situation) -> Iterator[Finding]:
    """CLIP is told something in a model that has none, or a text encoder gets a text that it does not read."""
    settings = s.settings
    if settings.clip_skip > 1 and s.model is not None and s.version in WITHOUT_CLIP:
        text = f"clip_skip={settings.clip_skip} does nothing: {s.model.file} has no CLIP."
        yield found("clip-skip-unused", text, "Leave it at 1.")
    pairs = {
        "separate_clip_l": "clip_l_text",
        "separate_open_clip_g": "open_clip_g_text",
        "separate_t5": "t5_text",
    }
    for switch, name in pairs.items():
        if getattr(settings, name) and not getattr(settings, switch):
            text = f"{name} is not read, because {switch} is off."
            yield found("text-of-encoder-unused", text, f"Turn {switch} on.")


def hires(s: Situation) -> Iterator[Finding]:
    """The first, smaller pass does not happen."""
    settings = s.settings
    if not settings.hires_fix or s.version == CASCADE_PRIOR:
        return
    width, height = settings.hires_fix_width, settings.hires_fix_height
    if not s.from_words:
        text = "hires_fix does nothing for a request that starts from a picture."
        yield found("hires-with-picture", text, "Turn it off.")
    elif not (0 < width < settings.width and 0 < height < settings.height):
        text = (
            f"hires_fix does nothing: its first pass of {width}x{height} is not smaller than {settings.width}x"
            f"{settings.height} on both sides."
        )
        yield found("hires-not-smaller", text, "Make it smaller on both sides.")
    elif not s.enters_late(settings.hires_fix_strength):
        text = f"hires_fix does nothing: at hires_fix_strength {settings.hires_fix_strength:g} the first pass is lost."
        yield found("hires-at-full-strength", text, "Use 0.7 or so.")


def tiles(s: Situation) -> Iterator[Finding]:
    """Tiles are larger than the picture, or overlap entirely."""
    settings, (height, width) = s.settings, s.canvas
    for name, on in (("decoding", settings.tiled_decoding), ("diffusion", settings.tiled_diffusion)):
        if not on:
            continue
        tile = [getattr(settings, f"{name}_tile_{side}") for side in ("width", "height")]
        overlap = getattr(settings, f"{name}_tile_overlap")
        if tile[0] >= width and tile[1] >= height:
            text = f"Tiled {name} does nothing: a tile of {tile[0]}x{tile[1]} holds the whole {width}x{height}."
            yield found("tiles-not-needed", text, "Turn it off, or make the tiles smaller.")
        elif overlap >= min(tile):
            text = f"{name}_tile_overlap={overlap} is no less than the tile of {tile[0]}x{tile[1]} itself."
            yield found("tile-overlap", text, "Use 128 or so.")


def tea_cache(s: Situation) -> Iterator[Finding]:
    """TeaCache is on where nothing is known for it, or for no step."""
    settings = s.settings
    if not settings.tea_cache or s.model is None:
        return
    end = settings.tea_cache_end
    last = settings.steps + 1 + end if end < 0 else end
    if not s.model.facts.get("tea_cache_coefficients"):
        text = f"tea_cache does nothing: {s.model.file} has not been measured for it."
        yield found("tea-cache-unmeasured", text, "Turn it off.")
    elif settings.tea_cache_start >= min(last, settings.steps):
        text = f"tea_cache does nothing: it starts at step {settings.tea_cache_start} of {settings.steps}."
        yield found("tea-cache-empty", text, "Let it start earlier, or turn it off.")


def causal(s: Situation) -> Iterator[Finding]:
    """Frames are to be made in pieces by a model that cannot."""
    if s.settings.causal_inference > 0 and s.model is not None and s.version not in CAUSAL:
        text = f"causal_inference={s.settings.causal_inference} counts for Wan only, and {s.model.file} is {s.version}."
        yield found("causal-inference-unused", text, "Leave it at 0.")


RULES = (*(of_other_families, ignored, clip, hires, tiles, tea_cache, causal),)
