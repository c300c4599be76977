"""What is drawn: each regime what it promises, the same on every machine, within the domain, and off the kinks."""

import subprocess
import sys
from random import Random

import numpy as np
import pytest
from hypothesis import Phase

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.domain import At, Interval, Union
from mutorch_core.gradcheck.checking.search import CasePool, search
from mutorch_core.gradcheck.profiles import PROFILES, REGIMES
from mutorch_core.gradcheck.sampling.generation import regimes_of
from mutorch_core.gradcheck.sampling.lattice import lattice
from mutorch_core.gradcheck.sampling.randomness import RandomChooser, Strata

CI = PROFILES["ci"]


def drawn(operation, regime, profile=CI):
    return CasePool(operation, profile).regime(regime)


def product(x1: Array, x2: Array, /) -> Array:
    """Two operands without a domain."""
    return x1 * x2


def arrays_of(subjects):
    return [array for subject in subjects for array in subject.arrays]


def test_the_lattice_is_exact_inside_its_domain_and_simplest_first():
    points = lattice(Interval(-1, 2))
    assert points[:5] == (0.0, 1.0, 0.5, -0.5, 1.5)
    assert all(-1 < point < 2 and (64 * point).is_integer() for point in points)
    assert 0.0 not in lattice(Union(Interval(-1, 0), Interval(0, 1)))
    assert 1.0 not in lattice(None, avoid=(1.0,))
    assert len(lattice(Interval(0, 1e-3))) >= 15
    assert all(100 < point <= 104 for point in lattice(Interval(100)))
    assert lattice(None, (), Interval(2, 1 + 2)) == lattice(Interval(2, 3))


def test_smooth_entries_are_all_different_and_off_the_kinks():
    kinked = op("test::kinked", kinks=(At("x1", 1.0), At("x2", 0.0)))(product)
    for subject in drawn(kinked, "smooth"):
        entries = np.concatenate([array.ravel() for array in subject.arrays])
        assert len(set(entries)) == entries.size
        assert 1.0 not in subject.arrays[0]
        assert 0.0 not in subject.arrays[1]


def test_operands_stay_inside_their_domain():
    bounded = op("test::bounded", domain={"x1": Interval(0, 1), "x2": Union(Interval(-2, -1), Interval(3, 4))})(product)
    for regime in set(REGIMES) - {"parameters", "complex"}:
        for subject in drawn(bounded, regime):
            x1, x2 = subject.arrays
            assert ((x1 > 0) & (x1 < 1)).all()
            assert (((x2 > -2) & (x2 < -1)) | ((x2 > 3) & (x2 < 4))).all()


def test_each_lane_keeps_its_promise():
    plain = op("test::plain")(product)
    assert {subject.arrays[0].shape for subject in drawn(plain, "scalar")} == {()}
    assert all(min(array.shape) == 0 for array in arrays_of(drawn(plain, "empty")))
    assert all(any(1 in array.shape for array in subject.arrays) for subject in drawn(plain, "ones"))
    assert any(array.size >= 100 for array in arrays_of(drawn(plain, "large")))
    assert all(array.dtype == np.complex128 for array in arrays_of(drawn(plain, "complex")))
    shapes = [tuple(array.shape for array in subject.arrays) for subject in drawn(plain, "broadcast")]
    assert sum(len(set(pair)) > 1 for pair in shapes) > 0.7 * len(shapes)
    assert any(x1.ndim and (x1 == x2).any() for x1, x2 in (s.arrays for s in drawn(plain, "ties") if s.arrays[0].size))
    assert {0.0, 1.0, -1.0} == {entry for array in arrays_of(drawn(plain, "edges")) for entry in array.ravel()}


def test_square_matrices_and_negative_axes_are_among_the_draws():
    subjects = drawn(mt.ops["basic::sum"], "smooth")
    assert any(array.ndim == 2 and len(set(array.shape)) == 1 for array in arrays_of(subjects))
    axes = [subject.case.parameters.get("axis", 0) for subject in drawn(mt.ops["basic::sum"], "parameters")]
    assert any(isinstance(axis, int) and axis < 0 for axis in axes)
    assert any(isinstance(axis, tuple) for axis in axes)


