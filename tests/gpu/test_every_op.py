"""Every op on a GPU computes the same as on the CPU, and its results stay there."""

import pytest

pytest.importorskip("hypothesis")

from mutorch_core.gradcheck.checking.check_op import quiet
from mutorch_core.gradcheck.properties.conduct.libraries import compare_with_numpy
from mutorch_core.gradcheck.under_test.other_library import ComparedResult, LibraryCase
from tests.devices import CREATED, OPS, backend_on, created, devices_of, subjects_of

STAYING = [name for name in OPS if name != "basic::to_device"]


def compare(name, here, there):
    """Compare results, raw and recorded cotangents, and second derivatives of an op on two backends."""
    for subject in subjects_of(name):
        with quiet():
            try:
                expected = [
                    ComparedResult(
                        stage.name, tuple(v if isinstance(v, bool) else here.to_numpy(v) for v in stage.values)
                    )
                    for stage in LibraryCase(subject, here).results()
                ]
            except Exception:  # the input is refused on the CPU too
                continue
            compare_with_numpy(LibraryCase(subject, there), expected)


@pytest.mark.parametrize("name", STAYING)
def test_an_op_on_cuda_tensors_agrees_with_the_cpu_and_stays_there(name, device):
    import torch

    compare(name, backend_on("torch", torch.device("cpu")), backend_on("torch", device))


@pytest.mark.parametrize("name", STAYING)
def test_an_op_on_cupy_arrays_agrees_with_numpy(name, cupy):
    compare(name, backend_on("numpy", None), backend_on("cupy", None))


def test_the_cotangent_of_a_copy_to_the_cpu_is_on_the_gpu(device):
    import torch

    import mutorch_core as mt
    import mutorch_ops_basic as xp

    value, pullback = mt.vjp(lambda x: xp.to_device(x, "cpu"), torch.ones(3, device=device))
    assert value.device.type == "cpu"
    assert pullback(torch.ones(3))[0].device == device


@pytest.mark.parametrize("name", CREATED)
def test_arrays_are_created_on_the_gpu(name, device):
    import mutorch_ops_basic as xp

    assert devices_of(created(xp.on("torch"), name, device)) == {str(device)}
