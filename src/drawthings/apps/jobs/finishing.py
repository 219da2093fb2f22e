"""What a generation brought becomes files in the store, and files become other kinds of files."""

from __future__ import annotations

import io
import tempfile
import time
from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawthings.apps.jobs.job import Made
from drawthings.apps.jobs.measure import MEDIA_TYPES
from drawthings.apps.jobs.planning import lightened
from drawthings.apps.jobs.stripping import stripped
from drawthings.client.film import Film
from drawthings.errors import BadValue, NoSuchJob, OutputError
from drawthings.media.video import check_writable
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from drawthings.apps.jobs.store import Store
    from drawthings.apps.jobs.turn import Turn
    from drawthings.client.result import Picture
    from drawthings.request.plan import Plan

FILMS = 8
"""Of so many clips the frames are remembered, so that they can become another kind of file."""
CLIPS = ("mp4", "gif", "webp")
FORMS = tuple(MEDIA_TYPES)
POSTER_PX = 1024
"""The longest side of the picture that stands for a clip when its frames are forgotten."""


class Finisher:
    """Makes files of results.

    Args:
        store: Where they go.
        strip: Whether files that are handed out say nothing about how they were made. What is in the store does.
    """

    def __init__(self, store: Store, *, strip: bool = False) -> None:
        self._store, self._strip = store, strip
        self._films: OrderedDict[str, Film] = OrderedDict()

    async def stored(self, turn: Turn, piece: Picture | Film) -> Made:
        """Put a picture or a clip of a generation into the store.

        Raises:
            TensorError: It cannot be read.
            OutputError: It cannot be kept.
        """
        if not isinstance(piece, Film):
            return await computed_async(partial(self._picture, turn, piece))
        made = await computed_async(partial(self._film, turn, piece))
        self._films[made.id] = piece
        while len(self._films) > FILMS:
            self._films.popitem(last=False)
        return made

    def _picture(self, turn: Turn, picture: Picture) -> Made:
        width, height = picture.size
        facts = facts_of(picture.plan, picture.seed, width, height)
        return self._kept(
            turn, turn.first + picture.index, picture.encode("png"), picture.plan, form="png", facts=facts
        )

    def _film(self, turn: Turn, film: Film) -> Made:
        width, height = film.size
        form = _form_of_clips()
        facts = facts_of(film.plan, film.seed, width, height, kind="video", fps=film.fps, frames=len(film))
        poster = _still(film, "jpeg", None, POSTER_PX)
        return self._kept(turn, turn.first, _clip(film, form), film.plan, form=form, facts=facts, poster=poster)

    def _kept(
        self,
        turn: Turn,
        index: int,
        data: bytes,
        plan: Plan,
        *,
        form: str,
        facts: dict[str, Any],
        poster: bytes | None = None,
    ) -> Made:
        job, media_type = turn.job, MEDIA_TYPES[form]
        facts |= {"index": index, "verb": job.draft.verb}
        name = self._store.put(data, media_type, scope=job.owner.scope, job=job.id, facts=facts, poster=poster)
        return Made(
            *(name, job.id, index, facts["kind"], facts["seed"], facts["width"], facts["height"]),
            plan=lightened(plan),
            media_type=media_type,
            size=len(data),
            created=time.time(),
        )

    async def encoded(self, name: str, *, form: str, quality: int | None, max_side: int | None) -> bytes:
        """Return a file of the store as another kind of file, made in a thread.

        Args:
            name: The file.
            form: ``png``, ``jpeg``, ``webp``, ``gif`` or ``mp4``; of a clip, a kind for pictures is its first frame.
            quality: 1 to 100, for JPEG and WebP.
            max_side: The longest side in pixels, or None for all of it.

        Raises:
            NoSuchJob: It is not there any more, or its frames are not.
            BadValue: There is no such kind, or it is none for this.
        """
        data = await self._encoded(name, form=form, quality=quality, max_side=max_side)
        return await computed_async(partial(stripped, data)) if self._strip else data

    async def _encoded(self, name: str, *, form: str, quality: int | None, max_side: int | None) -> bytes:
        stored = self._store.get(name)
        if stored is None:
            raise NoSuchJob(f"There is no result {name!r} any more.", hint="Make it again.")
        if form not in FORMS:
            raise BadValue(
                f"There is no kind of file {form!r}.", hint=f"Use {', '.join(FORMS)}.", field="format", value=form
            )
        if stored.media_type == MEDIA_TYPES[form] and max_side is None and (quality is None or form == "png"):
            return await computed_async(stored.read)
        if stored.facts.get("kind") == "video":
            film = self._films.get(name)
            if film is None and form not in CLIPS and (poster := await computed_async(stored.poster)) is not None:
                return await computed_async(lambda: converted(poster, form, quality=quality, max_side=max_side))
            if film is None and stored.media_type != MEDIA_TYPES["gif"]:
                raise NoSuchJob(
                    f"Of the clip {name!r} only its {stored.media_type} is left.",
                    hint="Ask for that, or make it again.",
                )
            if film is not None and form in CLIPS and max_side is None:
                return await computed_async(partial(_clip, film, form))
            if film is not None:
                return await computed_async(partial(_still, film, form, quality, max_side))
        if form in {"gif", "mp4"}:
            raise BadValue(
                f"A picture cannot become {form}.", hint="Use png, jpeg or webp.", field="format", value=form
            )
        return await computed_async(lambda: converted(stored.read(), form, quality=quality, max_side=max_side))


def facts_of(plan: Plan, seed: int, width: int, height: int, *, kind: str = "image", **more: object) -> dict[str, Any]:
    """Return what is remembered of a result, as JSON can hold it."""
    settings = plan.configuration.replace(seed=seed)
    return {
        "kind": kind,
        "seed": seed,
        "width": width,
        "height": height,
        "prompt": plan.order.prompt,
        "negative_prompt": plan.order.negative_prompt,
        "model": plan.model.file,
        "configuration": settings.to_json_object(),
        **more,
    }


def converted(data: bytes, form: str, *, quality: int | None = None, max_side: int | None = None) -> bytes:
    """Return a picture file as another kind, with its metadata, no longer than ``max_side``."""
    import numpy as np
    from PIL import Image

    from drawthings.media.image import encode_image
    from drawthings.media.xmp import find_packet

    packet = find_packet(data)
    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGBA" if "A" in opened.mode or "transparency" in opened.info else "RGB")
    if max_side is not None and max(image.size) > max_side:
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    xmp = None if packet is None else packet.decode("utf-8", "replace")
    return encode_image(np.asarray(image), form, xmp=xmp, quality=None if form == "png" else quality)


def _form_of_clips() -> str:
    try:
        check_writable("clip.mp4")
    except OutputError:
        return "gif"
    return "mp4"


def _clip(film: Film, form: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="drawthings-") as folder:
        return film.save(Path(folder) / f"clip.{form}").read_bytes()


def _still(film: Film, form: str, quality: int | None, max_side: int | None) -> bytes:
    kind = form if form in {"png", "jpeg", "webp"} else "png"
    return converted(film.picture(0).encode("png"), kind, quality=quality, max_side=max_side)
