"""One job of a batch as it stands in the manifest: what is asked for, in a form that can be written down and hashed."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadImage
from drawthings.request.parts import Control, Lora

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PICTURE, SUM = "picture", "sha256"
"""The keys of what stands for a picture: where it is, and what it was when the batch was planned."""

SEEDS = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One job of a batch.

    Attributes:
        hash: What tells it from all others: the SHA-256 of everything that is asked for, in hex.
        prompt: What the pictures show.
        wanted: The keywords of ``generate``, with ``{"picture": path, "sha256": sum}`` in the place of pictures.
        model: The model as it was named, or an empty text.
        priority: Higher goes first.
        name: What the files are to be called, or an empty text.
        deadline: When it should be done, in seconds since 1970; of the same priority the nearest goes first.
    """

    hash: str
    prompt: str
    wanted: Mapping[str, Any]
    model: str = ""
    priority: int = 0
    name: str = ""
    deadline: float = math.inf

    @property
    def request(self) -> str:
        """Prompt and keywords as JSON."""
        return json.dumps({"prompt": self.prompt, "wanted": self.wanted}, sort_keys=True, ensure_ascii=False)


def digest(*parts: object) -> str:
    """Return the SHA-256 of values as canonical JSON, in hex."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def plain(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return a value as a manifest holds it; LoRAs and controls become objects of the app's JSON."""
    if isinstance(value, Lora | Control):
        return value.to_json()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if value is None or type(value) in {bool, int, float, str} else str(getattr(value, "label", value))


def seed_from(*parts: object) -> int:
    """Return a seed that the same values always give."""
    return int(digest(*parts)[:8], 16) % SEEDS


def noted(path: str | Path, folder: Path, sums: dict[tuple[str, int, int], str]) -> dict[str, str]:
    """Return what stands for a picture in a task.

    Args:
        path: Where it is; relative paths are so to ``folder``.
        folder: Where the list of jobs is.
        sums: The sums of files that were read before, by path, time and size.

    Raises:
        BadImage: It cannot be read.
    """
    from drawthings.profiles import home_expanded

    file = (folder / home_expanded(Path(path))).resolve()
    try:
        about = file.stat()
        key = str(file), about.st_mtime_ns, about.st_size
        if key not in sums:
            sums[key] = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise BadImage(
            f"The picture {str(path)!r} cannot be read: {error.strerror or error}.",
            hint="Paths of a list of jobs are relative to the list.",
        ) from error
    return {PICTURE: str(file), SUM: sums[key]}


def mapped(value: Any, change: Callable[[Mapping[str, str]], Any]) -> Any:  # noqa: ANN401 - anything JSON can hold
    """Return a value with every picture in it replaced."""
    if isinstance(value, dict):
        return change(value) if PICTURE in value else {name: mapped(each, change) for name, each in value.items()}
    return [mapped(each, change) for each in value] if isinstance(value, list) else value


def opened(request: str) -> tuple[str, dict[str, Any]]:
    """Return the prompt and the keywords of a request, pictures read.

    Raises:
        BadImage: A picture is gone, or is another one than when the batch was planned.
    """
    facts = json.loads(request)
    wanted = mapped(facts["wanted"], _read)
    for name in ("mask", "borders"):
        # A box and borders are tuples of numbers, which JSON knows as lists.
        if isinstance(wanted.get(name), list):
            wanted[name] = tuple(wanted[name])
    if "hints" in wanted:
        wanted["hints"] = {kind: [tuple(pair) for pair in pairs] for kind, pairs in wanted["hints"].items()}
    return facts["prompt"], wanted


def _read(picture: Mapping[str, str]) -> bytes:
    try:
        data = Path(picture[PICTURE]).read_bytes()
    except OSError as error:
        raise BadImage(
            f"The picture {picture[PICTURE]!r} cannot be read any more: {error.strerror or error}.",
            hint="Put it back, and run `drawthings batch retry`.",
        ) from error
    if hashlib.sha256(data).hexdigest() != picture[SUM]:
        raise BadImage(
            f"The picture {picture[PICTURE]!r} was changed since the batch was planned.",
            hint="Put the former one back, or add the job anew with `drawthings batch run`.",
        )
    return data
