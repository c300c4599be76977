"""The rows of `mutorch ops` and `mutorch plugins`, as JSON, as a table and as tab-separated lines."""

import json
import re
import sys
from collections.abc import Sequence
from math import inf

from click.testing import CliRunner

import mutorch_core as mt
from mutorch_core import plugins
from mutorch_core.cli import main
from mutorch_core.cli.listing import (
    PLUGIN_COLUMNS,
    describe_domain,
    describe_kink,
    plugin_row,
    print_json,
    print_table,
    show_operand,
)
from mutorch_core.domain import At, Interval, Multiple, Tie, Union

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


def test_an_op_is_described_as_it_was_declared(run_with_packages, acme):
    result = run_with_packages("ops", "acme", "--json", acme=acme)
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


def test_a_pipe_receives_tab_separated_lines(run_with_packages, acme):
    lines = run_with_packages("ops", "acme", acme=acme).stdout.splitlines()
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


def test_a_reason_of_several_lines_is_printed_in_one_row(run_with_packages):
    lines = run_with_packages("plugins", acme='raise ValueError("first\\n\\tsecond")').stdout.splitlines()
    row = next(line for line in lines if line.startswith("acme"))
    status, ops, reason = row.split("\t")[3:]
    assert (status, ops) == ("broken", "0")
    assert re.fullmatch(r"ValueError: first second \[.*acme_ops.py:1\]", reason)


def test_the_ops_of_the_core_are_listed_for_the_distribution_mutorch():
    row = next(op for op in json.loads(invoke("ops", "core", "--json").stdout) if op["name"] == "core::sum_to")
    assert (row["distribution"], row["plugin"]) == ("mutorch", plugins.CORE)


def test_domains_and_kinks_are_described_without_infinities():
    assert describe_domain(Union(Interval(-inf, 0), Interval(1, 2))) == [[None, 0], [1, 2]]
    assert describe_kink(Tie("x1", "x2", shares=(0.5, 0.5))) == {
        "kind": "tie",
        "operands": ("x1", "x2"),
        "shares": (0.5, 0.5),
    }
    assert describe_kink(At("x", inf)) == {"kind": "at", "operand": "x", "value": None, "cotangent": None}
    assert describe_kink(Multiple("x1", "x2")) == {"kind": "multiple", "operand": "x1", "of": "x2"}


def test_an_operand_is_shown_by_its_kind():
    @mt.op("toy::kinds", nondiff=("x", "arrays", "key", "rest"))
    def kinds(x: mt.Array, arrays: Sequence[mt.Array], key: mt.Array | None = None, *rest: mt.Array) -> mt.Array:
        return x

    assert [show_operand(operand) for operand in kinds.operands] == ["x", "[arrays]", "key?", "*rest"]


def test_json_is_one_list_in_utf8(capsys):
    print_json(iter([{"symbol": "∂"}, {}]))
    out = capsys.readouterr().out
    assert json.loads(out) == [{"symbol": "∂"}, {}]
    assert "∂" in out


def test_a_cell_of_several_lines_is_one_cell_in_a_pipe(capsys):
    print_table(("a", "b"), [("x\ny\tz", "")])
    assert capsys.readouterr().out == "a\tb\nx y z\t\n"


def test_a_plugin_row_has_a_cell_for_each_column():
    record = plugins.record("nn")
    row = plugin_row(record)
    assert len(row) == len(PLUGIN_COLUMNS)
    assert row[:4] == ("nn", "mutorch", record.version, "ok")
    assert row[4] == str(len(record.ops))
