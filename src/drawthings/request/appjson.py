"""The JSON that the app copies to the clipboard, keeps its presets in and puts into its pictures.

Its keys are the camelCase names of the table. Files differ in what they leave out and in a few spellings; everything
here is read leniently in form and strictly in meaning: what is not known is kept, what is wrong is refused.

Source: ``JSGenerationConfiguration`` in ``ScriptModels.swift``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from drawthings.errors import BadConfiguration
from drawthings.request.choices import Choice
from drawthings.request.extra import Extra
from drawthings.request.fields import BY_JSON, BY_NAME, Field, Kind
from drawthings.request.values import shown

if TYPE_CHECKING:
    from drawthings._generated.settings import Settings

_log = logging.getLogger("drawthings.request")


def read_object(source: str | bytes | Mapping[str, Any]) -> dict[str, Any]:
    """Return the one object that a JSON text holds.

    A key that comes twice is refused, because which of the two counts differs from reader to reader.

    Raises:
        BadConfiguration: The text is no JSON, or not an object; line and column are in the message.
    """
    if isinstance(source, Mapping):
        return dict(source)
    try:
        text = source if isinstance(source, str) else source.decode("utf-8")
        value = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_unique, parse_constant=_no_number)
    except BadConfiguration:
        raise
    except json.JSONDecodeError as error:
        raise BadConfiguration(
            f"This is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            hint="Copy the configuration in the app again, or mend the text there.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"This JSON cannot be read: {error}.", hint="Mend the text.") from error
    if not isinstance(value, dict):
        raise BadConfiguration(
            f"A configuration is a JSON object, not {shown(value)}.",
            hint='Begin with { and end with }, for example {"steps": 8}.',
        )
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadConfiguration(f"The JSON has the key {shown(key)} twice.", hint="Keep one of the two.", field=key)
        found[key] = value
    return found


def _no_number(name: str) -> float:
    raise BadConfiguration(f"The JSON holds {name}, which is no number.", hint="Write a finite number.", value=name)


def settings_from_json(source: str | bytes | Mapping[str, Any]) -> Settings:
    """Return only the settings that an app JSON gives, by their Python names.

    Types are checked and choices read; ranges are not, so that the result can be merged under other settings and then
    be refused or fitted as a whole.

    Args:
        source: The JSON, or what ``json.loads`` made of it. Keys are the app's; the Python names of the same settings
            are accepted too. Whole numbers may be written 7.0, choices as number or name. null means None for a text,
            random for the seed, and "not given" for everything else; any negative seed means random.

    Returns:
        Settings for ``Configuration(**settings)``; unknown keys are under ``"extra"``.

    Raises:
        BadConfiguration: It is no JSON object, or gives a setting twice.
        BadValue: A value has the wrong type.
        UnknownChoice: There is no such sampler, seed mode …
    """
    settings: dict[str, Any] = {}
    unknown = {}
    for key, value in read_object(source).items():
        field = BY_JSON.get(key)
        if field is None or field.name is None:
            unknown[key] = value
        elif field.name in settings:
            raise BadConfiguration(
                f"The JSON gives {field.name} twice, once as {shown(key)}.",
                hint="Keep one of the two.",
                field=field.name,
            )
        elif value is not None or field.random or field.kind in {Kind.TEXT, Kind.PARTS}:
            settings[field.name] = field.coerce(_from_json(field, value))
    if unknown:
        _log.info("kept settings that this package does not know: %s", ", ".join(sorted(map(str, unknown))))
        settings["extra"] = Extra(unknown)
    return cast("Settings", settings)


def _from_json(field: Field, value: object) -> object:
    """Undo what JSON does to numbers, and read the app's way to say "random"."""
    if field.kind in {Kind.INTEGER, Kind.CHOICE} and isinstance(value, float) and value.is_integer():
        value = int(value)
    if field.random and isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return None
    return value


def json_object(values: Mapping[str, Any], extra: Extra) -> dict[str, Any]:
    """Return the app's object for all settings, in the order of the table, unknown keys last.

    Texts that are not set are left out, as the app does.

    Args:
        values: Every setting by its Python name.
        extra: Keys to write back.
    """
    found = {}
    for name, field in BY_NAME.items():
        value = _to_json(field, values[name])
        if field.json is not None and value is not None:
            found[field.json] = value
    return {**found, **extra}


def _to_json(field: Field, value: Any) -> object:  # noqa: ANN401 - any setting
    if field.random and value is None:
        return -1
    if field.kind is Kind.PARTS:
        return [part.to_json() for part in value]
    if isinstance(value, Choice):
        return int(value) if field.json_number else value.label
    return cast("object", value)
