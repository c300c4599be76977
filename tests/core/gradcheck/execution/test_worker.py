"""The worker process."""

import sys

import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.checking.check_op import check_property
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.checking.time_limits import TimeBudget
from mutorch_core.gradcheck.execution.worker import THREADED, Worker, stack_in, start_method
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.properties import properties_of


def test_no_process_is_forked_beside_libraries_with_threads(monkeypatch):
    without = {name: module for name, module in sys.modules.items() if name not in THREADED}
    monkeypatch.setattr(sys, "modules", without)
    monkeypatch.setattr(sys, "platform", "linux")
    assert start_method() == "fork"
    monkeypatch.setitem(without, "jax", object())
    assert start_method() == "spawn"
    del without["jax"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert start_method() == "spawn"


@pytest.mark.parametrize("method", [None, "spawn"])
def test_a_process_of_its_own_finds_the_same(method):
    exp = mt.ops["basic::exp"]
    pool, budget = CasePool(exp, PROFILES["quick"]), TimeBudget(60.0)
    worker = Worker(1, method=method)
    try:
        for prop in properties_of(exp, order=1)[:2]:
            here, there = (
                f(pool, prop, budget).document() | {"seconds": 0} for f in (check_property, worker.check_property)
            )
            assert here == there
            assert here["verdict"] == "proven"
    finally:
        worker.close()
    assert 0 < budget.spent < 60
    assert not worker.stack_file.exists()


def test_a_stack_is_read_as_faulthandler_writes_it():
    text = 'Fatal Python error\n\nThread 0x1:\n  File "a b.py", line 3 in f\n  File "c.py", line 14\n'
    assert stack_in(text) == [("a b.py", 3), ("c.py", 14)]
    assert stack_in("") == []
