"""The pytest plugin: one test item for each property of each op, `mutorch::basic::add::value`.

Selection (`-k`), parallel runs (`-n`), `--lf`, `-x` and JUnit work as for any item. pytest loads the plugin in every
run of an environment with Mutorch, so heavy modules are imported only under `--gradcheck`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mutorch_core.gradcheck.checking.search import CasePool
    from mutorch_core.gradcheck.checking.time_limits import TimeBudget
    from mutorch_core.gradcheck.execution.worker import Worker
    from mutorch_core.gradcheck.properties import Property
    from mutorch_core.gradcheck.reporting.run_record import Recorder
    from mutorch_core.gradcheck.verdicts import PropertyResult

__all__ = ["OpItem", "assert_op_is_right"]

ROOT = "mutorch"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all of which begin with `--gradcheck`."""
    group = parser.getgroup("mutorch", "proving the rules of Mutorch ops")
    group.addoption("--gradcheck", action="store_true", help="check the ops that this repository defines")
    group.addoption("--gradcheck-op", action="append", default=[], metavar="NAME", help="check this op or namespace")
    group.addoption(
        "--gradcheck-import", action="append", default=[], metavar="MODULE:NAME", help="check what is not installed"
    )
    group.addoption("--gradcheck-profile", default="ci", choices=("quick", "ci", "nightly"), help="examples per op")
    group.addoption("--gradcheck-order", type=int, default=2, choices=(1, 2), help="order of derivatives")
    group.addoption("--gradcheck-backend", default="numpy", metavar="NAMES", help="array libraries to run on")
    group.addoption("--gradcheck-seed", type=int, default=None, metavar="N", help="what all draws depend on")
    group.addoption("--gradcheck-case", default=None, metavar="TEXT", help="replay one counterexample")
    group.addoption(
        "--gradcheck-timeout", type=float, default=None, metavar="SECONDS", help="time limit for an op and library"
    )
    group.addoption(
        "--gradcheck-apart", action="store_true", help="check in a process of its own, which may hang or die"
    )


class OpCollector(pytest.Collector):
    """The parent of all ops' items."""

    def collect(self) -> Iterator[OpItem]:
        """Yield an item per property of each selected op."""
        from mutorch_core.gradcheck.cases import read_case
        from mutorch_core.gradcheck.checking.search import CasePool
        from mutorch_core.gradcheck.checking.time_limits import TimeBudget
        from mutorch_core.gradcheck.profiles import PROFILES
        from mutorch_core.gradcheck.properties import properties_of
        from mutorch_core.gradcheck.under_test import backends_of

        option = self.config.option
        profile = (
            PROFILES[option.gradcheck_profile].with_seed(option.gradcheck_seed).with_limit(option.gradcheck_timeout)
        )
        backends = backends_of(option.gradcheck_backend)
        for op in selected_ops(self.config):
            case = None if option.gradcheck_case is None else read_case(op, option.gradcheck_case)
            pool, budget = CasePool(op, profile, case), TimeBudget(profile.limit_on(backends))
            for prop in properties_of(op, option.gradcheck_order, backends):
                nodeid = f"{ROOT}::{op.namespace}::{op.short_name}::{prop.name}"
                yield make_node(OpItem, self, prop.name, nodeid, pool=pool, prop=prop, budget=budget)


