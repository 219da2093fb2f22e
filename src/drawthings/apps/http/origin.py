"""Attacks that a browser carries in: a name that suddenly points here, and pages that send on someone's behalf."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from drawthings.errors import NotAllowed

if TYPE_CHECKING:
    from drawthings.apps.http.settings import GatewaySettings

MISDIRECTED = 421
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check_host(host: str, settings: GatewaySettings) -> None:
    """Refuse a Host header that names somebody else: a page may have let its own name point to this machine.

    An address cannot be made to point elsewhere, so every one is good; nor can a name without a dot, as services of
    Docker Compose have, or one below ``internal``, which nobody can have in public.

    Raises:
        NotAllowed: It is a name that this gateway does not have.
    """
    name = name_of(host)
    private = "." not in name or name.endswith(".internal") or is_address(name)
    if not (private or name in own_names() or name in settings.hosts):
        public = urlsplit(settings.public_url).hostname
        if name == public:
            return
        raise NotAllowed(
            f"The name {name[:80]!r} is none of this gateway's.",
            hint="Use its address, or start it with --allow-host NAME.",
            status=MISDIRECTED,
        )


def check_origin(method: str, origin: str | None, host: str, settings: GatewaySettings) -> None:
    """Refuse what a page of somebody else's sends.

    Raises:
        NotAllowed: It is one, and not allowed.
    """
    if origin is None or method in SAFE or allowed(origin, settings):
        return
    with suppress(ValueError):
        if urlsplit(origin).netloc == host or (settings.public_url and _same(origin, settings.public_url)):
            return
    raise NotAllowed(
        f"Pages of {origin[:80]} may not send requests here.",
        hint="Start the gateway with --cors-origin if they should.",
    )


def _same(origin: str, url: str) -> bool:
    """Return whether an address belongs to an origin."""
    one, other = urlsplit(origin), urlsplit(url)
    return (one.scheme, one.netloc) == (other.scheme, other.netloc)


def allowed(origin: str, settings: GatewaySettings) -> bool:
    """Whether pages of an origin may use the gateway."""
    return "*" in settings.cors_origins or origin in settings.cors_origins


def name_of(host: str) -> str:
    """Return a Host header without its port, in small letters."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower().rstrip(".")
    except ValueError:
        return host.lower()


def is_address(name: str) -> bool:
    """Whether a name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@cache
def own_names() -> frozenset[str]:
    """Return the names of this machine."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return frozenset({name, f"{short}.local", f"{short}.lan"})
