"""Settings with a name: the app's own presets, and the recommended ones that come with it.

The app keeps them as JSON lists of ``{name, version?, negative?, configuration}``, where the configuration may be
partial: ``custom_configs.json`` in its models folder, ``configs.json`` for the recommended ones.

Source: ``MediaGenerationKit/Resources/configs.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drawthings.catalogue.lookup import nearest_names
from drawthings.errors import BadConfiguration, UnknownPreset
from drawthings.request.appjson import settings_from_json
from drawthings.request.choices import Choice
from drawthings.request.field import RANDOM
from drawthings.request.fields import BY_NAME, Kind
from drawthings.request.values import shown

if TYPE_CHECKING:
    from drawthings._generated.settings import Settings

SHOWN_NAMES = 8


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under a name.

    Attributes:
        name: What the app calls them.
        configuration: The settings in the app's JSON, as they stand in the file; they may be partial.
        version: The model family that they are the recommendation for, if any.
        negative_prompt: The negative prompt that belongs to them.
    """

    name: str
    configuration: Mapping[str, Any]
    version: str = ""
    negative_prompt: str = ""

    def settings(self) -> Settings:
        """Return only what the preset gives, by Python names; unknown keys are under ``"extra"``.

        Raises:
            ConfigError: A value in it is wrong.
        """
        return settings_from_json(self.configuration)


def load_json(text: str) -> object:
    """Return what a JSON text holds.

    Raises:
        BadConfiguration: It is no JSON; line and column are in the message.
    """
    try:
        value: object = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise BadConfiguration(
            f"This is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            hint="Copy the settings in the app again, or mend the text there.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"This JSON cannot be read: {error}.", hint="Mend the text.") from error
    return value


def read_presets(source: str | Sequence[object]) -> tuple[Preset, ...]:
    """Read a list of presets.

    Args:
        source: The JSON, or what ``json.loads`` made of it. Entries without a name or settings are left out.

    Raises:
        BadConfiguration: It is no JSON list, or holds no preset at all.
    """
    listed = load_json(source) if isinstance(source, str) else source
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise BadConfiguration(
            f"Presets are a JSON list, not {shown(listed)}.", hint="Give the app's custom_configs.json."
        )
    found = tuple(preset for entry in listed if (preset := _preset(entry)) is not None)
    if not found:
        raise BadConfiguration(
            "The list holds no preset.",
            hint='Each is an object like {"name": "quick", "configuration": {"steps": 4}}.',
        )
    return found


def _preset(entry: object) -> Preset | None:
    if not isinstance(entry, Mapping):
        return None
    name, configuration = entry.get("name"), entry.get("configuration")
    if not isinstance(name, str) or not isinstance(configuration, Mapping):
        return None
    version, negative = (entry.get(key) for key in ("version", "negative"))
    return Preset(
        name=name,
        configuration=dict(configuration),
        version=version if isinstance(version, str) else "",
        negative_prompt=negative if isinstance(negative, str) else "",
    )


def preset_named(presets: Sequence[Preset], name: str | None) -> Preset:
    """Return the preset of a name, in any case; without a name the only one.

    Raises:
        UnknownPreset: There is none of that name, or several and no name was given; ``suggestions`` holds names.
    """
    if name is None and len(presets) == 1:
        return presets[0]
    names = tuple(preset.name for preset in presets)
    if name is None:
        more = ", …" if len(names) > SHOWN_NAMES else ""
        raise UnknownPreset(
            f"There are {len(names)} presets, and none was named.",
            hint=f"Name one of: {', '.join(names[:SHOWN_NAMES])}{more}.",
            suggestions=names,
        )
    wanted = name.casefold().strip()
    exact = [preset for preset in presets if preset.name == name]
    found = exact or [preset for preset in presets if preset.name.casefold().strip() == wanted]
    if found:
        return found[0]
    near = nearest_names(names, name)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(names[:SHOWN_NAMES])}."
    raise UnknownPreset(f"There is no preset {shown(name)}.", hint=hint, value=name, suggestions=near)


def settings_to_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return some settings as the app's JSON has them: the way back from ``settings_from_json``.

    Args:
        settings: Checked values by Python name; unknown keys of the app's JSON under ``"extra"``.

    Returns:
        The object; a random seed is -1, a text that is not set is null.
    """
    found: dict[str, Any] = {}
    for name, value in settings.items():
        field = BY_NAME.get(name)
        if field is None or field.json is None:
            continue
        if field.kind is Kind.PARTS:
            found[field.json] = [part.to_json() for part in value]
        elif isinstance(value, Choice):
            found[field.json] = int(value) if field.json_number else value.label
        else:
            found[field.json] = RANDOM if field.random and value is None else value
    return {**found, **settings.get("extra", {})}
