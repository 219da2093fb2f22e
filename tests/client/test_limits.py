from __future__ import annotations

from datetime import UTC, datetime

from drawthings._generated import imageService_pb2 as pb
from drawthings.client.limits import ComputeLimits, compute_limits, signing_key


def told(expires: int) -> ComputeLimits | None:
    return compute_limits(pb.HoursResponse(thresholds=pb.ComputeUnitThreshold(community=5, plus=9, expireAt=expires)))


def test_limits_of_the_cloud_and_of_nobody():
    assert compute_limits(pb.HoursResponse()) is None
    assert told(1_700_000_000) == ComputeLimits(5, 9, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))
    assert told(0) == told(2**62) == ComputeLimits(5, 9, None)


def test_a_key_or_none():
    assert signing_key(pb.PubkeyResponse()) is None
    assert signing_key(pb.PubkeyResponse(pubkey="key")) == "key"
