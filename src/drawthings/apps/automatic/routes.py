"""The calls of the web interface's API as routes: each reads, asks the core, and answers."""

from __future__ import annotations

import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawthings.apps.automatic import answer, lists
from drawthings.apps.automatic.describe import LISTS, PREFIX
from drawthings.apps.automatic.desk import Desk
from drawthings.apps.automatic.extras import draft_of, parse_one, parse_several
from drawthings.apps.automatic.failing import render_failure
from drawthings.apps.automatic.options import MODEL
from drawthings.apps.automatic.parse import Context, parse
from drawthings.apps.automatic.pnginfo import png_info
from drawthings.apps.automatic.progress import idle, progress
from drawthings.apps.automatic.root import root
from drawthings.apps.automatic.samplers import sampler_list, scheduler_list
from drawthings.apps.http.body import json_body
from drawthings.apps.http.failure import Failure
from drawthings.apps.http.picture_in import picture
from drawthings.apps.http.waiting import JSON, answered
from drawthings.errors import BadImage, DrawThingsError
from drawthings.request.fields_core import SEED_LIMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from drawthings.apps.automatic.extras import Extra
    from drawthings.apps.automatic.parse import Asked, Mode
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job
    from drawthings.catalogue.catalogue import Catalogue

    Handler = Callable[[Request], Awaitable[Response]]

_log = logging.getLogger("drawthings.gateway")

NOT_HERE = {
    "interrogate": "Draw Things has no model that describes pictures.",
    "script-info": "Draw Things runs no scripts of the web interface.",
    "preprocess": "Training is not part of this.",
    "create/embedding": "Training is not part of this.",
    "create/hypernetwork": "Training is not part of this.",
    "train/embedding": "Training is not part of this.",
    "train/hypernetwork": "Training is not part of this.",
    "server-kill": "The gateway is ended where it was started.",
    "server-restart": "The gateway is restarted where it was started.",
    "server-stop": "The gateway is ended where it was started.",
}
CONTROLNET_NOT_HERE = "Preprocessors of ControlNet do not run here; the server prepares pictures by itself."
REFRESHING = ("refresh-checkpoints", "refresh-loras", "refresh-vae", "refresh-embeddings")
NOTHING_TO_DO = ("reload-checkpoint", "unload-checkpoint")
LISTED: dict[str, Callable[[Catalogue], Any]] = {
    "sd-models": lists.models,
    "samplers": lambda _: sampler_list(),
    "schedulers": lambda _: scheduler_list(),
    "loras": lists.loras,
    "upscalers": lists.upscalers,
    "latent-upscale-modes": lambda _: lists.latent_modes(),
    "embeddings": lists.embeddings,
    "face-restorers": lists.face_restorers,
}
FIXED: dict[str, Callable[[], Any]] = {
    **{name: list for name in LISTS if name not in LISTED},
    "memory": lists.memory,
    "cmd-flags": lists.command_flags,
    "scripts": lists.scripts,
}


def routes() -> list[Route]:
    """Return all routes of the dialect; each list has a memory of its own."""
    calls = Calls(Desk())
    return [
        _route("/", calls.root, "GET"),
        *_posts("txt2img", calls.text_to_image),
        *_posts("img2img", calls.image_to_image),
        *_posts("extra-single-image", calls.extra_single_image),
        *_posts("extra-batch-images", calls.extra_batch_images),
        *_posts("png-info", calls.png_info),
        *_posts("options", calls.set_options),
        *_gets("options", calls.get_options),
        *_gets("progress", calls.progress),
        *_posts("interrupt", partial(calls.stop, how="interrupt")),
        *_posts("skip", partial(calls.stop, how="skip")),
        *(each for name in REFRESHING for each in _posts(name, calls.refresh)),
        *(each for name in NOTHING_TO_DO for each in _posts(name, _nothing)),
        *(each for name, read in LISTED.items() for each in _gets(name, partial(_listed, read=read))),
        *(each for name, read in FIXED.items() for each in _gets(name, partial(_fixed, read=read))),
        _route("/controlnet/model_list", partial(_listed, read=lists.control_models), "GET"),
        _route("/controlnet/module_list", partial(_fixed, read=lists.control_modules), "GET"),
        _route("/controlnet/version", partial(_fixed, read=lambda: {"version": 2}), "GET"),
        _route("/controlnet/detect", partial(_not_here, why=CONTROLNET_NOT_HERE), "POST"),
        *(_route(f"{PREFIX}/{name}", partial(_not_here, why=why), "GET", "POST") for name, why in NOT_HERE.items()),
    ]


