"""A new op package in a fresh virtual environment, with a wheel of Mutorch: all its checks pass unchanged."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


class Environment:
    """A virtual environment that sees what is installed here behind its own, and nothing of this checkout."""

    def __init__(self, folder):
        venv.create(folder, with_pip=False)
        self.bin = folder / "bin"
        self.python = self.bin / "python"
        purelib = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
        # a plain line: what the outer environment has in editable form stays out
        purelib.joinpath("outer.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(self, *command, cwd):
        variables = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        variables["PATH"] = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
        return done.stdout

    def install(self, what, cwd):
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
        self.run(sys.executable, "-m", "pip", "--python", self.python, "install", *options, what, cwd=cwd)


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """The environment with both installed, and the new package's folder."""
    for module in ("hatchling", "pip"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"wheels can't be built here: {module} is not installed")
    if os.name == "nt":
        pytest.skip("the layout of virtual environments is another on Windows")
    folder = tmp_path_factory.mktemp("fresh")
    environment = Environment(folder / "venv")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    environment.install(next(folder.glob("mutorch-*.whl")), cwd=folder)
    environment.run("mutorch", "new", "acme", cwd=folder)
    environment.install(".", cwd=folder / "acme-ops")
    return environment, folder / "acme-ops"


def test_the_wheel_contains_the_templates_and_is_the_imported_package(acme):
    environment, folder = acme
    with zipfile.ZipFile(next(folder.parent.glob("mutorch-*.whl"))) as wheel:
        assert "mutorch_core/scaffold/templates.py" in wheel.namelist()
    code = "import mutorch_core, acme_ops; print(mutorch_core.__file__, acme_ops.__file__)"
    assert environment.run("python", "-c", code, cwd=folder.parent).count(str(environment.bin.parent)) == 2


def test_the_new_op_is_listed_and_passes_the_gradient_check(acme):
    environment, folder = acme
    assert "acme::softplus\tacme\t0.1.0" in environment.run("mutorch", "ops", "acme", cwd=folder)
    output = environment.run("mutorch", "gradcheck", "--namespace", "acme", "--require", "acme-ops", cwd=folder)
    assert "1 op: 1 proven" in output


def test_the_new_tests_pass_and_check_the_op(acme):
    environment, folder = acme
    output = environment.run("python", "-m", "pytest", "-v", "-p", "no:cacheprovider", cwd=folder)
    assert "mutorch::acme::softplus::value PASSED" in output
    assert "test_the_slope_is_the_logistic_function PASSED" in output


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["pyright"]], ids=" ".join)
def test_linters_and_type_checkers_accept_the_new_package(acme, command):
    environment, folder = acme
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    options = ["--pythonpath", str(environment.python)] if command == ["pyright"] else []
    environment.run(*command, *options, cwd=folder)
