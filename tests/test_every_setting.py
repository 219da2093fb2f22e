"""Every slot of the configuration, through the real client to the embedded server.

What arrived is read from the server's record by ``wirewalk``; slots, forms and values stand here as the wire has them,
so nothing of the encoder takes part. No value is the one that would be sent anyway.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import wirewalk
from drawthings import Control, ControlInput, ControlMode, DrawThings, EmbeddedServer, Lora, LoraMode, Sampler, SeedMode
from drawthings import ServerOptions as Options
from drawthings.request.choices import Choice, ColorCalibration, CompressionMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = Path(__file__).parents[1] / "schema" / "config.fbs"
SD15 = "realdream_15sd15_q6p_q8p.ckpt"
OTHER = "sd_v1.5_f16.ckpt"
FLUX = "flux_1_dev_q8p.ckpt"
UNION = "controlnet_union_pro_flux_1_dev_2.0_q8p.ckpt"
WATERCOLOUR = "watercolour_style_sd_v1.5_lora_f16.ckpt"
UPSCALER = "realesrgan_x2plus_f16.ckpt"
FACES = "restoreformer_v1.0_f16.ckpt"
PHOTO = Image.fromarray(np.arange(128 * 128 * 3, dtype=np.uint32).reshape(128, 128, 3).astype(np.uint8))
BASE: dict[str, Any] = {"model": SD15, "width": 128, "height": 128, "steps": 2, "seed": 1}
LARGE = {"width": 256, "height": 256}
FIRST_PASS = {**LARGE, "hires_fix": True, "hires_fix_width": 128, "hires_fix_height": 192}

SETTINGS: dict[str, tuple[int, str, dict[str, Any], object]] = {
    "id": (0, "q", {"id": 2**40}, 2**40),
    "start_width": (1, "H", {"width": 192}, 3),
    "start_height": (2, "H", {"height": 256}, 4),
    "seed": (3, "I", {"seed": 2**32 - 1}, 2**32 - 1),
    "steps": (4, "I", {"steps": 3}, 3),
    "guidance_scale": (5, "f", {"guidance_scale": 6.5}, 6.5),
    "strength": (6, "f", {"strength": 0.5, "image": PHOTO}, 0.5),
    "model": (7, "text", {"model": OTHER}, OTHER),
    "sampler": (8, "b", {"sampler": "DDIM Trailing"}, 16),
    "batch_size": (10, "I", {"batch_size": 2}, 2),
    "hires_fix": (11, "B", FIRST_PASS, 1),
    "hires_fix_start_width": (12, "H", FIRST_PASS, 2),
    "hires_fix_start_height": (13, "H", FIRST_PASS, 3),
    "hires_fix_strength": (14, "f", {**FIRST_PASS, "hires_fix_strength": 0.5}, 0.5),
    "upscaler": (15, "text", {"upscaler": UPSCALER}, UPSCALER),
    "image_guidance_scale": (16, "f", {"image_guidance_scale": 2.25}, 2.25),
    "seed_mode": (17, "b", {"seed_mode": "NVIDIA GPU Compatible"}, 3),
    "clip_skip": (18, "I", {"clip_skip": 2}, 2),
    "mask_blur": (21, "f", {"mask_blur": 4.5}, 4.5),
    "face_restoration": (22, "text", {"face_restoration": FACES}, FACES),
    "clip_weight": (25, "f", {"clip_weight": 0.75}, 0.75),
    "negative_prompt_for_image_prior": (26, "B", {"negative_prompt_for_image_prior": False}, 0),
    "image_prior_steps": (27, "I", {"image_prior_steps": 7}, 7),
    "refiner_model": (28, "text", {"refiner_model": OTHER}, OTHER),
    "original_image_height": (29, "I", {"original_image_height": 1001}, 1001),
    "original_image_width": (30, "I", {"original_image_width": 1002}, 1002),
    "crop_top": (31, "i", {"crop_top": 11}, 11),
    "crop_left": (32, "i", {"crop_left": 12}, 12),
    "target_image_height": (33, "I", {"target_image_height": 1003}, 1003),
    "target_image_width": (34, "I", {"target_image_width": 1004}, 1004),
    "aesthetic_score": (35, "f", {"aesthetic_score": 7.5}, 7.5),
    "negative_aesthetic_score": (36, "f", {"negative_aesthetic_score": 1.5}, 1.5),
    "zero_negative_prompt": (37, "B", {"zero_negative_prompt": True}, 1),
    "refiner_start": (38, "f", {"refiner_model": OTHER, "refiner_start": 0.5}, 0.5),
    "negative_original_image_height": (39, "I", {"negative_original_image_height": 1005}, 1005),
    "negative_original_image_width": (40, "I", {"negative_original_image_width": 1006}, 1006),
    "name": (41, "text", {"name": "my preset"}, "my preset"),
    "fps_id": (42, "I", {"fps": 9}, 9),
    "motion_bucket_id": (43, "I", {"motion_scale": 99}, 99),
    "cond_aug": (44, "f", {"guiding_frame_noise": 0.25}, 0.25),
    "start_frame_cfg": (45, "f", {"start_frame_guidance": 1.75}, 1.75),
    "num_frames": (46, "I", {"num_frames": 21}, 21),
    "mask_blur_outset": (47, "i", {"mask_blur_outset": -5}, -5),
    "sharpness": (48, "f", {"sharpness": 2.5}, 2.5),
    "shift": (49, "f", {"shift": 3.5}, 3.5),
    "stage_2_steps": (50, "I", {"stage_2_steps": 6}, 6),
    "stage_2_cfg": (51, "f", {"stage_2_guidance": 1.25}, 1.25),
    "stage_2_shift": (52, "f", {"stage_2_shift": 1.5}, 1.5),
    "tiled_decoding": (53, "B", {**LARGE, "tiled_decoding": True}, 1),
    "decoding_tile_width": (54, "H", {"decoding_tile_width": 320}, 5),
    "decoding_tile_height": (55, "H", {"decoding_tile_height": 384}, 6),
    "decoding_tile_overlap": (56, "H", {"decoding_tile_overlap": 64}, 1),
    "stochastic_sampling_gamma": (57, "f", {"stochastic_sampling_gamma": 0.5}, 0.5),
    "preserve_original_after_inpaint": (58, "B", {"preserve_original_after_inpaint": False}, 0),
    "tiled_diffusion": (59, "B", {**LARGE, "tiled_diffusion": True}, 1),
    "diffusion_tile_width": (60, "H", {"diffusion_tile_width": 448}, 7),
    "diffusion_tile_height": (61, "H", {"diffusion_tile_height": 512}, 8),
    "diffusion_tile_overlap": (62, "H", {"diffusion_tile_overlap": 192}, 3),
    "upscaler_scale_factor": (63, "B", {"upscaler": UPSCALER, "upscaler_scale_factor": 4}, 4),
    "t5_text_encoder": (64, "B", {"t5_text_encoder": False}, 0),
    "separate_clip_l": (65, "B", {"separate_clip_l": True, "clip_l_text": "a"}, 1),
    "clip_l_text": (66, "text", {"separate_clip_l": True, "clip_l_text": "für L"}, "für L"),
    "separate_open_clip_g": (67, "B", {"separate_open_clip_g": True, "open_clip_g_text": "a"}, 1),
    "open_clip_g_text": (68, "text", {"separate_open_clip_g": True, "open_clip_g_text": "for G"}, "for G"),
    "speed_up_with_guidance_embed": (69, "B", {"speed_up_with_guidance_embed": False}, 0),
    "guidance_embed": (70, "f", {"guidance_embed": 4.25}, 4.25),
    "resolution_dependent_shift": (71, "B", {"resolution_dependent_shift": False}, 0),
    "tea_cache_start": (72, "i", {"tea_cache_start": 1}, 1),
    "tea_cache_end": (73, "i", {"tea_cache_end": -2}, -2),
    "tea_cache_threshold": (74, "f", {"tea_cache_threshold": 0.125}, 0.125),
    "tea_cache": (75, "B", {"tea_cache": True}, 1),
    "separate_t5": (76, "B", {"separate_t5": True, "t5_text": "a"}, 1),
    "t5_text": (77, "text", {"separate_t5": True, "t5_text": "for T5"}, "for T5"),
    "tea_cache_max_skip_steps": (78, "i", {"tea_cache_max_skip_steps": 2}, 2),
    "causal_inference_enabled": (79, "B", {"causal_inference": 5}, 1),
    "causal_inference": (80, "i", {"causal_inference": 5}, 5),
    "causal_inference_pad": (81, "i", {"causal_inference": 5, "causal_inference_pad": 2}, 2),
    "cfg_zero_star": (82, "B", {"cfg_zero_star": True}, 1),
    "cfg_zero_init_steps": (83, "i", {"cfg_zero_star": True, "cfg_zero_init_steps": 1}, 1),
    "compression_artifacts": (84, "b", {"compression_artifacts": "h265"}, 2),
    "compression_artifacts_quality": (85, "f", {"compression_artifacts_quality": 50.5}, 50.5),
    "color_calibration": (86, "b", {"color_calibration": "lab"}, 1),
    "expand_prompt_to_json": (87, "B", {"expand_prompt_to_json": True}, 1),
}
"""By the wire's name: the slot, how it is read, what is asked for, and what must stand on the wire."""

