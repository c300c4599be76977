"""`mutorch gradcheck`: a pytest run with a face of its own."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import attrs
import click

from mutorch_core.errors import MutorchError
from mutorch_core.gradcheck.failures import check_installed
from mutorch_core.gradcheck.selection import SelectionError, problems, require, select, share

if TYPE_CHECKING:
    from mutorch_core.gradcheck.face import Face

__all__ = ["gradcheck"]

PROVEN, WRONG, UNUSABLE = 0, 1, 2
"""The exit codes: all proven; some op is wrong; a usage error, a broken plugin, or something undecided."""

WORTH_PROCESSES = 24
"""From so many ops on, starting worker processes pays."""


@attrs.frozen
class Request:
    """What was asked for on the command line."""

    profile: str
    order: int
    backend: str
    seed: int | None
    case: str | None
    jobs: int
    junit: str | None


@click.command()
@click.argument("ops", metavar="[OP | NAMESPACE]…", nargs=-1)
@click.option("--namespace", "namespaces", multiple=True, help="Check the ops of this namespace.")
@click.option("--exclude", "excluded", multiple=True, help="Leave out this op or namespace.")
@click.option("--require", "required", multiple=True, help='Fail where this distribution is missing: "acme-ops>=1".')
@click.option("--profile", type=click.Choice(["quick", "ci", "nightly"]), default="ci", show_default=True,
              help="Examples per op; ci draws the same on every machine, nightly at random.")  # fmt: skip
@click.option("--order", type=click.IntRange(1, 2), default=2, show_default=True, help="Order of derivatives.")
@click.option("--backend", default="numpy", show_default=True,
              help="Array libraries to run on, such as numpy,torch,jax; torch:cuda is a device of one.")  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=1), default=None, help="Processes; by default one per core for many ops."
)
@click.option("--shard", default=None, metavar="K/N", help="Check the K-th of N shares of the ops.")
@click.option("--junit", type=click.Path(dir_okay=False), default=None, help="Write a JUnit report.")
@click.option(
    "--json", "json_path", type=click.Path(dir_okay=False), default=None, help="Write a JSON report; - for stdout."
)
@click.option("--case", default=None, metavar="TEXT", help="Replay one counterexample, as it was printed.")
@click.option("--seed", type=int, default=None, help="Draw other cases than the usual ones.")
@click.pass_context
def gradcheck(
    ctx: click.Context,
    ops: tuple[str, ...],
    namespaces: tuple[str, ...],
    excluded: tuple[str, ...],
    required: tuple[str, ...],
    profile: str,
    order: int,
    backend: str,
    jobs: int | None,
    shard: str | None,
    junit: str | None,
    json_path: str | None,
    case: str | None,
    seed: int | None,
) -> None:
    """Prove the rules of installed ops: all, or those of some OPs or NAMESPACEs.

    Exit code: 0 all proven; 1 some op is wrong; 2 a usage error, a broken plugin, or something undecided.
    """
    try:
        check_installed()
        refuse_backends(backend)
        for requirement in required:
            require(requirement)
        chosen = share(select(ops, namespaces, excluded), shard)
        broken = problems(excluded)
    except (SelectionError, ImportError) as error:
        raise click.UsageError(str(error)) from error
    if case is not None:
        refuse_case(chosen, case)
    if jobs is None:
        jobs = min(os.cpu_count() or 1, 8) if len(chosen) >= WORTH_PROCESSES else 1
    request = Request(profile, order, backend, seed, case, jobs, junit)
    ctx.exit(run(chosen, request, broken, json_path))


def refuse_backends(names: str) -> None:
    """Raise SelectionError for an array library that is unknown or not installed."""
    from mutorch_core.gradcheck.backends import backends_of

    backends_of(names)


def refuse_case(chosen: Sequence[Any], text: str) -> None:
    """Raise UsageError where a case can't be read, or it is not clear which op it is of."""
    from mutorch_core.gradcheck.case import read_case

    if len(chosen) != 1:
        raise click.UsageError(f"--case is a case of one op; {len(chosen)} are selected")
    try:
        read_case(chosen[0], text)
    except MutorchError as error:
        raise click.UsageError(str(error)) from error


