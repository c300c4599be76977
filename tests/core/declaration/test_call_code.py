"""The call that is written for an op: its names, and which library's forward it runs."""

from __future__ import annotations

import linecache
import subprocess
import sys
import textwrap
import traceback

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, Namespace, errors, injected, op


def test_an_operand_or_op_may_have_any_name_that_python_allows():
    @op("toy::any")
    def any(node: Array, type: Array, /, kind: int = 2, *, float: float = 1.0, spaces: int = 0) -> Array:
        return node * type * kind * float

    @any.vjp("node")
    def _(g, type, kind, float, spaces):
        return g * type * kind * float

    @any.vjp("type")
    def _(g, node, kind, float):
        return g * node * kind * float

    assert mt.grad(any, argnums=(0, 1))(3.0, 5.0) == (10.0, 6.0)
    assert mt.grad(mt.grad(lambda x: any(x, x, float=2.0)))(3.0) == 8.0


def test_a_library_may_have_a_forward_of_its_own():
    @op("toy::native", libraries=("numpy",))
    def native(x: Array, /, *, xp: Namespace = injected) -> Array:
        raise AssertionError

    @native.vjp("x")
    def _(g):
        return g

    @native.forward("numpy")
    def _(x, /, *, xp):
        return 2 * x

    np.testing.assert_array_equal(native(np.ones(2)), [2.0, 2.0])


def test_an_op_limited_to_some_libraries_refuses_others():
    @op("toy::elsewhere", libraries=("torch",))
    def elsewhere(x: Array, /) -> Array:
        return x

    @elsewhere.vjp("x")
    def _(g):
        return g

    with pytest.raises(errors.OperandError, match=r"toy::elsewhere has no forward for numpy: it declares torch"):
        elsewhere(np.ones(2))


def test_names_that_resemble_the_engines_own_do_not_collide_with_them():
    @op("toy::tracked")
    def tracked(a: Array, a__b: Array, x__meta: Array, /, forward: float = 1.0, meta: float = 1.0) -> Array:
        return a * a__b * x__meta * forward * meta

    @tracked.vjp("a")
    def _(g, a: mt.Meta, a__b, x__meta, forward, meta):
        assert a.shape == ()
        return g * a__b * x__meta * forward * meta

    @tracked.vjp("a__b")
    def _(g, a, a__b: mt.Meta, x__meta, forward, meta):
        assert a__b.shape == ()
        return g * a * x__meta * forward * meta

    @tracked.vjp("x__meta")
    def _(g, a, a__b, x__meta: mt.Meta, forward, meta):
        assert x__meta.shape == ()
        return g * a * a__b * forward * meta

    assert mt.grad(tracked, argnums=(0, 1, 2))(2.0, 3.0, 5.0, meta=7.0) == (105.0, 70.0, 42.0)
    second = mt.grad(mt.grad(lambda a, b: tracked(a, b, 5.0), argnums=0), argnums=1)
    assert second(2.0, 3.0) == 5.0


def test_a_sequence_beside_an_operand_that_is_called_like_its_flags():
    @op("toy::beside")
    def beside(arrays__tracked: Array, /, *arrays: Array) -> Array:
        return arrays__tracked * arrays[0] * arrays[1]

    @beside.vjp("arrays__tracked")
    def _(g, arrays):
        return g * arrays[0] * arrays[1]

    @beside.vjp("arrays")
    def _(g, arrays, arrays__tracked):
        return [g * arrays__tracked * arrays[1], g * arrays__tracked * arrays[0]]

    assert mt.grad(beside, argnums=(0, 2))(2.0, 3.0, 5.0) == (15.0, 6.0)


def test_an_op_may_be_called_like_a_global_of_the_generated_call():
    @op("toy::_forward")
    def forward(x: Array, /) -> Array:
        return 2 * x

    @forward.vjp("x")
    def _(g):
        return 2 * g

    assert mt.grad(forward)(3.0) == 2.0
    assert forward(3.0) == 6.0


def test_a_traceback_shows_the_line_of_the_pullback_that_ran():
    @op("toy::failing")
    def failing(x: Array, y: Array, /) -> Array:
        return x * y

    @failing.vjp("x")
    def _(g, y):
        return g * y

    @failing.vjp("y")
    def _(g):
        raise ZeroDivisionError

    failing(mt.Var(1.0), 2.0).backprop()
    with pytest.raises(ZeroDivisionError) as caught:
        failing(mt.Var(1.0), mt.Var(2.0)).backprop()
    lines = [
        frame.line for frame in traceback.extract_tb(caught.value.__traceback__) if "mutorch toy" in frame.filename
    ]
    assert lines == ["_c_1 = _rule_1(g)"]
    with pytest.raises(ZeroDivisionError) as caught:
        failing(1.0, mt.Var(2.0)).backprop()
    (frame,) = [f for f in traceback.extract_tb(caught.value.__traceback__) if "mutorch toy" in f.filename]
    assert frame.line == "_c_0 = _rule_0(g)"
    assert linecache.getline(frame.filename, frame.lineno).strip() == frame.line


