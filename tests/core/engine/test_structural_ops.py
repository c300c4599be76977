"""The structural ops `sum_to`, `broadcast_to`, `cast` and `accumulate`."""

from __future__ import annotations

from fractions import Fraction

import array_api_compat.numpy
import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_core.engine.structural_ops import accumulate, broadcast_to, cast, convert, is_broadcast, reduce_to, sum_to


@pytest.mark.parametrize(
    ("shape", "own", "fits"),
    [((), (2, 3), True), ((3,), (2, 3), True), ((2, 1), (2, 3), True), ((2,), (2, 3), False), ((2, 3), (3,), False),
     ((1, 1), (2, 3), True), ((0,), (2, 0), True), ((1,), (0,), True)],
)  # fmt: skip
def test_is_broadcast_follows_the_broadcasting_rules(shape, own, fits):
    assert is_broadcast(shape, own) is fits
    if fits:
        np.broadcast_to(np.zeros(shape), own)


@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (2, 1), (1, 1), (2, 3), (1, 2, 3)[1:]])
def test_sum_to_undoes_broadcast_to(shape):
    x = np.arange(6.0).reshape(2, 3)
    total = sum_to(x, shape)
    assert total.shape == shape
    repeats = 6 // max(1, int(np.prod(shape)))
    np.testing.assert_array_equal(sum_to(broadcast_to(np.ones(shape), (2, 3)), shape), np.full(shape, repeats))
    assert total.sum() == x.sum()


def test_sum_to_refuses_a_shape_that_does_not_broadcast():
    with pytest.raises(errors.OperandError, match=r"core::sum_to.*\(2,\) does not broadcast to \(2, 3\)"):
        sum_to(np.ones((2, 3)), (2,))


def test_structural_ops_can_be_differentiated_twice():
    x = np.array([1.0, 2.0])
    assert mt.grad(lambda v: sum_to(v * v * v, ()))(x).tolist() == [3.0, 12.0]
    hessian = mt.hessian(lambda v: sum_to(broadcast_to(v * v, (3, 2)), ()))(x)
    np.testing.assert_array_equal(hessian, np.diag([6.0, 6.0]))
    assert mt.grad(lambda v: accumulate(v, v))(2.0) == 2.0


def test_cast_takes_the_real_part_and_casts_back():
    z = mt.Var(np.array([1 + 2j]))
    result = cast(z, np.float32)
    assert result.dtype == np.float32
    result.backprop(np.ones(1, dtype=np.float32))
    assert z.grad.dtype == np.complex128
    np.testing.assert_array_equal(z.grad, [1.0])


def test_cast_to_a_python_number_and_back():
    x = mt.Var(np.array(2.5))
    number = cast(x, float)
    assert number.value == 2.5
    assert type(number.value) is float
    number.backprop()
    np.testing.assert_array_equal(x.grad, 1.0)


class TestReduceTo:
    """The sum over broadcast axes, on raw values."""

    @pytest.mark.parametrize("shape", [(), (3, 4), (1, 4), (3, 1), (1, 1), (4,), (1,), (2, 3, 4), (2, 1, 4), (1, 3, 1)])
    def test_the_sum_goes_over_the_new_axes_and_those_of_length_one(self, shape):
        x = np.arange(24.0).reshape(2, 3, 4)
        padded = (1,) * (3 - len(shape)) + shape
        axes = tuple(axis for axis in range(3) if padded[axis] == 1)
        total = reduce_to(x, shape, array_api_compat.numpy)
        np.testing.assert_array_equal(total, x.sum(axes).reshape(shape), strict=True)

    def test_a_value_of_that_shape_is_returned_as_it_is(self):
        x = np.ones((2, 3))
        assert reduce_to(x, (2, 3), array_api_compat.numpy) is x
        assert reduce_to(2.5, (), array_api_compat.numpy) == 2.5

    def test_an_axis_of_length_one_stays(self):
        total = reduce_to(np.ones((2, 1, 3)), (1, 3), array_api_compat.numpy)
        np.testing.assert_array_equal(total, np.full((1, 3), 2.0), strict=True)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64])
    @pytest.mark.parametrize("shape", [(3,), (1, 3), (1, 1)])
    def test_a_sum_keeps_the_dtype(self, shape, dtype):
        assert reduce_to(np.ones((2, 3), dtype), shape, array_api_compat.numpy).dtype == dtype

    @pytest.mark.parametrize("shape", [(3,), (2, 1), (1, 1), ()])
    def test_other_libraries_sum_by_their_namespace(self, shape):
        strict = pytest.importorskip("array_api_strict")
        total = reduce_to(strict.ones((2, 3)), shape, strict)
        assert type(total) is type(strict.ones(1))
        assert total.shape == shape
        assert float(strict.sum(total)) == 6.0

    @pytest.mark.parametrize(("shape", "own"), [((2,), (2, 3)), ((3, 3), (3,)), ((2, 3), (1, 3))])
    def test_a_shape_that_does_not_broadcast_raises(self, shape, own):
        with pytest.raises(ValueError, match="does not broadcast to"):
            reduce_to(np.ones(own), shape, array_api_compat.numpy)


