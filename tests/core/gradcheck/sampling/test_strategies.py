"""The strategies for samplers."""

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import PROFILES

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
