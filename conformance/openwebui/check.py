"""Open WebUI's router for pictures against a gateway; run by ``openwebui.py`` in an environment of its own.

The router is executed as it is. The application around it (settings, users, storage) is played by a few lines here.

Usage: ``python check.py ROUTER ADDRESS``.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import runpy
import sys
import tempfile
import uuid
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import aiohttp
from fastapi import HTTPException
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUTER, GATEWAY = sys.argv[1], sys.argv[2]
MODEL = "sd_v1.5_f16.ckpt"
EDITOR = "qwen_image_edit_2511_q6p.ckpt"
ADMIN = SimpleNamespace(id="1", role="admin", name="admin", email="")

kept: dict[str, bytes] = {}
"""The files that were stored, by id."""
facts: dict[str, dict[str, Any]] = {}
"""What was stored with each."""
settings: dict[str, Any] = {}
session: list[aiohttp.ClientSession] = []


class Settings:
    """The application's settings."""

    @staticmethod
    async def get_many(*names: str) -> dict[str, Any]:
        """Return some of them; what nobody has set is empty."""
        return {name: settings.get(name, "") for name in names}

    @staticmethod
    async def upsert(changed: dict[str, Any]) -> None:
        """Change some."""
        settings.update(changed)


async def store(_request: Any, *, file: Any, metadata: dict[str, Any], **_more: Any) -> SimpleNamespace:
    """Store a file as the application's storage does."""
    name = uuid.uuid4().hex
    kept[name], facts[name] = await file.read(), metadata
    return SimpleNamespace(id=name, filename=file.filename, meta={"content_type": file.headers["content-type"]})


async def get_session() -> aiohttp.ClientSession:
    """Return the application's one session."""
    return session[0]


def play(name: str, **members: Any) -> None:
    """Put a module of the application in place; what is not given is there and does nothing."""
    module = ModuleType(name)
    module.__dict__.update(members, __path__=[])
    module.__getattr__ = lambda _name: MagicMock()  # type: ignore[method-assign]
    sys.modules[name] = module


def router() -> SimpleNamespace:
    """Execute the router, and return its names."""
    for name in ("", ".internal", ".models", ".retrieval", ".retrieval.web", ".routers", ".utils", ".utils.images"):
        play(f"open_webui{name}")
    for name in ("events", "internal.db", "models.chats", "retrieval.web.utils", "utils.access_control"):
        play(f"open_webui.{name}")
    for name in ("utils.auth", "utils.headers", "utils.images.comfyui"):
        play(f"open_webui.{name}")
    for name in ("sqlalchemy", "sqlalchemy.ext", "sqlalchemy.ext.asyncio"):  # of which it takes the name of a type
        play(name)
    play(
        "open_webui.config",
        CACHE_DIR=Path(tempfile.mkdtemp()),
        ENABLE_OPENAI_IMAGE_EDIT_NORMALIZATION=True,
        IMAGE_AUTO_SIZE_MODELS_REGEX_PATTERN="^gpt-image",
        IMAGE_URL_RESPONSE_MODELS_REGEX_PATTERN="^gpt-image",
    )
    told = SimpleNamespace(DEFAULT=lambda error, *_: str(error), INVALID_URL="invalid address")
    play("open_webui.constants", ERROR_MESSAGES=told)
    play("open_webui.env", AIOHTTP_CLIENT_SESSION_SSL=True, ENABLE_FORWARD_USER_INFO_HEADERS=False)
    play("open_webui.models.config", Config=Settings)
    play("open_webui.routers.files", upload_file_handler=store)
    play("open_webui.utils.json_codec", JSONCodec=json)
    play("open_webui.utils.session_pool", get_session=get_session)
    return SimpleNamespace(**runpy.run_path(ROUTER, run_name="open_webui.routers.images"))


def chosen(engine: str, **more: Any) -> None:
    """Set everything up as an administrator does on the page for pictures."""
    settings.clear()
    generation, edit = "image_generation", "images.edit"
    settings.update(
        {
            f"{generation}.engine": engine,
            f"{generation}.model": MODEL,
            f"{generation}.size": "256x256",
            f"{generation}.steps": 2,
            f"{generation}.openai.api_base_url": f"{GATEWAY}/v1",
            f"{generation}.openai.api_key": "unused",
            f"{generation}.openai.params": {"steps": 2},
            f"{generation}.automatic1111.base_url": GATEWAY,
            f"{edit}.engine": "openai",
            f"{edit}.model": EDITOR,
            f"{edit}.size": "256x256",
            f"{edit}.openai.api_base_url": f"{GATEWAY}/v1",
            f"{edit}.openai.api_key": "unused",
            **more,
        }
    )


REQUEST = SimpleNamespace(app=SimpleNamespace(url_path_for=lambda _name, **path: f"/api/v1/files/{path['id']}/content"))
WEB = router()


async def made(prompt: str = "a red fox", **form: Any) -> list[Image.Image]:
    """Let it make pictures, and return them as they were stored."""
    files = await WEB.image_generations(REQUEST, WEB.CreateImageForm(prompt=prompt, **form), user=ADMIN)
    assert all(each["content_type"] == "image/png" for each in files), files
    return [opened(each["id"]) for each in files]


