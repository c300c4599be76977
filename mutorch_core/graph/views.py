"""Views: `Var`s whose values share memory. An assignment to one is seen in the others, as in NumPy.

A view stores its base and the calls that made it from the base. After an assignment to the view the base is updated
functionally, and every other view of that base is computed again. So `rows[0] += 1` through a view gives the values
that NumPy gives, and gradients follow; the arrays themselves are not changed. A tracked leaf has no views, since its
value belongs to the user.

Without this, code that writes through views of its intermediate results gets wrong values: 30 of SciPy's 570 tests of
quadrature do so (decision 9).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias
from weakref import ref

import numpy as np

from mutorch_core.late_binding import late_bound

__all__ = ["Alias", "assign_through", "record_view"]

Step: TypeAlias = tuple[Callable[..., Any], Sequence[Any], Mapping[str, Any]]
Alias: TypeAlias = list[Any] | tuple[Any, tuple[Step, ...]]
"""For a base, weak references to its views; for a view, its base and the calls that lead from there to it."""

FIRST_PURGE = 32
"""Dead references are removed when a base has this many views, and each time their number has doubled."""


def record_view(view: Any, origin: Any, value: Any, step: Step) -> None:
    """Record that one call made `view` from `origin`, if both lie in the same memory. `value` is origin's raw value."""
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
    if len(views) >= FIRST_PURGE and not len(views) & (len(views) - 1):
        views[:] = [each for each in views if each() is not None]


def assign_through(changed: Any, update: Any) -> None:
    """Give a `Var` the value and node of another one, and update all `Var`s that share memory with it."""
    copy_state(changed, update)
    alias: Alias | None = getattr(changed, "alias", None)
    if alias is None:
        return
    base = changed
    if type(alias) is tuple:
        base, steps = alias
        write_back(base, steps, changed)
    views = [view for each in base.alias if (view := each()) is not None]
    for view in views:
        if view is not changed:
            copy_state(view, replay(base, view.alias[1]))
    base.alias = [ref(view) for view in views]


def write_back(base: Any, steps: Sequence[Step], view: Any) -> None:
    """Assign a view's entries to their positions in the base, unless the view is read-only or a real part."""
    positions: Any = np.arange(math.prod(base.shape))
    positions = replay(positions.reshape(base.shape), steps)
    if positions.flags.writeable and view.dtype == base.dtype:
        flat: Any = late_bound.operator("[]=")(base.reshape(-1), positions, view)
        copy_state(base, flat.reshape(base.shape))


def copy_state(var: Any, update: Any) -> None:
    """Copy the value and node of `update` to `var`."""
    var.value, var.node = update.value, update.node


def replay(base: Any, steps: Sequence[Step]) -> Any:
    """Apply the calls that led to a view to another base."""
    return reduce(lambda part, step: step[0](part, *step[1], **step[2]), steps, base)
