"""Checking in a process of its own, which may hang or die without harm to the run: another takes its place.

It is asked for one property after another over a pipe. The alarm of `limits` goes off in it first; what is inside of
compiled code then ends with the process.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs

from mutorch_core.gradcheck.case import read_case
from mutorch_core.gradcheck.checking import check_property
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.limits import Clock
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property
from mutorch_core.gradcheck.search import Pool
from mutorch_core.gradcheck.verdicts import PropertyResult, Verdict

__all__ = ["Apart"]

Properties = Callable[[Any], Sequence[Property]]
"""The properties to check of an op."""

METHOD = "fork" if sys.platform == "linux" else "spawn"
"""A fork has everything loaded already, where forking is safe."""

GRACE = 5.0
"""The seconds after an op's time limit that its process has to say so itself, before it is ended."""


@attrs.frozen
class Question:
    """What is asked: a property of an op, in what is left of its time."""

    op: str
    case: str | None
    found: str
    profile: Profile
    clock: Clock


@attrs.frozen
class Answer:
    """What comes back: the result without its failure, the failure's type, and the time spent on the op so far."""

    result: PropertyResult
    failure: type[Failure] | None
    spent: float


class Apart:
    """The process that checks; started when it is first needed, and again when it is gone."""

    def __init__(self, properties: Properties, method: str = METHOD, grace: float = GRACE) -> None:
        self.properties = properties
        self.context: Any = multiprocessing.get_context(method)
        self.grace = grace
        self.process: Any = None
        self.pipe: Any = None

    def check_property(self, pool: Pool, found: Property, clock: Clock) -> PropertyResult:
        """As `checking.check_property`; undecided where the process had to be ended, or died."""
        if self.process is None:
            self.start()
        case = None if pool.only is None else pool.only.text
        try:
            self.pipe.send(Question(pool.op.name, case, found.name, pool.profile, clock))
            answer = self.pipe.recv() if self.pipe.poll(patience(clock, self.grace)) else None
        except (EOFError, OSError):
            return lost(pool, found, f"the process that checked it {self.ending()}")
        if answer is None:
            self.close()
            spent, clock.spent = clock.left, clock.limit or 0.0
            return lost(pool, found, f"timed out after {clock.limit:g} seconds, inside of compiled code", spent or 0.0)
        clock.spent = answer.spent
        if answer.failure is not None:
            answer.result.failure = failure = answer.failure(answer.result.message.partition("\n")[0])
            failure.block = answer.result.message
        return answer.result

    def start(self) -> None:
        """Start the process."""
        self.pipe, other = self.context.Pipe()
        self.process = self.context.Process(
            target=serve, args=(other, self.pipe, self.properties), name="mutorch gradcheck"
        )
        with warnings.catch_warnings():
            # newer Pythons warn of any fork beside a thread; a progress bar's and xdist's are never needed there
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        other.close()

    def ending(self) -> str:
        """How the process ended: `died of SIGSEGV`."""
        self.process.join(self.grace)
        code = self.process.exitcode
        self.close()
        return f"died of {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with code {code}"

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self.process is not None:
            self.pipe.close()
            self.process.kill()
            self.process.join()
            self.process = None


def patience(clock: Clock, grace: float) -> float | None:
    """How long to wait for an answer; for ever where there is no limit."""
    return None if clock.left is None else clock.left + grace


def lost(pool: Pool, found: Property, message: str, seconds: float = 0.0) -> PropertyResult:
    """The result of a property whose process is gone."""
    place = pool.op.declaration.place
    return PropertyResult(found.name, Verdict.UNDECIDED, seconds=seconds, message=message, place=place)


# ------------------------------------------------------------------------------------------------- in the process


def serve(pipe: Connection, other: Connection, properties: Properties) -> None:
    """Answer questions until nobody asks any more."""
    other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the one who asks, who ends this process too
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # what compiled code prints is no part of a report
        pool: Pool | None = None
        while True:
            try:
                question: Question = pipe.recv()
            except EOFError:
                return
            pool = pool_for(question, pool)
            left = patience(question.clock, 3 * GRACE)
            if left is not None:
                faulthandler.dump_traceback_later(left, exit=True, file=nowhere)  # outlive no killed parent for long
            found = next(item for item in properties(pool.op) if item.name == question.found)
            pipe.send(answer(question, pool, found))
            faulthandler.cancel_dump_traceback_later()


def pool_for(question: Question, last: Pool | None) -> Pool:
    """The cases of the op in question: those at hand, or others in their place."""
    import mutorch_core as mt

    if last is not None and last.op.name == question.op:
        return last
    mt.plugins.records()  # all: others may have samples for it
    op = mt.ops[question.op]
    return Pool(op, question.profile, None if question.case is None else read_case(op, question.case))


def answer(question: Question, pool: Pool, found: Property) -> Answer:
    """What is found, as it can travel."""
    result = check_property(pool, found, question.clock)
    kind, result.failure = type(result.failure) if result.failure is not None else None, None
    return Answer(result, kind, question.clock.spent)
