"""Every op on a GPU: what it is on the CPU, and it stays there."""

import pytest

pytest.importorskip("hypothesis")

from mutorch_core.gradcheck.checking.check_op import quiet
from mutorch_core.gradcheck.properties.conduct.libraries import compare_with_numpy
from mutorch_core.gradcheck.under_test.other_library import ComparedResult, LibraryCase
from tests.devices import CREATED, OPS, backend_on, created, places, subjects_of

STAYING = [name for name in OPS if name != "basic::to_device"]


def compared(name, here, there):
    """Compare results, cotangents of both kinds of sweep and second derivatives; all is outside of other autograds."""
    for subject in subjects_of(name):
        with quiet():
            try:
                wanted = [
                    ComparedResult(
                        stage.name, tuple(v if isinstance(v, bool) else here.to_numpy(v) for v in stage.values)
                    )
                    for stage in LibraryCase(subject, here).results()
                ]
            except Exception:  # an input that is refused here too
                continue
            compare_with_numpy(LibraryCase(subject, there), wanted)


@pytest.mark.parametrize("name", STAYING)
def test_an_op_on_cuda_tensors_is_what_it_is_on_the_cpu_and_stays_there(name, device):
    import torch

    compared(name, backend_on("torch", torch.device("cpu")), backend_on("torch", device))


@pytest.mark.parametrize("name", STAYING)
def test_an_op_on_cupy_arrays_is_what_it_is_on_numpys(name, cupy):
    compared(name, backend_on("numpy", None), backend_on("cupy", None))


def test_what_goes_to_the_cpu_gets_its_cotangent_back(device):
    import torch

    import mutorch_core as mt
    import mutorch_ops_basic as xp

    value, pullback = mt.vjp(lambda x: xp.to_device(x, "cpu"), torch.ones(3, device=device))
    assert value.device.type == "cpu"
    assert pullback(torch.ones(3))[0].device == device


@pytest.mark.parametrize("name", CREATED)
def test_arrays_are_created_on_the_gpu(name, device):
    import mutorch_ops_basic as xp

    assert places(created(xp.on("torch"), name, device)) == {str(device)}
