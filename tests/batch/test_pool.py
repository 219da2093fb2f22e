"""The pools over real connections to embedded servers."""

from __future__ import annotations

import asyncio
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from drawthings import AsyncDrawThings, DrawThings
from drawthings.batch.pool import AsyncPool, Pool
from drawthings.batch.rules import Rules
from drawthings.errors import (
    BadValue,
    BatchError,
    ModelNotFound,
    OutOfRange,
    Poisoned,
    SecretRequired,
    ServerCrashed,
    Unreachable,
)
from drawthings.settings import Connection, Secret, Timeouts
from drawthings.stream.events import ImageArrived, Sampling

SMALL = {"width": 128, "height": 128, "steps": 1}
QUICK = Rules(wait_s=0.2, health_s=0.1)
RIGHT = "right"
NOWHERE = "grpc://127.0.0.1:9"
TWINS = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
ASKING = ("models", "files_exist", "prepare", "stream", "generate", "edit", "inpaint", "outpaint", "upscale", "grid")


# ---------------------------------------------------------------------------------------------------------- parity


@pytest.mark.parametrize("name", ASKING)
def test_the_pool_takes_what_the_client_takes(name: str):
    pool, client = inspect.signature(getattr(Pool, name)), inspect.signature(getattr(DrawThings, name))
    assert list(pool.parameters.values()) == list(client.parameters.values())
    assert pool.return_annotation == client.return_annotation
    waiting = inspect.signature(getattr(AsyncPool, name))
    assert list(waiting.parameters.values()) == list(
        inspect.signature(getattr(AsyncDrawThings, name)).parameters.values()
    )


def test_the_two_pools_are_alike():
    waiting = dict(inspect.getmembers(AsyncPool, inspect.isfunction))
    blocking = dict(inspect.getmembers(Pool, inspect.isfunction))
    assert {TWINS.get(name, name) for name in waiting} == set(blocking)
    for name, method in waiting.items():
        twin = blocking[TWINS.get(name, name)]
        assert list(inspect.signature(method).parameters) == list(inspect.signature(twin).parameters)


# ------------------------------------------------------------------------------------------------------- the work


async def test_many_calls_at_once_are_spread_and_no_server_gets_two(fleet: Any, addresses: Any):
    servers = fleet(3, ms_per_step=25)
    async with AsyncPool(addresses(servers)) as pool:
        await pool.models()
        results = await asyncio.gather(*(pool.generate("a fox", seed=seed, **SMALL) for seed in range(30)))
        assert [result.seed for result in results] == list(range(30))
        assert sum(status.done for status in pool.status()) == 30
        assert {status.state for status in pool.status()} == {"idle"}
    assert sum(server.generations for server in servers.servers) == 30
    assert all(server.generations > 2 for server in servers.servers)
    assert [server.most_at_once for server in servers.servers] == [1, 1, 1]


def test_threads_share_a_pool(fleet: Any, addresses: Any):
    servers = fleet(2)
    with Pool(addresses(servers)) as pool, ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda seed: pool.generate("a fox", seed=seed, **SMALL), range(16)))
    assert [result.seed for result in results] == list(range(16))
    assert [server.most_at_once for server in servers.servers] == [1, 1]


def test_the_same_picture_as_from_the_client(fleet: Any, addresses: Any):
    (address,) = addresses(fleet(1))
    with Pool(address) as pool, DrawThings(address) as client:
        assert (
            pool.generate("a fox", seed=3, **SMALL).picture.blob
            == client.generate("a fox", seed=3, **SMALL).picture.blob
        )


def test_all_methods_that_make_pictures(fleet: Any, addresses: Any):
    servers = fleet(2, catalogue=("v1", "realesrgan_x2plus_f16.ckpt"))
    with Pool(addresses(servers)) as pool:
        first = pool.generate("a fox", **SMALL).picture.image()
        assert pool.edit(first, "a wolf", **SMALL).picture.size == (128, 128)
        assert pool.inpaint(first, (32, 32, 96, 96), "a wolf", **SMALL).picture.size == (128, 128)
        assert pool.outpaint(first, "snow", right=64, steps=1).picture.size[0] >= 192
        assert pool.upscale(first, factor=2).picture.size == (256, 256)
        cells = []
        grid = pool.grid("a fox", x=("steps", [1, 2]), y=("seed", [1, 2]), width=128, height=128, on_cell=cells.append)
        assert grid.shape == (2, 2, 1)
        assert len(cells) == 4
        assert all(cell.result is not None for cell in grid.cells)
    assert [server.most_at_once for server in servers.servers] == [1, 1]


