"""Functional updates in JAX's notation: `at(x)[key].add(v)` is a copy of x with v added at `key`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from mutorch_core.authoring import is_number, namespace_of
from mutorch_ops_basic.indexing.keyed_access import add_at, getitem, setitem
from mutorch_ops_basic.operands.dtypes import unwrap
from mutorch_ops_basic.scattering.ufunc_at import maximum_at, minimum_at, multiply_at

__all__ = ["at"]


@attrs.frozen
class Place:
    """Selected entries of an array; each method returns a copy of the array with them updated.

    An entry that the key names twice is updated twice, except by `set`, which keeps the last value. Results are
    `Var`s where x or the value is one, differentiable in both.
    """

    x: Any
    key: Any

    def get(self) -> Any:
        """Return x[key]."""
        return getitem(self.x, self.key)

    def set(self, value: Any) -> Any:
        """Return the array after x[key] = value."""
        return setitem(self.x, self.key, value)

    def add(self, value: Any) -> Any:
        """Return the array after x[key] += value."""
        return self.x + self._total(value)

    def subtract(self, value: Any) -> Any:
        """Return the array after x[key] -= value."""
        return self.x - self._total(value)

    def multiply(self, value: Any) -> Any:
        """Return the array after x[key] *= value."""
        return multiply_at(self.x, self.key, value)

    def divide(self, value: Any) -> Any:
        """Return the array after x[key] /= value."""
        return self.x / self._product(value)

    def power(self, value: Any) -> Any:
        """Return the array after x[key] **= value."""
        return self.x ** self._product(value)

    def min(self, value: Any) -> Any:
        """Return the array with `value` at those entries that are larger."""
        return minimum_at(self.x, self.key, value)

    def max(self, value: Any) -> Any:
        """Return the array with `value` at those entries that are smaller."""
        return maximum_at(self.x, self.key, value)

    def apply(self, function: Callable[[Any], Any]) -> Any:
        """Return the array after x[key] = function(x[key]): once for each entry, however often the key names it."""
        return self.set(function(self.get()))

    def _total(self, value: Any) -> Any:
        """Return the values by entry, added up per entry; 0 elsewhere."""
        if is_number(unwrap(value)):
            value = namespace_of(unwrap(self.x)).zeros_like(unwrap(self.get())) + value
        return add_at(value, self.key, self.x.shape)

    def _product(self, value: Any) -> Any:
        """Return the values by entry, multiplied per entry; 1 elsewhere."""
        return multiply_at(namespace_of(unwrap(self.x)).ones_like(unwrap(self.x)), self.key, value)


@attrs.frozen
class At:
    """The array of `at(x)`, to be indexed for an update."""

    x: Any

    def __getitem__(self, key: Any) -> Place:
        return Place(self.x, key)


at = At
