"""The notation of `--case`: values as text, and text as values.

    case   = name "=" value { ";" name "=" value }
    value  = array | number | 'text' | dtype | None | True | False | ... | slice(a,b,c) | (a,b) | [a,b]
    array  = dtype "[" sides "]" [ layout ] ":" entries            float64[2,2]F:[[0,1],[2,3]]
    layout = F (Fortran) | R (reversed) | S (every second entry) | Z (stride 0); C order if absent

The text is parsed with this grammar and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from mutorch_core.gradcheck.failures import CaseError
from mutorch_core.gradcheck.value_types import HALF_PRECISION, is_array, is_dtype, is_scalar, is_several

__all__ = ["layout_of", "read_values", "with_layout", "write_value", "write_values"]

TOKEN = re.compile(
    r"""\s*(?: (?P<number>[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf\b|nan\b)j?)
             | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
             | (?P<word>[A-Za-z_]\w*) | (?P<dots>\.\.\.) | (?P<sign>[\[\](),:;=]) )""",
    re.VERBOSE,
)
WORDS = {"None": None, "True": True, "False": False}
LAYOUTS = "FRSZ"
MAX_DEPTH = 64
"""The largest depth of nested brackets; NumPy's arrays have no more axes."""


# ------------------------------------------------------------------------------------------------------ memory


def layout_of(array: Any) -> str:
    """Return the letter for an array's layout in memory, empty for C order."""
    if array.flags.c_contiguous or array.size == 0:
        return ""
    if array.flags.f_contiguous:
        return "F"
    strides = [stride for stride, side in zip(array.strides, array.shape, strict=True) if side > 1]
    return "Z" if 0 in strides else "R" if all(stride < 0 for stride in strides) else "S"


def with_layout(array: Any, layout: str) -> Any:
    """Return the same values in another memory layout. For stride 0, repeat the first value along each axis."""
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "Z":
        first = array[tuple(slice(0, 1) for _ in array.shape)].copy()
        return np.broadcast_to(first, array.shape)
    if layout == "R":
        backwards = tuple(slice(None, None, -1) for _ in array.shape)
        return array[backwards].copy()[backwards]
    if layout == "S":
        wide = np.zeros([2 * side for side in array.shape], dtype=array.dtype)
        every_second = wide[tuple(slice(None, None, 2) for _ in array.shape)]
        every_second[...] = array
        return every_second
    return np.ascontiguousarray(array).reshape(array.shape)


# ----------------------------------------------------------------------------------------------------- writing


def write_value(value: Any) -> str:
    """Return a value as text."""
    if is_array(value) or is_scalar(value):
        return write_array(np.asarray(value))
    if is_several(value):
        texts = [write_value(item) for item in value]
        return f"({''.join(text + ',' for text in texts)})" if type(value) is tuple else f"[{','.join(texts)}]"
    if type(value) is slice:
        return f"slice({','.join(map(write_value, (value.start, value.stop, value.step)))})"
    if value is Ellipsis:
        return "..."
    return np.dtype(value).name if is_dtype(value) else write_plain(value)


