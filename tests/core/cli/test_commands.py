"""The `mutorch` command: what it lists, and that one bad plugin stops nothing."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

import mutorch_core
from mutorch_core import plugins
from mutorch_core.cli import main
from mutorch_core.cli.commands import Deferred
from mutorch_core.cli.listing import print_table

OP_KEYS = {
    "name",
    "plugin",
    "distribution",
    "version",
    "operands",
    "parameters",
    "differentiable",
    "domain",
    "kinks",
    "order",
    "symbol",
    "aliases",
}
PLUGIN_KEYS = {"namespace", "distribution", "version", "status", "reason", "ops"}
ACME = '''
"""A stranger's op package."""
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
def strangers(tmp_path):
    """Runs `mutorch …` in a new interpreter with further distributions, given by their module's text."""

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


def invoke(*arguments):
    return CliRunner().invoke(main, arguments, prog_name="mutorch")


def test_help_names_every_command():
    result = invoke("--help")
    assert result.exit_code == 0
    for command in ("gradcheck", "ops", "plugins"):
        assert command in result.output


def test_the_version_is_the_distributions():
    assert invoke("--version").output == f"mutorch {version('mutorch')}\n"
    assert mutorch_core.__version__ == version("mutorch")


def test_help_loads_neither_checker_nor_plugins_nor_rich(strangers):
    probe = "import atexit, sys; atexit.register(lambda: print('LOADED', *sys.modules))"
    command = f"{probe}; from mutorch_core.cli import main; main(['--help'])"
    result = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.partition("LOADED")[2].split())
    assert "mutorch_core.cli" in loaded
    assert not loaded & {
        "mutorch_ops_basic",
        "mutorch_ops_nn",
        "hypothesis",
        "pytest",
        "rich",
        "mutorch_core.gradcheck",
    }


def test_ops_as_json_have_the_documented_keys():
    listed = json.loads(invoke("ops", "--json").stdout)
    assert {op["name"] for op in listed} >= {"basic::add", "nn::relu", "core::sum_to"}
    for op in listed:
        assert set(op) == OP_KEYS
        assert op["plugin"] == op["name"].partition("::")[0]
        assert op["order"] == (2 if op["differentiable"] else 0)


def test_an_op_is_described_as_it_was_declared(strangers):
    result = strangers("ops", "acme", "--json", acme=ACME)
    twice, odd = sorted(json.loads(result.stdout), key=lambda op: op["name"], reverse=True)
    assert twice == {
        "name": "acme::twice",
        "plugin": "acme",
        "distribution": "acme-ops",
        "version": "1.2",
        "operands": ["x"],
        "parameters": ["factor"],
        "differentiable": True,
        "domain": {"x": [[0, None]]},
        "kinks": [{"kind": "at", "operand": "x", "value": 1.0, "cotangent": 0.5}],
        "order": 2,
        "symbol": "[twice]",
        "aliases": ["double"],
    }
    assert (odd["operands"], odd["differentiable"], odd["order"]) == (["x", "rest", "key"], False, 0)


def test_what_a_plugin_prints_on_import_is_not_in_the_list(strangers):
    result = strangers("plugins", "--json", acme=ACME)
    assert "acme says hello" in result.stderr
    assert [entry["ops"] for entry in json.loads(result.stdout) if entry["namespace"] == "acme"] == [
        ["acme::twice", "acme::odd"]
    ]


def test_a_pipe_gets_tab_separated_lines(strangers):
    lines = strangers("ops", "acme", acme=ACME).stdout.splitlines()
    assert lines[0].split("\t") == ["name", "plugin", "version", "operands", "domain", "order"]
    assert lines[1].split("\t") == ["acme::twice", "acme", "1.2", "x", "x in (0, inf)", "2"]
    assert lines[2].split("\t") == ["acme::odd", "acme", "1.2", "[x], *rest, key?", "", "0"]


