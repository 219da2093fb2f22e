"""Verbs of pictures. The synchronous form is generated from this file by ``scripts/unasync.py``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from drawthings.client import setup
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from drawthings.client.answers import StreamEvent
    from drawthings.client.result import Result
    from drawthings.request.configuration import Configuration
    from drawthings.request.masks import MaskSource
    from drawthings.request.pictures import PictureSource
    from drawthings.request.plan import Plan
    from drawthings.request.wishes import EditWanted, PaintWanted, UpscaleWanted, Wanted


class AsyncVerbs(ABC):
    """What one server and a pool of them do alike: each verb is a generation with some of its settings decided."""

    @abstractmethod
    async def generate(
        self,
        prompt: str | Plan,
        configuration: Configuration | None = None,
        *,
        on_event: Callable[[StreamEvent], None] | None = None,
        **wanted: Unpack[Wanted],
    ) -> Result:
        """Generate pictures from a prompt and wait for them."""

    async def edit(
        self,
        image: PictureSource,
        instruction: str,
        references: Sequence[PictureSource] = (),
        *,
        configuration: Configuration | None = None,
        on_event: Callable[[StreamEvent], None] | None = None,
        **wanted: Unpack[EditWanted],
    ) -> Result:
        """Change a picture by an instruction, and keep its composition.

        With an edit model (Qwen Image Edit, FLUX Kontext, FLUX.2 …) the picture is shown to the model, the canvas
        follows the picture's shape at about the model's native area, and strength stays 1: the instruction says how
        much changes. With any other model this is image to image, and ``strength`` says how much may change.

        Args:
            image: The picture to edit: a path, bytes, a Pillow image or an array.
            instruction: What to change. Edit models understand "Picture 1", "Picture 2" for the picture and the
                references.
            references: Further pictures to look at.
            configuration: As for ``generate``.
            on_event: As for ``generate``.
            wanted: As for ``generate``.

        Returns:
            The edited pictures; ``result.notes`` warns where a setting is known to lose the composition.

        Raises:
            DrawThingsError: As for ``generate``.
        """
        asked = setup.editing(wanted, image, references)
        return await self.generate(instruction, configuration, on_event=on_event, **asked)

    async def inpaint(
        self,
        image: PictureSource,
        mask: MaskSource | None,
        prompt: str,
        *,
        configuration: Configuration | None = None,
        on_event: Callable[[StreamEvent], None] | None = None,
        **wanted: Unpack[PaintWanted],
    ) -> Result:
        """Repaint a part of a picture and keep the rest.

        The masked part is painted anew (strength 1 unless given; below it, what was there shines through). The canvas
        follows the picture's shape at about the model's native area, and the mask follows the picture.

        Args:
            image: The picture: a path, bytes, a Pillow image or an array.
            mask: What is repainted: a picture (white is; or, if it has transparency, what is transparent), an array
                (True is), a box (left, top, right, bottom) in pixels of the picture, or a ``Mask``. None takes what
                is transparent in the picture itself.
            prompt: What the repainted part shows.
            configuration: As for ``generate``.
            on_event: As for ``generate``.
            wanted: As for ``generate``. How the parts meet: ``mask_blur`` (softness of the seam in pixels, 1.5),
                ``mask_blur_outset`` (pixels by which the repainted part grows), ``preserve_original_after_inpaint``
                (whether kept pixels are copied back, on).

        Returns:
            The pictures.

        Raises:
            BadMask: The mask masks nothing or everything, or does not belong to the picture.
            DrawThingsError: As for ``generate``.
        """
        asked = await computed_async(partial(setup.inpainting, wanted, image, mask))
        return await self.generate(prompt, configuration, on_event=on_event, **asked)

    async def outpaint(
        self,
        image: PictureSource,
        prompt: str,
        *,
        left: int = 0,
        top: int = 0,
        right: int = 0,
        bottom: int = 0,
        configuration: Configuration | None = None,
        on_event: Callable[[StreamEvent], None] | None = None,
        **wanted: Unpack[PaintWanted],
    ) -> Result:
        """Paint what lies beyond the edges of a picture.

        Args:
            image: The picture: a path, bytes, a Pillow image or an array.
            prompt: What the whole shows.
            left: Pixels to add on the left, counted in pixels of the picture.
            top: Pixels to add at the top.
            right: Pixels to add on the right.
            bottom: Pixels to add at the bottom.
            configuration: As for ``generate``; its size is the canvas.
            on_event: As for ``generate``.
            wanted: As for ``generate``. With ``width`` and ``height`` the canvas is given, and the picture is made
                smaller where it does not fit.

        Returns:
            The pictures. Their sides are multiples of 64, so somewhat more than asked may be added; a note says what.

        Raises:
            BadSize: A side is negative.
            BadValue: No side is to grow.
            DrawThingsError: As for ``generate``.
        """
        asked = setup.outpainting(wanted, image, (left, top, right, bottom))
        return await self.generate(prompt, configuration, on_event=on_event, **asked)

    async def upscale(
        self,
        image: PictureSource,
        upscaler: str | None = None,
        factor: int | None = None,
        *,
        on_event: Callable[[StreamEvent], None] | None = None,
        **wanted: Unpack[UpscaleWanted],
    ) -> Result:
        """Enlarge a picture without painting anything new.

        Args:
            image: The picture: a path, bytes, a Pillow image or an array.
            upscaler: An upscaler on the server by file name or name; by default one is chosen.
            factor: 2 or 4; by default the named upscaler's own factor, else 2.
            on_event: As for ``generate``.
            wanted: ``model``, ``face_restoration`` (a file for faces, on a Mac), ``user`` and ``device``.

        Returns:
            One picture, exactly so many times larger.

        Raises:
            OutOfRange: The factor is neither 2 nor 4.
            ModelNotFound: The server has no upscaler, or none of that name.
            DrawThingsError: As for ``generate``.
        """
        asked = setup.upscaling(wanted, image, upscaler, factor)
        return await self.generate("", on_event=on_event, **asked)
