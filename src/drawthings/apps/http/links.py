"""Addresses of finished files, as clients can use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.apps.jobs.measure import FORMS

if TYPE_CHECKING:
    from starlette.requests import Request

    from drawthings.apps.jobs.job import Made


def file_path(name: str, media_type: str) -> str:
    """Return the path of a file below the gateway's root."""
    return f"/v1/files/images/{name}.{FORMS.get(media_type, 'png')}"


def root_of(request: Request) -> str:
    """Return how the gateway was reached, without a slash at the end."""
    public: str = request.app.state.settings.public_url
    return public.rstrip("/") or f"{request.url.scheme}://{request.headers.get('host') or request.url.netloc}"


def file_url(request: Request, made: Made, form: str = "") -> str:
    """Return the address of a result.

    Args:
        request: The request that it is told to.
        made: The result.
        form: Another kind of file than the stored one: ``jpeg``, ``webp`` …
    """
    path = file_path(made.id, made.media_type)
    return root_of(request) + (f"{path.rpartition('.')[0]}.{form}" if form else path)
