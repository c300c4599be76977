"""The strategies for samplers."""

from random import Random

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.sampling.randomness import RandomChooser, Strata
from mutorch_core.gradcheck.sampling.strategies import Declined, Sampling

CI = PROFILES["ci"]


def drawn(operation, regime, profile=CI):
    return CasePool(operation, profile).regime(regime)


@pytest.mark.parametrize("name", ["square", "spd"])
def test_matrices_for_samplers(name):
    @op("test::matrix")
    def matrix(a: Array, /) -> Array:
        if a.ndim != 2:
            raise ValueError("a matrix, please")
        return a + 0

    @matrix.samples
    def _(draw, strategies, Sample):
        return Sample(draw(getattr(strategies, name)(draw(strategies.sides()))))

    for subject in drawn(matrix, "smooth"):
        array = subject.arrays[0]
        if "spd" in name and np.array_equal(array, array.T):
            assert np.linalg.eigvalsh(array).min() >= 0 or array.size < 5
    assert len(drawn(matrix, "smooth")) > 10


def test_samplers_have_hypothesis_too():
    seen = []

    @op("test::sampled", nondiff=("labels", "flags"))
    def sampled(x: Array, labels: Array, flags: Array, /, *, axis: int, size: int) -> Array:
        return x * 1.0

    @sampled.samples
    def _(strategies, Sample, draw):
        shape = draw(strategies.shape(1, 2))
        sample = Sample(
            draw(strategies.array(shape, low=1, high=2, complex=draw(strategies.booleans()))),
            draw(strategies.labels(shape, 3)),
            draw(strategies.booleans(shape)),
            axis=draw(strategies.axis(len(shape))),
            size=draw(strategies.integers(5, 6)),
        )
        seen.append((shape, sample))
        return sample

    drawn(sampled, "smooth")
    for shape, sample in seen:
        x, labels, flags = (sample.operands[name] for name in ("x", "labels", "flags"))
        assert x.shape == labels.shape == flags.shape == shape
        assert ((x.real > 1) & (x.real < 2)).all()
        assert labels.dtype == np.int64
        assert ((labels >= 0) & (labels < 3)).all()
        assert flags.dtype == bool
        assert -len(shape) <= sample.parameters["axis"] < len(shape)
        assert sample.parameters["size"] in (5, 6)
    assert {sample.operands["x"].dtype.kind for _, sample in seen} == {"f", "c"}


def sampling_of(regime, seed=0, kinks=()):
    return Sampling(RandomChooser(Random(seed), Strata(list)), regime, kinks)


@pytest.mark.parametrize("seed", range(20))
def test_shapes_of_a_regime_broadcast(seed):
    for regime in ("smooth", "broadcast", "ones", "empty", "large"):
        shapes = sampling_of(regime, seed).shapes(3)
        whole = np.broadcast_shapes(*shapes)
        assert len(shapes) == 3
        if regime == "smooth":
            assert len(set(shapes)) == 1
        if regime == "empty":
            assert 0 in whole or not any(shapes)


def test_nothing_to_choose_from_declines_the_attempt():
    with pytest.raises(Declined, match="nothing to choose from"):
        sampling_of("smooth").below(0)


def test_entries_are_all_different_until_the_points_are_used_up():
    sampling = sampling_of("smooth")
    points = tuple(map(float, range(10)))
    assert sorted(sampling.entries(6, points) + sampling.entries(4, points)) == list(points)
    assert sampling.entries(1, points)[0] in points


def test_many_entries_visit_every_point_at_a_stride():
    sampling = sampling_of("large")
    points = tuple(map(float, range(12)))
    assert set(sampling.numbers(12, points)) == set(points)


def test_cotangents_go_on_without_end():
    entries = sampling_of("smooth").cotangent_entries()
    assert len([next(entries) for _ in range(200)]) == 200
