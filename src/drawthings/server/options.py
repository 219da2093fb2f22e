"""What the embedded server can be told, with the names of the official server's flags."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_PORT = 7859
"""The port of the official server; a server inside another program takes a free one instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How an embedded server behaves.

    Attributes:
        address: The address to listen at; the official server listens everywhere, this one on loopback unless told.
        port: The port, or 0 for a free one.
        name: What the server calls itself; the host's name when empty.
        tls: Whether connections are encrypted. On by default, as in the official server.
        certificate_folder: Where the certificate and its key are kept, so that a client that remembers certificates
            does not see a new one at each start; None makes a fresh one for this start only.
        shared_secret: What every request must carry; empty for none.
        response_compression: Whether pictures, previews and sound are compressed. This is the codec of the tensors,
            not gRPC's own compression.
        model_browser: Whether ``Echo`` lists what the server has.
        models_dir: A folder whose files are the installed ones and that uploads go to; None for a folder in memory
            in which everything of the built-in list is installed.
        faithful: Whether requests that the official server answers wrongly in silence, or crashes on, get the same
            treatment here, instead of a refusal that says so. For testing clients.
        ms_per_step: How long each sampling step takes at least; for demonstrations and tests.
        echo_on_queue: Whether ``Echo`` waits until the generations before it are done.
        cpu_offload: Accepted, without effect: there is no GPU.
        keep_requests: How many of the latest requests can be looked at in ``EmbeddedServer.received``.

    Source:
        The options of `gRPCServerCLI.swift`.
    """

    address: str = "127.0.0.1"
    port: int = 0
    name: str = ""
    tls: bool = True
    certificate_folder: Path | None = None
    shared_secret: str = field(default="", repr=False)
    response_compression: bool = True
    model_browser: bool = False
    models_dir: Path | None = None
    faithful: bool = False
    ms_per_step: int = 0
    echo_on_queue: bool = False
    cpu_offload: bool = False
    keep_requests: int = 64

    @property
    def server_name(self) -> str:
        """What the server calls itself."""
        return self.name or socket.gethostname()
