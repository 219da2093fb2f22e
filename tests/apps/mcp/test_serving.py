"""The tools over both transports, as hosts start and call them."""

from __future__ import annotations

import asyncio
import base64
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from drawthings.apps.http.keys import Keys, new_key
from drawthings.apps.mcp.serving import application
from toolcalls import SMALL, ask, break_off, facts, kinds, noisy, paint, pictures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from drawthings.apps.mcp.studio import Studio
    from drawthings.server.run import EmbeddedServer

PROGRAM = str(Path(sys.executable).parent / "drawthings")
ERAS = ("auto", "legacy")
HELLO = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},'
    b'"clientInfo":{"name":"test","version":"1"}}}\n'
)


@asynccontextmanager
async def listening(made: Studio, keys: Keys | None = None) -> AsyncIterator[str]:
    """Serve the tools over HTTP; yields the address."""
    place = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application(made, keys), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[place]))
    try:
        yield f"http://127.0.0.1:{place.getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def opened(url: str, key: str) -> AsyncIterator[Client]:
    """Connect with a key."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


@pytest.mark.parametrize("era", ERAS)
async def test_over_http(era: str, made: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []

    async def progress(done: float, _total: float | None, _message: str | None) -> None:
        told.append(done)

    async def noise(*_: Any, **__: Any) -> bytes:
        return noisy(640, 512)

    async with listening(made) as url, Client(url, mode=era) as agent:
        answer = await agent.call_tool("generate_image", {"prompt": "a", **SMALL}, progress_callback=progress)
        assert kinds(answer) == ["text", "image", "resource_link"]
        assert told == sorted(set(told))
        assert told
        contents = (await agent.read_resource(facts(answer)["results"][0]["uri"])).contents
        assert contents[0].mime_type == "image/png"
        monkeypatch.setattr(made.jobs, "encoded", noise)
        # With progress wanted, the answer is one event of a stream, and the client takes no more than a megibyte.
        large = await agent.call_tool(
            "generate_image", {"prompt": "b", **SMALL, "count": 4}, progress_callback=progress
        )
        assert len(pictures(large)) == 4


@pytest.mark.parametrize("era", ERAS)
async def test_a_cancelled_call_over_http_is_cancelled_on_the_server(
    era: str, studios: Callable[..., Awaitable[Studio]], slow: EmbeddedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "drawthings.server")
    async with listening(await studios(slow)) as url, Client(url, mode=era) as agent:
        await break_off(agent)
        assert facts(await ask(agent, "generate_image", prompt="next", **{**SMALL, "steps": 1}))["state"] == "done"
    assert "generation 1: cancelled by the client" in caplog.text


async def test_a_large_picture_comes_in_as_an_argument(made: Studio) -> None:
    url = "data:image/png;base64," + base64.b64encode(noisy(1280, 1024)).decode()
    assert len(url) > 5_000_000
    async with listening(made) as address, Client(address) as agent:
        assert facts(await ask(agent, "inspect", image=url))["error"] == "BadImage"  # it does not say how it was made


async def test_who_has_no_key_is_refused_and_keys_do_not_see_each_other(made: Studio) -> None:
    (hers, first), (his, second) = new_key("her"), new_key("him")
    keys = Keys(dict(line.split(":") for line in (first, second)))

    async with listening(made, keys) as url:
        async with httpx2.AsyncClient() as nobody:
            for header in ({}, {"Authorization": "Bearer wrong"}):
                answer = await nobody.post(url, json={}, headers=header)
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        async with opened(url, hers) as her, opened(url, his) as him:
            fox = await paint(her)
            assert facts(await ask(her, "get_image", id=fox))["id"] == fox
            assert facts(await ask(him, "get_image", id=fox))["error"] == "NoSuchJob"
            assert len((await him.list_resources()).resources) == 1


async def test_pages_and_other_names_are_refused_over_http(made: Studio) -> None:
    async with listening(made) as url, httpx2.AsyncClient() as browser:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        accept = {"Accept": "application/json, text/event-stream"}
        renamed = await browser.post(url, json=body, headers={**accept, "Host": "evil.example"})
        page = await browser.post(url, json=body, headers={**accept, "Origin": "https://evil.example"})
        plain = await browser.post(url, content="{}", headers={**accept, "Content-Type": "text/plain"})
        huge = await browser.post(
            url, content=b" " * (33 << 20), headers={**accept, "Content-Type": "application/json"}
        )
        assert [each.status_code for each in (renamed, page, plain, huge)] == [421, 403, 400, 413]


async def test_over_standard_input_and_output(tmp_path: Path) -> None:
    arguments = ["mcp", "--server", "embedded", "--save", str(tmp_path)]
    async with Client(StdioServerParameters(command=PROGRAM, args=arguments)) as agent:
        assert agent.server_info.name == "drawthings"
        found = facts(await ask(agent, "generate_image", prompt="a red fox", **SMALL))
        assert Path(found["results"][0]["path"]).parent == tmp_path


async def test_nothing_but_messages_is_on_standard_output_and_ctrl_c_ends_it(address: str) -> None:
    started = await asyncio.create_subprocess_exec(
        *(PROGRAM, "mcp", "--server", address, "--debug"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert started.stdin is not None
    assert started.stdout is not None
    started.stdin.write(HELLO + b"no message\n")
    first = await started.stdout.readline()
    started.send_signal(signal.SIGINT)  # while it waits for the next message
    rest = await started.stdout.read()
    assert await started.wait() == 0
    assert all(line.startswith(b'{"jsonrpc"') for line in (first + rest).splitlines())
    assert first
    started.stdin.close()


async def test_the_command_serves_http_until_ctrl_c(address: str) -> None:
    started = await asyncio.create_subprocess_exec(
        *(PROGRAM, "mcp", "--server", address, "--http", "0"), stderr=asyncio.subprocess.PIPE
    )
    assert started.stderr is not None
    line = (await started.stderr.readline()).decode()
    found = re.fullmatch(r"Listening at (http://127\.0\.0\.1:\d+/mcp)\. Ctrl-C stops\.\n", line)
    assert found, line
    async with Client(found[1]) as agent:
        assert len((await agent.list_tools()).tools) == 10
    started.send_signal(signal.SIGINT)
    _, said = await started.communicate()
    assert (started.returncode, said) == (0, b"")
