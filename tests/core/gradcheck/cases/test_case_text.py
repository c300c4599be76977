"""The notation of `--case`: values are read back to the last digit and in the same memory layout."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from mutorch_core.gradcheck.cases.case_text import layout_of, read_values, with_layout, write_value, write_values
from mutorch_core.gradcheck.failures import CaseError

MATRIX = np.array([[0.0, 1.0, -2.5], [3.0, 1e-17, 4.0]])


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    return type(a) is type(b) and (a == b or repr(a) == repr(b) == "nan")


@pytest.mark.parametrize(
    "value",
    [
        MATRIX,
        np.array(1 / 3),
        np.array([-0.0, np.inf, -np.inf, np.nan]),
        np.zeros((0, 2)),
        np.zeros((2, 0)),
        np.array([1 + 2j, -0.5j, complex(np.inf, -1)]),
        np.array([[True, False]]),
        np.array([3, -4]),
        np.array([1.5], dtype=np.float32),
        (MATRIX, np.array([1.0])),
        (),
        [1, 2.0, "a;b=c'd"],
        None,
        True,
        -3,
        2.0,
        1e300,
        float("inf"),
        1 - 2j,
        "mean",
        'say "so"',
        ...,
        slice(None, -1, 2),
        (slice(0, 2, None), None, ..., np.array([0, 1])),
        np.dtype("complex64"),
    ],
    ids=repr,
)
def test_a_value_is_read_as_it_was_written(value):
    assert same(read_values(f"x={write_value(value)}")["x"], value)


def test_several_values_are_read_in_their_order():
    values = {"x": MATRIX, "axis": -1, "keepdims": True, "g": np.array([1.0])}
    text = write_values(values)
    assert text == "x=float64[2,3]:[[0,1,-2.5],[3,1e-17,4]];axis=-1;keepdims=True;g=float64[1]:[1]"
    assert all(map(same, read_values(text).values(), values.values()))
    assert same(read_values(text.replace(";", " ; ").replace("=", " = "))["x"], MATRIX)


@pytest.mark.parametrize("layout", ["", "F", "R", "S"])
def test_the_order_in_memory_survives(layout):
    laid = with_layout(MATRIX, layout)
    assert layout_of(laid) == layout
    assert same(laid, MATRIX)
    back = read_values(f"x={write_value(laid)}")["x"]
    assert back.strides == laid.strides
    assert same(back, MATRIX)


def test_stride_zero_repeats_the_first_value():
    laid = with_layout(MATRIX, "Z")
    assert layout_of(laid) == "Z"
    assert (laid == MATRIX[0, 0]).all()
    assert read_values(f"x={write_value(laid)}")["x"].strides == (0, 0)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "expected `name=value` at character 0"),
        ("x", "expected '='"),
        ("x=", "expected a value"),
        ("x=__import__('os')", "a word is None, True, False"),
        ("x=1;x=2", "x is given twice"),
        ("x=float64[2]", "expected ':'"),
        ("x=float64[2]Q:[1,2]", "a layout, one of F, R, S, Z"),
        ("x=float64[3]:[1,2]", r"float64\[3\] can't hold"),
        ("x=float64[2,2]:[[1,2],[3]]", "can't hold"),
        ("x=1 y", "expected `name=value` at character 3"),
        ("x={1}", "expected a value"),
        ("x=(1,2", "expected"),
        ("x=int8[1]:[300]", "int8\\[1\\] can't hold"),
        ("x=object[1]:[1]", "or a dtype of numbers"),
        ("x=datetime64[1]:[1]", "or a dtype of numbers"),
        ("x=slice(1)", "a word is None, True, False, slice"),
        ("x=slice(1,2,3,4)", "a word is None, True, False, slice"),
        ("x=" + "(" * 1000, "no more than 64 brackets within one another"),
        ("x=float16[1]:[1]", "float16 is not checked, for finite differences leave none of its digits: use float64"),
        ("x=bfloat16[1]:[1]", "bfloat16 is not checked"),
    ],
)
def test_what_is_not_in_the_notation_is_refused_with_its_place(text, match):
    with pytest.raises(CaseError, match=match):
        read_values(text)


def test_a_value_without_a_form_is_shown_and_not_read():
    assert write_value({"a": 1}) == "<{'a': 1}>"
    with pytest.raises(CaseError, match="expected a value"):
        read_values(f"x={write_value({'a': 1})}")


PIECES = (
    "x", "=", ";", ":", ",", "float64", "int8", "object", "float16", "complex128", "bool", "[2]", "[", "]", "(", ")",
    "[]", "[1,2]", "[-1]", "[99999999999999]", "[1e3]", "['a']", "300", "-1", "1e999", "nan", "1+2j", "'a'", "'",
    "None", "...", "slice", "(1,2,3)", "F", "Z", " ", "\n", "²", "0x10", "\\",
)  # fmt: skip


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(strategies.lists(strategies.sampled_from(PIECES), max_size=8).map("".join), strategies.sampled_from(["", "x="]))
def test_any_text_is_read_or_refused(text, start):
    try:
        read = read_values(start + text)
    except CaseError:
        return
    assert same(read_values(write_values(read)), read)
