"""The messages that tell how far a generation is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings._generated import imageService_pb2 as pb
from drawthings.catalogue.families import CASCADE_PRIOR
from drawthings.server.course import Path

if TYPE_CHECKING:
    from drawthings.server.course import Course

STEPPED = frozenset({"sampling", "secondPassSampling"})


def signpost(name: str, step: int = 0) -> pb.ImageGenerationSignpostProto:
    """Return a signpost.

    Args:
        name: Its name on the wire.
        step: For the two kinds of sampling: the steps done, or in an announcement the steps in all.
    """
    message = pb.ImageGenerationSignpostProto()
    part = getattr(message, name)
    part.SetInParent()
    if name in STEPPED:
        part.step = step
    return message


def announced(course: Course) -> list[pb.ImageGenerationSignpostProto]:
    """Return what a generation is expected to pass, which every progress message repeats.

    The encoding of controls, which shows up as a further ``imageEncoded``, is never announced, and neither is, for
    Stable Cascade from a picture, the end of its second stage.

    Source:
        The sets that ``LocalImageGenerator`` builds in each of its pipelines.
    """
    names = [("textEncoded", 0)]
    if course.encodes:
        names.append(("imageEncoded", 0))
    names += [("sampling", course.first.runs), ("imageDecoded", 0)]
    if course.second is not None:
        names += [("secondPassImageEncoded", 0), ("secondPassSampling", course.second.runs)]
        if course.path is Path.TEXT or course.first.version != CASCADE_PRIOR:
            names.append(("secondPassImageDecoded", 0))
    if course.restores_faces:
        names.append(("faceRestored", 0))
    if course.upscale > 1:
        names.append(("imageUpscaled", 0))
    return [signpost(name, step) for name, step in names]
