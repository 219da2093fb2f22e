"""Which drawing belongs to which subject of the vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.painter.scene import beasts, birds, buildings, objects, people, plants, swimmers, table, vehicles

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.scene.figure import Part
    from drawthings.server.painter.scene.plan import Plan, Spot

DRAWINGS: dict[str, Callable[[Spot, Plan], list[Part]]] = {
    **dict.fromkeys(beasts.COATS, beasts.beast),
    **dict.fromkeys(("deer", "horse", "elephant"), beasts.standing),
    "owl": birds.owl, "bird": birds.bird, "gulls": birds.gulls, "penguin": birds.penguin, "butterfly": birds.butterfly,
    "dragon": birds.dragon, "fish": swimmers.fish, "whale": swimmers.whale, "turtle": swimmers.turtle,
    "person": people.person, "portrait": people.portrait, "robot": people.robot,
    "car": vehicles.car, "train": vehicles.train, "bicycle": vehicles.bicycle, "boat": vehicles.boat,
    "balloon": vehicles.balloon, "plane": vehicles.plane, "rocket": vehicles.rocket,
    "house": buildings.house, "castle": buildings.castle, "lighthouse": buildings.lighthouse,
    "windmill": buildings.windmill, "temple": buildings.temple, "tower": buildings.tower, "bridge": buildings.bridge,
    "tent": buildings.tent, "tree": plants.tree, "pine": plants.pine, "cherry": plants.cherry, "palm": plants.palm,
    "cactus": plants.cactus, "flower": plants.flower, "sunflower": plants.sunflower, "mushroom": plants.mushroom,
    "apple": table.apple, "citrus": table.citrus, "cup": table.cup, "cake": table.cake, "book": table.book,
    "lamp": objects.lamp, "snowman": objects.snowman, "pumpkin": objects.pumpkin, "crystal": objects.crystal,
    "clock": objects.clock, "vase": table.vase, "chair": objects.chair, "sphere": objects.sphere,
    "cube": objects.cube,
}  # fmt: skip


def drawing(spot: Spot, plan: Plan) -> list[Part]:
    """Return the shapes of a figure."""
    return DRAWINGS[spot.wish.name](spot, plan)