def test_a_kink_inside_the_domain_means_real_numbers():
    assert "complex" in regimes_of(op("test::a")(product))
    assert "complex" in regimes_of(op("test::b", domain={"x1": Interval(0)}, kinks=(At("x1", 0.0),))(product))
    assert "complex" not in regimes_of(op("test::c", kinks=(At("x1", 0.0),))(product))


def test_no_case_comes_twice():
    for regime in REGIMES:
        texts = [subject.case.text for subject in drawn(mt.ops["basic::add"], regime)]
        assert len(texts) == len(set(texts))


def test_draws_depend_on_name_lane_and_seed_alone():
    plain, other = op("test::plain")(product), op("test::other")(product)

    def texts(operation, profile=CI):
        return [subject.case.text for subject in drawn(operation, "smooth", profile)]

    assert texts(plain) == texts(plain)
    assert texts(plain) != texts(other)
    assert texts(plain) != texts(plain, CI.with_seed(1))


def test_draws_are_the_same_in_a_process_with_other_modules_loaded():
    """Hypothesis mixes constants of the loaded source files into what it draws."""
    probe = (
        "import mutorch_core as mt\n"
        "from mutorch_core.gradcheck.profiles import PROFILES\n"
        "from mutorch_core.gradcheck.checking.search import CasePool\n"
        "print(*(s.case.text for s in CasePool(mt.ops['basic::add'], PROFILES['ci']).regime('smooth')), sep='\\n')"
    )
    elsewhere = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert elsewhere.splitlines() == [subject.case.text for subject in drawn(mt.ops["basic::add"], "smooth")]


@pytest.mark.parametrize("name", ["add", "sum", "concat", "quantile", "linalg.pinv", "random.gamma", "where"])
def test_hypothesis_draws_the_same_as_dice_by_the_same_choices(name):
    operation, quick = mt.ops[f"basic::{name}"], PROFILES["quick"]
    again = []
    for regime in REGIMES:
        for subject in drawn(operation, regime, quick)[-2:]:
            again.clear()
            search(operation, regime, quick, again.append, Phase.generate, first=subject.case.choices)
            assert again[0].text == subject.case.text


def test_few_options_are_dealt_so_that_all_come_up():
    decks, random = Strata(list), Random(0)
    rolls = [
        (dice.below(5), dice.below(1000), dice.below(3)) for dice in (RandomChooser(random, decks) for _ in range(30))
    ]
    fives, _, threes = zip(*rolls, strict=True)
    assert all(set(fives[i : i + 5]) == set(range(5)) for i in range(0, 30, 5))
    assert all(set(threes[i : i + 3]) == set(range(3)) for i in range(0, 30, 3))


def test_refusals_are_counted_with_their_reasons():
    @op("test::never")
    def never(x: Array, /) -> Array:
        raise ValueError("not today")

    pool = CasePool(never, PROFILES["quick"])
    assert pool.regime("smooth") == []
    assert "not today" in pool.refusals["smooth"][0]


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


@pytest.mark.parametrize("further", [lambda s: s.tuples(s.sides()), lambda s: s.sides().map(lambda n: (n,))])
def test_a_sampler_with_strategies_of_hypothesis_is_drawn_by_it(further):
    plain = op("test::plain")(product)

    @plain.samples
    def _(strategies, Sample, draw):
        shape = (*draw(further(strategies)), 5)
        return Sample(draw(strategies.array(shape)), draw(strategies.array(shape)))

    sampled = [subject for subject in drawn(plain, "smooth") if subject.arrays[0].shape[-1:] == (5,)]
    assert len(sampled) > 5
    assert {(2, 5), (3, 5)} <= {subject.arrays[0].shape for subject in sampled}
