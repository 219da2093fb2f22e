"""Draw Things' own settings beside OpenAI's parameters, by the names of the one table of fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadValue, ConfigError
from drawthings.request.configuration import settings_from_json
from drawthings.request.field import Kind
from drawthings.request.fields import BY_NAME

if TYPE_CHECKING:
    from drawthings.apps.http.values import Values
    from drawthings.request.field import Field

ALIASES = {
    "cfg_scale": "guidance_scale",
    "cfg": "guidance_scale",
    "sampler_name": "sampler",
    "denoising_strength": "strength",
    "num_inference_steps": "steps",
}
"""What other programs call a setting."""
ELSEWHERE = frozenset({"id", "name", "model", "width", "height"})
"""Settings of Draw Things that are read in OpenAI's way, or whose names mean something else there."""


def own_settings(values: Values) -> dict[str, Any]:
    """Return the settings that a body gives, checked.

    Args:
        values: The body: ``configuration`` (the app's JSON, as an object or as text) and any field by its name, which
            wins.

    Raises:
        ConfigError: A value is wrong; the error names the client's own word for the field.
    """
    settings: dict[str, Any] = dict(settings_from_json(_object(values, "configuration")))
    for key in (*ALIASES, *sorted(BY_NAME.keys() - ELSEWHERE)):
        field = BY_NAME[ALIASES.get(key, key)]
        given = values.raw(key)
        if given is None or given == "":
            continue
        try:
            settings[str(field.name)] = field.check(_read(values, key, field))
        except ConfigError as error:
            error.details["field"] = key
            raise
    return settings


def _read(values: Values, key: str, field: Field) -> Any:  # noqa: ANN401 - a setting may be anything
    """Return a value in the type that its field wants; forms bring everything as text."""
    match field.kind:
        case Kind.INTEGER:
            number = values.whole(key)
            return None if field.random and number is not None and number < 0 else number
        case Kind.NUMBER:
            return values.number(key)
        case Kind.FLAG:
            return values.flag(key)
        case Kind.PARTS:
            return _parts(values.raw(key), key)
        case Kind.CHOICE:
            choice = values.raw(key)
            return int(choice) if isinstance(choice, str) and choice.isdecimal() else choice
    return values.text(key)


def _parts(value: object, key: str) -> object:
    """Return LoRAs or controls from JSON, from JSON text, or from names."""
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        value = parsed(value, key)
    return [_part(each, key) for each in value] if isinstance(value, list) else value


def _part(value: object, key: str) -> object:
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        return parsed(value, key)
    return tuple(value) if isinstance(value, list) else value


def _object(values: Values, key: str) -> Mapping[str, Any]:
    value = values.raw(key)
    if isinstance(value, str) and value.strip():
        value = parsed(value, key)
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise BadValue(f"{key} is no JSON object.", hint="Copy it from the app, or leave it out.", field=key)
    return value


def parsed(text: str, key: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a JSON text in a field says.

    Raises:
        BadValue: It is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadValue(f"{key} is no JSON: {error}.", hint="Send it as JSON text.", field=key) from error
