"""How was this made? Asked of a file or a text of any kind that says so."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias, cast

from drawthings.errors import BadConfiguration, BadImage, DrawThingsError
from drawthings.media.boxes import film_comment, is_film
from drawthings.media.container import HEAD_BYTES, container_of, parts_of
from drawthings.media.document import is_document, restore
from drawthings.media.exif import user_comment
from drawthings.media.infotext import Infotext, parse_infotext
from drawthings.media.infowords import understand
from drawthings.media.xmp import read_packet
from drawthings.request.configuration import DEFAULTS, Settings, settings_from_json
from drawthings.request.presets import load_json, preset_named, read_presets

if TYPE_CHECKING:
    from drawthings.media.document import Restored

Source: TypeAlias = str | os.PathLike[str] | bytes
Kind: TypeAlias = Literal["metadata", "infotext", "description", "preset", "configuration"]
Container: TypeAlias = Literal["png", "jpeg", "webp", "gif", "film", "text"]

MOST_TEXT_BYTES = 16 << 20
"""The longest text file that is read."""
EVERYTHING = ("width", "height", "steps", "guidance_scale", "strength", "sampler", "seed_mode")
"""Settings that every complete source gives; one that lacks any of them leaves open what it does not say."""
WEB_INTERFACE = "Stable Diffusion web UI"
LAYERS = "layered"
SOURCES = "Give a picture or film of Draw Things or of this package, the app's JSON, or an infotext."


class Again(Settings, total=False):
    """The arguments of ``generate`` that make a picture again."""

    prompt: str
    negative_prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """How something was made, as far as it says so.

    Attributes:
        kind: What told it: ``metadata`` of a picture or film, an ``infotext``, the app's ``description`` for people, a
            ``preset``, or a bare ``configuration``.
        container: What it stood in: ``png``, ``jpeg``, ``webp``, ``gif``, ``film`` or ``text``.
        prompt: The prompt; empty where the source has none.
        negative_prompt: The negative prompt.
        settings: The settings that were found, and only those, by the names of ``Configuration``.
        creator: The program that wrote it, where it says so; this package writes ``Draw Things`` as the app does.
        name: The name of the preset.
        inputs: What else it was made from and no file holds (``image``, ``mask``, kinds of hints), where it says so.
        borders: For an outpainted picture, by how many pixels of the input picture it grew on the left, at the top, on
            the right and at the bottom. With the input picture,
            ``client.generate(**recollection.again(), image=picture, borders=recollection.borders)`` makes it again.
        unknown: What was found and is no setting here.
        notes: Sentences about what could not be taken over, or not as it was.
    """

    kind: Kind
    container: Container = "text"
    prompt: str = ""
    negative_prompt: str = ""
    settings: Settings = field(default_factory=Settings)
    creator: str = ""
    name: str = ""
    inputs: tuple[str, ...] = ()
    borders: tuple[int, int, int, int] | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the source was meant to say everything, so that what it does not say is as the app has it."""
        return all(name in self.settings for name in EVERYTHING) and self.kind in {"metadata", "configuration"}

    def again(self) -> Again:
        """Return the arguments that make it again: ``client.generate(**recollection.again())``.

        From a complete source every setting is given, so that nothing is left to recommendations. One picture of a
        batch is made alone where its seed allows that. Change what should be different:
        ``client.generate(**{**recollection.again(), "steps": 30})``.
        """
        settings: dict[str, Any] = {**(DEFAULTS if self.complete else {}), **self.settings}
        if self.kind == "metadata":
            settings |= _alone(settings)
        return cast("Again", {"prompt": self.prompt, "negative_prompt": self.negative_prompt, **settings})


