"""``drawthings video``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion, dryrun, job, options, prompts, wishes, wording
from drawthings.cli.alias import INPUT_IMAGE, option
from drawthings.cli.complaint import Misuse
from drawthings.cli.journal import Journal
from drawthings.cli.options import CONNECTION, HINTS, PREVIEW, PROMPT, RUN, SETTINGS, WORDING
from drawthings.cli.progress import tell
from drawthings.cli.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings import DrawThings
    from drawthings.cli.progress import Sink
    from drawthings.client.recorder import FilmWriter
    from drawthings.request.plan import Plan

CLIP = (
    option(
        "--image",
        multiple=True,
        metavar="FILE",
        also=INPUT_IMAGE,
        complete=completion.files,
        help="A picture to begin with; the model should be one for that (i2v). Repeatable: its first frames.",
    ),
    click.option("--frames", type=int, metavar="N", help="How many frames. Default: what suits the model."),
    click.option("--seconds", type=float, metavar="S", help="How long, instead of --frames."),
    click.option(
        "--fps",
        type=click.FloatRange(0, 240, min_open=True),
        metavar="F",
        help="Frames per second of the file. Default: the model's own.",
    ),
    click.option(
        "--output",
        "-o",
        default="clip.mp4",
        show_default=True,
        metavar="PATH",
        help="A file (mp4, mov with sound; gif, webp without), name.png for a folder of numbered pictures, a folder/, "
        "or a pattern with {model} and {seed}. Never overwrites.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    click.option("--quiet", "-q", is_flag=True, help="No progress and no notes."),
    *PREVIEW,
)


@click.command(cls=Verb)
@click.argument("prompt", required=False)
@options.options(PROMPT, CLIP, RUN, WORDING, SETTINGS, HINTS, CONNECTION)
def video(prompt: str | None, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Make a clip from a PROMPT, with sound where the model makes some.

    Without --model the server's best video model is taken. Frames are written while they arrive.

    \b
    Examples:
      drawthings video "a lighthouse in a storm" -o storm.mp4
      drawthings video "she turns and smiles" --image portrait.png --seconds 5
      drawthings video "waves" --frames 49 -o waves.gif --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    if given["frames"] is not None and given["seconds"] is not None:
        raise Misuse("--frames and --seconds both say how long.", "Give one of them.")
    job.check_report(given)
    words = prompts.prompt(prompt, given)
    _check_output(given["output"])
    journal = Journal(wanted=given["jsonl"])
    with options.client(given) as client, job.watched(given, client.connection.server) as shown:
        plan = _prepare(client, words, given)
        if given["dry_run"]:
            dryrun.show(client, plan, on_one_line=given["jsonl"])
            return 0
        for note in plan.notes:
            journal.note(note)
            shown.note(note)
        shown.expect(plan)
        elapsed_s, writer = _record(client, plan, given, shown, journal)
        shown.finish()
    _tell(plan, writer, given, elapsed_s, journal)
    return journal.close()


def _check_output(output: str) -> None:
    """Refuse an impossible output before minutes are spent on a clip for it."""
    from pathlib import Path

    from drawthings.client.target import check_place, is_folder
    from drawthings.media.naming import expand_name
    from drawthings.media.video import check_writable
    from drawthings.profiles import home_expanded

    text = str(Path(output) / "clip.mp4") if is_folder(output) else output
    check_writable(text)
    check_place(expand_name(text, model="model", seed=0) if "{" in text else home_expanded(Path(text)))


def _prepare(client: DrawThings, words: str, given: Mapping[str, Any]) -> Plan:
    from dataclasses import replace

    from drawthings.client import footage
    from drawthings.request.note import Note

    wanted = {**wishes.settings(given), **wishes.pictures(given), "negative_prompt": prompts.negative(given)}
    words, notes = wording.chosen(words, given, wanted)
    images = given["image"]
    if not wanted.get("model") and not client.connection.model:
        wanted["model"] = footage.film_model(client.models(), image=bool(images)).file
    if images:
        wanted["image"] = images[0] if len(images) == 1 else list(images)
    plan = client.prepare(words, fit=given.get("fit", False), check=not given.get("force"), **wanted)
    footage.check_film(plan)
    frames = given["frames"]
    if given["seconds"] is not None:
        frames = footage.frames_for(plan.model, given["seconds"], fps=given["fps"])
    if frames is not None:
        plan = footage.with_frames(plan, frames)
    count = plan.configuration.num_frames
    fps = given["fps"] or footage.fps_of(plan.model)
    length = Note("length", "note", f"{plan.model.file}: {count} frames at {fps:g} per second.")
    more = (length, footage.frames_note(plan.model, count), footage.fps_note(plan.model, given["fps"]))
    return replace(plan, notes=(*notes, *plan.notes, *(note for note in more if note is not None)))


def _record(
    client: DrawThings, plan: Plan, given: Mapping[str, Any], shown: Sink, journal: Journal
) -> tuple[float, FilmWriter]:
    """Write the clip while it arrives; what there is of one that breaks off is kept."""
    from drawthings.client.answers import result_of
    from drawthings.client.recorder import FilmWriter

    writer = FilmWriter(given["output"], plan, fps=given["fps"])
    try:
        with writer:
            for event in client.stream(plan, keep=False):
                writer.take(event)
                journal.event(event)
                shown.show(event)
            shown.doing(f"writing {given['output']}")
    except BaseException:
        if writer.kept is not None:
            tell(f"Kept: {writer.kept} ({writer.frames} frames)")
            journal.kept(writer.kept)
        raise
    return result_of(event).elapsed_s, writer


def _tell(plan: Plan, writer: FilmWriter, given: Mapping[str, Any], elapsed_s: float, journal: Journal) -> None:
    """Print the outcome on standard output: the path, or everything as JSON."""
    if not given["as_json"] and not given["jsonl"]:
        click.echo(writer.path)
        return
    from drawthings.client.film import audio_rate_of
    from drawthings.client.footage import fps_of

    fps = given["fps"] or fps_of(plan.model)
    width, height = writer.size or (0, 0)
    rate = audio_rate_of(plan)
    sound = {"rate": rate, "seconds": round(writer.samples / rate, 3)} if rate and writer.samples else None
    facts = {
        "file": str(writer.path),
        "frames": writer.frames,
        "fps": fps,
        "duration_seconds": round(writer.frames / fps, 3),
        "width": width,
        "height": height,
        "sound": sound,
        "seed": plan.configuration.seed,
        "model": plan.model.file,
        "prompt": plan.order.prompt,
        "seconds": round(elapsed_s, 3),
        "notes": [{"code": note.code, "severity": note.severity, "text": note.text} for note in plan.notes],
        "configuration": json.loads(plan.configuration.to_json()),
    }
    if given["jsonl"]:
        journal.result(facts)
    else:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
