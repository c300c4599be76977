"""Detection of the framework of a function."""

import pytest

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_core.interop.framework_detection import wrapped


def test_an_op_is_returned_as_it_is():
    assert wrapped(xp.exp, "test::exp") is xp.exp


def test_a_list_is_refused_since_it_is_no_function():
    with pytest.raises(OperandError, match="test::list is a list: only an op or a function"):
        wrapped([], "test::list")


def test_a_function_of_no_framework_is_refused():
    with pytest.raises(OperandError, match="imports neither torch nor jax; wrap it with"):
        wrapped(lambda x: x, "test::any")
