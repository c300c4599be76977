"""The `mutorch` command.

    mutorch ops [--json] [NAMESPACE…]    every registered op
    mutorch plugins [--json]             every installed op package, a broken one with its reason
    mutorch plugins --explain NAME       everything that is known of one
    mutorch new NAME                     a new op package, complete and green
    mutorch stubs                        what type checkers see of `mt.ops`
    mutorch gradcheck [OP | NAMESPACE…]  check every derivative

A command's imports are its own: help and the lists load neither the checker nor what that needs. Tables are
Rich's on a terminal, tab-separated lines in a pipe.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import attrs
import click

if TYPE_CHECKING:
    from mutorch_core.declare import Op
    from mutorch_core.domain import Domain, Kink
    from mutorch_core.plugins import Record
    from mutorch_core.signatures import Operand

__all__ = ["main"]

OP_COLUMNS = ("name", "plugin", "version", "operands", "domain", "order")
PLUGIN_COLUMNS = ("namespace", "distribution", "version", "status", "ops", "reason")


class Deferred(click.Command):
    """Stands for a command in the list of commands; the command itself is imported when it is called."""

    def __init__(self, name: str, module: str, short_help: str) -> None:
        super().__init__(name, short_help=short_help)
        self.module = module

    def load(self) -> click.Command:
        """The command: its module's attribute of the same name."""
        command: click.Command = getattr(importlib.import_module(self.module), str(self.name))
        return command


class Commands(click.Group):
    """A group whose deferred commands are imported only when one of them is called."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """What to run: as click finds it, with the real command in the place of a deferred one."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Deferred) else command, rest


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mutorch", message="%(prog)s %(version)s")
def main() -> None:
    """Automatic differentiation in which every op is a plugin and every derivative is checked."""


main.add_command(
    Deferred("gradcheck", "mutorch_core.gradcheck.execution.command", "Check the derivatives of every installed op.")
)
main.add_command(Deferred("new", "mutorch_core.scaffold.command", "Make a new op package."))
main.add_command(Deferred("stubs", "mutorch_core.stubs", "Write what type checkers see of `mt.ops`."))


@main.command("ops")
@click.argument("namespaces", metavar="[NAMESPACE]…", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of a table.")
def list_ops(namespaces: tuple[str, ...], as_json: bool) -> None:
    """List the registered ops, all or those of some NAMESPACEs.

    A plugin that can't be used is named on stderr and stops nothing.
    """
    import mutorch_core as mt

    plugins = {record.namespace: record for record in loaded_plugins()}
    known = {mt.plugins.CORE, *plugins}
    for namespace in namespaces:
        if namespace not in known:
            raise click.UsageError(f"no plugin has the namespace {namespace!r}; installed: {', '.join(sorted(known))}")
    wanted = set(namespaces) or known
    for record in plugins.values():
        if record.namespace in wanted and record.status not in ("ok", "disabled"):
            click.echo(f"warning: plugin {record.namespace!r} is {record.status}: {record.reason}", err=True)
    own = mt.plugins.Record(mt.plugins.CORE, "mutorch_core", None)
    ops = [(op, plugins.get(op.namespace, own)) for op in mt.ops.values() if op.namespace in wanted]
    if as_json:
        print_json(describe_op(op, record) for op, record in ops)
    else:
        print_table(OP_COLUMNS, [op_row(op, record) for op, record in ops])


@main.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of a table.")
@click.option("--explain", metavar="NAME", help="All about one: its namespace, distribution or module.")
def list_plugins(as_json: bool, explain: str | None) -> None:
    """List the installed op packages.

    One that can't be used is listed with the reason.
    """
    records = loaded_plugins()
    if explain is not None:
        explain_plugin(explain, as_json)
    elif as_json:
        print_json(map(describe_plugin, records))
    else:
        print_table(PLUGIN_COLUMNS, [plugin_row(record) for record in records])


def explain_plugin(name: str, as_json: bool) -> None:
    """Print what is known of a plugin, of each where a distribution has several."""
    from mutorch_core.explanation import explained, named

    if as_json:
        raise click.UsageError("--explain is for people: --json lists all plugins")
    records = named(name)
    if not records:
        installed = ", ".join(record.namespace for record in loaded_plugins()) or "none"
        raise click.UsageError(f"no plugin is called {name!r}; installed: {installed}")
    for record in records:
        for heading, text in explained(record):
            lines = text.splitlines() or [""]
            click.echo(f"{heading:<14}" + f"\n{'':<14}".join(lines))


def loaded_plugins() -> Sequence[Record]:
    """Every plugin's record. What a plugin prints on import goes to stderr: stdout is the list's."""
    from mutorch_core import plugins

    with redirect_stdout(sys.stderr):
        return plugins.records()


# --------------------------------------------------------------------------------------------- what JSON says


def describe_op(op: Op[Any, Any], record: Record) -> dict[str, Any]:
    """An op as `--json` has it; one that another answers for says by which it is overridden."""
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
        "symbol": op.symbol,
        "aliases": list(op.aliases),
    }


def describe_domain(domain: Domain) -> list[list[float | None]]:
    """Pairs of low and high; null where an interval has no end, for JSON has no infinity."""
    return [[finite(interval.low), finite(interval.high)] for interval in domain.intervals]


def describe_kink(kink: Kink) -> dict[str, Any]:
    """The kink's class in lower case, and its fields."""
    fields = {name: finite(value) for name, value in attrs.asdict(kink).items()}
    return {"kind": type(kink).__name__.lower(), **fields}


def finite(value: Any) -> Any:
    """The value, or None where it is an infinite number."""
    return None if isinstance(value, float) and math.isinf(value) else value


def describe_plugin(record: Record) -> dict[str, Any]:
    """A plugin as `--json` has it."""
    return {
        "namespace": record.namespace,
        "distribution": record.distribution,
        "version": record.version,
        "status": record.status,
        "reason": record.reason,
        "ops": list(record.ops),
    }


def order_of(op: Op[Any, Any]) -> int:
    """2 where gradients flow through, which stands for every order; 0 where none do."""
    return 2 if op.differentiable else 0


def print_json(items: Iterable[dict[str, Any]]) -> None:
    """Print one list."""
    click.echo(json.dumps(list(items), indent=2, ensure_ascii=False, allow_nan=False))


# ------------------------------------------------------------------------------------------- what tables say


def op_row(op: Op[Any, Any], record: Record) -> tuple[str, ...]:
    """The cells of `OP_COLUMNS`."""
    domain = ", ".join(f"{operand} in {domain}" for operand, domain in op.domain.items())
    operands = ", ".join(map(show_operand, op.operands))
    name = op.name if op.substitute is None else f"{op.name} (overridden by {op.substitute.name})"
    return name, op.namespace, record.version, operands, domain, str(order_of(op))


def show_operand(operand: Operand) -> str:
    """`x`, `x?` where it is optional, `[x]` for a sequence, `*x` for any number."""
    shown = {"single": "{}", "sequence": "[{}]", "variadic": "*{}"}[operand.kind].format(operand.name)
    return f"{shown}?" if operand.optional else shown


def plugin_row(record: Record) -> tuple[str, ...]:
    """The cells of `PLUGIN_COLUMNS`."""
    count = str(len(record.ops))
    return record.namespace, record.distribution, record.version, record.status, count, record.reason


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A Rich table on a terminal; in a pipe a header line and tab-separated rows."""
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