def test_events_come_through_and_a_plan_can_be_given(fleet: Any, addresses: Any):
    with Pool(addresses(fleet(2))) as pool:
        plan = pool.prepare("a fox", seed=4, **{**SMALL, "steps": 3})
        seen = []
        result = pool.generate(plan, on_event=seen.append)
        assert result.seed == 4
        assert [event.step for event in seen if isinstance(event, Sampling)][-1] == 3
        with pytest.raises(BadValue, match="ignored"):
            pool.generate(plan, steps=4)


def test_what_the_servers_have_between_them(fleet: Any, addresses: Any):
    servers = addresses(fleet(1, catalogue=("sd_v1.5_f16.ckpt",)), fleet(1, catalogue=("flux1",)))
    with Pool(servers) as pool:
        files = {model.file for model in pool.models().models}
        assert "sd_v1.5_f16.ckpt" in files
        assert len(files) > 1
        there, missing = pool.files_exist(["sd_v1.5_f16.ckpt", "nothing.ckpt"])
        assert (there.exists, missing.exists) == (True, False)
        assert {model.file for model in pool.models(refresh=True).models} == files


def test_a_job_goes_where_its_model_is(fleet: Any, addresses: Any):
    ordinary, flux = fleet(1, catalogue=("sd_v1.5_f16.ckpt",)), fleet(1, catalogue=("flux1",))
    with Pool(addresses(ordinary, flux)) as pool:
        model = next(entry.file for entry in pool.models().models if entry.version == "flux1")
        for seed in range(3):
            assert pool.generate("a fox", model=model, seed=seed, **SMALL).model == model
    assert (ordinary.servers[0].generations, flux.servers[0].generations) == (0, 3)


def test_a_model_that_nobody_has_is_told_with_what_each_has(fleet: Any, addresses: Any):
    servers = addresses(fleet(1, catalogue=("sd_v1.5_f16.ckpt",)), fleet(1, catalogue=("flux1",)))
    with Pool(servers) as pool, pytest.raises(ModelNotFound) as caught:
        pool.generate("a fox", model="nothing.ckpt", **SMALL)
    assert all(address in caught.value.hint for address in servers)
    assert "sd_v1.5_f16.ckpt" in caught.value.hint


def test_a_server_that_tells_nothing_is_asked_for_the_files(fleet: Any, addresses: Any):
    silent = fleet(1, catalogue=("flux1",), model_browser=False)
    knowing = fleet(1, catalogue=("sd_v1.5_f16.ckpt",), model_browser=False)
    with Pool(addresses(silent, knowing)) as pool:
        assert pool.generate("a fox", model="sd_v1.5_f16.ckpt", **SMALL).model == "sd_v1.5_f16.ckpt"
    assert silent.servers[0].generations == 0


# ----------------------------------------------------------------------------------------------------- when it fails


def test_what_fails_on_one_server_is_done_by_another_with_the_same_seed(fleet: Any, addresses: Any):
    servers = fleet(2)
    for server in servers.servers:
        server.faults.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory")
    with Pool(addresses(servers)) as pool:
        pool.models()
        result = pool.generate("a fox", **SMALL)
        assert sum(status.failed for status in pool.status()) == 2
    sent = [
        each.configuration.seed
        for server in servers.servers
        for each in server.received
        if each.method == "GenerateImage"
    ]
    assert set(sent) == {result.seed}


def test_what_fails_three_times_is_told(fleet: Any, addresses: Any):
    servers = fleet(1)
    for _ in range(3):
        servers.servers[0].faults.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory")
    with Pool(addresses(servers)) as pool, pytest.raises(ServerCrashed, match="out of memory"):
        pool.generate("a fox", **SMALL)
    assert servers.servers[0].faults.unused == ()


def test_a_wrong_setting_is_tried_nowhere(fleet: Any, addresses: Any):
    servers = fleet(2)
    with Pool(addresses(servers)) as pool, pytest.raises(OutOfRange):
        pool.generate("a fox", width=100, height=128)
    assert sum(server.generations for server in servers.servers) == 0


