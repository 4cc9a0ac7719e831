"""What can be clicked: baskets, as beginnings of the titles of things that the shop sells."""

from __future__ import annotations

from functools import lru_cache

from hub.tasks.funnel import Catalogue

BASKETS: tuple[tuple[tuple[str, str], tuple[str, ...]], ...] = (
    (("Christmas", "圣诞节"), ("christmas lights", "paper chain kit christmas", "wooden star christmas")),
    (("Baking", "烘焙"), ("cake cases", "regency cakestand", "recipe box")),
    (("A children's party", "儿童派对"), ("party bunting", "spaceboy lunch box", "dolly girl lunch box")),
    (("Lunch bags", "午餐袋"), ("lunch bag red", "lunch bag black", "lunch bag pink")),
    (("Garden", "花园"), ("watering can", "garden", "bird house")),
    (("Light in the evening", "晚上的灯光"), ("t-light holder", "hanging heart", "lantern")),
)


@lru_cache(maxsize=64)
def items_of(catalogue: Catalogue, parts: tuple[str, ...]) -> tuple[int, ...]:
    """The best known thing of each beginning that the shop has."""
    found = [catalogue.find(part, 1) for part in parts]
    return tuple(dict.fromkeys(some[0] for some in found if some))
