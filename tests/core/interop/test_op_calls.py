"""Calls of ops, split into arrays and the rest."""

import inspect

import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp


@pytest.mark.parametrize("framework", ["torch", "jax", "autograd"])
def test_an_exported_op_has_the_signature_and_the_text_of_the_op(framework):
    pytest.importorskip(framework)
    exported = mt.interop.to(xp.sum, framework)
    assert inspect.signature(exported) == xp.sum.signature
    assert exported.__doc__ == xp.sum.__doc__
    assert exported.__name__ == "sum"