def _alone(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes one picture of a batch without the others; its seed is its own in one seed mode only."""
    from drawthings.request.choices import SeedMode

    changes: dict[str, Any] = {"batch_count": 1} if "batch_count" in settings else {}
    layers = LAYERS in str(settings.get("model")).lower()
    if settings.get("batch_size", 1) > 1 and settings.get("seed_mode") is SeedMode.SCALE_ALIKE and not layers:
        changes["batch_size"] = 1
    return changes


def read_settings(source: Source, *, name: str | None = None) -> Recollection:
    r"""Read how something was made.

    Args:
        source: A path to a PNG, JPEG or WebP picture or an MP4 or GIF film that says how it was made, to the app's
            copied configuration, to its ``custom_configs.json`` or to a text of settings; or such a text itself
            (with several lines, or beginning with ``{`` or ``[``), or the bytes of such a file.
        name: Which preset, where there are several.

    Returns:
        What was found; ``recollection.again()`` gives the arguments that make it again.

    Raises:
        BadImage: A picture, film or other binary file does not say how it was made.
        BadConfiguration: The file cannot be read, or the text is neither JSON nor an infotext.
        ConfigError: A setting of a configuration or preset is wrong.
        UnknownPreset: There is no preset of that name, or there are several and none was named.

    Example:
        >>> found = read_settings("a fox\nSteps: 8, Seed: 5, Size: 512x768")
        >>> found.prompt, found.settings["seed"], found.settings["height"]
        ('a fox', 5, 768)
    """
    if isinstance(source, bytes):
        return _from_file(io.BytesIO(source), "The given file", name)
    if isinstance(source, str) and (source.lstrip()[:1] in {"{", "["} or "\n" in source.strip()):
        return _from_text(source, "The text", name)
    try:
        path = Path(source).expanduser()
        with path.open("rb") as file:
            return _from_file(file, str(path), name)
    except DrawThingsError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error).rstrip(".")
        raise BadConfiguration(f"{str(source)!r} cannot be read: {reason}.", hint=SOURCES) from error


def settings_from_file(source: Source, *, name: str | None = None) -> Settings:
    """Return only the settings of ``read_settings``, to be merged under others.

    Args:
        source: As for ``read_settings``; the name of a preset may also follow a path after ``#``.
        name: As for ``read_settings``.

    Raises:
        DrawThingsError: As for ``read_settings``.
    """
    if isinstance(source, str) and name is None and "\n" not in source and source.lstrip()[:1] not in {"{", "["}:
        path, mark, preset = source.rpartition("#")
        if mark and not os.path.lexists(os.path.expanduser(source)):  # noqa: PTH111 - this one never fails
            return read_settings(path, name=preset).settings
    return read_settings(source, name=name).settings


def _from_file(file: BinaryIO, label: str, name: str | None) -> Recollection:
    if not file.seekable():
        file = io.BytesIO(file.read(MOST_TEXT_BYTES + 1))
    head = file.read(HEAD_BYTES)
    container = container_of(head)
    if container is not None:
        return _from_picture(file, label, container)
    if is_film(head):
        found = _from_words(film_comment(file), "film")
        if found is None:
            raise BadImage(f"{label} does not say how it was made: it has no comment with settings.", hint=SOURCES)
        return found
    file.seek(0)
    return _from_text(_text_of(file.read(MOST_TEXT_BYTES + 1), label), label, name)


def _text_of(data: bytes, label: str) -> str:
    if len(data) > MOST_TEXT_BYTES:
        raise BadConfiguration(f"{label} is larger than {MOST_TEXT_BYTES >> 20} MiB.", hint=SOURCES)
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadImage(f"{label} is neither a picture, nor a film, nor a text with settings.", hint=SOURCES)
    return text


def _from_picture(file: BinaryIO, label: str, container: Container) -> Recollection:
    """Ask the parts of a picture in the order in which they deserve belief: the app's packet, then other texts."""
    parts = sorted(parts_of(file), key=lambda part: ("xmp", "text", "exif").index(part.kind))
    fallback = None
    for part in parts:
        if part.kind == "xmp":
            packet = read_packet(part.data)
            texts = ("", "") if packet is None else (packet.comment, packet.description)
            found = _from_words(texts[0], container, creator="" if packet is None else packet.creator)
            fallback = fallback or _from_words(texts[1], container, creator="" if packet is None else packet.creator)
        elif part.kind == "exif":
            found = _from_words(user_comment(part.data), container)
        else:
            found = _from_words(part.data.decode("utf-8", "replace"), container)
        if found is not None:
            return found
    if fallback is not None:
        return fallback
    what = "it has no metadata of that kind"
    if any(part.keyword in {"workflow", "prompt"} for part in parts):
        what = "it holds a ComfyUI workflow, which says so in another way"
    raise BadImage(f"{label} does not say how it was made: {what}.", hint=SOURCES, source=label)


def _from_words(text: str, container: Container, creator: str = "") -> Recollection | None:
    """Read a text out of a picture or film: a JSON document or an infotext; None when it is neither."""
    words = parse_infotext(text)
    if words is not None:
        return _of_infotext(words, container)
    try:
        value = load_json(text) if text.lstrip().startswith("{") else None
    except BadConfiguration:
        return None
    if not isinstance(value, Mapping) or not is_document(value):
        return None
    return _told(restore(value), "metadata", container, creator)


def _from_text(text: str, label: str, name: str | None) -> Recollection:
    words = parse_infotext(text)
    if words is not None:
        return _of_infotext(words, "text")
    if text.lstrip("\ufeff \t\r\n")[:1] not in {"{", "["}:
        raise BadConfiguration(
            f"{label} is neither JSON nor an infotext: it has no line that begins with Steps.", hint=SOURCES
        )
    value = load_json(text.strip())
    presets: Sequence[object] | None = None
    if isinstance(value, list):
        presets = value
    elif isinstance(value, dict) and isinstance(value.get("configuration"), Mapping):
        presets = [{"name": "", **value}]
    if presets is not None:
        return _of_preset(presets, name)
    if isinstance(value, dict) and is_document(value):
        return _told(restore(value), "metadata", "text")
    # Read again from the text, for the strict reader also tells of keys that come twice.
    settings = settings_from_json(text)
    return Recollection(kind="configuration", settings=settings, unknown=dict(settings.get("extra", {})))


def _of_preset(listed: Sequence[object], name: str | None) -> Recollection:
    preset = preset_named(read_presets(listed), name)
    settings = preset.settings()
    return Recollection(
        kind="preset",
        negative_prompt=preset.negative_prompt,
        settings=settings,
        name=preset.name,
        unknown=dict(settings.get("extra", {})),
    )


def _of_infotext(words: Infotext, container: Container) -> Recollection:
    version = words.words.get("version", "")
    creator = f"{WEB_INTERFACE} {version}".strip() if version[:1] in {"", "v"} else version
    kind: Kind = "description" if words.by_app else "infotext"
    return _told(understand(words), kind, container, "Draw Things" if words.by_app else creator)


def _told(found: Restored, kind: Kind, container: Container, creator: str = "") -> Recollection:
    return Recollection(
        kind=kind,
        container=container,
        prompt=found.prompt,
        negative_prompt=found.negative_prompt,
        settings=found.settings,
        creator=creator,
        inputs=found.inputs,
        borders=found.borders,
        unknown=found.unknown,
        notes=tuple(found.notes),
    )
