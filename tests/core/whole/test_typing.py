"""Pyright on ops called from their package, and on `mt.ops` with the stubs of the installed plugins."""

import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from mutorch_core.cli import main

LINES = {
    "reveal_type(xp.sum)":
        'Type of "xp.sum" is "Op[(x: Any, /, *, axis: int | Sequence[int] | None = None, dtype: Any = None, '
        'keepdims: bool = False, xp: Any = injected), Any]"',
    "reveal_type(nn.leaky_relu(1.0, 0.1))": 'Type of "nn.leaky_relu(1, 0.1)" is "Any"',
    "reveal_type(xp.linalg.slogdet(x))": 'Type of "xp.linalg.slogdet(x)" is "SlogdetResult"',
    "reveal_type(xp.linalg.slogdet(x).sign)": 'Type of "xp.linalg.slogdet(x).sign" is "Any"',
    "xp.add(x)": "Expected 1 more positional argument",
    'xp.sum(x, axis="rows")': "No overloads|cannot be assigned to parameter|incompatible",
    "xp.sum(x, axes=0)": 'No parameter named "axes"',
    "xp.sum(x=x)": "Expected 1 more positional argument",
    "reveal_type(mt.ops.basic.add(x, x))": 'Type of "mt.ops.basic.add(x, x)" is "Any"',
    "reveal_type(mt.ops.basic.mul)": 'Type of "mt.ops.basic.mul" is "_multiply"',
    "reveal_type(mt.ops.basic.linalg.slogdet(x))": 'Type of "mt.ops.basic.linalg.slogdet(x)" is "SlogdetResult"',
    "reveal_type(mt.ops.nn.relu.differentiable)": 'Type of "mt.ops.nn.relu.differentiable" is "bool"',
    'reveal_type(mt.ops["nn::relu"].name)': 'is "str"',
    "mt.ops.basic.add(x, x, x)": "Expected 2 positional arguments",
    "mt.ops.basic.sum(x, axes=0)": 'No parameter named "axes"',
    "mt.ops.basic.nothing": 'Cannot access attribute "nothing" for class "_basic"',
    "mt.ops.nowhere": 'Cannot access attribute "nowhere" for class "Ops"',
}  # fmt: skip
RIGHT = [
    "mt.grad(nn.relu)(x)",
    "mt.ops.basic.linalg.det(x)",
    "xp.concat([x, x], axis=0)",
    "mt.ops.nn.softmax(x, axis=0)",
]
HEAD = "import mutorch_core as mt\nimport mutorch_ops_basic as xp\nimport mutorch_ops_nn as nn\n\nx = mt.Var(1.0)\n"


@pytest.fixture(scope="module")
def diagnostics(tmp_path_factory):
    """The output of `mutorch stubs`, and pyright's message for each line, with the stubs in its default folder."""
    if shutil.which("pyright") is None:
        pytest.skip("pyright is not installed")
    folder = tmp_path_factory.mktemp("typed")
    written = CliRunner().invoke(main, ["stubs", "--output", str(folder / "typings")])
    assert written.exit_code == 0, written.output
    folder.joinpath("use.py").write_text(HEAD + "\n".join([*LINES, *RIGHT]) + "\n")
    folder.joinpath("pyrightconfig.json").write_text('{"reportUnusedExpression": false}')
    command = ["pyright", "--outputjson", "--pythonpath", sys.executable, "use.py", "typings"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert not [each for each in found if each["file"].endswith(".pyi")]
    first = HEAD.count("\n")
    messages = {each["range"]["start"]["line"] - first: each["message"] for each in found}
    return written.output, {line: messages.get(number) for number, line in enumerate([*LINES, *RIGHT])}


@pytest.mark.parametrize("line", LINES)
def test_pyright_reports_the_expected_message(diagnostics, line):
    message = diagnostics[1][line]
    assert message is not None
    assert any(part in message for part in LINES[line].split("|")) or LINES[line] in message


@pytest.mark.parametrize("line", RIGHT)
def test_pyright_accepts_a_correct_call(diagnostics, line):
    assert diagnostics[1][line] is None


def test_the_stubs_command_prints_the_files_that_it_wrote(diagnostics):
    assert "registry.pyi: " in diagnostics[0]
    assert "ops of basic, core, nn" in diagnostics[0]
