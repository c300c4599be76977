"""The device of these tests: the first GPU, or the one that MUTORCH_GPU_DEVICE names, `cpu` say, to try them out."""

import os

import pytest

WANTED = os.environ.get("MUTORCH_GPU_DEVICE")


def pytest_collection_modifyitems(items):
    """Mark all of them."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.gpu)


@pytest.fixture(scope="session")
def device():
    """PyTorch's device."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if WANTED is None and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device (MUTORCH_GPU_DEVICE=cpu tries these tests without one)")
    found = torch.device(WANTED or "cuda")
    return torch.device(found.type, torch.cuda.current_device()) if found.type == "cuda" else found


@pytest.fixture(scope="session")
def cupy():
    """CuPy, where it has a device."""
    cupy = pytest.importorskip("cupy", reason="cupy is not installed")
    if not cupy.cuda.is_available():
        pytest.skip("CuPy finds no device")
    return cupy
