"""Answers with pictures in them: base64 inside JSON, put together from bytes because that is several times quicker."""

from __future__ import annotations

import base64
import io
import json
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from drawthings.apps.automatic.extras import report
from drawthings.apps.automatic.info import info, text_of, with_text
from drawthings.apps.jobs.stripping import stripped
from drawthings.media.image import encode_image
from drawthings.media.xmp import find_packet
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings.apps.automatic.extras import Extra
    from drawthings.apps.automatic.parse import Asked
    from drawthings.apps.automatic.region import Region
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job, Made

FOR_CLIPS = "gif"
"""Clients show pictures; this one moves."""


async def generated(asked: Asked, jobs: Jobs, job: Job) -> bytes:
    """Return the answer of ``txt2img`` and ``img2img``.

    Args:
        asked: What was asked for.
        jobs: The core, which has the files.
        job: The job; of one that was interrupted, what was finished is answered.
    """
    files = [await _file(asked, jobs, made) for made in job.made] if asked.send else []
    rest = {"parameters": asked.echo, "info": json.dumps(info(asked, job), ensure_ascii=False)}
    return await computed_async(partial(_joined, "images", files, rest))


async def enlarged(extras: Sequence[Extra], files: Mapping[int, bytes], *, several: bool) -> bytes:
    """Return the answer of the calls that enlarge.

    Args:
        extras: What was asked for.
        files: What a server made of those that need one, by their place among these; what was skipped is left out.
        several: Whether a list is answered.
    """
    places, finished = count(), []
    for extra in extras:
        file = None if extra.here else files.get(next(places))
        if extra.here or file is not None:
            finished.append(await computed_async(partial(extra.finished, file)))
    rest = {"html_info": report(extras)}
    if several:
        return await computed_async(partial(_joined, "images", finished, rest))
    image = base64.b64encode(finished[0]).decode() if finished else ""
    return json.dumps({**rest, "image": image}).encode()


async def _file(asked: Asked, jobs: Jobs, made: Made) -> bytes:
    if made.kind == "video":
        return await jobs.encoded(made, form=FOR_CLIPS)
    if asked.region is not None:
        file = await jobs.encoded(made, form="png")
        file = await computed_async(partial(_laid_back, file, asked.region, asked.form))
    else:
        file = await jobs.encoded(made, form=asked.form)
    if jobs.strip_metadata:
        return await computed_async(partial(stripped, file))
    return with_text(file, text_of(made)) if asked.form == "png" else file


def _laid_back(file: bytes, region: Region, form: str) -> bytes:
    packet = find_packet(file)
    with Image.open(io.BytesIO(file)) as painted:
        whole = region.laid_back(painted)
    xmp = None if packet is None else packet.decode("utf-8", "replace")
    return encode_image(np.asarray(whole), form, xmp=xmp)


def _joined(name: str, files: Sequence[bytes], rest: dict[str, Any]) -> bytes:
    """Return a JSON object with files under a name; a client's text may hold halves of characters."""
    pictures = b",".join(b'"' + base64.b64encode(file) + b'"' for file in files)
    others = json.dumps(rest, ensure_ascii=False).encode("utf-8", "replace")
    return b'{"' + name.encode() + b'":[' + pictures + b"]," + others[1:]
