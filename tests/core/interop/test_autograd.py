"""Ops as autograd's primitives."""

import pytest

import mutorch_core as mt
from tests.core.interop.representative import REPRESENTATIVE, representative


@representative
def test_autograd_check_grads_passes_to_second_order(use):
    pytest.importorskip("autograd")
    from autograd.test_util import check_grads

    function, arrays = REPRESENTATIVE[use]
    check_grads(lambda *given: function(mt.interop.to_autograd, given.__getitem__), modes=["rev"], order=2)(*arrays)
