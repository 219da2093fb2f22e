"""The parts a configuration can hold several of: LoRAs and controls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any, Final, Self, TypeVar

from drawthings.errors import BadValue
from drawthings.request.choices import ControlInput, ControlMode, LoraMode
from drawthings.request.extra import NOTHING, Extra
from drawthings.request.values import as_flag, as_number, as_text, check_range, shown

WEIGHT_LIMIT: Final = 10.0
"""Our own bound, in both directions, against a slipped decimal point; the server takes any number."""
DOWN_SAMPLING_LIMIT: Final = 64.0
"""Our own bound; the server takes any number."""
Part = TypeVar("Part")
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"


@dataclass(frozen=True, slots=True)
class Lora:
    """A small file that changes what a model has learnt.

    Attributes:
        file: Its file name on the server.
        weight: How strongly it acts; 1 as trained, 0 not at all, negative the other way round.
        mode: Whether it acts on both models of a request that has a refiner, or on one of them.
        extra: Keys of its JSON that this package does not know.

    Raises:
        BadValue: The file is empty or no text, or the weight is no finite number.
        OutOfRange: The weight is beyond ±10.
        UnknownChoice: There is no such mode.

    Source: table ``LoRA`` in ``config.fbs``, ``JSLoRA`` in ``ScriptModels.swift``.
    """

    file: str
    weight: float = 1.0
    mode: LoraMode = LoraMode.ALL
    extra: Extra = field(default=NOTHING, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        where = f"of LoRA {shown(self.file)}"
        weight = as_number(f"The weight {where}", self.weight, field="loras")
        check_range(f"The weight {where}", weight, -WEIGHT_LIMIT, WEIGHT_LIMIT, field="loras")
        checked = {
            "file": _file("LoRA", self.file, "loras"),
            "weight": weight,
            "mode": LoraMode.parse(self.mode, field="loras"),
            "extra": _extra(self.extra),
        }
        _put(self, checked)

    @classmethod
    def unchecked(cls, file: str, weight: float, mode: LoraMode) -> Self:
        """Make one from what was received, without judging it."""
        return _put(object.__new__(cls), {"file": file, "weight": weight, "mode": mode, "extra": NOTHING})

    @classmethod
    def read(cls, value: object) -> Self:
        """Take a LoRA as it is, as a file name, as a pair of file and weight, or as an object of the app's JSON.

        Raises:
            ConfigError: It is none of these, or something in it is wrong.
        """
        if isinstance(value, cls):
            return replace(value)
        if isinstance(value, str):
            return cls(value)
        if isinstance(value, Mapping):
            return cls.from_json(value)
        if isinstance(value, tuple) and len(value) == 2:  # noqa: PLR2004 - a pair
            return cls(*value)
        raise BadValue(
            f"{shown(value)} is not a LoRA.",
            hint="Give a file name, a pair (file, weight), or a Lora.",
            field="loras",
            value=value,
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the form of the command line, ``file[:weight[:mode]]``.

        A colon belongs to the file name when no weight or mode follows it, unless the name before it already ends
        in ``.ckpt`` or ``.safetensors``.

        Raises:
            ConfigError: The weight or the mode is wrong, or there is no file.
        """
        modes = "|".join(mode.label for mode in LoraMode)
        spec = re.fullmatch(rf"(.+?)(?::({_NUMBER}))?(?::({modes}))?", text, flags=re.IGNORECASE | re.DOTALL)
        file, weight, mode = spec.groups() if spec else (text, None, None)
        known = re.match(r"(.*?\.(?:ckpt|safetensors)):(.*)", file, flags=re.IGNORECASE | re.DOTALL)
        if known:
            raise BadValue(
                f"{shown(known[2])} is not a weight for LoRA {shown(known[1])}.",
                hint="Write file:weight or file:weight:mode, for example style.ckpt:0.8 or style.ckpt:0.8:base.",
                field="loras",
                value=text,
            )
        return cls(
            file, float(weight) if weight else 1.0, LoraMode.parse(mode, field="loras") if mode else LoraMode.ALL
        )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read an object of the app's JSON; metadata of pictures calls the file ``model``.

        What is missing has its default (weight 1, mode all); unknown keys are kept in ``extra``.

        Raises:
            ConfigError: Something in it is wrong.
        """
        names = {"file": "file", "model": "file", "weight": "weight", "mode": "mode"}
        return cls(**_known(value, names, "LoRA", "loras"))

    def to_json(self) -> dict[str, Any]:
        """Return the object that the app's JSON has for it."""
        return {**self.extra, "file": self.file, "weight": self.weight, "mode": self.mode.label}


