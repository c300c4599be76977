"""The functions and dtypes that the package binds to NumPy."""

import math

import numpy as np

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_ops_basic.creation import numpy_functions
from mutorch_ops_basic.creation.constructors import CREATION
from mutorch_ops_basic.creation.dtype_queries import DTYPES, QUERIES
from mutorch_ops_basic.creation.windows import WINDOWS


def test_every_function_that_belongs_to_a_library_is_bound_to_numpy():
    constants = {"e", "inf", "nan", "newaxis", "pi"}
    assert set(numpy_functions.__all__) == {*CREATION, *QUERIES, *WINDOWS, *DTYPES, *constants}
    assert len(numpy_functions.__all__) == len(set(numpy_functions.__all__))


def test_dtypes_are_numpys():
    for name in DTYPES:
        assert getattr(xp, name) is getattr(np, name)


def test_constants_are_pythons():
    assert (xp.pi, xp.e, xp.inf) == (math.pi, math.e, math.inf)
    assert math.isnan(xp.nan)
    assert xp.newaxis is None


def test_arrays_are_numpys():
    for made in (xp.zeros(2), xp.arange(3), xp.kaiser(4, 8.6)):
        assert type(made) is mt.Var
        assert type(made.value) is np.ndarray
