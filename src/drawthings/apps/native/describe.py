"""The gateway's own API in the OpenAPI document, built from the table of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from drawthings.apps.jobs.draft import Verb
from drawthings.apps.native.parse import MOST_COUNT, MOST_PX, MOST_REFERENCES, SIDES
from drawthings.request.field import Kind
from drawthings.request.fields import BY_NAME

if TYPE_CHECKING:
    from drawthings.request.field import Field

Schema: TypeAlias = dict[str, Any]

TAG = "native"
TEXT: Schema = {"type": "string"}
OBJECT: Schema = {"type": "object"}
PICTURE: Schema = {"type": "string", "description": "A picture as a data: URL or base64, or result:ID of the gallery."}
FAILED = {
    "400": "Something of the request makes no sense.",
    "401": "A key is needed.",
    "403": "Pages of somebody else's may not ask.",
    "404": "There is no such thing.",
    "408": "The body came too slowly.",
    "413": "The body is too large.",
    "415": "The body has the wrong type.",
    "421": "The host name is none of the gateway's.",
    "429": "Too many jobs wait, or you ask too often; Retry-After tells when to ask again.",
    "500": "The gateway or a server broke.",
    "503": "No server can be used.",
    "504": "It took too long.",
}


def schemas() -> dict[str, Schema]:
    """Return the schemas that the operations name."""
    named = [it for it in BY_NAME.values() if it.name]
    settings = {"type": "object", "additionalProperties": False, "properties": {it.name: setting(it) for it in named}}
    return {
        "Settings": settings,
        "NativeJob": _request(),
        "NativeError": {
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {
                    "type": "object",
                    "required": ["code", "message", "hint", "field"],
                    "properties": {"code": TEXT, "message": TEXT, "hint": TEXT, "field": {"type": ["string", "null"]}},
                }
            },
        },
        "Job": {"type": "object", "required": ["job"], "properties": {"job": OBJECT}},
        "Picture": {"type": "object", "required": ["picture"], "properties": {"picture": OBJECT}},
    }


def setting(it: Field) -> Schema:
    """Return the schema of a setting."""
    about: Schema = {"description": it.doc}
    match it.kind:
        case Kind.INTEGER:
            about |= {"type": "integer"}
        case Kind.NUMBER:
            about |= {"type": "number"}
        case Kind.FLAG:
            return {**about, "type": "boolean"}
        case Kind.TEXT:
            return {**about, "type": ["string", "null"]}
        case Kind.CHOICE if it.choices is not None:
            return {**about, "enum": list(it.choices.labels())}
        case _:
            return {**about, "type": "array", "items": {"type": ["string", "object"]}}
    if it.allowed:
        return {**about, "enum": list(it.allowed)}
    if it.minimum is not None and it.maximum is not None:
        about |= {"minimum": 0 if it.zero else it.minimum, "maximum": it.maximum}
    if it.step > 1:
        about["multipleOf"] = it.step
    return about


def _request() -> Schema:
    own = {name: setting(BY_NAME[name]) for name in ("model", "width", "height", "steps", "guidance_scale")}
    own |= {name: setting(BY_NAME[name]) for name in ("sampler", "strength", "num_frames", "controls")}
    seed = {"type": "integer", "minimum": -1, "maximum": 2**32 - 1, "description": "-1 or none: a random one."}
    lora = {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {"file": TEXT, "weight": {"type": "number", "minimum": -10, "maximum": 10}, "mode": TEXT},
    }
    axis = {"type": "array", "prefixItems": [TEXT, {"type": "array"}], "minItems": 2, "maxItems": 2}
    properties: Schema = {
        "verb": {"enum": list(get_args(Verb))},
        "prompt": TEXT,
        "negative_prompt": TEXT,
        **own,
        "seed": seed,
        "count": {"type": "integer", "minimum": 1, "maximum": MOST_COUNT},
        "loras": {"type": "array", "items": lora},
        "image": PICTURE,
        "mask": {**PICTURE, "description": "What is transparent is repainted; without transparency, what is white."},
        "references": {"type": "array", "items": PICTURE, "maxItems": MOST_REFERENCES},
        "hints": {"type": "object", "additionalProperties": PICTURE},
        "image_fit": {"enum": ["cover", "contain", "stretch"]},
        **{side: {"type": "integer", "minimum": 0, "maximum": MOST_PX} for side in SIDES},
        "upscaler": TEXT,
        "factor": {"enum": [2, 4]},
        "configuration": {**OBJECT, "description": "The app's JSON."},
        "settings": {"$ref": "#/components/schemas/Settings"},
        "grid": {"type": "object", "additionalProperties": False, "properties": {"x": axis, "y": axis, "z": axis}},
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def operations() -> dict[str, dict[str, Schema]]:
    """Return the operations by path and method."""
    body = _body({"$ref": "#/components/schemas/NativeJob"})
    listed = [_query("limit", {"type": "integer", "minimum": 1, "maximum": 200}), _query("before", TEXT)]
    listed.append(_query("query", TEXT))
    star = _body({"type": "object", "required": ["starred"], "properties": {"starred": {"type": "boolean"}}})
    key = _body({"type": "object", "required": ["key"], "properties": {"key": TEXT}})
    file = _body({"type": "object", "required": ["file"], "properties": {"file": TEXT}})
    form: Schema = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
    file["content"]["multipart/form-data"] = {"schema": form}
    job, picture = "/api/jobs/{id}", "/api/pictures/{id}"
    return {
        "/api/state": {"get": _does("How the gateway and its servers are.")},
        "/api/models": {"get": _does("What the servers have, with recommended settings.")},
        "/api/fields": {"get": _does("All settings with their ranges.")},
        "/api/plan": {"post": _does("Decide everything about a job and make nothing.", body=body)},
        "/api/jobs": {
            "get": _does("The jobs of whoever asks, newest first."),
            "post": _does("Ask for pictures.", body=body, good="202", ref="Job"),
        },
        job: {
            "get": _does("How a job is.", ref="Job", of="id"),
            "delete": _does("End a job.", ref="Job", of="id"),
        },
        f"{job}/first": {"post": _does("Bring a job to the head of its owner's line.", ref="Job", of="id")},
        "/api/pictures": {"get": {**_does("Pictures, newest first."), "parameters": listed}},
        picture: {
            "get": _does("How a picture was made.", ref="Picture", of="id"),
            "delete": _does("Throw a picture away.", good="204", of="id"),
            "patch": _does("Give a picture a star, or take it away.", body=star, ref="Picture", of="id"),
        },
        f"{picture}/restore": {"post": _does("Bring a picture back.", ref="Picture", of="id")},
        f"{picture}/thumbnail": {"get": _does("A picture in small.", kind="image/webp", of="id")},
        "/api/inspect": {"post": _does("How a file says that it was made.", body=file)},
        "/api/events": {"get": _does("Everything that happens, as it happens.", kind="text/event-stream")},
        "/api/login": {"post": _does("Let the page in that sends a key.", body=key)},
        "/api/logout": {"post": _does("Let the page out again.", good="204")},
    }


def _does(
    summary: str, *, body: Schema | None = None, good: str = "200", ref: str = "", of: str = "", kind: str = ""
) -> Schema:
    schema = {"$ref": f"#/components/schemas/{ref}"} if ref else OBJECT
    content = {"content": {kind or "application/json": {"schema": {} if kind else schema}}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/NativeError"}}}
    responses = {status: {"description": words, "content": error} for status, words in FAILED.items()}
    done: Schema = {"description": "Done."} | ({} if good == "204" else content)
    found: Schema = {"summary": summary, "tags": [TAG], "responses": {good: done, **responses}}
    if body is not None:
        found["requestBody"] = body
    if of:
        found["parameters"] = [{"name": of, "in": "path", "required": True, "schema": TEXT}]
    return found


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}
