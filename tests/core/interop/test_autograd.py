"""Ops exported to autograd."""

import pytest

import mutorch_core as mt
from tests.core.interop.representative import REPRESENTATIVE, representative


@representative
def test_autograd_check_grads_passes_to_second_order(use):
    pytest.importorskip("autograd")
    from autograd.test_util import check_grads

    function, arrays = REPRESENTATIVE[use]
    check_grads(lambda *inputs: function(mt.interop.to_autograd, inputs.__getitem__), modes=["rev"], order=2)(*arrays)
