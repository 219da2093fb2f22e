"""The tools as an agent meets them, in memory, in both eras of the protocol."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, MCPError
from PIL import Image

from drawthings.apps.mcp.server import MYSELF, make_server
from drawthings.apps.mcp.tools import TOOLS
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from toolcalls import MODEL, SMALL, ask, break_off, facts, kinds, noisy, paint, pictures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from mcp.server.lowlevel import Server

    from drawthings.apps.mcp.studio import Studio

ERAS = ("auto", "legacy")


def url_of(image: Image.Image) -> str:
    target = io.BytesIO()
    image.save(target, "PNG")
    return "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()


@pytest.fixture(params=ERAS)
async def client(request: pytest.FixtureRequest, server: Server[Any]) -> AsyncIterator[Callable[[], Client]]:
    """Return what opens a client; it has to be entered and left by the test's own task."""
    return lambda: Client(server, mode=request.param)


async def test_tools_resources_and_prompts_are_listed(client: Callable[[], Client]) -> None:
    async with client() as agent:
        tools = (await agent.list_tools()).tools
        assert [tool.name for tool in tools] == list(TOOLS)
        assert all(len(tool.name) <= 64 and tool.description and tool.output_schema is None for tool in tools)
        hints = {tool.name: tool.annotations for tool in tools}
        assert all(hint.destructive_hint is False and hint.open_world_hint is False for hint in hints.values() if hint)
        reading = {name for name, hint in hints.items() if hint is not None and hint.read_only_hint}
        assert reading == {"get_image", "list_models", "inspect", "get_job"}
        assert [each.uri for each in (await agent.list_resources()).resources] == ["drawthings://models"]
        (template,) = (await agent.list_resource_templates()).resource_templates
        assert template.uri_template == "drawthings://images/{id}"
        assert len((await agent.list_prompts()).prompts) == 3
        prompt = await agent.get_prompt("picture", {"subject": "a lighthouse"})
        assert "a lighthouse" in prompt.messages[0].content.text  # type: ignore[union-attr] # these are text
        with pytest.raises(MCPError, match="poem"):
            await agent.get_prompt("poem", {})


async def test_a_picture_with_progress_facts_and_a_link(client: Callable[[], Client]) -> None:
    told: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        assert total == 100
        assert message
        told.append(done)

    async with client() as agent:
        wanted = {"prompt": "a red fox", **SMALL, "count": 2, "negative_prompt": "blurry"}
        answer = await agent.call_tool("generate_image", wanted, progress_callback=progress)
        assert kinds(answer) == ["text", "image", "image", "resource_link", "resource_link"]
        assert answer.structured_content is None
        found = facts(answer)
        assert (found["state"], found["model"], found["settings"]["steps"]) == ("done", MODEL, 2)
        assert [each["seed"] for each in found["results"]] == [7, 8]
        assert [each.size for each in pictures(answer)] == [(128, 128)] * 2
        assert [each.format for each in pictures(answer)] == ["WEBP"] * 2
        assert told == sorted(set(told))
        assert told[-1] == 100
        quiet = await ask(agent, "generate_image", prompt="a red fox", **SMALL, show="none")
        assert kinds(quiet) == ["text", "resource_link"]


async def test_the_result_of_one_tool_is_the_input_of_the_next(client: Callable[[], Client]) -> None:
    async with client() as agent:
        fox = await paint(agent)
        plain = {"model": MODEL, "steps": 2, "seed": 3}
        winter = await ask(agent, "edit_image", image=fox, instruction="winter", strength=0.5, **plain)
        assert facts(winter)["settings"]["strength"] == 0.5
        uri = facts(winter)["results"][0]["uri"]
        wide = await ask(agent, "outpaint_image", image=uri, prompt="a forest", right=128, **plain)
        size = facts(wide)["results"][0]
        assert size["width"] > size["height"]
        large = facts(await ask(agent, "upscale_image", image=fox, factor=2))["results"][0]
        assert (large["width"], large["height"]) == (256, 256)
        shown = await ask(agent, "get_image", id=large["id"], max_side=64)
        assert kinds(shown) == ["text", "image", "resource_link"]
        assert pictures(shown)[0].size == (64, 64)


