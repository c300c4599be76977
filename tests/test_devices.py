"""All results of an op are on the device of its operands. These tests need no GPU: the devices are simulated.

PyTorch's `meta` device holds shapes only. array_api_strict's `device1` refuses operands on another device.
"""

from functools import partial

import numpy as np
import pytest

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

pytest.importorskip("hypothesis")

from tests.devices import (
    CREATED,
    OPS,
    SimulatedDevice,
    backend_on,
    created,
    devices_of,
    stages,
    subjects_of,
    with_numbers,
)

META = ("cannot be called on meta", "data-independent", "no data!", "no fake impl", "without output_size", "torch.bool")
"""Texts of PyTorch's errors for operations on `meta` that read values or are not implemented there."""
NUMBER_DECIDES = {"basic::masked_select"}
"""Ops whose library is that of the number, although the mask is an array."""


def simulated_device(library):
    """Return a library's simulated device, together with its default one."""
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    if library == "torch":
        here, there = (backend_on(library, module.device(name)) for name in ("cpu", "meta"))
        return SimulatedDevice(library, here, there, META)
    devices = module.__array_namespace_info__().devices()
    return SimulatedDevice(library, backend_on(library, None), backend_on(library, devices[1]))


def stays(devices, run):
    """Return whether all results on the simulated device stay there.

    None if the default device refuses the input, or the simulated one has no values for it.
    """
    try:
        list(run(devices.here))
    except Exception:  # the library refuses this input
        return None
    try:
        results = list(run(devices.there))
    except Exception as error:
        if any(text in str(error) for text in devices.valueless):
            return None
        raise
    return devices_of(results) <= {str(devices.there.device)}


def values_of(subject, backend):
    """Return the results and cotangents of a case on a backend."""
    return [value for _, value in stages(subject, backend)]


def call_with_numbers(name, index, backend):
    """Run one of an op's calls with an array and numbers on a backend."""
    return list(with_numbers(name, backend.array))[index]()


@pytest.fixture(scope="module", params=["torch", "array_api_strict"])
def devices(request):
    """Return two devices of a library."""
    return simulated_device(request.param)


@pytest.mark.parametrize("name", OPS)
def test_results_and_cotangents_stay_on_their_device(devices, name):
    for subject in subjects_of(name):
        assert stays(devices, partial(values_of, subject)) is not False


@pytest.mark.parametrize("name", sorted(set(OPS) - NUMBER_DECIDES))
def test_numbers_beside_an_array_go_to_its_device(devices, name):
    count = len(list(with_numbers(name, devices.here.array)))
    for index in range(count):
        assert stays(devices, partial(call_with_numbers, name, index)) is not False


@pytest.mark.parametrize("name", CREATED)
def test_arrays_are_created_on_the_requested_device(devices, name):
    device = devices.there.device
    assert devices_of(created(xp.on(devices.library), name, device)) == {str(device)}


def test_mixed_devices_are_refused_with_both_names(devices):
    here, there = (backend.array(np.ones(3)) for backend in (devices.here, devices.there))
    with pytest.raises(OperandError, match=r"basic::matmul\(.*x1 is on .*, x2 is on ") as refused:
        xp.matmul(here, there)
    assert str(here.device) in str(refused.value)
    assert str(there.device) in str(refused.value)
