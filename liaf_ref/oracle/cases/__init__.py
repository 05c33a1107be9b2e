"""The cases of the golden set as descriptions, and the pure functions that draw them."""

from liaf_ref.oracle.cases import (
    exact,
    image_blocks,
    image_exact,
    image_l0,
    image_nets,
    l0,
    l1,
    l2,
    l3,
    l4,
)
from liaf_ref.oracle.cases.accept import Accepted, accept
from liaf_ref.oracle.cases.recipe import Recipe

RECIPES: tuple[Recipe, ...] = (
    *l0.RECIPES,
    *l1.RECIPES,
    *l2.RECIPES,
    *l3.RECIPES,
    *l4.RECIPES,
    *exact.RECIPES,
    *image_l0.RECIPES,
    *image_blocks.RECIPES,
    *image_nets.RECIPES,
    *image_exact.RECIPES,
)

__all__ = ["RECIPES", "Accepted", "Recipe", "accept"]
