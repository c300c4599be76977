"""Losses of predicted classes."""

from math import prod

from array_api_compat import is_lazy_array

from mutorch_core import Array, Hidden, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_ops_nn.activations.softmaxes import log_softmax
from mutorch_ops_nn.losses.reduction import Reduction, reduce_losses

__all__ = ["cross_entropy", "softmax_crossentropy"]


@op("nn::cross_entropy", nondiff=("weight",), hidden=("log_probabilities", "hits", "count"))
def cross_entropy(
    x: Array,
    target: Array,
    weight: Array | None = None,
    *,
    reduction: Reduction = "mean",
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    xp: Namespace = injected,
) -> Hidden[Array]:
    """Cross entropy of a target distribution over classes with the softmax of the logits x.

    An integer target holds the index of each sample's class; one equal to `ignore_index` counts for nothing.
    A floating target holds a probability for each class. `label_smoothing` mixes the uniform distribution
    into either. `weight` scales the classes. With indices the mean divides by the weights of the classes they
    name, so it is nan where all are ignored; with probabilities, by the number of samples. A class of
    probability 0 adds 0, with a logit of -inf too.

    Shapes: x (N, C, ...) or (C,), target (N, ...) or () of integers, or x's shape; weight (C,); result (), or
            (N, ...) with reduction="none". Units: nats.
    Rule:   with l the log-probabilities, q the weighted target, and h = -ȳ q plus l's own cotangent in second
            order: x̄ = h - e^l Σ h and target̄ = -ȳ weight l. Kept are l and, a byte an entry, which class is hit.
    Raises: ValueError for shapes that do not fit and for another `reduction`, TypeError for a target of the
            wrong kind, IndexError for a class that does not exist (a lazy library, which can't look, counts
            it for nothing).
    Source: Bridle 1990; label smoothing by Szegedy et al. 2016.
    """
    axis = _class_axis(x)
    given_indices = _is_index(x, target, xp)
    log_probabilities = log_softmax(x, axis=axis)
    none = xp.zeros((0,), dtype=xp.bool, device=device_of(x))
    hits = _hits(log_probabilities, target, ignore_index, xp) if given_indices else none
    shares = _shares(log_probabilities, target, hits, weight, label_smoothing, xp)
    losses = shares * xp.where(shares == 0, 0, -log_probabilities)
    if reduction == "none":
        losses = xp.sum(losses, axis=axis)
    if given_indices:
        count = xp.sum(_weighted(xp.astype(hits, log_probabilities.dtype), weight, xp))
    else:  # as an array: for a Python number the cotangent would be one too, which a lazy library would have to compute
        like = log_probabilities
        count = xp.full((), _samples(like), dtype=like.dtype, device=device_of(like))
    return Hidden(reduce_losses(losses, reduction, count, xp), log_probabilities, hits, count)


@cross_entropy.vjp("x")
def _(g, reached, target, weight, log_probabilities, hits, count, reduction, label_smoothing, xp):
    axis = _class_axis(log_probabilities)
    h = 0 if g.log_probabilities is None else g.log_probabilities
    if reached.out:
        shares = _shares(log_probabilities, target, hits, weight, label_smoothing, xp)
        h = h - shares * _per_sample(g.out, reduction, count, axis, xp)
    return h - xp.exp(log_probabilities) * xp.sum(h, axis=axis, keepdims=True)


@cross_entropy.vjp("target")
def _(g, weight, log_probabilities, count, reduction, label_smoothing, xp):
    each = _per_sample(g.out, reduction, count, _class_axis(log_probabilities), xp)
    return (label_smoothing - 1) * each * _weighted(log_probabilities, weight, xp)


def _is_index(x, target, xp):
    """Return whether the target holds classes, not probabilities; raise for one that broadcasting would hide."""
    if x.ndim == 0:
        raise ValueError("x has shape (): it needs an axis of classes")
    axis = _class_axis(x)
    shape, target_shape = tuple(x.shape), tuple(target.shape)
    without_classes = shape[:axis] + shape[axis + 1 :]
    if target_shape not in (shape, without_classes):
        raise ValueError(
            f"target has shape {target_shape}: class indices would have {without_classes}, probabilities {shape}"
        )
    what, kind = ("probabilities", "real floating") if target_shape == shape else ("class indices", "integral")
    if not xp.isdtype(target.dtype, kind):
        raise TypeError(f"target is {target.dtype}: {what}, which its shape says it holds, are {kind}")
    return target_shape != shape


def _hits(like, target, ignore_index, xp):
    """Return where each sample that counts has its class; raise IndexError for a class that does not exist."""
    axis = _class_axis(like)
    index = target[:, None] if axis else target[None]
    ladder = xp.arange(like.shape[axis], device=device_of(target))
    counted = index != ignore_index
    hits = (_along_classes(ladder, like, xp) == index) & counted
    if not is_lazy_array(target) and xp.count_nonzero(hits) != xp.count_nonzero(counted):
        raise IndexError(f"target holds a class outside of 0 … {like.shape[axis] - 1} other than {ignore_index=}")
    return hits


def _shares(log_probabilities, target, hits, weight, label_smoothing, xp):
    """Return how much each log-probability counts in its sample's loss."""
    shares, counted = target, 1
    if target.ndim != log_probabilities.ndim:
        shares = xp.astype(hits, log_probabilities.dtype)
        counted = xp.sum(shares, axis=_class_axis(shares), keepdims=True) if label_smoothing else 1
    if label_smoothing:
        classes = log_probabilities.shape[_class_axis(log_probabilities)]
        shares = (1 - label_smoothing) * shares + label_smoothing / classes * counted
    return _weighted(shares, weight, xp)


def _weighted(values, weight, xp):
    return values if weight is None else values * _along_classes(weight, values, xp)


def _along_classes(vector, like, xp):
    """Shape a value per class so that it broadcasts along the axis of classes."""
    axis = _class_axis(like)
    return xp.reshape(vector, (like.shape[axis], *(1,) * (like.ndim - axis - 1)))


def _per_sample(g, reduction, count, axis, xp):
    """Return the cotangent of each sample's loss, ready to broadcast along classes."""
    if reduction == "none":
        return xp.expand_dims(g, axis=axis)
    return g / count if reduction == "mean" else g


def _class_axis(like):
    return min(like.ndim - 1, 1)


def _samples(like):
    axis = _class_axis(like)
    return prod(like.shape[:axis]) * prod(like.shape[axis + 1 :])


@cross_entropy.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    axis = min(len(shape) - 1, 1)
    labels = strategies.labels((*shape[:axis], *shape[axis + 1 :]), shape[axis])
    return Sample(
        draw(strategies.array(shape)),
        draw(strategies.array(shape, low=0, high=1) if draw(strategies.booleans()) else labels),
        weight=draw(strategies.array((shape[axis],), low=0.5, high=2)) if draw(strategies.booleans()) else None,
        reduction=draw(strategies.sampled_from(["mean", "sum", "none"])),
        ignore_index=draw(strategies.sampled_from([-100, 0])),
        label_smoothing=draw(strategies.sampled_from([0.0, 0.25])),
    )


softmax_crossentropy = cross_entropy
