"""One generation from the command line: prepare, watch, save, tell. ``generate`` and ``edit`` are shells over it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import options
from drawthings.cli.progress import sink
from drawthings.errors import StreamError
from drawthings.stream.events import ImageArrived

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drawthings import DrawThings, Picture, Result
    from drawthings.cli.progress import Sink
    from drawthings.request.plan import Plan


def run(given: Mapping[str, Any], prompt: str | None, **asked: Any) -> None:  # noqa: ANN401 - what each command adds
    """Run a generation as the options describe it, and print where its pictures are.

    Args:
        given: All options.
        prompt: The prompt; None if it must come from a file.
        asked: What is asked for beside them, by the keywords of ``prepare``.

    Raises:
        DrawThingsError: Whatever went wrong; pictures that had arrived are on disk.
    """
    words = options.prompt(prompt, given)
    wanted = {**options.settings(given), **options.pictures(given), **asked}
    wanted["negative_prompt"] = options.negative(given)
    _check_target(given["output"])
    with options.client(given) as client, sink(quiet=given["quiet"]) as shown:
        if given.get("latent_size"):
            click.echo("--latent-size has no effect: sizes are pixels, for every model.", err=True)
        plan = client.prepare(words, fit=given.get("fit", False), check=not given.get("force"), **wanted)
        for note in plan.notes:
            shown.note(note)
        paths, result = _generate(client, plan, given["output"], shown)
    _tell(result, paths, as_json=given["as_json"])


def _check_target(output: str) -> None:
    """Refuse an impossible output before minutes are spent on a picture for it."""
    from pathlib import Path

    from drawthings.media.image import kind_of

    if not output.endswith(("/", "\\")) and not Path(output).expanduser().is_dir():
        kind_of(Path(output))


def _generate(client: DrawThings, plan: Plan, output: str, shown: Sink) -> tuple[list[Path], Result]:
    arrived: list[bytes] = []
    try:
        for event in client.stream(plan):
            if isinstance(event, ImageArrived):
                arrived.append(event.blob)
            shown.show(event)
    except StreamError as error:
        _rescue(error.images, output)
        raise
    except KeyboardInterrupt:
        from drawthings.client.answers import pictures_of

        _rescue(pictures_of(arrived, plan), output)
        raise
    from drawthings.client.answers import result_of

    result = result_of(event)
    return result.save(output), result


def _rescue(pictures: Sequence[Picture], output: str) -> None:
    """Save what had arrived before things went wrong."""
    from drawthings.client.target import targets

    for picture, name in zip(pictures, targets(output, pictures), strict=True):
        click.echo(f"Kept: {picture.save(name)}", err=True)


def _tell(result: Result, paths: Sequence[Path], *, as_json: bool) -> None:
    """Print the outcome on standard output: paths, or everything as JSON."""
    if not as_json:
        for path in paths:
            click.echo(path)
        return
    pictures = [
        {"file": str(path), "seed": picture.seed, "width": picture.size[0], "height": picture.size[1]}
        for path, picture in zip(paths, result.pictures, strict=True)
    ]
    facts = {
        "pictures": pictures,
        "model": result.model,
        "seconds": round(result.elapsed_s, 3),
        "notes": [{"code": note.code, "severity": note.severity, "text": note.text} for note in result.notes],
        "configuration": json.loads(result.configuration.to_json()),
    }
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
