"""This dialect in the OpenAPI document: what its calls take and answer."""

from __future__ import annotations

from typing import Any, TypeAlias

from drawthings.apps.openai.form import FORMS
from drawthings.apps.openai.own import ALIASES, ELSEWHERE
from drawthings.apps.openai.parse import LONGEST_PROMPT, MOST_PARTIALS, MOST_PICTURES, WORDS
from drawthings.request.field import Field, Kind
from drawthings.request.fields import BY_NAME

Schema: TypeAlias = dict[str, Any]

TAG = "OpenAI"
TEXT: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": ["boolean", "null"]}
PICTURE: Schema = {"type": "string", "description": "A picture as base64 or as a data URL."}
PICTURES: Schema = {
    "anyOf": [
        PICTURE,
        {"type": "array", "minItems": 1, "maxItems": 16, "items": {"anyOf": [PICTURE, {"type": "object"}]}},
    ],
    "description": "The picture to change; further ones are looked at.",
}
FILES: Schema = {"type": "string", "format": "binary"}
ABOUT = {
    "background": "Transparent where the model or a LoRA paints transparency; elsewhere without effect.",
    "moderation": "Accepted, without effect.",
    "style": "Accepted, without effect.",
    "complexity": "Accepted, without effect.",
    "input_fidelity": "How much of a picture stays, for models that are no edit models.",
    "response_format": "Whether pictures come in the answer or as links that expire.",
    "quality": "More or fewer steps than recommended; without effect on models that are made for few steps.",
}


def operations() -> dict[str, dict[str, Any]]:
    """Return the operations by path and method."""
    edits = {**SETTINGS, **PAINTED, **CHANGED}
    varied = SETTINGS | {"image": PICTURES}
    return {
        "/v1/models": {
            "get": _call("models", "The models, then OpenAI's names for the default one", answer="ModelList")
        },
        "/v1/models/capabilities": {"get": _call("capabilities", "What each model is good for")},
        "/v1/models/{id}": {
            "get": _call(
                "model", "One model", answer="Model", parameters=[_in_path("id", "A file, a name or an alias.")]
            )
        },
        "/v1/images/generations": {
            "post": _call(
                "generate",
                "Make pictures from a prompt",
                body=_json({**SETTINGS, **PAINTED}, ["prompt"]),
                answer="Images",
                events=True,
            )
        },
        "/v1/images/edits": {
            "post": _call(
                "edit", "Change a picture", body=_both(edits, ["prompt", "image"]), answer="Images", events=True
            )
        },
        "/v1/images/variations": {
            "post": _call("vary", "Make pictures like a picture", body=_both(varied, ["image"]), answer="Images")
        },
        "/v1/files/images/{name}": {"get": _file()},
    }


def schemas() -> dict[str, Schema]:
    """Return the parts that the operations refer to."""
    text, number = {"type": "string"}, {"type": "integer"}
    picture = {"b64_json": text, "url": text, "drawthings": {"type": "object", "description": "How it was made."}}
    model = {"id": text, "object": {"const": "model"}, "created": number, "owned_by": text}
    error = {"message": text, "type": text, "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}}
    images = {
        "created": number,
        "data": {"type": "array", "items": {"type": "object", "properties": picture}},
        "size": text,
        "quality": {"enum": ["low", "medium", "high", "xhigh", "max"]},
        "background": {"enum": ["transparent", "opaque"]},
        "output_format": {"enum": list(FORMS)},
        "usage": {"type": "object"},
        "drawthings": {"type": "object", "description": "Job, warnings, and what had no effect."},
    }
    listed = {"object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}
    return {
        "Images": {"type": "object", "required": ["created", "data"], "properties": images},
        "Model": {"type": "object", "required": list(model), "properties": model},
        "ModelList": {"type": "object", "required": list(listed), "properties": listed},
        "OpenAIError": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "object", "required": list(error), "properties": error}},
        },
    }


def setting(field: Field) -> Schema:
    """Return the schema of a setting, from its row in the table of fields."""
    kinds = {Kind.INTEGER: "integer", Kind.NUMBER: "number", Kind.FLAG: "boolean", Kind.TEXT: "string"}
    schema: Schema = {"description": field.doc}
    if field.kind is Kind.CHOICE and field.choices is not None:
        return schema | {"anyOf": [{"enum": [*field.choices.labels(), None]}, {"type": "integer"}, {"type": "string"}]}
    if field.kind is Kind.PARTS:
        return schema | {"type": ["array", "null"], "items": {"type": ["object", "string"]}}
    schema["type"] = [kinds[field.kind], "null"]
    if field.minimum is not None and field.maximum is not None:
        # 0 and -1 stand for "off" and "random" where the row says so.
        low = min([field.minimum, *([0] if field.zero else []), *([-1] if field.random else [])])
        schema |= {"minimum": low, "maximum": field.maximum}
    return schema