async def test_with_a_mask_only_a_part_is_painted(
    studios: Callable[..., Awaitable[Studio]], plain_server: EmbeddedServer
) -> None:
    grey, mask = Image.new("RGB", (128, 128), (128, 128, 128)), Image.new("L", (128, 128), 0)
    mask.paste(255, (0, 0, 64, 128))
    wanted = {"model": MODEL, "steps": 2, "seed": 9, "settings": {"width": 128, "height": 128}}
    async with Client(make_server(await studios(plain_server))) as agent:
        answer = await ask(agent, "edit_image", image=url_of(grey), mask=url_of(mask), instruction="fire", **wanted)
        whole = (await agent.read_resource(facts(answer)["results"][0]["uri"])).contents[0]
    image = Image.open(io.BytesIO(base64.b64decode(whole.blob))).convert("L")  # type: ignore[union-attr] # no text
    kept, painted = image.crop((80, 0, 128, 128)), image.crop((0, 0, 48, 128))
    assert kept.getextrema() == pytest.approx((128, 128), abs=4)
    assert painted.getextrema() != pytest.approx((128, 128), abs=4)


async def test_a_clip_with_its_first_frame(client: Callable[[], Client]) -> None:
    async with client() as agent:
        wanted = {"model": "wan_v2.1_1.3b_480p_q8p.ckpt", "width": 128, "height": 128, "steps": 1, "seconds": 0.3}
        answer = await ask(agent, "generate_video", prompt="waves", **wanted)
        found = facts(answer)
        assert kinds(answer) == ["text", "image", "resource_link"], found
        assert (found["results"][0]["kind"], found["settings"]["num_frames"]) == ("video", 5)
        film = (await agent.read_resource(found["results"][0]["uri"])).contents[0]
        assert film.mime_type == "video/mp4"
        assert base64.b64decode(film.blob)[4:8] == b"ftyp"  # type: ignore[union-attr] # a clip is no text
        refused = await ask(agent, "upscale_image", image=found["results"][0]["id"])
        assert facts(refused)["error"] == "BadImage"


