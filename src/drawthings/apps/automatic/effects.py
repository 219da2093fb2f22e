"""Which keys of a body nothing here follows, and when that is worth a word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.apps.http.values import Values

SAME = (None, "", "Use same checkpoint", "Use same sampler", "Use same scheduler", "None")
NEUTRAL: Mapping[str, tuple[object, ...]] = {
    "subseed_strength": (None, 0),
    "seed_resize_from_h": (None, 0, -1),
    "seed_resize_from_w": (None, 0, -1),
    "eta": (None, 0, 1),
    "s_churn": (None, 0),
    "s_tmax": (None, 0),
    "s_tmin": (None, 0),
    "s_noise": (None, 1),
    "firstphase_width": (None, 0),
    "firstphase_height": (None, 0),
    "hr_second_pass_steps": (None, 0),
    "hr_checkpoint_name": SAME,
    "hr_sampler_name": SAME,
    "hr_scheduler": SAME,
    "hr_prompt": (None, ""),
    "hr_negative_prompt": (None, ""),
    # There it makes a texture whose opposite edges meet; tiles here only save memory.
    "tiling": (None, False, 0),
    "initial_noise_multiplier": (None, 1),
    "styles": (None, [], ()),
}
"""Keys that nothing here follows, and the values that mean that nothing is to follow."""
SILENT = (
    *("subseed", "do_not_save_samples", "do_not_save_grid", "save_images", "script_args", "comments"),
    *("override_settings_restore_afterwards", "disable_extra_networks", "hr_additional_modules", "upscaler_scale"),
    *("send_images", "force_task_id", "denoising_strength", "include_init_images"),
)
"""Keys that need no word: they are about the other program's files, or are read elsewhere."""


def without_effect(values: Values) -> tuple[str, ...]:
    """Return the keys that asked for something that does not happen; whatever else means anything was read before."""
    values.pass_over(SILENT)
    found = [key for key, neutral in NEUTRAL.items() if _plain(values.raw(key)) not in neutral]
    return (*found, *values.unread)


def _plain(value: object) -> object:
    """Return a number or a switch that came as text as what it is."""
    try:
        return json.loads(value.strip().lower()) if isinstance(value, str) else value
    except ValueError:
        return value
