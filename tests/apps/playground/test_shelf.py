"""What the page is made of: its weight, its types, its policy, and that it needs nothing from elsewhere."""

from __future__ import annotations

import gzip
import re

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from drawthings.apps.playground.routes import POLICY, routes
from drawthings.apps.playground.shelf import FOLDER, leaves

MOST_BYTES = 300_000
MOST_LINES = 400
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client() -> TestClient:
    async def dialect(_: object) -> PlainTextResponse:
        return PlainTextResponse("a dialect")

    return TestClient(Starlette(routes=[*routes(), Route("/", dialect, methods=["GET", "HEAD"])]))


def test_the_first_load_is_light() -> None:
    assert sum(len(leaf.packed) for leaf in leaves().values()) < MOST_BYTES


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    long = {name: leaf.data.count(b"\n") for name, leaf in leaves().items() if name.endswith(".js")}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}
    assert len(long) > 20


def test_the_page_needs_nothing_from_elsewhere() -> None:
    addresses = re.compile(rb"(?:https?:)?//[\w.-]+\.\w+")
    known = {b"http://www.w3.org"}
    found = {name: set(addresses.findall(leaf.data)) - known for name, leaf in leaves().items()}
    assert {name: each for name, each in found.items() if each} == {}


def test_text_never_becomes_markup() -> None:
    dangerous = re.compile(rb"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function")
    assert [name for name, leaf in leaves().items() if dangerous.search(leaf.data)] == []


def test_every_import_leads_to_a_module() -> None:
    for name, leaf in leaves().items():
        if not name.endswith(".js"):
            continue
        for wanted in re.findall(r'from "\./(.+?)"', leaf.data.decode()):
            assert f"js/{wanted}" in leaves(), f"{name} imports {wanted}"


def test_the_page_names_every_module_so_that_all_come_at_once() -> None:
    page = leaves()["index.html"].data.decode()
    named = set(re.findall(r'modulepreload" href="playground/(.+?)"', page))
    assert named == {name for name in leaves() if name.endswith(".js")} - {"js/theme.js"}


def test_browsers_get_the_page_and_programs_the_dialect(client: TestClient) -> None:
    page = client.get("/", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>" in page.text
    assert client.get("/", headers={"accept": "*/*"}).text == "a dialect"
    assert client.head("/").status_code == 200


def test_the_policy_lets_nothing_in(client: TestClient) -> None:
    page = client.get("/", headers=BROWSER)
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


@pytest.mark.parametrize(
    ("name", "kind"),
    [("js/main.js", "text/javascript"), ("frame.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
def test_files_have_their_types_and_are_packed(client: TestClient, name: str, kind: str) -> None:
    got = client.get(f"/playground/{name}", headers={"accept-encoding": "gzip"})
    assert got.headers["content-type"].startswith(kind)
    assert got.headers["content-encoding"] == "gzip"
    assert got.content == (FOLDER / name).read_bytes()
    assert gzip.decompress(leaves()[name].packed) == leaves()[name].data
    plain = client.get(f"/playground/{name}", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == got.content


def test_what_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/playground/js/dom.js")
    again = client.get("/playground/js/dom.js", headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get("/playground/js/dom.js", headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ["routes.py", "../../errors.py", "%2e%2e/__init__.py", "js/", "nothing.js"])
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/playground/{path}").status_code == 404
