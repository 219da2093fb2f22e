"""A request, read and judged: everything the painter and the stream of answers go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drawthings.catalogue.entries import NO_MODIFIER
from drawthings.catalogue.families import FAMILIES
from drawthings.errors import DrawThingsError
from drawthings.request.flatbuffer import decode_configuration
from drawthings.request.seeds import batch_seeds
from drawthings.server.additions import Gatherer
from drawthings.server.blobs import Blobs
from drawthings.server.course import IMAGE_ALWAYS, Chart, Path
from drawthings.server.hints import AVATAR, Asker, Hints, read_hints
from drawthings.server.inputs import CODE_BITS, read_image, read_mask
from drawthings.server.limits import check_schedule, check_settings, check_size, check_work
from drawthings.server.zoo import DEFAULT_MODEL, KINDS, read_list

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from drawthings._generated import imageService_pb2 as pb
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.catalogue.families import Family
    from drawthings.request.configuration import Configuration
    from drawthings.server.additions import Additions
    from drawthings.server.course import Course
    from drawthings.server.inputs import Source
    from drawthings.server.judge import Judge
    from drawthings.server.store import Store
    from drawthings.server.zoo import Zoo


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a request asks for.

    Attributes:
        prompt: What the picture shows.
        negative_prompt: What it must not show.
        configuration: The settings as they came.
        model: The model.
        family: Its family.
        modifier: The conditioning in force.
        additions: LoRAs, controls, upscaler.
        source: The picture, or None.
        mask: The mask, or None where none counts.
        hints: References and control pictures.
        course: What is going to happen.
        seeds: The seed of each result.
        doomed: Whether it ends without a picture, as it would on the official server.
        chunked: Whether the client can put slices together.
    """

    prompt: str
    negative_prompt: str
    configuration: Configuration
    model: ModelEntry
    family: Family
    modifier: str
    additions: Additions
    source: Source | None
    mask: NDArray[np.uint8] | None
    hints: Hints
    course: Course
    seeds: tuple[int, ...]
    doomed: bool
    chunked: bool

    def facts(self) -> dict[str, Any]:
        """Return the essentials in plain types, for the record and the log."""
        course, settings = self.course, self.configuration
        return {
            "configuration": settings,
            "model": self.model.file,
            "version": self.model.version,
            "modifier": self.modifier,
            "path": course.path.value,
            "width": course.width,
            "height": course.height,
            "steps": course.first.runs,
            "results": course.count,
            "seeds": self.seeds,
            "loras": tuple((entry.file, lora.weight) for lora, entry in self.additions.loras),
            "controls": tuple(entry.file for _, entry in self.additions.controls),
            "upscale": course.upscale,
            "image": None if self.source is None else self.source.picture.shape,
            "mask_codes": None if self.mask is None else tuple(sorted(set((self.mask & CODE_BITS).ravel().tolist()))),
            "references": tuple((picture.shape, weight) for picture, weight in self.hints.references),
            "hints": self.hints.types,
        }


