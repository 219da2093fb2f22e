"""The names of the scripts that came before this package, so that programs written against them keep working.

Each is a thin shell over the client; new programs use ``DrawThings`` directly.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawthings.client._sync import DrawThings

if TYPE_CHECKING:
    from drawthings.client.result import Result


def generate_image(  # noqa: PLR0913 - the arguments of the original script
    prompt: str,
    *,
    server: str | None = None,
    output: str | Path = "output.png",
    negative: str = "",
    model: str | None = None,
    size: int | None = None,
    steps: int | None = None,
    cfg_scale: float | None = None,
    seed: int | None = None,
    latent_size: int | None = None,  # noqa: ARG001 - accepted for old programs
    lora: str | None = None,
    lora_weight: float = 1.0,
) -> Result:
    """Generate one picture and write it to a file.

    Args:
        prompt: What the picture shows.
        server: Address of the server.
        output: File to write; an existing one is never overwritten, see ``Result.save``.
        negative: What the picture must not show.
        model: Checkpoint by file name or name.
        size: Width and height in pixels.
        steps: Sampling steps.
        cfg_scale: Guidance scale.
        seed: Seed, or None for a random one.
        latent_size: Has no effect. Sizes on the wire are pixels / 64 for every model; an older theory said otherwise.
        lora: LoRA by file name or name.
        lora_weight: Weight of the LoRA.

    Returns:
        The result; its pictures are on disk.

    Raises:
        DrawThingsError: As ``DrawThings.generate`` and ``Result.save``.
    """
    wanted: dict[str, Any] = {"model": model, "steps": steps, "guidance_scale": cfg_scale, "seed": seed}
    wanted |= {"width": size, "height": size, "loras": None if lora is None else ((lora, lora_weight),)}
    with DrawThings(server) as client:
        given = {name: value for name, value in wanted.items() if value is not None}
        result = client.generate(prompt, negative_prompt=negative, **given)
    result.save(output)
    return result


def save_tensor_image(tensor_data: bytes, output: str | Path) -> Path:
    """Decode tensor bytes as they come from the server and write the picture.

    Args:
        tensor_data: One complete tensor: 68 header bytes and a raw, deflated or fpzip payload.
        output: File to write; the suffix says which kind. An existing file is never overwritten.

    Returns:
        The path that was written.

    Raises:
        TensorError: The bytes are no tensor, or a broken one.
        BadValue: The suffix names no known kind.
        OutputError: It cannot be written there.
    """
    from drawthings.media.image import encode_image, kind_of
    from drawthings.media.naming import write_new
    from drawthings.profiles import home_expanded
    from drawthings.tensor.pixels import blob_to_pixels

    target = home_expanded(Path(output))
    return write_new(target, encode_image(blob_to_pixels(tensor_data), kind_of(target)))


class ModelMetadata:
    """What a server says about its models.

    Args:
        server: Address of the server.

    Example:
        >>> ModelMetadata("embedded").get_latent_info("juggernaut_xl_v9_q6p_q8p.ckpt")["latent_size"]
        128
    """

    def __init__(self, server: str | None = None) -> None:
        with DrawThings(server) as client:
            self.catalogue = client.models()

    def get_latent_info(self, file: str) -> dict[str, Any]:
        """Return ``latent_size`` (64 or 128), ``version``, ``default_scale`` and more for a checkpoint.

        The latent size is information only: sizes on the wire are pixels / 64 for every model. Where the server does
        not describe the model, the answer is guessed from the file name ("xl" means 128).
        """
        from drawthings.catalogue.latent import latent_info

        return dict(latent_info(self.catalogue.find_model(file) or file))
