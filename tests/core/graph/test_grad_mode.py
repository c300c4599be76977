"""Recording modes: `no_grad`, tapes, and nested contexts."""

from __future__ import annotations

import contextvars
import threading

import mutorch_core as mt


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