@dataclass(frozen=True, slots=True)
class Control:
    """A control net or adapter that steers a picture by another picture.

    Attributes:
        file: Its file name on the server.
        weight: How strongly it acts.
        guidance_start: Where in the sampling it begins to act, 0 to 1.
        guidance_end: Where it ends, 0 to 1.
        no_prompt: Whether the prompt is left out for it.
        global_average_pooling: Whether its output is averaged over the picture, for ``shuffle`` controls.
        down_sampling_rate: How much its picture is made smaller first, for ``tile`` controls; 1 leaves it.
        mode: Whether the prompt or the control counts more.
        input_override: What it reads, when it can read several things.
        target_blocks: The parts of the model it acts on; none for all.
        extra: Keys of its JSON that this package does not know.

    Raises:
        BadValue: The file is empty or no text, or another value has the wrong type.
        OutOfRange: A number is out of range.
        UnknownChoice: There is no such mode or input.

    Source: table ``Control`` in ``config.fbs``, ``JSControl`` in ``ScriptModels.swift``.
    """

    file: str
    weight: float = 1.0
    _: KW_ONLY
    guidance_start: float = 0.0
    guidance_end: float = 1.0
    no_prompt: bool = False
    global_average_pooling: bool = True
    down_sampling_rate: float = 1.0
    mode: ControlMode = ControlMode.BALANCED
    input_override: ControlInput = ControlInput.UNSPECIFIED
    target_blocks: tuple[str, ...] = ()
    extra: Extra = field(default=NOTHING, repr=False)

    def __post_init__(self) -> None:
        where = f"of control {shown(self.file)}"
        checked: dict[str, object] = {"file": _file("control", self.file, "controls"), "extra": _extra(self.extra)}
        ranges = {
            "weight": (-WEIGHT_LIMIT, WEIGHT_LIMIT),
            "guidance_start": (0, 1),
            "guidance_end": (0, 1),
            "down_sampling_rate": (0, DOWN_SAMPLING_LIMIT),
        }
        for name, (low, high) in ranges.items():
            number = as_number(f"The {name} {where}", getattr(self, name), field="controls")
            check_range(f"The {name} {where}", number, low, high, field="controls")
            checked[name] = number
        for name in ("no_prompt", "global_average_pooling"):
            checked[name] = as_flag(f"The {name} {where}", getattr(self, name), field="controls")
        checked["mode"] = ControlMode.parse(self.mode, field="controls")
        checked["input_override"] = ControlInput.parse(self.input_override, field="controls")
        checked["target_blocks"] = _texts(f"The target_blocks {where}", self.target_blocks)
        _put(self, checked)

    @classmethod
    def unchecked(cls, values: Mapping[str, object]) -> Self:
        """Make one from what was received, every attribute but ``extra`` given, without judging it."""
        return _put(object.__new__(cls), {**values, "extra": NOTHING})

    @classmethod
    def read(cls, value: object) -> Self:
        """Take a control as it is, as a file name, or as an object of the app's JSON.

        Raises:
            ConfigError: It is none of these, or something in it is wrong.
        """
        if isinstance(value, cls):
            return replace(value)
        if isinstance(value, str):
            return cls(value)
        if isinstance(value, Mapping):
            return cls.from_json(value)
        raise BadValue(
            f"{shown(value)} is not a control.", hint="Give a file name or a Control.", field="controls", value=value
        )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read an object of the app's JSON, in camelCase or, as metadata of pictures has it, in snake_case.

        What is missing has its default; unknown keys are kept in ``extra``.

        Raises:
            ConfigError: Something in it is wrong.
        """
        return cls(**_known(value, _CONTROL_NAMES, "control", "controls"))

    def to_json(self) -> dict[str, Any]:
        """Return the object that the app's JSON has for it."""
        values = {json: getattr(self, name) for name, json in _CONTROL_JSON.items()}
        values["controlImportance"] = self.mode.label
        values["inputOverride"] = self.input_override.label
        values["targetBlocks"] = list(self.target_blocks)
        return {**self.extra, **values}


_CONTROL_JSON: Final = {
    "file": "file",
    "weight": "weight",
    "guidance_start": "guidanceStart",
    "guidance_end": "guidanceEnd",
    "no_prompt": "noPrompt",
    "global_average_pooling": "globalAveragePooling",
    "down_sampling_rate": "downSamplingRate",
    "mode": "controlImportance",
    "input_override": "inputOverride",
    "target_blocks": "targetBlocks",
}
_CONTROL_NAMES: Final = {
    **{name: name for name in _CONTROL_JSON},
    **{json: name for name, json in _CONTROL_JSON.items()},
    "controlMode": "mode",
    "control_mode": "mode",
}


def _put(part: Part, values: Mapping[str, object]) -> Part:
    for name, value in values.items():
        object.__setattr__(part, name, value)
    return part


def _file(noun: str, value: object, field: str) -> str:
    if isinstance(value, str) and not value.strip():
        raise BadValue(
            f"A {noun} names no file, and the server ignores one without.",
            hint="Give its file name, or leave it out.",
            field=field,
            value=value,
        )
    return as_text(f"The file of a {noun}", value, field=field)


def _texts(where: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise BadValue(
            f"{where} must be a list of texts, not {shown(value)}.",
            hint="Put it in brackets.",
            field="controls",
            value=value,
        )
    return tuple(as_text(where, item, field="controls") for item in value)


def _extra(value: Mapping[str, Any]) -> Extra:
    return value if isinstance(value, Extra) else Extra(value)


def _known(value: Mapping[str, Any], names: Mapping[str, str], noun: str, field: str) -> dict[str, Any]:
    """Sort the keys of a JSON object into arguments and ``extra``; null counts as not given."""
    arguments: dict[str, Any] = {}
    unknown = {}
    for key, item in value.items():
        name = names.get(key)
        if name is None:
            unknown[key] = item
        elif name in arguments:
            raise BadValue(
                f"A {noun} has its {name} twice, as {shown(key)} and under another name.",
                hint="Keep one of the two.",
                field=field,
                value=dict(value),
            )
        elif item is not None:
            arguments[name] = item
    arguments.setdefault("file", "")
    return {**arguments, "extra": unknown}
