"""The gateway's own API over real HTTP: everything the page in the browser does."""

from __future__ import annotations

import base64
import http.client
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from drawthings.request.fields import BY_NAME
from hostile import SMALL, file_of, form
from imagesgateway import Gateway, running
from patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.server.run import EmbeddedServer

JSON = "application/json"


@pytest.fixture(scope="module")
def gateway(plain_server: EmbeddedServer) -> Iterator[Gateway]:
    with running(plain_server) as made:
        yield made


def call(gateway: Gateway, method: str, path: str, body: Any = None, kind: str = JSON) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=15)
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection.request(method, path, data, {} if data is None else {"content-type": kind})
    answer = connection.getresponse()
    raw = answer.read()
    told = json.loads(raw) if answer.getheader("content-type") == JSON else raw
    connection.close()
    return answer.status, told


def made(gateway: Gateway, **more: Any) -> dict[str, Any]:
    """Ask for pictures and wait for them."""
    status, told = call(gateway, "POST", "/api/jobs", {**SMALL, **more})
    assert status == 202, told
    return ended(gateway, told["job"]["id"])


def ended(gateway: Gateway, name: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        job: dict[str, Any] = call(gateway, "GET", f"/api/jobs/{name}")[1]["job"]
        return job if job["state"] in {"done", "failed", "cancelled"} else None

    job = until(over)
    assert job is not None
    return job


def data_url(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def test_the_page_learns_what_there_is(gateway: Gateway) -> None:
    models = call(gateway, "GET", "/api/models")[1]
    state = call(gateway, "GET", "/api/state")[1]
    assert state["servers"][0]["state"] in {"idle", "working"}
    assert state["models_ready"]
    assert not state["key_needed"]
    assert state["default_model"] in {model["file"] for model in models["models"]}
    flux = next(model for model in models["models"] if model["family"] == "flux1")
    assert flux["native"] == [1024, 1024]
    assert isinstance(flux["recipe"]["sampler"], str)
    fields = call(gateway, "GET", "/api/fields")[1]["fields"]
    assert {field["name"] for field in fields} == set(BY_NAME)


def test_a_job_becomes_a_picture_with_all_its_settings(gateway: Gateway) -> None:
    job = made(gateway, seed=5, negative_prompt="grey", loras=[])
    picture = job["pictures"][0]
    assert (job["state"], job["verb"], picture["seed"], picture["width"]) == ("done", "generate", 5, 128)
    assert picture["settings"]["steps"] == 1
    assert picture["negative_prompt"] == "grey"
    status, file = call(gateway, "GET", picture["url"])
    assert (status, file[:4]) == (200, b"\x89PNG")
    status, small = call(gateway, "GET", picture["thumbnail"])
    assert (status, small[8:12]) == (200, b"WEBP")
    status, told = call(gateway, "POST", "/api/inspect", form("file", file), "multipart/form-data; boundary=b")
    assert (status, told["prompt"], told["settings"]["seed"]) == (200, "a fox", 5)
    assert call(gateway, "POST", "/api/inspect", {"file": data_url(file)})[1] == told


def test_several_have_the_seeds_that_one_batch_would_have(gateway: Gateway) -> None:
    from drawthings.request.choices import SeedMode
    from drawthings.request.seeds import batch_seeds

    job = made(gateway, seed=5, count=3)
    assert tuple(each["seed"] for each in job["pictures"]) == batch_seeds(5, 3, SeedMode.SCALE_ALIKE)


def test_the_places_of_a_grid_are_numbered_row_by_row_whatever_is_made_first(gateway: Gateway) -> None:
    models = ["sd_v1.5_f16.ckpt", "realdream_15sd15_q6p_q8p.ckpt"]
    job = made(gateway, seed=1, grid={"x": ["model", models], "y": ["steps", [1, 2]]})
    places = sorted((each["index"], each["model"], each["settings"]["steps"]) for each in job["pictures"])
    assert places == [(0, models[0], 1), (1, models[1], 1), (2, models[0], 2), (3, models[1], 2)]


def test_a_grid_makes_a_picture_for_each_place(gateway: Gateway) -> None:
    job = made(gateway, seed=1, grid={"x": ["steps", [1, 2]], "y": ["prompt", ["a", "b"]]})
    places = {(each["settings"]["steps"], each["prompt"]) for each in job["pictures"]}
    assert places == {(1, "a"), (2, "a"), (1, "b"), (2, "b")}
    assert {each["seed"] for each in job["pictures"]} == {1}


def test_a_result_is_the_input_of_the_next(gateway: Gateway) -> None:
    first = made(gateway, seed=2)["pictures"][0]
    job = made(gateway, verb="edit", image=f"result:{first['id']}", strength=0.5, seed=3)
    assert job["state"] == "done", job["error"]


def test_what_is_transparent_in_the_mask_is_repainted(gateway: Gateway) -> None:
    mask = Image.new("RGBA", (64, 64), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 32, 64))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    image = data_url(file_of("PNG"))
    job = made(gateway, verb="inpaint", image=image, mask=data_url(buffer.getvalue()), seed=1)
    assert job["state"] == "done", job["error"]


@pytest.mark.parametrize(
    "more",
    [
        {"verb": "outpaint", "left": 64, "top": 0, "width": None, "height": None},
        {"verb": "upscale", "factor": 2, "steps": None, "width": None, "height": None, "model": None},
    ],
)
def test_the_other_verbs_work_as_well(gateway: Gateway, more: dict[str, Any]) -> None:
    job = made(gateway, image=data_url(file_of("PNG", (128, 128))), **more)
    assert job["state"] == "done", job["error"]
    assert job["pictures"][0]["width"] > 128


def test_a_clip_is_made_and_played(gateway: Gateway) -> None:
    job = made(gateway, verb="video", model="wan_v2.1_1.3b_480p_q8p.ckpt", num_frames=5)
    picture = job["pictures"][0]
    assert picture["kind"] == "video"
    assert picture["media_type"] in {"video/mp4", "image/gif"}
    assert call(gateway, "GET", picture["url"])[0] == 200
    assert call(gateway, "GET", picture["thumbnail"])[0] == 200


def test_a_plan_tells_what_would_happen_and_makes_nothing(gateway: Gateway) -> None:
    before = gateway.generations()
    told = call(gateway, "POST", "/api/plan", {"prompt": "a fox"})[1]
    assert told["plan"]["width"] == 1024
    assert told["refused"] is None
    refused = call(gateway, "POST", "/api/plan", {**SMALL, "width": 100})[1]["refused"]
    assert refused["field"] == "width"
    assert refused["hint"]
    warnings = call(gateway, "POST", "/api/plan", {"prompt": "a fox", "sampler": "DPM++ 2M Karras"})[1]["warnings"]
    assert [each["field"] for each in warnings if each["code"] == "sampler-not-trailing"] == ["sampler"]
    assert gateway.generations() == before


def test_pictures_are_starred_thrown_away_and_brought_back(gateway: Gateway) -> None:
    picture = made(gateway, prompt="an owl", seed=9)["pictures"][0]
    path = f"/api/pictures/{picture['id']}"
    assert call(gateway, "PATCH", path, {"starred": True})[1]["picture"]["starred"]
    assert call(gateway, "PATCH", path, {"starred": 1})[0] == 400
    assert [each["id"] for each in call(gateway, "GET", "/api/pictures?query=owl")[1]["pictures"]] == [picture["id"]]
    assert call(gateway, "DELETE", path)[0] == 204
    assert call(gateway, "GET", path)[0] == 404
    assert call(gateway, "POST", f"{path}/restore")[1]["picture"]["id"] == picture["id"]
    assert call(gateway, "GET", path)[0] == 200


def test_a_job_is_ended_and_listed(gateway: Gateway) -> None:
    name = call(gateway, "POST", "/api/jobs", {**SMALL, "steps": 150, "seed": 77})[1]["job"]["id"]
    assert call(gateway, "POST", f"/api/jobs/{name}/first")[0] == 200
    assert call(gateway, "DELETE", f"/api/jobs/{name}")[1]["job"]["state"] in {"cancelled", "done"}
    assert call(gateway, "GET", "/api/jobs")[1]["jobs"][0]["id"] == name


def test_a_tab_hears_everything_and_after_a_reload_all_that_was(gateway: Gateway) -> None:
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=15)
    connection.request("GET", "/api/events")
    stream = connection.getresponse()
    name = call(gateway, "POST", "/api/jobs", {**SMALL, "width": 512, "height": 512, "steps": 12, "seed": 4})[1]["job"][
        "id"
    ]
    heard: list[tuple[str, Any]] = []
    while not (heard and heard[-1][0] == "picture" and heard[-1][1]["job"] == name):
        heard.append(event(stream))
    connection.close()
    kinds = [kind for kind, _ in heard]
    assert kinds[:2] == ["state", "snapshot"]
    assert {"job", "preview", "picture"} <= set(kinds)
    previews = [data for kind, data in heard if kind == "preview"]
    assert all(data["data"].startswith("data:image/jpeg;base64,") and len(data["data"]) < 110_000 for data in previews)
    again = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=15)
    again.request("GET", "/api/events", headers={"last-event-id": "41"})
    stream = again.getresponse()
    assert stream.readline() == b"id: 42\n"
    event(stream)
    assert name in {job["id"] for job in event(stream)[1]["jobs"]}
    again.close()


def event(stream: http.client.HTTPResponse) -> tuple[str, Any]:
    kind, data = "", None
    while line := stream.readline().decode().strip():
        name, _, rest = line.partition(": ")
        kind = rest if name == "event" else kind
        data = json.loads(rest) if name == "data" else data
    return (kind, data) if kind else event(stream)
