"""The settings that are one of a list: samplers, seed modes and the modes of LoRAs, controls and calibration.

The numbers are those of the wire. Each member knows its ``label`` (what the app shows, or the text its JSON uses) and
every list can be read from a label, a number, a member name or a common other spelling.
"""

from __future__ import annotations

import re
from enum import Enum, IntEnum
from functools import cache
from numbers import Integral
from typing import Final, Self

from drawthings.errors import BadValue, UnknownChoice
from drawthings.request.values import shown

_NEAREST = 3


def _key(text: str) -> str:
    """Return what is left of a name when case, spaces and punctuation do not count."""
    spelled = text.casefold().replace("++", "pp").replace("ancestral", "a")
    return re.sub(r"[^a-z0-9]", "", spelled)


class Choice(IntEnum):
    """One of a list of values that the server knows by number.

    Attributes:
        label: The name the app shows, or the text the app's JSON uses.
        aliases: Other names by which people know it.
    """

    label: str
    aliases: tuple[str, ...]

    def __new__(cls, value: int, label: str = "", *aliases: str) -> Self:
        """Make a member from its number, its label and its other names."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.aliases = aliases
        return member

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"

    @classmethod
    def noun(cls) -> str:
        """Return what a message calls this list, for example ``"seed mode"``."""
        return re.sub(r"(?<!^)(?=[A-Z])", " ", cls.__name__).lower()

    @classmethod
    def labels(cls) -> tuple[str, ...]:
        """Return all labels in the order of their numbers."""
        return tuple(member.label or member.name.lower() for member in cls)

    @classmethod
    def parse(cls, value: object, *, field: str | None = None) -> Self:
        """Read a member from its label, number, member name or another common spelling.

        Args:
            value: A member, a number, or a text in any case and with any punctuation.
            field: The setting it is for, for the error.

        Raises:
            UnknownChoice: No member has that name or number; the nearest ones are in ``suggestions``.
            BadValue: The value is neither a text nor a whole number, or a member of another list.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, Enum) and isinstance(value.value, str):
            value = value.value
        if isinstance(value, bool | Choice) or not isinstance(value, str | Integral):
            raise BadValue(
                f"A {cls.noun()} is given by its name or its number, not by {shown(value)}.",
                hint=f"One of: {', '.join(cls.labels())}.",
                field=field,
                value=value,
            )
        if isinstance(value, str) and not re.fullmatch(r"\s*[0-9]{1,3}\s*", value):
            return cls._named(value, field)
        number = int(value)
        if number not in cls._value2member_map_:
            raise cls._unknown(value, field, (cls(min(max(number, 0), len(cls) - 1)).label,))
        return cls(number)

    @classmethod
    def _named(cls, text: str, field: str | None) -> Self:
        names = cls._names()
        key = _key(text)
        if key in names:
            return names[key]
        import difflib

        near = difflib.get_close_matches(key, list(names), n=2 * _NEAREST, cutoff=0.0)
        raise cls._unknown(text, field, tuple(dict.fromkeys(names[name].label for name in near))[:_NEAREST])

    @classmethod
    @cache
    def _names(cls) -> dict[str, Self]:
        return {_key(name): member for member in cls for name in (member.label, member.name, *member.aliases)}

    @classmethod
    def _unknown(cls, value: object, field: str | None, near: tuple[str, ...]) -> UnknownChoice:
        return UnknownChoice(
            f"There is no {cls.noun()} {shown(value)}; nearest: {', '.join(near)}.",
            hint=f"One of: {', '.join(cls.labels())}.",
            field=field,
            value=value,
            suggestions=near,
        )


