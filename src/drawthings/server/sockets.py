"""Breaks connections the way a crash does: without a word.

gRPC knows how to stop only politely: every call gets a status. When a process dies, its connections just end. The
sockets belong to gRPC's core, so they are found among the open files of this process.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

OPEN_FILES = (Path("/proc/self/fd"), Path("/dev/fd"))
"""Where Linux, and other Unixes, list what a process has open."""


def break_connections(port: int) -> int:
    """End all connections that were made to a port of this process; the listening socket stays as it is.

    Args:
        port: The port they were made to.

    Returns:
        How many were ended; 0 where the system does not list open files (Windows).
    """
    folder = next((folder for folder in OPEN_FILES if folder.is_dir()), None)
    names = os.listdir(folder) if folder else []  # noqa: PTH208 - names, not paths
    return sum(_broken(int(name), port) for name in names if name.isdigit())


def _broken(number: int, port: int) -> bool:
    """End one connection, if it is one of them."""
    with contextlib.suppress(OSError):
        # The copy makes sure that what is looked at is what is ended, whatever gRPC does meanwhile.
        copy = os.dup(number)
        try:
            connection = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            return False
        with connection:
            where = connection.getsockname()
            if isinstance(where, tuple) and len(where) > 1 and where[1] == port:
                connection.getpeername()  # fails on one that listens
                connection.shutdown(socket.SHUT_RDWR)
                return True
    return False
