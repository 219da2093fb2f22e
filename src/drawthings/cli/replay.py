"""``drawthings replay``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from drawthings.cli import completion, job
from drawthings.cli.complaint import Misuse
from drawthings.cli.inspection import recollected
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, RUN, SETTINGS, options
from drawthings.cli.prompts import prompt
from drawthings.cli.verb import Verb
from drawthings.errors import BadImage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.media.recollection import Recollection

FILMS = frozenset({"film", "gif"})
FILM_SUFFIXES = (".mp4", ".mov", ".gif")
REPLAY = (
    click.option(
        "--image",
        metavar="IMAGE",
        shell_complete=completion.files,
        help="The picture it was made from; no file holds that.",
    ),
    click.option(
        "--mask", metavar="FILE", shell_complete=completion.files, help="The mask that was used: white was repainted."
    ),
    click.option("--preset", metavar="NAME", help="Which preset, where FILE has several."),
)


@click.command(cls=Verb)
@click.argument("file", shell_complete=completion.files)
@options(REPLAY, PROMPT, OUTPUT, RUN, PNG, SETTINGS, HINTS, CONNECTION)
@click.pass_context
def replay(context: click.Context, /, file: str, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Make the picture in FILE again: same prompt, same settings, same seed.

    FILE is whatever `drawthings inspect` reads. Options change what they name and leave the rest. One picture of a
    batch is made alone where its seed allows that.

    \b
    Examples:
      drawthings replay fox.png -o again.png
      drawthings replay fox.png --seed 7 --set steps=30
      drawthings replay edited.png --image photo.jpg
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    found = recollected(file, given.pop("preset"))
    _check_inputs(found, file, given)
    words = _words(found, file, given)
    if not given["quiet"]:
        for note in found.notes:
            click.echo(f"Note: {note}", err=True)
    given["config"] = json.dumps({**_settings(found), **_settings_of(given["config"])})
    if given["negative"] is None and given["negative_file"] is None:
        given["negative"] = found.negative_prompt
    if found.container in FILMS or given["output"].lower().endswith(FILM_SUFFIXES):
        return _film(context, given, words)
    if given["mask"] is not None and given["image"] is None:
        raise Misuse(f"--mask {given['mask']} has no picture.", "Give the picture with --image.")
    asked = {name: given[name] for name in ("image", "mask") if given[name] is not None}
    if found.borders and "image" in asked:
        asked["borders"] = found.borders
    return job.run(given, words, **asked)


def _words(found: Recollection, file: str, given: Mapping[str, Any]) -> str:
    """Return the prompt: another one where that is given, else the file's."""
    if given["prompt_text"] is not None or given["prompt_file"] is not None:
        return prompt(None, given)
    if not found.prompt and found.kind != "metadata":
        raise Misuse(f"{file} has no prompt.", "Give one with --prompt.")
    return found.prompt


def _film(context: click.Context, given: dict[str, Any], words: str) -> int:
    """Make a clip, into a film unless another output was named."""
    from drawthings.cli.video import video

    if context.get_parameter_source("output") is ParameterSource.DEFAULT:
        del given["output"]
    given["image"] = () if given["image"] is None else (given["image"],)
    given |= {"prompt_text": None, "prompt_file": None, "plain_prompt": True}
    outcome: int = context.invoke(video, prompt=words, **given)
    return outcome


def _check_inputs(found: Recollection, file: str, given: Mapping[str, Any]) -> None:
    """Refuse where a picture is known to be missing, and warn where something else is."""
    if "image" in found.inputs and given["image"] is None:
        raise BadImage(
            f"{file} was made from another picture, which it does not hold.", hint="Give that picture with --image."
        )
    there = {"image", *(text.partition("=")[0].lower() for text in given["hints"])}
    there |= {kind for kind, option in (("mask", "mask"), ("shuffle", "references")) if given[option]}
    missing = [kind for kind in found.inputs if kind not in there]
    if missing:
        click.echo(f"Warning: it was also made from {', '.join(missing)}, which the file does not hold.", err=True)
    if not found.inputs and given["image"] is None and found.settings.get("strength", 1) < 1:
        click.echo("Warning: strength below 1 means that it was made from a picture; give it with --image.", err=True)


def _settings(found: Recollection) -> dict[str, Any]:
    """Return what makes it again, in the app's JSON."""
    from drawthings.request.presets import settings_to_json

    return settings_to_json(found.again())


def _settings_of(config: str | None) -> Mapping[str, Any]:
    """Return the settings of a ``--config`` beside the file, in the app's JSON too."""
    if not config:
        return {}
    from drawthings.media.recollection import settings_from_file
    from drawthings.request.presets import settings_to_json

    return settings_to_json(settings_from_file(config))
