"""All settings of a generation, typed, complete and checked."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, Unpack, cast

from drawthings._generated.settings import ConfigurationFields, FieldName, Settings
from drawthings.errors import BadValue, ConfigError, OutOfRange
from drawthings.request.appjson import json_object, settings_from_json
from drawthings.request.extra import NOTHING, Extra
from drawthings.request.fields import BY_JSON, BY_NAME, unknown_field
from drawthings.request.fields_core import SEED_LIMIT
from drawthings.request.values import FIT_HINT, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Configuration", "FieldName", "Settings", "settings_from_json"]

DEFAULTS: Final[Mapping[str, Any]] = {**{name: field.default for name, field in BY_NAME.items()}, "extra": NOTHING}
"""What every setting is when nothing is said."""


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Configuration(ConfigurationFields):
    """All settings of a generation.

    It is complete (what is not given has its default), checked, immutable, hashable and comparable. Numbers are kept
    as the server will read them, so that 0.7 is 0.7 on both sides.

    Args:
        settings: Any settings by name; see the attributes. Choices are given as a member, a name in any spelling or a
            number; ``loras`` and ``controls`` as file names or parts.

    Raises:
        UnknownField: There is no setting of that name; the nearest names are in ``suggestions``.
        UnknownChoice: There is no such sampler, seed mode …
        OutOfRange: A number is out of range or off the grid of 64 pixels; ``Configuration.fit`` changes it instead.
        BadValue: A value has the wrong type, or is not finite.

    Example:
        >>> Configuration(model="z_image_turbo_1.0_q6p.ckpt", steps=8, sampler="unipc trailing")
        Configuration(steps=8, model='z_image_turbo_1.0_q6p.ckpt', sampler='UniPC Trailing')
    """

    def __init__(self, **settings: Unpack[Settings]) -> None:
        values = {**DEFAULTS, **_checked(settings)}
        _check_together(values, values)
        self.__dict__.update(values)

    @classmethod
    def unchecked(cls, values: Mapping[str, Any]) -> Self:
        """Make a configuration from what was received, without judging it.

        A server has to see what was really sent, whatever that is; ``problems`` tells what is wrong with it.

        Args:
            values: Settings of the right types by name; what is missing has its default.
        """
        made = object.__new__(cls)
        made.__dict__.update({**DEFAULTS, **values})
        return made

    @classmethod
    def fit(cls, **settings: Unpack[Settings]) -> tuple[Self, tuple[str, ...]]:
        """Make a configuration and change what does not fit: sizes to the nearest multiple of 64, numbers into range.

        Returns:
            The configuration, and a sentence about each change.

        Raises:
            ConfigError: A name is unknown, a value has the wrong type, or a LoRA or control is wrong in itself; that
                cannot be fitted.
        """
        changes = []
        values = dict(DEFAULTS)
        for name, value in settings.items():
            if name == "extra":
                values[name] = _extra(value)
                continue
            if name not in BY_NAME:
                raise unknown_field(name)
            values[name], change = BY_NAME[name].fit(value)
            changes += [change] if change else []
        for name in _unusable_zeros(values):
            field = BY_NAME[name]
            values[name] = field.default
            changes.append(f"{name} 0 became {field.default}: {field.in_use_with} is on.")
        return cls.unchecked(values), tuple(changes)

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any], base: Configuration | None = None) -> Self:
        """Read the app's JSON over complete defaults.

        A size off the grid of 64 pixels, which the app would cut without a word, is refused here; with
        ``Configuration.fit(**settings_from_json(source))`` it is changed and told.

        Args:
            source: The JSON as the app's "copy configuration" or a preset has it, or what ``json.loads`` made of it;
                see ``settings_from_json``. It may be partial.
            base: The configuration whose settings stay where the JSON says nothing; the defaults if None. Its
                unknown keys stay too.

        Raises:
            BadConfiguration: It is no JSON object.
            ConfigError: A value in it is wrong.
        """
        settings = settings_from_json(source)
        if base is None:
            return cls(**settings)
        if "extra" in settings:
            settings["extra"] = {**base.extra, **settings["extra"]}
        return cls.unchecked(_replaced(base, settings))

    def to_json_object(self) -> dict[str, Any]:
        """Return the app's object for these settings: complete, a random seed as -1, unknown keys at the end."""
        return json_object(self.__dict__, self.extra)

    def to_json(self, indent: int | None = None) -> str:
        """Write the JSON that the app and ``from_json`` read.

        Args:
            indent: How many spaces each level is indented; None for one line.

        Raises:
            BadValue: A number is not finite, which only a received configuration can hold.
        """
        try:
            return json.dumps(self.to_json_object(), indent=indent, ensure_ascii=False, allow_nan=False)
        except ValueError as error:
            raise BadValue(
                "A received setting is NaN or infinite, which JSON cannot say.",
                hint="Configuration.problems() names it.",
            ) from error

    def to_dict(self) -> Settings:
        """Return all settings by name, so that ``Configuration(**c.to_dict()) == c``."""
        return cast("Settings", dict(self.__dict__))

    def replace(self, **settings: Unpack[Settings]) -> Self:
        """Return a configuration with some settings changed; only those are checked.

        Raises:
            ConfigError: A setting is unknown or wrong.
        """
        return self.unchecked(_replaced(self, settings))

    def resolved(self, rng: random.Random | None = None) -> Self:
        """Return a configuration with a concrete seed: the own one, or one chosen at random.

        Args:
            rng: Where randomness comes from; the operating system if None.
        """
        if self.seed is not None:
            return self
        source = random.SystemRandom() if rng is None else rng
        return self.unchecked({**self.__dict__, "seed": source.randint(0, SEED_LIMIT)})

    def problems(self) -> tuple[ConfigError, ...]:
        """Return what is wrong with a configuration that was received unchecked; nothing for every other."""
        found: list[ConfigError] = []
        for name, field in BY_NAME.items():
            try:
                field.check(getattr(self, name))
            except ConfigError as error:
                found.append(error)
        found += [_unusable_zero(name) for name in _unusable_zeros(self.__dict__)]
        return tuple(found)

    def __repr__(self) -> str:
        changed = ((name, value) for name, value in self.__dict__.items() if value != DEFAULTS[name])
        return f"{type(self).__name__}({', '.join(f'{name}={_brief(value)}' for name, value in changed)})"


