"""Who asks: a key in one of the places where clients put it, or an address."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from starlette.requests import cookie_parser

from drawthings.apps.jobs.owner import Owner
from drawthings.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.apps.http.settings import GatewaySettings

COOKIE = "drawthings_session"
LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "testclient", ""})

OPEN = frozenset({"/healthz", "/readyz", "/openapi.json", "/playground", "/api/login", "/api/logout", "/favicon.ico"})
"""Paths that anybody may ask for: they tell nothing about anybody."""
OPEN_BELOW = ("/playground/", "/v1/files/")
"""The page itself, and files whose names cannot be guessed."""


def owner_of(headers: Mapping[str, str], address: str, settings: GatewaySettings) -> Owner | None:
    """Return who asks.

    Without any keys in the settings, whatever a client sends as one is left unread: several send ``undefined`` or
    nothing in a well-formed header.

    Args:
        headers: The headers of the request, in any case.
        address: Where it comes from.
        settings: What is accepted.

    Returns:
        Who, or None for somebody who has no right key and is not in a trusted network either.
    """
    if not settings.keys:
        near = place_of(address) == "localhost"
        return Owner(place_of(address)) if near or not settings.trust or settings.trusted(address) else None
    for name in _names(headers, settings):
        if name is not None:
            return Owner(name, name)
    return Owner(place_of(address)) if settings.trusted(address) else None


def place_of(address: str) -> str:
    """Return how clients at an address are called; all ways to the own machine are one."""
    return "localhost" if address in LOOPBACK or address.startswith("127.") else address


def refusal() -> NotAllowed:
    """Return the error for who has no right key."""
    return NotAllowed(
        "A key is needed, and none that is right came with the request.",
        hint="Send it as `Authorization: Bearer KEY`.",
        status=401,
    )


def is_open(path: str, *, page: bool) -> bool:
    """Whether a path is served without a key.

    Args:
        path: The path.
        page: Whether the one who asks wants to see a page.
    """
    return path in OPEN or path.startswith(OPEN_BELOW) or (path == "/" and page)


def cookie_of(headers: Mapping[str, str]) -> str:
    """Return the token that the page's browser holds, or an empty text."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _names(headers: Mapping[str, str], settings: GatewaySettings) -> tuple[str | None, ...]:
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    found: list[str | None] = []
    if scheme.lower() == "bearer":
        found.append(settings.keys.name_of(rest.strip()))
    elif scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            user = password = ""
        found += [settings.keys.name_of(each) for each in (password, user) if each]
    for name in ("x-api-key", "api-key"):
        if name in headers:
            found.append(settings.keys.name_of(headers[name]))
    token = cookie_of(headers)
    if token:
        found.append(settings.keys.session(token))
    return tuple(found)
