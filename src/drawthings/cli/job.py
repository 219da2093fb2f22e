"""One generation from the command line: prepare, watch, save, tell. ``generate`` and ``edit`` are shells over it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import dryrun, options, prompts, wishes, wording
from drawthings.cli.complaint import Misuse
from drawthings.cli.journal import Journal
from drawthings.cli.progress import tell, watching
from drawthings.errors import DrawThingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from drawthings import DrawThings, Picture, Result
    from drawthings.cli.progress import Sink
    from drawthings.client.pipeline import PictureWriter
    from drawthings.request.plan import Plan


def run(given: Mapping[str, Any], words: str, **asked: Any) -> int:  # noqa: ANN401 - what each command adds
    """Run a generation as the options describe it, and print where its pictures are.

    Args:
        given: All options.
        words: The prompt.
        asked: What is asked for beside them, by the keywords of ``prepare``.

    Returns:
        The exit code.

    Raises:
        DrawThingsError: Whatever went wrong; pictures that had arrived are on disk.
    """
    check_report(given)
    wanted = {**wishes.settings(given), **wishes.pictures(given), **asked}
    wanted["negative_prompt"] = prompts.negative(given)
    _check_target(given["output"])
    journal = Journal(wanted=given["jsonl"])
    with options.client(given) as client, watched(given, client.connection.server) as shown:
        if given.get("latent_size"):
            tell("--latent-size has no effect: sizes are pixels, for every model.")
        plan = _prepare(client, words, given, wanted)
        if given["dry_run"]:
            dryrun.show(client, plan, on_one_line=given["jsonl"])
            return 0
        paths, result = _make(client, plan, given, shown, journal)
    _tell(result, paths, given, journal)
    return journal.close()


def watched(given: Mapping[str, Any], server: str) -> AbstractContextManager[Sink]:
    """Return where progress is shown: nowhere for a dry run, and not where the lines of ``--jsonl`` appear.

    Args:
        given: All options.
        server: The address of the server.
    """
    printing = given["dry_run"] or (given["jsonl"] and sys.stdout.isatty())
    return watching({**given, "quiet": given["quiet"] or printing}, server)


def check_report(given: Mapping[str, Any]) -> None:
    """Refuse two forms of the result at once.

    Raises:
        Misuse: ``--json`` and ``--jsonl`` are both given.
    """
    if given["as_json"] and given["jsonl"]:
        raise Misuse("--json and --jsonl both say how to tell the result.", "Give one of them.")


def _prepare(client: DrawThings, words: str, given: Mapping[str, Any], wanted: dict[str, Any]) -> Plan:
    """Decide everything; the prompt's own notes come first."""
    words, notes = wording.chosen(words, given, wanted)
    plan = client.prepare(words, fit=given.get("fit", False), check=not given.get("force"), **wanted)
    from drawthings.client.target import check_room

    check_room(given["output"], plan)
    return replace(plan, notes=(*notes, *plan.notes))


def _make(
    client: DrawThings, plan: Plan, given: Mapping[str, Any], shown: Sink, journal: Journal
) -> tuple[list[Path], Result]:
    from drawthings.client.pipeline import PictureWriter

    for note in plan.notes:
        journal.note(note)
        shown.note(note)
    shown.expect(plan)
    writer = PictureWriter(given["output"], plan, png_level=given.get("png_level") or "fast")
    paths, result = _generate(client, plan, writer, shown, journal)
    shown.finish(result.pictures)
    return paths, result


def _check_target(output: str) -> None:
    """Refuse an impossible output before minutes are spent on a picture for it."""
    from drawthings.client.target import checked

    checked(output)


def _generate(
    client: DrawThings, plan: Plan, writer: PictureWriter, shown: Sink, journal: Journal
) -> tuple[list[Path], Result]:
    """Save the pictures while they arrive; what there is of a generation that breaks off is kept.

    Raises:
        DrawThingsError: What went wrong, when everything that could be kept is on disk.
    """
    from drawthings.client.answers import result_of

    try:
        for event in client.stream(plan):
            writer.take(event)
            journal.event(event)
            shown.show(event)
        shown.doing("saving")
        writer.finish()
    except BaseException:
        _rescue(writer, journal, everything=True)
        raise
    if writer.failures:
        _rescue(writer, journal, everything=False)
        raise writer.failures[0].error
    return writer.paths, result_of(event)


def _rescue(writer: PictureWriter, journal: Journal, *, everything: bool) -> None:
    """Tell where the pictures are, and keep those elsewhere that could not be saved where they should be.

    Args:
        writer: What has them.
        journal: Where programs read it.
        everything: Whether something else went wrong, so that what is wrong with a picture is told here.
    """
    writer.finish()
    kept = []
    for failure in writer.failures:
        if everything:
            tell(f"Error: {failure.error}")
        kept.append(_keep(failure.picture, failure.target, failure.error))
    for path in (*kept, *writer.paths):
        tell(f"Kept: {path}")
        journal.kept(path)


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


def _tell(result: Result, paths: Sequence[Path], given: Mapping[str, Any], journal: Journal) -> None:
    """Print the outcome on standard output: paths, or everything as JSON."""
    if not given["as_json"] and not given["jsonl"]:
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
        "prompt": result.plan.order.prompt,
        "seconds": round(result.elapsed_s, 3),
        "notes": [{"code": note.code, "severity": note.severity, "text": note.text} for note in result.notes],
        "configuration": json.loads(result.configuration.to_json()),
    }
    if given["jsonl"]:
        journal.result(facts)
    else:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
