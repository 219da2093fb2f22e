"""What the dialect does over HTTP besides what webuiapi shows."""

from __future__ import annotations

import base64
import io
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
import webuiapi
from PIL import Image

from drawthings.apps.automatic.describe import operations
from patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = {"prompt": "a fox", "width": 256, "height": 256, "steps": 2}
LONG = {**SMALL, "steps": 100}


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def count(http: requests.Session, gateway: str, **options: Any) -> int:
    """Return how many pictures of the current job ``progress`` tells of."""
    return int(http.get(f"{gateway}/sdapi/v1/progress", **options).json()["state"]["job_count"])


@pytest.mark.parametrize(("path", "methods"), [(path, methods) for path, methods in operations().items()])
def test_what_the_document_lists_is_there(path: str, methods: dict[str, Any], gateway: str, http: requests.Session):
    for method in methods:
        answer = http.request(method, gateway + path, json={})
        assert answer.status_code in {200, 422}, answer.text
        if answer.status_code == 422:
            assert answer.json().keys() == {"error", "detail", "body", "errors"}


def test_the_password_of_sillytavern_goes_nowhere(
    gateway: str, http: requests.Session, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    body = {**SMALL, "url": "http://127.0.0.1:7860", "auth": "me:sesame"}
    answers = [
        http.post(f"{gateway}/sdapi/v1/txt2img", json=body),
        http.post(f"{gateway}/sdapi/v1/txt2img", json={**body, "sampler_name": "Heun"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert "sesame" not in "".join(answer.text for answer in answers)
    assert "Sampler not found" in caplog.text
    assert "sesame" not in caplog.text
    assert "a fox" not in caplog.text


@pytest.mark.parametrize("authorization", ["Basic Og==", "Basic dW5kZWZpbmVk", "Basic ?", "nonsense"])
def test_without_keys_whatever_clients_send_as_one_is_no_matter(
    authorization: str, gateway: str, http: requests.Session
):
    answer = http.get(f"{gateway}/sdapi/v1/options", headers={"Authorization": authorization})
    assert answer.status_code == 200


def test_a_key_is_a_password_with_any_name(guarded: str, http: requests.Session):
    api = webuiapi.WebUIApi(baseurl=f"{guarded}/sdapi/v1", username="anybody", password="one")  # noqa: S106 - the key of this test
    with api.session:
        assert api.txt2img(**SMALL).image.size == (256, 256)
    refused = http.get(f"{guarded}/sdapi/v1/options")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert "key" in refused.json()["detail"]


def test_one_owner_neither_sees_nor_ends_the_job_of_another(guarded: str, http: requests.Session):
    one, two = ("x", "one"), ("x", "two")
    answers: list[requests.Response] = []

    def call() -> None:
        answers.append(requests.post(f"{guarded}/sdapi/v1/txt2img", json=LONG, auth=one, timeout=30))

    thread = threading.Thread(target=call)
    thread.start()
    until(lambda: count(http, guarded, auth=one))
    assert count(http, guarded, auth=two) == 0
    assert http.post(f"{guarded}/sdapi/v1/interrupt", auth=two).json() == {}
    assert count(http, guarded, auth=one) == 1
    chosen = {"sd_model_checkpoint": "sd_v1.5_f16.ckpt"}
    assert http.post(f"{guarded}/sdapi/v1/options", json=chosen, auth=one).json() is None
    assert http.get(f"{guarded}/sdapi/v1/options", auth=two).json()["sd_model_checkpoint"] != "sd_v1.5_f16.ckpt"
    http.post(f"{guarded}/sdapi/v1/interrupt", auth=one)
    thread.join()
    assert answers[0].json()["images"] == []


def test_who_leaves_ends_the_job(gateway: str, http: requests.Session):
    until(lambda: count(http, gateway) == 0)
    with pytest.raises(requests.ReadTimeout):
        http.post(f"{gateway}/sdapi/v1/txt2img", json={**LONG, "batch_size": 4}, timeout=0.5)
    until(lambda: count(http, gateway) == 0)


def test_a_job_may_be_asked_for_by_the_client_s_own_name(gateway: str, http: requests.Session):
    body = {**LONG, "force_task_id": "mine"}
    thread = threading.Thread(target=lambda: requests.post(f"{gateway}/sdapi/v1/txt2img", json=body, timeout=30))
    thread.start()
    until(lambda: count(http, gateway, params={"id_task": "mine"}))
    told = http.get(f"{gateway}/sdapi/v1/progress", params={"skip_current_image": "true"}).json()
    assert (told["current_task"], told["current_image"]) == ("mine", None)
    http.post(f"{gateway}/sdapi/v1/interrupt", params={"id_task": "somebody's"})
    assert count(http, gateway) == 1
    http.post(f"{gateway}/sdapi/v1/interrupt", params={"id_task": "mine"})
    thread.join()


def test_pictures_may_be_of_another_kind_or_kept_back(gateway: str, http: requests.Session):
    body = {**SMALL, "override_settings": {"samples_format": "webp"}}
    data = http.post(f"{gateway}/sdapi/v1/txt2img", json=body).json()["images"][0]
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.format == "WEBP"
    kept = http.post(f"{gateway}/sdapi/v1/txt2img", json={**SMALL, "send_images": False}).json()
    assert kept["images"] == []
    assert '"all_seeds"' in kept["info"]


def test_options_for_one_call_may_stay(gateway: str, http: requests.Session):
    override = {"override_settings": {"samples_format": "jpg"}, "override_settings_restore_afterwards": False}
    http.post(f"{gateway}/sdapi/v1/txt2img", json={**SMALL, **override})
    assert http.get(f"{gateway}/sdapi/v1/options").json()["samples_format"] == "jpg"
    http.post(f"{gateway}/sdapi/v1/options", json={"samples_format": "png"})


def test_the_root_answers_as_the_app_does(gateway: str, http: requests.Session):
    assert http.head(gateway).status_code == 200
    told = http.get(gateway, headers={"Accept": "*/*"}).json()
    assert told["model"] == "z_image_turbo_1.0_q6p.ckpt"
    assert told["upscaler"].endswith(".ckpt")
    assert told["steps"] > 0


@pytest.mark.parametrize("data", ['""', "null", "", "[1]", "{"])
def test_a_body_that_nobody_reads_may_be_anything(data: str, gateway: str, http: requests.Session):
    headers = {"Content-Type": "application/json"}
    answer = http.post(f"{gateway}/sdapi/v1/unload-checkpoint", data=data, headers=headers)
    assert (answer.status_code, answer.json()) == (200, None)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sdapi/v1/interrogate", 501),
        ("/sdapi/v1/train/embedding", 501),
        ("/controlnet/detect", 501),
        ("/sdapi/v1/nonesuch", 404),
    ],
)
def test_what_is_not_here_is_told(path: str, status: int, gateway: str, http: requests.Session):
    answer = http.post(gateway + path, json={})
    assert answer.status_code == status
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("txt2img", [1], "not a JSON object"),
        ("img2img", {"init_images": ["http://169.254.169.254/"]}, "not fetched from anywhere"),
        ("img2img", {"init_images": ["!!!"]}, "no base64"),
        ("img2img", {"init_images": [base64.b64encode(b"GIF89a").decode()]}, "no PNG, JPEG, WebP or GIF"),
        ("extra-single-image", {"image": "AAAA"}, "no PNG, JPEG, WebP or GIF"),
        ("png-info", {"image": 5}, "no picture to look at"),
        ("txt2img", {"batch_size": 11}, "1 to 10 pictures"),
        ("txt2img", {"width": 8192, "height": 8192}, "megapixels"),
        ("options", {"samples_format": "bmp"}, "bmp"),
    ],
)
def test_hostile_and_mistaken_bodies(name: str, body: Any, words: str, gateway: str, http: requests.Session):
    answer = http.post(f"{gateway}/sdapi/v1/{name}", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
