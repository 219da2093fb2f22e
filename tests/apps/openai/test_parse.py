from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.errors import BadImage, BadSize, BadValue, ConfigError, ModelNotFound, UnknownChoice, UnknownField
from drawthings.request.seeds import next_seed
from imagesgateway import SD, png

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.apps.openai.parse import Asked

Z_IMAGE = "z_image_turbo_1.0_q6p.ckpt"
EDITOR = "qwen_image_edit_2511_q6p.ckpt"


# --------------------------------------------------------------------------------------------------- settings and words


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"steps": 7}, {"steps": 7}),
        ({"steps": "7", "quality": "max"}, {"steps": 7}),
        ({"cfg_scale": 3}, {"guidance_scale": 3.0}),
        ({"cfg": "3.5"}, {"guidance_scale": 3.5}),
        ({"guidance_scale": 4.0, "steps": 8.0}, {"guidance_scale": 4.0, "steps": 8}),
        ({"clip_skip": None, "steps": 5}, {"steps": 5}),
        ({"hires_fix": "false"}, {"hires_fix": False}),
        ({"negative_prompt": "rain"}, {"negative_prompt": "rain"}),
        ({"configuration": {"guidanceScale": 2, "clipSkip": 2}}, {"guidance_scale": 2.0, "clip_skip": 2}),
        ({"configuration": '{"guidanceScale": 2}', "guidance_scale": 5}, {"guidance_scale": 5.0}),
        ({"size": "640x512"}, {"width": 640, "height": 512}),
        ({"configuration": {"width": 640}, "size": "auto"}, {"width": 640}),
        ({"quality": "low"}, {"steps": 8}),
        ({"quality": "max"}, {"steps": 32}),
        ({"quality": "auto"}, {}),
        ({"quality": "standard"}, {}),
        ({"model": None}, {}),
        ({"model": "dall-e-3"}, {}),
        ({"model": "gpt-image-2.5-flare-2026-09-08"}, {}),
        ({"model": "chatgpt-image-latest"}, {}),
        ({"model": "SD v1.5 f16"}, {}),
    ],
)
def test_settings_reach_the_draft(read: Callable[..., Asked], body: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert dict(read(body).draft.wanted) == {"model": SD, **wanted}


def test_choices_and_parts_are_read_from_json_and_from_text(read: Callable[..., Asked]) -> None:
    lora = {"file": "watercolour_style_sd_v1.5_lora_f16.ckpt", "weight": 0.5}
    text = '[{"file": "watercolour_style_sd_v1.5_lora_f16.ckpt", "weight": 0.5}]'
    drafts = [read({"loras": loras, "sampler_name": "ddim"}).draft for loras in ([lora], text, [[*lora.values()]])]
    assert {draft.wanted["loras"][0].weight for draft in drafts} == {0.5}
    assert {str(draft.wanted["sampler"].label) for draft in drafts} == {"DDIM"}


def test_few_step_models_do_not_follow_quality(read: Callable[..., Asked]) -> None:
    asked = read({"model": Z_IMAGE, "quality": "max"})
    assert "steps" not in asked.draft.wanted
    assert "made for few steps" in asked.draft.notes[0]


def test_what_is_wrong_is_told_with_the_clients_own_key(read: Callable[..., Asked]) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"steps": 0}, "steps"),
        ({"steps": "many"}, "steps"),
        ({"cfg": "strong"}, "cfg"),
        ({"sampler_name": "euler b"}, "sampler_name"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"n": True}, "n"),
        ({"quality": "best"}, "quality"),
        ({"background": "blue"}, "background"),
        ({"response_format": "html"}, "response_format"),
        ({"output_format": "bmp"}, "output_format"),
        ({"output_format": "svg"}, "output_format"),
        ({"output_format": "gif"}, "output_format"),
        ({"output_compression": 101}, "output_compression"),
        ({"partial_images": 4}, "partial_images"),
        ({"frame_count": 4}, "frame_count"),
        ({"configuration": "{"}, "configuration"),
        ({"configuration": [1]}, "configuration"),
        ({"loras": "[1"}, "loras"),
        ({"hints": "depth"}, "hints"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
        ({"prompt": 5}, "prompt"),
    ]
    for body, key in cases:
        with pytest.raises(ConfigError) as caught:
            read(body)
        assert caught.value.field == key, body


def test_unknown_models_are_refused_with_near_names(read: Callable[..., Asked]) -> None:
    with pytest.raises(ModelNotFound) as caught:
        read({"model": "sd_v1.5_f17.ckpt"})
    assert SD in caught.value.suggestions


