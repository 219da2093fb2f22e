"""The pictures of ``img2img``: what a generation starts from, what is repainted, and how both reach the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from drawthings.apps.automatic import region
from drawthings.errors import BadImage, OutOfRange
from drawthings.request.frame import GRID_PX
from drawthings.request.pictures import load_picture

if TYPE_CHECKING:
    from drawthings.apps.automatic.parse import Making
    from drawthings.apps.automatic.region import Size
    from drawthings.apps.jobs.draft import Verb

USUAL_STRENGTH = 0.75
LEAST_STRENGTH = 0.01
"""Strength 0 asks the server for something else: to enlarge the picture and paint nothing."""
USUAL_BLUR = 4
MOST_BLUR = 25.0
SOFTEST = 256.0
"""Of a wider edge nothing would be seen in any picture."""
SHORTEST_PX, LONGEST_PX, MOST_PX = 128, 8192, 1 << 24
STRETCH, CROP, FILL_UP, LATENT = range(4)
FITS = {STRETCH: "stretch", CROP: "cover", FILL_UP: "stretch", LATENT: "stretch"}
FOR_MASKS = (
    *("mask_blur", "mask_blur_x", "mask_blur_y", "inpainting_fill", "inpaint_full_res", "inpaint_full_res_padding"),
    *("inpainting_mask_invert", "mask_round"),
)


def start(making: Making) -> Verb:
    """Put the pictures of a request into what is wanted.

    Returns:
        ``inpaint`` where something of the first picture is masked, else ``edit``.

    Raises:
        BadImage: There is no picture, or it cannot be read.
        BadMask: The mask cannot be used.
        OutOfRange: A choice of the body is none of those there are.
    """
    values = making.values
    sources = [each for each in values.several("init_images") if isinstance(each, str) and each]
    if not sources:
        raise BadImage(
            "Init image not found.", hint="Put the picture into init_images, as base64.", field="init_images"
        )
    data = [making.context.picture(each, f"init_images[{place}]") for place, each in enumerate(sources)]
    _strength(making)
    fit = _choice(making, "resize_mode", STRETCH, FITS)
    making.wanted |= {"image": data[0], "image_fit": FITS[fit]}
    if data[1:]:
        making.wanted["references"] = data[1:]
    mask = values.raw("mask") or values.raw("latent_mask")
    if isinstance(mask, str) and mask:
        return _masked(making, making.context.picture(mask, "mask"), fill_up=fit == FILL_UP)
    values.pass_over(FOR_MASKS)
    if fit == FILL_UP and (canvas := _canvas(making)):
        making.wanted["image"] = region.filled_up(load_picture(data[0]), canvas)
    return "edit"


def _strength(making: Making) -> None:
    given = making.values.number("denoising_strength")
    if given is None and (making.model.edits or "strength" in making.wanted):
        return
    strength = USUAL_STRENGTH if given is None else given
    making.wanted["strength"] = max(LEAST_STRENGTH, strength) if strength >= 0 else strength


def _masked(making: Making, mask_data: bytes, *, fill_up: bool) -> Verb:
    values, wanted = making.values, making.wanted
    picture = region.open_plain(wanted["image"])
    mask = region.open_mask(mask_data, picture.size, invert=bool(values.flag("inpainting_mask_invert")))
    blur = _blur(making)
    fill = _choice(making, "inpainting_fill", region.SURROUNDINGS, range(region.NOTHING + 1))
    padding = values.whole("inpaint_full_res_padding") or 0
    if values.flag("inpaint_full_res") is not False:
        making.region = region.cut_out(picture, mask, blur=blur, padding=max(0, padding), shape=_canvas(making))
        whole = picture if fill != region.SURROUNDINGS else region.underlaid(picture, mask)
        picture, mask = whole.crop(making.region.box), mask.crop(making.region.box)
        wanted |= {"image_fit": "stretch", "mask_blur": 0.0}
    else:
        picture = region.underlaid(picture, mask) if fill == region.SURROUNDINGS else picture
        wanted["mask_blur"] = min(MOST_BLUR, blur)
        if fill_up and (canvas := _canvas(making)):
            picture, mask = region.filled_up(picture, canvas), region.mask_filled_up(mask, canvas)
    wanted["image"] = picture
    if region.covers_everything(_as_sent(making, mask)):
        making.notes.append("The mask covers everything, so the whole picture was started from.")
        return "edit"
    wanted["mask"] = _mask_for(mask, fill)
    return "inpaint"


def _as_sent(making: Making, mask: Image.Image) -> Image.Image:
    """Return the mask as the canvas will have it: what a cut-out keeps at its edges may be too thin to be left."""
    if making.region is None:
        return mask
    native_px = making.model.native_px
    return mask.resize(_canvas(making) or (native_px, native_px), Image.Resampling.NEAREST)


def _mask_for(mask: Image.Image, fill: int) -> Any:  # noqa: ANN401 - any source of a mask
    return region.emptied(mask) if fill in {region.NOISE, region.NOTHING} else mask


def _blur(making: Making) -> float:
    values = making.values
    both = [values.number("mask_blur_x"), values.number("mask_blur_y")]
    given = [each for each in (values.number("mask_blur"), *both) if each is not None]
    blur = max(given, default=USUAL_BLUR)
    if blur < 0:
        raise OutOfRange(f"mask_blur is {blur:g}; it is at least 0.", hint="Use 4.", field="mask_blur", value=blur)
    return min(blur, SOFTEST)


def _canvas(making: Making) -> Size | None:
    width, height = making.wanted.get("width"), making.wanted.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        return None
    canvas = (_on_canvas(width), _on_canvas(height))
    if canvas[0] * canvas[1] > MOST_PX:
        # Pictures are laid on it before anybody looks at the request as a whole.
        raise OutOfRange(
            f"A canvas of {canvas[0]}x{canvas[1]} pixels is more than {MOST_PX / 1e6:.1f} megapixels.",
            hint="Ask for a smaller picture.",
            field="width",
            value=width,
        )
    return canvas


def _on_canvas(length: int) -> int:
    return min(max(SHORTEST_PX, round(length / GRID_PX) * GRID_PX), LONGEST_PX)


def _choice(making: Making, name: str, usual: int, known: Any) -> int:  # noqa: ANN401 - anything with an in
    value = making.values.whole(name)
    if value is None:
        return usual
    if value not in known:
        raise OutOfRange(
            f"{name} is {value}; it is one of 0 to {len(known) - 1}.", hint=f"Use {usual}.", field=name, value=value
        )
    return value
