"""Whether the official server would take in a specification, or drop it without a word.

It decodes every element of a list by itself, with required keys, types and enumerations, and leaves out what does not
decode. So a misspelt modifier makes a whole model unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.catalogue.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

MODIFIERS = frozenset(
    {
        "none",
        "inpainting",
        "depth",
        "editing",
        "double",
        "canny",
        "kontext",
        "qwenimage_edit_plus",
        "qwenimage_layered",
        "qwenimage_edit_2511",
        "kontext_kv",
    }
)
"""What kind of conditioning a model wants. Source: `SamplerModifier` in `Sampler.swift`."""

HINT_TYPES = (
    "custom",
    "depth",
    "canny",
    "scribble",
    "pose",
    "normalbae",
    "color",
    "lineart",
    "softedge",
    "seg",
    "inpaint",
    "ip2p",
    "shuffle",
    "mlsd",
    "tile",
    "blur",
    "lowquality",
    "gray",
    "audio",
)
"""The types of hints, which control nets name as their modifier too. Source: `ControlModel.swift`."""

_CONTROL_TYPES = frozenset(
    {
        "controlnet",
        "t2iadapter",
        "ipadapterplus",
        "ipadapterfull",
        "controlnetlora",
        "inject_kv",
        "ipadapterfaceidplus",
        "controlnetunion",
        "pulid",
        "redux",
        "llava",
    }
)
_IMAGE_ENCODERS = frozenset({"clip_l14_336", "open_clip_h14", "eva02_l14_336", "siglip_l27_384", "siglip2_l27_512"})
_VERSIONS = frozenset(FAMILIES)

_TYPES = {"text": str, "flag": bool, "list": list, "object": dict}
"""The words of the tables below; ``whole`` and ``number`` are numbers that are no booleans."""

_REQUIRED: Mapping[str, Mapping[str, object]] = {
    "models": {
        "name": "text",
        "file": "text",
        "prefix": "text",
        "version": _VERSIONS,
        "upcast_attention": "flag",
        "default_scale": "whole",
    },
    "loras": {"name": "text", "file": "text", "prefix": "text", "version": _VERSIONS},
    "controlNets": {
        "name": "text",
        "file": "text",
        "version": _VERSIONS,
        "type": _CONTROL_TYPES,
        "global_average_pooling": "flag",
    },
    "textualInversions": {"name": "text", "file": "text", "keyword": "text", "length": "whole", "version": _VERSIONS},
    "upscalers": {"name": "text", "file": "text", "scale_factor": frozenset({2, 4}), "blocks": "whole"},
}
_OPTIONAL: Mapping[str, Mapping[str, object]] = {
    "models": {
        "modifier": MODIFIERS,
        "conditioning": frozenset({"noise", "timestep"}),
        "text_encoder_version": frozenset({"chatglm3_6b"}),
        "objective": "object",
        "noise_discretization": "object",
        "mmdit": "object",
        "remote_api_model_config": "object",
        **dict.fromkeys(
            ("text_encoder", "autoencoder", "image_encoder", "clip_encoder", "t5_encoder", "diffusion_mapping"), "text"
        ),
        **dict.fromkeys(("default_refiner", "note", "copyright", "hugging_face_link"), "text"),
        **dict.fromkeys(("deprecated", "high_precision_autoencoder", "is_consistency_model"), "flag"),
        **dict.fromkeys(("guidance_embed", "builtin_lora", "is_bf16", "predict_v"), "flag"),
        **dict.fromkeys(("additional_clip_encoders", "stage_models", "latents_mean", "latents_std"), "list"),
        **dict.fromkeys(("audio_latents_mean", "audio_latents_std", "tea_cache_coefficients"), "list"),
        "latents_upscalers": "list",
        **dict.fromkeys(("padded_text_encoding_length", "hires_fix_scale"), "whole"),
        **dict.fromkeys(("latents_scaling_factor", "noise_scaling_factor", "frames_per_second"), "number"),
    },
    "loras": {
        "modifier": MODIFIERS,
        "alternative_decoder": "text",
        "alternative_decoder_version": frozenset({"transparent"}),
        "is_consistency_model": "flag",
        "is_lo_ha": "flag",
        "deprecated": "flag",
        "weight": "object",
        "note": "text",
    },
    "controlNets": {
        "modifier": frozenset(HINT_TYPES),
        "image_encoder": "text",
        "preprocessor": "text",
        "autoencoder": "text",
        "note": "text",
        "transformer_blocks": "list",
        "deprecated": "flag",
        "image_encoder_version": _IMAGE_ENCODERS,
        "ip_adapter_config": "object",
    },
    "textualInversions": {"deprecated": "flag"},
    "upscalers": {},
}
_OBJECTIVES = frozenset({"u", "v", "epsilon", "edm"})
_DISCRETIZATIONS = frozenset({"edm", "ddpm", "rf"})


def flaw_of(kind: str, item: object) -> str:
    """Tell why an element of a list would be dropped.

    Args:
        kind: The list it stands in: ``models``, ``loras``, ``controlNets``, ``textualInversions`` or ``upscalers``.
        item: The element, as ``json.loads`` gives it.

    Returns:
        The rest of a sentence that starts with the element, or nothing for a good one. Unknown keys are good.

    Source:
        The `Specification` types of the zoos in `Libraries/ModelZoo`.
    """
    if not isinstance(item, dict):
        return "is no JSON object"
    for key, rule in _REQUIRED[kind].items():
        if item.get(key) is None:
            return f"has no {key}"
        if flaw := _flaw_of_value(item[key], rule):
            return f"has a {key} that {flaw}"
    for key, rule in _OPTIONAL[kind].items():
        if item.get(key) is not None and (flaw := _flaw_of_value(item[key], rule)):
            return f"has a {key} that {flaw}"
    return _flaw_of_cases(item)


def _flaw_of_value(value: Any, rule: object) -> str:  # noqa: ANN401 - anything that JSON can hold
    if isinstance(rule, frozenset):
        known = isinstance(value, str | int) and not isinstance(value, bool) and value in rule
        return "" if known else f"is {value!r}, which is not one of those the server knows"
    if rule in {"whole", "number"}:
        wanted = int if rule == "whole" else int | float
        right = isinstance(value, wanted) and not isinstance(value, bool)
    else:
        right = isinstance(value, _TYPES[str(rule)])
    return "" if right else f"is {value!r}, which is no {rule}"


def _flaw_of_cases(item: Mapping[str, Any]) -> str:
    """Check the values that are one of several cases, written as an object with one key."""
    for key, cases in (("objective", _OBJECTIVES), ("noise_discretization", _DISCRETIZATIONS)):
        value = item.get(key)
        if isinstance(value, dict) and not (len(value) == 1 and set(value) <= cases):
            return f"has a {key} that is {value!r}, which is not one of those the server knows"
    return ""
