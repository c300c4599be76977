"""Functions about dtypes, which take `Var`s too."""

import numpy as np
import pytest
from array_api_compat import array_namespace

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([0.25, -1.5])


def test_questions_take_vars():
    x = mt.Var(X)
    assert xp.result_type(x, xp.float32) == np.float64
    assert xp.can_cast(x, xp.float32) is False
    assert xp.finfo(x).eps == np.finfo(np.float64).eps
    assert xp.iinfo(xp.int8).max == 127
    assert xp.isdtype(x.dtype, "real floating")
    assert "float64" in xp.__array_namespace_info__().dtypes()


def test_questions_about_a_var_are_answered_by_its_dtype_in_every_library():
    for library in ("numpy", "array_api_strict", "torch", "jax.numpy"):
        raw = pytest.importorskip(library)
        own = xp.on(library.partition(".")[0])
        x, n = mt.Var(raw.asarray([1.0], dtype=raw.float32)), mt.Var(raw.asarray([1], dtype=raw.int8))
        assert (int(own.finfo(x).bits), int(own.iinfo(n).max)) == (32, 127)
        assert own.can_cast(n, raw.int16)
        assert own.isdtype(x.dtype, "real floating")
        assert own.result_type(x, 2.0) == raw.float32
        told, asked = own.__array_namespace_info__(), array_namespace(x.value).__array_namespace_info__()
        for question in ("capabilities", "default_device", "default_dtypes", "dtypes"):
            assert getattr(told, question)() == getattr(asked, question)()
        assert told.devices() == list(asked.devices())
