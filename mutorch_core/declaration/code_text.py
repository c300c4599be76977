"""Code that the engine writes: pieces of its text, and how it is run.

The text is kept for tracebacks. The engine's own names in it begin with an underscore, an operand's or a
parameter's can't.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from inspect import Parameter
from itertools import count
from typing import Any
from weakref import finalize

__all__ = ["compiled", "inlined", "joined", "parameter_list"]


NUMBERS = count(1)


def compiled(name: str, purpose: str, lines: Iterable[str], scope: dict[str, Any]) -> Any:
    """Run generated lines and return the function that they define, its text kept for tracebacks.

    An op has several functions of one purpose, so a number makes each file name unique. The text is dropped with the
    function, which lives as long as any traceback through it: the traceback's frame holds `scope`.
    """
    source = "\n".join(lines) + "\n"
    filename = f"<mutorch {name} {purpose} {next(NUMBERS)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), scope)
    function = scope[purpose]
    finalize(function, linecache.cache.pop, filename, None).atexit = False
    return function


def joined(parts: Iterable[str]) -> str:
    """A tuple display: `(a, b,)`, or `()`."""
    text = "".join(f"{part}, " for part in parts).rstrip()
    return f"({text})"


def parameter_list(parameters: Iterable[Parameter], text: Callable[[Parameter], str]) -> list[str]:
    """The parts of a parameter list, `/` and `*` among them, each parameter by its text."""
    parts: list[str] = []
    before: Any = None
    for parameter in parameters:
        if before is Parameter.POSITIONAL_ONLY and parameter.kind is not Parameter.POSITIONAL_ONLY:
            parts.append("/")
        if parameter.kind is Parameter.KEYWORD_ONLY and before not in (
            Parameter.KEYWORD_ONLY,
            Parameter.VAR_POSITIONAL,
        ):
            parts.append("*")
        parts.append(("*" if parameter.kind is Parameter.VAR_POSITIONAL else "") + text(parameter))
        before = parameter.kind
    return [*parts, "/"] if before is Parameter.POSITIONAL_ONLY else parts


UNARY: dict[str, Callable[[Any], Any]] = {"{0}": lambda a: a, "-{0}": lambda a: -a}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "{0} + {1}": lambda a, b: a + b,
    "{0} - {1}": lambda a, b: a - b,
    "{0} * {1}": lambda a, b: a * b,
    "{0} / {1}": lambda a, b: a / b,
    "{0} @ {1}": lambda a, b: a @ b,
}
FORMS = {
    **{(1, example.__code__.co_code): form for form, example in UNARY.items()},
    **{(2, example.__code__.co_code): form for form, example in BINARY.items()},
}
"""The expression, by the number of arguments and the bytecode of a function that computes it."""


def inlined(function: Callable[..., Any], arguments: str) -> str | None:
    """The expression that a function computes, where that is its arguments under one operator.

    Told by its bytecode, which must be to the byte that of such a function.
    """
    code = getattr(function, "__code__", None)
    values = arguments.split(", ")
    if code is None or code.co_kwonlyargcount or code.co_argcount != len(values):
        return None
    form = FORMS.get((len(values), code.co_code))
    return None if form is None else form.format(*values)
