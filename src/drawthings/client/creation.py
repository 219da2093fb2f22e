"""What is written into a picture's file about how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.catalogue.catalogue import modifier_for
from drawthings.media.metadata import Creation, app_metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.request.build import Specification
    from drawthings.request.plan import Plan


def xmp_for(plan: Plan, seed: int) -> str:
    """Return the metadata of one picture in the form the app writes and reads.

    Args:
        plan: Everything that was decided for the request.
        seed: The seed of this picture; in a batch each has its own.

    Returns:
        An XMP packet with the prompts and all settings.
    """
    configuration = plan.configuration.replace(seed=seed)
    override = plan.order.override
    return app_metadata(
        Creation(
            prompt=plan.order.prompt,
            negative_prompt=plan.order.negative_prompt,
            configuration=configuration.to_json_object(),
            seed=seed,
            sampler_name=configuration.sampler.label,
            seed_mode_name=configuration.seed_mode.label,
            version=plan.model.version,
            modifier=modifier_for(plan.model, plan.loras),
            refiner_version=_by_file(override.models, "version").get(configuration.refiner_model or ""),
            lora_versions={lora.file: lora.version for lora in plan.loras if lora.known},
            control_modifiers=_by_file(override.control_nets, "modifier"),
            inputs=plan.inputs,
            borders=plan.borders,
            tea_cache="tea_cache_coefficients" in plan.model.spec,
        )
    )


def _by_file(specifications: Sequence[Specification], key: str) -> dict[str, str]:
    """Return what the server's own specifications say of each file under a key, where they say anything."""
    return {str(each["file"]): str(each[key]) for each in specifications if each.get(key)}
