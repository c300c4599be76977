"""Losses of predicted quantities."""

from math import prod

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_nn.losses.reduction import Reduction, reduce_losses

__all__ = ["mse_loss"]


@op("nn::mse_loss")
def mse_loss(x: Array, target: Array, *, reduction: Reduction = "mean", xp: Namespace = injected) -> Array:
    """Squared error (x - target)², averaged, summed or ("none") for each entry.

    Shapes: x and target (...), broadcast; result (), or (...) with reduction="none". Units: x's, squared.
    Rule:   x̄ = 2 ȳ (x - target), divided by the number of entries for the mean; the target's is -x̄.
    Raises: ValueError for another `reduction`.
    Source: Gauss 1809.
    """
    difference = x - target
    return reduce_losses(difference * difference, reduction, _size(difference), xp)


@mse_loss.vjp("x", "target")
def _(g, x, target, reduction, needs):
    difference = x - target
    slope = 2 * (g / _size(difference) if reduction == "mean" else g) * difference
    return slope if needs.x else None, -slope if needs.target else None


def _size(entries):
    return prod(getattr(entries, "shape", ()))  # a Python number has no shape


@mse_loss.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 2))
    reduction = draw(strategies.sampled_from(["mean", "sum", "none"]))
    return Sample(draw(strategies.array(shape)), draw(strategies.array(shape)), reduction=reduction)
