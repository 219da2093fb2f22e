"""What the tools take: flat lists of arguments, checked before anything is asked of a server.

Agents read the descriptions, so they say what a person would want to know first. Settings themselves are checked by the
one table of fields, like everywhere else; here stands only what a tool has of its own.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drawthings.errors import BadValue, ConfigError, UnknownField

WAIT_S = 50
"""How long a call waits by default; the strictest hosts give up after 60 seconds."""
LONGEST_WAIT_S = 600
MOST_PICTURES = 4
MOST_REFERENCES = 8
LONGEST_SIDE_PX = 2048

PICTURE = (
    "A picture: an id or drawthings://images/… of an earlier result, a data: URL, or the path of a file in a folder "
    "that the user has allowed."
)

Aspect = Literal["1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "21:9", "9:21"]
Kind = Literal["model", "lora", "control", "upscaler", "embedding"]


class Arguments(BaseModel):
    """The arguments of one tool; unknown ones are refused, so that no wish is lost in silence."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)


class LoraWish(Arguments):
    """One LoRA."""

    name: str = Field(min_length=1, description="Name or file of a LoRA; list_models with kind=lora shows them.")
    weight: float | None = Field(None, description="How strongly it acts; 1 as trained.")


class Waiting(Arguments):
    """How long a call waits, and whether pictures come with its answer."""

    show: Literal["preview", "none"] = Field(
        "preview", description="Whether small copies of the pictures come with the answer."
    )
    wait_seconds: float = Field(
        WAIT_S,
        ge=0,
        le=LONGEST_WAIT_S,
        description="After so many seconds the answer is a job id instead of pictures, and the work goes on; get_job "
        "continues.",
    )


class Painting(Waiting):
    """What all tools have that paint."""

    model: str | None = Field(None, description="Name or file of a model; list_models shows them. Default: the best.")
    negative_prompt: str = Field("", description="What must not be seen; counts only for models that use guidance.")
    seed: int | None = Field(None, ge=-1, le=2**32 - 1, description="The same seed makes the same picture.")
    steps: int | None = Field(None, description="Sampling steps. Default: what suits the model.")
    guidance: float | None = Field(None, description="Guidance scale. Default: what suits the model.")
    loras: list[LoraWish] = Field([], description="LoRAs; each works with models of its own family only.")
    settings: dict[str, Any] = Field(
        {}, description='Any other setting of Draw Things by name, for example {"sampler": "UniPC Trailing"}.'
    )


class Generate(Painting):
    """Arguments of ``generate_image``."""

    prompt: str = Field(min_length=1, description="What the picture shows.")
    aspect: Aspect | None = Field(None, description="Shape, at the size that the model draws best.")
    width: int | None = Field(None, description="Width in pixels, a multiple of 64; instead of aspect.")
    height: int | None = Field(None, description="Height in pixels, a multiple of 64; instead of aspect.")
    count: int = Field(1, ge=1, le=MOST_PICTURES, description="How many pictures, each with a seed of its own.")


class Edit(Painting):
    """Arguments of ``edit_image``."""

    image: str = Field(min_length=1, description=PICTURE)
    instruction: str = Field(min_length=1, description="What to change; with a mask, what the masked part shows.")
    references: list[str] = Field(
        [], max_length=MOST_REFERENCES, description="Further pictures for edit models: 'Picture 2', 'Picture 3' …"
    )
    mask: str | None = Field(
        None,
        description="Repaint only a part: a picture in which that part is white, or transparent. Given as the image.",
    )
    strength: float | None = Field(
        None,
        description="How much may change, 0 to 1, for models that are no edit models. Default: what suits the model.",
    )
    count: int = Field(1, ge=1, le=MOST_PICTURES, description="How many pictures, each with a seed of its own.")


class Outpaint(Painting):
    """Arguments of ``outpaint_image``."""

    image: str = Field(min_length=1, description=PICTURE)
    prompt: str = Field(min_length=1, description="What the whole picture shows.")
    left: int = Field(0, ge=0, description="Pixels to add on the left.")
    top: int = Field(0, ge=0, description="Pixels to add at the top.")
    right: int = Field(0, ge=0, description="Pixels to add on the right.")
    bottom: int = Field(0, ge=0, description="Pixels to add at the bottom.")


