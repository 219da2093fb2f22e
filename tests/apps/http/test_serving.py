"""The life of the program itself: over HTTPS, and to its end, in order or at once."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from drawthings.apps.http import serving
from drawthings.server.certificate import make_identity
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Connection
from imagesgateway import hearing, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPENAI, TXT2IMG, NATIVE = "/v1/images/generations", "/sdapi/v1/txt2img", "/api/jobs"
STEP_MS, ENDLESS = 400, 150
END_S = 20
"""Far less than it would take to wait for a generation of so many steps, and far more than a busy machine needs."""


@pytest.fixture(scope="module")
def slow() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=STEP_MS)) as server:
        yield server


@dataclass
class Running:
    """A `drawthings serve` in a process of its own.

    Attributes:
        process: The process.
        url: Where it listens.
        trust: What its certificate is checked with; None for HTTP.
    """

    process: subprocess.Popen[str]
    url: str
    trust: ssl.SSLContext | None = None

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and body of an answer."""
        place = urlsplit(self.url).netloc
        connection = (
            http.client.HTTPConnection(place, timeout=END_S)
            if self.trust is None
            else http.client.HTTPSConnection(place, timeout=END_S, context=self.trust)
        )
        data = None if body is None else json.dumps(body)
        with closing(connection):
            connection.request(method, path, data, {"content-type": "application/json"} if data else {})
            answer = connection.getresponse()
            found = answer.read()
        told = json.loads(found) if "json" in answer.headers.get("content-type", "") else found
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, told

    def make(self, path: str = OPENAI, steps: int = 1) -> tuple[int, dict[str, str], Any]:
        """Ask for a small picture."""
        wanted: dict[str, Any] = {"prompt": "a fox", "steps": steps, "model": "sd_v1.5_f16.ckpt"}
        size = {"size": "128x128"} if path == OPENAI else {"width": 128, "height": 128}
        return self.ask("POST", path, {**wanted, **size})

    def until(self, words: bytes) -> None:
        """Wait until the page is told certain words."""
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=END_S)) as connection:
            connection.request("GET", "/api/events")
            with connection.getresponse() as events:
                while words not in (line := events.readline()):
                    assert line, "the events ended"

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """Press Ctrl-C, and wait until it says that it heard it."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        while "Stopping: running jobs may finish" not in (line := self.process.stderr.readline()):
            assert line, "it ended without a word"

    def end(self) -> str:
        """Wait for its end; return what else it said."""
        rest = self.process.communicate(timeout=END_S)[1]
        assert "Traceback" not in rest
        assert "Exception" not in rest
        return rest


@contextmanager
def started(server: EmbeddedServer, *options: str, trust: ssl.SSLContext | None = None) -> Iterator[Running]:
    """Run the command in front of a server."""
    command = [sys.executable, "-m", "drawthings", "serve", "--server", f"grpc://{server.address}", "--port", "0"]
    process = subprocess.Popen([*command, "--no-gallery", *options], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "Listening at http" in line
        yield Running(process, line.split()[2].rstrip("/"), trust)
    finally:
        process.kill()
        process.communicate()


# ---------------------------------------------------------------------------------------------------------------- HTTPS


@pytest.mark.timeout(60)
def test_over_https_with_a_certificate_of_ones_own(plain_server: EmbeddedServer, tmp_path: Path) -> None:
    made = make_identity(("localhost", "127.0.0.1"))
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.certificate)
    key.write_bytes(made.key)
    trust = ssl.create_default_context(cafile=str(certificate))
    options = ("--tls-cert", str(certificate), "--tls-key", str(key), "--rate", "1", "--strip-metadata")
    with started(plain_server, *options, trust=trust) as gateway:
        assert gateway.url.startswith("https://127.0.0.1:")
        assert gateway.ask("GET", "/healthz")[0] == 200
        wanted = {"prompt": "a fox", "size": "128x128", "model": "sd_v1.5_f16.ckpt", "response_format": "url"}
        status, _, told = gateway.ask("POST", OPENAI, wanted)
        assert status == 200
        link = told["data"][0]["url"]
        assert link.startswith(gateway.url)
        file = gateway.ask("GET", urlsplit(link).path)[2]
        assert file.startswith(b"\x89PNG")
        assert b"a fox" not in file
        assert gateway.ask("POST", OPENAI, wanted)[0] == 429
        with pytest.raises(ssl.SSLCertVerificationError):
            Running(gateway.process, gateway.url, ssl.create_default_context()).ask("GET", "/healthz")
        with pytest.raises((http.client.BadStatusLine, ConnectionError)):
            Running(gateway.process, gateway.url).ask("GET", "/healthz")
        assert gateway.ask("GET", "/healthz")[0] == 200
        gateway.interrupt()
        assert "Stopped." in gateway.end()
    assert gateway.process.returncode == 0


# -------------------------------------------------------------------------------------------------------------- the end


@pytest.mark.timeout(60)
def test_ctrl_c_lets_running_jobs_finish_and_takes_no_more(slow: EmbeddedServer) -> None:
    with started(slow) as gateway, ThreadPoolExecutor() as aside:
        running = aside.submit(gateway.make, steps=8)
        gateway.until(b'"running"')
        waiting = aside.submit(gateway.make, TXT2IMG)
        gateway.until(b'"queued"')
        gateway.process.send_signal(signal.SIGINT)
        for path in (OPENAI, TXT2IMG, NATIVE):
            status, headers, told = waiting.result() if path == TXT2IMG else gateway.make(path)
            assert status == 503
            assert "shutting down" in json.dumps(told)
            assert int(headers["retry-after"]) >= 1
        assert gateway.ask("GET", "/readyz")[0] == 503
        assert gateway.ask("GET", "/healthz")[0] == 200
        assert not running.done()
        status, _, told = running.result()
        assert status == 200
        assert opened(told["data"][0]["b64_json"]).size == (128, 128)
        assert "Stopped." in gateway.end()
    assert gateway.process.returncode == 0


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("path", "number"), [(OPENAI, signal.SIGINT), (TXT2IMG, signal.SIGTERM)])
def test_who_is_not_done_in_time_is_told_to_come_again(slow: EmbeddedServer, path: str, number: signal.Signals) -> None:
    with started(slow, "--drain", "0.2") as gateway, ThreadPoolExecutor() as aside:
        running = aside.submit(gateway.make, path, ENDLESS)
        gateway.until(b'"running"')
        gateway.interrupt(number)
        status, headers, told = running.result()
        assert (status, "shutting down" in json.dumps(told)) == (503, True)
        assert int(headers["retry-after"]) >= 1
        assert "Stopped." in gateway.end()
    assert gateway.process.returncode == 0


@pytest.mark.timeout(60)
def test_ctrl_c_twice_ends_at_once_and_frees_the_server(slow: EmbeddedServer) -> None:
    with (
        started(slow, "--drain", "600") as gateway,
        ThreadPoolExecutor() as aside,
        hearing("cancelled by the client") as cancelled,
        socket.create_connection((urlsplit(gateway.url).hostname or "", urlsplit(gateway.url).port or 0)) as dawdler,
    ):
        dawdler.sendall(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        dawdler.sendall(b"Content-Length: 1000\r\n\r\n{")
        running = aside.submit(gateway.make, steps=ENDLESS)
        gateway.until(b'"running"')
        gateway.interrupt()
        gateway.process.send_signal(signal.SIGINT)
        assert "what was running was cancelled" in gateway.end()
        assert running.result()[0] == 503
        assert cancelled.wait(END_S)
    assert gateway.process.returncode == 130


async def test_an_answer_that_does_not_end_is_cut_off_without_complaints(
    plain_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving, "LAST_S", 0.2)
    told: asyncio.Queue[str] = asyncio.Queue()
    connections = [Connection(server=f"grpc://{plain_server.address}")]
    life = asyncio.create_task(serving.serve(serving.Serving(connections=connections, port=0), told.put_nowait))
    place = urlsplit((await told.get()).split()[2])
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert await reader.readuntil(b"alive") != b""
    writer.write(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 1000\r\n\r\n{")
    signal.raise_signal(signal.SIGINT)
    async with asyncio.timeout(END_S):
        assert await life is True
    assert await told.get() == "Stopping: running jobs may finish. Ctrl-C again stops at once."
    writer.close()
    assert not [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}]