async def test_large_pictures_become_small_answers(
    client: Callable[[], Client], made: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def noise(*_: Any, **__: Any) -> bytes:
        return noisy(640, 512)

    monkeypatch.setattr(made.jobs, "encoded", noise)
    async with client() as agent:
        answer = await ask(agent, "generate_image", prompt="a city", **SMALL, count=4)
        assert len(pictures(answer)) == 4
        assert all(min(each.size) > 200 for each in pictures(answer))


async def test_what_is_there_is_listed_and_read(client: Callable[[], Client]) -> None:
    async with client() as agent:
        models = await ask(agent, "list_models", query="v1.5 sd")
        assert models.structured_content == facts(models)
        assert MODEL in [each["file"] for each in facts(models)["entries"]]
        factors = facts(await ask(agent, "list_models", kind="upscaler"))["entries"]
        assert {each["factor"] for each in factors} == {2, 4}
        for kind in ("lora", "control", "embedding"):
            assert facts(await ask(agent, "list_models", kind=kind))["count"] > 0
        text = (await agent.read_resource("drawthings://models")).contents[0].text  # type: ignore[union-attr]
        assert {"models", "loras", "controls", "upscalers", "embeddings"} == set(json.loads(text))
        fox = await paint(agent)
        listed = [each.uri for each in (await agent.list_resources()).resources]
        assert listed == ["drawthings://models", f"drawthings://images/{fox}"]
        png = (await agent.read_resource(f"drawthings://images/{fox}")).contents[0]
        assert png.mime_type == "image/png"
        again = facts(await ask(agent, "inspect", image=fox))
        assert (again["prompt"], again["configuration"]["seed"], again["configuration"]["model"]) == (
            "a red fox",
            7,
            MODEL,
        )
        for uri in ("drawthings://images/nothing", "drawthings://elsewhere", "file:///etc/passwd"):
            with pytest.raises(MCPError):
                await agent.read_resource(uri)


WRONG = (
    ("draw", {}, "UnknownChoice", "generate_image"),
    ("generate_image", {}, "BadValue", "prompt"),
    ("generate_image", {"prompt": "a", "output_path": "x.png"}, "UnknownField", "output_path"),
    ("generate_image", {"prompt": "a", "model": "no such model"}, "ModelNotFound", "no such model"),
    ("generate_image", {"prompt": "a", "loras": [{"name": "nothing"}]}, "ModelNotFound", "nothing"),
    ("generate_image", {"prompt": "a", "steps": 0}, "OutOfRange", "steps"),
    ("generate_image", {"prompt": "a", "width": 500}, "OutOfRange", "500"),
    ("generate_image", {"prompt": "a", "aspect": "1:1", "width": 512}, "BadValue", "aspect"),
    ("generate_image", {"prompt": "a", "settings": {"image": "/etc/passwd"}}, "UnknownField", "image"),
    ("generate_image", {"prompt": "a", "settings": {"batch_count": 50}}, "BadValue", "Give count"),
    ("generate_image", {"prompt": "a", "settings": {"seed": 5}, "count": 2}, "BadValue", "Give seed"),
    ("generate_image", {"prompt": "a", "settings": {"width": 512}, "aspect": "1:1"}, "BadValue", "Give width"),
    ("generate_video", {"prompt": "a", "settings": {"model": "x"}}, "BadValue", "Give model"),
    ("generate_image", {"prompt": "a", "settings": {"stepz": 5}}, "UnknownField", "steps"),
    ("generate_image", {"prompt": "a", "settings": {"sampler": "Heun"}}, "UnknownChoice", "Heun"),
    ("edit_image", {"image": "/etc/passwd", "instruction": "x"}, "NotAllowed", "--allow-dir"),
    ("edit_image", {"image": "https://example.com/x.png", "instruction": "x"}, "BadImage", "net"),
    ("edit_image", {"image": "drawthings://images/x", "instruction": "x"}, "NoSuchJob", "no picture"),
    ("inspect", {"image": "data:image/png;base64,AAAA"}, "BadImage", ""),
    ("upscale_image", {"image": "../x.png"}, "NotAllowed", "--allow-dir"),
    ("get_image", {"id": "nothing"}, "NoSuchJob", "no picture"),
    ("get_job", {"id": "nothing"}, "NoSuchJob", ""),
    ("cancel_job", {"id": "nothing"}, "NoSuchJob", ""),
)


async def test_what_is_wrong_is_said_with_the_way_out(client: Callable[[], Client]) -> None:
    async with client() as agent:
        for name, given, error, word in WRONG:
            answer = await ask(agent, name, **given)
            assert answer.is_error, (name, given)
            found = facts(answer)
            assert (found["error"], found["retryable"]) == (error, False), found
            assert found["hint"], found
            assert word in found["message"] + found["hint"], found


async def test_a_fault_of_ours_is_no_traceback(
    client: Callable[[], Client], made: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        message = "secret words"
        raise RuntimeError(message)

    monkeypatch.setattr(made.jobs, "models", broken)
    async with client() as agent:
        answer = await ask(agent, "list_models")
    assert answer.is_error
    assert "secret words" not in str(answer)
    assert "secret words" in caplog.text


async def test_files_below_an_allowed_folder_only(
    studios: Callable[..., Awaitable[Studio]], sketcher: EmbeddedServer, tmp_path: Path
) -> None:
    inside = tmp_path / "pictures"
    inside.mkdir()
    for path in (inside / "fox.png", tmp_path / "secret.png"):
        Image.new("RGB", (128, 128), "red").save(path)
    async with Client(make_server(await studios(sketcher, folders=[inside]))) as agent:
        wanted = {"instruction": "winter", "model": MODEL, "steps": 1}
        for good in ("fox.png", str(inside / "fox.png"), (inside / "fox.png").as_uri()):
            assert facts(await ask(agent, "edit_image", image=good, **wanted))["state"] == "done"
        for bad in ("../secret.png", str(tmp_path / "secret.png"), f"{inside}/../secret.png"):
            answer = await ask(agent, "edit_image", image="fox.png", references=[bad], **wanted)
            assert facts(answer)["error"] == "NotAllowed"


async def test_a_shape_is_as_large_as_the_model_that_is_used_draws_best(client: Callable[[], Client]) -> None:
    lora = {"loras": [{"name": "watercolour_style_sd_v1.5_lora_f16.ckpt"}]}
    async with client() as agent:
        for given, side in (({}, 1024), (lora, 512), ({"model": "sd_v1.5_f16.ckpt"}, 512)):
            answer = await ask(agent, "generate_image", prompt="a", aspect="1:1", steps=1, **given)
            assert (facts(answer)["settings"]["width"], facts(answer)["settings"]["height"]) == (side, side)


async def test_results_are_saved_under_names_of_our_own(
    studios: Callable[..., Awaitable[Studio]], sketcher: EmbeddedServer, tmp_path: Path
) -> None:
    shelf = tmp_path / "shelf"
    async with Client(make_server(await studios(sketcher, save=shelf))) as agent:
        for name in ("sd_v1.5_f16_7.png", "sd_v1.5_f16_7-1.png"):
            found = facts(await ask(agent, "generate_image", prompt="../../fox", **SMALL))
            assert found["results"][0]["path"] == str(shelf / name)
            assert (shelf / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("era", ERAS)
async def test_a_cancelled_call_is_cancelled_on_the_server(
    era: str, studios: Callable[..., Awaitable[Studio]], slow: EmbeddedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "drawthings.server")
    async with Client(make_server(await studios(slow)), mode=era) as agent:
        await break_off(agent)
        assert facts(await ask(agent, "generate_image", prompt="next", **{**SMALL, "steps": 1}))["state"] == "done"
    assert "generation 1: cancelled by the client" in caplog.text


async def test_who_does_not_wait_gets_a_job_and_later_its_picture(
    studios: Callable[..., Awaitable[Studio]], slow: EmbeddedServer
) -> None:
    async with Client(make_server(await studios(slow))) as agent:
        wanted = {"prompt": "slow", **SMALL, "steps": 40, "wait_seconds": 0.3}
        answer = await ask(agent, "generate_image", **wanted)
        found = facts(answer)
        assert not answer.is_error
        assert found["state"] in {"starting", "running"}
        assert found["job"] in found["next"]
        second = facts(await ask(agent, "generate_image", **{**wanted, "wait_seconds": 0}))
        assert (second["state"], second["position"]) == ("queued", 1)
        halfway = answer
        while kinds(halfway) != ["text", "image"]:
            assert facts(halfway)["state"] in {"starting", "running"}
            halfway = await ask(agent, "get_job", id=found["job"], wait_seconds=0.1)
        assert 0 < facts(halfway)["progress"] < 1
        assert pictures(halfway)[0].format == "JPEG"
        done = await ask(agent, "get_job", id=found["job"])
        assert (facts(done)["state"], kinds(done)) == ("done", ["text", "image", "resource_link"])
        stopped = facts(await ask(agent, "cancel_job", id=second["job"]))
        assert stopped["job"] == second["job"]
        ended = await ask(agent, "get_job", id=second["job"])
        assert (facts(ended)["state"], ended.is_error) == ("cancelled", True)


async def test_what_fails_on_the_server_is_told(studios: Callable[..., Awaitable[Studio]]) -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",), fail_rate=1.0)
    with EmbeddedServer(options) as broken:
        async with Client(make_server(await studios(broken))) as agent:
            answer = await ask(agent, "generate_image", prompt="a fox", **SMALL)
    assert answer.is_error
    found = facts(answer)
    assert (found["state"], found["results"]) == ("failed", [])
    assert found["message"]


async def test_what_nobody_waits_for_is_saved_as_well(
    studios: Callable[..., Awaitable[Studio]], sketcher: EmbeddedServer, tmp_path: Path
) -> None:
    shelf = tmp_path / "shelf"
    studio = await studios(sketcher, save=shelf)
    async with Client(make_server(studio)) as agent:
        job = facts(await ask(agent, "generate_image", prompt="a fox", **SMALL, wait_seconds=0))["job"]
    await studio.jobs.find(job, MYSELF).ended()
    assert studio.shelf is not None
    await studio.shelf.close()
    assert [path.name for path in shelf.iterdir()] == ["sd_v1.5_f16_7.png"]