UNUSUAL_CONTROL = Control(
    UNION,
    0.25,
    guidance_start=0.125,
    guidance_end=0.5,
    no_prompt=True,
    global_average_pooling=False,
    down_sampling_rate=2.0,
    mode=ControlMode.CONTROL,
    input_override=ControlInput.POSE,
    target_blocks=("attn1", "attn2"),
)
CONTROL: dict[str, tuple[int, str, object]] = {
    "file": (0, "text", UNION),
    "weight": (1, "f", 0.25),
    "guidance_start": (2, "f", 0.125),
    "guidance_end": (3, "f", 0.5),
    "no_prompt": (4, "B", 1),
    "global_average_pooling": (5, "B", 0),
    "down_sampling_rate": (6, "f", 2.0),
    "control_mode": (7, "b", 2),
    "target_blocks": (8, "texts", ["attn1", "attn2"]),
    "input_override": (9, "b", 5),
}
LORA: dict[str, tuple[int, str, object]] = {
    "file": (0, "text", WATERCOLOUR),
    "weight": (1, "f", 0.75),
    "mode": (2, "b", 1),
}
DEPRECATED = {"decode_with_attention": 23, "hires_fix_decode_with_attention": 24}
CHOICES: dict[str, tuple[int, str, type[Choice]]] = {
    "SamplerType": (8, "sampler", Sampler),
    "SeedMode": (17, "seed_mode", SeedMode),
    "CompressionMethod": (84, "compression_artifacts", CompressionMethod),
    "ColorCalibration": (86, "color_calibration", ColorCalibration),
}
"""By the wire's name of the list: the slot and the setting that it is for, and ours."""


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(Options(tls=False, model_browser=True)) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: EmbeddedServer) -> Iterator[DrawThings]:
    with DrawThings(f"grpc://{server.address}") as connected:
        yield connected