class Reader:
    """Reads requests.

    Args:
        zoo: What the server knows of files.
        store: What files it has.
        judge: Decides about flaws.
    """

    def __init__(self, zoo: Zoo, store: Store, judge: Judge) -> None:
        self._zoo = zoo
        self._store = store
        self._judge = judge

    def read(self, request: pb.ImageGenerationRequest) -> Reading:
        """Read a request.

        Raises:
            Refusal: It cannot be done, or the official server would not do what is asked and this one is strict.
        """
        judge = self._judge
        settings = self._configuration(request.configuration)
        healthy = check_settings(settings, judge, has_image=bool(request.image))
        gatherer = Gatherer(self._with_override(request.override), self._store, judge)
        model = gatherer.model(settings.model, DEFAULT_MODEL)
        healthy = check_schedule(settings, model, judge) and healthy
        family = FAMILIES[model.version]
        additions = gatherer.additions(settings, model)
        modifier = additions.modifier(model)
        chart = Chart(settings, model, family, additions) if healthy else None
        check_size(settings, judge)
        blobs = Blobs(request, judge, spared=_contents_spared(settings, additions, modifier, model))
        source = self._source(request, blobs, chart, family)
        mask = self._mask(request, blobs, source, transparent=additions.transparent)
        healthy = self._check_image(source, mask, modifier, model, settings) and healthy
        chart = chart or Chart(settings.replace(steps=1, strength=1, shift=1), model, family, additions)
        course = chart.plot(None if source is None else source.picture.shape[:2], mask)
        check_work(course)
        asker = Asker.of(model, additions, (course.height, course.width), family.latent_frames(settings.num_frames))
        hints = read_hints(request.hints, blobs, judge, asker)
        return Reading(
            prompt=request.prompt,
            negative_prompt=request.negativePrompt,
            configuration=settings,
            model=model,
            family=family,
            modifier=modifier,
            additions=additions,
            source=source,
            mask=mask,
            hints=hints,
            course=course,
            seeds=_seeds(settings, course.count, clip=family.video),
            doomed=not healthy or hints.doomed or (source is not None and not source.finite),
            chunked=request.chunked,
        )

    def _configuration(self, data: bytes) -> Configuration:
        if not data:
            self._judge.crash("The configuration is empty.")
        try:
            return decode_configuration(data)
        except DrawThingsError as error:
            self._judge.crash(str(error))

    def _with_override(self, override: pb.MetadataOverride) -> Zoo:
        more = {}
        for kind in KINDS:
            more[kind], flaws = read_list(kind, getattr(override, kind))
            for flaw in flaws:
                self._judge.silent(f"{flaw[:-1]} (in the request's override).", "drops it without a word")
        return self._zoo.with_more(more)

    def _source(
        self, request: pb.ImageGenerationRequest, blobs: Blobs, chart: Chart | None, family: Family
    ) -> Source | None:
        # A field that is present but empty is no image either; some clients always set it.
        if not request.image:
            return None
        on_grid = chart is not None and chart.canvas_follows_image(masked=bool(request.mask))
        several = family.first_frames
        return read_image(blobs, self._judge, request.image, request.scaleFactor, on_grid=on_grid, several=several)

    def _mask(
        self, request: pb.ImageGenerationRequest, blobs: Blobs, source: Source | None, *, transparent: bool
    ) -> NDArray[np.uint8] | None:
        if not request.mask:
            return None
        if source is None:
            if not blobs.left_out(request.mask):
                self._judge.silent("There is a mask, but no image that it could belong to.", "does not look at it")
            return None
        return read_mask(blobs, self._judge, request.mask, source.picture.shape[:2], transparent=transparent)

    def _check_image(
        self,
        source: Source | None,
        mask: NDArray[np.uint8] | None,
        modifier: str,
        model: ModelEntry,
        settings: Configuration,
    ) -> bool:
        """Judge image and mask by the model's needs; return whether a picture can come of them."""
        judge, file = self._judge, model.file
        if source is None and (model.version in IMAGE_ALWAYS or model.version == AVATAR):
            judge.crash(f"{file} needs an image to start from.")
        if source is None and model.edit_only:
            # They do draw from words alone; the crashes that were reported stayed unexplained.
            judge.odd(f"{file} is an edit model and gets no image; official servers have been seen to crash on that.")
        if source is not None and mask is None and modifier == "double" and settings.strength < 1:
            judge.crash(f"{file} (modifier double) takes no strength below 1; it is {settings.strength:g}.")
        if model.version == AVATAR and mask is not None:
            judge.silent(f"{file} takes no mask.", "returns no picture")
            return False
        return True


def _contents_spared(settings: Configuration, additions: Additions, modifier: str, model: ModelEntry) -> bool:
    """Tell whether the official client leaves the contents out of such a request.

    Source:
        `RemoteImageGenerator.generate`; that the mask must be none for inpainting cannot be seen without it.
    """
    plain = modifier == NO_MODIFIER and not additions.controls and not settings.controls
    return plain and settings.strength == 1 and model.version not in IMAGE_ALWAYS


def _seeds(settings: Configuration, count: int, *, clip: bool) -> tuple[int, ...]:
    """Return the seed of each result; all frames of a clip come of one noise."""
    seed = settings.seed or 0
    return (seed,) * count if clip else batch_seeds(seed, count, settings.seed_mode)


def told(reading: Reading) -> str:
    """Put a reading into a line for the log; the prompt is not in it."""
    course, first = reading.course, reading.course.first
    extras = [f"LoRA {entry.stem}" for _, entry in reading.additions.loras]
    extras += [f"control {entry.stem}" for _, entry in reading.additions.controls]
    what = "words" if course.path is Path.TEXT else course.path.value
    words = f"{reading.model.file}, from {what}, {course.count} of {course.width}x{course.height}, {first.runs} steps"
    return ", ".join([words, f"seed {reading.seeds[0]}", *extras])
