"""What an embedded server remembers for whoever tests with it, beyond a crash and a restart of its service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.counts import Counts
from drawthings.server.faults import Script
from drawthings.server.record import Record

if TYPE_CHECKING:
    from drawthings.server.options import ServerOptions


class Memory:
    """The script of failures, the received requests and the counters of one server.

    Args:
        options: How the server behaves.

    Attributes:
        script: The script in force.
        record: The latest requests.
        counts: The counters.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.script = Script(lists_calls=False)
        self.record = Record(options.keep_requests)
        self.counts = Counts()
