"""Running maxima, minima and logarithms of summed exponentials along an axis."""

from __future__ import annotations

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.authoring import device_of
from mutorch_core.domain import Tie
from mutorch_ops_basic.elementwise.exponentials import safe_difference, sigmoid_of_negative
from mutorch_ops_basic.indexing.keyed_access import add_along_axis
from mutorch_ops_basic.operands.axes import axis_shape, default_axis
from mutorch_ops_basic.operands.dtypes import is_complex
from mutorch_ops_basic.reductions.cumulative import backward_recurrence

__all__ = [
    "cumlogsumexp", "cummax", "cummin", "cumulative_logsumexp", "cumulative_max", "cumulative_min", "logcumsumexp",
]  # fmt: skip


def extreme(name: str, short: str, pairwise: str, meaning: str) -> Op[..., Array]:
    """Declare the running form of `maximum` or `minimum`."""

    def forward(x: Array, /, *, axis: int | None = None, xp: Namespace = injected) -> Array:
        return inclusive_scan(getattr(xp, pairwise), x, default_axis(x, axis), xp)

    forward.__name__ = name
    forward.__doc__ = f"""The {meaning} of all entries up to each, along an axis, which a 1-d x need not name.

    NaN from the first NaN on.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = each entry of ȳ added where its value came from.
    At kinks: all to the last of equal entries; to the last NaN.
    Raises: OperandError where x is 0-d, or has several axes and none is given.
    Source: `numpy.{pairwise}.accumulate`, `torch.{short}`.
    """
    made = op(f"basic::{name}", kinks=(Tie("x"),))(forward)

    @made.forward("numpy")
    def _(x, *, axis, xp):
        return getattr(xp, pairwise).accumulate(x, axis=default_axis(x, axis))

    @made.forward("torch")
    def _(x, *, axis, xp):
        return getattr(xp, short)(x, default_axis(x, axis)).values

    @made.vjp("x")
    def _(g, x, out, axis, xp):
        axis = axis or 0
        positions = xp.reshape(xp.arange(x.shape[axis], device=device_of(x)), axis_shape(axis, x.ndim))
        latest = cumulative_max(xp.where((x == out) | xp.isnan(x), positions, 0), axis=axis)
        return add_along_axis(g, latest, x, axis, xp)

    return made


def inclusive_scan(combine, x, axis, xp):
    """Combine each entry with all before it, with one, then with three, …: log₂ n steps over whole arrays."""
    rows, step = xp.moveaxis(x, axis, -1), 1
    while step < rows.shape[-1]:
        rows = xp.concat([rows[..., :step], combine(rows[..., :-step], rows[..., step:])], axis=-1)
        step *= 2
    return xp.moveaxis(rows, -1, axis)


cumulative_max = cummax = extreme("cumulative_max", "cummax", "maximum", "largest")
cumulative_min = cummin = extreme("cumulative_min", "cummin", "minimum", "smallest")


@op("basic::cumulative_logsumexp")
def cumulative_logsumexp(x: Array, /, *, axis: int | None = None, xp: Namespace = injected) -> Array:
    """The logarithm of the sum of the exponentials of all entries up to each, along an axis, without overflow.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ᵢ = σ(xᵢ - yᵢ₋₁) rᵢ with rᵢ = ȳᵢ + σ(yᵢ - xᵢ₊₁) rᵢ₊₁ and the sigmoid σ: shares of each sum, none of
            which overflows, and linear in ȳ, unlike a sum of logarithms.
    At kinks: those of logaddexp, entry after entry: nothing to -inf beside larger entries, half each where both are
            -inf or both inf. The first result is the first entry, -inf too.
    Raises: OperandError where x is complex or 0-d, or has several axes and none is given.
    Source: `torch.logcumsumexp`, `jax.lax.cumlogsumexp`.
    """
    if is_complex(x):
        raise TypeError("x is complex, and logaddexp is for real numbers")  # logaddexp is not called for a single entry
    return inclusive_scan(xp.logaddexp, x, default_axis(x, axis), xp)


@cumulative_logsumexp.forward("numpy")
def _(x, *, axis, xp):
    return xp.logaddexp.accumulate(x, axis=default_axis(x, axis))


@cumulative_logsumexp.forward("torch")
def _(x, *, axis, xp):
    return xp.logcumsumexp(x, default_axis(x, axis))


@cumulative_logsumexp.vjp("x")
def _(g, x, out, axis, xp):
    axis = axis or 0
    rows, g, before = (xp.moveaxis(each, axis, -1) for each in (x, g, out))
    before, later = before[..., :-1], rows[..., 1:]
    weights = xp.concat(
        [xp.ones_like(rows[..., :1]), sigmoid_of_negative(safe_difference(before, later, xp), xp)], axis=-1
    )
    return xp.moveaxis(
        weights * backward_recurrence(sigmoid_of_negative(safe_difference(later, before, xp), xp), g, xp), -1, axis
    )


logcumsumexp = cumlogsumexp = cumulative_logsumexp
