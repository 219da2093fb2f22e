"""Keys of the gateway: names and hashes in a file, compared without telling by the time it takes how much was right."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from drawthings.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LINE = re.compile(r"([^\s:#][^:]*):([0-9a-fA-F]{64})")
SESSIONS = 1000
SESSION_S = 30 * 86400.0


class Keys:
    """The keys that are accepted.

    Args:
        hashes: The SHA-256 of each key in hex, by the key's name.
    """

    def __init__(self, hashes: Mapping[str, str] | None = None) -> None:
        self._hashes = {name: digest.lower() for name, digest in (hashes or {}).items()}
        self._sessions: OrderedDict[str, tuple[str, float]] = OrderedDict()

    @classmethod
    def read(cls, path: Path) -> Keys:
        """Read a file of one ``name:sha256`` a line; lines that begin with ``#`` are comments.

        Raises:
            ConfigError: It cannot be read, or holds something else, or nothing.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The file of keys {path} cannot be read: {error}.", hint="Name another one.") from error
        hashes: dict[str, str] = {}
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            found = LINE.fullmatch(text)
            if found is None or found[1] in hashes:
                raise ConfigError(
                    f"Line {number} of {path} is no new NAME:SHA256.",
                    hint="Let `drawthings serve --new-key NAME` write it; a key itself does not belong there.",
                )
            hashes[found[1]] = found[2]
        if not hashes:
            raise ConfigError(f"There is no key in {path}.", hint="`drawthings serve --new-key NAME` makes one.")
        return cls(hashes)

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def name_of(self, key: str) -> str | None:
        """Return the name of a key, or None when it is none."""
        digest = hash_of(key)
        found = None
        for name, known in self._hashes.items():  # all of them, so that it takes equally long whichever it is
            if hmac.compare_digest(digest, known):
                found = name
        return found

    def open_session(self, name: str) -> str:
        """Return a token that stands for a key in a browser."""
        token = secrets.token_urlsafe(32)
        self._sessions[hash_of(token)] = name, time.time() + SESSION_S
        while len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)
        return token

    def session(self, token: str) -> str | None:
        """Return the name of the key that a token stands for, or None."""
        name, until = self._sessions.get(hash_of(token), ("", 0.0))
        return name if name and until > time.time() else None

    def close_session(self, token: str) -> None:
        """Let a token stand for nothing."""
        self._sessions.pop(hash_of(token), None)


def hash_of(key: str) -> str:
    """Return the SHA-256 of a key in hex."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def new_key(name: str) -> tuple[str, str]:
    """Return a new key and its line for the file."""
    key = "dt-" + secrets.token_urlsafe(24)
    return key, f"{name}:{hash_of(key)}"