def test_unknown_keys_are_told_and_refused_when_strict(read: Callable[..., Asked]) -> None:
    assert read({"guidanceScale": 3, "cache": None}).ignored == ("guidanceScale",)
    with pytest.raises(UnknownField, match="guidanceScale") as caught:
        read({"guidanceScale": 3}, strict=True)
    assert "guidance_scale" in caught.value.hint
    with pytest.raises(BadValue, match="style has no effect") as refused:
        read({"style": "vivid"}, strict=True)
    assert refused.value.field == "style"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"style": "vivid"}, "style"),
        ({"moderation": "low"}, "moderation"),
        ({"complexity": "high"}, "complexity"),
        ({"background": "transparent"}, "background"),
        ({"output_compression": 50}, "output_compression"),
    ],
)
def test_what_has_no_effect_is_told(read: Callable[..., Asked], body: dict[str, Any], word: str) -> None:
    (note,) = read(body).draft.notes
    assert note.startswith(word)
    assert "no effect" in note


def test_transparency_is_promised_only_where_it_comes(read: Callable[..., Asked]) -> None:
    lora = {"model": "sd_xl_base_1.0_q6p_q8p.ckpt", "loras": ["sd_xl_transparent_v1.0_lora_f16.ckpt"]}
    assert read({"background": "transparent", **lora}).transparent
    assert not read({"background": "transparent"}).transparent


# ---------------------------------------------------------------------------------------------------- seeds and retries


def test_pictures_have_the_seeds_that_the_server_gives_a_batch(read: Callable[..., Asked]) -> None:
    second = next_seed(5)
    assert read({"seed": 5, "n": 3}).draft.seeds == (5, second, next_seed(second))
    assert read({"seed": 5, "n": 1}).draft.seeds == (5,)
    assert read({"seed": -1}).draft.seeds == (77,)
    assert read({"batch_size": 2, "seed": 5}).draft.seeds == (5, second)
    assert read({"configuration": {"seed": 5, "batchCount": 2}}).draft.seeds == (5, second)


def test_the_same_post_has_the_same_fingerprint_and_no_other(read: Callable[..., Asked], photo: Image.Image) -> None:
    bodies: list[tuple[dict[str, Any], str]] = [
        ({"seed": 1}, "generations"),
        ({"seed": 2}, "generations"),
        ({"seed": 1, "image": png(photo)}, "edits"),
        ({"seed": 1, "image": png(photo.transpose(Image.Transpose.ROTATE_180))}, "edits"),
        ({"seed": 1, "image": png(photo)}, "generations"),
    ]
    prints = [read(body, call).draft.fingerprint for body, call in bodies]
    assert len(set(prints)) == len(bodies)
    assert prints == [read(body, call).draft.fingerprint for body, call in bodies]
    assert read({"seed": 1}, key="a").draft.fingerprint != prints[0]


# ------------------------------------------------------------------------------------------------------------- pictures


def test_every_form_of_a_picture_is_read(read: Callable[..., Asked], photo: Image.Image) -> None:
    data = png(photo)
    text = base64.b64encode(data).decode()
    url = f"data:image/png;base64,{text}"
    for given in (data, [data], text, url, {"image_url": url}, {"image_url": {"url": url}}, [{"b64_json": text}]):
        assert read({"image": given}, "edits").draft.wanted["image"] == data
    assert read({"images": [{"image_url": url}]}, "edits").draft.wanted["image"] == data
    assert read({"ref_images": [text]}).draft.wanted["image"] == data


def test_the_first_picture_is_changed_and_the_others_are_looked_at(
    read: Callable[..., Asked], photo: Image.Image
) -> None:
    three = [png(photo.rotate(90 * turn)) for turn in range(3)]
    draft = read({"image": three, "model": EDITOR}, "edits").draft
    assert (draft.verb, draft.wanted["image"], draft.wanted["references"]) == ("edit", three[0], three[1:])


def test_an_edit_takes_an_edit_model_unless_one_is_named(read: Callable[..., Asked], photo: Image.Image) -> None:
    image = png(photo)
    assert "edit" in read({"image": image, "model": "gpt-image-1"}, "edits").draft.wanted["model"]
    assert read({"image": image, "model": SD}, "edits").draft.wanted["model"] == SD
    assert read({"image": image, "mask": png(photo.convert("L"))}, "edits").draft.wanted["model"] == SD


