"""What tells one request from another, for posts that come twice."""

from __future__ import annotations

import hashlib
import json


def fingerprint(*parts: object) -> str:
    """Return what two equal requests have in common, and no others.

    Args:
        parts: Everything that a request consists of: which call it is, its body, the client's idempotency key.
    """
    text = json.dumps(parts, sort_keys=True, default=_digest)
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(value: object) -> str:
    return hashlib.sha256(value if isinstance(value, bytes) else repr(value).encode()).hexdigest()
