"""The files of a new op package."""

import ast
import re
import shutil
import subprocess
import tomllib

import pytest
from click.testing import CliRunner

from mutorch_core.cli import main
from mutorch_core.scaffold.command import named_after
from mutorch_core.scaffold.templates import FILES
from mutorch_core.version import __version__


def new(*arguments):
    return CliRunner().invoke(main, ["new", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path):
    """A new package whose name has a part that its distribution writes otherwise."""
    done = new("fast_math", "--into", tmp_path)
    assert done.exit_code == 0, done.output
    assert f"cd {tmp_path / 'fast-math-ops'}" in done.output
    return tmp_path / "fast-math-ops"


def test_every_file_is_written_and_no_template_name_is_left(folder):
    paths = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert paths == {named_after("fast_math", path) for path in FILES}
    assert paths >= {"pyproject.toml", "README.md", ".gitignore", "fast_math_ops/__init__.py", "fast_math_ops/py.typed"}
    assert not [path for path in paths if "acme" in folder.joinpath(path).read_text()]


def test_the_metadata_names_distribution_module_and_namespace(folder):
    project = tomllib.loads(folder.joinpath("pyproject.toml").read_text())
    assert project["project"]["name"] == "fast-math-ops"
    assert project["project"]["entry-points"]["mutorch.ops"] == {"fast_math": "fast_math_ops"}
    assert project["project"]["dependencies"] == [f"mutorch>={__version__}"]
    assert project["tool"]["pytest"]["ini_options"]["addopts"] == ["--gradcheck", "--gradcheck-op=fast_math"]


def test_the_op_has_a_domain_a_rule_and_the_namespace_of_the_package(folder):
    text = folder.joinpath("fast_math_ops", "smooth.py").read_text()
    ast.parse(text)
    assert '@op("fast_math::softplus", domain=' in text
    assert '@softplus.vjp("x")' in text


def test_the_ci_workflow_runs_every_check(folder):
    steps = re.findall(r"- run: (.+)", folder.joinpath(".github", "workflows", "checks.yml").read_text())
    assert steps == [
        'pip install ".[dev]"',
        "ruff check",
        "ruff format --check",
        "pyright",
        "mutorch gradcheck --namespace fast_math --require fast-math-ops --github",
        "pytest",
    ]


@pytest.mark.skipif(shutil.which("ruff") is None, reason="ruff is not installed")
@pytest.mark.parametrize("name", ["a", "an_op_package_with_a_rather_long_name", "zeta"])
def test_the_files_are_formatted_for_any_name(tmp_path, name):
    new(name, "--into", tmp_path)
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            ["ruff", *command, "--no-cache", "."],
            cwd=next(tmp_path.iterdir()),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
