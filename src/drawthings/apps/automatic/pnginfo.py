"""How was this picture made? The answer of ``png-info``, for pictures of the app and of the web interface alike."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from drawthings.apps.automatic.info import KEYWORD, written
from drawthings.errors import DrawThingsError
from drawthings.media.infotext import parse_infotext
from drawthings.media.recollection import read_settings
from drawthings.request.choices import Sampler
from drawthings.request.sources import told

if TYPE_CHECKING:
    from drawthings.media.recollection import Recollection

MOST_TEXT = 65536
_WORDS = {"steps": "Steps", "guidance_scale": "CFG scale", "seed": "Seed", "model": "Model", "clip_skip": "Clip skip"}


def png_info(data: bytes) -> dict[str, Any]:
    """Return what a picture says about itself.

    Args:
        data: A picture file that was checked.

    Returns:
        ``info``, the text as the web interface writes it, empty where the picture says nothing; ``items``, other texts
        in the file; ``parameters``, the text taken apart.
    """
    with told("The picture"), Image.open(io.BytesIO(data)) as image:
        items = {key: value[:MOST_TEXT] for key, value in image.info.items() if isinstance(value, str)}
    text = items.pop(KEYWORD, "") or _remembered(data)
    return {"info": text, "items": items, "parameters": _taken_apart(text)}


def _remembered(data: bytes) -> str:
    try:
        found = read_settings(data)
    except DrawThingsError:
        return ""
    return _in_its_form(found)


def _in_its_form(found: Recollection) -> str:
    settings: dict[str, Any] = dict(found.settings)
    words = {word: str(settings[name]) for name, word in _WORDS.items() if name in settings}
    sampler = settings.get("sampler")
    if isinstance(sampler, Sampler):
        words["Sampler"] = sampler.label
    if "width" in settings and "height" in settings:
        words["Size"] = f"{settings['width']}x{settings['height']}"
    return written(found.prompt, settings.get("loras", ()), found.negative_prompt, words)


def _taken_apart(text: str) -> dict[str, str]:
    found = parse_infotext(text) if text else None
    if found is None:
        return {}
    words = {name[:1].upper() + name[1:]: value for name, value in found.words.items()}
    tags = [f"<lora:{name}:{weight or 1}>" for name, weight in found.tags]
    size = words.get("Size", "").split("x")
    sides = {"Size-1": size[0], "Size-2": size[1]} if len(size) == 2 else {}  # noqa: PLR2004 - width and height
    return {
        "Prompt": " ".join([found.prompt, *tags]).strip(),
        "Negative prompt": found.negative_prompt,
        **{"CFG scale" if name == "Cfg scale" else name: value for name, value in words.items()},
        **sides,
    }
