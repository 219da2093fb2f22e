import pytest

from drawthings.errors import BadConfiguration
from drawthings.media.record import Creation, Profile, Record

Document = dict[str, object]
ALWAYS = {"c", "uc", "steps", "sampler", "scale", "seed", "size", "model", "strength", "seed_mode", "v2", "mask_blur"}


def made(app_json: Document, changes: Document | None = None, **facts: object) -> Record:
    known = {"prompt": "a fox", "seed": 42, "sampler_name": "UniPC Trailing", "seed_mode_name": "Scale Alike"}
    return Record.of(Creation(configuration={**app_json, **(changes or {})}, **{**known, **facts}))


def test_what_is_always_written(app_json: Document):
    record = made(app_json, prompt="a fox", negative_prompt="blur")
    assert set(record.document) == ALWAYS
    assert {key: value for key, value in record.document.items() if key != "v2"} == {
        "c": "a fox",
        "uc": "blur",
        "steps": 20,
        "sampler": "UniPC Trailing",
        "scale": 4.5,
        "seed": 42,
        "size": "1024x768",
        "model": "z_image_turbo_1.0_q6p.ckpt",
        "strength": 0.7,
        "seed_mode": "Scale Alike",
        "mask_blur": 1.5,
    }
    assert record.description == (
        "a fox\n-blur\nSteps: 20, Sampler: UniPC Trailing, Guidance Scale: 4.5, Seed: 42, Size: 1024x768, "
        "Model: z_image_turbo_1.0_q6p.ckpt, Strength: 0.7, Seed Mode: Scale Alike"
    )


def test_prompts_are_trimmed_as_the_app_does_and_kept_beside(app_json: Document):
    record = made(app_json, prompt="  a fox \n", negative_prompt=" blur ")
    assert (record.document["c"], record.document["uc"]) == ("a fox", "blur")
    assert record.description.startswith("a fox\n-blur\nSteps: 20, ")
    assert record.document["drawthings"] == {"prompt": "  a fox \n", "negative_prompt": " blur "}


def test_what_the_file_cannot_hold_is_named(app_json: Document):
    assert made(app_json, inputs=("image", "mask")).document["drawthings"] == {"inputs": ["image", "mask"]}
    grown = made(app_json, inputs=("image",), borders=(0, 8, 64, 0)).document["drawthings"]
    assert grown == {"inputs": ["image"], "borders": [0, 8, 64, 0]}


def test_without_a_negative_prompt_there_is_no_line_for_it(app_json: Document):
    assert made(app_json, negative_prompt="").description.startswith("a fox\nSteps: 20, ")


def test_the_configuration_is_complete_and_has_the_picture_s_own_seed(app_json: Document):
    assert made(app_json, {"mystery": [1]}).document["v2"] == {**app_json, "mystery": [1], "seed": 42}


