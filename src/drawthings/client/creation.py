"""What is written into a picture's file about how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.catalogue.catalogue import modifier_for
from drawthings.media.metadata import Creation, app_metadata

if TYPE_CHECKING:
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
            lora_versions={lora.file: lora.version for lora in plan.loras if lora.known},
            inputs=_inputs(plan),
            tea_cache="tea_cache_coefficients" in plan.model.spec,
        )
    )


def _inputs(plan: Plan) -> tuple[str, ...]:
    """Name the pictures that went in; they are not in the file, so a replay has to ask for them."""
    order = plan.order
    given = {"image": order.image, "mask": order.mask}
    return (*(name for name, blob in given.items() if blob is not None), *(hint.kind for hint in order.hints))
