"""Time limits: an op that hangs or dies is reported, and the others are checked."""

import signal
import threading
import time

import attrs
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.checking import check_op as checking
from mutorch_core.gradcheck.checking.check_op import check
from mutorch_core.gradcheck.checking.time_limits import OutOfTime, TimeBudget, alarm
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.verdicts import Verdict

LATE = '''
"""Ops that do not come back, or take their process with them, and right ones between them."""
import itertools, os, time
from mutorch_core import Array, hookimpl, op

def made(name, forward, rule):
    @op(f"late::{name}")
    def function(x: Array, /) -> Array:
        return forward(x)

    function.vjp("x")(rule)
    return function

def asleep(*_):
    time.sleep(1000)

def compiled(x):
    sum(itertools.repeat(0))  # inside of C for ever, with the interpreter's lock: no alarm is heard

def dead(x):
    os.kill(os.getpid(), 11)

def twice(x):
    return 2 * x

def doubled(g):
    return 2 * g

@hookimpl
def mutorch_register_ops(namespace, api_version):
    forwards = {"first": twice, "asleep": asleep, "compiled": compiled, "dead": dead, "last": twice}
    return [made(name, forward, doubled) for name, forward in forwards.items()]
'''


def place(text):
    return f"late_ops.py:{1 + next(i for i, line in enumerate(LATE.splitlines()) if text in line)}"


REASONS = {
    "late::asleep": f"timed out after 4 s, at {place('time.sleep')}",
    "late::compiled": f"timed out after 4 s, and could not be stopped, at {place('itertools.repeat')}",
    "late::dead": f"the process that checked it died of SIGSEGV, at {place('os.kill')}",
}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_hangs_or_dies_is_said_so_and_the_rest_goes_on(site, jobs, gradchecked):
    site.install("late-ops", "late", LATE)
    done, found = gradchecked(site, "late", "--timeout", "4", "--jobs", jobs, "--junit", "found.xml")
    assert done.returncode == 2, done.stdout
    assert [item["verdict"] for item in found["ops"]] == ["proven", *["undecided"] * 3, "proven"]
    for item in found["ops"][1:-1]:
        reason = REASONS[item["name"]]
        assert {each["message"] for each in item["properties"]} == {reason}
        assert f"? {item['name']}    value is undecided: {reason}    (and " in done.stdout
    junit = site.path.joinpath("found.xml").read_text()
    assert junit.count("<testcase ") == sum(len(item["properties"]) for item in found["ops"])


def sampling_for_ever(draw):
    time.sleep(100)


def test_in_this_process_each_op_has_its_time_limit_too():
    @op("test::right")
    def right(x: Array, /) -> Array:
        return 2 * x

    right.vjp("x")(lambda g: 2 * g)
    right.samples(sampling_for_ever)

    @op("test::late")
    def late(x: Array, /) -> Array:
        return 2 * x

    late.vjp("x")(lambda g: time.sleep(100))
    start = time.perf_counter()
    for operation in (right, late):
        result = check(operation, PROFILES["quick"].with_limit(0.5))
        assert {found.verdict for found in result.properties} == {Verdict.UNDECIDED}
        assert {found.message for found in result.properties} == {result.properties[0].message}
        assert "timed out after 0.5 s, at test_time_limits.py:" in result.properties[0].message
    assert time.perf_counter() - start < 10


def test_a_failure_that_was_found_is_shown_though_a_smaller_one_is_looked_for_in_vain(monkeypatch):
    @op("test::square")
    def square(x: Array, /) -> Array:
        return x * x

    square.vjp("x")(lambda g, x: g * x)
    monkeypatch.setattr(checking, "shrink_failure", lambda *_: time.sleep(100))
    impatient = attrs.evolve(PROFILES["quick"], shrink_seconds=-0.4)
    value, *_ = check(square, impatient, order=1).properties
    assert value.verdict is Verdict.WRONG
    assert "not shrunk  another case did not come back" in value.message
    assert "off by the factor 0.5" in value.message


# -------------------------------------------------------------------------------------------------------- alarms


def test_an_alarm_goes_off_again_where_it_was_swallowed(monkeypatch):
    monkeypatch.setattr("mutorch_core.gradcheck.checking.time_limits.REPEAT_INTERVAL", 0.05)
    swallowed = []

    def deaf():
        while True:
            try:
                time.sleep(10)
            except OutOfTime as error:
                swallowed.append(error)
                if len(swallowed) == 3:
                    raise

    with pytest.raises(OutOfTime), alarm(0.05):
        deaf()


def test_an_alarm_waits_where_an_exception_would_be_lost():
    class Slow:
        def __del__(self):
            time.sleep(0.1)
            finished.append(self)

    finished = []

    def freeing():
        slow = Slow()
        del slow
        time.sleep(10)

    with pytest.raises(OutOfTime), alarm(0.05):
        freeing()
    assert len(finished) == 1


def test_an_alarm_is_set_again_for_whoever_set_it_before():
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append("mine"))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with alarm(5.0):
            pass
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        with alarm(0.05), pytest.raises(OutOfTime):
            time.sleep(10)
        time.sleep(0.5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert heard == ["mine"]


def test_without_a_limit_or_outside_of_the_main_thread_there_is_no_alarm():
    with alarm(None):
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    heard = []

    def elsewhere():
        with alarm(0.01):
            time.sleep(0.05)
        heard.append("done")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert heard == ["done"]


def test_a_budget_adds_up_what_its_blocks_take():
    budget = TimeBudget(10.0)
    for _ in range(2):
        with budget.running():
            time.sleep(0.02)
    assert 0.04 <= budget.spent < 5
    assert budget.left == 10.0 - budget.spent
    assert TimeBudget().left is None
    assert TimeBudget(1.0, spent=2.0).left == 0.0


# ---------------------------------------------------------------------------------------------------------- apart
