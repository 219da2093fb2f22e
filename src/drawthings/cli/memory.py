"""What servers were last seen to have, kept for completion: the shell must not wait for a server.

One small JSON file for each server, in the user's cache folder (``DRAWTHINGS_CACHE`` names another one). It may be
deleted at any time. Nothing heavy is imported here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drawthings import Catalogue

FOLDER_VARIABLE = "DRAWTHINGS_CACHE"
KINDS = ("models", "loras", "controls", "upscalers", "embeddings")

Seen = tuple[str, str]
"""A file and its family."""


def remember(server: str, catalogue: Catalogue) -> None:
    """Note what a server has; where that cannot be written, completion knows less, and nothing else happens."""
    seen = {kind: [(entry.file, entry.version) for entry in getattr(catalogue, kind)] for kind in KINDS}
    text = json.dumps({"server": server, **seen}, ensure_ascii=False)
    path = _path(server)
    with contextlib.suppress(OSError, ValueError):
        if path.is_file() and path.read_text("utf-8") == text:
            os.utime(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(text, "utf-8")
        fresh.replace(path)


def recall(kind: str, server: str | None = None) -> list[Seen]:
    """Return what a server had when it was last seen; without a server, the one seen last.

    Args:
        kind: ``models``, ``loras``, ``controls``, ``upscalers`` or ``embeddings``.
        server: Its address as it was given, or None.

    Returns:
        Files with their families, or nothing when it is not known.
    """
    with contextlib.suppress(OSError, ValueError, TypeError):
        path = _path(server) if server else max(folder().glob("*.json"), key=lambda each: each.stat().st_mtime)
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return [(str(file), str(family)) for file, family in found.get(kind, ())]
    return []


def servers() -> list[str]:
    """Return the addresses of all servers that were seen."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(folder().glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found.append(str(json.loads(path.read_text("utf-8"))["server"]))
    return found


def folder() -> Path:
    """Return where the files are."""
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("drawthings", appauthor=False) / "catalogues"


def _path(server: str) -> Path:
    # An address may hold what no file name can.
    return folder() / f"{hashlib.sha256(server.strip().lower().encode()).hexdigest()[:16]}.json"