class Calls:
    """The calls that remember something or make something.

    Args:
        desk: The memory.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def text_to_image(self, request: Request) -> Response:
        """Make pictures from a prompt."""
        return await self._make(request, "txt2img")

    async def image_to_image(self, request: Request) -> Response:
        """Make pictures from pictures."""
        return await self._make(request, "img2img")

    async def _make(self, request: Request, mode: Mode) -> Response:
        jobs, owner = request.app.state.jobs, request.state.owner
        body, catalogue = await json_body(request), await jobs.models()
        context = Context(
            catalogue=catalogue,
            model=_default(request, catalogue),
            options=self._desk.options.chosen(owner.scope),
            picture=picture,
            draw=partial(secrets.randbelow, SEED_LIMIT + 1),
            most=jobs.limits.pictures,
            key=request.headers.get("idempotency-key", ""),
        )
        asked = await jobs.reading(partial(parse, body, mode, context))
        self._keep(owner.scope, body, catalogue)
        job = await jobs.submit(asked.draft, owner)
        self._desk.name(job, asked.task)
        render = partial(self._made, asked, jobs)
        return await answered(request, job, render, render_failure=render_failure, partly=True)

    async def _made(self, asked: Asked, jobs: Jobs, job: Job) -> bytes:
        """Return what a job brought; of one that was ended by its own client also when that is not all."""
        if job.error is not None and not self._desk.stopped(job):
            raise job.error
        return await answer.generated(asked, jobs, job)

    def _keep(self, owner: str, body: dict[str, Any], catalogue: Catalogue) -> None:
        """Keep options that were meant for this call where the client says that they are to stay."""
        override = body.get("override_settings")
        if body.get("override_settings_restore_afterwards") is False and isinstance(override, dict):
            self._desk.options.take(owner, override, catalogue)

    async def extra_single_image(self, request: Request) -> Response:
        """Enlarge a picture."""
        jobs = request.app.state.jobs
        body, catalogue = await json_body(request), await jobs.models()
        extra = await jobs.reading(partial(parse_one, body, catalogue, picture))
        return await _enlarged(request, [extra], several=False)

    async def extra_batch_images(self, request: Request) -> Response:
        """Enlarge pictures."""
        jobs = request.app.state.jobs
        body, catalogue = await json_body(request), await jobs.models()
        extras = await jobs.reading(partial(parse_several, body, catalogue, picture))
        return await _enlarged(request, extras, several=True)

    async def png_info(self, request: Request) -> Response:
        """Tell how a picture was made."""
        body = await json_body(request)
        source = body.get("image")
        if not isinstance(source, str) or not source:
            raise BadImage("There is no picture to look at.", hint="Put it into image, as base64.", field="image")
        return JSONResponse(await request.app.state.jobs.reading(lambda: png_info(picture(source, "image"))))

    async def root(self, request: Request) -> Response:
        """Return what the app's own HTTP interface returns here: the settings of a request that names none."""
        catalogue = await request.app.state.jobs.models()
        chosen = self._desk.options.chosen(request.state.owner.scope)
        return JSONResponse(root(catalogue, chosen.get(MODEL) or _default(request, catalogue)))

    async def get_options(self, request: Request) -> Response:
        """Return the options of whoever asks."""
        model = _default(request, await request.app.state.jobs.models())
        return JSONResponse(self._desk.options.shown(request.state.owner.scope, model))

    async def set_options(self, request: Request) -> Response:
        """Set options of whoever asks."""
        body, catalogue = await json_body(request), await request.app.state.jobs.models()
        self._desk.options.take(request.state.owner.scope, body, catalogue)
        return JSONResponse(None)

    async def progress(self, request: Request) -> Response:
        """Tell how far the job of whoever asks is."""
        task = request.query_params.get("id_task", "")
        job = self._desk.current(request.app.state.jobs, request.state.owner, task)
        if job is None:
            return JSONResponse(idle())
        skipped = request.query_params.get("skip_current_image", "").lower() in {"true", "1"}
        preview = None if skipped else await job.preview_jpeg()
        return JSONResponse(progress(job, task=self._desk.task(job), preview=preview))

    async def stop(self, request: Request, *, how: str) -> Response:
        """End the job of whoever asks, or the picture of it that is being made."""
        task = request.query_params.get("id_task", "")
        await self._desk.stop(request.app.state.jobs, request.state.owner, how, task)
        return JSONResponse({})

    async def refresh(self, request: Request) -> Response:
        """Ask the servers again what they have."""
        await request.app.state.jobs.models(refresh=True)
        return JSONResponse(None)


async def _enlarged(request: Request, extras: list[Extra], *, several: bool) -> Response:
    """Answer with enlarged pictures, made by a server or here."""
    jobs = request.app.state.jobs
    drafted = draft_of(extras)
    if drafted is None:
        return Response(await answer.enlarged(extras, {}, several=several), media_type=JSON)

    async def render(job: Job) -> bytes:
        files = {made.index: await jobs.encoded(made, form="png") for made in job.made}
        return await answer.enlarged(extras, files, several=several)

    job = await jobs.submit(drafted, request.state.owner)
    return await answered(request, job, render, render_failure=render_failure)


def _default(request: Request, catalogue: Catalogue) -> str:
    """Return the model for who has chosen none."""
    return catalogue.default_model(request.app.state.settings.model).file


async def _listed(request: Request, *, read: Callable[[Catalogue], Any]) -> Response:
    return JSONResponse(read(await request.app.state.jobs.models()))


async def _fixed(_request: Request, *, read: Callable[[], Any]) -> Response:
    return JSONResponse(read())


async def _nothing(_request: Request) -> Response:
    return JSONResponse(None)


async def _not_here(_request: Request, *, why: str) -> Response:
    failure = Failure(501, "not_implemented", "server", why, retry=False)
    status, headers, body = render_failure(failure, "")
    return JSONResponse(body, status, headers)


def _posts(name: str, handler: Handler) -> list[Route]:
    return [_route(f"{PREFIX}/{name}", handler, "POST")]


def _gets(name: str, handler: Handler) -> list[Route]:
    return [_route(f"{PREFIX}/{name}", handler, "GET")]


def _route(path: str, handler: Handler, *methods: str) -> Route:
    async def told(request: Request) -> Response:
        try:
            return await handler(request)
        except DrawThingsError as error:
            # There are clients that show nothing of an answer that is none; then this is where the reason stands.
            _log.warning("%s %s: %s", request.state.request_id, type(error).__name__, error)
            raise

    return Route(path, told, methods=list(methods))