def opened(name: str) -> Image.Image:
    """Return a stored picture, decoded."""
    picture = Image.open(io.BytesIO(kept[name]))
    picture.load()
    return picture


def data_url(picture: Image.Image) -> str:
    """Return a picture as the page hands it over."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


async def pictures_from_a_prompt() -> None:
    """The engine "openai", with a model of the server's."""
    chosen("openai")
    assert [each.size for each in await made(n=2)] == [(256, 256)] * 2


async def a_name_of_openai_is_the_default_model() -> None:
    """A name like gpt-image-1, with which no response_format is sent."""
    chosen("openai", **{"image_generation.model": "gpt-image-1"})
    (picture,) = await made(size="320x256")
    assert picture.size == (320, 256)


async def parameters_of_the_administrator_count() -> None:
    """Seed and negative prompt among the extra parameters."""
    chosen("openai", **{"image_generation.openai.params": {"seed": 11, "steps": 2, "negative_prompt": "rain"}})
    first, again = (await made())[0], (await made())[0]
    assert first.tobytes() == again.tobytes()
    inside = first.info["XML:com.adobe.xmp"]
    assert "Seed: 11" in inside, inside
    assert "rain" in inside


async def a_refusal_reaches_the_user_as_bad_request() -> None:
    """Only the reason phrase of the status is shown."""
    chosen("openai", **{"image_generation.model": "none_such.ckpt"})
    told = ""
    try:
        await made()
    except HTTPException as error:
        told = str(error.detail)
    assert told == "Not Found", told


async def an_edit_of_one_picture() -> None:
    """A single picture is the part ``image``."""
    await _edited(lambda url: url)


async def an_edit_of_two_pictures() -> None:
    """Several are parts ``image[]``."""
    await _edited(lambda url: [url, url])


async def _edited(pictures: Callable[[str], Any]) -> None:
    chosen("openai")
    url = data_url((await made())[0])
    form = WEB.EditImageForm(image=pictures(url), prompt="in the snow", background="opaque")
    (file,) = await WEB.image_edits(REQUEST, form, user=ADMIN)
    assert opened(file["id"]).size == (256, 256)


async def pictures_over_the_web_interface() -> None:
    """The engine "automatic1111", two at once, with what is stored beside them."""
    chosen("automatic1111", **{"image_generation.automatic1111.api_params": {"seed": 5}})
    pictures = await made(n=2, negative_prompt="rain")
    assert [each.size for each in pictures] == [(256, 256)] * 2
    assert json.loads(list(facts.values())[-1]["info"])["all_seeds"] == [5, 6]


async def an_empty_password_does_no_harm() -> None:
    """It is sent wherever no password is set."""
    chosen("automatic1111", **{"image_generation.automatic1111.api_auth": ""})
    assert len(await made()) == 1


async def models_are_listed_and_chosen() -> None:
    """The whole of the options is sent back with another model in it."""
    chosen("automatic1111")
    listed = [each["id"] for each in await WEB.get_models(REQUEST, user=ADMIN)]
    assert MODEL in listed
    other = next(each for each in listed if each.startswith("sd_xl"))
    await WEB.set_image_model(REQUEST, other)
    assert await WEB.get_image_model(REQUEST) == other
    await WEB.set_image_model(REQUEST, MODEL)
    assert await WEB.get_image_model(REQUEST) == MODEL


async def the_connection_is_verified() -> None:
    """A gateway that is there, and one that is not."""
    form = WEB.ConnectionVerificationForm(engine="automatic1111", url=f"{GATEWAY}/", key="")
    assert await WEB.verify_connection(form, user=ADMIN) is True
    refused = False
    try:
        form = WEB.ConnectionVerificationForm(engine="automatic1111", url="http://127.0.0.1:9")
        await WEB.verify_connection(form, user=ADMIN)
    except HTTPException:
        refused = True
    assert refused


CHECKS: tuple[Callable[[], Awaitable[None]], ...] = (
    pictures_from_a_prompt,
    a_name_of_openai_is_the_default_model,
    parameters_of_the_administrator_count,
    a_refusal_reaches_the_user_as_bad_request,
    an_edit_of_one_picture,
    an_edit_of_two_pictures,
    pictures_over_the_web_interface,
    an_empty_password_does_no_harm,
    models_are_listed_and_chosen,
    the_connection_is_verified,
)


async def main() -> None:
    """Run all checks; each prints one line of JSON."""
    async with aiohttp.ClientSession() as opened_session:
        session.append(opened_session)
        for check in CHECKS:
            trouble = ""
            try:
                await check()
            except Exception as error:  # noqa: BLE001 - the others are to run as well
                trouble = f"{type(error).__name__}: {getattr(error, 'detail', error)}"[:500]
            name = f"Open WebUI: {check.__name__.replace('_', ' ')}"
            print(json.dumps({"name": name, "passed": not trouble, "trouble": trouble}))


if __name__ == "__main__":
    asyncio.run(main())
