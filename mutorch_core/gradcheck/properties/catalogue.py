"""The list of all properties, in the order in which they are checked and shown."""

from __future__ import annotations

from collections.abc import Sequence

from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.conduct.layout import LAYOUT
from mutorch_core.gradcheck.properties.conduct.libraries import LibrariesCheck, libraries_property
from mutorch_core.gradcheck.properties.conduct.masks import MASKS
from mutorch_core.gradcheck.properties.conduct.pure import PURE
from mutorch_core.gradcheck.properties.conduct.repeat import REPEAT
from mutorch_core.gradcheck.properties.conduct.saves import SAVES
from mutorch_core.gradcheck.properties.conduct.shapes import SHAPES
from mutorch_core.gradcheck.properties.derivatives.extremes import EXTREMES
from mutorch_core.gradcheck.properties.derivatives.first_order import BROADCAST, PARAMETERS, VALUE
from mutorch_core.gradcheck.properties.derivatives.kinks import KINKS
from mutorch_core.gradcheck.properties.derivatives.linear import LINEAR
from mutorch_core.gradcheck.properties.derivatives.precision import PRECISION
from mutorch_core.gradcheck.properties.derivatives.second_order import SECOND_ORDER
from mutorch_core.gradcheck.under_test import Backend

__all__ = ["PROPERTIES", "properties_of"]

PROPERTIES = (
    VALUE, KINKS, LINEAR, PURE, SHAPES, BROADCAST, LAYOUT, MASKS, REPEAT, PARAMETERS, SECOND_ORDER, PRECISION, EXTREMES,
    SAVES,
)  # fmt: skip


def properties_of(op: object, order: int = 2, backends: Sequence[Backend] = ()) -> tuple[Property, ...]:
    """Return the properties that apply to an op, up to an order of derivatives, on some array libraries."""
    every = (*PROPERTIES, libraries_property(LibrariesCheck(backends))) if backends else PROPERTIES
    return tuple(prop for prop in every if prop.order <= order and prop.applies(op))
