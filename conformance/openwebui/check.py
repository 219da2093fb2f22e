"""Open WebUI's router for pictures against a gateway; run by ``openwebui.py`` in an environment of its own.

The router is executed as it is, and so are the texts that users are shown. The rest of the application around it
(settings, users, storage) is played by a few lines here.

Usage: ``python check.py FOLDER ADDRESS LOCKED KEY``: where the package's files are, a gateway that anybody may use, one
that wants a key, and that key.
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

FILES = Path(sys.argv[1], "open_webui")
GATEWAY, LOCKED, KEY = sys.argv[2:]
NOWHERE = "http://127.0.0.1:9"
MODEL = "sd_v1.5_f16.ckpt"
EDITOR = "qwen_image_edit_2511_q6p.ckpt"
ADMIN = SimpleNamespace(id="1", role="admin", name="admin", email="")
NOT_TOLD = "Something went wrong :/"
TOO_LARGE = "16384x16384"

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
    play("open_webui.constants", ERROR_MESSAGES=runpy.run_path(str(FILES / "constants.py"))["ERROR_MESSAGES"])
    play("open_webui.env", AIOHTTP_CLIENT_SESSION_SSL=True, ENABLE_FORWARD_USER_INFO_HEADERS=False)
    play("open_webui.models.config", Config=Settings)
    play("open_webui.routers.files", upload_file_handler=store)
    play("open_webui.utils.json_codec", JSONCodec=json)
    play("open_webui.utils.session_pool", get_session=get_session)
    return SimpleNamespace(**runpy.run_path(str(FILES / "routers" / "images.py"), run_name="open_webui.routers.images"))


def chosen(engine: str, gateway: str = GATEWAY, key: str = "unused", **more: Any) -> None:
    """Set everything up as an administrator does on the page for pictures."""
    settings.clear()
    generation, edit = "image_generation", "images.edit"
    settings.update(
        {
            f"{generation}.engine": engine,
            f"{generation}.model": MODEL,
            f"{generation}.size": "256x256",
            f"{generation}.steps": 2,
            f"{generation}.openai.api_base_url": f"{gateway}/v1",
            f"{generation}.openai.api_key": key,
            f"{generation}.openai.params": {"steps": 2},
            f"{generation}.automatic1111.base_url": gateway,
            f"{generation}.automatic1111.api_auth": f"anything:{key}",
            f"{edit}.engine": "openai",
            f"{edit}.model": EDITOR,
            f"{edit}.size": "256x256",
            f"{edit}.openai.api_base_url": f"{gateway}/v1",
            f"{edit}.openai.api_key": key,
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


def inside(picture: Image.Image) -> str:
    """Return what is written in a picture about how it was made."""
    return str(picture.info["XML:com.adobe.xmp"])


async def told(call: Awaitable[Any]) -> str:
    """Return what a user is told of a call that is refused; an empty text when it is not."""
    try:
        await call
    except HTTPException as error:
        return str(error.detail)
    return ""


def data_url(picture: Image.Image) -> str:
    """Return a picture as the page hands it over."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


async def pictures_from_a_prompt() -> None:
    """The engine "openai", with a model of the server's."""
    chosen("openai")
    pictures = await made(n=2)
    assert [each.size for each in pictures] == [(256, 256)] * 2
    assert all(f"Model: {MODEL}" in inside(each) for each in pictures)


async def a_name_of_openai_is_the_default_model() -> None:
    """A name like gpt-image-1, with which no response_format is sent."""
    chosen("openai", **{"image_generation.model": "gpt-image-1"})
    (picture,) = await made(size="320x256")
    assert picture.size == (320, 256)


async def parameters_of_the_administrator_count() -> None:
    """Seed, steps and negative prompt among the extra parameters."""
    chosen("openai", **{"image_generation.openai.params": {"seed": 11, "steps": 3, "negative_prompt": "rain"}})
    first, again = (await made())[0], (await made())[0]
    assert first.tobytes() == again.tobytes()
    assert all(each in inside(first) for each in ("Steps: 3,", "Seed: 11,", "rain")), inside(first)


async def a_refusal_is_told_by_the_words_of_its_status() -> None:
    """An unknown model, a size that cannot be, and a gateway that is not there."""
    chosen("openai", **{"image_generation.model": "none_such.ckpt"})
    assert await told(made()) == "[ERROR: Not Found]"
    chosen("openai")
    assert await told(made(size=TOO_LARGE)) == "[ERROR: Bad Request]"
    chosen("openai", NOWHERE)
    assert await told(made()) == NOT_TOLD


async def an_edit_of_one_picture() -> None:
    """A single picture is the part ``image``."""
    assert '"inputs":["image"]' in await _edited(lambda url: url)


async def an_edit_of_two_pictures() -> None:
    """Several are parts ``image[]``; those after the first are references."""
    assert '"inputs":["image","shuffle"]' in await _edited(lambda url: [url, url])


async def an_edit_of_something_else_is_refused() -> None:
    """Bytes that are no picture, as the second of two."""
    assert await told(_edited(lambda url: [url, "data:image/png;base64,AAAA"])) == "[ERROR: Bad Request]"


