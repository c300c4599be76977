"""The rows of `mutorch ops` and `mutorch plugins`: JSON objects for `--json`, table cells otherwise.

Tables are Rich's on a terminal, tab-separated lines in a pipe.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

if TYPE_CHECKING:
    from mutorch_core.declaration.op import Op
    from mutorch_core.declaration.signatures import Operand
    from mutorch_core.domain import Domain, Kink
    from mutorch_core.plugins import Record

__all__ = [
    "OP_COLUMNS",
    "PLUGIN_COLUMNS",
    "describe_op",
    "describe_plugin",
    "op_row",
    "plugin_row",
    "print_json",
    "print_table",
]

OP_COLUMNS = ("name", "plugin", "version", "operands", "domain", "order")
PLUGIN_COLUMNS = ("namespace", "distribution", "version", "status", "ops", "reason")


def describe_op(op: Op[Any, Any], record: Record) -> dict[str, Any]:
    """Return the JSON object of an op. An overridden op has the name of its replacement."""
    overridden = {"overridden_by": op.substitute.name} if op.substitute is not None else {}
    return overridden | {
        "name": op.name,
        "plugin": op.namespace,
        "distribution": record.distribution,
        "version": record.version,
        "operands": [operand.name for operand in op.operands],
        "parameters": [parameter.name for parameter in op.parameters],
        "differentiable": op.differentiable,
        "domain": {operand: describe_domain(domain) for operand, domain in op.domain.items()},
        "kinks": [describe_kink(kink) for kink in op.kinks],
        "order": order_of(op),
        "symbol": op.declaration.symbol,
        "aliases": list(op.aliases),
    }


def describe_domain(domain: Domain) -> list[list[float | None]]:
    """Return pairs of low and high; null for an infinite end, since JSON has no infinity."""
    return [[finite(interval.low), finite(interval.high)] for interval in domain.intervals]


def describe_kink(kink: Kink) -> dict[str, Any]:
    """Return the kink's class in lower case, and its fields."""
    fields = {name: finite(value) for name, value in attrs.asdict(kink).items()}
    return {"kind": type(kink).__name__.lower(), **fields}


def finite(value: Any) -> Any:
    """Return the value, or None for an infinite number."""
    return None if isinstance(value, float) and math.isinf(value) else value


def describe_plugin(record: Record) -> dict[str, Any]:
    """Return the JSON object of a plugin."""
    return {
        "namespace": record.namespace,
        "distribution": record.distribution,
        "version": record.version,
        "status": record.status,
        "reason": record.reason,
        "ops": list(record.ops),
    }


def order_of(op: Op[Any, Any]) -> int:
    """Return 2, for every order, if the op is differentiable, else 0."""
    return 2 if op.differentiable else 0


def print_json(items: Iterable[dict[str, Any]]) -> None:
    """Print one list."""
    click.echo(json.dumps(list(items), indent=2, ensure_ascii=False, allow_nan=False))


def op_row(op: Op[Any, Any], record: Record) -> tuple[str, ...]:
    """Return the cells of `OP_COLUMNS`."""
    domain = ", ".join(f"{operand} in {domain}" for operand, domain in op.domain.items())
    operands = ", ".join(map(show_operand, op.operands))
    name = op.name if op.substitute is None else f"{op.name} (overridden by {op.substitute.name})"
    return name, op.namespace, record.version, operands, domain, str(order_of(op))


def show_operand(operand: Operand) -> str:
    """Format an operand: `x`, `x?` if it is optional, `[x]` for a sequence, `*x` for any number."""
    shown = {"single": "{}", "sequence": "[{}]", "variadic": "*{}"}[operand.kind].format(operand.name)
    return f"{shown}?" if operand.optional else shown


def plugin_row(record: Record) -> tuple[str, ...]:
    """Return the cells of `PLUGIN_COLUMNS`."""
    count = str(len(record.ops))
    return record.namespace, record.distribution, record.version, record.status, count, record.reason


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Rich table on a terminal; in a pipe a header line and tab-separated rows."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            click.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