class OpItem(pytest.Item):
    """One property of one op."""

    def __init__(self, *, pool: CasePool, prop: Property, budget: TimeBudget, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # pyright: ignore[reportUnknownMemberType] - pytest's own is unannotated
        self.pool = pool
        self.prop = prop
        self.budget = budget
        self.result: PropertyResult | None = None
        self.extra_keyword_matches |= {ROOT, pool.op.namespace, pool.op.short_name, pool.op.name}

    def runtest(self) -> None:
        """Check the property. Raises its Failure, or Undecided."""
        from mutorch_core.gradcheck.checking.check_op import check_property
        from mutorch_core.gradcheck.failures import Undecided
        from mutorch_core.gradcheck.verdicts import Verdict

        previous = self.config.stash.get(LAST_POOL, None)
        if previous is not None and previous is not self.pool:
            previous.clear()
        self.config.stash[LAST_POOL] = self.pool
        worker = self.config.stash.get(WORKER, None)
        result = (worker.check_property if worker else check_property)(self.pool, self.prop, self.budget)
        self.result = result
        if result.failure is not None:
            raise result.failure
        if result.verdict is Verdict.UNDECIDED:
            raise Undecided(f"{self.pool.op.name}: {self.prop.name} is undecided: {result.message}")
        if result.verdict is Verdict.SKIPPED:
            pytest.skip(result.message or "no case that this property speaks of was drawn")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the failure's report instead of a traceback through the checker."""
        from mutorch_core.gradcheck.failures import Failure, Undecided

        if isinstance(excinfo.value, (Failure, Undecided)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the op's file and line, and the item's title."""
        path, _, line = self.pool.op.declaration.place.rpartition(":")
        return Path(path), int(line) - 1, f"{self.pool.op.name} {self.prop.name}"


LAST_POOL: pytest.StashKey[CasePool] = pytest.StashKey()
WORKER: pytest.StashKey[Worker] = pytest.StashKey()
RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()


def make_node(node_class: Any, parent: Any, name: str, nodeid: str, **fields: Any) -> Any:
    """Create a node below another. pytest's own constructor is unannotated."""
    return node_class.from_parent(parent, name=name, nodeid=nodeid, **fields)


def selected_ops(config: pytest.Config) -> list[Any]:
    """Return the ops to check: the named ones, else those of the repository. Raises UsageError if there are none."""
    from mutorch_core.gradcheck.failures import SelectionError
    from mutorch_core.gradcheck.selection.foreign_ops import import_all
    from mutorch_core.gradcheck.selection.installed_ops import select, select_in_folder

    try:
        names = [*import_all(config.option.gradcheck_import), *config.option.gradcheck_op]
        ops = select(names) if names else select_in_folder(config.rootpath)
    except SelectionError as error:
        raise pytest.UsageError(f"--gradcheck: {error}") from error
    if not ops:
        raise pytest.UsageError(
            f"--gradcheck: no registered op is written below {config.rootpath}; is the package installed (editable), "
            "with its entry point? To check others, name them with --gradcheck-op"
        )
    return ops


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the ops' items before other plugins deselect."""
    if config.option.gradcheck:
        from mutorch_core.gradcheck.failures import CaseError, SelectionError

        root = make_node(OpCollector, session, ROOT, ROOT)
        try:
            items += root.collect()
        except (CaseError, SelectionError) as error:
            raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Attach the result to pytest's report, which also brings it from xdist's processes."""
    report = yield
    if isinstance(item, OpItem) and call.when == "call":
        result = item.result or stopped_result(item, call)
        op = item.pool.op
        report.mutorch = {"op": op.name, "property": result.document(), "location": result.location}
    return report


def stopped_result(item: OpItem, call: pytest.CallInfo[None]) -> PropertyResult:
    """Return the result of an item that was stopped without one."""
    from mutorch_core.gradcheck.verdicts import PropertyResult, Verdict

    reason = call.excinfo.exconly() if call.excinfo else "no reason given"
    message, location = f"the check itself stopped: {reason}", item.pool.op.declaration.place
    return PropertyResult(item.prop.name, Verdict.UNDECIDED, seconds=call.duration, message=message, location=location)


# ------------------------------------------------------------------------------------------------------ the run


def pytest_configure(config: pytest.Config) -> None:
    """Prepare each process for ops. Record the results in the first one, unless `mutorch gradcheck` does."""
    if not config.option.gradcheck:
        return
    from mutorch_core.gradcheck.failures import check_installed

    check_installed()
    from mutorch_core.gradcheck.reporting.run_record import Recorder, Run

    option = config.option
    if option.gradcheck_apart:
        from mutorch_core.gradcheck.execution.worker import Worker

        config.stash[WORKER] = Worker(option.gradcheck_order, option.gradcheck_backend, imports=option.gradcheck_import)
    plugins = config.pluginmanager
    if not hasattr(config, "workerinput") and not any(isinstance(plugin, Recorder) for plugin in plugins.get_plugins()):
        config.stash[RECORDER] = Recorder(Run(option.gradcheck_profile))
        plugins.register(config.stash[RECORDER])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the report to plugins."""
    recorder = session.config.stash.get(RECORDER, None)
    if recorder is not None:
        from mutorch_core.gradcheck.sampling.plugin_hooks import report_to_plugins, sampler_problems
        from mutorch_core.gradcheck.selection.installed_ops import all_ops

        run = recorder.run
        ops = all_ops()
        run.problems += sampler_problems(ops[result.name] for result in run.op_results)
        run.problems += report_to_plugins(run.document())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print problems other than failures of ops."""
    recorder = config.stash.get(RECORDER, None)
    if recorder is not None and recorder.run.problems:
        terminalreporter.section("mutorch gradcheck")
        for problem in recorder.run.problems:
            terminalreporter.line(f"error: {problem}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the worker process."""
    worker = config.stash.get(WORKER, None)
    if worker is not None:
        worker.close()


@pytest.fixture(name="assert_op_is_right")
def assert_op_is_right() -> Any:
    """Return `mutorch_core.gradcheck.assert_op_is_right`, for use in a test."""
    from mutorch_core.gradcheck import assert_op_is_right as check

    return check
