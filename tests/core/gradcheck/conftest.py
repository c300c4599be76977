"""An op package that is installed in a temporary folder, and the command in a fresh process there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

ACME = '''
"""A stranger's op package: one right op, one wrong one, one that nothing is known about, one without gradient."""
from mutorch_core import Array, Namespace, hookimpl, injected, op
from mutorch_core.domain import Interval


@op("acme::twice")
def twice(x: Array, /) -> Array:
    return 2 * x

@twice.vjp("x")
def _(g):
    return 2 * g


@op("acme::softplus", domain={"x": Interval(-30, 30)})
def softplus(x: Array, /, *, beta: float = 1.0, xp: Namespace = injected) -> Array:
    return xp.logaddexp(beta * x, xp.zeros_like(x)) / beta

@softplus.vjp("x")
def _(g, x, xp):
    return g / (1 + xp.exp(-x))


@op("acme::planned")
def planned(x: Array, /, *, plan: dict) -> Array:
    return x * plan["factor"]

@planned.vjp("x")
def _(g, plan):
    return g * plan["factor"]


@op("acme::less", nondiff=("x1", "x2"))
def less(x1: Array, x2: Array, /) -> Array:
    return x1 < x2

double = twice

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [twice, softplus, planned, less]
'''


@attrs.frozen
class Site:
    """A folder of installed distributions."""

    path: Path

    def install(self, distribution: str, namespace: str, source: str, version: str = "1.0") -> None:
        """Install a distribution with one op package."""
        module = distribution.replace("-", "_")
        self.path.joinpath(f"{module}.py").write_text(textwrap.dedent(source))
        metadata = self.path / f"{module}-{version}.dist-info"
        metadata.mkdir()
        metadata.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        metadata.joinpath("entry_points.txt").write_text(f"[mutorch.ops]\n{namespace} = {module}\n")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of this interpreter in that folder, without a terminal."""
        path = os.pathsep.join([str(self.path), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path}
        environment.pop("PYTEST_ADDOPTS", None)
        return subprocess.run(
            [sys.executable, *command], cwd=self.path, env=environment, capture_output=True, text=True, check=False
        )

    def gradcheck(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `mutorch gradcheck` there with the profile `quick`."""
        code = "import sys; from mutorch_core.cli import main; sys.argv[0] = 'mutorch'; main()"
        return self.run("-c", code, "gradcheck", "--profile", "quick", *arguments)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def acme(site: Site) -> Site:
    site.install("acme-ops", "acme", ACME)
    return site


@pytest.fixture
def lines_with() -> Callable[[str, str], Sequence[str]]:
    """Return the lines of a text that contain a word."""
    return lambda text, word: [line for line in text.splitlines() if word in line]


@pytest.fixture
def gradchecked() -> Callable[..., tuple[subprocess.CompletedProcess[str], Any]]:
    """Run the command at a site, and return its JSON too."""

    def run(site: Site, *arguments: str) -> tuple[subprocess.CompletedProcess[str], Any]:
        done = site.gradcheck(*arguments, "--json", "found.json")
        return done, json.loads(site.path.joinpath("found.json").read_text())

    return run
