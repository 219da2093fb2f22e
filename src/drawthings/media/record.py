"""The keys and words of the app's metadata: which are written when, and what they are called.

Each function below is one group of settings that the app writes under one condition; a setting goes into the JSON
document and, where the app says it in words too, into the line of text. Source: ``ImageConverter.imageData``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drawthings.errors import BadConfiguration
from drawthings.media.spelling import swift_number

SDXL = {"sdxl_base_v0.9", "sdxl_refiner_v0.9", "ssd_1b"}
KANDINSKY, CASCADE, SVD = "kandinsky2.1", "wurstchen_v3.0_stage_c", "svd_i2v"
HUNYUAN, IDEOGRAM = "hunyuan_video", "ideogram_4"
GRID_PX = 64
OWN_KEY = "drawthings"
"""The key for what the app's form has no place for; its reader passes over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How long the parts of a generation took.

    Attributes:
        duration_s: All of it, in seconds.
        timings: Name of each part, as in ``text_encoded`` or ``sampling``, with the seconds of its steps.
    """

    duration_s: float
    timings: tuple[tuple[str, tuple[float, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """How a picture was made, in plain data.

    Attributes:
        prompt: What it was to show.
        configuration: All settings in the app's JSON, complete.
        seed: The seed that made this very picture; it replaces the one in the configuration.
        sampler_name: The sampler as the app displays it, for example ``UniPC Trailing``.
        seed_mode_name: The seed mode as the app displays it, for example ``Scale Alike``.
        negative_prompt: What it was not to show.
        version: The model's family as the server spells it, or None when unknown; some keys are for one family.
        modifier: The model's modifier, for example ``editing``.
        refiner_version: The refiner's family.
        lora_versions: Families of LoRAs by file; one whose family is known and another than that of the model and
            the refiner had no part in the picture and is left out.
        control_modifiers: What controls read by file, where the catalogue says so.
        tea_cache: Whether the model can use TeaCache.
        profile: How long it took, if that was measured.
        inputs: What else it was made from and the file cannot hold: ``image``, ``mask``, kinds of hints.
        borders: By how many pixels of the input picture it was made to grow on the left, at the top, on the right and
            at the bottom, if it was.
    """

    prompt: str
    configuration: Mapping[str, object]
    seed: int
    sampler_name: str
    seed_mode_name: str
    negative_prompt: str = ""
    version: str | None = None
    modifier: str | None = None
    refiner_version: str | None = None
    lora_versions: Mapping[str, str] = field(default_factory=dict)
    control_modifiers: Mapping[str, str] = field(default_factory=dict)
    tea_cache: bool = False
    profile: Profile | None = None
    inputs: tuple[str, ...] = ()
    borders: tuple[int, int, int, int] | None = None


class AppSettings:
    """Typed access to a configuration in the app's JSON, or to a part of it."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def _get(self, key: str, kinds: type | tuple[type, ...], what: str) -> Any:  # noqa: ANN401 - of the kinds asked for
        value = self._values.get(key)
        if isinstance(value, float) and value.is_integer() and kinds is int:
            return value  # JSON does not tell 7 from 7.0
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            have = "is missing" if key not in self._values else f"is {value!r}"
            raise BadConfiguration(
                f"The configuration's {key} {have}, where {what} belongs.",
                hint="Give a complete configuration in the app's JSON.",
                field=key,
                value=value,
            )
        return value

    def whole(self, key: str) -> int:
        """Return a whole number."""
        return int(self._get(key, int, "a whole number"))

    def number(self, key: str) -> float:
        """Return a number."""
        return float(self._get(key, (int, float), "a number"))

    def flag(self, key: str) -> bool:
        """Return true or false."""
        return bool(self._get(key, bool, "true or false"))

    def text(self, key: str) -> str:
        """Return a text; the app leaves empty ones out."""
        return str(self._get(key, str, "a text")) if self._values.get(key) is not None else ""

    def size(self, prefix: str) -> str:
        """Return a pair of ...Width and ...Height as the app writes sizes."""
        width, height = ("width", "height") if not prefix else (f"{prefix}Width", f"{prefix}Height")
        return f"{self.whole(width)}x{self.whole(height)}"

    def parts(self, key: str) -> list[AppSettings]:
        """Return the objects of a list, without those that name no file."""
        listed = self._get(key, Sequence, "a list")
        return [AppSettings(part) for part in listed if isinstance(part, Mapping) and part.get("file")]


