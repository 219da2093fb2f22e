"""Results as files of their own: addresses that nobody can guess and that expire, also read in pieces."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from starlette.responses import Response

from drawthings.apps.jobs.measure import MEDIA_TYPES
from drawthings.apps.openai.form import SAME
from drawthings.errors import NoSuchJob

if TYPE_CHECKING:
    from starlette.requests import Request

    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.owner import Owner

NOWHERE = (-1, -1)
_NAME = re.compile(r"([A-Za-z0-9_-]{8,64})\.([a-z0-9]{3,4})")
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


async def served(request: Request, jobs: Jobs, name: str, owner: Owner | None) -> Response:
    """Return a result as a file.

    Args:
        request: The request.
        jobs: Where the files are.
        name: The id and the kind of file, as in ``…/{id}.png``.
        owner: Who asks, if that is known; a file whose time is up is still there for its owner.

    Raises:
        NoSuchJob: There is no such file, or its time is up.
        BadValue: It cannot be a file of that kind.
    """
    found = _NAME.fullmatch(name)
    form = SAME.get(found[2], found[2]) if found else ""
    stored = jobs.store.get(found[1]) if found and form in MEDIA_TYPES else None
    expired = stored is not None and time.time() > stored.expires and (owner is None or owner.scope != stored.scope)
    if found is None or stored is None or expired:
        raise NoSuchJob("There is no such file, or its time is up.", hint="Ask for b64_json, or fetch it sooner.")
    data = await jobs.encoded(found[1], form=form)
    headers = {
        "cache-control": f"private, max-age={max(0, int(stored.expires - time.time()))}",
        "x-content-type-options": "nosniff",
        "content-disposition": f'inline; filename="{found[1]}.{found[2]}"',
        "accept-ranges": "bytes",
        # Chat programs show links in their own pages; who has the address may see the picture.
        "cross-origin-resource-policy": "cross-origin",
    }
    return _answer(request, data, MEDIA_TYPES[form], headers)


def _answer(request: Request, data: bytes, media_type: str, headers: dict[str, str]) -> Response:
    asked = request.headers.get("range", "")
    part = piece(asked, len(data)) if asked else None
    if part is NOWHERE:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{len(data)}"})
    status = 200
    if part is not None:
        first, last = part
        headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
        data, status = data[first : last + 1], 206
    headers["content-length"] = str(len(data))
    return Response(b"" if request.method == "HEAD" else data, status, headers, media_type)


def piece(asked: str, size: int) -> tuple[int, int] | None:
    """Return what part of a file a ``Range`` header asks for.

    Args:
        asked: The header.
        size: Bytes of the file.

    Returns:
        The first and the last byte; ``NOWHERE`` where there is no such part; None where all of it is answered,
        which is allowed for everything that is not understood.
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size - 1) if length else NOWHERE
    first = int(found[1])
    last = min(int(found[2]) if found[2] else size - 1, size - 1)
    if first >= size:
        return NOWHERE
    return (first, last) if first <= last else None
