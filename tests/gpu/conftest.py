"""The device of the GPU tests: the first GPU, or the device in MUTORCH_GPU_DEVICE (`cpu` runs them without a GPU)."""

import os

import pytest

DEVICE_NAME = os.environ.get("MUTORCH_GPU_DEVICE")


def pytest_collection_modifyitems(items):
    """Mark all tests of this folder as `gpu`."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.gpu)


@pytest.fixture(scope="session")
def device():
    """Return PyTorch's device. Skips the test if there is none."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if DEVICE_NAME is None and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device (MUTORCH_GPU_DEVICE=cpu tries these tests without one)")
    named = torch.device(DEVICE_NAME or "cuda")
    return torch.device(named.type, torch.cuda.current_device()) if named.type == "cuda" else named


@pytest.fixture(scope="session")
def cupy():
    """Return CuPy. Skips the test if it has no device."""
    cupy = pytest.importorskip("cupy", reason="cupy is not installed")
    if not cupy.cuda.is_available():
        pytest.skip("CuPy finds no device")
    return cupy
