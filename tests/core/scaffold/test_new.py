"""`mutorch new`: the files of a new op package, and what is refused."""

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


def test_every_file_is_there_and_says_nothing_of_the_template(folder):
    paths = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert paths == {named_after("fast_math", path) for path in FILES}
    assert paths >= {"pyproject.toml", "README.md", ".gitignore", "fast_math_ops/__init__.py", "fast_math_ops/py.typed"}
    assert not [path for path in paths if "acme" in folder.joinpath(path).read_text()]


def test_its_metadata_name_distribution_module_and_namespace(folder):
    project = tomllib.loads(folder.joinpath("pyproject.toml").read_text())
    assert project["project"]["name"] == "fast-math-ops"
    assert project["project"]["entry-points"]["mutorch.ops"] == {"fast_math": "fast_math_ops"}
    assert project["project"]["dependencies"] == [f"mutorch>={__version__}"]
    assert project["tool"]["pytest"]["ini_options"]["addopts"] == ["--gradcheck", "--gradcheck-op=fast_math"]


def test_its_op_has_a_domain_a_rule_and_its_own_name(folder):
    text = folder.joinpath("fast_math_ops", "smooth.py").read_text()
    ast.parse(text)
    assert '@op("fast_math::softplus", domain=' in text
    assert '@softplus.vjp("x")' in text


def test_its_ci_runs_every_check(folder):
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
def test_it_is_formatted_whatever_its_name(tmp_path, name):
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Acme", "'Acme' can't be a namespace: write a-z, 0-9 and single _, a letter first; acme would do"),
        ("fast-math-ops", "fast_math would do"),
        ("2d", "a letter first; d would do"),
        ("__", "a letter first\n"),
        ("acme/../x", "acme_x would do"),
        ("lambda", "'lambda' can't be a namespace: Python has it"),
        ("core", "'core' can't be a namespace: the engine has it"),
        ("basic", f"the namespace 'basic' is taken by mutorch {__version__}, which is installed: choose another"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(tmp_path, name, text):
    done = new("--into", tmp_path, "--", name)
    assert done.exit_code == 2
    assert text in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_exists_is_left_alone(tmp_path):
    folder = tmp_path / "acme-ops"
    folder.mkdir()
    done = new("acme", "--into", tmp_path)
    assert done.exit_code == 2
    assert f"{folder} exists: nothing was written" in done.stderr
    assert not list(folder.iterdir())


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    tmp_path.joinpath("file").write_text("")
    done = new("acme", "--into", tmp_path / "file" / "below")
    assert done.exit_code == 1
    assert "can't be written" in done.stderr
