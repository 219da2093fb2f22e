"""What is told of a watched job, each as plain text and as HTML: how far it is, how it ended, the latest preview."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from drawthings.client.pace import duration, elapsed
from drawthings.errors import DrawThingsError

if TYPE_CHECKING:
    from drawthings.client.grid import Grid
    from drawthings.client.result import Result
    from drawthings.stream.events import Preview

STYLE = "font-size:.9em;margin:.3em 0"
CELL_PX, PREVIEW_PX = 8, 512
"""Pixels of the picture behind each cell of most latents, and the longest side a preview is shown at."""

PIXEL_FAMILIES = frozenset({"hidream_o1"})
"""Families whose previews are pixels already, and need no form to be seen."""

Telling: TypeAlias = tuple[str, str]
Sight: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
"""Something to show by media type, and what is to be known of each."""


def running(words: str, share: float, left_s: float | None, elapsed_s: float) -> Telling:
    """Tell how far a job is.

    Args:
        words: What happens now.
        share: How much is done, 0 to 1.
        left_s: Seconds still to go, or None when nobody knows.
        elapsed_s: Seconds since it began.
    """
    time = f"{duration(left_s)} left" if left_s is not None else elapsed(elapsed_s)
    bar = f'<progress value="{share:.3f}" max="1" style="width:14em;max-width:40%;vertical-align:middle"></progress>'
    return f"{share:4.0%}  {words}, {time}", _line(f"{bar} {escape(words)}, {escape(time)}")


def done(result: object, elapsed_s: float) -> Telling:
    """Tell that a job is done, what made its result, and what may be wrong with that."""
    from drawthings.client.grid import Grid
    from drawthings.client.result import Result

    facts, warnings = [], []
    if isinstance(result, Grid):
        facts = _facts_of_grid(result)
    elif isinstance(result, Result):
        facts = _facts(result)
        warnings = [note.text for note in result.notes if note.severity == "warn"]
    text = f"Done in {_seconds(elapsed_s)}{''.join(f', {fact}' for fact in facts)}."
    lines = [text, *(f"Warning: {warning}" for warning in warnings)]
    return "\n".join(lines), "".join(map(_line, map(escape, lines)))


def broken(error: BaseException, elapsed_s: float) -> Telling:
    """Tell that a job has ended early, and why."""
    if not isinstance(error, Exception):
        # Interrupted or cancelled: whoever did that knows why.
        text = f"Stopped after {_seconds(elapsed_s)}."
        return text, _line(escape(text))
    hint = error.hint if isinstance(error, DrawThingsError) else ""
    text = f"Failed after {_seconds(elapsed_s)}: {error}{f' {hint}' if hint else ''}"
    return text, _line(escape(text))


def arrived(error: BaseException) -> Sight | None:
    """Return the pictures that had arrived before an error, or None."""
    from drawthings.client.display.outputs import pictures_html

    pictures = error.details.get("images", ()) if isinstance(error, DrawThingsError) else ()
    if not pictures:
        return None
    return {"text/plain": f"{_counted(len(pictures), 'picture')} arrived.", "text/html": pictures_html(pictures)}, {}


def preview(event: Preview) -> Sight | None:
    """Return a preview about as large as its picture will be, or None for one that cannot be read."""
    from drawthings.client.display.still import reduced
    from drawthings.media.image import encode_image

    # A family without a way to colours is not even tried: for each generation the log would say so in the cell.
    pixels = event.pixels() if _can_be_seen(event.version) else None
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    factor = min(CELL_PX, PREVIEW_PX / max(height, width))
    # A preview in a latent's own size is tiny; one in the picture's size is better sent as a JPEG.
    kind = "png" if factor >= 1 else "jpeg"
    size = {"width": round(width * factor), "height": round(height * factor)}
    data = {f"image/{kind}": encode_image(reduced(pixels, PREVIEW_PX), kind), "text/plain": "a preview"}
    return data, {f"image/{kind}": {**size, "alt": "a preview"}}


def _can_be_seen(version: str | None) -> bool:
    from drawthings.tensor.preview import linear_form

    return version is not None and (version in PIXEL_FAMILIES or linear_form(version) is not None)


def _facts(result: Result) -> list[str]:
    count = _counted(len(result), "frame" if result.plan.model.video else "picture")
    steps = _counted(result.configuration.steps, "step")
    return [count, steps, f"seed {result.seed}", result.plan.model.name]


def _facts_of_grid(grid: Grid) -> list[str]:
    failed = sum(cell.error is not None for cell in grid.cells)
    facts = [_counted(len(grid.cells), "place")]
    return [*facts, f"{failed} failed"] if failed else facts


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 20 else elapsed(seconds)  # noqa: PLR2004 - tenths matter of short times only


def _line(html: str) -> str:
    return f'<div style="{STYLE}">{html}</div>'
