"""A worker process that checks ops. It may hang or die without harm to the run, since a new one takes its place.

The parent requests one property after another over a pipe. The alarm of `time_limits` stops Python code in the worker;
compiled code that hangs is stopped by ending the worker.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import re
import signal
import sys
import warnings
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import attrs

from mutorch_core.gradcheck.cases import read_case
from mutorch_core.gradcheck.checking.check_op import check_property
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.checking.time_limits import WATCHDOG, TimeBudget, innermost_line
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property, properties_of
from mutorch_core.gradcheck.selection.foreign_ops import import_all
from mutorch_core.gradcheck.selection.installed_ops import FOREIGN_OPS
from mutorch_core.gradcheck.under_test import backends_of
from mutorch_core.gradcheck.verdicts import PropertyResult, Verdict

__all__ = ["Worker", "start_method"]

THREADED = frozenset({"cupy", "jax", "torch"})
"""Libraries that may hold threads or a device once they are loaded; a forked process would lack both."""

GRACE = 5.0
"""The seconds after an op's time limit in which the worker must end. The alarm has the first half, `faulthandler` the
second.
"""


@attrs.frozen
class Request:
    """A request to check one property of an op within its remaining time."""

    op: str
    case: str | None
    prop: str
    profile: Profile
    budget: TimeBudget


@attrs.frozen
class Response:
    """The response: the result without its failure, the failure's type, and the op's time budget."""

    result: PropertyResult
    failure: type[Failure] | None
    budget: TimeBudget


class Worker:
    """The parent's handle on the worker process, which starts when it is first needed and after each death."""

    def __init__(
        self, order: int, backend: str = "numpy", method: str | None = None, imports: Sequence[str] = ()
    ) -> None:
        self.context: Any = multiprocessing.get_context(method or start_method())
        self.imports = tuple(imports)
        self.order = order
        self.backend = backend
        self.folder = TemporaryDirectory(prefix="mutorch-")
        self.process: Any = None
        self.pipe: Any = None

    @property
    def stack_file(self) -> Path:
        """The file to which the process writes its last stack."""
        return Path(self.folder.name, "stack")

    def check_property(self, pool: CasePool, prop: Property, budget: TimeBudget) -> PropertyResult:
        """Check a property in the worker; undecided if the process died or had to be killed."""
        if self.process is None:
            self.start()
        request = Request(
            pool.op.name, None if pool.single_case is None else pool.single_case.text, prop.name, pool.profile, budget
        )
        # the time to check, to shrink and to end
        patience = None if budget.left is None else budget.left + pool.profile.patience + 2 * GRACE
        start = perf_counter()
        try:
            self.pipe.send(request)
            response = self.pipe.recv() if self.pipe.poll(patience) else None
        except (EOFError, OSError):
            response = None
        if response is None:
            seconds = perf_counter() - start
            budget.stop_reason = self.describe_end(budget) + innermost_line(
                stack_in(self.stack_file.read_text()), pool.op
            )
            location = pool.op.declaration.place
            return PropertyResult(
                prop.name, Verdict.UNDECIDED, seconds=seconds, message=budget.stop_reason, location=location
            )
        budget.spent, budget.stop_reason = response.budget.spent, response.budget.stop_reason
        if response.failure is not None:
            response.result.failure = failure = response.failure(response.result.message.partition("\n")[0])
            failure.block = response.result.message
        return response.result

    def start(self) -> None:
        """Start the process."""
        self.pipe, worker_end = self.context.Pipe()
        arguments = (worker_end, self.pipe, str(self.stack_file), self.order, self.backend, self.imports)
        self.process = self.context.Process(target=worker_main, args=arguments, name="mutorch gradcheck")
        with warnings.catch_warnings():
            # Python 3.12 warns of a fork beside threads: the child does not use those of the progress bar and xdist
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        worker_end.close()

    def describe_end(self, budget: TimeBudget) -> str:
        """Return how the process ended, killing it if it is alive: `died of SIGSEGV`."""
        self.process.join(1.0)
        code = self.process.exitcode
        self.stop()
        if code is None or self.stack_file.read_text().startswith("Timeout"):
            return f"{budget.expired_text}, and could not be stopped"
        ended = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"the process that checked it {ended}"

    def stop(self) -> None:
        """Kill the process if there is one."""
        if self.process is not None:
            self.pipe.close()
            self.process.kill()
            self.process.join()
            self.process = None

    def close(self) -> None:
        """Stop for good and delete the temporary folder."""
        self.stop()
        self.folder.cleanup()


def start_method() -> str:
    """Return "fork", which needs no imports, where it is safe, else "spawn"."""
    return "fork" if sys.platform == "linux" and not THREADED & set(sys.modules) else "spawn"


def stack_in(text: str) -> list[tuple[str, int]]:
    """Return the files and lines of a stack in `faulthandler`'s format, the innermost first."""
    return [(name, int(line)) for name, line in re.findall(r'File "(.*)", line (\d+)', text)]


# ------------------------------------------------------------------------------------------------- in the process


def worker_main(
    pipe: Connection, parent_end: Connection, stack_file: str, order: int, backend: str, imports: Sequence[str]
) -> None:
    """Answer requests until the pipe is closed. Write the stack and exit if the alarm has no effect."""
    parent_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Path(os.devnull).open("w") as nowhere, Path(stack_file).open("w", encoding="utf-8") as stack:
        os.dup2(nowhere.fileno(), 1)  # compiled code may print, which would end up in a report
        faulthandler.enable(stack)
        WATCHDOG.file, WATCHDOG.grace = stack, GRACE / 2
        backends = backends_of(backend)
        import_all(imports)
        pool: CasePool | None = None
        while True:
            try:
                request: Request = pipe.recv()
            except EOFError:
                return
            pool = pool_for(request, pool)
            prop = next(item for item in properties_of(pool.op, order, backends) if item.name == request.prop)
            pipe.send(respond(request, pool, prop))


def pool_for(request: Request, last: CasePool | None) -> CasePool:
    """Return the pool of the requested op: the last one if the op is the same, else a new one."""
    import mutorch_core as mt

    if last is not None and last.op.name == request.op:
        return last
    mt.plugins.records()  # load all plugins, which may add samplers for this op
    op = FOREIGN_OPS.get(request.op) or mt.ops[request.op]
    return CasePool(op, request.profile, None if request.case is None else read_case(op, request.case))


def respond(request: Request, pool: CasePool, prop: Property) -> Response:
    """Check a property and return a response that can be pickled."""
    result = check_property(pool, prop, request.budget)
    failure_type, result.failure = type(result.failure) if result.failure is not None else None, None
    return Response(result, failure_type, request.budget)
