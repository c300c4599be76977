"""The properties, in the order in which they are checked and shown."""

from __future__ import annotations

from collections.abc import Sequence

from mutorch_core.gradcheck.backends import Backend
from mutorch_core.gradcheck.properties.derivative import BROADCAST, PARAMETERS, VALUE
from mutorch_core.gradcheck.properties.extremes import EXTREMES
from mutorch_core.gradcheck.properties.kinks import KINKS
from mutorch_core.gradcheck.properties.layout import LAYOUT
from mutorch_core.gradcheck.properties.libraries import Libraries, property_of
from mutorch_core.gradcheck.properties.linear import LINEAR
from mutorch_core.gradcheck.properties.masks import MASKS
from mutorch_core.gradcheck.properties.precision import PRECISION
from mutorch_core.gradcheck.properties.property import Property
from mutorch_core.gradcheck.properties.pure import PURE
from mutorch_core.gradcheck.properties.repeat import REPEAT
from mutorch_core.gradcheck.properties.saves import SAVES
from mutorch_core.gradcheck.properties.second_order import SECOND_ORDER
from mutorch_core.gradcheck.properties.shapes import SHAPES

__all__ = ["PROPERTIES", "Property", "properties_of"]

PROPERTIES = (
    VALUE, KINKS, LINEAR, PURE, SHAPES, BROADCAST, LAYOUT, MASKS, REPEAT, PARAMETERS, SECOND_ORDER, PRECISION, EXTREMES,
    SAVES,
)  # fmt: skip


def properties_of(op: object, order: int = 2, backends: Sequence[Backend] = ()) -> tuple[Property, ...]:
    """The properties that can be asked of an op, up to an order of derivatives, and on some array libraries."""
    every = (*PROPERTIES, property_of(Libraries(backends))) if backends else PROPERTIES
    return tuple(found for found in every if found.order <= order and found.applies(op))