class Sampler(Choice):
    """The way from noise to picture.

    Source: ``SamplerType`` in ``config.fbs``; the labels are those of ``Defaults.swift``.
    """

    DPMPP_2M_KARRAS = 0, "DPM++ 2M Karras", "DPM++ 2M"
    EULER_A = 1, "Euler Ancestral", "Euler a"
    DDIM = 2, "DDIM"
    PLMS = 3, "PLMS"
    DPMPP_SDE_KARRAS = 4, "DPM++ SDE Karras", "DPM++ SDE"
    UNIPC = 5, "UniPC"
    LCM = 6, "LCM"
    EULER_A_SUBSTEP = 7, "Euler A Substep"
    DPMPP_SDE_SUBSTEP = 8, "DPM++ SDE Substep"
    TCD = 9, "TCD"
    EULER_A_TRAILING = 10, "Euler A Trailing"
    DPMPP_SDE_TRAILING = 11, "DPM++ SDE Trailing"
    DPMPP_2M_AYS = 12, "DPM++ 2M AYS", "DPM++ 2M Align Your Steps"
    EULER_A_AYS = 13, "Euler A AYS", "Euler A Align Your Steps"
    DPMPP_SDE_AYS = 14, "DPM++ SDE AYS", "DPM++ SDE Align Your Steps"
    DPMPP_2M_TRAILING = 15, "DPM++ 2M Trailing"
    DDIM_TRAILING = 16, "DDIM Trailing"
    UNIPC_TRAILING = 17, "UniPC Trailing"
    UNIPC_AYS = 18, "UniPC AYS", "UniPC Align Your Steps"
    TCD_TRAILING = 19, "TCD Trailing"

    @property
    def spacing(self) -> str:
        """How the steps are laid over the noise schedule.

        One of ``"karras"``, ``"linspace"``, ``"leading"``, ``"trailing"``, ``"manual"`` and ``"ays"``; the last acts as
        ``"trailing"`` for every family but Stable Diffusion 1, 2, XL and SVD.
        """
        return _SPACINGS[self]

    @property
    def fits_flow(self) -> bool:
        """Whether rectified-flow models (FLUX, Qwen Image, Z Image, SD3 …) make good pictures with it.

        Source: ``ModelZoo.isCompatibleSampler``. The server runs the others too, and the pictures are poor.
        """
        return self.spacing in {"trailing", "ays"}


_SPACINGS: Final = {
    Sampler.DPMPP_2M_KARRAS: "karras",
    Sampler.EULER_A: "linspace",
    Sampler.DDIM: "leading",
    Sampler.PLMS: "leading",
    Sampler.DPMPP_SDE_KARRAS: "karras",
    Sampler.UNIPC: "linspace",
    Sampler.LCM: "linspace",
    Sampler.EULER_A_SUBSTEP: "manual",
    Sampler.DPMPP_SDE_SUBSTEP: "manual",
    Sampler.TCD: "linspace",
    Sampler.EULER_A_TRAILING: "trailing",
    Sampler.DPMPP_SDE_TRAILING: "trailing",
    Sampler.DPMPP_2M_AYS: "ays",
    Sampler.EULER_A_AYS: "ays",
    Sampler.DPMPP_SDE_AYS: "ays",
    Sampler.DPMPP_2M_TRAILING: "trailing",
    Sampler.DDIM_TRAILING: "trailing",
    Sampler.UNIPC_TRAILING: "trailing",
    Sampler.UNIPC_AYS: "ays",
    Sampler.TCD_TRAILING: "trailing",
}


class SeedMode(Choice):
    """How the seed becomes noise, and the seeds of a batch follow from the first."""

    LEGACY = 0, "Legacy"
    TORCH_CPU_COMPATIBLE = 1, "Torch CPU Compatible", "Torch CPU", "Torch", "CPU"
    SCALE_ALIKE = 2, "Scale Alike"
    NVIDIA_GPU_COMPATIBLE = 3, "NVIDIA GPU Compatible", "NVIDIA GPU", "NVIDIA", "GPU"


class ControlMode(Choice):
    """What counts more, the prompt or the control."""

    BALANCED = 0, "balanced"
    PROMPT = 1, "prompt"
    CONTROL = 2, "control"


class ControlInput(Choice):
    """What a control reads, when it can read several things; the labels are the app's ``inputOverride``."""

    UNSPECIFIED = 0, ""
    CUSTOM = 1, "custom"
    DEPTH = 2, "depth"
    CANNY = 3, "canny"
    SCRIBBLE = 4, "scribble"
    POSE = 5, "pose"
    NORMAL_BAE = 6, "normal bae"
    COLOR = 7, "color"
    LINEART = 8, "lineart"
    SOFTEDGE = 9, "softedge"
    SEGMENTATION = 10, "segmentation", "seg"
    INPAINT = 11, "inpaint"
    INSTRUCT_PIX2PIX = 12, "instruct pix2pix", "ip2p"
    SHUFFLE = 13, "shuffle"
    MLSD = 14, "mlsd"
    TILE = 15, "tile"
    BLUR = 16, "blur"
    LOW_QUALITY = 17, "low quality"
    GRAY = 18, "gray", "grey"


class LoraMode(Choice):
    """Which of two models a LoRA changes: both, the first, or the refiner."""

    ALL = 0, "all"
    BASE = 1, "base"
    REFINER = 2, "refiner"


class CompressionMethod(Choice):
    """The kind of compression artefacts a client puts on its input before sending it."""

    DISABLED = 0, "disabled", "none"
    H264 = 1, "h264"
    H265 = 2, "h265"
    JPEG = 3, "jpeg", "jpg"


class ColorCalibration(Choice):
    """How the colours of a result are brought back to those of the input picture."""

    DISABLED = 0, "none"
    LAB = 1, "lab"
