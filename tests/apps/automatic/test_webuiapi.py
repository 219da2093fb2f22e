"""The package ``webuiapi`` as its users use it: over HTTP, against a gateway before an embedded server."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import webuiapi
from PIL import Image

from drawthings.media.recollection import read_settings
from patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SD = "sd_v1.5_f16.ckpt"
DEPTH = "controlnet_depth_1.x_v1.1_f16.ckpt"
OF_SD = {"override_settings": {"sd_model_checkpoint": SD}}
SMALL = {"width": 256, "height": 256, "steps": 2}


@pytest.fixture
def api(gateway: str) -> Iterator[webuiapi.WebUIApi]:
    made = webuiapi.WebUIApi(baseurl=f"{gateway}/sdapi/v1")
    with made.session:
        yield made


@pytest.fixture
def meanwhile(api: webuiapi.WebUIApi) -> Iterator[Callable[..., Any]]:
    """Start a long call in a thread; the value is what it will have answered."""
    threads = []

    def start(**wanted: Any) -> list[Any]:
        answers: list[Any] = []

        def call() -> None:
            other = webuiapi.WebUIApi(baseurl=api.baseurl)
            with other.session:
                answers.append(other.txt2img(prompt="a fox", **{**SMALL, "steps": 100, **wanted}))

        threads.append(threading.Thread(target=call))
        threads[-1].start()
        return answers

    yield start
    for thread in threads:
        thread.join(10)


def test_two_pictures_from_a_prompt(api: webuiapi.WebUIApi):
    result = api.txt2img(prompt="a fox", negative_prompt="blur", seed=7, batch_size=2, **SMALL)
    assert [image.size for image in result.images] == [(256, 256)] * 2
    assert (result.info["all_seeds"], result.info["drawthings"]["ignored"]) == ([7, 8], [])
    assert [read_settings(image.info["parameters"]).settings["seed"] for image in result.images] == [7, 8]
    assert result.parameters["prompt"] == "a fox"
    again = api.txt2img(prompt="a fox", negative_prompt="blur", seed=8, **SMALL)
    assert np.array_equal(np.asarray(again.image), np.asarray(result.images[1]))


def test_a_second_pass_and_a_lora(api: webuiapi.WebUIApi):
    prompt = "a fox <lora:watercolour_style_sd_v1.5_lora_f16:0.5>"
    result = api.txt2img(prompt=prompt, enable_hr=True, hr_scale=2, seed=1, **OF_SD, **SMALL)
    assert result.image.size == (512, 512)
    assert "<lora:watercolour_style_sd_v1.5_lora_f16:0.5>" in result.info["infotexts"][0]


def test_a_picture_from_a_picture(api: webuiapi.WebUIApi, photo: Image.Image):
    result = api.img2img(images=[photo], prompt="a fox", denoising_strength=0.5, seed=3, **{**SMALL, "steps": 8})
    assert result.image.size == (256, 256)
    assert result.info["denoising_strength"] == 0.5
    assert result.parameters["init_images"] is None


def test_a_masked_part_is_painted_and_the_rest_stays(api: webuiapi.WebUIApi, photo: Image.Image, hole: Image.Image):
    wanted = {"images": [photo], "mask_image": hole, "prompt": "a fox", "seed": 3, "denoising_strength": 1.0}
    part = api.img2img(**wanted, inpaint_full_res_padding=16, mask_blur=0, **SMALL).image
    assert part.size == photo.size
    changed = (np.asarray(part.convert("RGB")) != np.asarray(photo)).any(axis=2)
    assert changed[np.asarray(hole) == 255].mean() > 0.9
    assert not changed[np.asarray(hole) == 0].any()
    assert read_settings(part.info["parameters"]).settings["seed"] == 3
    whole = api.img2img(**wanted, inpaint_full_res=False, **SMALL)
    assert whole.image.size == (256, 256)


def test_a_control_net(api: webuiapi.WebUIApi, photo: Image.Image):
    unit = webuiapi.ControlNetUnit(image=photo, module="depth_midas", model=DEPTH, weight=0.8)
    result = api.txt2img(prompt="a fox", seed=3, controlnet_units=[unit], **OF_SD, **SMALL)
    assert api.has_controlnet
    assert result.image.size == (256, 256)
    plain = api.txt2img(prompt="a fox", seed=3, **OF_SD, **SMALL)
    assert not np.array_equal(np.asarray(plain.image), np.asarray(result.image))


def test_enlarging(api: webuiapi.WebUIApi, photo: Image.Image):
    one = api.extra_single_image(photo, upscaler_1="Real-ESRGAN X2+", upscaling_resize=1.5)
    assert (one.image.size, one.info) == ((450, 300), "")
    several = api.extra_batch_images([photo, photo.rotate(90, expand=True)], upscaler_1="Lanczos", upscaling_resize=2)
    assert [image.size for image in several.images] == [(600, 400), (400, 600)]


def test_how_a_picture_was_made(api: webuiapi.WebUIApi):
    made = api.txt2img(prompt="a fox", negative_prompt="blur", seed=9, **SMALL)
    told = api.png_info(made.image)
    assert told.info == made.info["infotexts"][0]
    assert {"Seed": "9", "Prompt": "a fox", "Negative prompt": "blur"}.items() <= told.parameters.items()


def test_options_and_the_model(api: webuiapi.WebUIApi):
    before = api.get_options()
    assert "forge_preset" not in before
    api.util_set_model("sd_v1.5_f16")
    assert api.util_get_current_model() == SD
    assert api.txt2img(prompt="a fox", **SMALL).info["sd_model_name"] == "sd_v1.5_f16"
    assert api.set_options({**api.get_options(), "sd_model_checkpoint": before["sd_model_checkpoint"]}) is None
    assert api.get_options() == before
    assert "no model" in api.set_options({"sd_model_checkpoint": "nonesuch"})["detail"]


def test_progress_with_a_picture_of_it_and_interrupt(api: webuiapi.WebUIApi, meanwhile: Callable[..., Any]):
    api.util_wait_for_ready(check_interval=0.02)
    answers = meanwhile(seed=1)

    def seen() -> Any:
        told = api.get_progress()
        return told if told["current_image"] else None

    told = until(seen)
    assert 0 < told["progress"] < 1
    assert (told["state"]["job_count"], told["state"]["sampling_steps"]) == (1, 100)
    picture = webuiapi.webuiapi.base64.b64decode(told["current_image"])
    assert Image.open(webuiapi.webuiapi.io.BytesIO(picture)).width > 16
    assert api.interrupt() == {}
    (answer,) = until(lambda: answers)
    assert (answer.images, answer.info["drawthings"]["interrupted"]) == ([], True)
    api.util_wait_for_ready(check_interval=0.02)
    told = api.get_progress()
    assert (told["progress"], told["state"]["job_count"], told["current_image"]) == (0.0, 0, None)


def test_skipping_leaves_out_one_picture(api: webuiapi.WebUIApi, meanwhile: Callable[..., Any]):
    answers = meanwhile(seed=1, batch_size=2, steps=40)
    until(lambda: api.get_progress()["state"]["sampling_step"] > 1)
    api.skip()
    (answer,) = until(lambda: answers)
    assert answer.info["all_seeds"] == [2]


def test_what_clients_ask_for_at_connection(api: webuiapi.WebUIApi):
    assert "Euler Ancestral" in api.util_get_sampler_names()
    assert api.util_get_scheduler_names()[-1] == "sgm_uniform"
    assert SD in api.util_get_model_names()
    assert api.get_upscalers()[0]["name"] == "None"
    assert api.get_latent_upscale_modes() == [{"name": "Latent"}]
    assert {each["name"] for each in api.get_loras()} > {"watercolour_style_sd_v1.5_lora_f16"}
    assert list(api.get_embeddings()) == ["loaded", "skipped"]
    for empty in (api.get_sd_vae, api.get_hypernetworks, api.get_realesrgan_models, api.get_prompt_styles):
        assert empty() == []
    assert api.get_face_restorers()[0]["name"].startswith("restoreformer")
    assert api.get_cmd_flags()["api"] is True
    assert "ram" in api.get_memory()
    assert api.refresh_checkpoints() is None
    assert (api.controlnet_version(), DEPTH in api.controlnet_model_list()) == (2, True)
    assert "canny" in api.controlnet_module_list()


@pytest.mark.parametrize(
    ("wanted", "status", "words"),
    [
        ({"sampler_name": "Heun"}, 404, "Sampler not found"),
        ({"steps": "many"}, 422, "steps must be a number"),
        ({"prompt": "<lora:nonesuch:1>"}, 404, "no LoRA 'nonesuch'"),
        ({"override_settings": {"sd_model_checkpoint": "nonesuch"}}, 404, "no model 'nonesuch'"),
        ({"script_name": "X/Y/Z plot"}, 422, "not found"),
    ],
)
def test_refusals_say_why(wanted: dict[str, Any], status: int, words: str, api: webuiapi.WebUIApi):
    with pytest.raises(RuntimeError) as refused:
        api.txt2img(**{"prompt": "a fox", **wanted})
    assert refused.value.args[0] == status
    assert words in refused.value.args[1]
    with pytest.raises(RuntimeError, match="501"):
        api.interrogate(Image.new("RGB", (64, 64)))


def test_its_asynchronous_calls_run_side_by_side(gateway: str):
    async def ask() -> list[Any]:
        api = webuiapi.WebUIApi(baseurl=f"{gateway}/sdapi/v1")
        with api.session:
            calls = [api.txt2img(prompt="a fox", seed=seed, use_async=True, **SMALL) for seed in (3, 4)]
            return await asyncio.gather(*calls)

    results = asyncio.run(ask())
    assert [result.info["seed"] for result in results] == [3, 4]
    assert not np.array_equal(*(np.asarray(result.image) for result in results))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the way in which webuiapi calls aiohttp
def test_a_password_is_a_key(guarded: str):
    async def asynchronously(api: webuiapi.WebUIApi) -> Any:
        return await api.txt2img(prompt="a fox", use_async=True, **SMALL)

    api = webuiapi.WebUIApi(baseurl=f"{guarded}/sdapi/v1")
    with api.session:
        with pytest.raises(RuntimeError, match="401"):
            api.txt2img(prompt="a fox", **SMALL)
        api.set_auth("whoever", "one")
        assert api.txt2img(prompt="a fox", **SMALL).image.size == (256, 256)
        assert asyncio.run(asynchronously(api)).image.size == (256, 256)
