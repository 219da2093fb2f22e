"""Enlarging finished pictures: ``extra-single-image`` and ``extra-batch-images``."""

from __future__ import annotations

import html
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from drawthings.apps.automatic.lists import face_restorer
from drawthings.apps.automatic.parse import DIALECT
from drawthings.apps.http.values import Values
from drawthings.apps.jobs.draft import Draft
from drawthings.apps.jobs.measure import measure
from drawthings.errors import BadImage, OutOfRange
from drawthings.request.pictures import fit_picture, load_picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings.apps.automatic.controlnet import Reader
    from drawthings.apps.automatic.region import Size
    from drawthings.catalogue.catalogue import Catalogue

NONE, LANCZOS, NEAREST = "none", "lanczos", "nearest"
TO_SIZE = 1
LARGEST_FACTOR = 8.0
USUAL_FACTOR = 2.0
SERVER_FACTORS = (2, 4)
MOST_PX = 64_000_000
MOST_PICTURES = 16
SILENT = (
    *("show_extras_results", "upscale_first", "codeformer_weight", "save_images", "upscaler_2", "name"),
    # Read before, or by one of the two ways to say how large.
    *("image", "imageList", "upscaling_resize", "upscaling_resize_w", "upscaling_resize_h", "upscaling_crop"),
)
"""Keys that need no word."""


@dataclass(frozen=True, slots=True)
class Extra:
    """One picture to be enlarged.

    Attributes:
        data: The picture's file.
        upscaler: The server's file, or ``none``, ``lanczos`` or ``nearest`` for what is done here.
        factor: How many times larger.
        crop: The size that is cut out of the enlarged picture's middle, or None.
        faces: A file for faces, or None.
        notes: Sentences about what has no effect.
    """

    data: bytes
    upscaler: str
    factor: float
    crop: Size | None = None
    faces: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def here(self) -> bool:
        """Whether no server is needed."""
        return self.upscaler in {NONE, LANCZOS, NEAREST}

    @property
    def wanted(self) -> dict[str, Any]:
        """What the server is asked for: two or four times larger."""
        factor = next((each for each in SERVER_FACTORS if each >= self.factor), SERVER_FACTORS[-1])
        faces = {} if self.faces is None else {"face_restoration": self.faces}
        return {"image": self.data, "upscaler": self.upscaler, "factor": factor, **faces}

    def finished(self, enlarged: bytes | None = None) -> bytes:
        """Return the picture as PNG, in the size that was asked for.

        Args:
            enlarged: What the server made of it; None when it was not asked.
        """
        whole = load_picture(self.data)
        if self.upscaler == NONE:
            result = whole
        else:
            size = (max(1, round(whole.width * self.factor)), max(1, round(whole.height * self.factor)))
            made = whole if enlarged is None else load_picture(enlarged)
            how = Image.Resampling.NEAREST if self.upscaler == NEAREST else Image.Resampling.LANCZOS
            result = made if made.size == size else made.resize(size, how)
        if self.crop is not None:
            result = fit_picture(result, *self.crop)
        buffer = io.BytesIO()
        result.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()


def parse_one(body: Mapping[str, Any], catalogue: Catalogue, picture: Reader) -> Extra:
    """Read the body of ``extra-single-image``.

    Raises:
        BadImage: There is no picture, or it cannot be read.
        ConfigError: A number is wrong, or the result would be too large.
        ModelNotFound: There is no such upscaler.
    """
    values = Values(body)
    source = values.text("image")
    if not source:
        raise BadImage("There is no picture to enlarge.", hint="Put it into image, as base64.", field="image")
    return _extra(values, picture(source, "image"), catalogue)