class Upscale(Waiting):
    """Arguments of ``upscale_image``."""

    image: str = Field(min_length=1, description=PICTURE)
    factor: Literal[2, 4] | None = Field(None, description="How many times larger. Default: the upscaler's own, or 2.")
    upscaler: str | None = Field(None, description="Name or file; list_models with kind=upscaler shows them.")


class Video(Painting):
    """Arguments of ``generate_video``."""

    prompt: str = Field(min_length=1, description="What the clip shows.")
    image: str | None = Field(None, description=f"The first frame. {PICTURE}")
    seconds: float | None = Field(None, gt=0, le=60, description="How long it lasts. Default: what suits the model.")
    width: int | None = Field(None, description="Width in pixels, a multiple of 64.")
    height: int | None = Field(None, description="Height in pixels, a multiple of 64.")


class GetImage(Arguments):
    """Arguments of ``get_image``."""

    id: str = Field(min_length=1, description="The id or drawthings://images/… of a result.")
    max_side: int = Field(1024, ge=64, le=LONGEST_SIDE_PX, description="The longer side of the copy in pixels.")


class ListModels(Arguments):
    """Arguments of ``list_models``."""

    query: str = Field("", description="Only entries whose name, file or family contains these words.")
    kind: Kind = Field("model", description="What to list.")


class Inspect(Arguments):
    """Arguments of ``inspect``."""

    image: str = Field(min_length=1, description=PICTURE)


class GetJob(Waiting):
    """Arguments of ``get_job``."""

    id: str = Field(min_length=1, description="The job id from an earlier answer.")


class CancelJob(Arguments):
    """Arguments of ``cancel_job``."""

    id: str = Field(min_length=1, description="The job id from an earlier answer.")


def schema(kind: type[Arguments]) -> dict[str, Any]:
    """Return the JSON schema of a tool's arguments: flat, without references, the required ones first."""
    raw = kind.model_json_schema()
    parts = raw.pop("$defs", {})
    found: dict[str, Any] = _plain(raw, parts)
    del found["description"]  # the class's own words are for its readers, the tool has a description
    needed = found.get("required", [])
    properties = found["properties"]
    last = [name for name in properties if name in Waiting.model_fields]
    order = dict.fromkeys((*needed, *(name for name in properties if name not in last), *last))
    found["properties"] = {name: properties[name] for name in order}
    return found


def _plain(node: Any, parts: dict[str, Any]) -> Any:  # noqa: ANN401 - any part of a schema
    """Write a part of a schema without titles, references and ``null``, which say nothing to an agent."""
    if isinstance(node, list):
        return [_plain(each, parts) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(parts[node["$ref"].rpartition("/")[2]], parts)
    kinds = [each for each in node.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) == 1:
        rest = {name: value for name, value in node.items() if name not in {"anyOf", "default"}}
        node = {**kinds[0], **rest}
    return {name: _plain(value, parts) for name, value in node.items() if not _is_title(name, value)}


def _is_title(name: str, value: object) -> bool:
    return name == "title" and isinstance(value, str)


def read(kind: type[ArgumentsT], given: dict[str, Any]) -> ArgumentsT:
    """Check what an agent has sent.

    Raises:
        UnknownField: An argument has a name that the tool does not know.
        BadValue: An argument is missing or of the wrong kind.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _told(kind, error) from None


def _told(kind: type[Arguments], error: ValidationError) -> ConfigError:
    """Return the first thing that is wrong, and name the others."""
    troubles = error.errors(include_url=False, include_context=False, include_input=False)
    names = [".".join(str(part) for part in trouble["loc"]) for trouble in troubles]
    said = [f"{name}: {trouble['msg']}." for name, trouble in zip(names, troubles, strict=True)]
    known = f"It takes {', '.join(kind.model_fields)}."
    if all(trouble["type"] == "extra_forbidden" for trouble in troubles):
        words = f"The tool has no argument {', '.join(map(repr, names))}."
        hint = f"{known} Other settings go into `settings`." if "settings" in kind.model_fields else known
        return UnknownField(words, hint=hint, field=names[0])
    return BadValue(" ".join(said), hint=known, field=names[0])
