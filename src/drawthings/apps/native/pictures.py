"""Pictures of the gallery: listed, starred, thrown away, brought back, and taken as the input of a next job."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drawthings.apps.http.picture_in import picture
from drawthings.errors import BadImage, NoSuchJob

if TYPE_CHECKING:
    from drawthings.apps.jobs.owner import Owner
    from drawthings.apps.jobs.store import Store, Stored

RESULT = "result:"


def found(store: Store, name: str, owner: Owner, *, binned: bool = False) -> Stored:
    """Return a picture of somebody.

    Raises:
        NoSuchJob: There is none of that id, or it belongs to somebody else.
    """
    stored = store.get(name, binned=binned)
    if stored is None or stored.scope != owner.scope:
        raise NoSuchJob("There is no such picture.", hint="It may have been removed to make room.")
    return stored


def opened(store: Store, owner: Owner, source: str, what: str) -> bytes:
    """Return the bytes of a picture that a request names or holds; reads from the disk.

    Args:
        store: The gallery.
        owner: Who asks.
        source: A ``data:`` URL, base64, or ``result:ID``.
        what: What it is called, for an error.

    Raises:
        NoSuchJob: There is no such result.
        InputError: It cannot be used.
    """
    if not source.startswith(RESULT):
        return picture(source, what)
    stored = found(store, source.removeprefix(RESULT), owner)
    if not stored.media_type.startswith("image/"):
        raise BadImage(f"{what} is a clip.", hint="Take a picture.", field=what)
    return picture(stored.read(), what)


def opener(store: Store, owner: Owner) -> partial[bytes]:
    """Return what opens the pictures of one request."""
    return partial(opened, store, owner)
