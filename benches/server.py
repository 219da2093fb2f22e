"""A server that answers every generation at once with the same picture, over TLS, in a process of its own.

It is the embedded server with the painting left out, so that what is measured is the client. It ends with its standard
input.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.blobs import read
from drawthings import EmbeddedServer, ServerOptions
from drawthings._generated import imageService_pb2 as pb
from drawthings.server.results import result_messages
from drawthings.server.signposts import signpost

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CALLS = 10_000


def main(certificate: Path, name: str) -> None:
    """Serve until standard input ends.

    Args:
        certificate: Where to write the server's certificate.
        name: The blob that is every answer.
    """
    picture = read(name)

    def canned(_answers: Iterator[Any]) -> Iterator[Any]:
        for stage in ("textEncoded", "sampling", "imageDecoded"):
            yield pb.ImageGenerationResponse(currentSignpost=signpost(stage))
        yield from result_messages([picture], [], scale_factor=1, chunked=True)

    with EmbeddedServer(ServerOptions(model_browser=True, keep_requests=1)) as server:
        for _ in range(MOST_CALLS):
            server.faults.queue("GenerateImage", canned)
        certificate.write_bytes(server.certificate)
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
