"""Pictures from Draw Things, scripted: a client for its gRPC server, a command line and an embedded test server.

Example:
    >>> from drawthings import DrawThings
    >>> with DrawThings("embedded") as server:
    ...     result = server.generate("a red fox in the snow", width=256, height=256, steps=4, seed=42)
    >>> result.picture.size
    (256, 256)

Names are imported when they are first used, so ``import drawthings`` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers know by its name; the module "typing" would double the start-up time
if TYPE_CHECKING:
    from typing import Any

    from drawthings.batch.batch import Batch
    from drawthings.batch.pool import AsyncPool, Pool
    from drawthings.batch.rules import Rules
    from drawthings.batch.run import Tally
    from drawthings.batch.standing import ServerStatus
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client._async import AsyncDrawThings
    from drawthings.client._sync import DrawThings
    from drawthings.client.answers import FilePresence, ServerInfo
    from drawthings.client.diagnosis import Finding, Observations, diagnose
    from drawthings.client.display.chart import StepTimes
    from drawthings.client.display.watch import watch
    from drawthings.client.examination import examine, examine_async
    from drawthings.client.film import Film
    from drawthings.client.grid import Axis, Cell, Grid
    from drawthings.client.limits import ComputeLimits
    from drawthings.client.original import ModelMetadata, generate_image, save_tensor_image
    from drawthings.client.recorder import FilmWriter
    from drawthings.client.result import Finished, Picture, Result
    from drawthings.client.upload import Uploaded
    from drawthings.errors import DrawThingsError
    from drawthings.media.recollection import Recollection, read_settings
    from drawthings.request.alternatives import Template, Wording, read_template
    from drawthings.request.choices import ControlInput, ControlMode, LoraMode, Sampler, SeedMode
    from drawthings.request.configuration import Configuration
    from drawthings.request.masks import Mask
    from drawthings.request.note import Note
    from drawthings.request.parts import Control, Lora
    from drawthings.request.plan import Plan
    from drawthings.server.options import ServerOptions
    from drawthings.server.run import EmbeddedServer
    from drawthings.settings import Connection, Retry, Secret, Timeouts, Tls
    from drawthings.wire.discovery import discover, discover_async
    from drawthings.wire.parcel import UploadStep
    from drawthings.wire.sightings import Found

__all__ = [
    "AsyncDrawThings",
    "AsyncPool",
    "Axis",
    "Batch",
    "Catalogue",
    "Cell",
    "ComputeLimits",
    "Configuration",
    "Connection",
    "Control",
    "ControlInput",
    "ControlMode",
    "DrawThings",
    "DrawThingsError",
    "EmbeddedServer",
    "FilePresence",
    "Film",
    "FilmWriter",
    "Finding",
    "Finished",
    "Found",
    "Grid",
    "Lora",
    "LoraMode",
    "Mask",
    "ModelMetadata",
    "Note",
    "Observations",
    "Picture",
    "Plan",
    "Pool",
    "Recollection",
    "Result",
    "Retry",
    "Rules",
    "Sampler",
    "Secret",
    "SeedMode",
    "ServerInfo",
    "ServerOptions",
    "ServerStatus",
    "StepTimes",
    "Tally",
    "Template",
    "Timeouts",
    "Tls",
    "UploadStep",
    "Uploaded",
    "Wording",
    "diagnose",
    "discover",
    "discover_async",
    "examine",
    "examine_async",
    "generate_image",
    "read_settings",
    "read_template",
    "save_tensor_image",
    "watch",
]

_HOMES = {
    "AsyncDrawThings": "client._async",
    "AsyncPool": "batch.pool",
    "Axis": "client.grid",
    "Batch": "batch.batch",
    "Catalogue": "catalogue.catalogue",
    "Cell": "client.grid",
    "ComputeLimits": "client.limits",
    "Configuration": "request.configuration",
    "Connection": "settings",
    "Control": "request.parts",
    "ControlInput": "request.choices",
    "ControlMode": "request.choices",
    "DrawThings": "client._sync",
    "DrawThingsError": "errors",
    "EmbeddedServer": "server.run",
    "FilePresence": "client.answers",
    "Film": "client.film",
    "FilmWriter": "client.recorder",
    "Finding": "client.diagnosis",
    "Finished": "client.result",
    "Found": "wire.sightings",
    "Grid": "client.grid",
    "Lora": "request.parts",
    "LoraMode": "request.choices",
    "Mask": "request.masks",
    "ModelMetadata": "client.original",
    "Note": "request.note",
    "Observations": "client.diagnosis",
    "Picture": "client.result",
    "Plan": "request.plan",
    "Pool": "batch.pool",
    "Recollection": "media.recollection",
    "Result": "client.result",
    "Retry": "settings",
    "Rules": "batch.rules",
    "Sampler": "request.choices",
    "Secret": "settings",
    "SeedMode": "request.choices",
    "ServerInfo": "client.answers",
    "ServerOptions": "server.options",
    "ServerStatus": "batch.standing",
    "StepTimes": "client.display.chart",
    "Tally": "batch.run",
    "Template": "request.alternatives",
    "Timeouts": "settings",
    "Tls": "settings",
    "UploadStep": "wire.parcel",
    "Uploaded": "client.upload",
    "Wording": "request.alternatives",
    "diagnose": "client.diagnosis",
    "discover": "wire.discovery",
    "discover_async": "wire.discovery",
    "examine": "client.examination",
    "examine_async": "client.examination",
    "generate_image": "client.original",
    "read_settings": "media.recollection",
    "read_template": "request.alternatives",
    "save_tensor_image": "client.original",
    "watch": "client.display.watch",
}


__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'drawthings' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"drawthings.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