CASES = [
    ("upscaler", {"upscaler": "up.ckpt"}, {}, {"upscaler": "up.ckpt"}, "Upscaler: up.ckpt"),
    ("shift", {"shift": 3}, {}, {"shift": 3.0}, "Shift: 3.0"),
    ("clip skip", {"clipSkip": 2}, {}, {"clip_skip": 2}, "CLIP Skip: 2"),
    ("sharpness", {"sharpness": 1.5}, {}, {"sharpness": 1.5}, "Sharpness: 1.5"),
    ("outset", {"maskBlurOutset": -3}, {}, {"mask_blur_outset": -3}, "Mask Blur Outset: -3"),
    ("editing", {}, {"modifier": "editing"}, {"image_guidance": 1.5}, "Image Guidance: 1.5"),
    ("ideogram", {}, {"version": "ideogram_4"}, {"expand_prompt_to_json": True}, ""),
    (
        "tcd",
        {},
        {"sampler_name": "TCD Trailing"},
        {"stochastic_sampling_gamma": 0.3},
        "Strategic Stochastic Sampling: 0.3",
    ),
    (
        "hires",
        {"hiresFix": True},
        {},
        {"hires_fix": True, "first_stage_size": "448x512", "second_stage_strength": 0.7},
        "Hires Fix: true, First Stage Size: 448x512, Second Stage Strength: 0.7",
    ),
    (
        "kandinsky",
        {},
        {"version": "kandinsky2.1"},
        {"clip_weight": 0.8, "image_prior_steps": 5, "negative_prompt_for_image_prior": True},
        "CLIP Weight: 80%, Image Prior Steps: 5, Negative Prompt for Image Prior: true",
    ),
    (
        "cascade",
        {},
        {"version": "wurstchen_v3.0_stage_c"},
        {"stage_1_latents_size": "24x18", "stage_2_steps": 10, "stage_2_guidance": 1.0},
        "Stage 1 Latents Size: 24x18, Stage 2 Steps: 10, Stage 2 Guidance: 1.0",
    ),
    (
        "cascade with hires",
        {"hiresFix": True, "hiresFixHeight": 0, "stage2Shift": 2},
        {"version": "wurstchen_v3.0_stage_c"},
        {"stage_1_latents_size": "11x18", "stage_2_steps": 10, "stage_2_guidance": 1.0, "stage_2_shift": 2.0},
        "Stage 2 Shift: 2.0",
    ),
    (
        "refiner",
        {"refinerModel": "r.ckpt"},
        {},
        {"refiner": "r.ckpt", "refiner_start": 0.85},
        "Refiner: r.ckpt, Refiner Start: 85%",
    ),
    (
        "sdxl",
        {},
        {"version": "sdxl_base_v0.9"},
        {
            "target_size": "1020x760",
            "crop_top": 3,
            "crop_left": 4,
            "original_size": "1024x768",
            "negative_original_size": "640x512",
            "aesthetic_score": 6.0,
            "negative_aesthetic_score": 2.5,
            "zero_negative_prompt": False,
        },
        (
            "Target Size: 1020x760, Crop: (3, 4), Original Size: 1024x768, Negative Original Size: 640x512, "
            "Aesthetic Score: 6.0, Negative Aesthetic Score: 2.5, Zero Negative Prompt: false"
        ),
    ),
    (
        "svd",
        {},
        {"version": "svd_i2v"},
        {"num_frames": 14, "fps": 5, "motion_scale": 127, "cond_aug": 0.02, "min_cfg": 1.0},
        "Number of Frames: 14, FPS: 5, Motion Scale: 127, Guiding Frame Noise: 0.02, Start Frame Guidance: 1.0",
    ),
    ("hunyuan", {}, {"version": "hunyuan_video"}, {"num_frames": 14}, "Number of Frames: 14"),
    (
        "tiled decoding",
        {"tiledDecoding": True},
        {},
        {
            "tiled_decoding": True,
            "decoding_tile_width": 640,
            "decoding_tile_height": 640,
            "decoding_tile_overlap": 128,
        },
        "Tiled Decoding Enabled: 640x640 [128]",
    ),
    (
        "tiled diffusion",
        {"tiledDiffusion": True, "diffusionTileHeight": 704},
        {},
        {
            "tiled_diffusion": True,
            "diffusion_tile_width": 1024,
            "diffusion_tile_height": 704,
            "diffusion_tile_overlap": 128,
        },
        "Tiled Diffusion Enabled: 1024x704 [128]",
    ),
    (
        "tea cache",
        {"teaCache": True},
        {"tea_cache": True},
        {
            "tea_cache": True,
            "tea_cache_start": 5,
            "tea_cache_end": -1,
            "tea_cache_threshold": 0.06,
            "tea_cache_max_skip_steps": 3,
        },
        "TeaCache Enabled: 5 - 20, 0.06, 3",
    ),
    ("causal", {"causalInference": 4}, {}, {"causal_inference": 4}, "Causal Inference: 4"),
    (
        "one lora",
        {"loras": [{"file": "l.ckpt", "weight": 0.6, "mode": "all"}]},
        {},
        {"lora": [{"model": "l.ckpt", "weight": 0.6}]},
        "LoRA Model: l.ckpt, LoRA Weight: 0.6",
    ),
    (
        "two loras",
        {"loras": [{"file": "a.ckpt", "weight": 1}, {"file": "b.ckpt", "weight": 0}]},
        {},
        {"lora": [{"model": "a.ckpt", "weight": 1.0}, {"model": "b.ckpt", "weight": 0.0}]},
        "LoRA 1 Model: a.ckpt, LoRA 1 Weight: 1.0, LoRA 2 Model: b.ckpt, LoRA 2 Weight: 0.0",
    ),
    (
        "profile",
        {},
        {"profile": Profile(duration_s=2.5, timings=(("sampling", (1.0, 1.25)),))},
        {"profile": {"duration": 2.5, "timings": [{"name": "sampling", "durations": [1.0, 1.25]}]}},
        "",
    ),
]


@pytest.mark.parametrize(
    ("changes", "facts", "keys", "text"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_what_is_written_under_a_condition(
    app_json: Document, changes: Document, facts: Document, keys: Document, text: str
):
    record = made(app_json, changes, **facts)
    assert {key: value for key, value in record.document.items() if key not in ALWAYS} == keys
    assert text in record.description


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"upscaler": ""}, {}),
        ({"upscaler": None, "refinerModel": None}, {}),
        ({"hiresFix": True, "maskBlur": 0}, {"version": "wurstchen_v3.0_stage_c"}),
        ({"tiledDecoding": True, "decodingTileWidth": 1024, "decodingTileHeight": 768}, {}),
        ({"teaCache": True}, {}),
        ({"teaCache": True, "teaCacheThreshold": 0}, {"tea_cache": True}),
        ({"loras": [{"weight": 1}, "l.ckpt"]}, {}),
        ({"clipSkip": 1.0}, {"version": "a family of tomorrow"}),
    ],
)
def test_what_is_not_written(app_json: Document, changes: Document, facts: Document):
    conditional = set(made(app_json, changes, **facts).document) - ALWAYS
    assert conditional <= {"stage_1_latents_size", "stage_2_steps", "stage_2_guidance"}


