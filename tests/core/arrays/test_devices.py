"""Devices: the device of an array, and values moved to the host or beside one another."""

from __future__ import annotations

import numpy as np
import pytest

from mutorch_core.arrays.devices import as_arrays, device_of, to_numpy


@pytest.fixture
def strict():
    return pytest.importorskip("array_api_strict")


def test_the_device_is_the_arrays_own_and_none_if_it_has_none(strict):
    there = strict.Device("device1")
    assert device_of(np.ones(2)) == "cpu"
    assert device_of(strict.ones(2, device=there)) == there
    assert device_of(2.5) is None
    assert device_of(object()) is None


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "dask.array", "array_api_strict"])
def test_an_array_of_any_library_becomes_a_numpy_array(library):
    raw = pytest.importorskip(library)
    array = to_numpy(raw.asarray([1.5, 2.5]))
    assert type(array) is np.ndarray
    np.testing.assert_array_equal(array, [1.5, 2.5])


def test_an_array_on_another_device_is_moved_to_the_host(strict):
    array = strict.asarray([1.0, 2.0], device=strict.Device("device1"))
    np.testing.assert_array_equal(to_numpy(array), [1.0, 2.0])


def test_a_pytorch_tensor_that_is_tracked_or_conjugated_becomes_a_numpy_array():
    torch = pytest.importorskip("torch")
    np.testing.assert_array_equal(to_numpy(torch.ones(2, requires_grad=True)), [1.0, 1.0])
    np.testing.assert_array_equal(to_numpy(torch.tensor([1 + 2j]).conj()), [1 - 2j])


@pytest.mark.parametrize("value", [2.5, 3, True, [1.0, 2.0], np.float32(2.5)])
def test_numbers_lists_and_numpy_scalars_become_numpy_arrays(value):
    np.testing.assert_array_equal(to_numpy(value), np.asarray(value), strict=True)


def test_a_numpy_array_is_returned_as_it_is():
    x = np.ones(2)
    assert to_numpy(x) is x


def test_loose_values_become_arrays_on_the_device_of_the_first_array(strict):
    there = strict.Device("device1")
    x = strict.ones(2, device=there)
    number, same, other = as_arrays(strict, 2.5, x, 3)
    assert same is x
    assert number.device == other.device == there
    assert (float(number), int(other)) == (2.5, 3)


def test_numbers_alone_go_to_the_default_device(strict):
    (number,) = as_arrays(strict, 2.5)
    assert number.device == strict.ones(1).device


def test_a_numpy_scalar_is_a_loose_value():
    import array_api_compat.numpy as space

    scalar, x = as_arrays(space, np.float32(2.5), np.ones(2))
    np.testing.assert_array_equal(scalar, np.array(2.5, np.float32), strict=True)
    assert type(scalar) is np.ndarray
    assert x.shape == (2,)
