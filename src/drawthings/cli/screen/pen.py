"""Writes to the terminal, from whatever thread or signal handler it is."""

from __future__ import annotations

import os
import select
from typing import TextIO


def write(stream: TextIO, text: str) -> bool:
    """Write a text to a terminal; return whether the terminal is still there.

    Not through the stream: a signal handler may have interrupted it, and it does not like to be entered twice.
    """
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        stream.write(text)
        return True
    data = text.encode(stream.encoding, "replace")
    while data:
        try:
            data = data[os.write(number, data) :]
        except BlockingIOError:
            select.select([], [number], [])
        except OSError:
            return False
    return True