class Record:
    """The JSON document and the text, as they grow."""

    def __init__(self) -> None:
        self.document: dict[str, object] = {}
        self.head = ""
        self.words: list[str] = []

    @classmethod
    def of(cls, creation: Creation) -> Record:
        """Record everything about a picture."""
        record, settings = cls(), AppSettings(creation.configuration)
        for part in (_prompts, _always, _adjustments, _hires, _kandinsky, _cascade, _refiner, _sdxl, _film):
            part(record, settings, creation)
        for part in (_tiles, _sampling, _loras, _controls, _beyond):
            part(record, settings, creation)
        record.document["v2"] = {**creation.configuration, "seed": creation.seed}
        return record

    @property
    def description(self) -> str:
        """The text for people: the prompts, then the settings in one line."""
        return self.head + ", ".join(self.words)

    def put(self, key: str, value: object, label: str | None = None, text: str | None = None) -> None:
        """Write a setting into the document and, if it has a label, into the text."""
        self.document[key] = value
        if label is not None:
            self.say(label, value if text is None else text)

    def turn_on(self, key: str, label: str, text: str = "true") -> None:
        """Write that something is on."""
        self.document[key] = True
        self.say(label, text)

    def say(self, label: str, value: object) -> None:
        """Write a setting into the text only."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        self.words.append(f"{label}: {swift_number(value) if isinstance(value, float) else value}")


def _prompts(record: Record, _settings: AppSettings, creation: Creation) -> None:
    prompt, negative = creation.prompt.strip(), creation.negative_prompt.strip()
    record.put("c", prompt)
    record.put("uc", negative)
    record.head = f"{prompt}\n" + (f"-{negative}\n" if negative else "")


def _always(record: Record, settings: AppSettings, creation: Creation) -> None:
    record.put("steps", settings.whole("steps"), "Steps")
    record.put("sampler", creation.sampler_name, "Sampler")
    record.put("scale", settings.number("guidanceScale"), "Guidance Scale")
    record.put("seed", creation.seed, "Seed")
    record.put("size", settings.size(""), "Size")
    record.put("model", settings.text("model"), "Model")
    record.put("strength", settings.number("strength"), "Strength")
    record.put("seed_mode", creation.seed_mode_name, "Seed Mode")
    if creation.profile is not None:
        timings = [{"name": name, "durations": list(steps)} for name, steps in creation.profile.timings]
        record.put("profile", {"duration": creation.profile.duration_s, "timings": timings})


def _adjustments(record: Record, settings: AppSettings, creation: Creation) -> None:
    if settings.text("upscaler"):
        record.put("upscaler", settings.text("upscaler"), "Upscaler")
    if settings.number("shift") != 1:
        record.put("shift", settings.number("shift"), "Shift")
    if settings.whole("clipSkip") > 1:
        record.put("clip_skip", settings.whole("clipSkip"), "CLIP Skip")
    if settings.number("sharpness") > 0:
        record.put("sharpness", settings.number("sharpness"), "Sharpness")
    if settings.number("maskBlur") > 0:
        record.put("mask_blur", settings.number("maskBlur"))
    if settings.whole("maskBlurOutset") != 0:
        record.put("mask_blur_outset", settings.whole("maskBlurOutset"), "Mask Blur Outset")
    if creation.modifier == "editing":
        record.put("image_guidance", settings.number("imageGuidanceScale"), "Image Guidance")
    if creation.version == IDEOGRAM:
        record.put("expand_prompt_to_json", settings.flag("expandPromptToJson"))


def _hires(record: Record, settings: AppSettings, creation: Creation) -> None:
    if settings.flag("hiresFix") and creation.version != CASCADE:
        record.turn_on("hires_fix", "Hires Fix")
        record.put("first_stage_size", settings.size("hiresFix"), "First Stage Size")
        record.put("second_stage_strength", settings.number("hiresFixStrength"), "Second Stage Strength")


def _kandinsky(record: Record, settings: AppSettings, creation: Creation) -> None:
    if creation.version == KANDINSKY:
        weight, negative = settings.number("clipWeight"), settings.flag("negativePromptForImagePrior")
        record.put("clip_weight", weight, "CLIP Weight", f"{weight:.0%}")
        record.put("image_prior_steps", settings.whole("imagePriorSteps"), "Image Prior Steps")
        record.put("negative_prompt_for_image_prior", negative, "Negative Prompt for Image Prior")


def _cascade(record: Record, settings: AppSettings, creation: Creation) -> None:
    if creation.version != CASCADE:
        return
    hires = settings.flag("hiresFix")
    sides = [
        math.ceil(((settings.whole(f"hiresFix{side}") if hires else 0) or settings.whole(side.lower())) / GRID_PX * 1.5)
        for side in ("Width", "Height")
    ]
    record.put("stage_1_latents_size", f"{sides[0]}x{sides[1]}", "Stage 1 Latents Size")
    record.put("stage_2_steps", settings.whole("stage2Steps"), "Stage 2 Steps")
    record.put("stage_2_guidance", settings.number("stage2Guidance"), "Stage 2 Guidance")
    if settings.number("stage2Shift") != 1:
        record.put("stage_2_shift", settings.number("stage2Shift"), "Stage 2 Shift")


def _refiner(record: Record, settings: AppSettings, _creation: Creation) -> None:
    if settings.text("refinerModel"):
        start = settings.number("refinerStart")
        record.put("refiner", settings.text("refinerModel"), "Refiner")
        record.put("refiner_start", start, "Refiner Start", f"{start:.0%}")


def _sdxl(record: Record, settings: AppSettings, creation: Creation) -> None:
    if creation.version not in SDXL:
        return
    top, left = settings.whole("cropTop"), settings.whole("cropLeft")
    score, negative_score = settings.number("aestheticScore"), settings.number("negativeAestheticScore")
    record.put("target_size", settings.size("targetImage"), "Target Size")
    record.put("crop_top", top, "Crop", f"({top}, {left})")
    record.put("crop_left", left)
    record.put("original_size", settings.size("originalImage"), "Original Size")
    record.put("negative_original_size", settings.size("negativeOriginalImage"), "Negative Original Size")
    record.put("aesthetic_score", score, "Aesthetic Score", f"{score:.1f}")
    record.put("negative_aesthetic_score", negative_score, "Negative Aesthetic Score", f"{negative_score:.1f}")
    record.put("zero_negative_prompt", settings.flag("zeroNegativePrompt"), "Zero Negative Prompt")


def _film(record: Record, settings: AppSettings, creation: Creation) -> None:
    if creation.version in {SVD, HUNYUAN}:
        record.put("num_frames", settings.whole("numFrames"), "Number of Frames")
    if creation.version == SVD:
        noise, guidance = settings.number("guidingFrameNoise"), settings.number("startFrameGuidance")
        record.put("fps", settings.whole("fps"), "FPS")
        record.put("motion_scale", settings.whole("motionScale"), "Motion Scale")
        record.put("cond_aug", noise, "Guiding Frame Noise", f"{noise:.2f}")
        record.put("min_cfg", guidance, "Start Frame Guidance", f"{guidance:.1f}")


def _tiles(record: Record, settings: AppSettings, _creation: Creation) -> None:
    for key, label in (("decoding", "Tiled Decoding"), ("diffusion", "Tiled Diffusion")):
        width, height, overlap = (settings.whole(f"{key}Tile{side}") for side in ("Width", "Height", "Overlap"))
        larger = settings.whole("width") > width or settings.whole("height") > height
        if settings.flag(f"tiled{key.capitalize()}") and larger:
            record.turn_on(f"tiled_{key}", f"{label} Enabled", f"{width}x{height} [{overlap}]")
            record.put(f"{key}_tile_width", width)
            record.put(f"{key}_tile_height", height)
            record.put(f"{key}_tile_overlap", overlap)


def _sampling(record: Record, settings: AppSettings, creation: Creation) -> None:
    threshold = settings.number("teaCacheThreshold")
    if creation.tea_cache and settings.flag("teaCache") and threshold > 0:
        start, end, steps = (settings.whole(key) for key in ("teaCacheStart", "teaCacheEnd", "steps"))
        skipped = settings.whole("teaCacheMaxSkipSteps")
        # A negative end counts from the last step.
        first = min(max(start, 0), steps)
        last = min(max(first, steps + 1 + end if end < 0 else end), steps)
        record.turn_on("tea_cache", "TeaCache Enabled", f"{first} - {last}, {threshold:.2f}, {skipped}")
        record.put("tea_cache_start", start)
        record.put("tea_cache_end", end)
        record.put("tea_cache_threshold", threshold)
        record.put("tea_cache_max_skip_steps", skipped)
    if settings.whole("causalInference") > 0:
        record.put("causal_inference", settings.whole("causalInference"), "Causal Inference")
    if creation.sampler_name.startswith("TCD"):
        gamma = settings.number("stochasticSamplingGamma")
        record.put("stochastic_sampling_gamma", gamma, "Strategic Stochastic Sampling")


def _loras(record: Record, settings: AppSettings, creation: Creation) -> None:
    fitting = {None, creation.version, creation.refiner_version}
    loras = [
        (part.text("file"), part.number("weight"))
        for part in settings.parts("loras")
        if creation.version is None or creation.lora_versions.get(part.text("file")) in fitting
    ]
    if loras:
        record.put("lora", [{"model": file, "weight": weight} for file, weight in loras])
    for place, (file, weight) in enumerate(loras, 1):
        name = "LoRA" if len(loras) == 1 else f"LoRA {place}"
        record.say(f"{name} Model", file)
        record.say(f"{name} Weight", weight)


def _controls(record: Record, settings: AppSettings, creation: Creation) -> None:
    controls = settings.parts("controls")
    written = []
    for place, control in enumerate(controls, 1):
        name = "Control" if len(controls) == 1 else f"Control {place}"
        file = control.text("file")
        entry: dict[str, object] = {
            "file": file,
            "no_prompt": control.flag("noPrompt"),
            "weight": control.number("weight"),
            "guidance_start": control.number("guidanceStart"),
            "guidance_end": control.number("guidanceEnd"),
        }
        labels = ("", " No Prompt", " Weight", " Start", " End")
        for label, value in zip(labels, entry.values(), strict=True):
            record.say(name + label, value)
        reads = creation.control_modifiers.get(file, control.text("inputOverride"))
        if len(controls) > 1 and reads == "shuffle":
            entry["global_average_pooling"] = control.flag("globalAveragePooling")
            record.say(f"{name} Global Average Pooling", entry["global_average_pooling"])
        written.append(entry)
    if written:
        record.document["control"] = written


def _beyond(record: Record, _settings: AppSettings, creation: Creation) -> None:
    """Write what making the picture again needs and the app's keys leave out; nothing for most pictures."""
    texts = {"prompt": creation.prompt, "negative_prompt": creation.negative_prompt}
    more: dict[str, object] = {name: text for name, text in texts.items() if text != text.strip()}
    if creation.inputs:
        more["inputs"] = list(creation.inputs)
    if creation.borders is not None:
        more["borders"] = list(creation.borders)
    if more:
        record.document[OWN_KEY] = more
