"""Every function of the Array API standard, called with `Var`s and with what is in them, on each array library.

The functions and their parameters are array_api_strict's. What a library returns for its own arrays, with which
dtype, shape and entries, and whether it refuses, is what its namespace of `Var`s has to do, for tracked ones too.
What array_api_strict refuses the standard leaves open, and so does this test.

MUTORCH_CONFORMANCE=300 draws that many calls of each function, other ones each time.
"""

from __future__ import annotations

import operator
import os
import warnings
from importlib import import_module
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mutorch_core as mt
import mutorch_ops_basic as xp
from tests.ops_basic.standard_calls import FUNCTIONS, array, calls, in_library, mapped, scalars, strict

LIBRARIES = {
    "numpy": ("array_api_compat.numpy", 15),
    "array_api_strict": ("array_api_strict", 4),
    "torch": ("array_api_compat.torch", 4),
    "jax": ("jax.numpy", 1),
    "dask": ("array_api_compat.dask.array", 1),
}
"""The namespace of each library, and how many calls of each function are drawn there: some are slow."""
MANY = os.environ.get("MUTORCH_CONFORMANCE")


class Result(NamedTuple):
    """An array as plain data."""

    wrapped: bool
    kind: type
    dtype: object
    shape: tuple
    entries: np.ndarray


def result_of(out):
    """Return a function's result as plain data; lazy arrays are computed."""
    if isinstance(out, (tuple, list)):
        return getattr(out, "_fields", len(out)), [result_of(each) for each in out]
    value = out.value if isinstance(out, mt.Var) else out
    if not hasattr(value, "shape") or isinstance(value, np.dtype):
        return value
    if hasattr(value, "resolve_conj"):
        value = value.resolve_conj().resolve_neg()
    entries = np.asarray(value)
    kind = np.ndarray if isinstance(out, np.generic) else type(value)
    return Result(isinstance(out, mt.Var), kind, value.dtype, entries.shape, entries)


def outcome(function, call):
    """Return a function's result, or its error."""
    args, kwargs = call
    if getattr(function, "__name__", "") == "pow" and isinstance(args[1], (int, float)):
        function = operator.pow  # which NumPy has shortcuts for, that end in other signs and NaNs
    try:
        return result_of(function(*args, **kwargs))
    except Exception as error:
        return error


def found(namespace, name):
    for part in name.split("."):
        namespace = getattr(namespace, part)
    return namespace


UNSAID = ("empty", "empty_like", "linalg.eigh", "linalg.qr", "linalg.svd")
"""Functions whose entries may be anything, or vectors with other signs."""


def agree(name, got, expected):
    """Assert that what `Var`s gave is what raw arrays gave."""
    if isinstance(expected, Exception) or isinstance(got, Exception):
        assert isinstance(got, Exception), f"{got}, where the library raises {expected!r}"
        assert isinstance(expected, Exception), f"{got!r}, where the library returns {expected}"
    elif isinstance(expected, Result):
        assert (got.wrapped, *got[1:4]) == (True, *expected[1:4])
        if name not in UNSAID:
            same(name, got.entries, expected.entries)
    elif isinstance(expected, tuple):
        assert got[0] == expected[0] or expected[0] == len(got[0])  # the standard's names, where a library has none
        for one, other in zip(got[1], expected[1], strict=True):
            agree(name, one, other)
    else:
        assert type(got) is type(expected)
        assert got == expected or vars(got) == vars(expected)


def same(name, got, expected):
    """Assert that entries are the same, up to the last digit of floating ones, zeros with their signs."""
    if expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(got, expected)
        return
    eps = np.finfo(expected.dtype).eps
    if "." in name:  # sums, perhaps in another order
        np.testing.assert_allclose(got, expected, rtol=100 * eps, atol=100 * eps * np.max(np.abs(expected), initial=1))
        return
    np.testing.assert_allclose(got, expected, rtol=4 * eps, atol=0)
    if "unique" not in name and name != "clip" and expected.dtype.kind == "f":
        zeros = expected == 0
        np.testing.assert_array_equal(np.signbit(got[zeros]), np.signbit(expected[zeros]))


