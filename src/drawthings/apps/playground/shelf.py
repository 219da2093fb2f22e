"""The files of the page, read once: their types, their marks for caches, and what they weigh compressed."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Leaf", "leaves"]

FOLDER = Path(__file__).parent

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What is served, by its ending; nothing else in the folder is."""

_PLACE_OF_MODULES = "<!-- modules -->"
_CLASSIC = "js/theme.js"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file of the page.

    Attributes:
        media_type: What it is.
        data: Its bytes.
        packed: The same through gzip.
        etag: Changes with the bytes, and only with them.
    """

    media_type: str
    data: bytes
    packed: bytes
    etag: str


@cache
def leaves() -> dict[str, Leaf]:
    """Read every file of the page, by its path below the folder; ``index.html`` is the page itself.

    The page gets a line for every module, so that a browser fetches all of them at once instead of finding them one
    after the other in each other's imports.
    """
    paths = sorted(path for path in FOLDER.rglob("*") if path.suffix in TYPES)
    names = [path.relative_to(FOLDER).as_posix() for path in paths]
    return {name: _leaf(name, path, names) for name, path in zip(names, paths, strict=True)}


def _leaf(name: str, path: Path, names: list[str]) -> Leaf:
    data = path.read_bytes()
    if name == "index.html":
        data = data.decode().replace(_PLACE_OF_MODULES, _preloads(names)).encode()
    return Leaf(
        media_type=TYPES[path.suffix],
        data=data,
        packed=gzip.compress(data, 9, mtime=0),
        etag=f'"{hashlib.sha256(data).hexdigest()[:20]}"',
    )


def _preloads(names: list[str]) -> str:
    modules = [name for name in names if name.endswith(".js") and name != _CLASSIC]
    return "\n    ".join(f'<link rel="modulepreload" href="playground/{name}">' for name in modules)
