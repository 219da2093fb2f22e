"""This dialect in the OpenAPI document: what its calls take and answer."""

from __future__ import annotations

from typing import Any, TypeAlias

from drawthings.request.fields import BY_NAME

Schema: TypeAlias = dict[str, Any]

PREFIX = "/sdapi/v1"
TAG = "AUTOMATIC1111"
TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {
    "anyOf": [{"type": ["number", "null"]}, {"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]{1,9})?$"}]
}
WHOLE: Schema = {"anyOf": [{"type": ["integer", "null"]}, {"type": "string", "pattern": r"^-?[0-9]{1,9}$"}]}
FLAG: Schema = {
    "anyOf": [{"type": ["boolean", "number", "null"]}, {"enum": ["true", "false", "True", "False", "0", "1"]}]
}
PICTURE: Schema = {"type": ["string", "null"], "description": "A picture as base64, alone or as a data URL."}
OBJECT: Schema = {"type": ["object", "null"]}
SETTINGS = {"steps": (WHOLE, "steps"), "cfg_scale": (NUMBER, "guidance_scale"), "clip_skip": (WHOLE, "clip_skip")}
SETTINGS |= {"width": (WHOLE, "width"), "height": (WHOLE, "height"), "seed": (WHOLE, "seed")}
SETTINGS |= {"distilled_cfg_scale": (NUMBER, "guidance_embed"), "refiner_switch_at": (NUMBER, "refiner_start")}
SETTINGS |= {"restore_faces": (FLAG, "face_restoration")}
WORDS = {
    "prompt": (TEXT, "What the picture shows; `<lora:name:weight>` adds a LoRA."),
    "negative_prompt": (TEXT, "What it must not show."),
    "model": (TEXT, "The model for this call, by file or name."),
    "sampler_name": (TEXT, "A sampler by a name of the web interface, of stable-diffusion.cpp or of Draw Things."),
    "sampler_index": ({}, "An older word for sampler_name."),
    "scheduler": (TEXT, "How the steps are laid over the noise: automatic, karras, sgm_uniform or align_your_steps."),
    "batch_size": (WHOLE, "Pictures; each has a seed one higher than the one before."),
    "n_iter": (WHOLE, "Times that batch_size pictures are made."),
    "enable_hr": (FLAG, "Whether a second pass enlarges the picture."),
    "hr_scale": (NUMBER, "How many times."),
    "hr_resize_x": (WHOLE, "Or to which width."),
    "hr_resize_y": (WHOLE, "Or to which height."),
    "hr_upscaler": (
        TEXT,
        "An upscaler of the server enlarges the finished picture; everything else means a second pass.",
    ),
    "denoising_strength": (NUMBER, "How much changes: of the first picture, or in the second pass."),
    "override_settings": (OBJECT, "Options for this call alone: sd_model_checkpoint, samples_format, clip skip."),
    "alwayson_scripts": (OBJECT, "Extensions; ControlNet's units become controls and hints."),
    "refiner_checkpoint": (TEXT, "A model for the last steps."),
    "script_name": (TEXT, "There are no scripts here; anything but None is refused."),
    "send_images": (FLAG, "Whether the pictures are in the answer."),
    "force_task_id": (TEXT, "The client's own name for this call."),
    "infotext": (TEXT, "Settings as a text; what else is in the body wins."),
    "configuration": (OBJECT, "Settings as the app's JSON; what else is in the body wins."),
}
FOR_PICTURES = {
    "init_images": (
        {"type": ["array", "string"], "items": {"type": "string"}},
        "The picture to start from; more are references.",
    ),
    "mask": (PICTURE, "White is repainted."),
    "mask_blur": (NUMBER, "The soft edge in pixels."),
    "resize_mode": (WHOLE, "0 stretch, 1 crop, 2 fill up, 3 as 0."),
    "inpainting_fill": (WHOLE, "What lies under the mask: 0 the colours around, 1 the picture, 2 and 3 noise."),
    "inpaint_full_res": (FLAG, "Whether only the masked part is painted, at the size of the canvas, and laid back."),
    "inpaint_full_res_padding": (WHOLE, "Pixels around it that the model sees."),
    "inpainting_mask_invert": (FLAG, "Whether black is repainted."),
    "include_init_images": (FLAG, "Accepted."),
}
FOR_EXTRAS = {
    "upscaler_1": (TEXT, "None, Lanczos, Nearest, or an upscaler of the server."),
    "upscaling_resize": (NUMBER, "How many times larger."),
    "resize_mode": (WHOLE, "0: by upscaling_resize, 1: to the size below."),
    "upscaling_resize_w": (WHOLE, "A width."),
    "upscaling_resize_h": (WHOLE, "A height."),
    "upscaling_crop": (FLAG, "Whether what is over is cut off."),
    "gfpgan_visibility": (NUMBER, "Above 0: faces are restored, where the server can."),
    "codeformer_visibility": (NUMBER, "As gfpgan_visibility."),
}
LISTS = {
    "sd-models": "The models",
    "samplers": "The samplers",
    "schedulers": "The schedules",
    "loras": "The LoRAs",
    "upscalers": "The upscalers; the first is none",
    "latent-upscale-modes": "Ways to enlarge before a second pass",
    "sd-vae": "Decoders to choose from: none, each model brings its own",
    "sd-modules": "As sd-vae",
    "hypernetworks": "Hypernetworks: none",
    "face-restorers": "Files for faces",
    "realesrgan-models": "Models of one more upscaler: none, all are among upscalers",
    "prompt-styles": "Prompt styles: none",
}
OBJECTS = {
    "options": "The options as you have set them",
    "progress": "How far your job is; exactly 0 when nothing is under way",
    "embeddings": "The textual inversions by their keywords",
    "memory": "The memory of the gateway's machine",
    "cmd-flags": "Flags of the web interface",
    "scripts": "The extensions that are understood",
}
ACTIONS = {
    "interrupt": "End your running job; what is finished of it is answered",
    "skip": "Leave out the picture that is being made",
    "refresh-checkpoints": "Ask the servers again what they have",
    "refresh-loras": "Ask the servers again what they have",
    "refresh-vae": "Ask the servers again what they have",
    "refresh-embeddings": "Ask the servers again what they have",
    "reload-checkpoint": "Nothing: the server loads what a request needs",
    "unload-checkpoint": "Nothing: the server decides what it keeps loaded",
}


