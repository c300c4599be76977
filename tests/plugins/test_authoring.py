"""`mutorch_core.authoring`: the helpers that authors of op packages get from the core."""

import ast
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
from mutorch_core import authoring
from mutorch_core.errors import OperandError

ROOT = Path(__file__).parents[2]
PUBLIC = {
    "mutorch_core",
    "mutorch_core.authoring",
    "mutorch_core.domain",
    "mutorch_core.errors",
    "mutorch_core.plugins",
}


def imported(path):
    """Return the modules of the core that a file imports from."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name for name in froms | plain if name.partition(".")[0] == "mutorch_core"}


@pytest.mark.parametrize("folder", ["mutorch_ops_basic", "mutorch_ops_nn", "docs/plugins"])
def test_op_packages_import_only_public_modules_of_the_core(folder):
    files = [path for path in (ROOT / folder).rglob("*.py") if "tests" not in path.parts]
    assert files
    assert {path: private for path in files if (private := imported(path) - PUBLIC)} == {}


def test_every_helper_is_exported_in_order_and_described():
    assert authoring.__all__ == sorted(authoring.__all__)
    for name in authoring.__all__:
        assert hasattr(authoring, name)
        assert f"`{name}" in authoring.__doc__


@pytest.mark.parametrize("library", ["numpy", "torch", "jax", "array_api_strict"])
def test_namespaces_are_found_by_value_and_by_name(library):
    pytest.importorskip(library)
    xp = authoring.library_namespace(library)
    x = xp.asarray([1.0, 2.0])
    assert authoring.library_name(authoring.namespace_of(x)) == library
    assert authoring.common_namespace([2.0, x, None]) is authoring.namespace_of(x)
    assert authoring.library_name(authoring.common_namespace([1, 2.0])) == "numpy"
    assert_array_equal(authoring.to_numpy(x), [1.0, 2.0])


def test_operands_of_two_libraries_have_no_common_namespace():
    torch = pytest.importorskip("torch")
    with pytest.raises(OperandError, match="operands of two array libraries are mixed: numpy and torch"):
        authoring.common_namespace([np.ones(2), torch.ones(2)])


def test_numbers_and_arrays_are_described_alike():
    x = np.ones((2, 3), np.float32)
    assert authoring.is_number(2.0)
    assert not authoring.is_number(x)
    assert authoring.is_number_type(authoring.dtype_of(2.0))
    assert authoring.dtype_of(x) == np.float32
    assert authoring.meta_of(x).shape == (2, 3)
    assert authoring.meta_of(2).shape == ()
    assert authoring.carries_gradient(x)
    assert not authoring.carries_gradient(np.ones(2, int))
    assert authoring.is_floating(authoring.meta_of(x))
    assert authoring.device_of(x) == x.device
    assert authoring.format_value(x) == "float32[2,3]"


def test_numbers_become_arrays_beside_the_first_array():
    xp = authoring.namespace_of(np.ones(1))
    number, array = authoring.as_arrays(xp, 2.0, np.ones(3))
    assert_array_equal(number, 2.0)
    assert type(number) is np.ndarray
    assert_array_equal(array, np.ones(3))


def test_constants_have_no_graph_and_fitting_ops_have_derivatives():
    constant = authoring.constant(np.ones(3))
    assert type(constant) is mt.Var
    assert constant.node is None
    x = np.array([1.0, 2.0])
    assert_array_equal(mt.grad(lambda x: (authoring.broadcast_to(x, (3, 2)) ** 2).sum())(x), 6 * x)
    assert_array_equal(mt.grad(lambda x: (authoring.sum_to(x, (1,)) * 3.0).sum())(x), [3.0, 3.0])
    assert mt.grad(lambda x: authoring.cast(x, np.dtype("float32")).sum())(x).dtype == np.float64


def test_values_for_one_position_are_added_up():
    xp = authoring.namespace_of(np.ones(1))
    assert_array_equal(authoring.scatter_add(np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2]), 3, xp), [2.0, 0.0, 5.0])