def write_plain(value: Any) -> str:
    """Return a number, a text or None as text; for any other type, a text that can't be read back."""
    if isinstance(value, complex):
        return write_complex(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    return f"<{value!r}>"


def write_array(array: Any) -> str:
    """Return an array as text: `float64[2,2]F:[[0,1],[2,3]]`."""
    sides = ",".join(map(str, array.shape))
    return f"{array.dtype.name}[{sides}]{layout_of(array)}:{write_entries(array.tolist())}"


def write_entries(entries: Any) -> str:
    """Return nested lists of numbers as text; an integral float is written without `.0`."""
    if is_several(entries):
        return f"[{','.join(map(write_entries, entries))}]"
    if isinstance(entries, complex):
        return write_complex(entries)
    if isinstance(entries, float) and entries.is_integer() and abs(entries) < 1e15:
        return f"{entries:.0f}"
    return repr(entries)


def write_complex(number: complex) -> str:
    """Return a complex number as text: `1+2j`, without brackets."""
    imaginary = write_entries(number.imag)
    return f"{write_entries(number.real)}{imaginary if imaginary[0] in '+-' else '+' + imaginary}j"


def write_values(values: Mapping[str, Any]) -> str:
    """Return named values as text: `x=…;beta=2.0`."""
    return ";".join(f"{name}={write_value(value)}" for name, value in values.items())


# ----------------------------------------------------------------------------------------------------- reading


def read_values(text: str) -> dict[str, Any]:
    """Parse the named values of a case. Raises CaseError with the position if the syntax is wrong."""
    return CaseReader(text).values()


class CaseReader:
    """A recursive-descent parser with a position in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def fail(self, expected: str) -> NoReturn:
        """Raise CaseError at the current position."""
        following = self.text[self.position : self.position + 20]
        raise CaseError(f"--case: expected {expected} at character {self.position}: {following!r}")

    def peek(self) -> tuple[str, str]:
        """Return the next token's kind and text without consuming it; two empty strings at the end."""
        match = TOKEN.match(self.text, self.position)
        if match is None:
            if self.text[self.position :].strip():
                self.fail("a value")
            return "", ""
        kind = match.lastgroup or ""
        return kind, match[kind]

    def take(self, expected: str | None = None) -> tuple[str, str]:
        """Consume the next token and return it. Fail if it is not the `expected` one."""
        kind, text = self.peek()
        if expected is not None and text != expected:
            self.fail(repr(expected))
        match = TOKEN.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return kind, text

    def values(self) -> dict[str, Any]:
        """Parse `name=value;name=value` to the end of the text."""
        named: dict[str, Any] = {}
        more = True
        while more and self.peek()[0] == "word":
            _, name = self.take()
            if name in named:
                raise CaseError(f"--case: {name} is given twice")
            self.take("=")
            named[name] = self.value()
            more = self.peek()[1] == ";"
            if more:
                self.take()
        if not named or self.peek()[0]:
            self.fail("`name=value`")
        return named

    def value(self) -> Any:
        """Parse one value of any kind."""
        kind, text = self.peek()
        if kind == "number":
            return self.number()
        if text in ("(", "["):
            items = self.items(")" if text == "(" else "]")
            return tuple(items) if text == "(" else items
        if kind == "text":
            self.take()
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "dots":
            self.take()
            return Ellipsis
        if kind == "word":
            return self.word()
        return self.fail("a value")

    def items(self, closing: str) -> list[Any]:
        """Parse the values between the bracket that comes next and its closing bracket."""
        if self.depth >= MAX_DEPTH:
            self.fail(f"no more than {MAX_DEPTH} brackets within one another")
        self.take()
        self.depth += 1
        items: list[Any] = []
        while self.peek()[1] != closing:
            items.append(self.value())
            if self.peek()[1] != closing:
                self.take(",")
        self.take(closing)
        self.depth -= 1
        return items

    def number(self) -> Any:
        """Parse a number: `2`, `-1.5e3`, `inf`, `1+2j`."""
        _, text = self.take()
        kind, following = self.peek()
        if kind == "number" and following.endswith("j") and following[0] in "+-" and not text.endswith("j"):
            self.take()
            return complex(float(text), float(following[:-1]))
        if text.endswith("j"):
            return complex(0.0, float(text[:-1]))
        whole = re.fullmatch(r"[+-]?\d+", text) and not re.fullmatch(r"-0+", text)
        return int(text) if whole else float(text)

    def word(self) -> Any:
        """Parse a constant, a slice, a dtype, or an array that begins with its dtype."""
        start = self.position
        _, text = self.take()
        if text in WORDS:
            return WORDS[text]
        if text == "slice" and self.peek()[1] == "(":
            parts = self.items(")")
            if len(parts) == 3:
                return slice(*parts)
        if text in HALF_PRECISION:
            raise CaseError(
                f"--case: {text} is not checked, for finite differences leave none of its digits: use float64"
            )
        try:
            dtype = np.dtype(text)
        except TypeError:
            dtype = None
        if dtype is None or dtype.kind not in "biufc":
            self.position = start
            self.fail("a value; a word is None, True, False, slice(a,b,c) or a dtype of numbers")
        return self.array(dtype) if self.peek()[1] == "[" else dtype

    def array(self, dtype: Any) -> Any:
        """Parse the rest of an array: `[2,2]F:[[0,1],[2,3]]`."""
        start = self.position
        shape = tuple(self.items("]"))
        layout = self.take()[1] if self.peek()[0] == "word" else ""
        if layout and layout not in LAYOUTS:
            self.position = start
            self.fail(f"a layout, one of {', '.join(LAYOUTS)}")
        self.take(":")
        entries = self.value()
        try:
            array = np.array(entries, dtype=dtype).reshape(shape)
        except (TypeError, ValueError, OverflowError) as error:
            raise CaseError(f"--case: {dtype.name}{list(shape)} can't hold what follows it: {error}") from error
        return with_layout(array, layout) if layout else array