def _whole(low: int, high: int, about: str) -> Schema:
    return {"type": ["integer", "null"], "minimum": low, "maximum": high, "description": about}


def _side(name: str) -> Schema:
    field = BY_NAME[name]
    return _whole(int(field.minimum or 0), int(field.maximum or 0), f"{field.doc} Instead of size.")


def _words(name: str) -> Schema:
    return {"enum": [*WORDS[name], None], "description": ABOUT[name]}


SIZE = r"^(auto|[0-9]{3,4}x[0-9]{3,4}|[1-9][0-9]?:[1-9][0-9]?)$"
SETTINGS: dict[str, Schema] = {
    "model": TEXT | {"description": "A model by file or name. OpenAI's names, or nothing, mean the default model."},
    "n": _whole(1, MOST_PICTURES, "How many pictures, each with a seed of its own that follows from the first."),
    "size": {
        "anyOf": [
            {"type": "null"},
            {"type": "string", "pattern": r"^(auto|[0-9]{3,4}x[0-9]{3,4}|[1-9][0-9]?:[1-9][0-9]?)$"},
        ],
        "description": "auto, WIDTHxHEIGHT (brought to multiples of 64), or a shape such as 16:9.",
    },
    **{name: _side(name) for name in ("width", "height")},
    "response_format": _words("response_format"),
    "user": TEXT | {"description": "Your own user; each has a turn of their own in the line."},
}
PAINTED: dict[str, Schema] = {
    "prompt": {
        "type": "string",
        "pattern": r"\S",
        "maxLength": LONGEST_PROMPT,
        "description": "What the picture shows.",
    },
    **{name: _words(name) for name in ("quality", "background", "moderation", "style", "complexity")},
    "output_format": {"enum": [*FORMS, None], "description": "gif and mp4 are for video models."},
    "output_compression": _whole(0, 100, "The quality of jpeg and webp."),
    "stream": FLAG | {"description": "Whether the answer is a stream of events."},
    "partial_images": _whole(0, MOST_PARTIALS, "Unfinished pictures in the stream."),
    "safety_identifier": TEXT | {"description": "As user; it is told back."},
    "frame_count": _whole(2, 16, "Frames of a gif."),
    "frame_duration_ms": {"type": ["integer", "null"], "description": "Accepted, without effect."},
    "negative_prompt": TEXT | {"description": "What must not be seen; counts only where guidance is on."},
    "hints": {"type": ["object", "null"], "description": "Control pictures by type, as base64 or data URLs."},
    "configuration": {"type": ["object", "string", "null"], "description": "The app's settings as JSON."},
    **{name: setting(field) for name, field in BY_NAME.items() if name not in ELSEWHERE},
    **{alias: setting(BY_NAME[name]) for alias, name in ALIASES.items()},
}
CHANGED: dict[str, Schema] = {
    "image": PICTURES,
    "mask": {"type": "string", "description": "What is transparent is repainted; without transparency what is white."},
    "markup": {"type": "string", "description": "A transparent picture that is laid over the first one."},
    "input_fidelity": _words("input_fidelity"),
}


def _json(properties: dict[str, Schema], required: list[str]) -> Schema:
    schema = {"type": "object", "required": required, "properties": properties}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _both(properties: dict[str, Schema], required: list[str]) -> Schema:
    """Return a body that may be a form with files as well."""
    body = _json(properties, required)
    files = {name: FILES for name in ("image", "mask", "markup") if name in properties}
    form = {"type": "object", "required": required, "properties": {"prompt": {"type": "string"}} | files}
    return {**body, "content": {**body["content"], "multipart/form-data": {"schema": form}}}


def _in_path(name: str, about: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": about}


def _call(name: str, summary: str, *, answer: str = "", events: bool = False, **more: Any) -> Schema:  # noqa: ANN401 - JSON
    schema: Schema = {"$ref": f"#/components/schemas/{answer}"} if answer else {"type": "object"}
    content: Schema = {"application/json": {"schema": schema}}
    if events:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    failed = {"application/json": {"schema": {"$ref": "#/components/schemas/OpenAIError"}}}
    call: Schema = {
        "operationId": f"openai-{name}",
        "summary": f"{summary}.",
        "tags": [TAG],
        "responses": {
            "200": {"description": "Done.", "content": content},
            "default": {"description": "Refused or failed; the sentence says why.", "content": failed},
        },
    }
    if "body" in more:
        call["requestBody"] = more.pop("body")
    return call | more


def _file() -> Schema:
    call = _call("file", "A finished picture or clip", parameters=[_in_path("name", "The id and the kind of file.")])
    call["responses"]["200"] = {"description": "The file.", "content": {"image/*": {}, "video/mp4": {}}}
    return call
