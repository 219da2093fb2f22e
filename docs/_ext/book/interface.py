"""The reference of the Python names, for autodoc: every public name has a place on one of the pages."""

from __future__ import annotations

import drawthings

GROUPS = {
    "client": ("DrawThings", "AsyncDrawThings", "Plan", "Note", "Grid", "Axis", "Cell"),
    "pool": ("Pool", "AsyncPool", "Rules", "ServerStatus", "Batch", "Tally"),
    "results": ("Result", "Finished", "Picture", "Film", "FilmWriter", "Recollection", "read_settings"),
    "notebook": ("watch", "StepTimes"),
    "configuration": (
        *("Configuration", "Lora", "Control", "Sampler", "SeedMode", "LoraMode", "ControlMode", "ControlInput"),
        *("Mask", "Template", "Wording", "read_template"),
    ),
    "server": ("Catalogue", "ServerInfo", "FilePresence", "Uploaded", "UploadStep", "ComputeLimits"),
    "connection": (
        *("Connection", "Tls", "Secret", "Timeouts", "Retry", "discover", "discover_async", "Found"),
        *("examine", "examine_async", "diagnose", "Observations", "Finding"),
    ),
    "embedded": ("EmbeddedServer", "ServerOptions"),
    "original": ("generate_image", "save_tensor_image", "ModelMetadata"),
    "errors": ("DrawThingsError",),
}
"""The pages below ``reference/api`` and the names on them; ``errors`` has a page of its own kind."""


def interface(group: str) -> str:
    """Return the directives for one group."""
    return "```{eval-rst}\n" + "\n".join(_directive(name) for name in GROUPS[group]) + "\n```\n"


def _directive(name: str) -> str:
    value = getattr(drawthings, name)
    if isinstance(value, type):
        extra = "   :inherited-members:\n" if _is_client(name) else ""
        return f".. autoclass:: drawthings.{name}\n   :members:\n{extra}"
    return f".. autofunction:: drawthings.{name}\n"


def _is_client(name: str) -> bool:
    return name.removeprefix("Async") in {"DrawThings", "Pool"}
