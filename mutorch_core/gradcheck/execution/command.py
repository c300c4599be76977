"""The command `mutorch gradcheck`: select ops, run pytest on them, and report."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import attrs
import click

from mutorch_core.errors import MutorchError
from mutorch_core.gradcheck.failures import SelectionError, check_installed
from mutorch_core.gradcheck.profiles import PROFILES, Profile
from mutorch_core.gradcheck.selection.foreign_ops import import_all
from mutorch_core.gradcheck.selection.installed_ops import plugin_problems, require_distribution, select, take_shard
from mutorch_core.gradcheck.verdicts import UNUSABLE

if TYPE_CHECKING:
    from mutorch_core.gradcheck.reporting.run_record import Run
__all__ = ["gradcheck"]

MIN_OPS_FOR_PROCESSES = 24
"""The smallest number of ops for which worker processes are started; for fewer, starting them takes longer."""

FOREIGN_TIME_FACTOR = 4
"""The factor on the time limit of another framework's functions: JAX compiles for each shape."""


@attrs.frozen
class Options:
    """The options of the command line."""

    profile: str
    order: int
    backend: str
    seed: int | None
    case: str | None
    timeout: float | None
    jobs: int
    junit: str | None
    imports: tuple[str, ...] = ()

    @property
    def limited_profile(self) -> Profile:
        """The profile with the time limit of the options."""
        profile = PROFILES[self.profile]
        if self.timeout is None and self.imports and profile.limit is not None:
            return profile.with_limit(FOREIGN_TIME_FACTOR * profile.limit)
        return profile.with_limit(self.timeout)

    def arguments(self) -> Iterator[str]:
        """Yield the options as pytest's arguments."""
        profile = self.limited_profile.with_seed(self.seed)  # all processes need the same seed
        yield from (f"--gradcheck-profile={self.profile}", f"--gradcheck-order={self.order}")
        yield from (f"--gradcheck-seed={profile.seed}", f"--gradcheck-backend={self.backend}")
        if self.timeout is not None or self.imports:
            yield f"--gradcheck-timeout={profile.limit or 0}"
        if self.case is not None:
            yield f"--gradcheck-case={self.case}"
        if self.jobs > 1:
            yield from ("-p", "xdist", "-n", str(self.jobs), "--dist", "loadscope")
        yield from (f"--gradcheck-import={text}" for text in self.imports)
        if self.junit is not None:
            yield f"--junitxml={Path(self.junit).resolve()}"


FILE = click.Path(dir_okay=False)


@click.command()
@click.argument("ops", metavar="[OP | NAMESPACE]…", nargs=-1)
@click.option("--namespace", "namespaces", multiple=True, metavar="NAME", help="Check the ops of this namespace.")
@click.option("--exclude", "excluded", multiple=True, metavar="NAME", help="Leave out this op or namespace.")
@click.option("--import", "imports", multiple=True, metavar="MODULE:NAME",
              help="Check this op, torch.autograd.Function or jax.custom_vjp instead.")  # fmt: skip
@click.option("--require", "required", multiple=True, metavar="SPEC",
              help='Fail where this distribution is missing: "acme-ops>=1".')  # fmt: skip
@click.option("--profile", type=click.Choice(["quick", "ci", "nightly"]), default="ci", show_default=True,
              help="Examples per op; ci draws the same on every machine, nightly at random.")  # fmt: skip
@click.option("--order", type=click.IntRange(1, 2), default=2, show_default=True, metavar="1|2",
              help="Order of derivatives.")  # fmt: skip
@click.option("--backend", default="numpy", show_default=True, metavar="NAMES",
              help="Array libraries to run on, such as numpy,torch,jax; torch:cuda is a device of one.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0), default=None, metavar="SECONDS",
              help="Time limit for an op and library, 0 for none: 20 in quick, 40 in ci, 400 in nightly.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(min=1), default=None, metavar="N",
              help="Processes; by default one per core for many ops.")  # fmt: skip
@click.option("--shard", default=None, metavar="K/N", help="Check the K-th of N shares of the ops.")
@click.option("--junit", type=FILE, metavar="FILE", default=None, help="Write a JUnit report.")
@click.option("--json", "json_path", type=FILE, metavar="FILE", default=None, help="Write a JSON report; - for stdout.")
@click.option("--github", is_flag=True, help="Print GitHub annotations, and write the step summary.")
@click.option("--case", default=None, metavar="TEXT", help="Replay one counterexample, as it was printed.")
@click.option("--seed", type=int, default=None, metavar="N", help="Draw other cases than the usual ones.")
@click.pass_context
def gradcheck(
    ctx: click.Context,
    ops: tuple[str, ...],
    namespaces: tuple[str, ...],
    excluded: tuple[str, ...],
    imports: tuple[str, ...],
    required: tuple[str, ...],
    profile: str,
    order: int,
    backend: str,
    timeout: float | None,
    jobs: int | None,
    shard: str | None,
    junit: str | None,
    json_path: str | None,
    github: bool,
    case: str | None,
    seed: int | None,
) -> None:
    """Prove the rules of installed ops: all, or those of some OPs or NAMESPACEs.

    Exit code: 0 all proven; 1 some op is wrong; 2 a usage error, a broken plugin, an interrupted run, or something
    undecided.
    """
    for path in (junit, json_path):
        require_folder(path)
    try:
        selected_ops, broken = selected(
            lambda: take_shard(select([*import_all(imports), *ops], namespaces, excluded), shard),
            required,
            excluded,
            backend,
        )
        jobs = jobs or processes(len(selected_ops))
        options = Options(profile, order, backend, seed, case, timeout, jobs, junit, imports)
        require_readable_case(selected_ops, options)
        ctx.exit(run(selected_ops, options, broken, json_path, github))
    except KeyboardInterrupt:  # outside of pytest, which handles it otherwise
        click.echo("error: interrupted", err=True)
        ctx.exit(UNUSABLE)