@pytest.mark.parametrize(
    ("body", "call", "strength"),
    [
        ({"input_fidelity": "high"}, "edits", 0.4),
        ({"input_fidelity": "low"}, "edits", 0.7),
        ({"input_fidelity": "high", "strength": 0.9}, "edits", 0.9),
        ({}, "variations", 0.6),
        ({"denoising_strength": 0.3}, "variations", 0.3),
        ({}, "edits", None),
    ],
)
def test_likeness_is_strength(
    read: Callable[..., Asked], photo: Image.Image, body: dict[str, Any], call: str, strength: float | None
) -> None:
    draft = read({"image": png(photo), "model": SD, **body}, call).draft
    assert draft.wanted.get("strength") == strength


def test_masks_keep_their_transparency_or_mean_white(
    read: Callable[..., Asked], photo: Image.Image, hole: Image.Image
) -> None:
    clear = read({"image": png(photo), "mask": png(hole)}, "edits").draft
    assert (clear.verb, clear.wanted["mask"].mode, clear.notes) == ("inpaint", "RGBA", ())
    painted = Image.new("RGBA", photo.size, "black")
    painted.paste("white", (100, 60, 180, 120))
    white = read({"image": png(photo), "mask": png(painted)}, "edits").draft
    assert white.wanted["mask"].mode == "RGB"
    assert "white part" in white.notes[0]


def test_markup_is_laid_over_the_picture(read: Callable[..., Asked], photo: Image.Image) -> None:
    over = Image.new("RGBA", photo.size, (0, 0, 0, 0))
    over.paste((0, 255, 0, 255), (0, 0, 10, 10))
    marked = read({"image": png(photo), "markup": png(over)}, "edits").draft.wanted["image"]
    assert marked.getpixel((5, 5)) == (0, 255, 0, 255)
    assert marked.getpixel((50, 50))[:3] == photo.getpixel((50, 50))
    for body, error in (
        ({"markup": png(over), "mask": png(over)}, BadValue),
        ({"markup": png(over.resize((10, 10)))}, BadSize),
        ({"markup": png(photo)}, BadImage),
    ):
        with pytest.raises(error):
            read({"image": png(photo), **body}, "edits")


def test_a_picture_is_needed_and_there_may_be_sixteen(read: Callable[..., Asked], photo: Image.Image) -> None:
    for body in ({}, {"image": []}, {"image": [{}]}, {"image": [5]}, {"image": [png(photo)] * 17}):
        with pytest.raises(BadImage) as caught:
            read(body, "edits")
        assert caught.value.field == "image"


def test_control_pictures_come_by_type(read: Callable[..., Asked], photo: Image.Image) -> None:
    text = base64.b64encode(png(photo)).decode()
    assert read({"hints": {"depth": text}}).draft.wanted["hints"] == {"depth": [png(photo)]}


# ---------------------------------------------------------------------------------------------------------------- clips


def test_video_models_make_clips(read: Callable[..., Asked]) -> None:
    model = "wan_v2.1_1.3b_480p_q8p.ckpt"
    both = read({"model": model, "frame_count": 4, "num_frames": 49}).draft
    assert (both.wanted["num_frames"], both.notes) == (49, ("frame_count has no effect beside num_frames.",))
    asked = read({"model": model, "frame_count": 8})
    assert (asked.form.name, asked.draft.wanted["num_frames"]) == ("gif", 9)
    assert "became 9" in asked.draft.notes[0]
    assert read({"model": model, "output_format": "mp4"}).form.name == "mp4"
    still = read({"model": model, "output_format": "png"})
    assert "first frame" in still.draft.notes[0]
    for body in ({"frame_count": 40}, {"stream": True}, {"output_format": "mp4", "frame_count": 3}):
        with pytest.raises(ConfigError):
            read({"model": model, **body})


def test_the_answer_is_as_it_was_asked_for(read: Callable[..., Asked]) -> None:
    asked = read(
        {"output_format": "jpg", "output_compression": "80", "response_format": "url", "user": "anna", "n": None}
    )
    assert (asked.form.name, asked.form.quality, asked.reply, asked.user) == ("jpeg", 80, "url", "anna")
    assert not asked.draft.previews
    streamed = read({"stream": "true", "partial_images": "2", "safety_identifier": "b", "user": "anna"})
    assert (streamed.stream, streamed.partials, streamed.user, streamed.draft.previews) == (True, 2, "b", True)
    with pytest.raises(UnknownChoice):
        read({"response_format": "none"})