def test_a_composite_op_refuses_arguments_as_python_does():
    @op("toy::mean", composite=True)
    def mean(x: Array, /, *, scale: float = 1.0, xp: Namespace = injected) -> Array:
        return xp.mean(x) * scale

    for args, kwargs in [((), {}), ((1.0, 2.0), {}), ((1.0,), {"x": 2.0}), ((1.0,), {"scales": 2.0})]:
        with pytest.raises(TypeError) as caught:
            mean(*args, **kwargs)
        assert not isinstance(caught.value, errors.MutorchError)
    with pytest.raises(errors.OperandError, match="toy::mean: 'scale' is a static parameter"):
        mean(1.0, scale=mt.Var(2.0))


REFLECTED_OPERATORS = {
    "__radd__": "+", "__rsub__": "-", "__rmul__": "*", "__rtruediv__": "/", "__rfloordiv__": "//", "__rmod__": "%",
    "__rpow__": "**", "__rmatmul__": "@", "__rand__": "&", "__ror__": "|", "__rxor__": "^", "__rlshift__": "<<",
    "__rrshift__": ">>", "__gt__": "<", "__ge__": "<=", "__lt__": ">", "__le__": ">=", "__eq__": "==", "__ne__": "!=",
}  # fmt: skip


class Foreign:
    """A type that no array library has, with every reflected operator."""

    __hash__ = object.__hash__


for reflected in REFLECTED_OPERATORS:
    setattr(Foreign, reflected, lambda self, other, name=reflected: (name, type(other)))


@pytest.mark.parametrize("value", [2, np.arange(3)], ids=["number", "array"])
@pytest.mark.parametrize(("reflected", "operator"), REFLECTED_OPERATORS.items(), ids=list(REFLECTED_OPERATORS.values()))
def test_an_operator_leaves_an_unknown_type_to_that_type(reflected, operator, value):
    assert eval(f"x {operator} y", {"x": mt.Var(value), "y": Foreign()}) == (reflected, mt.Var)


@pytest.mark.parametrize("operator", REFLECTED_OPERATORS.values())
def test_the_first_use_of_an_operator_leaves_an_unknown_type_to_that_type(operator):
    code = f"""
    import mutorch_core as mt
    names = {list(REFLECTED_OPERATORS)}
    Foreign = type("Foreign", (), {{name: lambda self, other: "asked" for name in names}} | {{"__hash__": None}})
    assert (mt.Var(2) {operator} Foreign()) == "asked"
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_an_augmented_operator_leaves_an_unknown_type_to_that_type():
    x = mt.Var(np.ones(2)) * 1.0
    x *= Foreign()
    assert x == ("__rmul__", mt.Var)


@pytest.mark.parametrize("other", [object(), "a", [1, 2], {}, b"a"], ids=lambda other: type(other).__name__)
@pytest.mark.parametrize("operator", ["+", "*", "@", "%", "<", "=="])
def test_an_operand_whose_type_has_no_such_operator_is_refused_by_name(operator, other):
    name = type(other).__name__
    with pytest.raises(errors.OperandError, match=rf"basic::\w+\(x1=float64\[2\], x2=.*a {name} is neither a number"):
        eval(f"x {operator} y", {"x": mt.Var(np.ones(2)), "y": other})


def test_an_op_called_by_its_name_refuses_an_unknown_type():
    with pytest.raises(errors.OperandError, match="a Foreign is neither a number nor an array"):
        xp.multiply(mt.Var(1.0), Foreign())
    with pytest.raises(errors.OperandError, match="mixed"):
        mt.Var(np.ones(2)) * pytest.importorskip("array_api_strict").ones(2)


def test_an_op_that_overrides_an_operator_leaves_an_unknown_type_to_that_type():
    @op("toy::product", composite=True)
    def product(x1: Array, x2: Array, /) -> Array:
        return xp.divide(x1, xp.divide(1.0, x2))

    with mt.plugins.override("basic::multiply", product):
        assert mt.Var(2.0) * 3.0 == 6.0
        assert mt.Var(2.0) * Foreign() == ("__rmul__", mt.Var)
        with pytest.raises(errors.OperandError, match="a object is neither"):
            mt.Var(2.0) * object()
