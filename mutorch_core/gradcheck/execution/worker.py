"""Checking in a process of its own, which may hang or die without harm to the run: another takes its place.

It is asked for one property after another over a pipe. The alarm of `limits` goes off in it first; what is inside of
compiled code then ends with the process.
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

from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.checking.check_op import check_property
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.checking.time_limits import WATCHDOG, TimeBudget, innermost_line
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property, properties_of
from mutorch_core.gradcheck.selection.foreign_ops import import_all
from mutorch_core.gradcheck.selection.installed_ops import FOREIGN_OPS
from mutorch_core.gradcheck.under_test.backends import backends_of
from mutorch_core.gradcheck.verdicts import PropertyResult, Verdict

__all__ = ["Worker", "start_method"]

THREADED = frozenset({"cupy", "jax", "torch"})
"""Libraries that may have threads or a device, once they are loaded, which no fork has."""

GRACE = 5.0
"""The seconds after an op's time limit in which its process has to end: in the first half by its alarm, in the second
by what `faulthandler` can do without it.
"""


@attrs.frozen
class Request:
    """What is asked: a property of an op, in what is left of its time."""

    op: str
    case: str | None
    prop: str
    profile: Profile
    budget: TimeBudget


@attrs.frozen
class Response:
    """What comes back: the result without its failure, the failure's type, and the op's clock."""

    result: PropertyResult
    failure: type[Failure] | None
    budget: TimeBudget


class Worker:
    """The process that checks; started when it is first needed, and again when it is gone."""

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
        """Where the process writes its last stack."""
        return Path(self.folder.name, "stack")

    def check_property(self, pool: CasePool, prop: Property, budget: TimeBudget) -> PropertyResult:
        """As `checking.check_property`; undecided where the process had to be ended, or died."""
        if self.process is None:
            self.start()
        request = Request(
            pool.op.name, None if pool.single_case is None else pool.single_case.text, prop.name, pool.profile, budget
        )
        # as long as it looks, and as long as it looks for a smaller failure, and then some
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
            # newer Pythons warn of any fork beside a thread: a progress bar's and xdist's are not needed there
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        worker_end.close()

    def describe_end(self, clock: TimeBudget) -> str:
        """How the process ended, or is ended now: `died of SIGSEGV`."""
        self.process.join(1.0)
        code = self.process.exitcode
        self.stop()
        if code is None or self.stack_file.read_text().startswith("Timeout"):
            return f"{clock.expired_text}, and could not be stopped"
        ended = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"the process that checked it {ended}"

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self.process is not None:
            self.pipe.close()
            self.process.kill()
            self.process.join()
            self.process = None

    def close(self) -> None:
        """End it for good."""
        self.stop()
        self.folder.cleanup()


def start_method() -> str:
    """How to start the process: as a fork, which has everything loaded already, where that is safe."""
    return "fork" if sys.platform == "linux" and not THREADED & set(sys.modules) else "spawn"


def stack_in(text: str) -> list[tuple[str, int]]:
    """The files and lines of a stack as `faulthandler` writes it, the innermost first."""
    return [(name, int(line)) for name, line in re.findall(r'File "(.*)", line (\d+)', text)]


# ------------------------------------------------------------------------------------------------- in the process


def worker_main(
    pipe: Connection, parent_end: Connection, stack_file: str, order: int, backend: str, imports: Sequence[str]
) -> None:
    """Answer questions until nobody asks any more. Where an alarm does not help, leave a stack behind, and end."""
    parent_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the one who asks, who ends this process too
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Path(os.devnull).open("w") as nowhere, Path(stack_file).open("w", encoding="utf-8") as stack:
        os.dup2(nowhere.fileno(), 1)  # what compiled code prints is no part of a report
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
    """The cases of the op in question: those at hand, or others in their place."""
    import mutorch_core as mt

    if last is not None and last.op.name == request.op:
        return last
    mt.plugins.records()  # all: others may have samples for it
    op = FOREIGN_OPS.get(request.op) or mt.ops[request.op]
    return CasePool(op, request.profile, None if request.case is None else read_case(op, request.case))


def respond(request: Request, pool: CasePool, prop: Property) -> Response:
    """What is found, as it can travel."""
    result = check_property(pool, prop, request.budget)
    failure_type, result.failure = type(result.failure) if result.failure is not None else None, None
    return Response(result, failure_type, request.budget)
