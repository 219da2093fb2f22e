"""``drawthings inspect``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion

if TYPE_CHECKING:
    from drawthings.media.recollection import Recollection

KINDS = {
    "metadata": "the app's metadata",
    "infotext": "an infotext",
    "description": "the app's text for people",
    "preset": "a preset",
    "configuration": "a configuration",
}
FIRST = ("model", "seed", "steps", "guidance_scale", "sampler", "strength")
APART = frozenset({"width", "height", "loras", "controls", "extra", "id", *FIRST})
INDENT = 17
SIDES = ("on the left", "at the top", "on the right", "at the bottom")


@click.command()
@click.argument("file", shell_complete=completion.files)
@click.option("--preset", metavar="NAME", help="Which preset, where the file has several.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--app", "as_app", is_flag=True, help="Print the settings as JSON that the app takes from the clipboard.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def inspect(file: str, *, preset: str | None, as_json: bool, as_app: bool, debug: bool) -> None:  # noqa: ARG001 - main
    """Show how a FILE was made: prompts, model, seed, and the settings that differ from the defaults.

    FILE is a picture (PNG, JPEG, WebP) or film (MP4) of the app, of this package or of a Stable Diffusion web UI, a
    copied configuration, the app's custom_configs.json, or a text of settings; - reads it from standard input.

    \b
    Examples:
      drawthings inspect fox.png
      drawthings inspect fox.png --json
      drawthings inspect custom_configs.json --preset "My preset"
      drawthings inspect fox.png --app | pbcopy
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    found = recollected(file, preset)
    if as_app:
        from drawthings.request.configuration import Configuration

        configuration, changes = Configuration.fit(**found.settings)
        for change in changes:
            click.echo(change, err=True)
        click.echo(configuration.to_json(indent=2))
    elif as_json:
        click.echo(json.dumps(_facts(found), indent=2, ensure_ascii=False))
    else:
        _show(found)


def recollected(file: str, preset: str | None) -> Recollection:
    """Read a file, or standard input for ``-``.

    Raises:
        DrawThingsError: It does not say how it was made.
    """
    from drawthings.media.recollection import MOST_TEXT_BYTES, read_settings

    if file == "-":
        return read_settings(sys.stdin.buffer.read(MOST_TEXT_BYTES + 1), name=preset)
    return read_settings(file, name=preset)


def _facts(found: Recollection) -> dict[str, Any]:
    from drawthings.request.fields import BY_NAME
    from drawthings.request.presets import settings_to_json

    settings: Mapping[str, Any] = found.settings
    in_order = [name for name in (*BY_NAME, "extra") if name in settings]
    return {
        "kind": found.kind,
        "container": found.container,
        "creator": found.creator,
        "preset": found.name,
        "prompt": found.prompt,
        "negative_prompt": found.negative_prompt,
        "settings": {name: _plain(settings[name]) for name in in_order},
        "configuration": settings_to_json({name: settings[name] for name in in_order}),
        "inputs": list(found.inputs),
        "borders": None if found.borders is None else list(found.borders),
        "unknown": dict(found.unknown),
        "notes": list(found.notes),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any setting
    """Return a setting as JSON can say it and ``--set`` takes it."""
    if isinstance(value, tuple):
        return [part.to_json() for part in value]
    if isinstance(value, Mapping):
        return dict(value)
    label = getattr(value, "label", None)
    return label if isinstance(label, str) else value


def _show(found: Recollection) -> None:
    settings: Mapping[str, Any] = found.settings
    creator = f", written by {found.creator}" if found.creator else ""
    _line("from", f"{KINDS[found.kind]} ({found.container}){creator}")
    _line("preset", found.name)
    _line("prompt", found.prompt)
    _line("negative prompt", found.negative_prompt)
    for name in FIRST:
        if settings.get(name) is not None:
            _line(name.replace("_", " "), _written(settings[name]))
        if name == "model" and {"width", "height"} <= set(settings):
            _line("size", f"{settings['width']}x{settings['height']}")
    for label, key in (("LoRA", "loras"), ("control", "controls")):
        for part in settings.get(key, ()):
            mode = f" ({part.mode.label})" if key == "loras" and part.mode else ""
            _line(label, f"{part.file} at {_written(part.weight)}{mode}")
    _others(settings)
    _line("made from", f"{', '.join(found.inputs)} (not in the file)" if found.inputs else "")
    _line("grown by", ", ".join(f"{px} px {side}" for px, side in zip(found.borders or (), SIDES, strict=False) if px))
    for name, value in found.unknown.items():
        _line("unknown", f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    for note in found.notes:
        click.echo(f"Note: {note}", err=True)


def _others(settings: Mapping[str, Any]) -> None:
    """Show the settings that are not what they are when nothing is said."""
    from drawthings.request.fields import BY_NAME

    changed = [name for name in BY_NAME if name in settings and settings[name] != BY_NAME[name].default]
    rest = [name for name in changed if name not in APART]
    if rest:
        click.echo("other settings that differ from the defaults")
    for name in rest:
        click.echo(f"  {name} = {_written(settings[name])}")


def _line(label: str, text: str) -> None:
    """Print a fact, its further lines under its first; nothing when there is none."""
    if text:
        shown = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)
        click.echo(f"{label + ':':{INDENT}}" + f"\n{'':{INDENT}}".join(shown.split("\n")))


def _written(value: object) -> str:
    from drawthings.request.values import plain

    if isinstance(value, bool):
        return "on" if value else "off"
    label = getattr(value, "label", None)
    if isinstance(label, str):
        return label
    return plain(value) if isinstance(value, float) else str(value)
