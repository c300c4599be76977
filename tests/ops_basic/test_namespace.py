"""One namespace per array library."""

import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


def test_numpys_namespace_is_the_package():
    assert xp.on("numpy") is xp
    assert xp.on(np) is xp
    assert mt.Var(np.ones(2)).__array_namespace__() is xp


def test_a_namespace_is_made_once_and_can_be_hashed():
    strict = pytest.importorskip("array_api_strict")
    assert xp.on("array_api_strict") is xp.on(strict)
    assert {xp.on(strict): 1}


def test_a_namespace_offers_what_the_package_does():
    strict = xp.on(pytest.importorskip("array_api_strict"))
    assert [name for name in xp.__all__ if not hasattr(strict, name)] == ["float16"]  # which the standard lacks


def test_constants_and_version_are_the_standards():
    assert (xp.e, xp.pi, xp.inf) == (np.e, np.pi, np.inf)
    assert np.isnan(xp.nan)
    assert xp.newaxis is None
    assert xp.__array_api_version__ == "2024.12"


def test_what_is_exported_is_there():
    assert [name for name in xp.__all__ if not hasattr(xp, name)] == []


def test_an_unknown_library_is_refused_with_those_known():
    with pytest.raises(OperandError, match=r"on\('nimpy'\): no such array library is installed; known: numpy, torch"):
        xp.on("nimpy")


def test_importing_the_package_imports_no_other_array_library():
    probe = "import sys, mutorch_ops_basic; print({'torch', 'jax', 'dask', 'scipy'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "set()"


def program(xp, x, w):
    """A bit of everything: products, reductions, selection, indexing, shapes."""
    h = xp.maximum(xp.tanh(x @ w), 0.1)
    h = xp.concat([h, xp.square(x[:, :1])], axis=1)
    share = xp.exp(h - xp.max(h, axis=1, keepdims=True))
    share = share / xp.sum(share, axis=1, keepdims=True)
    return xp.mean(xp.log(share)) + xp.std(h) + xp.sum(xp.take(x, xp.asarray([0, 0, 2]), axis=0) ** 2)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_another_library_gives_numpys_gradients_and_its_own_arrays(library):
    raw = pytest.importorskip(library if library == "torch" else "jax.numpy")
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(4, 2)).astype(np.float32)
    expected = mt.grad(lambda x, w: program(xp, x, w), argnums=(0, 1))(x, w)
    other = xp.on(library)
    got = mt.grad(lambda x, w: program(other, x, w), argnums=(0, 1))(raw.asarray(x), raw.asarray(w))
    for own, reference in zip(got, expected, strict=True):
        assert type(own) is type(raw.asarray(x))
        assert_allclose(np.asarray(own), reference, rtol=1e-4, atol=1e-6)


def test_a_namespace_and_what_is_in_it_are_modules():
    for name in ("numpy", "array_api_strict"):
        module = xp.on(name)
        assert {type(each) for each in (module, module.linalg, module.fft)} == {ModuleType}
        assert module.__array_api_version__ == "2024.12"


@pytest.mark.parametrize("namespace", [xp, xp.fft, xp.linalg, xp.random, xp.signal], ids=lambda each: each.__name__)
def test_completion_offers_the_public_names_and_no_module_behind_them(namespace):
    modules = {name for name in dir(namespace) if isinstance(getattr(namespace, name), ModuleType)}
    assert modules == ({"fft", "linalg", "random", "signal"} if namespace is xp else set())
    assert set(namespace.__all__) <= set(dir(namespace))
    assert len(namespace.__all__) == len(set(namespace.__all__))


def test_hooks_are_where_pluggy_looks_for_them():
    hooks = {name for name, value in vars(xp).items() if hasattr(value, "mutorch_impl")}
    assert hooks == {"mutorch_array_namespace", "mutorch_numpy_functions", "mutorch_register_ops"}
    assert hooks <= set(dir(xp))