def test_no_blur_is_not_written(app_json: Document):
    assert "mask_blur" not in made(app_json, {"maskBlur": 0}).document


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(5, -1, "5 - 20"), (-3, -6, "0 - 15"), (5, 3, "5 - 5"), (50, 99, "20 - 20")]
)
def test_the_steps_that_are_cached(app_json: Document, start: int, end: int, expected: str):
    changes = {"teaCache": True, "teaCacheStart": start, "teaCacheEnd": end}
    assert f"TeaCache Enabled: {expected}, 0.06, 3" in made(app_json, changes, tea_cache=True).description


@pytest.mark.parametrize(
    ("facts", "written"),
    [
        ({}, ["a", "b", "c"]),
        ({"version": "flux1"}, ["a", "c"]),
        ({"version": "flux1", "refiner_version": "z_image"}, ["a", "b", "c"]),
        ({"version": "qwen_image"}, ["c"]),
    ],
)
def test_loras_of_another_family_had_no_part_in_it(app_json: Document, facts: Document, written: list[str]):
    changes = {"loras": [{"file": name, "weight": 1} for name in "abc"]}
    document = made(app_json, changes, lora_versions={"a": "flux1", "b": "z_image"}, **facts).document
    assert [lora["model"] for lora in document["lora"]] == written


CONTROL = {
    "file": "tile.ckpt",
    "weight": 0.6,
    "guidanceStart": 0,
    "guidanceEnd": 0.9,
    "noPrompt": False,
    "globalAveragePooling": True,
    "downSamplingRate": 1,
    "controlImportance": "balanced",
    "inputOverride": "",
    "targetBlocks": [],
}
WRITTEN = {"file": "tile.ckpt", "no_prompt": False, "weight": 0.6, "guidance_start": 0.0, "guidance_end": 0.9}


def test_one_control(app_json: Document):
    record = made(
        app_json, {"controls": [CONTROL, {**CONTROL, "file": None}]}, control_modifiers={"tile.ckpt": "shuffle"}
    )
    assert record.document["control"] == [WRITTEN]
    assert record.description.endswith(
        "Control: tile.ckpt, Control No Prompt: false, Control Weight: 0.6, Control Start: 0.0, Control End: 0.9"
    )


def test_several_controls_tell_of_pooling_where_it_is_for_shuffles(app_json: Document):
    mixed = {**CONTROL, "file": "mix.ckpt", "inputOverride": "shuffle"}
    known = {**CONTROL, "file": "known.ckpt", "globalAveragePooling": False, "inputOverride": "tile"}
    modifiers = {"known.ckpt": "shuffle", "tile.ckpt": "tile"}
    record = made(app_json, {"controls": [CONTROL, mixed, known]}, control_modifiers=modifiers)
    assert record.document["control"] == [
        WRITTEN,
        {**WRITTEN, "file": "mix.ckpt", "global_average_pooling": True},
        {**WRITTEN, "file": "known.ckpt", "global_average_pooling": False},
    ]
    assert "Control 2 Global Average Pooling: true, Control 3: known.ckpt" in record.description
    assert record.description.endswith("Control 3 Global Average Pooling: false")


def test_whole_numbers_may_be_written_as_decimals(app_json: Document):
    assert made(app_json, {"steps": 8.0}).document["steps"] == 8


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("steps", None, "is None"),
        ("steps", "20", "is '20'"),
        ("steps", 7.5, "is 7.5"),
        ("steps", float("nan"), "is nan"),
        ("steps", True, "is True"),
        ("guidanceScale", "4", "is '4'"),
        ("hiresFix", 1, "is 1"),
        ("model", 5, "is 5"),
        ("loras", 5, "is 5"),
    ],
)
def test_settings_of_the_wrong_type_are_told(app_json: Document, key: str, value: object, what: str):
    with pytest.raises(BadConfiguration, match=what) as caught:
        made(app_json, {key: value})
    assert caught.value.field == key


def test_a_missing_setting_is_told(app_json: Document):
    del app_json["strength"]
    with pytest.raises(BadConfiguration, match="strength is missing"):
        made(app_json)


def test_a_missing_model_is_an_empty_name(app_json: Document):
    del app_json["model"]
    assert made(app_json).document["model"] == ""
