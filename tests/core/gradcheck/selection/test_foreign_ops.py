"""`mutorch gradcheck --import MODULE:NAME`: a function that is not installed is checked and reproduced."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from mutorch_core.cli import main
from mutorch_core.gradcheck.failures import SelectionError
from mutorch_core.gradcheck.selection.foreign_ops import import_op, import_text

MODULE = """
import torch
from mutorch_core import Array, op

class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2

class Wrong(Cube):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 2 * x**2

def sine(x):
    return torch.sin(x)

class Holder:
    sine = staticmethod(sine)

@op("elsewhere::twice")
def twice(x: Array, /) -> Array:
    return 2 * x

@twice.vjp("x")
def _(g):
    return 2 * g

number = 3
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Make a folder with a module that is not installed the current one."""
    pytest.importorskip("torch")
    (tmp_path / "my_functions.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield "my_functions"
    from mutorch_core.gradcheck.selection import foreign_ops as imports
    from mutorch_core.gradcheck.selection import installed_ops as selection

    sys.modules.pop("my_functions", None)
    imports.IMPORT_TEXTS.clear()
    selection.FOREIGN_OPS.clear()


def test_a_function_is_named_after_where_it_was(module):
    op = import_op(f"{module}:Cube")
    assert op.name == "import::Cube"
    assert import_text(op) == f"{module}:Cube"
    assert import_op(f"{module}:Cube") is op


def test_an_attribute_of_an_attribute_and_an_op_can_be_imported(module):
    assert import_op(f"{module}:Holder.sine").name == "import::Holder.sine"
    assert import_op(f"{module}:twice").name == "elsewhere::twice"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("my_functions", "write MODULE:NAME"),
        ("my_function:Cube", "my_function can't be imported: ModuleNotFoundError"),
        ("my_functions:Cubes", "has no 'Cubes'; did you mean Cube"),
        ("my_functions:number", "is a int: only an op or a function of arrays"),
    ],
)
def test_what_can_not_be_imported_is_said(module, text, message):
    with pytest.raises(SelectionError, match=message):
        import_op(text)
    result = CliRunner().invoke(main, ["gradcheck", "--import", text])
    assert result.exit_code == 2
    assert message in result.output


def test_the_command_checks_it_alone_and_says_how_to_see_it_again(module):
    command = [sys.executable, "-c", "from mutorch_core.cli import main; main()", "gradcheck", "--profile", "quick"]
    command += ["--order", "1", "--import", f"{module}:Cube", "--import", f"{module}:Wrong"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert "2 ops: 1 proven, 1 wrong" in run.stdout
    assert "mutorch gradcheck --import my_functions:Wrong --case" in run.stdout
    assert "import_op('my_functions:Wrong')" in run.stdout
