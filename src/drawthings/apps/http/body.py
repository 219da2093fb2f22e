"""Bodies of requests: how large, how slow and of which type they may be, before anything of them is looked at."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from drawthings.errors import BadBody, BodyTooLarge
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from starlette.types import Message, Receive

    from drawthings.apps.http.settings import GatewaySettings

JSON = "application/json"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
TOO_SLOW, WRONG_TYPE = 408, 415
MOST_FIELD_BYTES = 32 << 20
"""Pictures come as data URLs in text fields, too."""
LARGE = 1 << 20
"""From so many bytes on JSON is read in a thread."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form holds, in the order it came.

    Attributes:
        fields: Names and texts.
        files: Names and bytes; what a client says of names and types of files is not to be believed.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list, repr=False)


class Bounded:
    """Hands on a body as it comes, and refuses it as soon as it is too large or too slow.

    Args:
        receive: Where it comes from.
        limit: How many bytes it may have.
        settings: How slow it may be.
    """

    def __init__(self, receive: Receive, limit: int, settings: GatewaySettings) -> None:
        self._receive, self._limit, self._settings = receive, limit, settings
        self._came, self._whole = 0, False
        self._until = time.monotonic() + settings.body_all_s

    async def __call__(self) -> Message:
        """Return the next message.

        Raises:
            BodyTooLarge: More came than is allowed.
            BadBody: Nothing came for too long.
        """
        if self._whole:
            return await self._receive()
        pause_s = min(self._settings.body_s, max(0.0, self._until - time.monotonic()))
        try:
            message = await asyncio.wait_for(self._receive(), pause_s)
        except TimeoutError as error:
            raise BadBody(
                f"The body of the request did not come: {self._came} bytes, then nothing for {pause_s:.0f} s.",
                hint="Send it at once.",
                status=TOO_SLOW,
            ) from error
        self._came += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        if self._came > self._limit:
            raise too_large(self._limit)
        return message


def too_large(limit: int) -> BodyTooLarge:
    """Return the error for a body that is larger than allowed."""
    return BodyTooLarge(
        f"The body of the request is larger than {limit / (1 << 20):g} MiB.",
        hint="Send smaller pictures, or JPEG in place of PNG.",
        limit=limit,
    )


def type_of(content_type: str) -> str:
    """Return a content type without what stands behind it."""
    return content_type.partition(";")[0].strip().lower()


async def json_body(request: Request) -> dict[str, Any]:
    """Return the JSON object that is the body of a request.

    Other content types are refused, because a page of somebody else's may send ``text/plain`` without asking.

    Raises:
        BadBody: It is no JSON object, or has another type.
        BodyTooLarge: It is larger than allowed.
    """
    value = await any_json(request)
    if not isinstance(value, dict):
        raise BadBody(f"The body is {_named(value)}, not a JSON object.", hint='Send {"prompt": "…"}.')
    return value


async def any_json(request: Request) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return whatever JSON is the body of a request; None without a body.

    Raises:
        BadBody: It is no JSON, or has another type.
        BodyTooLarge: It is larger than allowed.
    """
    kind = type_of(request.headers.get("content-type", ""))
    data = await body_of(request)
    if not data and not kind:
        return None
    if kind != JSON and not kind.endswith("+json"):
        raise BadBody(
            f"The body has the type {kind[:80] or 'unknown'!r}.", hint=f"Send it as {JSON}.", status=WRONG_TYPE
        )
    try:
        if len(data) > LARGE:
            return await computed_async(lambda: json.loads(data))
        return json.loads(data)
    except RecursionError as error:
        raise BadBody("The body is nested too deeply.", hint="Send plain JSON.") from error
    except ValueError as error:
        raise BadBody(f"The body is no JSON: {str(error)[:120]}.", hint="Send a JSON object.") from error


async def body_of(request: Request) -> bytes:
    """Return the body of a request.

    Raises:
        BadBody: Whoever sent it left in the middle.
        BodyTooLarge: It is larger than allowed.
    """
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise BadBody("The body broke off.", hint="Send it again.") from error


async def form_body(request: Request) -> Form:
    """Return the form that is the body of a request.

    Raises:
        BadBody: It is no form, or a broken one.
        BodyTooLarge: It is larger than allowed, or has more parts.
    """
    settings: GatewaySettings = request.app.state.settings
    kind = type_of(request.headers.get("content-type", ""))
    if kind not in FORMS:
        raise BadBody(f"The body has the type {kind[:80]!r}.", hint=f"Send it as {FORMS[0]}.", status=WRONG_TYPE)
    form = Form()
    limits: dict[str, Any] = {"max_files": settings.files, "max_fields": settings.fields}
    try:
        async with request.form(**limits, max_part_size=MOST_FIELD_BYTES) as parts:
            for name, value in parts.multi_items():
                if isinstance(value, UploadFile):
                    form.files.append((name, await value.read()))
                else:
                    form.fields.append((name, value))
    except ClientDisconnect as error:
        raise BadBody("The body broke off.", hint="Send it again.") from error
    except HTTPException as error:
        many = "Too many" in str(error.detail) or "exceeded" in str(error.detail)
        kind_of_error = BodyTooLarge if many else BadBody
        raise kind_of_error(f"The form cannot be read: {error.detail}", hint="Send fewer or smaller parts.") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise BadBody("The form cannot be read: its texts are no UTF-8.", hint="Send it as UTF-8.") from error
    return form


def _named(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    return "nothing" if value is None else names.get(type(value), "something else")