def _brief(value: object) -> str:
    label = getattr(value, "label", None)
    return repr(label if isinstance(label, str) else value)


def _checked(settings: Settings) -> dict[str, Any]:
    """Return the given settings, checked one by one."""
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "extra":
            values[name] = _extra(value)
        elif name in BY_NAME:
            values[name] = BY_NAME[name].check(value)
        else:
            raise unknown_field(name)
    return values


def _replaced(base: Configuration, settings: Settings) -> dict[str, Any]:
    checked = _checked(settings)
    values = {**base.to_dict(), **checked}
    _check_together(values, checked)
    return values


def _extra(value: object) -> Extra:
    if not isinstance(value, Mapping):
        raise BadValue(
            f"extra must be a mapping of JSON keys to values, not {shown(value)}.",
            hint="Leave it out; it holds what a JSON file had beyond the known settings.",
            field="extra",
            value=value,
        )
    known = next((key for key in value if key in BY_JSON), None)
    if known is not None:
        raise BadValue(
            f"extra holds {shown(known)}, which is a setting of its own.",
            hint=f"Give {BY_JSON[known].name} beside extra.",
            field="extra",
            value=known,
        )
    return value if isinstance(value, Extra) else Extra(value)


def _unusable_zeros(values: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, field in BY_NAME.items()
        if field.in_use_with is not None and values[field.in_use_with] and values[name] == 0
    ]


def _unusable_zero(name: str) -> OutOfRange:
    field = BY_NAME[name]
    return OutOfRange(
        f"{name} is 0, but {field.in_use_with} is on.",
        hint=f"Use {field.default}, {FIT_HINT}.",
        field=name,
        value=0,
        suggestions=(str(field.default),),
    )


def _check_together(values: Mapping[str, Any], given: Iterable[str]) -> None:
    """Refuse settings that are right alone and wrong together, where one of the given ones has part in it."""
    names = set(given)
    for name in _unusable_zeros(values):
        if {name, BY_NAME[name].in_use_with} & names:
            raise _unusable_zero(name)
