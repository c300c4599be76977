"""Everything an op makes is where its operands are: seen without a GPU, on devices that only pretend.

PyTorch's `meta` holds shapes alone, and `device1` of array_api_strict refuses to meet another device.
"""

import numpy as np
import pytest

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

pytest.importorskip("hypothesis")

from tests.devices import CREATED, OPS, Dry, backend_on, created, places, stages, subjects_of, with_numbers

META = ("cannot be called on meta", "data-independent", "no data!", "no fake impl", "without output_size", "torch.bool")
"""What PyTorch says where `meta` has no values to look at, or knows less than the CPU does."""
ALONE = {"basic::masked_select"}
"""Ops of which a number says which library it is, though a mask is an array."""


def dry(library):
    """A library's pretended device, beside its first one."""
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    if library == "torch":
        here, there = (backend_on(library, module.device(name)) for name in ("cpu", "meta"))
        return Dry(library, here, there, META)
    devices = module.__array_namespace_info__().devices()
    return Dry(library, backend_on(library, None), backend_on(library, devices[1]))


def stays(on, run):
    """Whether what can be done here can be done there and stays there; None where it can't be done here."""
    try:
        list(run(on.here))
    except Exception:  # an input that this library refuses
        return None
    try:
        found = list(run(on.there))
    except Exception as error:
        if any(text in str(error) for text in on.valueless):
            return None
        raise
    return places(found) <= {str(on.there.device)}


@pytest.fixture(scope="module", params=["torch", "array_api_strict"])
def on(request):
    """Two devices of a library."""
    return dry(request.param)


@pytest.mark.parametrize("name", OPS)
def test_results_and_cotangents_stay_on_their_device(on, name):
    for subject in subjects_of(name):
        assert stays(on, lambda backend, subject=subject: (value for _, value in stages(subject, backend))) is not False


@pytest.mark.parametrize("name", sorted(set(OPS) - ALONE))
def test_numbers_beside_an_array_go_where_it_is(on, name):
    count = len(list(with_numbers(name, on.here.array)))
    for place in range(count):
        assert stays(on, lambda backend, place=place: list(with_numbers(name, backend.array))[place]()) is not False


@pytest.mark.parametrize("name", CREATED)
def test_arrays_are_created_on_the_device_that_is_asked_for(on, name):
    assert places(created(xp.on(on.library), name, on.there.device)) == {str(on.there.device)}


def test_mixed_devices_are_refused_with_both_names(on):
    here, there = (backend.array(np.ones(3)) for backend in (on.here, on.there))
    with pytest.raises(OperandError, match=r"basic::matmul\(.*x1 is on .*, x2 is on ") as refused:
        xp.matmul(here, there)
    assert str(here.device) in str(refused.value)
    assert str(there.device) in str(refused.value)
