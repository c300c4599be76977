"""A foreign op package, and a new interpreter in which such packages are installed."""

import os
import subprocess
import sys

import pytest

ACME = '''
"""A foreign op package."""
from mutorch_core import Array, hookimpl, op
from mutorch_core.domain import At, Interval
from collections.abc import Sequence

print("acme says hello")

@op("acme::twice", domain={"x": Interval(0)}, kinks=(At("x", 1.0, cotangent=0.5),), symbol="[twice]")
def twice(x: Array, /, *, factor: float = 2.0) -> Array:
    """Twice x."""
    return factor * x

@twice.vjp("x")
def _(g, factor):
    return factor * g

@op("acme::odd", nondiff=("x", "key", "rest"))
def odd(x: Sequence[Array], *rest: Array, key: Array | None = None) -> Array:
    """Nothing to differentiate."""
    return x[0] % 2

double = twice

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [twice, odd]
'''


@pytest.fixture
def acme():
    """The text of an op package for the namespace `acme`."""
    return ACME


@pytest.fixture
def run_with_packages(tmp_path):
    """Return a function that runs `mutorch …` in a new interpreter, with further packages by their module's text."""

    def install(namespace, text):
        (tmp_path / f"{namespace}_ops.py").write_text(text)
        info = tmp_path / f"{namespace}_ops-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {namespace}-ops\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[mutorch.ops]\n{namespace} = {namespace}_ops\n")

    def mutorch(*arguments, **modules):
        for namespace, text in modules.items():
            install(namespace, text)
        call = "from mutorch_core.cli import main; main(prog_name='mutorch')"
        path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, "-c", call, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": path},
        )

    return mutorch
