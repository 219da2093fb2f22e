"""The library in one go: list, generate with progress, edit, asyncio.

    python examples/example_usage.py [ADDRESS] [FOLDER]

Without an address it uses the embedded server, so it runs anywhere.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from drawthings import AsyncDrawThings, DrawThings, Result
from drawthings.stream.events import Sampling


def list_what_is_there(client: DrawThings) -> None:
    """Show the models and the LoRAs that fit the first of them."""
    catalogue = client.models()
    for model in catalogue.models[:5]:
        print(f"{model.file}: {model.name}, {model.version}, made for {model.native_px} px")
    for lora in catalogue.loras[:3]:
        print(f"LoRA {lora.file}: for {lora.version}")


def generate_with_progress(client: DrawThings) -> Result:
    """Generate a picture and print each step; the last event carries the result."""
    for event in client.stream("a lighthouse on a cliff at dawn", width=512, height=512, steps=8, seed=7):
        if isinstance(event, Sampling):
            print(f"{event.progress:4.0%} step {event.step} of {event.steps}")
    return event.result


def edit(client: DrawThings, result: Result) -> Result:
    """Edit the picture; the notes say which model and settings were chosen."""
    edited = client.edit(result.picture.image(), "make it a snowy winter night", seed=7)
    for note in edited.notes:
        print(f"note: {note}")
    return edited


async def two_at_once(address: str) -> list[Result]:
    """Ask for two pictures concurrently; the server makes them one after the other."""
    async with AsyncDrawThings(address) as client:
        prompts = ("a red boat", "a blue boat")
        return await asyncio.gather(*(client.generate(text, width=256, height=256, steps=4) for text in prompts))


def main(address: str = "embedded", folder: str = "demo") -> None:
    """Run everything and write the pictures into a folder."""
    target = Path(folder)
    with DrawThings(address) as client:
        print(client.echo().message)
        list_what_is_there(client)
        result = generate_with_progress(client)
        print("wrote", result.picture.save(target / "lighthouse.png"))
        print("wrote", edit(client, result).picture.save(target / "lighthouse-winter.png"))
    for boat in asyncio.run(two_at_once(address)):
        print("wrote", boat.picture.save(target / "boat.png"))


if __name__ == "__main__":
    main(*sys.argv[1:3])
