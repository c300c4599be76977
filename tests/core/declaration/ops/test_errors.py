"""Error texts of a call: the op, its operands and parameters, mixed libraries and devices."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Namespace, errors, injected, op


def test_an_error_lists_the_parameters_that_were_given():
    with pytest.raises(errors.OperandError) as caught:
        matrix(1.0, mt.Var(2.0), 3.0)
    assert str(caught.value) == (
        "toy::matrix(a=1.0, b=2.0): TypeError: unsupported operand type(s) for @: 'float' and 'float'; given factor=3.0"
    )
    with pytest.raises(errors.OperandError) as caught:
        matrix(1.0, 2.0)
    assert str(caught.value).endswith("'float' and 'float'")


@op("toy::matrix")
def matrix(a: Array, b: Array, /, factor: float = 2.0, bias: Array | None = None) -> Array:
    """Multiply two matrices."""
    return a @ b


def test_an_error_shows_an_optional_operand_only_if_it_was_given():
    with pytest.raises(errors.OperandError, match=r"toy::matrix\(a=1\.0, b=2\.0, bias=4\.0\): TypeError"):
        matrix(1.0, 2.0, bias=4.0)
    with pytest.raises(errors.OperandError, match=r"toy::matrix\(a=1\.0, b=None\): TypeError"):
        matrix(1.0, None)


def test_an_operand_of_no_library_is_named_instead_of_the_forwards_error():
    for wrong in (lambda: matrix("text", 2.0), lambda: matrix(mt.Var(1.0), "text")):
        with pytest.raises(errors.OperandError, match=r"toy::matrix\(.*\): a str is neither a number nor an array"):
            wrong()
    with pytest.raises(errors.OperandError, match=r"toy::spaced\(x=a str\): a str is neither a number nor an array"):
        spaced("text")


@op("toy::spaced")
def spaced(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Apply exp."""
    return xp.exp(x)


@op("toy::join")
def join(arrays: Sequence[Array], /, *, xp: Namespace = injected) -> Array:
    """Join arrays."""
    return xp.concat(list(arrays))


@op("toy::total")
def total(*arrays: Array) -> Array:
    """Add arrays."""
    return sum(arrays)


MIXED = "operands of two array libraries are mixed: numpy and array_api_strict; convert one of them first"


REVERSED = "operands of two array libraries are mixed: array_api_strict and numpy; convert one of them first"


def test_two_libraries_in_one_op_are_an_error_with_all_operands(strict):
    x, y = np.ones(2), strict.ones(2)
    for call, shown in [
        (lambda: join([x, y]), "toy::join(arrays=[float64[2], float64[2]])"),
        (lambda: join([mt.Var(x), y]), "toy::join(arrays=[float64[2], float64[2]])"),
        (lambda: matrix(mt.Var(x), y), "toy::matrix(a=float64[2], b=float64[2])"),
        (lambda: picked(x, (y, slice(2))), "toy::picked(x=float64[2], key=[float64[2], :2])"),
    ]:
        with pytest.raises(errors.OperandError) as caught:
            call()
        assert str(caught.value) == f"{shown}: {MIXED}"
    with pytest.raises(errors.OperandError) as caught:
        total(y, x)
    assert str(caught.value) == f"toy::total(arrays=[float64[2], float64[2]]): {REVERSED}"


@op("toy::picked", nondiff=("key",))
def picked(x: Array, key: Array, /) -> Array:
    """Pick entries."""
    return x[key]


@picked.vjp("x")
def _(g):
    raise AssertionError


def test_a_key_that_is_no_array_keeps_the_librarys_own_error():
    with pytest.raises(errors.OperandError, match=r"toy::picked\(x=float64\[2\], key=2:a str\): TypeError: slice"):
        picked(np.ones(2), slice(2, "a"))
    with pytest.raises(
        errors.OperandError, match=r"toy::picked\(x=float64\[2\], key=5\): IndexError: index 5"
    ) as caught:
        picked(np.ones(2), 5)
    assert isinstance(caught.value, IndexError)
    with pytest.raises(errors.OperandError, match=r"toy::picked\(.*: IndexError"):
        picked(np.ones(2), (0, "a", object()))


def test_an_operand_that_nests_keeps_the_librarys_own_error():
    with pytest.raises(errors.OperandError, match=r"toy::total\(arrays=\[a list, 1\.0\]\): TypeError"):
        total([1.0], 1.0)
    with pytest.raises(errors.OperandError, match=r"toy::matrix\(a=\[1\.0\], b=2\.0\): TypeError"):
        matrix([1.0], 2.0)


