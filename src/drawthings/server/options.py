"""What the embedded server can be told, with the names of the official server's flags."""

from __future__ import annotations

import math
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drawthings.errors import BadValue, OutOfRange

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
        catalogue: What of the built-in list is installed: file names, or the versions of families (``flux1``), which
            stand for everything made for them; None for all of it. Only without ``models_dir``.
        sketch: Whether results are two colours that go by words, model and seed, instead of painted pictures. They take
            no time to make, so that many servers fit into one process.
        ms_per_step: How long each sampling step takes at least; for demonstrations and tests, as all that follows
            down to ``restart_ms``. Waiting ends at once when a generation is cancelled, and holds up no other call.
        model_switch_ms: How long it takes to load a model: before the first generation, and before each that needs
            another one than the generation before it.
        fail_rate: The share of generations that fail in their middle with the status INTERNAL, 0 to 1.
        fail_seed: Which ones these are: the same seed and rate make the same ones fail, counted from the start.
        crash_after: After so many generations the next one takes the server down in its middle: all connections break
            and nobody listens any more, as when a process dies. None never.
        restart_ms: How long after a crash the server is back at the same port, as if started anew; None never.
        echo_on_queue: Whether ``Echo`` waits until the generations before it are done.
        cpu_offload: Accepted, without effect: there is no GPU.
        keep_requests: How many of the latest requests can be looked at in ``EmbeddedServer.received``.

    Raises:
        OutOfRange: A time or a number is negative, or the rate is not between 0 and 1.
        BadValue: Both a folder and a part of the built-in list are given.

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
    catalogue: tuple[str, ...] | None = None
    sketch: bool = False
    ms_per_step: int = 0
    model_switch_ms: int = 0
    fail_rate: float = 0.0
    fail_seed: int = 0
    crash_after: int | None = None
    restart_ms: int | None = None
    echo_on_queue: bool = False
    cpu_offload: bool = False
    keep_requests: int = 64

    def __post_init__(self) -> None:
        for name in ("ms_per_step", "model_switch_ms", "crash_after", "restart_ms", "keep_requests"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise OutOfRange(f"{name} is {value}; it is at least 0.", hint="Use 0 or more.", field=name)
        if not 0 <= self.fail_rate <= 1 or math.isnan(self.fail_rate):
            raise OutOfRange(
                f"fail_rate is {self.fail_rate}; it is a share, 0 to 1.", hint="0.02 is every 50th.", field="fail_rate"
            )
        if self.catalogue is not None and self.models_dir is not None:
            raise BadValue(
                "A models folder and a part of the built-in list are both given.",
                hint="What is in the folder is what is installed; leave catalogue away.",
                field="catalogue",
            )

    @property
    def server_name(self) -> str:
        """What the server calls itself."""
        return self.name or socket.gethostname()