def test_a_terminal_gets_a_table_that_takes_brackets_as_they_are(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    print_table(("name", "operands"), [("acme::odd", "[red]")])
    output = capsys.readouterr().out
    assert "[red]" in output
    assert "─" in output


def test_only_the_asked_namespaces_are_listed():
    listed = json.loads(invoke("ops", "nn", "core", "--json").stdout)
    assert {op["plugin"] for op in listed} == {"nn", "core"}


def test_an_unknown_namespace_is_an_error_that_names_the_known_ones():
    result = invoke("ops", "acme")
    assert result.exit_code == 2
    assert "no plugin has the namespace 'acme'; installed: basic, core, nn" in result.stderr


def test_plugins_as_json_have_the_documented_keys():
    listed = {entry["namespace"]: entry for entry in json.loads(invoke("plugins", "--json").stdout)}
    for entry in listed.values():
        assert set(entry) == PLUGIN_KEYS
    assert listed["basic"]["status"] == "ok"
    assert listed["basic"]["distribution"] == "mutorch"
    assert "basic::add" in listed["basic"]["ops"]


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ("1 / 0", "broken", "ZeroDivisionError: division by zero"),
        ("import nowhere_to_be_found", "broken", "nowhere_to_be_found"),
        (ACME.replace('"acme::odd"', '"other::odd"'), "conflict", "other::odd"),
    ],
)
def test_a_bad_plugin_is_listed_with_its_reason_and_stops_nothing(strangers, text, status, reason):
    result = strangers("plugins", "--json", acme=text)
    assert result.returncode == 0
    listed = {entry["namespace"]: entry for entry in json.loads(result.stdout)}
    assert listed["acme"]["status"] == status
    assert reason in listed["acme"]["reason"]
    assert listed["acme"]["ops"] == []
    assert listed["basic"]["status"] == "ok"

    ops = strangers("ops", "--json")
    assert ops.returncode == 0
    assert f"warning: plugin 'acme' is {status}: " in ops.stderr
    assert "basic::add" in {op["name"] for op in json.loads(ops.stdout)}


def test_a_disabled_plugin_is_listed_without_a_warning(strangers, monkeypatch):
    monkeypatch.setenv("MUTORCH_DISABLE", "acme")
    listed = {entry["namespace"]: entry for entry in json.loads(strangers("plugins", "--json", acme="1 / 0").stdout)}
    assert listed["acme"]["status"] == "disabled"
    assert "MUTORCH_DISABLE=acme" in listed["acme"]["reason"]
    assert strangers("ops").stderr == ""


def test_a_reason_of_several_lines_stays_one_row(strangers):
    lines = strangers("plugins", acme='raise ValueError("first\\n\\tsecond")').stdout.splitlines()
    row = next(line for line in lines if line.startswith("acme"))
    status, ops, reason = row.split("\t")[3:]
    assert (status, ops) == ("broken", "0")
    assert re.fullmatch(r"ValueError: first second \[.*acme_ops.py:1\]", reason)


@pytest.mark.parametrize("missing", ["hypothesis", "pytest", "xdist"])
def test_gradcheck_without_its_extra_says_what_to_install(missing):
    call = f"import sys; sys.modules[{missing!r}] = None; from mutorch_core.cli import main; main(['gradcheck'])"
    result = subprocess.run([sys.executable, "-c", call], check=False, capture_output=True, text=True)
    assert result.returncode == 2
    assert f'needs {missing}: pip install "mutorch[gradcheck]"' in result.stderr


def test_gradcheck_is_the_checkers_own_command():
    deferred = main.commands["gradcheck"]
    command = deferred.load()
    assert isinstance(command, click.Command)
    assert not isinstance(command, Deferred)
    assert invoke("gradcheck", "--help").exit_code == 0


def test_the_core_is_listed_as_mutorchs_own():
    row = next(op for op in json.loads(invoke("ops", "core", "--json").stdout) if op["name"] == "core::sum_to")
    assert (row["distribution"], row["plugin"]) == ("mutorch", plugins.CORE)
