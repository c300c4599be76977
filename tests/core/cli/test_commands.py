"""The `mutorch` command: its subcommands, and a bad plugin that stops none of them."""

import json
import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

import mutorch_core
from mutorch_core.cli import main
from mutorch_core.cli.commands import Deferred


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


def test_help_loads_neither_checker_nor_plugins_nor_rich(run_with_packages):
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


def test_output_of_a_plugins_import_goes_to_stderr(run_with_packages, acme):
    result = run_with_packages("plugins", "--json", acme=acme)
    assert "acme says hello" in result.stderr
    assert [entry["ops"] for entry in json.loads(result.stdout) if entry["namespace"] == "acme"] == [
        ["acme::twice", "acme::odd"]
    ]


def test_only_the_requested_namespaces_are_listed():
    listed = json.loads(invoke("ops", "nn", "core", "--json").stdout)
    assert {op["plugin"] for op in listed} == {"nn", "core"}


def test_an_unknown_namespace_is_an_error_that_names_the_known_ones():
    result = invoke("ops", "acme")
    assert result.exit_code == 2
    assert "no plugin has the namespace 'acme'; installed: basic, core, nn" in result.stderr


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        (lambda _: "1 / 0", "broken", "ZeroDivisionError: division by zero"),
        (lambda _: "import nowhere_to_be_found", "broken", "nowhere_to_be_found"),
        (lambda acme: acme.replace('"acme::odd"', '"other::odd"'), "conflict", "other::odd"),
    ],
)
def test_a_bad_plugin_is_listed_with_its_reason_and_stops_nothing(run_with_packages, acme, change, status, reason):
    result = run_with_packages("plugins", "--json", acme=change(acme))
    assert result.returncode == 0
    listed = {entry["namespace"]: entry for entry in json.loads(result.stdout)}
    assert listed["acme"]["status"] == status
    assert reason in listed["acme"]["reason"]
    assert listed["acme"]["ops"] == []
    assert listed["basic"]["status"] == "ok"

    ops = run_with_packages("ops", "--json")
    assert ops.returncode == 0
    assert f"warning: plugin 'acme' is {status}: " in ops.stderr
    assert "basic::add" in {op["name"] for op in json.loads(ops.stdout)}


def test_a_disabled_plugin_is_listed_without_a_warning(run_with_packages, monkeypatch):
    monkeypatch.setenv("MUTORCH_DISABLE", "acme")
    listed = {
        entry["namespace"]: entry for entry in json.loads(run_with_packages("plugins", "--json", acme="1 / 0").stdout)
    }
    assert listed["acme"]["status"] == "disabled"
    assert "MUTORCH_DISABLE=acme" in listed["acme"]["reason"]
    assert run_with_packages("ops").stderr == ""


@pytest.mark.parametrize("missing", ["hypothesis", "pytest", "xdist"])
def test_gradcheck_without_its_extra_names_the_package_to_install(missing):
    call = f"import sys; sys.modules[{missing!r}] = None; from mutorch_core.cli import main; main(['gradcheck'])"
    result = subprocess.run([sys.executable, "-c", call], check=False, capture_output=True, text=True)
    assert result.returncode == 2
    assert f'needs {missing}: pip install "mutorch[gradcheck]"' in result.stderr


def test_gradcheck_loads_the_command_of_the_checker():
    deferred = main.commands["gradcheck"]
    command = deferred.load()
    assert isinstance(command, click.Command)
    assert not isinstance(command, Deferred)
    assert invoke("gradcheck", "--help").exit_code == 0
