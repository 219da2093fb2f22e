"""The tests of the postcards: a real client talks to a real server, and neither needs a GPU."""

from __future__ import annotations

import grpc
import pytest
from PIL import Image
from postcards import NoPostcard, make_postcard


def test_a_postcard_is_painted(drawthings_server, tmp_path):
    path = make_postcard("Lisbon", "spring", tmp_path, seed=7)

    assert path.name == "Lisbon-spring-7.png"
    with Image.open(path) as card:
        assert card.size == (384 + 32, 256 + 32)
        assert card.getpixel((0, 0)) == (255, 255, 255)

    (asked,) = [call for call in drawthings_server.received if call.method == "GenerateImage"]
    assert asked.prompt == "Lisbon in spring, postcard"
    assert asked.configuration.steps == 4
    assert asked.configuration.seed == 7


def test_a_server_that_breaks_is_told_in_words(drawthings_server, tmp_path):
    drawthings_server.faults.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory")
    with pytest.raises(NoPostcard, match="out of memory"):
        make_postcard("Lisbon", "spring", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.drawthings(shared_secret="open sesame")
def test_a_secret_comes_from_the_environment(drawthings_server, tmp_path):
    make_postcard("Oslo", "winter", tmp_path)
    assert drawthings_server.received[-1].secret_ok


@pytest.mark.drawthings(shared_secret="open sesame")
def test_a_wrong_secret_is_told(drawthings_server, monkeypatch, tmp_path):
    monkeypatch.setenv("DRAWTHINGS_SECRET", "wrong")
    with pytest.raises(NoPostcard, match="secret"):
        make_postcard("Oslo", "winter", tmp_path)


@pytest.mark.drawthings(catalogue=["sdxl_base_v0.9"])
def test_only_some_models_are_installed(drawthings_client):
    assert {model.version for model in drawthings_client.models().models} == {"sdxl_base_v0.9"}
