"""The file of servers seen before: which certificate each had, or that the system trusted it.

One line per server, to be read and edited by hand::

    192.168.1.20:7859 SHA256:05:60:47:12:… 2026-11-22
    gpu.example.com:7859 tls 2026-11-22

``tls`` says that the system trusted the certificate, so that it may be renewed; the line is there to notice a server
that comes back without TLS. What cannot be understood is left alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drawthings.errors import BadConfiguration, OutputError
from drawthings.profiles import known_servers_file, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX: Final = "SHA256:"
SYSTEM: Final = "tls"


@dataclass(frozen=True, slots=True)
class KnownServer:
    """A server seen before.

    Attributes:
        endpoint: ``host:port``.
        fingerprint: Of its certificate, or None where the system trusted it.
    """

    endpoint: str
    fingerprint: str | None


class KnownServers:
    """The file of servers seen before.

    Several processes may write it at once: each reads it again under a lock before it replaces it.

    Args:
        path: The file, which need not exist; by default what ``DRAWTHINGS_KNOWN_SERVERS`` names, else
            ``known_servers`` in the user's configuration folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = known_servers_file() if path is None else path

    def get(self, endpoint: str) -> KnownServer | None:
        """Return what is known about a server.

        Args:
            endpoint: ``host:port``.

        Raises:
            BadConfiguration: The file is there but cannot be read; going on would forget every certificate.
        """
        found = [server for line in self._lines() if (server := _read_line(line)) and server.endpoint == endpoint]
        return found[-1] if found else None

    def remember(self, endpoint: str, fingerprint: str | None) -> None:
        """Write down a server in place of what was known about it.

        Args:
            endpoint: ``host:port``.
            fingerprint: Of its certificate, or None where the system trusts it.

        Raises:
            OutputError: The file cannot be written.
        """
        day = datetime.now(UTC).date().isoformat()
        self._replace(endpoint, f"{endpoint} {fingerprint or SYSTEM} {day}")

    def forget(self, endpoint: str) -> bool:
        """Strike a server out.

        Returns:
            Whether it was known.

        Raises:
            OutputError: The file cannot be written.
        """
        known = self.get(endpoint) is not None
        if known:
            self._replace(endpoint, None)
        return known

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise BadConfiguration(
                f"The file of known servers {self.path} cannot be read: {reason(error)}.",
                hint="Make it readable, or name another one with DRAWTHINGS_KNOWN_SERVERS.",
                path=str(self.path),
            ) from error

    def _replace(self, endpoint: str, line: str | None) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self.path.with_name(self.path.name + ".lock")):
                kept = [old for old in self._lines() if not _is_about(old, endpoint)]
                _write(self.path, "".join(f"{one}\n" for one in [*kept, *([line] if line else [])]))
        except OSError as error:
            raise OutputError(
                f"The file of known servers {self.path} cannot be written: {reason(error)}.", path=str(self.path)
            ) from error


def _read_line(line: str) -> KnownServer | None:
    words = line.split()
    if len(words) < 2 or words[0].startswith("#"):  # noqa: PLR2004 - a server and what is known about it
        return None
    if words[1] == SYSTEM:
        return KnownServer(words[0], None)
    # A damaged fingerprint stays one: it matches nothing, and that is said, instead of trusting anew.
    return KnownServer(words[0], words[1]) if words[1].startswith(PREFIX) else None


def _is_about(line: str, endpoint: str) -> bool:
    server = _read_line(line)
    return server is not None and server.endpoint == endpoint


def _write(path: Path, text: str) -> None:
    """Replace a file as a whole, readable for its owner only. A link stays a link."""
    import tempfile

    target = Path(os.path.realpath(path))
    # mkstemp gives the mode 0600.
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123 - a handle
            file.write(text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock against other threads and processes; without effect where the file system has none."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        with contextlib.suppress(OSError):
            _lock(handle)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":  # pragma: no cover - the tests run elsewhere

    def _lock(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)

else:

    def _lock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