def run(chosen: Sequence[Any], request: Request, broken: Sequence[str], json_path: str | None) -> int:
    """Check, show what was found, write the reports, and return the exit code."""
    from mutorch_core.gradcheck.face import Face
    from mutorch_core.gradcheck.report import console_for, print_results

    console = console_for(sys.stderr if json_path == "-" else sys.stdout)
    face = Face(console, [op.name for op in chosen])
    start = perf_counter()
    status = run_pytest(chosen, request, face)
    print_results(console, face.found, perf_counter() - start)
    for trouble in (*broken, *face.trouble):
        click.echo(f"error: {trouble}", err=True)
    code = exit_code(face, len(chosen), status, broken)
    if json_path is not None:
        write_json(json_path, request, code, face)
    return code


def run_pytest(chosen: Sequence[Any], request: Request, face: Face) -> int:
    """Run pytest on the ops' items alone: in an empty folder, with no plugins but xdist and this one."""
    import pytest

    from mutorch_core.gradcheck.backends import backends_of
    from mutorch_core.gradcheck.profiles import PROFILES
    from mutorch_core.gradcheck.properties import properties_of

    profile = PROFILES[request.profile].seeded(request.seed)
    backends = backends_of(request.backend)
    items = sum(len(properties_of(op, request.order, backends)) for op in chosen)
    own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    with (
        tempfile.TemporaryDirectory() as folder,
        environment(HYPOTHESIS_STORAGE_DIRECTORY=folder, **own),
        face.start(items),
    ):
        configuration = Path(folder, "pytest.ini")
        configuration.write_text("[pytest]\n")
        arguments = [
            folder,
            "-c",
            str(configuration),
            "--rootdir",
            folder,
            "-p",
            "no:cacheprovider",
            "-p",
            "no:terminal",
        ]
        arguments += ["-p", "mutorch_core.gradcheck.pytest_plugin", "--gradcheck"]
        arguments += [f"--gradcheck-op={op.name}" for op in chosen]
        arguments += [f"--gradcheck-profile={request.profile}", f"--gradcheck-order={request.order}"]
        arguments += [f"--gradcheck-seed={profile.seed}", f"--gradcheck-backend={request.backend}"]
        if request.case is not None:
            arguments.append(f"--gradcheck-case={request.case}")
        if request.jobs > 1:
            arguments += ["-p", "xdist", "-n", str(request.jobs), "--dist", "loadscope"]
        if request.junit is not None:
            arguments.append(f"--junitxml={Path(request.junit).resolve()}")
        return int(pytest.main(arguments, plugins=[face]))


@contextmanager
def environment(**values: str) -> Generator[None]:
    """Environment variables for this process and its workers, for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def exit_code(face: Face, wanted: int, status: int, broken: Sequence[str]) -> int:
    """The run's exit code: what is wrong outweighs what could not be found out."""
    from mutorch_core.gradcheck.verdicts import Verdict, worst

    verdict = worst(result.verdict for result in face.found)
    if verdict is Verdict.WRONG:
        return WRONG
    complete = status in (0, 1) and len(face.found) == wanted
    proven = verdict is Verdict.PROVEN and not broken and not face.trouble and complete
    return PROVEN if proven else UNUSABLE


def write_json(path: str, request: Request, code: int, face: Face) -> None:
    """Write the JSON report."""
    import mutorch_core as mt

    document = {
        "mutorch": mt.__version__,
        "profile": request.profile,
        "exit_code": code,
        "ops": [result.document() for result in face.found],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if path == "-":
        click.echo(text)
    else:
        Path(path).write_text(text + "\n", encoding="utf-8")
