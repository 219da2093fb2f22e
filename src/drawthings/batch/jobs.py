"""Lists of jobs: JSON lines, CSV, YAML, plain prompts, or a folder of pictures, read line by line."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadConfiguration, BadValue, DrawThingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list, before it is spread out.

    Attributes:
        facts: What it says, by name.
        place: Where it stands, for messages.
        folder: What its paths are relative to.
    """

    facts: Mapping[str, Any]
    place: str
    folder: Path = field(default_factory=Path)


def read_jobs(source: str | Path) -> Iterator[Entry]:
    """Read a list of jobs.

    Args:
        source: A file: ``.jsonl`` (an object a line), ``.csv`` (a name for each column), ``.yaml`` (a list; needs
            PyYAML), ``.json`` (a list), or anything else for a prompt a line, where lines that are empty or begin with
            ``#`` do not count. Or a folder, whose pictures are to be edited or enlarged.

    Yields:
        The entries in their order. Only the line at hand is in memory, except of YAML and JSON.

    Raises:
        BadConfiguration: The file cannot be read, or a line of it; ``line`` says which.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        yield from _pictures(path)
        return
    kind = path.suffix.lower()
    reader = {".jsonl": _lines, ".ndjson": _lines, ".csv": _table, ".yaml": _yaml, ".yml": _yaml, ".json": _list}
    try:
        yield from reader.get(kind, _prompts)(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(
            f"The jobs {str(path)!r} cannot be read: {getattr(error, 'strerror', None) or 'they are no UTF-8 text'}.",
            hint="Give a text file with a prompt on each line, a .jsonl, .csv or .yaml file, or a folder of pictures.",
        ) from error


def listed_jobs(jobs: Iterable[str | Mapping[str, Any]]) -> Iterator[Entry]:
    """Return jobs of a program as entries: prompts, or keywords of ``generate``; paths are relative to here.

    Raises:
        BadConfiguration: One is neither.
    """
    for number, facts in enumerate(jobs, 1):
        yield _entry(dict(facts) if isinstance(facts, Mapping) else facts, f"job {number}", Path())


def told(error: DrawThingsError, place: str) -> DrawThingsError:
    """Return an error that says where in the list it is."""
    return type(error)(f"{place}: {error.message}", hint=error.hint, **error.details)


def _pictures(folder: Path) -> Iterator[Entry]:
    found = sorted(each for each in folder.iterdir() if each.suffix.lower() in PICTURES and each.is_file())
    if not found:
        raise BadConfiguration(
            f"There are no pictures in {str(folder)!r}.", hint=f"It may have {', '.join(sorted(PICTURES))}."
        )
    for each in found:
        yield Entry({"image": each.name, "name": each.stem}, each.name, folder)


def _prompts(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if text and not text.startswith("#"):
                yield Entry({"prompt": text}, f"{path.name}, line {number}", path.parent)


def _lines(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            place = f"{path.name}, line {number}"
            try:
                facts = json.loads(line)
            except ValueError as error:
                raise BadConfiguration(
                    f"{place}: it is no JSON: {error}.", hint='Write {"prompt": "a red fox"} on a line.', line=number
                ) from error
            yield _entry(facts, place, path)


def _list(path: Path) -> Iterator[Entry]:
    try:
        listed = json.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        raise BadConfiguration(f"{path.name} is no JSON: {error}.", hint="Write a list of objects.") from error
    yield from _listed(listed, path)


def _yaml(path: Path) -> Iterator[Entry]:
    try:
        import yaml
    except ImportError as error:
        raise BadConfiguration(
            "Jobs in YAML need PyYAML, which is not installed.", hint='pip install "drawthings[batch]"'
        ) from error
    try:
        listed = yaml.safe_load(path.read_text("utf-8-sig"))
    except yaml.YAMLError as error:
        text = " ".join(str(error).split())
        raise BadConfiguration(f"{path.name} is no YAML: {text}.", hint="Write a list of jobs.") from error
    yield from _listed(listed, path)


def _listed(listed: object, path: Path) -> Iterator[Entry]:
    if not isinstance(listed, list):
        raise BadConfiguration(f"{path.name} holds no list of jobs.", hint="Write a list, an entry for each job.")
    for number, facts in enumerate(listed, 1):
        yield _entry(facts, f"{path.name}, entry {number}", path)


def _table(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            for row in reader:
                yield _row(row, reader.line_num, path)
        except csv.Error as error:
            raise BadConfiguration(
                f"{path.name}, line {reader.line_num + 1}: it is no CSV: {error}.", hint="Write it as JSONL."
            ) from error


def _row(row: Mapping[str, str], line: int, path: Path) -> Entry:
    place = f"{path.name}, line {line}"
    if None in row:
        raise BadConfiguration(
            f"{place}: there are more cells than columns.", hint="Put texts with commas in quotes.", line=line
        )
    try:
        return Entry({name: cell(name, text) for name, text in row.items() if text}, place, path.parent)
    except DrawThingsError as error:
        raise told(error, place) from error


def _entry(facts: object, place: str, path: Path) -> Entry:
    if isinstance(facts, str):
        facts = {"prompt": facts}
    if not isinstance(facts, dict):
        raise BadConfiguration(
            f"{place}: it is {type(facts).__name__}, no object.", hint='Write {"prompt": "a red fox"}.'
        )
    return Entry({name.replace("-", "_"): value for name, value in facts.items()}, place, path.parent)


TEXTS = frozenset(
    {"prompt", "negative", "negative_prompt", "image", "mask", "name", "references", "model", "upscaler", "deadline"}
)


def cell(name: str, text: str) -> Any:  # noqa: ANN401 - what the text stands for
    """Return what a text stands for: a number, a switch or a list where it reads as one; else itself.

    Args:
        name: What it is for; prompts and files are texts, whatever they look like.
        text: The text.

    Raises:
        BadValue: It begins like a list and is none.
    """
    if name in TEXTS and not (name == "references" and text.lstrip().startswith("[")):
        return [text] if name == "references" else text
    try:
        return json.loads(text)
    except ValueError as error:
        if text.lstrip()[:1] in {"[", "{"}:
            raise BadValue(
                f"{name} is {text!r}, which is no JSON list.", hint='Write ["a", "b"].', field=name
            ) from error
        return text
