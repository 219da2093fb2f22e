"""What a batch has made, as a table, as contact sheets or as a folder of its own."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drawthings.errors import BadValue, OutputError
from drawthings.media.naming import expand_name, write_over
from drawthings.request.choices import Sampler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.batch.manifest import Manifest

FIRST: Final = ("number", "state", "prompt", "negative_prompt", "model", "seed", "seconds", "server", "tries")
LAST: Final = ("started", "ended", "file", "sha256", "error", "reason", "hash")
CHOSEN: Final = ("width", "height", "steps", "guidanceScale", "sampler", "strength")
ON_A_SHEET: Final = 100
ACROSS: Final = 10


def records(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Yield a record for each file, and one for each job that has none."""
    for row in manifest.rows():
        facts = json.loads(row["request"])
        settings = json.loads(row["settings"]) if row["settings"] else {}
        if "sampler" in settings:
            settings["sampler"] = Sampler(settings["sampler"]).label
        wanted = facts["wanted"]
        shared = {
            **{name: row[name] for name in ("number", "state", "seconds", "server", "tries")},
            **{name: _moment(row[name]) for name in ("started", "ended")},
            **{name: row[name] for name in ("error", "reason", "hash")},
            "prompt": facts["prompt"],
            "negative_prompt": wanted.get("negative_prompt", ""),
            "model": row["used"] or wanted.get("model", ""),
            "seed": wanted.get("seed"),
            **{name: settings.get(name) for name in CHOSEN},
            "file": None,
            "sha256": None,
        }
        for made in row["files"]:
            yield {**shared, "seed": made.seed, "file": made.path, "sha256": made.sha256}
        if not row["files"]:
            yield shared


def _moment(seconds: float | None) -> str | None:
    """Return a time as tables and databases read it: ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def export_csv(manifest: Manifest, path: Path) -> Path:
    """Write a table as CSV.

    Raises:
        OutputError: It cannot be written.
    """
    names = (*FIRST, *CHOSEN, *LAST)
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, names)
    table.writeheader()
    table.writerows(records(manifest))
    return write_over(path, text.getvalue().encode("utf-8"))


def export_parquet(manifest: Manifest, path: Path) -> Path:
    """Write a table as Parquet.

    Raises:
        BadValue: PyArrow is not installed.
        OutputError: It cannot be written.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise BadValue(
            "A table in Parquet needs PyArrow, which is not installed.", hint="pip install pyarrow, or write a .csv."
        ) from error
    names = (*FIRST, *CHOSEN, *LAST)
    listed = list(records(manifest))
    table = pa.table({name: [each.get(name) for each in listed] for name in names})
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return write_over(path, sink.getvalue())


def export_sheets(manifest: Manifest, path: Path) -> list[Path]:
    """Write contact sheets of a hundred pictures each.

    Args:
        manifest: The batch.
        path: A picture file; with several sheets each gets a number before the suffix.

    Raises:
        BadValue: There are no pictures.
        OutputError: It cannot be written.
    """
    from drawthings.media.image import encode_image, kind_of
    from drawthings.media.sheet import SheetCell, contact_sheet

    kind = kind_of(path)
    made = [(row["number"], each) for row in manifest.rows("done") for each in row["files"]]
    if not made:
        raise BadValue("The batch has no pictures yet.", hint="Run it first.")
    written = []
    for number, start in enumerate(range(0, len(made), ON_A_SHEET)):
        part = made[start : start + ON_A_SHEET]
        across = min(ACROSS, math.ceil(math.sqrt(len(part))))
        cells = [_cell(manifest.folder / each.path) for _, each in part]
        cells += [SheetCell(None)] * (-len(cells) % across)
        rows = [cells[at : at + across] for at in range(0, len(cells), across)]
        title = f"{manifest.folder.name} · {part[0][0]} to {part[-1][0]}"
        target = path if len(made) <= ON_A_SHEET else path.with_name(f"{path.stem}-{number + 1:02d}{path.suffix}")
        written.append(write_over(target, encode_image(contact_sheet(rows, title=title, cell_px=192), kind)))
    return written


def export_folder(manifest: Manifest, folder: Path) -> Path:
    """Copy the files of all jobs that are done into a folder, each named by its number and its prompt, with a table.

    Raises:
        BadValue: It is the folder of the batch itself.
        OutputError: It cannot be written, or a file of the batch is gone.
    """
    if folder.resolve() == manifest.folder.resolve():
        raise BadValue("A batch is not copied into its own folder.", hint="Name another one.", field="output")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for row in manifest.rows("done"):
            prompt = json.loads(row["request"])["prompt"]
            words = f"-{expand_name('{prompt}', prompt=prompt)}" if prompt else ""
            for made in row["files"]:
                source = manifest.folder / made.path
                write_over(folder / f"{source.stem}{words}{source.suffix}", source.read_bytes())
    except OSError as error:
        text = f"The batch cannot be copied to {str(folder)!r}: {error.strerror or error}."
        raise OutputError(text, hint="Choose another folder.", path=folder) from error
    export_csv(manifest, folder / "batch.csv")
    return folder


def _cell(path: Path) -> Any:  # noqa: ANN401 - numpy stays out until a sheet is made
    import numpy as np
    from PIL import Image

    from drawthings.media.sheet import SheetCell

    try:
        with Image.open(path) as picture:
            picture.thumbnail((192, 192))
            return SheetCell(np.asarray(picture.convert("RGB")))
    except (OSError, ValueError):
        return SheetCell(None, f"{path.name} cannot be shown")


def export(manifest: Manifest, target: str | Path) -> list[Path]:
    """Write what a batch has made: a table (``.csv``, ``.parquet``), contact sheets, or without a suffix a folder.

    Raises:
        BadValue: The suffix means nothing, or a library for it is missing.
        OutputError: It cannot be written.
    """
    path = Path(target).expanduser()
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return [export_csv(manifest, path)]
    if suffix == ".parquet":
        return [export_parquet(manifest, path)]
    if not suffix or path.is_dir():
        return [export_folder(manifest, path)]
    return export_sheets(manifest, path)
