"""The `mutorch` command.

    mutorch ops [--json] [NAMESPACE…]    every registered op
    mutorch plugins [--json]             every installed op package, a broken one with its reason
    mutorch plugins --explain NAME       everything that is known about one
    mutorch new NAME                     a new op package, complete and green
    mutorch stubs                        type stubs of `mt.ops`
    mutorch gradcheck [OP | NAMESPACE…]  check every derivative

Each command imports its own modules, so that help and the lists load neither the checker nor its dependencies.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import click

from mutorch_core.cli.listing import (
    OP_COLUMNS,
    PLUGIN_COLUMNS,
    describe_op,
    describe_plugin,
    op_row,
    plugin_row,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from mutorch_core.plugins import Record

__all__ = ["main"]


class Deferred(click.Command):
    """A placeholder in the list of commands. The command itself is imported when it is called."""

    def __init__(self, name: str, module: str, short_help: str) -> None:
        super().__init__(name, short_help=short_help)
        self.module = module

    def load(self) -> click.Command:
        """Import the command: its module's attribute of the same name."""
        command: click.Command = getattr(importlib.import_module(self.module), str(self.name))
        return command


class Commands(click.Group):
    """A group whose deferred commands are imported only when one of them is called."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command as click does, and replace a deferred one by the real one."""
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
main.add_command(Deferred("stubs", "mutorch_core.scaffold.stubs", "Write type stubs of `mt.ops`."))


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
    selected = set(namespaces) or known
    for record in plugins.values():
        if record.namespace in selected and record.unusable:
            click.echo(f"warning: plugin {record.namespace!r} is {record.status}: {record.reason}", err=True)
    own = mt.plugins.Record(mt.plugins.CORE, "mutorch_core", None)
    ops = [(op, plugins.get(op.namespace, own)) for op in mt.ops.values() if op.namespace in selected]
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
        explain_plugin(explain, as_json, records)
    elif as_json:
        print_json(map(describe_plugin, records))
    else:
        print_table(PLUGIN_COLUMNS, [plugin_row(record) for record in records])


def explain_plugin(name: str, as_json: bool, installed: Sequence[Record]) -> None:
    """Print the state of the installed plugins of a namespace, distribution or module."""
    from mutorch_core.cli.explain import explain

    if as_json:
        raise click.UsageError("--explain is for people: --json lists all plugins")
    records = [record for record in installed if name in (record.namespace, record.distribution, record.module)]
    if not records:
        namespaces = ", ".join(record.namespace for record in installed) or "none"
        raise click.UsageError(f"no plugin is called {name!r}; installed: {namespaces}")
    for record in records:
        for heading, text in explain(record):
            lines = text.splitlines() or [""]
            click.echo(f"{heading:<14}" + f"\n{'':<14}".join(lines))


def loaded_plugins() -> Sequence[Record]:
    """Return all plugins' records. Output of a plugin's import goes to stderr, since stdout is for the list."""
    from mutorch_core import plugins

    with redirect_stdout(sys.stderr):
        return plugins.records()
