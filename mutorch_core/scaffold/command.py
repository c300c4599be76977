"""The command `mutorch new`."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

import click

from mutorch_core.plugins.discovery import CORE, plugin_records
from mutorch_core.scaffold.templates import FILES

__all__ = ["named_after", "new"]


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="FOLDER",
              help="Where the package's folder goes; the current folder by default.")  # fmt: skip
def new(name: str, into: Path) -> None:
    """Make a new op package for the namespace NAME, in the folder NAME-ops.

    It has one op with a rule, tests that check it, and CI; nothing needs to be filled in before they pass.
    """
    refuse_name(name)
    folder = into / distribution_of(name)
    if folder.exists():
        raise click.UsageError(f"{folder} exists: nothing was written")
    try:
        for path, text in FILES.items():
            target = folder / named_after(name, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(named_after(name, text), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{folder} can't be written: {error}") from error
    click.echo(f"{folder} has an op, `{name}::softplus`, its rule, tests and CI. All pass:")
    click.echo(f"\n    cd {folder}\n    pip install --editable '.[dev]'\n    pytest")


def refuse_name(name: str) -> None:
    """Raise UsageError for a name that can't be a namespace, or is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        meant = re.sub(r"[^a-z0-9]+", "_", name.lower().removesuffix("-ops")).strip("_0123456789")
        hint = f"; {meant} would do" if meant else ""
        raise click.UsageError(f"{name!r} can't be a namespace: write a-z, 0-9 and single _, a letter first{hint}")
    if keyword.iskeyword(name) or name == CORE:
        raise click.UsageError(f"{name!r} can't be a namespace: {'the engine' if name == CORE else 'Python'} has it")
    taken = plugin_records().get(name)
    if taken is not None:
        raise click.UsageError(
            f"the namespace {name!r} is taken by {taken.distribution} {taken.version}, which is installed: "
            "choose another, or uninstall that"
        )


def distribution_of(name: str) -> str:
    """Return the distribution name of a namespace: `fast-math-ops` for `fast_math`."""
    return f"{name.replace('_', '-')}-ops"


def named_after(name: str, text: str) -> str:
    """Return a template with its distribution, module and namespace renamed."""
    return text.replace("acme-ops", distribution_of(name)).replace("acme_ops", f"{name}_ops").replace("acme", name)
