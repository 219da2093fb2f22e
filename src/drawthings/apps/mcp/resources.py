"""What a host may read by address: every result as a whole file, and the lists of the servers."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from mcp_types import BlobResourceContents, ReadResourceResult, Resource, ResourceTemplate, TextResourceContents

from drawthings.apps.jobs.measure import FORMS
from drawthings.apps.mcp import failure
from drawthings.apps.mcp.answer import size_of, title
from drawthings.apps.mcp.listing import LISTS, listing
from drawthings.apps.mcp.studio import IMAGES
from drawthings.errors import NoSuchJob, NotAllowed

if TYPE_CHECKING:
    from drawthings.apps.mcp.studio import Call

MODELS = "drawthings://models"
MOST_BYTES = 8 << 20
"""The largest file that is sent as one message; there is a client that loses its connection at twice that."""
RECENT = 50
"""How many of the latest results are listed."""


def resources(call: Call) -> list[Resource]:
    """Return what can be read now: the lists, and the latest results, newest first."""
    lists = Resource(
        name="models",
        title="Models, LoRAs, control nets, upscalers",
        uri=MODELS,
        mime_type="application/json",
        description="What the Draw Things servers have.",
    )
    results = [
        Resource(
            name=each.id,
            title=title(each),
            uri=f"{IMAGES}{each.id}",
            mime_type=each.media_type,
            size=size_of(call.studio, each),
        )
        for each in call.studio.jobs.store.recent(call.owner.scope, limit=RECENT)
    ]
    return [lists, *results]


def templates() -> list[ResourceTemplate]:
    """Return the form of the addresses of results."""
    return [
        ResourceTemplate(
            name="image",
            title="A result as a whole file",
            uri_template=f"{IMAGES}{{id}}",
            mime_type="image/png",
            description="A PNG, usually with all settings inside, or the MP4 of a clip.",
        )
    ]


async def resource(uri: str, call: Call) -> ReadResourceResult:
    """Return what is at an address.

    Raises:
        NoSuchJob: There is nothing.
        NotAllowed: It is too large for one message.
    """
    if uri == MODELS:
        catalogue = await call.studio.jobs.models()
        lists = {plural: listing(catalogue, kind)["entries"] for kind, plural in LISTS.items()}
        text = TextResourceContents(uri=uri, mime_type="application/json", text=failure.text(lists))
        return ReadResourceResult(contents=[text])
    if not uri.startswith(IMAGES):
        raise NoSuchJob(f"There is nothing at {uri!r}.", hint=f"There are {IMAGES}… and {MODELS}.")
    stored = call.found(uri)
    if stored.size > MOST_BYTES:
        what = f"The file has {stored.size >> 20} MiB, and clients break at messages of more than {MOST_BYTES >> 20}."
        raise NotAllowed(what, hint="get_image shows a smaller copy; `drawthings mcp --save FOLDER` keeps the files.")
    file = await call.studio.jobs.encoded(stored.id, form=FORMS[stored.media_type])
    blob = base64.b64encode(file).decode("ascii")
    return ReadResourceResult(contents=[BlobResourceContents(uri=uri, mime_type=stored.media_type, blob=blob)])
