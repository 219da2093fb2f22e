"""From the JSON of the gateway's own API to a draft. No waiting here, and nothing is fetched or opened by name."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from drawthings.apps.jobs.draft import Draft, Verb
from drawthings.client.grid import draft as grid_of
from drawthings.errors import BadValue, OutOfRange, UnknownChoice, UnknownField
from drawthings.request.choices import SeedMode
from drawthings.request.configuration import Configuration
from drawthings.request.fields import BY_NAME, SETTINGS, unknown_field
from drawthings.request.fields_core import SEED_LIMIT
from drawthings.request.seeds import batch_seeds

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue

Opener: TypeAlias = Callable[[str, str], bytes]
"""Takes what stands in place of a picture and what it is called, and returns the picture's bytes."""

DIRECT = (
    *("negative_prompt", "model", "width", "height", "steps", "guidance_scale", "sampler", "seed", "strength"),
    *("num_frames", "controls"),
)
SIDES = ("left", "top", "right", "bottom")
OTHERS = (
    "verb",
    "prompt",
    "count",
    "loras",
    "image",
    "mask",
    "references",
    "hints",
    "configuration",
    "settings",
    "grid",
)
KNOWN = frozenset((*DIRECT, *SIDES, *OTHERS, "upscaler", "factor", "image_fit"))
AXES = frozenset({*SETTINGS, "prompt", "negative_prompt", "replace"})
MOST_COUNT = 10
MOST_REFERENCES = 16
MOST_PX = 8192


def parse(body: Mapping[str, Any], opened: Opener, catalogue: Catalogue) -> Draft:
    """Turn a request into a draft.

    Args:
        body: The JSON object.
        opened: Makes a picture of a ``data:`` URL or of ``result:ID``.
        catalogue: What the servers have.

    Raises:
        ConfigError: Something of it makes no sense.
        InputError: A picture cannot be used.
    """
    given = {name: value for name, value in body.items() if value is not None}
    for name in given:
        if name not in KNOWN:
            raise (
                unknown_field(name)
                if name in BY_NAME
                else UnknownField(
                    f"There is nothing called {str(name)[:60]!r} in a request.",
                    hint="Settings belong into `settings`; /openapi.json lists all else.",
                    field=str(name)[:60],
                )
            )
    verb = _verb(given)
    prompt = _text(given, "prompt")
    wanted = _wanted(given, verb, opened)
    if verb == "video":
        wanted.setdefault("model", _film_model(catalogue, image="image" in wanted))
    configuration = None
    if "configuration" in given:
        configuration = Configuration.from_json(_object(given, "configuration"))
    cells = _cells(given, prompt, configuration, wanted)
    seeds = () if cells else _seeds(given, wanted)
    return Draft(
        verb=verb,
        prompt=prompt,
        wanted=wanted,
        configuration=configuration,
        seeds=seeds,
        cells=cells,
        outlives=True,
        dialect="native",
    )


def _verb(given: Mapping[str, Any]) -> Verb:
    verb = given.get("verb", "generate")
    for known in get_args(Verb):
        if verb == known:
            return known  # type: ignore[no-any-return]
    raise UnknownChoice(
        f"There is no verb {str(verb)[:60]!r}.",
        hint=f"Use one of {', '.join(get_args(Verb))}.",
        field="verb",
        value=str(verb)[:60],
        suggestions=get_args(Verb),
    )


def _wanted(given: Mapping[str, Any], verb: Verb, opened: Opener) -> dict[str, Any]:
    wanted = {name: given[name] for name in DIRECT if name in given}
    if "negative_prompt" in given:
        wanted["negative_prompt"] = _text(given, "negative_prompt")
    for name, value in _object(given, "settings").items():
        if name not in BY_NAME:
            raise unknown_field(name)
        wanted.setdefault(name, value)
    if "loras" in given:
        wanted["loras"] = [_lora(each) for each in _list(given, "loras")]
    if "image_fit" in given:
        wanted["image_fit"] = _text(given, "image_fit")
    wanted |= _pictures(given, opened)
    if verb == "outpaint":
        wanted |= {side: _whole(given, side, 0, MOST_PX) for side in SIDES if side in given}
    if "upscaler" in given:
        wanted["upscaler"] = _text(given, "upscaler")
    if verb == "upscale" and "factor" in given:
        wanted["factor"] = _whole(given, "factor", 0, MOST_PX)
    return wanted