async def _edited(pictures: Callable[[str], Any]) -> str:
    """Let it edit, and return what is written in the result."""
    chosen("openai")
    url = data_url((await made())[0])
    form = WEB.EditImageForm(image=pictures(url), prompt="in the snow", background="opaque")
    (file,) = await WEB.image_edits(REQUEST, form, user=ADMIN)
    picture = opened(file["id"])
    assert picture.format == "PNG"
    assert picture.size == (256, 256)
    assert f"Model: {EDITOR}" in inside(picture)
    return inside(picture)


async def pictures_over_the_web_interface() -> None:
    """The engine "automatic1111", two at once, with what is stored beside them."""
    chosen("automatic1111", **{"image_generation.automatic1111.api_params": {"seed": 5}})
    pictures = await made(n=2, negative_prompt="rain")
    assert [each.size for each in pictures] == [(256, 256)] * 2
    assert "Seed: 5," in inside(pictures[0])
    assert "Seed: 6," in inside(pictures[1])
    assert json.loads(list(facts.values())[-1]["info"])["all_seeds"] == [5, 6]


async def an_empty_password_does_no_harm() -> None:
    """It is sent wherever no password is set, or the header is left empty."""
    for nothing in ("", None):
        chosen("automatic1111", **{"image_generation.automatic1111.api_auth": nothing})
        assert len(await made()) == 1


async def models_are_listed_and_chosen() -> None:
    """The whole of the options is sent back with another model in it; pictures are of that model from then on."""
    chosen("automatic1111")
    listed = [each["id"] for each in await WEB.get_models(REQUEST, user=ADMIN)]
    assert MODEL in listed
    for model in (next(each for each in listed if each.startswith("sd_xl")), MODEL):
        await WEB.set_image_model(REQUEST, model)
        assert await WEB.get_image_model(REQUEST) == model
        assert f"Model: {model}" in inside((await made())[0])


async def an_unknown_model_leaves_the_one_before() -> None:
    """Choosing fails without a word: Open WebUI writes it into its log, among what is for finding faults."""
    chosen("automatic1111")
    await WEB.set_image_model(REQUEST, MODEL)
    assert await told(WEB.set_image_model(REQUEST, "none_such.ckpt")) == ""
    assert await WEB.get_image_model(REQUEST) == MODEL
    assert f"Model: {MODEL}" in inside((await made())[0])


async def a_refusal_over_the_web_interface_is_not_told() -> None:
    """It does not look at the status, and what it then misses in the answer it keeps to itself."""
    chosen("automatic1111")
    assert await told(made(size=TOO_LARGE)) == NOT_TOLD
    chosen("automatic1111", NOWHERE)
    assert await told(made()) == "[ERROR: Failed to connect to the image generation engine]"


async def the_connection_is_verified() -> None:
    """A gateway that is there, and one that is not."""
    assert await WEB.verify_connection(_connection(f"{GATEWAY}/", ""), user=ADMIN) is True
    assert await told(WEB.verify_connection(_connection(NOWHERE, None), user=ADMIN))


async def a_key_opens_both_engines() -> None:
    """For "automatic1111" it is the password, whatever the name."""
    chosen("openai", LOCKED, KEY)
    url = data_url((await made())[0])
    assert len(await WEB.image_edits(REQUEST, WEB.EditImageForm(image=url, prompt="in the snow"), user=ADMIN)) == 1
    chosen("automatic1111", LOCKED, KEY)
    assert len(await made()) == 1
    assert await WEB.get_models(REQUEST, user=ADMIN)
    await WEB.set_image_model(REQUEST, MODEL)
    assert await WEB.get_image_model(REQUEST) == MODEL
    assert await WEB.verify_connection(_connection(LOCKED, f"anything:{KEY}"), user=ADMIN) is True


async def a_wrong_key_opens_neither() -> None:
    """Only the engine "openai" is told why."""
    chosen("openai", LOCKED, "wrong")
    assert await told(made()) == "[ERROR: Unauthorized]"
    chosen("automatic1111", LOCKED, "wrong")
    assert await told(made()) == "[ERROR: Failed to connect to the image generation engine]"
    assert await told(WEB.get_models(REQUEST, user=ADMIN)) == "[ERROR: Failed to retrieve image generation models]"
    assert await told(WEB.verify_connection(_connection(LOCKED, "anything:wrong"), user=ADMIN))


def _connection(url: str, key: str | None) -> Any:
    return WEB.ConnectionVerificationForm(engine="automatic1111", url=url, key=key)


CHECKS: tuple[Callable[[], Awaitable[None]], ...] = (
    pictures_from_a_prompt,
    a_name_of_openai_is_the_default_model,
    parameters_of_the_administrator_count,
    a_refusal_is_told_by_the_words_of_its_status,
    an_edit_of_one_picture,
    an_edit_of_two_pictures,
    an_edit_of_something_else_is_refused,
    pictures_over_the_web_interface,
    an_empty_password_does_no_harm,
    models_are_listed_and_chosen,
    an_unknown_model_leaves_the_one_before,
    a_refusal_over_the_web_interface_is_not_told,
    the_connection_is_verified,
    a_key_opens_both_engines,
    a_wrong_key_opens_neither,
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
