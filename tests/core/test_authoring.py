"""The helpers for authors of op packages: all are public, documented, and enough for an op with a rule."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Meta, Namespace, authoring, injected, op


@pytest.mark.parametrize("name", authoring.__all__)
def test_a_helper_exists_and_is_described_in_the_docstring(name):
    assert hasattr(authoring, name)
    assert f"`{name}" in authoring.__doc__


def test_the_module_exports_nothing_else():
    public = {name for name in vars(authoring) if name[0].isalpha() and name != "annotations"}
    assert public == set(authoring.__all__)


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "array_api_strict"])
def test_an_op_and_its_rule_can_be_written_with_the_helpers_alone(library):
    raw = pytest.importorskip(library)

    @op("toy::centred")
    def centred(x: Array, scale: float = 1.0, *, xp: Namespace = injected) -> Array:
        x, factor = authoring.as_arrays(xp, x, scale)
        return (x - xp.mean(x)) * xp.astype(factor, x.dtype)

    @centred.vjp("x")
    def _(g, x: Meta, scale):
        total = authoring.broadcast_to(authoring.sum_to(g, ()), x.shape)
        return (g - total / x.size) * scale

    value = raw.asarray([1.0, 2.0, 6.0])
    assert authoring.library_name(authoring.namespace_of(value)) == library.partition(".")[0]
    x = mt.Var(value)
    result = centred(x, 2.0)
    np.testing.assert_allclose(authoring.to_numpy(result.value), [-4.0, -2.0, 6.0])
    result.backprop(raw.asarray([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(authoring.to_numpy(x.grad), [4 / 3, -2 / 3, -2 / 3], rtol=1e-6)
