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

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client._async import AsyncDrawThings
    from drawthings.client._sync import DrawThings
    from drawthings.client.answers import FilePresence, ServerInfo
    from drawthings.client.film import Film
    from drawthings.client.original import ModelMetadata, generate_image, save_tensor_image
    from drawthings.client.result import Finished, Picture, Result
    from drawthings.errors import DrawThingsError
    from drawthings.media.recollection import Recollection, read_settings
    from drawthings.request.choices import ControlInput, ControlMode, LoraMode, Sampler, SeedMode
    from drawthings.request.configuration import Configuration
    from drawthings.request.masks import Mask
    from drawthings.request.note import Note
    from drawthings.request.parts import Control, Lora
    from drawthings.request.plan import Plan
    from drawthings.server.options import ServerOptions
    from drawthings.server.run import EmbeddedServer
    from drawthings.settings import Connection, Retry, Secret, Timeouts, Tls

__all__ = [
    "AsyncDrawThings",
    "Catalogue",
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
    "Finished",
    "Lora",
    "LoraMode",
    "Mask",
    "ModelMetadata",
    "Note",
    "Picture",
    "Plan",
    "Recollection",
    "Result",
    "Retry",
    "Sampler",
    "Secret",
    "SeedMode",
    "ServerInfo",
    "ServerOptions",
    "Timeouts",
    "Tls",
    "generate_image",
    "read_settings",
    "save_tensor_image",
]

_HOMES = {
    "AsyncDrawThings": "client._async",
    "Catalogue": "catalogue.catalogue",
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
    "Finished": "client.result",
    "Lora": "request.parts",
    "LoraMode": "request.choices",
    "Mask": "request.masks",
    "ModelMetadata": "client.original",
    "Note": "request.note",
    "Picture": "client.result",
    "Plan": "request.plan",
    "Recollection": "media.recollection",
    "Result": "client.result",
    "Retry": "settings",
    "Sampler": "request.choices",
    "Secret": "settings",
    "SeedMode": "request.choices",
    "ServerInfo": "client.answers",
    "ServerOptions": "server.options",
    "Timeouts": "settings",
    "Tls": "settings",
    "generate_image": "client.original",
    "read_settings": "media.recollection",
    "save_tensor_image": "client.original",
}


__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'drawthings' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"drawthings.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