def parse_several(body: Mapping[str, Any], catalogue: Catalogue, picture: Reader) -> list[Extra]:
    """Read the body of ``extra-batch-images``; as ``parse_one``, for each picture of ``imageList``."""
    values = Values(body)
    listed = [each for each in values.several("imageList") if isinstance(each, dict)]
    if not 1 <= len(listed) <= MOST_PICTURES:
        raise OutOfRange(
            f"imageList has {len(listed)} pictures; a call enlarges 1 to {MOST_PICTURES}.",
            hint="Put each picture's base64 into data.",
            field="imageList",
        )
    data = [picture(Values(each).text("data"), f"imageList[{place}]") for place, each in enumerate(listed)]
    extras = [_extra(Values(body), each, catalogue) for each in data]
    if sum(math.prod(_size(extra.data)) for extra in extras) > MOST_PX:
        raise OutOfRange(
            f"The pictures of imageList have more than {MOST_PX // 1_000_000} million pixels together.",
            hint="Ask several times.",
            field="imageList",
        )
    return extras


def draft_of(extras: Sequence[Extra]) -> Draft | None:
    """Return one draft for all pictures that need a server, or None when none does."""
    cells = tuple(extra.wanted for extra in extras if not extra.here)
    notes = tuple(dict.fromkeys(note for extra in extras for note in extra.notes))
    return Draft(verb="upscale", cells=cells, previews=False, dialect=DIALECT, notes=notes) if cells else None


def report(extras: Sequence[Extra]) -> str:
    """Return what is told about pictures, as the small piece of HTML that clients expect."""
    notes = dict.fromkeys(note for extra in extras for note in extra.notes)
    return "".join(f"<p>{html.escape(note)}</p>" for note in notes)


def _extra(values: Values, data: bytes, catalogue: Catalogue) -> Extra:
    values.pass_over(SILENT)
    name = values.text("upscaler_1") or "None"
    own = name.lower() in {NONE, LANCZOS, NEAREST}
    upscaler = name.lower() if own else catalogue.upscaler(name).file
    size = _size(data)
    factor, crop = _factor(values, size)
    if upscaler != NONE and size[0] * size[1] * factor**2 > MOST_PX:
        raise OutOfRange(
            f"{factor:g} times {size[0]}x{size[1]} would be more than {MOST_PX // 1_000_000} million pixels.",
            hint="Enlarge less.",
            field="upscaling_resize",
        )
    notes, faces = [], None
    if values.number("extras_upscaler_2_visibility"):
        notes.append("A second upscaler has no effect.")
    if any([values.number("gfpgan_visibility"), values.number("codeformer_visibility")]):
        faces = face_restorer(catalogue)
        if faces is None or own:
            notes.append("Faces are not restored: that needs a file on the server, and one of its upscalers.")
    notes += [f"{key} has no effect." for key in values.unread]
    return Extra(data, upscaler, factor, crop, None if own else faces, tuple(notes))


def _factor(values: Values, size: Size) -> tuple[float, Size | None]:
    if values.whole("resize_mode") == TO_SIZE:
        width, height = values.whole("upscaling_resize_w") or 512, values.whole("upscaling_resize_h") or 512
        for name, side in (("upscaling_resize_w", width), ("upscaling_resize_h", height)):
            if not 1 <= side <= 16384:  # noqa: PLR2004 - the longest side of any picture here
                raise OutOfRange(f"{name} is {side}; it is 1 to 16384.", hint="Use 1024.", field=name, value=side)
        crop = None if values.flag("upscaling_crop") is False else (width, height)
        return max(width / size[0], height / size[1]), crop
    factor = values.number("upscaling_resize")
    factor = USUAL_FACTOR if factor is None else factor
    if not 0 < factor <= LARGEST_FACTOR:
        raise OutOfRange(
            f"upscaling_resize is {factor:g}; it is at most {LARGEST_FACTOR:g}.",
            hint="Use 2 or 4.",
            field="upscaling_resize",
            value=factor,
        )
    return factor, None


def _size(data: bytes) -> Size:
    found = measure(data)
    if found is None:
        raise BadImage("A picture to enlarge cannot be read.", hint="Send it as PNG, JPEG, WebP or GIF.", field="image")
    return found.width, found.height