def arrived(server: EmbeddedServer) -> wirewalk.Table:
    """The configuration of the latest request."""
    entry = server.received[-1]
    assert entry.method == "GenerateImage"
    return wirewalk.Table(wirewalk.message(entry.message.SerializeToString())[7][0])


def texts(table: wirewalk.Table, slot: int) -> list[str]:
    """Read a vector of strings."""
    place = table.place(slot)
    assert place is not None

    def follow(at: int) -> int:
        target: int = at + struct.unpack_from("<I", table.data, at)[0]
        return target

    start = follow(place)
    places = [follow(start + 4 + 4 * index) for index in range(struct.unpack_from("<I", table.data, start)[0])]
    return [table.data[at + 4 : at + 4 + struct.unpack_from("<I", table.data, at)[0]].decode() for at in places]


def read(table: wirewalk.Table, slot: int, form: str) -> object:
    if form == "texts":
        return texts(table, slot)
    return table.text(slot) if form == "text" else table.scalar(slot, form)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_arrives(client: DrawThings, server: EmbeddedServer, name: str) -> None:
    slot, form, wanted, value = SETTINGS[name]
    result = client.generate("a fox", **{**BASE, **wanted})
    assert read(arrived(server), slot, form) == value
    assert result.pictures


def test_the_settings_are_all_and_none_is_what_is_sent_anyway(client: DrawThings, server: EmbeddedServer) -> None:
    client.generate("a fox", **BASE)
    usual = arrived(server)
    same = {name for name, (slot, form, _, value) in SETTINGS.items() if read(usual, slot, form) == value}
    assert same == set()
    others = {"batch_count": 9, "controls": 19, "loras": 20, **DEPRECATED}
    assert {slot for slot, *_ in SETTINGS.values()} | set(others.values()) == set(range(88))