def test_a_server_that_crashes_loses_nothing(fleet: Any, addresses: Any):
    shaky, steady = fleet(1, crash_after=2), fleet(1)
    with Pool(addresses(shaky, steady), rules=QUICK) as pool, ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda seed: pool.generate("a fox", seed=seed, **SMALL), range(20)))
        down = pool.status()[0]
    assert [result.seed for result in results] == list(range(20))
    assert (down.state, shaky.servers[0].crashes) == ("down", 1)
    assert down.trouble


def test_a_server_that_comes_back_is_used_again(fleet: Any, addresses: Any):
    shaky = fleet(1, crash_after=2, restart_ms=50)
    with Pool(addresses(shaky), rules=Rules(wait_s=15, health_s=0.1)) as pool:
        for seed in range(4):
            assert pool.generate("a fox", seed=seed, **SMALL).seed == seed
    assert shaky.servers[0].crashes == 1


def test_a_request_that_takes_two_servers_down_is_poison(fleet: Any, addresses: Any):
    servers = fleet(3)
    for server in servers.servers:
        server.faults.drop_connection("GenerateImage", after_messages=1)
    with Pool(addresses(servers)) as pool, pytest.raises(Poisoned) as caught:
        pool.generate("a fox", **SMALL)
    assert len(caught.value.servers) == 2
    assert sum(len(server.faults.unused) for server in servers.servers) == 1


def test_nobody_there_is_told_at_once_with_each_reason():
    with (
        Pool([NOWHERE, "grpc://127.0.0.1:10"], rules=QUICK) as pool,
        pytest.raises(Unreachable, match="None of the 2") as caught,
    ):
        pool.generate("a fox", **SMALL)
    assert NOWHERE in str(caught.value)


def test_all_servers_gone_is_told_after_the_wait(fleet: Any, addresses: Any):
    servers = fleet(2)
    with Pool(addresses(servers), rules=QUICK) as pool:
        pool.generate("a fox", **SMALL)
        servers.stop()
        with pytest.raises(Unreachable, match="None of the 2"):
            pool.generate("a wolf", **SMALL)


def test_a_wrong_secret_shuts_out_one_server_and_not_the_others(fleet: Any, addresses: Any):
    closed, open_ = fleet(1, shared_secret=RIGHT), fleet(1)
    wrong = Connection(addresses(closed)[0], secret=Secret("wrong"))
    with Pool([wrong, *addresses(open_)], rules=QUICK) as pool:
        for seed in range(3):
            pool.generate("a fox", seed=seed, **SMALL)
        pool.models()
        assert pool.status()[0].state == "down"
        assert "secret" in pool.status()[0].trouble
    assert closed.servers[0].generations == 0


def test_all_servers_shut_us_out(fleet: Any, addresses: Any):
    closed = fleet(2, shared_secret=RIGHT)
    with Pool(addresses(closed), rules=QUICK) as pool, pytest.raises(SecretRequired, match="None of the 2"):
        pool.generate("a fox", **SMALL)


def test_a_frozen_server_is_given_up_and_its_job_goes_elsewhere(fleet: Any, addresses: Any):
    frozen, other = fleet(1), fleet(1)
    gate = frozen.servers[0].faults.pause("GenerateImage", after_messages=1)
    slow = Connection(addresses(frozen)[0], timeouts=Timeouts(unary_s=0.2))
    with Pool([slow], rules=Rules(wait_s=10, health_s=0.1, frozen_s=0.5)) as pool, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pool.generate, "a fox", **SMALL)
        assert gate.wait()
        for _ in range(100):
            frozen.servers[0].faults.silence(30, "Echo")
        pool.add(addresses(other)[0])
        assert waiting.result(15).plan.order.prompt == "a fox"
        assert pool.status()[0].state == "down"
        gate.open()
    assert other.servers[0].generations == 1


def test_a_picture_that_was_there_is_not_yielded_twice(fleet: Any, addresses: Any):
    servers = fleet(2)
    for server in servers.servers:
        server.faults.fail("GenerateImage", grpc.StatusCode.INTERNAL, "broke", after_images=1)
    with Pool(addresses(servers)) as pool:
        events = list(pool.stream("a fox", batch_size=2, seed=1, **SMALL))
    assert [event.index for event in events if isinstance(event, ImageArrived)] == [0, 1]
    assert [event.progress for event in events] == sorted(event.progress for event in events)
    assert len(events[-1].result.pictures) == 2


# ----------------------------------------------------------------------------------------- coming, going, cancelling