class TestConvert:
    """The conversion to a dtype or to the type of a number, on raw values."""

    @pytest.mark.parametrize(
        ("x", "dtype", "expected"),
        [
            (2.5, float, 2.5),
            (2 + 3j, float, 2.0),
            (2 + 3j, complex, 2 + 3j),
            (2.5, complex, 2.5),
            (np.array(2.5), float, 2.5),
            (np.array(2 + 3j), float, 2.0),
            (np.array(2 + 3j), complex, 2 + 3j),
        ],
    )
    def test_a_conversion_to_a_number_takes_the_real_part_if_the_operand_is_real(self, x, dtype, expected):
        number = convert(x, dtype, array_api_compat.numpy)
        assert number == expected
        assert isinstance(number, (float, complex))
        assert not isinstance(number, np.generic)
        assert dtype is complex or type(number) is float

    def test_a_fraction_stays_a_fraction(self):
        assert convert(Fraction(1, 3), Fraction, array_api_compat.numpy) == Fraction(1, 3)

    @pytest.mark.parametrize(
        ("x", "dtype", "expected"),
        [
            ([1.5, 2.5], np.float32, [1.5, 2.5]),
            ([1 + 2j, 3j], np.float64, [1.0, 0.0]),
            ([1 + 2j, 3j], np.complex64, [1 + 2j, 3j]),
            ([1.5, 2.5], np.complex128, [1.5, 2.5]),
        ],
    )
    def test_a_conversion_of_an_array_takes_the_real_part_if_the_dtype_is_real(self, x, dtype, expected):
        result = convert(np.array(x), np.dtype(dtype), array_api_compat.numpy)
        np.testing.assert_array_equal(result, np.array(expected, dtype), strict=True)

    def test_other_libraries_convert_by_their_namespace(self):
        strict = pytest.importorskip("array_api_strict")
        assert convert(strict.ones(2), strict.float32, strict).dtype == strict.float32
        real = convert(strict.asarray([1 + 2j]), strict.float64, strict)
        assert (real.dtype, float(real[0])) == (strict.float64, 1.0)
        assert convert(2.5, strict.float32, strict).dtype == strict.float32

    def test_an_array_of_that_dtype_is_not_copied(self):
        x = np.ones(2)
        assert np.shares_memory(convert(x, x.dtype, array_api_compat.numpy), x)

    def test_a_number_becomes_an_array_without_axes(self):
        result = convert(2.5, np.dtype(np.float32), array_api_compat.numpy)
        np.testing.assert_array_equal(result, np.float32(2.5).reshape(()), strict=True)


def test_broadcast_to_accepts_a_number():
    np.testing.assert_array_equal(broadcast_to(2.5, (2, 3)), np.full((2, 3), 2.5), strict=True)


def test_accumulate_adds_two_cotangents_and_passes_its_own_to_both():
    x, y = mt.Var(2.0), mt.Var(5.0)
    total = accumulate(x, y)
    assert total.value == 7.0
    total.backprop(3.0)
    assert (x.grad, y.grad) == (3.0, 3.0)


class TestDask:
    """Broadcasting keeps the chunks of the operand."""

    @pytest.mark.parametrize("shape", [(6, 5), (5,), (6, 1), (1, 1), ()])
    def test_broadcast_to_divides_the_result_into_the_given_chunks(self, shape):
        da = pytest.importorskip("dask.array")
        blank = da.ones((6, 5), chunks=((2, 3, 1), (4, 1)))
        x = np.arange(float(np.prod(shape))).reshape(shape)
        result = broadcast_to(da.from_array(x, chunks=-1), (6, 5), blank.chunks)
        assert result.chunks == blank.chunks
        np.testing.assert_array_equal(result.compute(scheduler="synchronous"), np.broadcast_to(x, (6, 5)), strict=True)

    def test_without_chunks_dask_chooses_them(self):
        da = pytest.importorskip("dask.array")
        x = da.ones((3, 1), chunks=(2, 1))
        result = broadcast_to(x, (3, 4))
        assert result.chunks == da.broadcast_to(x, (3, 4)).chunks

    def test_the_gradient_of_a_sum_has_the_chunks_of_the_operand(self):
        da = pytest.importorskip("dask.array")
        x = da.ones((6, 5), chunks=((2, 3, 1), (4, 1)))
        assert mt.grad(lambda v: sum_to(v, ()))(x).chunks == x.chunks
