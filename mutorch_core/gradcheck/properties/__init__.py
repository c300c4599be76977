"""The properties of a correct op, one module each: `derivatives` compares numbers, `conduct` checks behaviour."""

from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.catalogue import PROPERTIES, properties_of

__all__ = ["PROPERTIES", "Property", "properties_of"]
