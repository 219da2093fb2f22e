"""The calls of the OpenAI Images API as routes: each reads, asks the core, and answers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawthings.apps.http.body import form_body, json_body
from drawthings.apps.http.failure import failure_of
from drawthings.apps.http.links import file_url
from drawthings.apps.http.picture_in import picture
from drawthings.apps.http.sse import EventStream
from drawthings.apps.http.waiting import answered
from drawthings.apps.openai import model
from drawthings.apps.openai.failing import param_of, render_failure
from drawthings.apps.openai.file import served
from drawthings.apps.openai.multipart import regroup
from drawthings.apps.openai.parse import Asked, Call, Context, parse
from drawthings.apps.openai.render import generated
from drawthings.apps.openai.stream import events
from drawthings.errors import DrawThingsError
from drawthings.request.fields_core import SEED_LIMIT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from drawthings.apps.http.failure import Failure
    from drawthings.apps.http.waiting import Rendered
    from drawthings.apps.jobs.job import Job
    from drawthings.catalogue.catalogue import Catalogue

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

STARTED = int(time.time())
"""What is told as the time at which models came to be, which nobody knows."""
LONGEST_HEADER = 2000


def routes() -> list[Route]:
    """Return all routes of the dialect."""
    return [
        _route("/v1/models", _models, "GET"),
        _route("/v1/models/capabilities", _capabilities, "GET"),
        _route("/v1/models/{id:path}", _model, "GET"),
        _route("/v1/images/generations", partial(_make, call="generations"), "POST"),
        _route("/v1/images/edits", partial(_make, call="edits"), "POST"),
        _route("/v1/images/variations", partial(_make, call="variations"), "POST"),
        _route("/v1/files/images/{name}", _file, "GET"),
    ]


async def _models(request: Request) -> Response:
    catalogue = await request.app.state.jobs.models()
    aliases = request.app.state.settings.aliases
    return JSONResponse(model.listed(catalogue, _preferred(request), STARTED, aliases=aliases))


async def _capabilities(request: Request) -> Response:
    return JSONResponse(model.abilities(await request.app.state.jobs.models()))


async def _model(request: Request) -> Response:
    catalogue = await request.app.state.jobs.models()
    return JSONResponse(model.one(request.path_params["id"], catalogue, _preferred(request), STARTED))


async def _file(request: Request) -> Response:
    owner = getattr(request.state, "owner", None)
    return await served(request, request.app.state.jobs, request.path_params["name"], owner)


async def _make(request: Request, *, call: Call) -> Response:
    jobs = request.app.state.jobs
    body = await _body(request)
    request.state.body = body
    context = _context(request, await jobs.models())
    asked = await jobs.reading(partial(parse, body, call, context))
    user = sha256(asked.user.encode("utf-8", "surrogatepass")).hexdigest()[:12] if asked.user else ""
    job = await jobs.submit(asked.draft, request.state.owner.user(user))
    headers = _facts(asked, job)
    if asked.stream:
        return EventStream(_told(request, asked, job), headers=headers)
    rendered = partial(generated, asked, jobs, partial(file_url, request))
    failed = partial(_failed, request, job)
    return await answered(request, job, rendered, render_failure=failed, headers=headers)


async def _body(request: Request) -> dict[str, Any]:
    """Return the body, whichever form it came in."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await json_body(request)
    form = await form_body(request)
    return regroup(form.fields, form.files)


def _context(request: Request, catalogue: Catalogue) -> Context:
    retried = request.headers.get("x-stainless-retry-count", "0")
    key = request.headers.get("idempotency-key", "")
    return Context(
        catalogue=catalogue,
        preferred=_preferred(request),
        picture=picture,
        draw=partial(secrets.randbelow, SEED_LIMIT + 1),
        attach=bool(key) or retried not in {"", "0"},
        tags=request.app.state.settings.prompt_loras,
        strict=request.headers.get("x-drawthings-strict", "").lower() in {"true", "1"},
        key=key,
    )


def _preferred(request: Request) -> str | None:
    preferred: str | None = request.app.state.settings.model
    return preferred


async def _told(request: Request, asked: Asked, job: Job) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
    """Yield the events of a job, and a failure as the one that clients raise."""
    try:
        async for event in events(asked, request.app.state.jobs, job):
            yield event
    except DrawThingsError as error:
        yield "error", _failed(request, job, failure_of(error), "")[2]


def _facts(asked: Asked, job: Job) -> dict[str, str]:
    """Return what an answer says about itself in headers."""
    found = {"x-drawthings-job": job.id}
    if asked.ignored:
        found["x-drawthings-ignored"] = _in_header(", ".join(asked.ignored))
    notes = (*asked.draft.notes, *job.warnings)
    if notes:
        found["x-drawthings-notes"] = _in_header(" ".join(notes))
    return found


def _in_header(text: str) -> str:
    """Return a text as a header can hold it."""
    return " ".join(text.encode("ascii", "replace").decode().split())[:LONGEST_HEADER]


def _failed(request: Request, job: Job | None, failure: Failure, request_id: str) -> Rendered:
    """Put a failure into OpenAI's shape, in the client's own words, and tell where what was finished can be had."""
    status, headers, body = render_failure(failure, request_id)
    error = body["error"]
    error["param"] = param_of(error["param"], getattr(request.state, "body", {}))
    if job is not None and job.made:
        error["drawthings"] = {"job": job.id, "finished": [file_url(request, made) for made in job.made]}
    return status, headers, body


def _route(path: str, handler: Handler, *methods: str) -> Route:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except DrawThingsError as error:
            status, headers, body = _failed(request, None, failure_of(error), request.state.request_id)
            return JSONResponse(body, status, headers)

    return Route(path, guarded, methods=list(methods))
