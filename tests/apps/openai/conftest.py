"""What the tests of the dialect share: what a server has, pictures, a reader of bodies, and gateways."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.apps.jobs.limits import Limits
from drawthings.apps.openai.parse import Asked, Context, parse
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from imagesgateway import SD, Gateway, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drawthings.catalogue.catalogue import Catalogue


@pytest.fixture
def context(catalogue: Catalogue) -> Callable[..., Context]:
    def made(**changed: Any) -> Context:
        def read(data: bytes | str, _what: str) -> bytes:
            return data if isinstance(data, bytes) else base64.b64decode(data.split(",")[-1])

        usual: dict[str, Any] = {"catalogue": catalogue, "preferred": SD, "picture": read, "draw": lambda: 77}
        return Context(**usual | changed)

    return made


@pytest.fixture
def read(context: Callable[..., Context]) -> Callable[..., Asked]:
    def asked(body: dict[str, Any], call: Any = "generations", **changed: Any) -> Asked:
        usual = {} if call == "variations" else {"prompt": "a fox"}
        return parse({**usual, **body}, call, context(**changed))

    return asked


@pytest.fixture
def photo() -> Image.Image:
    image = Image.linear_gradient("L").resize((300, 200)).convert("RGB")
    image.paste((200, 40, 40), (0, 0, 150, 200))
    return image


@pytest.fixture
def hole(photo: Image.Image) -> Image.Image:
    """A mask as OpenAI wants it: what is to change is transparent."""
    mask = photo.convert("RGBA")
    mask.paste((0, 0, 0, 0), (100, 60, 180, 120))
    return mask


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """A gateway in front of two servers whose pictures take no time."""
    options = ServerOptions(tls=False, model_browser=True, sketch=True)
    with EmbeddedServer(options) as one, EmbeddedServer(options) as other, running(one, other) as started:
        yield started


SLOWLY = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",), ms_per_step=100)


@pytest.fixture
def slow() -> Iterator[Gateway]:
    """A gateway in front of one server that takes its time for each step."""
    with EmbeddedServer(SLOWLY) as server, running(server) as started:
        yield started


@pytest.fixture
def hasty() -> Iterator[Gateway]:
    """The same, but it gives jobs up as soon as nobody waits for them."""
    with EmbeddedServer(SLOWLY) as server, running(server, limits=Limits(grace_s=0.1)) as started:
        yield started
