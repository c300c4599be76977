"""The reduction of losses per entry to one number."""

from typing import Any, Literal

__all__ = ["Reduction", "reduce_losses"]

Reduction = Literal["mean", "sum", "none"]


def reduce_losses(losses: Any, reduction: Reduction, count: Any, xp: Any) -> Any:
    """Return the sum of the losses, that sum divided by `count`, or the losses themselves for "none"."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return xp.sum(losses)
    if reduction == "mean":
        return xp.sum(losses) / count
    raise ValueError(f"reduction is {reduction!r}: it must be 'mean', 'sum' or 'none'")
