"""Ufuncs: their parameters and methods, operators of arrays with `Var`s, SciPy's special functions."""

import math
from types import ModuleType

import numpy as np
import pytest
import scipy.special

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors
from mutorch_core.graph.operators import OPERATORS, UFUNCS, ufunc_calls


@pytest.fixture
def x():
    return mt.Var(np.array([1.0, 2.0, 3.0]))


def test_every_binary_operator_of_arrays_is_the_operator_of_var(x):
    assert UFUNCS.keys() == OPERATORS.keys() - {"[]"}
    for symbol, ufunc in UFUNCS.items():
        assert ufunc in ufunc_calls, symbol
    for other in (np.array([4.0, 5.0, 6.0]), np.float64(4.0)):
        for result, expected in (
            (other * x, other * x.value),
            (other - x, other - x.value),
            (other**x, other**x.value),
        ):
            assert isinstance(result, mt.Var)
            np.testing.assert_array_equal(result.value, expected)
        np.testing.assert_array_equal((other < x).value, other < x.value)
    assert isinstance(np.ones((3, 3)) @ x, mt.Var)


def test_an_override_of_an_operators_op_holds_for_the_ufunc_too(x):
    @mt.op("tests::multiply")
    def twice(x1: mt.Array, x2: mt.Array, /) -> mt.Array:
        return 2 * x1 * x2

    @twice.vjp("x1")
    def _(g, x2):
        return 2 * g * x2

    @twice.vjp("x2")
    def _(g, x1):
        return 2 * g * x1

    with mt.plugins.override("basic::multiply", twice):
        np.testing.assert_array_equal((np.ones(3) * x).value, 2 * x.value)
        np.testing.assert_array_equal(np.multiply(np.ones(3), x, dtype=float).value, 2 * x.value)
    np.testing.assert_array_equal((np.ones(3) * x).value, x.value)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda x: np.sin(x, where=x > 1.0),
            r"np\.sin\(…, where=…\) of Var float64\[3\] .* np\.where\(condition, np\.sin",
        ),
        (lambda x: np.sin(x, order="F"), r"np\.sin\(order='F'\) is not supported for a Var"),
        (lambda x: np.add(x, x, casting="unsafe"), r"np\.add\(casting='unsafe'\) is not supported"),
        (lambda x: np.add(x, x, subok=False), r"np\.add\(subok=False\) is not supported"),
        (lambda x: np.multiply(x, 2, signature="dd->d"), r"np\.multiply\(signature='dd->d'\) is not supported"),
        (
            lambda x: np.add.at(x, [0], 1.0),
            r"np\.add\.at\(Var float64\[3\], \[0\], 1\.0\) writes .* xp\.at\(x\)\[i\]\.add",
        ),
        (lambda x: np.add.at(np.zeros(3), [0], x[0]), r"np\.add\.at\(float64\[3\], \[0\], Var float64\[\]\) writes"),
        (lambda x: np.subtract.reduce(x, where=x > 1.0), r"np\.subtract\.reduce\(where=…\) is not supported"),
        (lambda x: np.maximum.reduce(x, where=x > 1.0), r"np\.max\(where=…\) needs initial="),
        (lambda x: np.divide.reduce(x[:0]), r"zero-size array to reduction operation np\.divide\.reduce"),
        (lambda x: np.subtract.reduce(x[None], axis=(0, 1)), r"np\.subtract\.reduce over several axes"),
        (lambda x: np.vecdot(x, x, axes=[0, 0]), r"np\.vecdot\(axes=…\) is not supported for a Var: move the axes"),
        (np.frompyfunc(math.sin, 1, 1), r"sin \(vectorized\)\(Var float64\[3\]\) calls a Python function"),
        (lambda x: np.multiply(x, object()), "a object is neither a number nor an array of a known library"),
    ],
)
def test_what_has_no_counterpart_is_refused_by_name(x, call, text):
    with pytest.raises(errors.OperandError, match=text):
        call(x)


def test_at_that_is_advised_is_differentiable(x):
    np.testing.assert_array_equal(mt.grad(lambda x: xp.sum(xp.at(x)[0].add(1.0)))(x.value), 1.0)


def test_dtype_converts_the_operands(x):
    assert np.multiply(x, 2, dtype=np.float32).dtype == np.float32
    assert np.add.reduce(x, dtype=np.float32).dtype == np.float32
    assert np.add.outer(x, x, dtype=np.float32).dtype == np.float32


def test_an_empty_reduction_gives_the_identity(x):
    assert float(np.add.reduce(x[:0]).value) == 0.0
    assert float(np.logaddexp.reduce(x[:0]).value) == -np.inf
    assert float(np.power.reduce(x[:0], initial=3.0).value) == 3.0


def test_several_results_go_to_several_outs(x):
    whole, part = xp.zeros(3), xp.zeros(3)
    found = np.modf(x * 1.5, out=(part, whole))
    assert found[0] is part
    assert found[1] is whole
    np.testing.assert_array_equal(whole.value, [1.0, 3.0, 4.0])


def test_a_type_with_a_ufunc_protocol_is_left_to_it(x):
    class Theirs:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            return "theirs"

    assert np.logaddexp(x, Theirs()) == "theirs"


def test_another_librarys_array_is_refused(x):
    torch = pytest.importorskip("torch")
    with pytest.raises(errors.OperandError, match="two array libraries are mixed: torch and numpy"):
        np.logaddexp(torch.ones(3, dtype=torch.float64), x)


def test_scipys_special_functions_come_from_the_plugin_that_provides_them(x, monkeypatch):
    special = ModuleType("acme_special")
    special.gammaln, special.xlogy = lambda x: x * 7.0, lambda x, y: x * xp.log(y)
    monkeypatch.setitem(vars(xp), "special", special)
    np.testing.assert_array_equal(scipy.special.gammaln(x).value, 7 * x.value)
    np.testing.assert_allclose(scipy.special.xlogy.outer(x, x).value, np.outer(x.value, np.log(x.value)))
    np.testing.assert_allclose(scipy.special.xlogy.reduce(x).value, scipy.special.xlogy.reduce(x.value))
    with pytest.raises(
        errors.OperandError, match=r"scipy\.special\.kolmogorov\(Var float64\[3\]\) has no derivative in acme"
    ):
        scipy.special.kolmogorov(x)
    np.testing.assert_array_equal(scipy.special.exp2(x).value, 2**x.value)


def test_without_such_a_plugin_the_error_names_the_package(x, monkeypatch):
    def provides_none(name):
        raise AttributeError(name)

    monkeypatch.setitem(vars(xp), "__getattr__", provides_none)
    monkeypatch.delitem(vars(xp), "special", raising=False)
    with pytest.raises(
        errors.OperandError, match=r"scipy\.special\.gammaln\(Var float64\[3\]\) .* mutorch-ops-special"
    ):
        scipy.special.gammaln(x)
    with pytest.raises(errors.OperandError, match=r"np\.i0 needs a plugin .* mutorch-ops-special"):
        np.i0(x)
