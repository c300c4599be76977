"""Recording modes: `no_grad`, tapes, and nested contexts."""

from __future__ import annotations

import contextvars
import threading

import pytest

import mutorch_core as mt
from mutorch_core.graph.grad_mode import (
    Mode,
    NoGrad,
    Tape,
    force_recording,
    is_recording_off,
    mode_counter,
    notify_mode,
    use_mode,
)
from mutorch_core.graph.node import Node


def test_no_grad_is_local_to_its_context():
    seen = []

    def other():
        seen.append((mt.Var(1.0) * 2.0).node is not None)

    with mt.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        contextvars.Context().run(other)
    assert seen == [True, True]


def cube(x):
    return x * x * x


def test_no_grad_records_nothing_until_it_ends():
    x = mt.Var(2.0)
    with mt.no_grad():
        assert (x * x).node is None
    assert (x * x).node is not None

    @mt.no_grad()
    def square(value):
        return value * value

    assert square(x).node is None


def test_a_transform_inside_no_grad_differentiates_its_own_function():
    w = mt.Var(5.0)
    with mt.no_grad():
        assert mt.grad(cube)(2.0) == 12.0
        gradient = mt.grad(lambda x: x * x)(w)
    assert gradient.value == 10.0
    assert gradient.node is None


@pytest.fixture(autouse=True)
def no_mode_is_left():
    """Every test ends in the mode in which it began."""
    yield
    assert mode_counter.modes == 0
    assert not is_recording_off()


def test_no_grad_ends_at_the_end_of_its_with_statement_though_its_object_lives_on():
    x, off = mt.Var(2.0), mt.no_grad()
    with off:
        assert (x * x).node is None
    assert (x * x).node is not None
    with off:
        assert (x * x).node is None


def test_one_no_grad_object_can_be_nested_in_itself():
    x, off = mt.Var(2.0), mt.no_grad()
    with off:
        with off:
            assert mode_counter.modes == 2
        assert (x * x).node is None
        assert mode_counter.modes == 1
    assert (x * x).node is not None


def test_no_grad_ends_by_an_exception_which_it_does_not_suppress():
    with pytest.raises(ZeroDivisionError), mt.no_grad():
        1 / 0
    assert (mt.Var(1.0) * 2.0).node is not None


def test_a_decorated_function_can_call_itself():
    @mt.no_grad()
    def power(x, n):
        return x if n == 0 else power(x * x, n - 1)

    assert (power(mt.Var(2.0), 3).value, power(mt.Var(2.0), 3).node) == (256.0, None)


def test_the_counter_counts_the_contexts_of_all_threads():
    entered, leave = threading.Event(), threading.Event()

    def other():
        with mt.no_grad():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    assert entered.wait(10)
    assert mode_counter.modes == 1
    assert not is_recording_off()
    assert (mt.Var(1.0) * 2.0).node is not None
    with use_mode(Tape()):
        assert mode_counter.modes == 2
    leave.set()
    thread.join()
    assert mode_counter.modes == 0


class TestModes:
    """The treatment of new nodes by each mode."""

    def test_without_a_mode_a_node_is_returned_as_it_is(self):
        node = Node()
        assert notify_mode(node) is node

    def test_an_abstract_mode_has_no_treatment(self):
        with pytest.raises(NotImplementedError):
            Mode().on_node(Node(), None)

    def test_a_tape_collects_and_records_the_nodes_made_in_its_context(self):
        x, tape = mt.Var(2.0), Tape()
        before = x * x
        with use_mode(tape):
            inside = before + x
            twice = inside * 2.0
        after = twice + 1.0
        assert tape.nodes == {inside.node, twice.node}
        after.backprop()
        assert x.grad == 10.0

    def test_the_inner_mode_alone_is_notified(self):
        x, outer, inner = mt.Var(2.0), Tape(), Tape()
        with use_mode(outer):
            with use_mode(inner):
                y = x * x
            with mt.no_grad():
                assert (x * x).node is None
            with use_mode(None):
                assert (x * x).node is not None
        assert (outer.nodes, inner.nodes) == (set(), {y.node})

    def test_recording_is_off_in_no_grad_and_in_no_other_mode(self):
        assert not is_recording_off()
        with use_mode(Tape()):
            assert not is_recording_off()
            with mt.no_grad():
                assert is_recording_off()
                with use_mode(None):
                    assert not is_recording_off()
                assert is_recording_off()
            assert not is_recording_off()

    def test_force_recording_records_inside_no_grad_until_it_ends(self):
        x = mt.Var(2.0)
        with mt.no_grad():
            with force_recording():
                assert (x * x).node is not None
            assert (x * x).node is None

    def test_force_recording_keeps_a_tape(self):
        x, tape = mt.Var(2.0), Tape()
        with use_mode(tape), force_recording():
            y = x * x
        assert tape.nodes == {y.node}

    def test_a_mode_ends_by_an_exception(self):
        with pytest.raises(ZeroDivisionError), use_mode(NoGrad()):
            1 / 0
        assert (mt.Var(1.0) * 2.0).node is not None


def test_a_mode_receives_the_arguments_of_an_ops_call_by_name_with_raw_operands():
    received = []

    class Recorder(Mode):
        def on_node(self, node, arguments):
            received.append((node, arguments))
            return node

    x = mt.Var(2.0)
    with use_mode(Recorder()):
        y = x * 3.0
        bare = notify_mode(Node())
    assert [node for node, _ in received] == [y.node, bare]
    assert received[0][1] == {"x1": 2.0, "x2": 3.0}
    assert received[1][1] is None