def test_an_op_whose_operands_all_lack_a_derivative_checks_every_operand():
    @op("toy::same", nondiff=("x", "y"))
    def same(x: Array, y: Array, /) -> Array:
        return x @ y

    with pytest.raises(errors.OperandError, match=r"toy::same\(x=a str, y=1\.0\): a str is neither a number"):
        same("text", 1.0)


def test_an_error_names_the_devices_if_they_differ(strict):
    near, far = strict.ones((2, 2)), strict.ones((2, 2), device=strict.Device("device1"))
    with pytest.raises(errors.OperandError, match=r"; a is on .*CPU_DEVICE.*, b is on .*device1.*\)$"):
        matrix(near, far)
    with pytest.raises(errors.OperandError) as caught:
        matrix(near, strict.ones((3, 3)))
    assert "is on" not in str(caught.value)
    two = op("toy::composed", composite=True)(lambda_of(lambda a, b: a.value @ b))
    with pytest.raises(errors.OperandError, match=r"; a is on .*, b is on "):
        two(mt.Var(near), far)


def lambda_of(function):
    def composed(a, b, /):
        return function(a, b)

    composed.__annotations__ = {"a": Array, "b": Array, "return": Array}
    return composed


def test_the_error_of_a_composite_op_looks_into_vars(strict):
    composed = op("toy::composed", composite=True)(lambda_of(lambda a, b: a.value @ b))
    with pytest.raises(errors.OperandError) as caught:
        composed(mt.Var(strict.ones(2)), np.ones(2))
    assert str(caught.value) == f"toy::composed(a=float64[2], b=float64[2]): {REVERSED}"


def test_an_error_of_an_op_inside_a_composite_op_is_passed_on():
    composed = op("toy::outer", composite=True)(lambda_of(matrix))
    with pytest.raises(errors.OperandError, match=r"^toy::matrix\(a=1\.0, b=2\.0\): TypeError"):
        composed(1.0, 2.0)


def test_an_error_of_an_op_inside_another_ones_forward_is_passed_on():
    wrapping = op("toy::wrapping")(lambda_of(matrix))
    with pytest.raises(errors.OperandError, match=r"^toy::matrix\(a=1\.0, b=2\.0\): TypeError"):
        wrapping(1.0, 2.0)


def test_a_missing_rule_says_where_the_op_is_declared():
    with pytest.raises(errors.MissingRule) as caught:
        spaced(mt.Var(1.0))
    assert re.fullmatch(
        r".*test_errors\.py:\d+: toy::spaced has no rule for its operand 'x'; "
        r"add @spaced\.vjp\(\"x\"\), or exempt it with nondiff=\(\"x\",\)",
        str(caught.value),
    )


@op("toy::summed")
def summed(x: Array, /, *arrays: Array, scale: Array | None = None) -> Array:
    """Add sums."""
    return x.sum() + sum(each.sum() for each in arrays) + (0.0 if scale is None else scale[0])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: summed(2.0), "x"),
        (lambda: summed(mt.Var(2.0)), "x"),
        (lambda: summed(np.ones(2), np.ones(2), 2.0), "arrays"),
        (lambda: summed(np.ones(2), scale=2.0), "scale"),
    ],
)
def test_a_number_in_place_of_an_array_is_named(call, name):
    with pytest.raises(errors.OperandError) as caught:
        call()
    assert f"): {name} is the number 2.0, and this op needs an array: write xp.asarray(2.0)" in str(caught.value)
    assert type(caught.value) is errors.OperandError


def test_an_error_that_is_not_about_a_number_keeps_its_text():
    with pytest.raises(errors.OperandError, match=r"\): AttributeError: 'list' object has no attribute 'sum'$"):
        summed([1.0])
    with pytest.raises(errors.OperandError, match=r"toy::matrix\(.*\): TypeError: unsupported operand"):
        matrix(1.0, 2.0)


def test_a_composite_op_names_the_number_in_its_var():
    total_of = op("toy::of", composite=True)(lambda_of(lambda a, b: a.value.sum()))
    with pytest.raises(errors.OperandError, match=r"toy::of\(.*\): a is the number 2\.0, and this op needs an array"):
        total_of(mt.Var(2.0), 1.0)
