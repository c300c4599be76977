"""`import mutorch_core` is fast: heavy modules are loaded on first use."""

import subprocess
import sys

import pytest

HEAVY = (
    "mutorch_ops_basic",
    "mutorch_ops_nn",
    "hypothesis",
    "pytest",
    "click",
    "rich",
    "optree",
    "scipy",
    "importlib.metadata",
    "array_api_compat.numpy",
)


@pytest.fixture(scope="module")
def newly_loaded():
    """The modules that `import mutorch_core` loads in a new interpreter."""
    probe = "import sys; before = set(sys.modules); import mutorch_core; print(*(set(sys.modules) - before))"
    return set(subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split())


def test_the_probe_lists_the_loaded_modules(newly_loaded):
    assert {"mutorch_core", "mutorch_core.graph.var", "numpy"} <= newly_loaded


@pytest.mark.parametrize("module", HEAVY)
def test_importing_the_core_does_not_load(newly_loaded, module):
    assert module not in newly_loaded