@pytest.mark.parametrize("name", DEPRECATED)
def test_a_dead_slot_is_never_written(client: DrawThings, server: EmbeddedServer, name: str) -> None:
    client.generate("a fox", **BASE)
    assert arrived(server).place(DEPRECATED[name]) is None


def test_batch_count_becomes_requests(client: DrawThings, server: EmbeddedServer) -> None:
    result = client.generate("a fox", batch_count=2, **BASE)
    tables = [wirewalk.Table(entry.message.configuration) for entry in server.received[-2:]]
    assert [table.scalar(9, "I") for table in tables] == [1, 1]
    assert [table.scalar(3, "I") for table in tables] == [picture.seed for picture in result.pictures]


@pytest.fixture(scope="module")
def parts(client: DrawThings, server: EmbeddedServer) -> tuple[wirewalk.Table, wirewalk.Table]:
    """A control and a LoRA as they arrived, with no value of which is the default."""
    settings = {**BASE, "model": FLUX, "sampler": "Euler A Trailing"}
    client.generate("a fox", controls=[UNUSUAL_CONTROL], hints={"pose": PHOTO}, **settings)
    (control,) = arrived(server).tables(19)
    client.generate("a fox", loras=[Lora(WATERCOLOUR, 0.75, LoraMode.BASE)], **BASE)
    (lora,) = arrived(server).tables(20)
    return control, lora


@pytest.mark.parametrize("name", CONTROL)
def test_a_part_of_controls_arrives(parts: tuple[wirewalk.Table, wirewalk.Table], name: str) -> None:
    slot, form, value = CONTROL[name]
    assert read(parts[0], slot, form) == value


@pytest.mark.parametrize("name", LORA)
def test_a_part_of_loras_arrives(parts: tuple[wirewalk.Table, wirewalk.Table], name: str) -> None:
    slot, form, value = LORA[name]
    assert read(parts[1], slot, form) == value


def test_parts_keep_their_order(client: DrawThings, server: EmbeddedServer) -> None:
    files = [WATERCOLOUR, "tcd_sd_v1.5_lora_f16.ckpt", "lcm_sd_v1.5_lora_f16.ckpt"]
    client.generate("a fox", loras=files, **BASE)
    assert [lora.text(0) for lora in arrived(server).tables(20)] == files


def values_of(name: str) -> list[str]:
    """The values of a list of the schema, in their order, read from its text."""
    found = re.search(rf"^enum {name} : byte \{{(.*?)\}}", SCHEMA.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    return [word.strip() for word in found[1].split(",")]


@pytest.mark.parametrize(("name", "number"), [(name, number) for name in CHOICES for number in CHOICES[name][2]])
def test_a_choice_arrives_by_its_name(client: DrawThings, server: EmbeddedServer, name: str, number: Choice) -> None:
    slot, setting, _ = CHOICES[name]
    client.generate("a fox", **{**BASE, setting: number.label})
    assert arrived(server).scalar(slot, "b") == number.value
    assert len(CHOICES[name][2]) == len(values_of(name))


def test_each_mode_of_loras_arrives(client: DrawThings, server: EmbeddedServer) -> None:
    given = [Lora.parse(f"{WATERCOLOUR}:0.5:{mode.label}") for mode in LoraMode]
    client.generate("a fox", loras=given, refiner_model=OTHER, refiner_start=0.5, **BASE)
    sent = [values_of("LoRAMode")[lora.scalar(2, "b")] for lora in arrived(server).tables(20)]
    assert sent == ["All", "Base", "Refiner"]


def test_each_mode_and_input_of_controls_arrives(client: DrawThings, server: EmbeddedServer) -> None:
    given = [Control(UNION, mode=mode, input_override=ControlInput.POSE) for mode in ControlMode]
    given += [Control(UNION, input_override=each) for each in ControlInput]
    settings = {**BASE, "model": FLUX, "sampler": "Euler A Trailing"}
    # With one hint, a control that is told nothing would be told to read that.
    client.generate("a fox", controls=given, hints={"pose": PHOTO, "depth": PHOTO}, check=False, **settings)
    sent = arrived(server).tables(19)
    modes, inputs = values_of("ControlMode"), values_of("ControlInputType")
    assert [modes[control.scalar(7, "b")] for control in sent[:3]] == modes
    assert [inputs[control.scalar(9, "b")] for control in sent[3:]] == inputs
