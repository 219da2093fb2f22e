"""What the tests of the dialect share: what a server has, and pictures in the form that clients send."""

from __future__ import annotations

import asyncio
import base64
import io
import tempfile
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings import DrawThings
from drawthings.apps.automatic.parse import Asked, Context, parse
from drawthings.apps.http.keys import Keys, hash_of
from drawthings.apps.http.settings import GatewaySettings
from drawthings.apps.jobs.core import Jobs
from drawthings.apps.jobs.store import Store
from drawthings.batch._async_pool import AsyncPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.plan import Plan
    from drawthings.server.run import EmbeddedServer

SD = "sd_v1.5_f16.ckpt"


@pytest.fixture
def picture() -> Callable[[str, str], bytes]:
    """Read base64 without the checks that the gateway makes."""
    return lambda text, _what: base64.b64decode(text.split(",")[-1])


@pytest.fixture
def read(catalogue: Catalogue, picture: Callable[[str, str], bytes]) -> Callable[..., Asked]:
    def asked(body: dict[str, Any], mode: Any = "txt2img", **options: Any) -> Asked:
        context = Context(catalogue=catalogue, model=SD, options=options, picture=picture, draw=lambda: 77)
        return parse(body, mode, context)

    return asked


@pytest.fixture
def sent() -> Callable[[Image.Image], str]:
    """Turn a picture into what clients put into a body."""

    def encode(image: Image.Image) -> str:
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()

    return encode


@pytest.fixture
def photo() -> Image.Image:
    image = Image.linear_gradient("L").resize((300, 200)).convert("RGB")
    image.paste((200, 40, 40), (0, 0, 150, 200))
    return image


@pytest.fixture
def hole() -> Image.Image:
    """A mask of the web interface for ``photo``: white is repainted."""
    mask = Image.new("L", (300, 200), 0)
    mask.paste(255, (100, 60, 180, 120))
    return mask


@pytest.fixture(scope="session")
def plan(plain_server: EmbeddedServer) -> Callable[..., Plan]:
    def planned(prompt: str = "a fox", **wanted: Any) -> Plan:
        with DrawThings(f"grpc://{plain_server.address}") as client:
            return client.prepare(prompt, **{"model": SD, "seed": 5, "fit": True, **wanted})

    return planned


@pytest.fixture
def job(read: Callable[..., Asked], plan: Callable[..., Plan]) -> Callable[..., Any]:
    """A job as it is seen from outside, at any moment of its life."""

    def looked_at(body: dict[str, Any] | None = None, *, made: int = 0, **facts: Any) -> Any:
        asked = read({"prompt": "a fox", "seed": 5, **(body or {})})
        one = plan(asked.draft.prompt, **asked.draft.wanted)
        files = tuple(
            SimpleNamespace(index=place, seed=asked.draft.seeds[place], width=512, height=512, plan=one)
            for place in range(made)
        )
        usual = {"state": "running", "position": None, "wait_s": None, "step": 0, "steps": 0, "progress": 0.0}
        usual |= {"id": "abc", "server": "here", "plans": (one,), "made": files, "created": 1e9, "started": 1e9}
        return asked, SimpleNamespace(draft=asked.draft, **{**usual, **facts})

    return looked_at


@contextmanager
def serving(address: str, settings: GatewaySettings) -> Iterator[str]:
    """Run a gateway in a thread, on a free port, until the block is left; the value is where it is."""
    import uvicorn

    from drawthings.apps.http.app import make_app

    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        pool = AsyncPool([address])
        app = make_app(Jobs(pool, store=store), settings)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))

        async def run() -> None:
            async with pool:
                await server.serve()

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()
            store.close()


@pytest.fixture(scope="module")
def gateway(plain_server: EmbeddedServer) -> Iterator[str]:
    """A gateway that anybody on this machine may use."""
    with serving(f"grpc://{plain_server.address}", GatewaySettings(drain_s=0, page=False, tools=False)) as url:
        yield url


@pytest.fixture(scope="module")
def guarded(plain_server: EmbeddedServer) -> Iterator[str]:
    """A gateway that wants a key: ``one`` and ``two`` are the keys of two people."""
    keys = Keys({name: hash_of(name) for name in ("one", "two")})
    settings = GatewaySettings(keys=keys, drain_s=0, page=False, tools=False)
    with serving(f"grpc://{plain_server.address}", settings) as url:
        yield url
