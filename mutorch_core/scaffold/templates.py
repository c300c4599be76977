"""The files of a new op package. They are written for the namespace `acme`, which is replaced by the real name."""

from __future__ import annotations

from mutorch_core.version import __version__

__all__ = ["FILES"]

PYPROJECT = f"""\
[build-system]
requires = ["hatchling>=1.26"]
build-backend = "hatchling.build"

[project]
name = "acme-ops"
version = "0.1.0"
description = "Ops for Mutorch, with their derivatives."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["mutorch>={__version__}"]

[project.optional-dependencies]
dev = ["mutorch[gradcheck]", "pyright[nodejs]", "ruff"]

# The key is the namespace: the first half of each op's name.
[project.entry-points."mutorch.ops"]
acme = "acme_ops"

[tool.hatch.build.targets.wheel]
packages = ["acme_ops"]

# Every run of pytest checks every op's derivatives too.
[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = ["--gradcheck", "--gradcheck-op=acme"]

[tool.ruff]
line-length = 120

[tool.ruff.lint]
select = ["E", "F", "W", "I", "N", "UP", "B"]

# Rules stay unannotated: parameters are matched by name.
[tool.pyright]
include = ["acme_ops", "tests"]
typeCheckingMode = "strict"
reportMissingParameterType = false
reportUnknownArgumentType = false
reportUnknownLambdaType = false
reportUnknownMemberType = false
reportUnknownParameterType = false
reportUnknownVariableType = false
"""

PACKAGE = '''\
"""Ops of the namespace `acme`."""

from mutorch_core import hookimpl

from acme_ops.smooth import softplus

__all__ = ["softplus"]


@hookimpl
def mutorch_register_ops(namespace, api_version):
    """Return all ops of this package."""
    return [softplus]
'''

SMOOTH = '''\
"""Smooth versions of functions that have kinks."""

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import Interval

__all__ = ["softplus"]


@op("acme::softplus", domain={"x": Interval(-30, 30)})
def softplus(x: Array, /, *, beta: float = 1.0, xp: Namespace = injected) -> Array:
    """Smooth maximum of x and 0: log(1 + e^(beta x)) / beta. The larger beta, the closer to the maximum.

    Shapes: x (...), result (...). Units: those of 1 / beta.
    Rule:   g / (1 + e^(-beta x)).
    """
    return xp.logaddexp(beta * x, xp.zeros_like(x)) / beta


@softplus.vjp("x")
def _(g, x, beta, xp):
    return g / (1 + xp.exp(-beta * x))
'''

TEST = '''\
"""Values and slopes of `softplus`. `--gradcheck` checks its derivatives in the same run."""

import math

import mutorch_core as mt
import numpy as np
import pytest

from acme_ops import softplus


def test_softplus_of_zero_is_the_logarithm_of_two():
    assert softplus(0.0) == pytest.approx(math.log(2))
    assert softplus(0.0, beta=2.0) == pytest.approx(math.log(2) / 2)


def test_the_slope_is_the_logistic_function():
    x = np.linspace(-3, 3, 7)
    slope = mt.grad(lambda x: softplus(x).sum())(x)
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(-x)))
'''

WORKFLOW = """\
name: checks
on:
  push:
  pull_request:

jobs:
  checks:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python: ["3.11", "3.13"]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python }}
      - run: pip install ".[dev]"
      - run: ruff check
      - run: ruff format --check
      - run: pyright
      - run: mutorch gradcheck --namespace acme --require acme-ops --github
      - run: pytest
"""

README = """\
# acme-ops

Ops for [Mutorch](https://pypi.org/project/mutorch), with derivatives that are checked in CI.

```python
import mutorch_core as mt

from acme_ops import softplus

print(mt.grad(softplus)(0.0))  # 0.5
```

## Working on it

```sh
pip install --editable ".[dev]"
pytest
```

`pytest` runs the tests and checks the derivatives of every op; `mutorch gradcheck acme` does the latter alone, and
shows the smallest case in which a rule is wrong.

A new op is a function with `@op("acme::name")` and a rule with `@name.vjp("operand")`, as in `acme_ops/smooth.py`; then
it is listed in `acme_ops/__init__.py`.
"""

IGNORED = """\
__pycache__/
*.egg-info/
.venv/
.hypothesis/
.mutorch/
.pytest_cache/
.ruff_cache/
build/
dist/
"""

FILES: dict[str, str] = {
    "pyproject.toml": PYPROJECT,
    "README.md": README,
    ".gitignore": IGNORED,
    ".github/workflows/checks.yml": WORKFLOW,
    "acme_ops/__init__.py": PACKAGE,
    "acme_ops/smooth.py": SMOOTH,
    "acme_ops/py.typed": "",
    "tests/test_smooth.py": TEST,
}
"""The text of each file by its path."""
