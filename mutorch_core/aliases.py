"""`Var`s whose values share memory: an assignment to one is seen in the others, as among NumPy's arrays.

A view knows the whole that it is a view of, and the calls that made it. After an assignment to it the whole is
updated, functionally, and every other view of that is made anew. So `rows[0] += 1` through a view gives the values
that NumPy gives, and gradients follow; the arrays themselves are left alone. A tracked leaf has no views: its value
is the user's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias
from weakref import ref

import numpy as np

from mutorch_core.above import above

__all__ = ["Alias", "become", "share"]

Step: TypeAlias = tuple[Callable[..., Any], Sequence[Any], Mapping[str, Any]]
Alias: TypeAlias = list[Any] | tuple[Any, tuple[Step, ...]]
"""Of a whole, weak references to its views; of a view, the whole and the calls that lead from there to it."""

SOME = 32
"""From so many views on, those that are gone are looked for whenever their number has doubled."""


def share(view: Any, origin: Any, value: Any, step: Step) -> None:
    """Note that `view` was made by one call of `origin`, if it lies in the memory of the latter's value."""
    if type(value) is not np.ndarray or view.value.base is not (value if value.base is None else value.base):
        return
    alias: Alias | None = getattr(origin, "alias", None)
    if alias is None:
        if origin.node is not None and origin.leaf is not None:
            return
        alias = origin.alias = list[Any]()
    if type(alias) is tuple:
        origin, steps = alias
        view.alias = origin, (*steps, step)
    else:
        view.alias = origin, (step,)
    views: list[Any] = origin.alias
    views.append(ref(view))
    if len(views) >= SOME and not len(views) & (len(views) - 1):
        views[:] = [each for each in views if each() is not None]


def become(changed: Any, update: Any) -> None:
    """Let a `Var` have the value and node of another one, and all that share memory with it see that."""
    take_over(changed, update)
    alias: Alias | None = getattr(changed, "alias", None)
    if alias is None:
        return
    whole = changed
    if type(alias) is tuple:
        whole, steps = alias
        write_back(whole, steps, changed)
    views = [view for each in whole.alias if (view := each()) is not None]
    for view in views:
        if view is not changed:
            take_over(view, replayed(whole, view.alias[1]))
    whole.alias = [ref(view) for view in views]


def write_back(whole: Any, steps: Sequence[Step], view: Any) -> None:
    """Assign a view's entries to their places in the whole; not those of a repetition or a real part."""
    places: Any = np.arange(math.prod(whole.shape))
    places = replayed(places.reshape(whole.shape), steps)
    if places.flags.writeable and view.dtype == whole.dtype:
        flat: Any = above.operator("[]=")(whole.reshape(-1), places, view)
        take_over(whole, flat.reshape(whole.shape))


def take_over(var: Any, update: Any) -> None:
    """Let a `Var` have the value and node of another one."""
    var.value, var.node = update.value, update.node


def replayed(whole: Any, steps: Sequence[Step]) -> Any:
    """What the calls that led to a view make of a whole."""
    return reduce(lambda part, step: step[0](part, *step[1], **step[2]), steps, whole)
