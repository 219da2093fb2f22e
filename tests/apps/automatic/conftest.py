"""What the tests of the dialect share: what a server has, and pictures in the form that clients send."""

from __future__ import annotations

import base64
import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings import DrawThings
from drawthings.apps.automatic.parse import Asked, Context, parse
from drawthings.apps.http.keys import Keys, hash_of
from imagesgateway import running

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
        context = Context(catalogue=catalogue, model=SD, options=options, picture=picture, draw=lambda: 77, most=10)
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


@pytest.fixture(scope="module")
def gateway(plain_server: EmbeddedServer) -> Iterator[str]:
    """A gateway that anybody on this machine may use."""
    with running(plain_server) as made:
        yield made.url


@pytest.fixture(scope="module")
def guarded(plain_server: EmbeddedServer) -> Iterator[str]:
    """A gateway that wants a key: ``one`` and ``two`` are the keys of two people."""
    keys = Keys({name: hash_of(name) for name in ("one", "two")})
    with running(plain_server, keys=keys) as made:
        yield made.url