def is_open(function, call):
    """Return whether the standard leaves a call open, as for dtypes of two kinds, which NumPy promotes."""
    args, kwargs = call
    operands = [*(args[0] if args and isinstance(args[0], list) else args), *kwargs.values()]
    if function is not strict.repeat and len({each.dtype.kind for each in operands if hasattr(each, "dtype")}) > 1:
        return True
    return isinstance(outcome(function, in_library(strict, call)), Exception)


class Library(NamedTuple):
    """The raw namespace of a library, the `Var`s' own, its type of arrays, and how many calls to draw."""

    raw: object
    own: object
    kind: type
    count: int

    def drawn(self, strategy):
        return lambda test: settings(
            max_examples=int(MANY or self.count),
            derandomize=not MANY,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(given(strategy)(test))

    def tracked(self, value):
        return mt.Var(value) if type(value) is self.kind else value

    def constant(self, value):
        return mt.Var(value).detach() if type(value) is self.kind else value


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request):
    name, count = LIBRARIES[request.param]
    pytest.importorskip({"jax": name, "dask": "dask.array"}.get(request.param, request.param))
    raw = import_module(name)
    return Library(raw, xp.on(request.param), type(raw.asarray(np.ones(2))), count)


def compare(name, call, expected, attempts, reference):
    """Assert that each attempt agrees with what is expected, unless the standard leaves that open."""
    for function, (args, kwargs) in attempts:
        got = outcome(function, (args, kwargs))
        try:
            agree(name, got, expected)
        except AssertionError:
            lacking = any(isinstance(e, NotImplementedError) or "not supported" in str(e) for e in (expected, got))
            if not lacking and not is_open(reference, call):
                raise


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gives_vars_what_it_gives_raw_arrays(library, name):
    try:
        raw = found(library.raw, name)
    except AttributeError as error:
        pytest.skip(str(error))
    own = found(library.own, name)

    @library.drawn(calls(name))
    def agrees(call):
        try:
            given = in_library(library.raw, call)
        except AttributeError:
            return
        attempts = [(own, mapped(hold, given)) for hold in (library.tracked, library.constant)]
        compare(name, call, outcome(raw, given), attempts, found(strict, name))

    agrees()


ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow)
BITS = (operator.and_, operator.or_, operator.xor)
COMPARISONS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)
ASSIGNMENTS = (
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.itruediv,
    operator.ipow,
    operator.iand,
    operator.ior,
)


@pytest.mark.parametrize("function", [*ARITHMETIC, *BITS, *COMPARISONS, operator.matmul], ids=lambda f: f.__name__)
def test_an_operator_gives_vars_what_it_gives_raw_arrays_numbers_and_reflections_included(library, function):
    @library.drawn(st.tuples(array | scalars, array | scalars))
    def agrees(pair):
        first, second = in_library(library.raw, pair)
        if type(first) is not library.kind and type(second) is not library.kind:
            return
        expected = outcome(function, ((first, second), {}))
        pairs = [(hold(first), hold(second)) for hold in (library.tracked, library.constant)]
        pairs.append((library.tracked(first), second))
        if library.raw is not strict:  # whose operators refuse a stranger instead of leaving it to him
            pairs.append((first, library.tracked(second)))
        mixed = [each for each in pairs if any(type(side) is mt.Var for side in each)]
        compare("", (pair, {}), expected, [(function, (each, {})) for each in mixed], function)

    agrees()


@pytest.mark.parametrize("function", ASSIGNMENTS, ids=lambda f: f.__name__)
def test_an_augmented_assignment_gives_vars_what_it_gives_raw_arrays(library, function):
    @library.drawn(st.tuples(array, array | scalars))
    def agrees(pair):
        first, second = in_library(library.raw, pair)
        expected = outcome(function, ((library.raw.asarray(first, copy=True), second), {}))
        if isinstance(expected, Exception) or np.broadcast_shapes(pair[0].shape, np.shape(pair[1])) != pair[0].shape:
            return
        results = (library.tracked(first)[...], library.constant(first))  # no leaf: it would refuse
        attempts = [(function, ((result, second), {})) for result in results]
        compare("", (pair, {}), expected, attempts, function)

    agrees()