# ----------------------------------------------------------------------------------------------------- what is meant


def processes(ops: int) -> int:
    """Return the number of processes for a number of ops."""
    return min(os.cpu_count() or 1, 8) if ops >= MIN_OPS_FOR_PROCESSES else 1


def selected(
    choose: Callable[[], list[Any]], required: Sequence[str], excluded: Sequence[str], backend: str
) -> tuple[list[Any], list[str]]:
    """Return the selected ops and the problems of plugins. Raises UsageError; redirects stdout to stderr meanwhile."""
    try:
        check_installed()
        require_backends(backend)
        for requirement in required:
            require_distribution(requirement)
        with redirect_stdout(sys.stderr):
            return choose(), plugin_problems(excluded)
    except (SelectionError, ImportError) as error:
        raise click.UsageError(str(error)) from error


def require_backends(names: str) -> None:
    """Raise SelectionError for an array library that is unknown or not installed."""
    from mutorch_core.gradcheck.under_test import backends_of

    backends_of(names)


def require_folder(path: str | None) -> None:
    """Raise UsageError if a report's folder does not exist, before the run rather than after it."""
    if path not in (None, "-") and not Path(path).resolve().parent.is_dir():
        raise click.UsageError(f"{path}: there is no folder {str(Path(path).parent)!r}")


def require_readable_case(selected_ops: Sequence[Any], options: Options) -> None:
    """Raise UsageError if a case can't be read, or more than one op is selected."""
    from mutorch_core.gradcheck.cases import read_case
    from mutorch_core.gradcheck.checking.time_limits import OutOfTime, alarm

    if options.case is None:
        return
    if len(selected_ops) != 1:
        raise click.UsageError(f"--case is a case of one op; {len(selected_ops)} are selected")
    limit = options.limited_profile.limit
    try:
        with alarm(limit):
            read_case(selected_ops[0], options.case)
    except MutorchError as error:
        raise click.UsageError(str(error)) from error
    except OutOfTime as error:
        raise click.UsageError(
            f"--case: {selected_ops[0].name} does not come back from it within {limit:g} s"
        ) from error


# ------------------------------------------------------------------------------------------------------------ running


def run(
    selected_ops: Sequence[Any], options: Options, broken: Sequence[str], json_path: str | None, github: bool
) -> int:
    """Check the ops, print the results, write the reports, and return the exit code."""
    from mutorch_core.gradcheck.execution.pytest_session import run_pytest
    from mutorch_core.gradcheck.properties import properties_of
    from mutorch_core.gradcheck.reporting.progress import ProgressPlugin
    from mutorch_core.gradcheck.reporting.run_record import Run
    from mutorch_core.gradcheck.reporting.terminal import console_for, print_results
    from mutorch_core.gradcheck.sampling.plugin_hooks import report_to_plugins, sampler_problems
    from mutorch_core.gradcheck.under_test import backends_of

    backends = backends_of(options.backend)
    planned = {op.name: [record.name for record in properties_of(op, options.order, backends)] for op in selected_ops}
    record = Run(options.profile, planned, [*broken, *sampler_problems(selected_ops)])
    console = console_for(sys.stderr if json_path == "-" else sys.stdout)
    start = perf_counter()
    run_pytest(selected_ops, options.arguments(), ProgressPlugin(console, record))
    seconds = perf_counter() - start
    with redirect_stdout(sys.stderr):
        record.problems += report_to_plugins(record.document())
    print_results(console, record.op_results, seconds)
    for problem in record.problems:
        click.echo(f"error: {problem}", err=True)
    if github:
        annotate(record, seconds, err=json_path == "-")
    if json_path is not None:
        write_json(json_path, record)
    return record.exit_code


def annotate(record: Run, seconds: float, err: bool) -> None:
    """Print GitHub's annotations and write the step summary."""
    from mutorch_core.gradcheck.reporting.github import append_step_summary, workflow_commands

    for line in workflow_commands(record):
        click.echo(line, err=err)
    append_step_summary(record, seconds)


def write_json(path: str, record: Run) -> None:
    """Write the JSON report."""
    text = json.dumps(record.document(), indent=2, ensure_ascii=False)
    if path == "-":
        click.echo(text)
    else:
        Path(path).write_text(text + "\n", encoding="utf-8")
