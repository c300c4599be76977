"""Time limits: a forward, a rule or a sampler that does not return is stopped, and the run continues.

An alarm stops Python code. Compiled code that never returns is stopped by ending its process (`execution.worker`).
"""

from __future__ import annotations

import faulthandler
import signal
import threading
import traceback
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import Any

import attrs

from mutorch_core.gradcheck.sampling.plugin_hooks import samplers_of

__all__ = ["WATCHDOG", "OutOfTime", "TimeBudget", "alarm", "innermost_line", "location_in_op"]

REPEAT_INTERVAL = 0.25
"""Seconds after which the alarm goes off again, in case its exception was lost."""

MIN_INTERVAL = 1e-3


class OutOfTime(BaseException):
    """An op's time is used up. It is no Exception, so that an `except Exception` in an op can't catch it."""


@attrs.define
class Watchdog:
    """A timer for a process that does not react to the alarm: it writes the stack to a file and ends the process.

    It is inactive while `grace` is None, as in a process that also runs other code.
    """

    grace: float | None = None
    file: Any = None

    def arm(self, seconds: float) -> None:
        """Start the timer, which works without the interpreter's lock."""
        if self.grace is not None:
            faulthandler.dump_traceback_later(seconds + self.grace, exit=True, file=self.file)

    def disarm(self) -> None:
        """Stop the timer."""
        if self.grace is not None:
            faulthandler.cancel_dump_traceback_later()


WATCHDOG = Watchdog()


@attrs.define
class TimeBudget:
    """The time of one op, shared by its properties; unlimited if `limit` is None.

    `stop_reason` is set once the op is given up.
    """

    limit: float | None = None
    spent: float = 0.0
    stop_reason: str | None = None

    @property
    def left(self) -> float | None:
        """The remaining seconds, or None without a limit."""
        return None if self.limit is None else max(0.0, self.limit - self.spent)

    @property
    def expired_text(self) -> str:
        """The message for a used-up budget."""
        return f"timed out after {self.limit or 0.0:g} s"

    @contextmanager
    def running(self) -> Generator[None]:
        """Measure the time of a block. Raises OutOfTime in the block when the time is used up."""
        start = perf_counter()
        try:
            with alarm(self.left):
                yield
        finally:
            self.spent += perf_counter() - start


@contextmanager
def alarm(seconds: float | None) -> Generator[None]:
    """Raise OutOfTime in a block after so many seconds; never if that is None.

    It works in the main thread, on systems with SIGALRM, and does nothing elsewhere. An earlier alarm of other code
    takes precedence; a later one is set again afterwards.
    """
    able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    pending = signal.getitimer(signal.ITIMER_REAL)[0] if able else 0.0
    if seconds is None or not able or 0.0 < pending <= seconds:
        yield
        return
    start = perf_counter()
    before = signal.signal(signal.SIGALRM, on_alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, MIN_INTERVAL), REPEAT_INTERVAL)
        WATCHDOG.arm(seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
    finally:
        # again, in case the alarm interrupted the line above
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        WATCHDOG.disarm()
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
        if pending:
            signal.setitimer(signal.ITIMER_REAL, max(pending - (perf_counter() - start), MIN_INTERVAL))


def on_alarm(number: int, frame: FrameType | None) -> None:
    """Raise OutOfTime, but not inside a finaliser, which would swallow it: the next alarm raises it then."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_globals.get("__name__") in ("weakref", "_weakrefset"):
            return
        frame = frame.f_back
    raise OutOfTime


def location_in_op(error: BaseException, op: Any) -> str:
    """Return `, at acme_ops.py:14` for the innermost frame in an op's own files, or an empty text."""
    stack = traceback.extract_tb(error.__traceback__)
    return innermost_line([(frame.filename, frame.lineno or 0) for frame in reversed(stack)], op)


def innermost_line(stack: Iterable[tuple[str, int]], op: Any) -> str:
    """Return the same for a stack of files and lines, the innermost first."""
    functions = [op.function, *(rule.function for rule in op.rules.values()), *samplers_of(op)]
    files = {function.__code__.co_filename for function in functions if hasattr(function, "__code__")}
    return next((f", at {Path(name).name}:{line}" for name, line in stack if name in files), "")
