"""One generation from the command line: prepare, watch, save, tell. ``generate`` and ``edit`` are shells over it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import options
from drawthings.cli.progress import tell, watching
from drawthings.errors import DrawThingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drawthings import DrawThings, Picture, Result
    from drawthings.cli.progress import Sink
    from drawthings.client.pipeline import PictureWriter
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
    from drawthings.client.pipeline import PictureWriter

    with options.client(given) as client, watching(given, client.connection.server) as shown:
        if given.get("latent_size"):
            tell("--latent-size has no effect: sizes are pixels, for every model.")
        plan = client.prepare(words, fit=given.get("fit", False), check=not given.get("force"), **wanted)
        for note in plan.notes:
            shown.note(note)
        shown.expect(plan)
        writer = PictureWriter(given["output"], plan, png_level=given.get("png_level") or "fast")
        paths, result = _generate(client, plan, writer, shown)
        shown.finish(result.pictures)
    _tell(result, paths, as_json=given["as_json"])


def _check_target(output: str) -> None:
    """Refuse an impossible output before minutes are spent on a picture for it."""
    from drawthings.client.target import checked

    checked(output)


def _generate(client: DrawThings, plan: Plan, writer: PictureWriter, shown: Sink) -> tuple[list[Path], Result]:
    """Save the pictures while they arrive; what there is of a generation that breaks off is kept.

    Raises:
        DrawThingsError: What went wrong, when everything that could be kept is on disk.
    """
    from drawthings.client.answers import result_of

    try:
        for event in client.stream(plan):
            writer.take(event)
            shown.show(event)
        shown.doing("saving")
        writer.finish()
    except BaseException:
        _rescue(writer, everything=True)
        raise
    if writer.failures:
        _rescue(writer, everything=False)
        raise writer.failures[0].error
    return writer.paths, result_of(event)


def _rescue(writer: PictureWriter, *, everything: bool) -> None:
    """Tell where the pictures are, and keep those elsewhere that could not be saved where they should be.

    Args:
        writer: What has them.
        everything: Whether something else went wrong, so that what is wrong with a picture is told here.
    """
    writer.finish()
    for failure in writer.failures:
        if everything:
            tell(f"Error: {failure.error}")
        tell(f"Kept: {_keep(failure.picture, failure.target, failure.error)}")
    for path in writer.paths:
        tell(f"Kept: {path}")


def _keep(picture: Picture, name: Path, error: Exception) -> Path:
    """Write what can be kept of a picture: a whole one into the folder for temporary files, else its tensor bytes."""
    import tempfile
    from pathlib import Path

    from drawthings.media.naming import write_new

    data, suffix = getattr(error, "data", None), name.suffix
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
