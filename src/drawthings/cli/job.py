"""One generation from the command line: prepare, watch, save, tell. ``generate`` and ``edit`` are shells over it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import options
from drawthings.cli.progress import sink, tell
from drawthings.errors import DrawThingsError, StreamError
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
    from drawthings.client.target import checked

    checked(output)


def _generate(client: DrawThings, plan: Plan, output: str, shown: Sink) -> tuple[list[Path], Result]:
    from drawthings.client.answers import pictures_of, result_of

    arrived: list[bytes] = []
    try:
        for event in client.stream(plan):
            if isinstance(event, ImageArrived):
                arrived.append(event.blob)
            shown.show(event)
        result = result_of(event)
    except StreamError as error:
        _rescue(error.images, output)
        raise
    except KeyboardInterrupt:
        _rescue(pictures_of(arrived, plan), output)
        raise
    return _save(result.pictures, output), result


def _rescue(pictures: Sequence[Picture], output: str) -> None:
    """Save what had arrived before things went wrong; what went wrong is told afterwards."""
    try:
        paths = _save(pictures, output)
    except DrawThingsError as error:
        tell(f"Error: {error}")
    else:
        for path in paths:
            tell(f"Kept: {path}")


def _save(pictures: Sequence[Picture], output: str) -> list[Path]:
    """Write every picture; one that cannot be written there is kept elsewhere, and the others go on.

    Raises:
        DrawThingsError: The first thing that went wrong, when everything that could be kept is on disk.
    """
    from drawthings.client.target import targets

    saved: list[Path] = []
    wrong: DrawThingsError | None = None
    interrupted = False
    for picture, name in zip(pictures, targets(output, pictures), strict=True):
        try:
            saved.append(picture.save(name))
        except DrawThingsError as error:
            wrong = wrong or error
            tell(f"Kept: {_keep(picture, name, error)}")
        except KeyboardInterrupt:
            # Once more for this picture; what is in memory is worth a moment.
            interrupted = True
            saved.append(picture.save(name))
    if wrong is not None or interrupted:
        for path in saved:
            tell(f"Kept: {path}")
    if wrong is not None:
        raise wrong
    if interrupted:
        raise KeyboardInterrupt
    return saved


def _keep(picture: Picture, name: Path, error: DrawThingsError) -> Path:
    """Write what can be kept of a picture: a whole one into the folder for temporary files, else its tensor bytes."""
    import tempfile
    from pathlib import Path

    from drawthings.media.naming import write_new

    data, suffix = error.details.get("data"), name.suffix
    if data is None:
        data, suffix = picture.blob, ".tensor"
        try:
            return write_new(name.with_suffix(suffix), data)
        except DrawThingsError:
            tell(f"Nothing can be written beside {name} either.")
    return write_new(Path(tempfile.gettempdir()) / f"{name.stem[:100]}{suffix}", data)


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
