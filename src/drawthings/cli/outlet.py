"""Standard output that takes nothing more: its reader has gone, or the disk behind it is full."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def settle(error: OSError) -> int:
    """Give standard output up and return the exit code for that.

    Args:
        error: Why nothing can be written.

    Returns:
        0 where only the reader has gone, as with ``| head``: what there was to do is done. Else 1, and why is told.
    """
    # Python writes what is left in the buffer once more at its end, and would complain there.
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 0
    with suppress(OSError):
        sys.stderr.write(f"Error: Standard output cannot be written: {error.strerror or error}.\n")
        sys.stderr.write("Hint: Free some room, or send the output elsewhere.\n")
    return 1


def flushed(code: int) -> int:
    """Write what is still in the buffer of standard output, and return the exit code.

    Args:
        code: The exit code if that works.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        return settle(error) or code
    return code
