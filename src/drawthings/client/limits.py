"""What the cloud proxy tells about itself: compute limits and its signing key. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawthings._generated import imageService_pb2 as pb


@dataclass(frozen=True, slots=True)
class ComputeLimits:
    """How many compute units one request may cost.

    Attributes:
        community: For everybody.
        plus: For subscribers.
        until: Until when the limits hold, or None when that is not told.

    Source:
        ``ComputeUnitThreshold`` of ``imageService.proto``.
    """

    community: float
    plus: float
    until: datetime | None


def compute_limits(reply: pb.HoursResponse) -> ComputeLimits | None:
    """Read the answer to ``Hours``; None from a server that sets no limits, which every server but the cloud is."""
    if not reply.HasField("thresholds"):
        return None
    told = reply.thresholds
    try:
        until = datetime.fromtimestamp(told.expireAt, UTC) if told.expireAt > 0 else None
    except (OverflowError, OSError, ValueError):
        until = None
    return ComputeLimits(told.community, told.plus, until)


def signing_key(reply: pb.PubkeyResponse) -> str | None:
    """Read the answer to ``Pubkey``; None from a server that signs nothing, which every server but the cloud is."""
    return reply.pubkey or None
