"""The calls of the gateway's own API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawthings.apps.http.auth import COOKIE, cookie_of, refusal
from drawthings.apps.http.body import FORMS, form_body, json_body, type_of
from drawthings.apps.http.failure import failure_of
from drawthings.apps.http.keys import SESSION_S
from drawthings.apps.http.picture_in import from_text
from drawthings.apps.http.sse import EventStream
from drawthings.apps.native import render
from drawthings.apps.native.failing import told
from drawthings.apps.native.mailbox import Hub, Mailbox
from drawthings.apps.native.parse import parse
from drawthings.apps.native.pictures import found, opener
from drawthings.errors import BadBody, BadImage, BadValue, DrawThingsError
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from drawthings.apps.http.settings import GatewaySettings
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.draft import Draft
    from drawthings.apps.jobs.owner import Owner

MOST_LISTED = 200
USUAL_LISTED = 50
THUMBNAIL_PX = 320


def routes() -> list[Route]:
    """Return all routes of the gateway's own API."""
    api = Native(Hub())
    return [
        Route("/api/state", api.state, methods=["GET"]),
        Route("/api/models", api.models, methods=["GET"]),
        Route("/api/fields", api.fields, methods=["GET"]),
        Route("/api/plan", api.plan, methods=["POST"]),
        Route("/api/jobs", api.submit, methods=["POST"]),
        Route("/api/jobs", api.jobs, methods=["GET"]),
        Route("/api/jobs/{id}", api.job, methods=["GET"]),
        Route("/api/jobs/{id}", api.cancel, methods=["DELETE"]),
        Route("/api/jobs/{id}/first", api.first, methods=["POST"]),
        Route("/api/pictures", api.pictures, methods=["GET"]),
        Route("/api/pictures/{id}", api.picture, methods=["GET"]),
        Route("/api/pictures/{id}", api.remove, methods=["DELETE"]),
        Route("/api/pictures/{id}", api.change, methods=["PATCH"]),
        Route("/api/pictures/{id}/restore", api.restore, methods=["POST"]),
        Route("/api/pictures/{id}/thumbnail", api.thumbnail, methods=["GET"]),
        Route("/api/inspect", api.inspect, methods=["POST"]),
        Route("/api/events", api.events, methods=["GET"]),
        Route("/api/login", api.login, methods=["POST"]),
        Route("/api/logout", api.logout, methods=["POST"]),
    ]


def jobs_of(request: Request) -> Jobs:
    """Return the core."""
    jobs: Jobs = request.app.state.jobs
    return jobs


def owner_of(request: Request) -> Owner:
    """Return who asks."""
    owner: Owner = request.state.owner
    return owner


def settings_of(request: Request) -> GatewaySettings:
    """Return the settings of the gateway."""
    settings: GatewaySettings = request.app.state.settings
    return settings


