"""Several servers as one: ``Pool``, ``AsyncPool`` and how their servers are."""

from __future__ import annotations

from drawthings.batch._async_pool import AsyncPool
from drawthings.batch._sync_pool import Pool
from drawthings.batch.standing import ServerStatus

__all__ = ["AsyncPool", "Pool", "ServerStatus"]