def _pictures(given: Mapping[str, Any], opened: Opener) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("image", "mask"):
        if name in given:
            found[name] = opened(_text(given, name), name)
    if "references" in given:
        references = _list(given, "references")
        if len(references) > MOST_REFERENCES:
            raise OutOfRange(
                f"There are {len(references)} references; {MOST_REFERENCES} are allowed.",
                hint="Give fewer.",
                field="references",
            )
        names = [(f"references[{place}]", each) for place, each in enumerate(references)]
        found["references"] = [opened(_as_text(each, name), name) for name, each in names]
    if "hints" in given:
        hints = _object(given, "hints")
        found["hints"] = {str(kind): opened(_as_text(each, "hints"), "hints") for kind, each in hints.items()}
    return found


def _lora(each: object) -> Any:  # noqa: ANN401 - whatever a LoRA can be read from
    if isinstance(each, Mapping):
        return {key: value for key, value in each.items() if key in {"file", "weight", "mode"}}
    return tuple(each) if isinstance(each, list) else each


def _seeds(given: Mapping[str, Any], wanted: dict[str, Any]) -> tuple[int, ...]:
    """Return a seed for each of several pictures, the same that one larger batch would have."""
    count = _whole(given, "count", 1, MOST_COUNT) if "count" in given else 1
    if count == 1:
        return ()
    seed = BY_NAME["seed"].check(wanted.pop("seed", None))
    first = seed if isinstance(seed, int) else random.SystemRandom().randint(0, SEED_LIMIT)
    return batch_seeds(first, count, SeedMode.SCALE_ALIKE)


def _cells(
    given: Mapping[str, Any], prompt: str, configuration: Configuration | None, wanted: dict[str, Any]
) -> tuple[Mapping[str, Any], ...]:
    if "grid" not in given:
        return ()
    grid = _object(given, "grid")
    axes = [_axis(grid[name], name) for name in ("x", "y", "z") if grid.get(name)]
    if not axes:
        return ()
    # In the order of the grid, row by row: that is how results are numbered, and the line knows who has which model.
    places = grid_of(prompt, axes, configuration, wanted)[0].cells  # type: ignore[arg-type]
    return tuple({"prompt": cell.prompt, **cell.wanted} for cell in places)


def _axis(value: object, name: str) -> tuple[str, list[Any]]:
    match value:
        case [str() as setting, list() as values]:
            if setting in AXES:
                return setting, values
            raise unknown_field(setting)
    raise BadValue(
        f"The axis {name} of the grid is no setting with its values.",
        hint='Write "x": ["steps", [4, 8]].',
        field="grid",
    )


def _film_model(catalogue: Catalogue, *, image: bool) -> str:
    from drawthings.client.footage import film_model

    return film_model(catalogue, image=image).file


# ------------------------------------------------------------------------------------------------------------- values


def _text(given: Mapping[str, Any], name: str) -> str:
    return _as_text(given.get(name, ""), name)


def _as_text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise BadValue(f"{name} is no text.", hint="Send a text.", field=name)
    return value


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name, [])
    if not isinstance(value, list):
        raise BadValue(f"{name} is no list.", hint="Send a list, even for one.", field=name)
    return value


def _object(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise BadValue(f"{name} is no object.", hint='Send an object like {"steps": 8}.', field=name)
    return value


def _whole(given: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = given[name]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue(f"{name} is no whole number.", hint=f"Send {least} to {most}.", field=name)
    if not least <= value <= most:
        raise OutOfRange(
            f"{name} is {str(value)[:40]}; it is {least} to {most}.",
            hint=f"Use {min(max(value, least), most)}.",
            field=name,
        )
    return value
