"""What the names in an infotext mean: which are settings of Draw Things, and which have no counterpart.

Source: the names as the web interfaces write them; the app's own words as ``ImageConverter.imageData`` does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drawthings.errors import ConfigError
from drawthings.media.document import Restored
from drawthings.request.choices import Sampler, SeedMode
from drawthings.request.parts import Lora
from drawthings.request.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.media.infotext import Infotext

NUMBERS = {
    "steps": "steps",
    "seed": "seed",
    "cfg scale": "guidance_scale",
    "guidance scale": "guidance_scale",
    "distilled cfg scale": "guidance_embed",
    "image cfg scale": "image_guidance_scale",
    "image guidance": "image_guidance_scale",
    "clip skip": "clip_skip",
    "shift": "shift",
    "strength": "strength",
    "sharpness": "sharpness",
    "mask blur": "mask_blur",
    "mask blur outset": "mask_blur_outset",
    "refiner switch at": "refiner_start",
    "refiner start": "refiner_start",
    "second stage strength": "hires_fix_strength",
    "number of frames": "num_frames",
    "fps": "fps",
    "motion scale": "motion_scale",
}
TEXTS = {"model": "model", "refiner": "refiner_model"}
SIZES = {"size": ("width", "height"), "first stage size": ("hires_fix_width", "hires_fix_height")}
READ_TOGETHER = {"sampler", "schedule type", "denoising strength", "hires upscale", "hires resize", "rng", "version"}
APP_TEXTS = {"upscaler": "upscaler", "seed mode": "seed_mode"}
APP_LORA = re.compile(r"lora(?: \d+)? (model|weight)")
SIZE = re.compile(r"(\d{1,6})\s*[x\u00d7]\s*(\d{1,6})")
HASH = re.compile(r"\[[0-9a-fA-F]{6,64}\]$")

KARRAS, AYS, TRAILING = "karras", "align your steps", "sgm uniform"
SAMPLERS = {
    "dpm++ 2m": {KARRAS: "DPM++ 2M Karras", TRAILING: "DPM++ 2M Trailing", AYS: "DPM++ 2M AYS"},
    "dpm++ sde": {KARRAS: "DPM++ SDE Karras", TRAILING: "DPM++ SDE Trailing", AYS: "DPM++ SDE AYS"},
    "euler a": {"": "Euler Ancestral", TRAILING: "Euler A Trailing", AYS: "Euler A AYS"},
    "ddim": {"": "DDIM", TRAILING: "DDIM Trailing"},
    "plms": {"": "PLMS"},
    "lcm": {"": "LCM"},
    "tcd": {"": "TCD", TRAILING: "TCD Trailing"},
    "unipc": {"": "UniPC", TRAILING: "UniPC Trailing", AYS: "UniPC AYS"},
}
"""Samplers of other programs by name and schedule, and what Draw Things has for them."""
UNSAID = {"", "automatic", "normal", "uniform", "simple"}
SEED_MODES = {"cpu": SeedMode.TORCH_CPU_COMPATIBLE, "nv": SeedMode.NVIDIA_GPU_COMPATIBLE}


def understand(text: Infotext) -> Restored:
    """Return what an infotext says in settings of Draw Things.

    Args:
        text: The text, taken apart.

    Returns:
        Prompts, the settings that have a counterpart, and everything else under ``unknown``.
    """
    found = Restored(prompt=text.prompt, negative_prompt=text.negative_prompt)
    rest = dict(text.words)
    for read in (_numbers, _texts, _sizes, _sampler, _strength, _seed_mode):
        read(found, rest)
    if text.by_app:
        _app(found, rest)
    else:
        found.notes.append("Another program made this; the same seed gives another picture here.")
    _loras(found, text.tags)
    found.unknown.update({name: value for name, value in rest.items() if name not in READ_TOGETHER})
    return found


def _numbers(found: Restored, rest: dict[str, str]) -> None:
    for word, name in NUMBERS.items():
        if word in rest:
            found.take(name, _number(rest.pop(word)))


def _number(text: str) -> float | int | str:
    """Return a number, a percentage as its fraction, or the text where it is neither."""
    for kind in (int, float):
        try:
            return kind(text) if not text.endswith("%") else float(text[:-1]) / 100
        except ValueError:
            continue
    return text


def _texts(found: Restored, rest: dict[str, str]) -> None:
    for word, name in TEXTS.items():
        if rest.get(word):
            found.take(name, HASH.sub("", rest.pop(word)).strip())


def _sizes(found: Restored, rest: dict[str, str]) -> None:
    for word, names in SIZES.items():
        if word in rest:
            _size(found, names, rest.pop(word))
    first = tuple(found.settings.get(name) for name in SIZES["size"])
    width, height = first
    if not isinstance(width, int) or not isinstance(height, int):
        return
    # A second pass there enlarges what Size says; here the size is that of the result.
    larger = SIZE.fullmatch(rest.get("hires resize", ""))
    factor = _number(rest.get("hires upscale", ""))
    if larger:
        sides: tuple[int, int] = (int(larger[1]) or width, int(larger[2]) or height)
    elif not isinstance(factor, str) and 1 < factor <= 8:  # noqa: PLR2004 - beyond this it is no factor
        sides = (round(width * factor), round(height * factor))
    else:
        return
    for name, value in zip(("hires_fix_width", "hires_fix_height", "width", "height"), (*first, *sides), strict=True):
        found.take(name, value)
    found.take("hires_fix", value=True)


def _size(found: Restored, names: tuple[str, str], text: str) -> None:
    sides = SIZE.fullmatch(text)
    if sides is None:
        found.notes.append(f"The size is left out: {shown(text)} is none like 512x768.")
        return
    for name, side in zip(names, sides.groups(), strict=True):
        found.take(name, int(side))


def _sampler(found: Restored, rest: dict[str, str]) -> None:
    name, schedule = rest.get("sampler", ""), rest.get("schedule type", "").lower()
    if not name:
        return
    try:
        found.settings["sampler"] = Sampler.parse(_spelled(name, schedule))
    except ConfigError:
        words = f"{name} with schedule {schedule}" if schedule else name
        found.notes.append(f"The sampler is left out: Draw Things has none like {words}.")


def _spelled(name: str, schedule: str) -> str:
    base = name.lower().strip()
    for ending in (KARRAS, AYS, TRAILING):
        if not schedule and base.endswith(f" {ending}"):
            base, schedule = base.removesuffix(f" {ending}"), ending
    known = SAMPLERS.get(base.replace("euler ancestral", "euler a"))
    if known is None:
        return name
    # Karras is what these interfaces choose for the samplers that have it, when nothing is said.
    usual = known.get("", known.get(KARRAS, ""))
    return usual if schedule in UNSAID else known.get(schedule, f"{name} {schedule}")


def _strength(found: Restored, rest: dict[str, str]) -> None:
    """Read the strength, which is that of the second pass where there is one."""
    if "denoising strength" in rest:
        name = "hires_fix_strength" if found.settings.get("hires_fix") else "strength"
        found.take(name, _number(rest["denoising strength"]))


def _seed_mode(found: Restored, rest: dict[str, str]) -> None:
    mode = SEED_MODES.get(rest.get("rng", "").lower())
    if mode is not None:
        found.settings["seed_mode"] = mode


def _app(found: Restored, rest: dict[str, str]) -> None:
    """Read what only the app's text has."""
    for word, name in APP_TEXTS.items():
        if word in rest:
            found.take(name, rest.pop(word))
    if rest.pop("hires fix", "") == "true":
        found.take("hires_fix", value=True)
    values = [rest.pop(word) for word in list(rest) if APP_LORA.fullmatch(word)]
    _add_loras(found, values[::2], values[1::2])


def _loras(found: Restored, tags: tuple[tuple[str, str], ...]) -> None:
    if tags:
        _add_loras(found, [name for name, _ in tags], [weight or "1" for _, weight in tags])


def _add_loras(found: Restored, files: list[str], weights: list[str]) -> None:
    number: Callable[[str], object] = _number
    parts = list(found.settings.get("loras", ()))
    for file, weight in zip(files, weights, strict=False):
        try:
            parts.append(Lora.read({"file": file, "weight": number(weight)}))
        except ConfigError as error:
            found.notes.append(f"One of loras is left out: {error}")
    if parts:
        found.settings["loras"] = tuple(parts)
