"""From a draft to calls that are decided to the last setting: what is wrong is told before anybody waits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from drawthings.apps.jobs.measure import measure
from drawthings.apps.jobs.turn import pictures_of, pixels_of
from drawthings.client import setup
from drawthings.errors import BadImage, BadSize, BadValue, OutOfRange
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.apps.jobs.draft import Draft
    from drawthings.apps.jobs.limits import Limits
    from drawthings.batch._async_pool import AsyncPool
    from drawthings.batch.errand import Errand
    from drawthings.request.plan import Plan

PICTURES = ("image", "mask", "references", "hints")
"""The arguments that may hold pictures."""


async def planned(pool: AsyncPool, draft: Draft, limits: Limits) -> list[tuple[Errand, Plan]]:
    """Decide everything about each generation of a draft.

    Returns:
        For each generation, the call that was not made yet and what was decided for it.

    Raises:
        ConfigError, InputError: Something of it cannot be asked for, or is more than the limits allow.
        ModelNotFound: No server has the files.
        ServerError: No server answers.
    """
    check_counts(draft, limits)
    decided: list[tuple[Errand, Plan]] = []
    for cell in draft.cells or ({},):
        decided += await _cell(pool, draft, cell)
        check_plans(draft, [plan for _, plan in decided], limits)
    return decided


async def _cell(pool: AsyncPool, draft: Draft, cell: Mapping[str, Any]) -> list[tuple[Errand, Plan]]:
    given = {**draft.wanted, **cell}
    prompt = given.pop("prompt", draft.prompt)
    if draft.seeds:
        given["seed"] = draft.seeds[0]
    errand = pool.errand(prompt, draft.configuration, await asked(draft, given))
    errand.label = draft.verb
    plan = await pool.plan(errand)
    decided = [(errand, plan)]
    for seed in draft.seeds[1:]:
        # Only the seed differs: the pictures that came with it are not read again.
        settings = plan.configuration.replace(seed=seed)
        other = replace(plan, order=replace(plan.order, configuration=settings))
        decided.append((pool.errand(other, None, {}), other))
        decided[-1][0].label = draft.verb
    return decided


async def asked(draft: Draft, given: dict[str, Any]) -> Any:  # noqa: ANN401 - the keywords of ``generate``
    """Return the keywords of ``generate`` that do what a verb means.

    Raises:
        BadValue: The picture that the verb is about is missing.
    """
    if draft.verb in {"generate", "video"}:
        return given
    image = given.pop("image", None)
    if image is None:
        raise BadValue(f"There is no picture to {draft.verb}.", hint="Give image.", field="image")
    match draft.verb:
        case "edit":
            return setup.editing({**given}, image, given.pop("references", None) or ())  # type: ignore[typeddict-item]
        case "inpaint":
            mask = given.pop("mask", None)
            work = partial(setup.inpainting, given, image, mask)  # type: ignore[arg-type]
            return await computed_async(work)
        case "outpaint":
            borders = tuple(int(given.pop(side, 0) or 0) for side in ("left", "top", "right", "bottom"))
            return setup.outpainting(given, image, borders)  # type: ignore[arg-type]
    return setup.upscaling(given, image, given.pop("upscaler", None), given.pop("factor", None))  # type: ignore[arg-type]


def check_counts(draft: Draft, limits: Limits) -> None:
    """Refuse what is too much before any of it is looked at.

    Raises:
        OutOfRange: More generations or places of a grid than allowed.
        BadSize: The pictures that come with it have more pixels than allowed.
    """
    if len(draft.seeds) > limits.pictures:
        raise _too_many("pictures", len(draft.seeds), limits.pictures)
    if len(draft.cells) > limits.cells:
        raise _too_many("places of a grid", len(draft.cells), limits.cells)
    sources = list(_sources(draft.wanted))
    # The places of a grid share their pictures.
    shared = {id(source): source for cell in draft.cells for source in _sources(cell)}
    known = set(map(id, sources))
    sources += [source for number, source in shared.items() if number not in known]
    if any(isinstance(source, str | os.PathLike) for source in sources):
        raise BadImage("A picture is the name of a file; files here are not opened by name.", hint="Send the picture.")
    pixels = sum(map(_pixels, sources))
    if pixels > limits.input_pixels:
        raise BadSize(
            f"The pictures of the request have {pixels / 1e6:.0f} megapixels together; "
            f"{limits.input_pixels / 1e6:.0f} are allowed.",
            hint="Send smaller ones; the canvas is never larger than 8192 pixels.",
        )


def check_plans(draft: Draft, plans: list[Plan], limits: Limits) -> None:
    """Refuse more pictures, or more pixels of them, than allowed; of a grid each place counts alone.

    Raises:
        OutOfRange: It is too much.
    """
    several = plans[-1:] if draft.cells else plans
    count, pixels = sum(map(pictures_of, several)), sum(map(pixels_of, several))
    if count > limits.pictures:
        raise _too_many("pictures", count, limits.pictures)
    if pixels > limits.pixels:
        raise OutOfRange(
            f"The request asks for {pixels / 1e6:.1f} megapixels; {limits.pixels / 1e6:.1f} are allowed at once.",
            hint="Ask for fewer or smaller pictures.",
            field="width",
            value=pixels,
        )


def _too_many(what: str, count: int, most: int) -> OutOfRange:
    return OutOfRange(
        f"The request asks for {count} {what}; {most} are allowed at once.",
        hint="Ask several times.",
        field="count",
        value=count,
        suggestions=(str(most),),
    )


def _sources(wanted: Mapping[str, Any]) -> Iterator[object]:
    for name in PICTURES:
        yield from _flat(wanted.get(name))


def _flat(given: object) -> Iterator[object]:
    if isinstance(given, Mapping):
        given = list(given.values())
    if not isinstance(given, list | tuple):
        yield given
        return
    for each in given:
        yield from _flat(each)


def _pixels(source: object) -> int:
    if isinstance(source, bytes):
        found = measure(source)
        return 0 if found is None else found.pixels
    size = getattr(source, "size", None)
    return size[0] * size[1] if isinstance(size, tuple) else 0


def lightened(plan: Plan) -> Plan:
    """Return what was decided without the pictures that went in, to be remembered for long."""
    return replace(plan, order=replace(plan.order, image=None, mask=None, hints=()))


def without_pictures(draft: Draft) -> Draft:
    """Return a draft without its pictures, to be remembered for long."""
    wanted = {name: value for name, value in draft.wanted.items() if name not in PICTURES}
    cells = tuple({name: value for name, value in cell.items() if name not in PICTURES} for cell in draft.cells)
    return replace(draft, wanted=wanted, cells=cells)
