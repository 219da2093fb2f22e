"""Modules that will be needed soon, loaded while the server is still at work.

Loading numpy takes about as long as decoding a picture. A thread does it once the first sign of life has come from the
server: before that it would only slow down the request.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import zlib
from typing import Final

_log = logging.getLogger("drawthings.client")

FILES: Final = (
    "drawthings.media.png",
    "drawthings.media.image",
    "drawthings.client.creation",
    "drawthings.tensor.levels",
)
"""What turns pictures into files; without the native core or isal the rest of ``PIXELS`` is needed too."""

PIXELS: Final = (*FILES, "drawthings.tensor.pixels", "drawthings.media.scanlines")
FILMS: Final = (*PIXELS, "drawthings.media.video", "av")


def warm(names: tuple[str, ...]) -> threading.Thread | None:
    """Begin to load modules; the thread ends by itself.

    What is missing or broken is told where it is really needed, and not here.

    Args:
        names: ``FILES``, ``PIXELS`` or ``FILMS``.

    Returns:
        The thread, or None where all are there already.
    """
    if all(name in sys.modules for name in names):
        return None
    thread = threading.Thread(target=_load, args=(names,), name="drawthings-warm")
    thread.start()
    return thread


def _load(names: tuple[str, ...]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - a broken module may raise anything, and may not be needed at all
            _log.debug("%s cannot be loaded ahead: %s", name, error)
    if names is FILES and not _core_is_enough():
        _load(PIXELS)


def _core_is_enough() -> bool:
    """Return whether pictures become files without numpy."""
    core, bands = (sys.modules.get(f"drawthings.{name}") for name in ("tensor.core", "media.bands"))
    return core is not None and bands is not None and core.native_core() is not None and bands.engine() is not zlib
