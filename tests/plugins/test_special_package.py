"""The package of special functions, built, installed and checked as a stranger's is; and `xp.special`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "docs" / "plugins" / "mutorch_ops_special"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder on the path of a fresh process, where the package is installed."""
    target = tmp_path_factory.mktemp("site")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(target)]
    done = run([*install, str(PACKAGE)])
    assert done.returncode == 0, done.stderr
    return target


def run(arguments, **environment):
    """What a fresh Python says."""
    return subprocess.run(
        [sys.executable, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def path_with(site):
    """The path of modules with that folder in front."""
    return os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])


def said(code, **environment):
    """What a program prints, word by word."""
    done = run(["-W", "error", "-c", code], **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_every_op_of_the_installed_package_is_proven(site):
    options = ["--namespace", "special", "--profile", "quick", "--jobs", "2", "--require", "mutorch-ops-special>=0.1"]
    call = f"from mutorch_core.cli import main; main(['gradcheck', *{options}], prog_name='mutorch')"
    done = run(["-c", call], PYTHONPATH=path_with(site))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "71 ops: 71 proven" in done.stdout


NAMESPACES = """
import sys
import mutorch_core as mt, mutorch_ops_basic as xp, numpy as np
assert "mutorch_ops_special" not in sys.modules
x = mt.Var(np.asarray(1.0))
special = x.__array_namespace__().special
assert special is xp.special is sys.modules["mutorch_ops_special"]
special.spence(x).backprop()
print(x.grad, xp.special.stats.norm.cdf(0.0))
"""


def test_the_installed_package_is_the_namespace_special_from_its_first_use_on(site):
    assert said(NAMESPACES, PYTHONPATH=path_with(site)) == ["-1.0", "0.5"]


ABSENT = """
import mutorch_ops_basic as xp
for name in ("special", "nonsense"):
    try:
        getattr(xp, name)
    except AttributeError as error:
        print(str(error).replace(" ", "_"))
"""


def test_without_a_provider_the_namespace_says_what_to_install():
    special, nonsense = said(ABSENT, MUTORCH_DISABLE="special")
    assert "special" in special
    assert nonsense == "module_'mutorch_ops_basic'_has_no_attribute_'nonsense'"


OTHER_LIBRARIES = """
import array_api_strict, mutorch_ops_basic as xp
print(xp.on("array_api_strict").special is xp.special)
"""


def test_the_namespace_of_each_library_has_it(site):
    pytest.importorskip("array_api_strict")
    assert said(OTHER_LIBRARIES, PYTHONPATH=path_with(site)) == ["True"]
