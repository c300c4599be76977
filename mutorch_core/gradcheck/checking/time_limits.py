"""How long an op may take: a forward, rule or sampler that does not come back is stopped, and the run goes on.

What runs in Python is stopped by an alarm; what never comes back from compiled code only with its process (`apart`).
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
"""Seconds after which the alarm goes off again, where nobody heard it."""

MIN_INTERVAL = 1e-3


class OutOfTime(BaseException):
    """An op's time is up. It is no Exception, so that no `except Exception` of an op holds it up."""


@attrs.define
class Watchdog:
    """What a process does that does not heed an alarm: after so many seconds it writes its stack to a file, and ends.

    Not where `grace` is None, as in a process that belongs to somebody else.
    """

    grace: float | None = None
    file: Any = None

    def arm(self, seconds: float) -> None:
        """Count from now on; interpreter's lock or not."""
        if self.grace is not None:
            faulthandler.dump_traceback_later(seconds + self.grace, exit=True, file=self.file)

    def disarm(self) -> None:
        """Count no more."""
        if self.grace is not None:
            faulthandler.cancel_dump_traceback_later()


WATCHDOG = Watchdog()


@attrs.define
class TimeBudget:
    """The time of one op, which its properties share; without end where `limit` is None.

    `given_up` is why no more of the op is looked at.
    """

    limit: float | None = None
    spent: float = 0.0
    stop_reason: str | None = None

    @property
    def left(self) -> float | None:
        """The seconds that remain; None where there is no limit."""
        return None if self.limit is None else max(0.0, self.limit - self.spent)

    @property
    def expired_text(self) -> str:
        """What is said when nothing remains."""
        return f"timed out after {self.limit or 0.0:g} s"

    @contextmanager
    def running(self) -> Generator[None]:
        """Count the time that a block takes. Raises OutOfTime in it when it is up."""
        start = perf_counter()
        try:
            with alarm(self.left):
                yield
        finally:
            self.spent += perf_counter() - start


@contextmanager
def alarm(seconds: float | None) -> Generator[None]:
    """Raise OutOfTime in a block after so many seconds; never where that is None, or can't be done.

    It can in the main thread, on systems that have alarms. One that somebody else set comes first where it is earlier,
    and is set again where it is later.
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
        # once more: it may have gone off on the way to the line above
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        WATCHDOG.disarm()
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
        if pending:
            signal.setitimer(signal.ITIMER_REAL, max(pending - (perf_counter() - start), MIN_INTERVAL))


def on_alarm(number: int, frame: FrameType | None) -> None:
    """The alarm goes off; a moment later where it would be lost, as in what runs when an object is freed."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_globals.get("__name__") in ("weakref", "_weakrefset"):
            return
        frame = frame.f_back
    raise OutOfTime


def location_in_op(error: BaseException, op: Any) -> str:
    """`, at acme_ops.py:14`: the innermost line of an op's own code that an exception passed; nothing if none."""
    stack = traceback.extract_tb(error.__traceback__)
    return innermost_line([(frame.filename, frame.lineno or 0) for frame in reversed(stack)], op)


def innermost_line(stack: Iterable[tuple[str, int]], op: Any) -> str:
    """The same of files and lines, the innermost first."""
    functions = [op.function, *(rule.function for rule in op.rules.values()), *samplers_of(op)]
    files = {function.__code__.co_filename for function in functions if hasattr(function, "__code__")}
    return next((f", at {Path(name).name}:{line}" for name, line in stack if name in files), "")
