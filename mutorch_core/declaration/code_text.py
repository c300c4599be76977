"""Generated Python source: how its text is written and compiled."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from inspect import Parameter
from itertools import count
from typing import Any
from weakref import finalize

__all__ = ["compile_function", "parameter_list", "tuple_text"]

text_numbers = count(1)


def compile_function(name: str, purpose: str, lines: Iterable[str], scope: dict[str, Any]) -> Any:
    """Compile the function `purpose` of the op `name`, whose globals are `scope`.

    Its text is registered with `linecache` under a file name that no other text has, so that tracebacks and
    debuggers show its lines. The text is dropped with the function, which lives as long as any traceback through it,
    since a traceback's frames hold `scope`.
    """
    source = "\n".join(lines) + "\n"
    filename = f"<mutorch {name} {purpose} {next(text_numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    defined: dict[str, Any] = {}
    exec(compile(source, filename, "exec"), scope, defined)
    function = scope["_self"] = defined[purpose]
    finalize(function, linecache.cache.pop, filename, None).atexit = False
    return function


def tuple_text(parts: Iterable[str]) -> str:
    """Return the text of a tuple: `(a, b,)`, or `()`."""
    text = "".join(f"{part}, " for part in parts).rstrip()
    return f"({text})"


def parameter_list(parameters: Iterable[Parameter], text: Callable[[Parameter], str]) -> list[str]:
    """Return the parts of a parameter list, `/` and `*` included; `text` formats one parameter."""
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
