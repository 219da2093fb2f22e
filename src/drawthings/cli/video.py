"""``drawthings video``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import options
from drawthings.cli.options import CONNECTION, PREVIEW, SETTINGS
from drawthings.cli.progress import tell, watching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings import DrawThings
    from drawthings.cli.progress import Sink
    from drawthings.client.recorder import FilmWriter
    from drawthings.request.plan import Plan

CLIP = (
    click.option("--image", metavar="FILE", help="A picture to begin with; the model should be one for that (i2v)."),
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


@click.command()
@click.argument("prompt")
@options.options(CLIP, SETTINGS, CONNECTION)
def video(prompt: str, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Make a clip from a PROMPT, with sound where the model makes some.

    Without --model the server's best video model is taken. Frames are written while they arrive.

    \b
    Examples:
      drawthings video "a lighthouse in a storm" -o storm.mp4
      drawthings video "she turns around and smiles" --image portrait.png --seconds 5
      drawthings video "waves" --model wan_v2.2_5b_ti2v_q8p.ckpt --frames 49 -o waves.gif --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    if given["frames"] is not None and given["seconds"] is not None:
        raise click.UsageError("--frames and --seconds both say how long; give one of them.")
    _check_output(given["output"])
    with options.client(given) as client, watching(given, client.connection.server) as shown:
        plan = _prepare(client, prompt, given)
        for note in plan.notes:
            shown.note(note)
        shown.expect(plan)
        elapsed_s, writer = _record(client, plan, given, shown)
        shown.finish()
    _tell(plan, writer, given, elapsed_s)


def _check_output(output: str) -> None:
    """Refuse an impossible output before minutes are spent on a clip for it."""
    from pathlib import Path

    from drawthings.media.video import check_writable

    folder = output.endswith(("/", "\\")) or Path(output).expanduser().is_dir()
    check_writable(Path("clip.mp4" if folder else output))


def _prepare(client: DrawThings, prompt: str, given: Mapping[str, Any]) -> Plan:
    from dataclasses import replace

    from drawthings.client import footage
    from drawthings.request.note import Note

    wanted = options.settings(given)
    if not wanted.get("model") and not client.connection.model:
        wanted["model"] = footage.film_model(client.models(), image=given["image"] is not None).file
    plan = client.prepare(
        prompt,
        negative_prompt=given.get("negative") or "",
        image=given["image"],
        fit=given.get("fit", False),
        **wanted,
    )
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
    return replace(plan, notes=(*plan.notes, *(note for note in more if note is not None)))


def _record(client: DrawThings, plan: Plan, given: Mapping[str, Any], shown: Sink) -> tuple[float, FilmWriter]:
    """Write the clip while it arrives; what there is of one that breaks off is kept."""
    from drawthings.client.answers import result_of
    from drawthings.client.recorder import FilmWriter

    writer = FilmWriter(given["output"], plan, fps=given["fps"])
    try:
        with writer:
            for event in client.stream(plan, keep=False):
                writer.take(event)
                shown.show(event)
            shown.doing(f"writing {given['output']}")
    except BaseException:
        if writer.kept is not None:
            tell(f"Kept: {writer.kept} ({writer.frames} frames)")
        raise
    return result_of(event).elapsed_s, writer


def _tell(plan: Plan, writer: FilmWriter, given: Mapping[str, Any], elapsed_s: float) -> None:
    """Print the outcome on standard output: the path, or everything as JSON."""
    if not given["as_json"]:
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
        "seconds": round(elapsed_s, 3),
        "notes": [{"code": note.code, "severity": note.severity, "text": note.text} for note in plan.notes],
        "configuration": json.loads(plan.configuration.to_json()),
    }
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