def test_servers_come_and_go_while_it_runs(fleet: Any, addresses: Any):
    first, second = fleet(1), fleet(1)
    with Pool(addresses(first)) as pool:
        pool.generate("a fox", **SMALL)
        pool.add(addresses(second)[0])
        pool.drain(addresses(first)[0])
        for seed in range(3):
            pool.generate("a fox", seed=seed, **SMALL)
        assert [status.state for status in pool.status()] == ["draining", "idle"]
        pool.add(addresses(first)[0])
        assert pool.status()[0].state == "idle"
        with pytest.raises(BadValue, match="no server"):
            pool.drain("elsewhere")
    assert (first.servers[0].generations, second.servers[0].generations) == (1, 3)


async def test_a_cancelled_call_frees_its_server(fleet: Any, addresses: Any):
    servers = fleet(1)
    gate = servers.servers[0].faults.pause("GenerateImage", after_messages=1)
    async with AsyncPool(addresses(servers)) as pool:
        task = asyncio.ensure_future(pool.generate("a fox", **SMALL))
        assert await asyncio.to_thread(gate.wait)
        waiting = asyncio.ensure_future(pool.generate("a wolf", **SMALL))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.open()
        assert (await waiting).plan.order.prompt == "a wolf"


async def test_the_urgent_goes_first_and_then_the_nearest_deadline(fleet: Any, addresses: Any):
    servers = fleet(1)
    gate = servers.servers[0].faults.pause("GenerateImage", after_messages=1)
    order: list[str] = []

    async def paint(pool: AsyncPool, words: str) -> None:
        await pool.generate(words, **SMALL)
        order.append(words)

    async with AsyncPool(addresses(servers)) as pool:
        first = asyncio.ensure_future(paint(pool, "first"))
        assert await asyncio.to_thread(gate.wait)
        ranks: dict[str, Any] = {
            "late": {},
            "soon": {"deadline_s": 60},
            "sooner": {"deadline_s": 30},
            "urgent": {"priority": 1},
        }
        others = [asyncio.ensure_future(paint(pool.ranked(**rank), words)) for words, rank in ranks.items()]
        while pool._desk.schedule.waiting < 4:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(first, *others)
    assert order == ["first", "urgent", "sooner", "soon", "late"]


def test_a_stream_that_is_left_frees_its_server(fleet: Any, addresses: Any):
    with Pool(addresses(fleet(1))) as pool:
        stream = pool.stream("a fox", **{**SMALL, "steps": 50})
        next(stream)
        assert pool.status()[0].state == "working"
        stream.close()
        assert pool.status()[0].state == "idle"


def test_a_closed_pool_says_so(fleet: Any, addresses: Any):
    pool = Pool(addresses(fleet(1)))
    pool.generate("a fox", **SMALL)
    pool.close()
    with pytest.raises(BatchError, match="closed"):
        pool.generate("a fox", **SMALL)


def test_closing_ends_what_waits(fleet: Any, addresses: Any):
    servers = fleet(1)
    gate = servers.servers[0].faults.pause("GenerateImage", after_messages=1)
    pool = Pool(addresses(servers))
    errors: list[BaseException] = []

    def call() -> None:
        try:
            pool.generate("a fox", **SMALL)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at below
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert gate.wait()
    pool.close()
    for thread in threads:
        thread.join(10)
    assert len(errors) == 2
    gate.open()


def test_a_pool_of_nothing_and_a_server_given_twice():
    with pytest.raises(BadValue, match="at least one"):
        Pool([])
    with pytest.raises(BadValue, match="twice"):
        Pool([NOWHERE, NOWHERE])
    with pytest.raises(OutOfRange, match="tries"):
        Rules(tries=0)


def test_a_server_that_answers_is_found_whatever_others_of_its_kind_do(fleet: Any, addresses: Any):
    servers = fleet(3)
    with Pool(addresses(servers)) as pool:
        pool.models()
        for server in servers.servers[:2]:
            server.stop()
        assert pool.generate("a fox", **SMALL).pictures


def test_one_server_is_one_server_however_it_is_named(fleet: Any, addresses: Any):
    (name,) = addresses(fleet(1))
    with pytest.raises(BadValue, match="given twice"):
        Pool([name, name.removeprefix("grpc://")])
    with pytest.raises(BadValue, match="given twice"):
        Pool(["gpu1", "GPU1:7859"])
