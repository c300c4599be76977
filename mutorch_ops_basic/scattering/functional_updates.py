"""Updates of some entries that leave the array itself alone: `at(x)[key].add(v)` is x with v added there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from mutorch_core.authoring import is_number, namespace_of
from mutorch_ops_basic.indexing.keyed_access import add_at, getitem, setitem
from mutorch_ops_basic.operands.dtypes import raw
from mutorch_ops_basic.scattering.ufunc_at import maximum_at, minimum_at, multiply_at

__all__ = ["at"]


@attrs.frozen
class Place:
    """Some entries of an array: all methods return the array with these changed, or these themselves.

    Where the key names an entry twice it is changed twice, save by `set`, whose last value stays. The results are
    `Var`s where x or the value is one, differentiable in both.
    """

    x: Any
    key: Any

    def get(self) -> Any:
        """The entries: x[key]."""
        return getitem(self.x, self.key)

    def set(self, value: Any) -> Any:
        """The array after x[key] = value."""
        return setitem(self.x, self.key, value)

    def add(self, value: Any) -> Any:
        """The array after x[key] += value."""
        return self.x + self._total(value)

    def subtract(self, value: Any) -> Any:
        """The array after x[key] -= value."""
        return self.x - self._total(value)

    def multiply(self, value: Any) -> Any:
        """The array after x[key] *= value."""
        return multiply_at(self.x, self.key, value)

    def divide(self, value: Any) -> Any:
        """The array after x[key] /= value."""
        return self.x / self._product(value)

    def power(self, value: Any) -> Any:
        """The array after x[key] **= value."""
        return self.x ** self._product(value)

    def min(self, value: Any) -> Any:
        """The array with `value` where that is smaller."""
        return minimum_at(self.x, self.key, value)

    def max(self, value: Any) -> Any:
        """The array with `value` where that is larger."""
        return maximum_at(self.x, self.key, value)

    def apply(self, function: Callable[[Any], Any]) -> Any:
        """The array after x[key] = function(x[key]): once for each entry, however often the key names it."""
        return self.set(function(self.get()))

    def _total(self, value: Any) -> Any:
        """The values by entry, those for one added up; 0 elsewhere."""
        if is_number(raw(value)):
            value = namespace_of(raw(self.x)).zeros_like(raw(self.get())) + value
        return add_at(value, self.key, self.x.shape)

    def _product(self, value: Any) -> Any:
        """The values by entry, those for one multiplied; 1 elsewhere."""
        return multiply_at(namespace_of(raw(self.x)).ones_like(raw(self.x)), self.key, value)


@attrs.frozen
class At:
    """An array about to be indexed, `at(x)[key]`, for an update."""

    x: Any

    def __getitem__(self, key: Any) -> Place:
        return Place(self.x, key)


at = At
