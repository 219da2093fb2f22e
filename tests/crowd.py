"""A crowd of clients before a gateway with several servers, and what became of each of them."""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.server.run import EmbeddedServer

MODEL = "sd_v1.5_f16.ckpt"
BODY = {"prompt": "a fox", "size": "128x128", "steps": 1}


@dataclass
class Crowd:
    """What became of everybody.

    Attributes:
        statuses: The status of each answer, by seed.
        seeds: The seed that each good answer tells.
        took_s: Seconds of each.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    seeds: dict[int, int] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)

    @property
    def good(self) -> list[int]:
        """The seeds of those who got a picture."""
        return sorted(seed for seed, status in self.statuses.items() if status == 200)

    @property
    def refused(self) -> list[int]:
        """The seeds of those who were told to come again."""
        return sorted(seed for seed, status in self.statuses.items() if status == 429)


async def one(url: str, seed: int, crowd: Crowd, model: str = MODEL) -> None:
    """Ask for one picture over a connection of one's own."""
    place = urlsplit(url)
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    body = json.dumps({**BODY, "model": model, "seed": seed, "user": f"user {seed % 20}"}).encode()
    head = "POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(f"{head}{kind}".encode() + body)
    answer = await reader.read(-1)
    writer.close()
    status = int(answer.split(b" ", 2)[1])
    crowd.statuses[seed] = status
    crowd.took_s.append(time.perf_counter() - began)
    if status == 200:
        told = json.loads(answer.partition(b"\r\n\r\n")[2])
        crowd.seeds[seed] = told["data"][0]["drawthings"]["seed"]


async def all_at_once(url: str, count: int, models: Sequence[str] = (MODEL,)) -> Crowd:
    """Let everybody ask at the same time, for one model after the other."""
    crowd = Crowd()
    await asyncio.gather(*(one(url, seed, crowd, models[seed % len(models)]) for seed in range(count)))
    return crowd


async def one_by_one(url: str, count: int, first: int) -> list[float]:
    """Ask again and again, and return how many seconds each took."""
    crowd = Crowd()
    for seed in range(first, first + count):
        await one(url, seed, crowd)
    assert set(crowd.statuses.values()) == {200}
    return crowd.took_s


def direct_s(address: str, count: int) -> float:
    """Return the median of seconds that the same picture takes without the gateway, encoded as a file."""
    from drawthings import DrawThings

    took: list[float] = []
    with DrawThings(f"grpc://{address}") as client:
        client.models()
        for seed in range(count):
            began = time.perf_counter()
            result = client.generate("a fox", model=MODEL, width=128, height=128, steps=1, seed=seed)
            result.picture.encode("png")
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def generations(servers: Sequence[EmbeddedServer]) -> int:
    """Return how many generations the servers were asked for."""
    return sum(server.asked for server in servers)


def memory_mb() -> float:
    """Return the most memory that this process had so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
