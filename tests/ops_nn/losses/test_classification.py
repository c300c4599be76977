"""Losses of classes: values by hand, derivatives, and targets that do not fit."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

RNG = np.random.default_rng(11)


LOGITS = RNG.normal(0, 2, (5, 4))


LABELS = np.array([3, 0, 1, 1, 2])


WEIGHT = np.array([0.5, 1.0, 2.0, 0.25])


def by_hand(x, target, weight=None, ignore_index=-100, label_smoothing=0.0):
    """The loss of each sample and its weight in the mean, sample by sample; classes on the last axis."""
    weight = np.ones(x.shape[-1]) if weight is None else weight
    losses, shares = np.zeros(target.shape), np.zeros(target.shape)
    for index in np.ndindex(target.shape):
        if target[index] == ignore_index:
            continue
        surprise = -weight * log_softmax(x[index])
        losses[index] = (1 - label_smoothing) * surprise[target[index]] + label_smoothing * surprise.mean()
        shares[index] = weight[target[index]]
    return losses, shares


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("ignore_index", [-100, 1])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_cross_entropy_of_labels_is_what_it_is_by_hand(weight, ignore_index, label_smoothing, assert_derivatives):
    options = {"ignore_index": ignore_index, "label_smoothing": label_smoothing}
    losses, shares = by_hand(LOGITS, LABELS, weight, **options)
    expected = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / shares.sum()}
    for reduction, value in expected.items():

        def loss(x, reduction=reduction):
            return nn.cross_entropy(x, LABELS, weight, reduction=reduction, **options)

        np.testing.assert_allclose(loss(LOGITS), value, rtol=1e-12)
        assert_derivatives(lambda x, loss=loss: xp.sum(xp.sin(loss(x))), LOGITS)


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_cross_entropy_of_probabilities_differentiates_both(weight, label_smoothing, reduction, assert_derivatives):
    target = softmax(RNG.normal(size=LOGITS.shape), axis=1)
    mixed = (1 - label_smoothing) * target + label_smoothing / 4
    losses = -(mixed * (1 if weight is None else weight) * log_softmax(LOGITS, axis=1)).sum(1)
    expected = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]

    def loss(x, target):
        return nn.cross_entropy(x, target, weight, reduction=reduction, label_smoothing=label_smoothing)

    np.testing.assert_allclose(loss(LOGITS, target), expected, rtol=1e-12)
    assert_derivatives(lambda x: xp.sum(xp.sin(loss(x, target))), LOGITS)
    assert_derivatives(lambda target: xp.sum(xp.sin(loss(LOGITS, target))), target)


def test_the_mixed_derivative_of_cross_entropy_is_that_of_differences(assert_derivatives):
    target = softmax(RNG.normal(size=LOGITS.shape), axis=1)
    both = np.stack([LOGITS, target])
    assert_derivatives(lambda both: xp.sin(nn.cross_entropy(both[0], both[1])), both)


def test_labels_and_their_one_hot_probabilities_give_the_same():
    one_hot = np.eye(4)[LABELS]
    assert nn.cross_entropy(LOGITS, LABELS) == pytest.approx(nn.cross_entropy(LOGITS, one_hot), rel=1e-14)
    gradient = mt.grad(nn.cross_entropy)
    np.testing.assert_allclose(gradient(LOGITS, LABELS), gradient(LOGITS, one_hot), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(gradient(LOGITS, LABELS), (softmax(LOGITS, axis=1) - one_hot) / 5, rtol=1e-12)


def test_classes_lie_on_axis_1_of_many_and_axis_0_of_one():
    x, labels = RNG.normal(size=(2, 4, 3, 2)), RNG.integers(0, 4, (2, 3, 2))
    losses, _ = by_hand(np.moveaxis(x, 1, -1), labels)
    np.testing.assert_allclose(nn.cross_entropy(x, labels, reduction="none"), losses, rtol=1e-12)
    np.testing.assert_allclose(nn.cross_entropy(LOGITS[0], np.array(3)), -log_softmax(LOGITS[0])[3], rtol=1e-12)
    np.testing.assert_allclose(
        mt.grad(nn.cross_entropy)(LOGITS[0], np.array(3)), softmax(LOGITS[0]) - np.eye(4)[3], rtol=1e-12
    )


def test_the_weight_of_class_holds_along_every_axis(assert_derivatives):
    x, labels = RNG.normal(size=(2, 4, 3)), RNG.integers(0, 4, (2, 3))
    losses, shares = by_hand(np.moveaxis(x, 1, -1), labels, WEIGHT)
    np.testing.assert_allclose(nn.cross_entropy(x, labels, WEIGHT), losses.sum() / shares.sum(), rtol=1e-12)
    assert_derivatives(lambda x: nn.cross_entropy(x, labels, WEIGHT), x)


def test_cross_entropy_of_huge_logits_is_exact():
    x = np.array([[1000.0, 0.0, -1000.0]])
    assert nn.cross_entropy(x, np.array([0])) == 0.0
    assert nn.cross_entropy(x, np.array([2])) == 2000.0
    np.testing.assert_array_equal(mt.grad(nn.cross_entropy)(x, np.array([2])), [[1.0, 0.0, -1.0]])


def test_an_impossible_class_costs_nothing_unless_it_is_the_target():
    x = np.array([[0.0, -np.inf, 0.0]])
    assert nn.cross_entropy(x, np.array([0])) == pytest.approx(np.log(2))
    assert nn.cross_entropy(x, np.array([[0.5, 0.0, 0.5]])) == pytest.approx(np.log(2))
    np.testing.assert_allclose(mt.grad(nn.cross_entropy)(x, np.array([0])), [[-0.5, 0.0, 0.5]], rtol=1e-15)
    assert nn.cross_entropy(x, np.array([1])) == np.inf


def test_the_mean_is_nan_where_all_is_ignored_and_the_sum_0():
    ignored = np.full(5, -100)
    with np.errstate(invalid="ignore", divide="ignore"):
        assert np.isnan(nn.cross_entropy(LOGITS, ignored))
        assert np.all(np.isnan(mt.grad(nn.cross_entropy)(LOGITS, ignored)))
    assert nn.cross_entropy(LOGITS, ignored, reduction="sum") == 0
    gradient = mt.grad(lambda x: nn.cross_entropy(x, ignored, reduction="sum"))(LOGITS)
    np.testing.assert_array_equal(gradient, np.zeros_like(LOGITS))


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("target", [LABELS, np.eye(4, dtype=np.float32)[LABELS]], ids=["labels", "probabilities"])
def test_cross_entropy_keeps_float32(target, label_smoothing):
    x = LOGITS.astype(np.float32)

    def loss(x):
        return nn.cross_entropy(x, target, label_smoothing=label_smoothing)

    assert loss(x).dtype == np.float32
    assert mt.grad(loss)(x).dtype == np.float32


@pytest.mark.parametrize(
    ("target", "error", "text"),
    [
        (
            np.array([0, 1]),
            ValueError,
            r"target has shape \(2,\): class indices would have \(5,\), probab.*\(5, 4\)",
        ),
        (LABELS[:, None], ValueError, r"target has shape \(5, 1\)"),
        (
            LABELS.astype(float),
            TypeError,
            "target is float64: class indices, which its shape says .* are integral",
        ),
        (np.eye(4, dtype=int)[LABELS], TypeError, "target is int64: probabilities, .* are real floating"),
        (np.array([0, 1, 2, 3, 4]), IndexError, r"a class outside of 0 … 3 other than ignore_index=-100"),
        (np.array([0, 1, 2, 3, -1]), IndexError, r"a class outside of 0 … 3 other than ignore_index=-100"),
    ],
)
def test_a_target_that_does_not_fit_is_refused(target, error, text):
    with pytest.raises(error, match=rf"nn::cross_entropy\(x=float64\[5,4\], .*{text}"):
        nn.cross_entropy(LOGITS, target)


def test_logits_without_an_axis_of_classes_are_refused():
    with pytest.raises(ValueError, match=r"x has shape \(\): it needs an axis of classes"):
        nn.cross_entropy(np.array(1.0), np.array(0))