class Native:
    """The calls of the gateway's own API.

    Args:
        hub: All open tabs.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._default: str | None = None

    # ------------------------------------------------------------------------------------------------- what there is

    async def state(self, request: Request) -> Response:
        """Tell how the gateway is."""
        return JSONResponse(await self._state(request))

    async def _state(self, request: Request) -> dict[str, Any]:
        await self._look_for_default(jobs_of(request), settings_of(request).model)
        ready = self._default is not None
        return render.state(jobs_of(request), settings_of(request), self._default, ready=ready)

    async def _look_for_default(self, jobs: Jobs, preferred: str | None) -> None:
        """Find out which model is taken when none is named, as far as any server is there by now."""
        if any(status.usable for status in jobs.servers()):
            try:
                catalogue = await jobs.models()
                self._default = catalogue.default_model(preferred).file
            except DrawThingsError:
                self._default = None

    async def models(self, request: Request) -> Response:
        """List what the servers have."""
        return JSONResponse(render.models(await jobs_of(request).models()))

    async def fields(self, request: Request) -> Response:
        """List all settings."""
        del request
        return JSONResponse({"fields": render.fields()})

    # ---------------------------------------------------------------------------------------------------------- jobs

    async def _draft(self, request: Request) -> Draft:
        body = await json_body(request)
        jobs = jobs_of(request)
        catalogue = await jobs.models()
        return await jobs.reading(partial(parse, body, opener(jobs.store, owner_of(request)), catalogue))

    async def plan(self, request: Request) -> Response:
        """Decide everything about a request and make nothing."""
        try:
            decided = await jobs_of(request).plan(await self._draft(request))
        except BadBody:
            raise
        except DrawThingsError as error:
            return JSONResponse({"plan": None, "warnings": [], "refused": told(failure_of(error))})
        plan = decided[0][1]
        warnings = [render.warning(note) for note in plan.notes if note.severity == "warn"]
        return JSONResponse({"plan": render.plan(plan), "warnings": warnings, "refused": None})

    async def submit(self, request: Request) -> Response:
        """Take a job."""
        jobs = jobs_of(request)
        job = await jobs.submit(await self._draft(request), owner_of(request))
        return JSONResponse({"job": render.job(job, jobs.store)}, 202, {"location": f"/api/jobs/{job.id}"})

    async def jobs(self, request: Request) -> Response:
        """List the jobs of whoever asks, newest first."""
        jobs = jobs_of(request)
        return JSONResponse({"jobs": [render.job(job, jobs.store) for job in jobs.of(owner_of(request))]})

    async def job(self, request: Request) -> Response:
        """Tell how a job is."""
        jobs = jobs_of(request)
        job = jobs.find(request.path_params["id"], owner_of(request))
        return JSONResponse({"job": render.job(job, jobs.store)})

    async def cancel(self, request: Request) -> Response:
        """End a job."""
        jobs = jobs_of(request)
        job = jobs.find(request.path_params["id"], owner_of(request))
        await jobs.cancel(job, "asked for")
        return JSONResponse({"job": render.job(job, jobs.store)})

    async def first(self, request: Request) -> Response:
        """Bring a job to the head of its owner's own line."""
        jobs = jobs_of(request)
        job = jobs.find(request.path_params["id"], owner_of(request))
        jobs.first(job)
        return JSONResponse({"job": render.job(job, jobs.store)})

    async def events(self, request: Request) -> Response:
        """Tell everything that happens to whoever asks, for as long as they listen."""
        last = request.headers.get("last-event-id", "")
        first = int(last[:12]) + 1 if last[:12].isdecimal() else 1
        return EventStream(self._events(request), numbered=True, first=first)

    async def _events(self, request: Request) -> AsyncGenerator[tuple[str | None, dict[str, Any]]]:
        box = Mailbox(jobs_of(request), owner_of(request), partial(self._state, request))
        self._hub.open(box)
        events = box.events()
        try:
            async for told_ in events:
                yield told_
        finally:
            self._hub.close(box)
            await events.aclose()

    # ------------------------------------------------------------------------------------------------------ pictures

    async def pictures(self, request: Request) -> Response:
        """List pictures, newest first."""
        asked = request.query_params
        text = asked.get("limit", str(USUAL_LISTED))
        if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_LISTED:
            raise BadValue(f"limit is {text[:40]!r}.", hint=f"Use 1 to {MOST_LISTED}.", field="limit")
        store = jobs_of(request).store
        listed = store.recent(
            owner_of(request).scope, limit=int(text), before=asked.get("before", ""), query=asked.get("query", "")[:500]
        )
        return JSONResponse({"pictures": [render.picture(each) for each in listed]})

    async def picture(self, request: Request) -> Response:
        """Tell how a picture was made."""
        stored = found(jobs_of(request).store, request.path_params["id"], owner_of(request))
        return JSONResponse({"picture": render.picture(stored)})

    async def remove(self, request: Request) -> Response:
        """Throw a picture away; for a week it can be brought back."""
        store = jobs_of(request).store
        stored = found(store, request.path_params["id"], owner_of(request))
        store.throw_away(stored.id)
        self._hub.tell(stored.scope, "gone", {"id": stored.id})
        return Response(status_code=204)

    async def restore(self, request: Request) -> Response:
        """Bring a picture back."""
        store = jobs_of(request).store
        stored = found(store, request.path_params["id"], owner_of(request), binned=True)
        store.restore(stored.id)
        return self._changed(request, stored.id)

    async def change(self, request: Request) -> Response:
        """Give a picture a star, or take it away."""
        body = await json_body(request)
        store = jobs_of(request).store
        stored = found(store, request.path_params["id"], owner_of(request))
        if not isinstance(body.get("starred"), bool):
            raise BadValue("starred is neither true nor false.", hint='Send {"starred": true}.', field="starred")
        store.star(stored.id, starred=body["starred"])
        return self._changed(request, stored.id)

    def _changed(self, request: Request, name: str) -> Response:
        stored = found(jobs_of(request).store, name, owner_of(request))
        rendered = render.picture(stored)
        self._hub.tell(stored.scope, "picture", rendered)
        return JSONResponse({"picture": rendered})

    async def thumbnail(self, request: Request) -> Response:
        """Return a picture, or the first frame of a clip, as a small WebP."""
        jobs = jobs_of(request)
        stored = found(jobs.store, request.path_params["id"], owner_of(request))
        data = await jobs.encoded(stored.id, form="webp", quality=80, max_side=THUMBNAIL_PX)
        return Response(data, media_type="image/webp", headers={"cache-control": "private, max-age=86400, immutable"})

    async def inspect(self, request: Request) -> Response:
        """Tell how a file says that it was made."""
        if type_of(request.headers.get("content-type", "")) in FORMS:
            form = await form_body(request)
            data = next((data for name, data in form.files if name == "file"), None)
        else:
            text = (await json_body(request)).get("file")
            data = from_text(text, "file") if isinstance(text, str) else None
        if not data:
            raise BadImage("There is no file in the request.", hint="Send it as `file`.", field="file")
        return JSONResponse(await computed_async(partial(_recalled, data)))

    # ---------------------------------------------------------------------------------------------------------- keys

    async def login(self, request: Request) -> Response:
        """Let the page in that sends a key, for as long as its browser keeps the cookie."""
        keys = settings_of(request).keys
        given = (await json_body(request)).get("key")
        if not keys:
            return JSONResponse({"name": None})
        name = keys.name_of(given) if isinstance(given, str) else None
        if name is None:
            raise refusal()
        response = JSONResponse({"name": name})
        secure = request.url.scheme == "https" or settings_of(request).public_url.startswith("https:")
        response.set_cookie(
            COOKIE, keys.open_session(name), max_age=int(SESSION_S), httponly=True, samesite="strict", secure=secure
        )
        return response

    async def logout(self, request: Request) -> Response:
        """Let the page out again."""
        settings_of(request).keys.close_session(cookie_of(request.headers))
        response = Response(status_code=204)
        response.delete_cookie(COOKIE)
        return response


def _recalled(data: bytes) -> dict[str, Any]:
    from drawthings.media.recollection import read_settings
    from drawthings.request.configuration import Configuration

    found_ = read_settings(data)
    settings: dict[str, Any] = {**found_.settings}
    complete = Configuration.unchecked(settings)
    return {
        "prompt": found_.prompt,
        "negative_prompt": found_.negative_prompt,
        "settings": {name: render.plain(value) for name, value in settings.items()},
        "configuration": complete.to_json_object(),
        "source": found_.creator or found_.kind,
        "notes": list(found_.notes),
    }