def operations() -> dict[str, dict[str, Any]]:
    """Return the operations by path and method."""
    found: dict[str, dict[str, Any]] = {
        f"{PREFIX}/txt2img": {"post": _call("txt2img", "Make pictures from a prompt", _body(TEXT_TO_IMAGE), MADE)},
        f"{PREFIX}/img2img": {"post": _call("img2img", "Make pictures from pictures", _body(IMAGE_TO_IMAGE), MADE)},
        f"{PREFIX}/extra-single-image": {
            "post": _call("extra-single-image", "Enlarge a picture", _body(ONE), ENLARGED)
        },
        f"{PREFIX}/extra-batch-images": {"post": _call("extra-batch-images", "Enlarge pictures", _body(SEVERAL), ALL)},
        f"{PREFIX}/png-info": {"post": _call("png-info", "How was this picture made?", _body(INSPECTED), TOLD)},
    }
    for names, answer in ((LISTS, {"type": "array", "items": {"type": "object"}}), (OBJECTS, {"type": "object"})):
        for name, summary in names.items():
            found.setdefault(f"{PREFIX}/{name}", {})["get"] = _call(name, summary, None, answer)
    for name, summary in ACTIONS.items():
        found[f"{PREFIX}/{name}"] = {"post": _call(name, summary, None, {"type": ["object", "null"]})}
    given = _body({"type": "object"})
    found[f"{PREFIX}/options"]["post"] = _call("set-options", "Set options, for you alone", given, {"type": "null"})
    return found


def schemas() -> dict[str, Schema]:
    """Return the parts that the operations refer to."""
    text = {"type": "string"}
    return {
        "AutomaticError": {
            "type": "object",
            "required": ["error", "detail"],
            "properties": {"error": text, "detail": text, "body": text, "errors": text},
        }
    }


def _properties(*tables: dict[str, tuple[Schema, str]]) -> dict[str, Schema]:
    described = {name: schema | {"description": about} for table in tables for name, (schema, about) in table.items()}
    known = {name: schema | {"description": BY_NAME[field].doc} for name, (schema, field) in SETTINGS.items()}
    return described | known if tables[0] is WORDS else described


def _body(schema: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _call(name: str, summary: str, body: dict[str, Any] | None, answer: Schema) -> dict[str, Any]:
    failed = {"application/json": {"schema": {"$ref": "#/components/schemas/AutomaticError"}}}
    call = {
        "operationId": f"automatic-{name}",
        "summary": f"{summary}.",
        "tags": [TAG],
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            "default": {"description": "Refused or failed; the sentence says why.", "content": failed},
        },
    }
    return call if body is None else call | {"requestBody": body}


TEXT_TO_IMAGE: Schema = {"type": "object", "properties": _properties(WORDS)}
IMAGE_TO_IMAGE: Schema = {
    "type": "object",
    "required": ["init_images"],
    "properties": _properties(WORDS, FOR_PICTURES),
}
ONE: Schema = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": {"type": "string"}, **_properties(FOR_EXTRAS)},
}
SEVERAL: Schema = {
    "type": "object",
    "required": ["imageList"],
    "properties": {
        "imageList": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": {"data": {"type": "string"}, "name": {"type": "string"}}},
        },
        **_properties(FOR_EXTRAS),
    },
}
INSPECTED: Schema = {"type": "object", "required": ["image"], "properties": {"image": {"type": "string"}}}
MADE: Schema = {
    "type": "object",
    "required": ["images", "parameters", "info"],
    "properties": {
        "images": {"type": "array", "items": {"type": "string"}, "description": "Base64, without a prefix."},
        "parameters": {"type": "object", "description": "The body, without pictures."},
        "info": {"type": "string", "description": "JSON text: seeds, settings, infotexts, and what had no effect."},
    },
}
ENLARGED: Schema = {
    "type": "object",
    "required": ["html_info", "image"],
    "properties": {"html_info": {"type": "string"}, "image": {"type": "string"}},
}
ALL: Schema = {
    "type": "object",
    "required": ["html_info", "images"],
    "properties": {"html_info": {"type": "string"}, "images": {"type": "array", "items": {"type": "string"}}},
}
TOLD: Schema = {
    "type": "object",
    "required": ["info", "items", "parameters"],
    "properties": {"info": {"type": "string"}, "items": {"type": "object"}, "parameters": {"type": "object"}},
}
