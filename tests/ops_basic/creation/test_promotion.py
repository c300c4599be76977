"""The dtypes that operands promote to."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp


@pytest.mark.parametrize(
    ("x", "number", "dtype"),
    [
        (np.float32(1), 2.5, np.float32),
        (np.ones(2, np.float32), 2, np.float32),
        (np.ones(2, np.float32), 2j, np.complex64),
        (np.ones(2, np.int8), 2, np.int8),
        (np.ones(2, np.int8), 2.5, np.float64),
        (np.ones(2, np.bool), True, np.bool),
    ],
)
def test_a_number_beside_an_array_takes_its_dtype_as_far_as_it_can(x, number, dtype):
    for other in (number, mt.Var(number)):
        assert (mt.Var(x) * other).dtype == (other * mt.Var(x)).dtype == dtype
        assert xp.result_type(mt.Var(x), other) == dtype


def test_functions_of_pytorchs_namespace_promote_as_the_standard_says_and_operators_as_pytorch_does(slopes):
    torch = pytest.importorskip("torch")
    other = xp.on("torch")
    wide, narrow = torch.asarray(2.0, dtype=torch.float64), torch.ones(3, dtype=torch.float32)
    assert other.multiply(mt.Var(wide), narrow).dtype == other.mul(narrow, mt.Var(wide)).dtype == torch.float64
    assert (mt.Var(wide) * narrow).dtype == torch.float32
    square = torch.ones((3, 3), dtype=torch.float64)
    for matmul in (other.matmul, other.linalg.matmul):
        assert matmul(mt.Var(narrow), square).dtype == torch.float64
    to_wide, to_narrow = slopes(other.multiply, wide, narrow, g=torch.ones(3, dtype=torch.float64))
    assert (to_wide.dtype, to_wide.item(), to_narrow.dtype) == (torch.float64, 3.0, torch.float32)
    assert other.multiply.__doc__ == xp.multiply.__doc__
