"""Generated cases: each regime keeps its promise, reproducibly, within the domain and off the kinks."""

import subprocess
import sys

import numpy as np

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.domain import At, Interval, Union
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import PROFILES, REGIMES
from mutorch_core.gradcheck.sampling.generation import regimes_of

CI = PROFILES["ci"]


def drawn(operation, regime, profile=CI):
    return CasePool(operation, profile).regime(regime)


def product(x1: Array, x2: Array, /) -> Array:
    """Two operands without a domain."""
    return x1 * x2


def arrays_of(subjects):
    return [array for subject in subjects for array in subject.arrays]


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


def test_each_regime_keeps_its_promise():
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


def test_draws_depend_on_name_regime_and_seed_alone():
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


def test_refusals_are_counted_with_their_reasons():
    @op("test::never")
    def never(x: Array, /) -> Array:
        raise ValueError("not today")

    pool = CasePool(never, PROFILES["quick"])
    assert pool.regime("smooth") == []
    assert "not today" in pool.refusals["smooth"][0]
