"""Generated code: what a traceback shows of it, and how long its text is kept."""

from __future__ import annotations

import gc
import inspect
import linecache
import traceback

import pytest

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.declaration.code_text import compile_function, parameter_list, tuple_text


def make_op():
    @op("toy::both")
    def both(x: Array, y: Array, /) -> Array:
        return x * y

    @both.vjp("x")
    def _(g, y):
        return g * y + 0.0

    @both.vjp("y")
    def _(g, y):
        raise ZeroDivisionError

    return both


def generated_lines(error):
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.line for frame in frames if frame.filename.startswith("<mutorch")]


@pytest.mark.parametrize(
    ("tracked", "line"), [((True, True), "_c_1 = _rule_1(g, y)"), ((False, True), "_c_0 = _rule_0(g, y)")]
)
@pytest.mark.parametrize("recorded", [False, True])
def test_a_traceback_shows_the_generated_line_of_the_rule_that_raised(tracked, line, recorded):
    both = make_op()
    for subset in ((True, True), (True, False), (False, True)):  # the text of each is written
        both(*(mt.Var(2.0) if each else 2.0 for each in subset))
    z = both(*(mt.Var(2.0) if each else 2.0 for each in tracked))
    with pytest.raises(ZeroDivisionError) as caught:
        z.backprop(create_graph=recorded)
    assert [shown.removesuffix(" if _w_y else None") for shown in generated_lines(caught.value)] == [line]


def test_functions_of_one_op_and_purpose_have_different_file_names():
    first, second = (compile_function("toy::f", "f", ["def f():", f"    return {n}"], {}) for n in (1, 2))
    assert first.__code__.co_filename != second.__code__.co_filename
    for number, function in enumerate((first, second), start=1):
        assert linecache.getline(function.__code__.co_filename, 2) == f"    return {number}\n"


def texts_of(name):
    return [filename for filename in linecache.cache if filename.startswith(f"<mutorch {name} ")]


def test_the_text_of_ops_that_are_gone_is_not_kept():
    for _ in range(10):
        make_op()(mt.Var(1.0), mt.Var(2.0))
    gc.collect()
    assert texts_of("toy::both") == []


def test_a_traceback_keeps_the_text_of_a_function_that_is_gone():
    with pytest.raises(ZeroDivisionError) as caught:
        compile_function("toy::gone", "f", ["def f():", "    return 1 / 0"], {})()
    gc.collect()
    assert generated_lines(caught.value) == ["return 1 / 0"]
    del caught
    gc.collect()
    assert texts_of("toy::gone") == []


@pytest.mark.parametrize(
    "head",
    [
        "",
        "a",
        "a, /",
        "a, /, b",
        "a, *rest",
        "a, *rest, b",
        "*, a",
        "a, *, b, c",
        "a, /, b, *, c",
        "a, /, *, b",
        "*rest",
    ],
)
def test_a_parameter_list_is_written_as_in_python(head):
    scope: dict[str, object] = {}
    exec(f"def f({head}): ...", scope)
    parameters = inspect.signature(scope["f"]).parameters.values()
    assert ", ".join(parameter_list(parameters, lambda parameter: parameter.name)) == head


def test_a_tuple_is_written_with_a_comma_after_each_part():
    assert tuple_text([]) == "()"
    assert tuple_text(["a"]) == "(a,)"
    assert tuple_text(iter("ab")) == "(a, b,)"


def test_a_compiled_function_finds_itself_and_its_globals_in_its_scope():
    scope = {"_value": 3}
    function = compile_function("toy::f", "f", ["def f():", "    return _value"], scope)
    assert function() == 3
    assert scope["_self"] is function


def test_a_traceback_shows_the_line_of_the_pullback_that_ran():
    @op("toy::failing")
    def failing(x: Array, y: Array, /) -> Array:
        return x * y

    @failing.vjp("x")
    def _(g, y):
        return g * y

    @failing.vjp("y")
    def _(g):
        raise ZeroDivisionError

    failing(mt.Var(1.0), 2.0).backprop()
    with pytest.raises(ZeroDivisionError) as caught:
        failing(mt.Var(1.0), mt.Var(2.0)).backprop()
    lines = [
        frame.line for frame in traceback.extract_tb(caught.value.__traceback__) if "mutorch toy" in frame.filename
    ]
    assert lines == ["_c_1 = _rule_1(g)"]
    with pytest.raises(ZeroDivisionError) as caught:
        failing(1.0, mt.Var(2.0)).backprop()
    (frame,) = [f for f in traceback.extract_tb(caught.value.__traceback__) if "mutorch toy" in f.filename]
    assert frame.line == "_c_0 = _rule_0(g)"
    assert linecache.getline(frame.filename, frame.lineno).strip() == frame.line
