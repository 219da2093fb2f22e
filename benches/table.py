"""The rows: what is compared, how often, what must be reached, and what bounds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["warm", "cold", "memory", "start", "limit"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        key: A short name, for choosing rows on the command line.
        title: What is done.
        kind: ``warm``: in long-lived processes; ``cold``: a process for each run; ``memory``: by how much the peak
            grows in a fresh process; ``start``: a process against a bare interpreter; ``limit``: our decoder against
            the chain of its stream.
        ours: The row's name on our side, or the command that is started.
        peer: The row's name on the peer's side.
        wanted: What must be reached, with the native core and without it; None where nothing is asked. For ``warm``
            and ``cold`` the peer's time over ours, at least; for the others ours over theirs, at most.
        pairs: How often both sides are run.
        times: How often in a row each time; the shortest counts, which a passing disturbance does not touch.
        limit: The row that is the limit, on our side.
        streams: How many fpzip streams of 1024x1024 the limit has to be taken for; they share the processors.
    """

    key: str
    title: str
    kind: Kind
    ours: str
    peer: str
    wanted: tuple[float | None, float | None]
    pairs: int = 9
    times: int = 1
    limit: str = ""
    streams: float = 1


CLIP_STREAMS = 81 * 832 * 480 / 1024**2
_ENTROPY = "limit-entropy"

ROWS = (
    Row("decode", "decoding over the entropy chain, 1024²", "limit", "decode", _ENTROPY, (1.15, None), times=3),
    Row("png-fpzip", "fpzip blob → PNG, 1024²", "warm", "fpzip-1024", "fpzip-1024", (11, 5.5), 11, limit=_ENTROPY),
    Row("png-raw", "raw blob → PNG, 1024²", "warm", "raw-1024", "raw-1024", (30, 30), 11, 3, limit="limit-compress"),
    Row("png-fpzip-512", "the same, fpzip, 512²", "warm", "fpzip-512", "fpzip-512", (None, None), 9, 3),
    Row("png-fpzip-2048", "the same, fpzip, 2048²", "warm", "fpzip-2048", "fpzip-2048", (None, None), 3),
    Row("batch", "four fpzip blobs → four PNGs, 1024²", "warm", "batch", "batch", (18, 9), 7, 1, _ENTROPY, 4),
    Row("frames", "81 blobs → frames, 832x480", "warm", "frames", "frames", (7.5, 3.4), 5, 1, _ENTROPY, CLIP_STREAMS),
    Row("mp4-same", "81 blobs → MP4, x264 as the peer", "warm", "mp4-same", "mp4", (2.6, 2), 5, limit="limit-mp4-same"),
    Row("mp4", "81 blobs → MP4, our default", "warm", "mp4", "mp4", (5.5, 3.5), 5, limit="limit-mp4"),
    Row("from-pixels", "pixels → tensor, 1024²", "warm", "from-pixels", "from-pixels", (20, 20), 15, 5, "limit-copy"),
    Row(
        "from-file",
        "PNG file → tensor and hash, 1024²",
        "warm",
        "from-file",
        "from-file",
        (2.8, 2.8),
        15,
        3,
        "limit-from-file",
    ),
    Row("preview", "FLUX preview → RGB, 128²x16", "warm", "preview", "preview", (2, 1.1), 15, 5, "limit-preview"),
    Row(
        "generation",
        "a generation over TLS, fpzip 1024², warm",
        "warm",
        "generation",
        "generation",
        (8.5, 4.9),
        11,
        limit=_ENTROPY,
    ),
    Row("cold", "the same from a cold start", "cold", "", "", (8, 4), 9, limit=_ENTROPY),
    Row(
        "memory-1024",
        "growth of peak memory, fpzip → PNG, 1024²",
        "memory",
        "fpzip-1024",
        "fpzip-1024",
        (1 / 3, 0.5),
        3,
    ),
    Row(
        "memory-2048",
        "growth of peak memory, fpzip → PNG, 2048²",
        "memory",
        "fpzip-2048",
        "fpzip-2048",
        (1 / 3, 0.5),
        3,
    ),
    Row("import", "import drawthings over a bare interpreter", "start", "import drawthings", "pass", (1.6, None), 15),
    Row("help", "drawthings --help over a bare interpreter", "start", "--help", "pass", (4, None), 15),
)
