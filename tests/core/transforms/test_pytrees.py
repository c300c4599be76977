"""Pytrees: arguments and gradients as nested containers."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.transforms import pytrees


def test_gradients_have_the_tree_structure_of_the_argument():
    params = {"w": np.ones((2, 3)), "layers": [np.ones(3), (1.0, None)]}

    def loss(p):
        return xp.sum(p["w"] @ p["layers"][0]) * p["layers"][1][0]

    value, gradient = mt.value_and_grad(loss)(params)
    assert value == 6.0
    np.testing.assert_array_equal(gradient["w"], np.ones((2, 3)))
    np.testing.assert_array_equal(gradient["layers"][0], np.full(3, 2.0))
    assert gradient["layers"][1] == (6.0, None)
    assert type(gradient["w"]) is np.ndarray


TREE = {"b": [1.0, (2.0, None)], "a": "text"}


def test_a_tree_is_flattened_and_put_together_again():
    leaves, structure = pytrees.flatten(TREE)
    assert leaves == ["text", 1.0, 2.0] == pytrees.leaves_of(TREE)
    assert pytrees.unflatten(structure, leaves) == TREE
    assert pytrees.unflatten(structure, [10, 20, 30]) == {"b": [20, (30, None)], "a": 10}


def test_paths_are_the_keys_that_lead_to_the_leaves():
    paths, leaves, _ = pytrees.flatten_with_paths(TREE)
    assert paths == [("a",), ("b", 0), ("b", 1, 0)]
    assert leaves == ["text", 1.0, 2.0]


def test_a_single_value_is_a_tree():
    leaves, structure = pytrees.flatten(2.5)
    assert (leaves, pytrees.unflatten(structure, [3.5])) == ([2.5], 3.5)


def test_map_leaves_keeps_the_structure_of_named_tuples():
    class Point(NamedTuple):
        x: float
        y: float

    assert pytrees.map_leaves(lambda leaf: leaf + 1, [Point(1.0, 2.0)]) == [Point(2.0, 3.0)]
    assert type(pytrees.map_leaves(lambda leaf: leaf, Point(1.0, 2.0))) is Point


def test_a_var_is_a_leaf():
    x = mt.Var(np.ones(2))
    (leaf,) = pytrees.leaves_of({"x": x})
    assert leaf is x


def test_an_unknown_function_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'mutorch_core\.transforms\.pytrees' has no attribute 'nothing'"):
        pytrees.nothing


def test_optree_is_imported_on_first_use():
    code = """
import sys
import mutorch_core as mt
assert "optree" not in sys.modules
assert mt.grad(lambda x: x * x)(3.0) == 6.0
assert "optree" in sys.modules
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr
