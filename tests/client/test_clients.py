"""Both clients against a real embedded server."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings import AsyncDrawThings, Configuration, DrawThings, Finished
from drawthings.errors import BadImage, BadValue, ModelNotFound, SecretRequired
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.stream.events import Done, ImageArrived, Preview, Sampling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.client.answers import StreamEvent

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
QUICK: dict[str, Any] = {"model": SD15, "width": 256, "height": 256, "steps": 3, "seed": 1}


@pytest.fixture
def client(address: str) -> Iterator[DrawThings]:
    with DrawThings(address) as connected:
        yield connected


def test_a_picture(client: DrawThings) -> None:
    result = client.generate("a red boat", **QUICK)
    assert result.picture.size == (256, 256)
    assert (result.seed, result.model, len(result)) == (1, SD15, 1)
    assert result.elapsed_s > 0


def test_the_stream_ends_with_the_result(client: DrawThings) -> None:
    events = list(client.stream("a red boat", **QUICK))
    assert isinstance(events[-1], Finished)
    assert [event.step for event in events if isinstance(event, Sampling)] == [0, 1, 2, 3]
    assert [event.index for event in events if isinstance(event, ImageArrived)] == [0]
    progress = [event.progress for event in events]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert not any(isinstance(event, Done) for event in events)


def test_previews_can_be_looked_at(client: DrawThings) -> None:
    previews = [event for event in client.stream("a red boat", **{**QUICK, "steps": 8}) if isinstance(event, Preview)]
    assert previews
    for preview in previews:
        pixels = preview.pixels()
        assert pixels is not None
        assert pixels.shape == (32, 32, 3)


def test_on_event_sees_what_the_stream_yields(client: DrawThings) -> None:
    seen: list[StreamEvent] = []
    result = client.generate("a red boat", on_event=seen.append, **QUICK)
    assert isinstance(seen[-1], Finished)
    assert seen[-1].result is result


def test_a_plan_can_be_looked_at_and_run(client: DrawThings, plain_server: EmbeddedServer) -> None:
    before = plain_server.asked
    plan = client.prepare("a red boat", **QUICK)
    assert plain_server.asked == before
    one, two = client.generate(plan), client.generate(plan)
    assert one.picture.blob == two.picture.blob


def test_settings_beside_a_plan_are_refused(client: DrawThings) -> None:
    plan = client.prepare("a red boat", **QUICK)
    with pytest.raises(BadValue, match="steps"):
        client.generate(plan, steps=4)
    with pytest.raises(BadValue, match="configuration"):
        client.generate(plan, Configuration())
    with pytest.raises(BadValue, match="not int"):
        client.generate(7)  # type: ignore[arg-type] # on purpose


def test_a_batch_names_the_seed_of_each_picture(client: DrawThings) -> None:
    result = client.generate("a red boat", batch_size=3, **QUICK)
    assert [picture.seed for picture in result] == [1, 270369, result[2].seed]
    alone = client.generate("a red boat", **{**QUICK, "seed": 270369})
    assert alone.picture.blob == result[1].blob


def test_two_passes_of_zero(client: DrawThings) -> None:
    assert client.generate("x", **{**QUICK, "seed": 0}).seed == 0


def test_files(client: DrawThings) -> None:
    there, missing = client.files_exist([SD15, "missing.ckpt"], hashes=True)
    assert there.exists
    assert len(there.sha256 or "") == 64
    assert (missing.exists, missing.sha256) == (False, None)


def test_echo(client: DrawThings, address: str) -> None:
    info = client.echo()
    assert (info.address, info.browsable, info.secret_missing) == (address, True, False)
    assert SD15 in info.files


def test_the_catalogue_is_asked_for_once(client: DrawThings, plain_server: EmbeddedServer) -> None:
    assert client.models() is client.models()
    before = plain_server.received[-1]
    assert client.models(refresh=True) is not None
    assert plain_server.received[-1] is not before


def test_a_model_that_vanished_is_told_before_it_is_used() -> None:
    with EmbeddedServer(ServerOptions(tls=False)) as server, DrawThings(f"grpc://{server.address}") as client:
        with pytest.raises(ModelNotFound, match=r"no file flux_1_gone\.ckpt"):
            client.generate("x", model="flux_1_gone.ckpt")
        assert [entry.method for entry in server.received] == ["Echo", "FilesExist"]


def test_an_old_list_is_asked_again_for_a_new_name(plain_server: EmbeddedServer, client: DrawThings) -> None:
    client.models()
    with plain_server.intercept() as script, pytest.raises(ModelNotFound):
        client.prepare("x", model="brand_new.ckpt")
    assert [call.method for call in script.calls] == ["Echo"]


def test_closing_the_iterator_cancels_on_the_server(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "drawthings.server")
    options = ServerOptions(tls=False, model_browser=True, ms_per_step=50)
    with EmbeddedServer(options) as server, DrawThings(f"grpc://{server.address}") as client:
        events = client.stream("x", **{**QUICK, "steps": 150})
        for event in events:
            if isinstance(event, Sampling):
                break
        events.close()
        client.generate("y", **{**QUICK, "steps": 1})
    assert "generation 1: cancelled by the client" in caplog.text


async def test_cancelling_the_task_cancels_on_the_server(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "drawthings.server")
    options = ServerOptions(tls=False, model_browser=True, ms_per_step=50)
    with EmbeddedServer(options) as server:
        async with AsyncDrawThings(f"grpc://{server.address}") as client:
            began = asyncio.Event()

            def watch(event: StreamEvent) -> None:
                if isinstance(event, Sampling):
                    began.set()

            task = asyncio.create_task(client.generate("x", on_event=watch, **{**QUICK, "steps": 150}))
            await began.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await client.generate("y", **{**QUICK, "steps": 1})
    assert "generation 1: cancelled by the client" in caplog.text


async def test_async_gives_the_same_picture(address: str, client: DrawThings) -> None:
    async with AsyncDrawThings(address) as waiting:
        assert (await waiting.echo()).browsable
        result = await waiting.generate("a red boat", **QUICK)
        events = [event async for event in waiting.stream("a red boat", **QUICK)]
    assert isinstance(events[-1], Finished)
    blocking = await asyncio.to_thread(lambda: client.generate("a red boat", **QUICK))
    assert result.picture.blob == blocking.picture.blob == events[-1].result.picture.blob


async def test_several_at_once_share_the_connection(address: str) -> None:
    async with AsyncDrawThings(address) as client:
        results = await asyncio.gather(*(client.generate("x", **{**QUICK, "seed": seed}) for seed in range(4)))
    assert [result.seed for result in results] == [0, 1, 2, 3]
    assert len({result.picture.blob for result in results}) == 4


def test_a_client_can_be_shared_by_threads(client: DrawThings) -> None:
    seeds: list[int] = []
    threads = [
        threading.Thread(target=lambda seed=seed: seeds.append(client.generate("x", **{**QUICK, "seed": seed}).seed))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    assert sorted(seeds) == [0, 1, 2, 3]


def test_tls_and_secret_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedServer(ServerOptions(shared_secret="hush", model_browser=True)) as server:  # noqa: S106 - a test's
        monkeypatch.setenv("DRAWTHINGS_SERVER", server.address)
        with DrawThings() as client, pytest.raises(SecretRequired):
            client.models()
        monkeypatch.setenv("DRAWTHINGS_SECRET", "hush")
        monkeypatch.setenv("DRAWTHINGS_MODEL", SD15)
        with DrawThings() as client:
            result = client.generate("x", width=256, height=256, steps=1)
            assert "hush" not in repr(client.connection)
    assert result.model == SD15


def test_the_embedded_address_needs_nothing() -> None:
    with DrawThings("embedded") as one, DrawThings("embedded") as two:
        assert one.echo().identifier == two.echo().identifier
        assert one.generate("x", **QUICK).picture.size == (256, 256)


def test_what_may_disappoint_is_told_and_what_hurts_is_refused(client: DrawThings) -> None:
    edit = "qwen_image_edit_2511_q6p.ckpt"
    told = client.prepare("x", model=edit, width=256, height=256).notes
    assert any("picture" in note.text and note.severity == "warn" for note in told)
    picture = Image.new("RGB", (256, 256), "grey")
    lossy = client.prepare("x", model=edit, image=picture, strength=0.7, width=256, height=256).notes
    assert any("strength" in note.text and note.severity == "warn" for note in lossy)
    crash: dict[str, Any] = {"model": "svd_i2v_xt_1.1_q6p_q8p.ckpt", "width": 256, "height": 256}
    with pytest.raises(BadImage, match="the server would crash"):
        client.prepare("x", **crash)
    assert client.prepare("x", check=False, **crash).notes


def test_a_clip_begins_with_the_pictures_it_is_given(client: DrawThings) -> None:
    given = [Image.new("RGB", (256, 128), colour) for colour in ("red", "lime", "blue")]
    clip: dict[str, Any] = {"model": "wan_v2.1_14b_i2v_480p_q8p.ckpt", "width": 256, "height": 128, "num_frames": 9}
    result = client.generate("a fox runs", image=given, **clip, steps=2, seed=1)
    assert len(result) == 9
    assert [tuple(picture.pixels[64, 128]) for picture in result.pictures[:3]] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
    ]
    with pytest.raises(BadImage, match="starts from one picture, and gets 3"):
        client.generate("a fox", image=given, **{**QUICK, "strength": 0.5})
