"""The rows of `mutorch ops` and `mutorch plugins`, as JSON, as a table and as tab-separated lines."""

import json
import re
import sys

from click.testing import CliRunner

from mutorch_core import plugins
from mutorch_core.cli import main
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


def invoke(*arguments):
    return CliRunner().invoke(main, arguments, prog_name="mutorch")


def test_ops_as_json_have_the_documented_keys():
    listed = json.loads(invoke("ops", "--json").stdout)
    assert {op["name"] for op in listed} >= {"basic::add", "nn::relu", "core::sum_to"}
    for op in listed:
        assert set(op) == OP_KEYS
        assert op["plugin"] == op["name"].partition("::")[0]
        assert op["order"] == (2 if op["differentiable"] else 0)


def test_an_op_is_described_as_it_was_declared(strangers, acme):
    result = strangers("ops", "acme", "--json", acme=acme)
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


def test_a_pipe_receives_tab_separated_lines(strangers, acme):
    lines = strangers("ops", "acme", acme=acme).stdout.splitlines()
    assert lines[0].split("\t") == ["name", "plugin", "version", "operands", "domain", "order"]
    assert lines[1].split("\t") == ["acme::twice", "acme", "1.2", "x", "x in (0, inf)", "2"]
    assert lines[2].split("\t") == ["acme::odd", "acme", "1.2", "[x], *rest, key?", "", "0"]


def test_a_terminal_receives_a_table_with_brackets_unchanged(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    print_table(("name", "operands"), [("acme::odd", "[red]")])
    output = capsys.readouterr().out
    assert "[red]" in output
    assert "─" in output


def test_plugins_as_json_have_the_documented_keys():
    listed = {entry["namespace"]: entry for entry in json.loads(invoke("plugins", "--json").stdout)}
    for entry in listed.values():
        assert set(entry) == PLUGIN_KEYS
    assert listed["basic"]["status"] == "ok"
    assert listed["basic"]["distribution"] == "mutorch"
    assert "basic::add" in listed["basic"]["ops"]


def test_a_reason_of_several_lines_is_printed_in_one_row(strangers):
    lines = strangers("plugins", acme='raise ValueError("first\\n\\tsecond")').stdout.splitlines()
    row = next(line for line in lines if line.startswith("acme"))
    status, ops, reason = row.split("\t")[3:]
    assert (status, ops) == ("broken", "0")
    assert re.fullmatch(r"ValueError: first second \[.*acme_ops.py:1\]", reason)


def test_the_ops_of_the_core_are_listed_for_the_distribution_mutorch():
    row = next(op for op in json.loads(invoke("ops", "core", "--json").stdout) if op["name"] == "core::sum_to")
    assert (row["distribution"], row["plugin"]) == ("mutorch", plugins.CORE)
