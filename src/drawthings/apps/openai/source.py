"""Pictures of a request: where a generation starts, what it looks at, what of it is repainted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from drawthings.apps.openai.own import parsed
from drawthings.errors import BadImage, BadSize, BadValue
from drawthings.request.pictures import load_picture

if TYPE_CHECKING:
    from PIL import Image

    from drawthings.apps.http.values import Values

Reader: TypeAlias = Callable[[bytes | str, str], bytes]
"""Takes a picture as bytes, base64 or data URL, and its name for errors; returns the checked bytes of the file."""

MOST_IMAGES = 16
CANVAS = ("image", "images")
FURTHER = ("references", "reference", "ref_images")


def images(values: Values, read: Reader) -> tuple[list[bytes], list[bytes]]:
    """Return the pictures of a body: those to be changed, and those that are only looked at.

    Args:
        values: The body: ``image`` or ``images`` as files, base64, data URLs or objects with ``image_url``, and
            ``references`` alike.
        read: How a picture is read.

    Raises:
        BadImage: One cannot be read, or there are more than 16.
    """
    first = [read(each, name) for name in CANVAS for each in _sources(values, name)]
    further = [read(each, name) for name in FURTHER for each in _sources(values, name)]
    if len(first) + len(further) > MOST_IMAGES:
        raise BadImage(
            f"{len(first) + len(further)} pictures are too many; there may be {MOST_IMAGES}.",
            hint="Send fewer.",
            field="image",
        )
    return first, further


def mask(values: Values, read: Reader) -> tuple[Image.Image | None, str]:
    """Return the mask of a body as a picture that the client library understands, and what is to be told of it.

    Transparent is what is repainted. A mask in which nothing is transparent can only be meant in black and white, and
    then white is what is repainted.

    Raises:
        BadImage: It cannot be read.
    """
    sources = _sources(values, "mask")
    if not sources:
        return None, ""
    picture = load_picture(read(sources[0], "mask"))
    if picture.mode == "RGBA":
        return picture, ""
    return picture.convert("RGB"), "Nothing of the mask is transparent, so its white part was repainted."


def hints(values: Values, read: Reader) -> dict[str, list[bytes]]:
    """Return the control pictures of a body by their type.

    Raises:
        BadValue: It is no object of pictures.
        BadImage: One cannot be read.
    """
    given = values.raw("hints")
    if isinstance(given, str) and given.strip():
        given = parsed(given, "hints")
    if given is None or given == "":
        return {}
    if not isinstance(given, Mapping):
        raise BadValue(
            "hints is no object.", hint='Write {"depth": "data:image/png;base64,…"}.', field="hints", value=None
        )
    found: dict[str, list[bytes]] = {}
    for kind, source in given.items():
        several = source if isinstance(source, list) else [source]
        found[str(kind)] = [read(_content(each, "hints"), f"hints[{kind}]") for each in several]
    return found


def marked(image: bytes, values: Values, read: Reader) -> bytes | Image.Image:
    """Return a picture with the body's ``markup`` laid over it, or as it is where there is none.

    Raises:
        BadValue: There is a mask, too.
        BadSize: The markup is not as large as the picture.
        BadImage: It cannot be read, or is not transparent anywhere.
    """
    sources = _sources(values, "markup")
    if not sources:
        return image
    if _sources(values, "mask"):
        raise BadValue("markup and mask cannot be given together.", hint="Leave one of them out.", field="markup")
    over = load_picture(read(sources[0], "markup"))
    below = load_picture(image).convert("RGBA")
    if over.mode != "RGBA":
        raise BadImage(
            "Nothing of the markup is transparent, so it would cover the picture.",
            hint="Draw on a transparent background.",
            field="markup",
        )
    if over.size != below.size:
        raise BadSize(
            f"The markup is {over.width}x{over.height} and the picture {below.width}x{below.height} pixels.",
            hint="Make both the same size.",
            field="markup",
        )
    below.alpha_composite(over)
    return below


def _sources(values: Values, name: str) -> list[bytes | str]:
    """Return the pictures under a name: one, a list, or JSON text of one of these."""
    given = values.raw(name)
    if isinstance(given, str) and given.lstrip()[:1] in {"[", "{"}:
        given = parsed(given, name)
    if given is None or given in ("", b""):
        return []
    return [_content(each, name) for each in (given if isinstance(given, list) else [given])]


def _content(source: object, name: str) -> bytes | str:
    """Return bytes, base64 or a data URL out of the forms that a picture has in a body."""
    if isinstance(source, Mapping):
        inner = source.get("image_url") or source.get("b64_json") or source.get("url")
        source = inner.get("url") if isinstance(inner, Mapping) else inner
    if isinstance(source, bytes | str) and source:
        return source
    raise BadImage(
        f"{name} holds no picture.",
        hint='Send a file, base64, a data URL, or {"image_url": "data:image/png;base64,…"}.',
        field=name,
    )
