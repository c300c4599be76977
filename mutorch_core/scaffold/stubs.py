"""`mutorch stubs`: type stubs of `mt.ops`, whose attributes are the ops that are installed.

The command writes a stub of `mutorch_core.plugins.registry` into `typings/`, where pyright and Pylance look. With it
`mt.ops.basic.add(` completes and a wrong call is an error. The stub package is partial: the other modules of
`mutorch_core` keep their own types.

    class _basic(Namespace):
        class _add(Op[..., Any]):
            def __call__(self, x1: Array, x2: Array, /) -> Array: ...
        add: _add
"""

from __future__ import annotations

import inspect
import keyword
import sys
import types
import typing
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from inspect import Parameter
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mutorch_core.declaration.annotations import Array, Hidden
from mutorch_core.declaration.code_text import parameter_list
from mutorch_core.declaration.signatures import annotation_of

if TYPE_CHECKING:
    from mutorch_core.declaration.op import Op

__all__ = ["stub_text", "stubs"]

FOLDER = "mutorch_core-stubs"

HEAD = '''\
"""The ops that are installed here. Written by `mutorch stubs`: run it again where others are installed."""

from collections.abc import Iterator, Mapping
from typing import Any
'''

COMMON = """\
from mutorch_core import Array, Op

def check_enabled(name: str) -> None: ...

class Namespace: ...
"""

TAIL = """\

class Ops(Mapping[str, Op[..., Any]]):
    def __getitem__(self, name: str) -> Op[..., Any]: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
"""


@click.command()
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default=Path("typings"), metavar="DIR",
              show_default=True, help="A folder of stubs: pyright's stubPath.")  # fmt: skip
def stubs(output: Path) -> None:
    """Write type stubs of `mt.ops`: the signatures of all ops that are installed."""
    from mutorch_core.plugins.loading import records
    from mutorch_core.plugins.registry import ops

    with redirect_stdout(sys.stderr):
        for record in records():
            if record.unusable:
                click.echo(f"warning: plugin {record.namespace!r} is {record.status}: {record.reason}", err=True)
        listed = list(ops.values())
    target = output / FOLDER / "plugins" / "registry.pyi"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        (output / FOLDER / "py.typed").write_text("partial\n", encoding="utf-8")
        target.write_text(stub_text(listed), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{target} can't be written: {error}") from error
    click.echo(f"{target}: {len(listed)} ops of {', '.join(sorted({op.namespace for op in listed}))}")


def stub_text(ops: Iterable[Op[Any, Any]]) -> str:
    """Return the stub of `mutorch_core.plugins.registry` for some ops."""
    modules: set[str] = set()
    bodies = [line for name, inner in tree_of(ops).items() for line in namespace_lines(name, inner, modules, "")]
    imports = [f"import {module}" for module in sorted(modules)]
    names = [line.partition("(")[0].removeprefix("class _") for line in bodies if line.startswith("class ")]
    views = [f"    {name}: _{name}" for name in names]
    return "\n".join([HEAD + "\n".join(imports), COMMON, *bodies, TAIL + "\n".join(views), "", "ops: Ops", ""])


def tree_of(ops: Iterable[Op[Any, Any]]) -> dict[str, dict[str, Any]]:
    """Arrange ops by namespace and name, aliases included; a dotted name becomes nested dictionaries."""
    tree: dict[str, dict[str, Any]] = {}
    for op in ops:
        for name in (op.short_name, *op.aliases):
            *folders, last = name.split(".")
            place = tree.setdefault(op.namespace, {})
            for folder in folders:
                place = place.setdefault(f"{folder}.", {})
            if not keyword.iskeyword(last):
                place[last] = op
    return tree


def namespace_lines(name: str, inner: dict[str, Any], modules: set[str], indent: str) -> Iterator[str]:
    """Yield the class of a namespace, with the classes of its ops and sub-namespaces and their attributes."""
    yield f"{indent}class _{name}(Namespace):"
    within = indent + "    "
    written: dict[int, str] = {}
    for short, what in inner.items():
        if short.endswith("."):
            short = short[:-1]
            yield from namespace_lines(short, what, modules, within)
        elif id(what) not in written:
            written[id(what)] = short
            yield from op_lines(short, what, modules, within)
        yield f"{within}{short}: _{written.get(id(what), short)}"


def op_lines(short: str, op: Op[Any, Any], modules: set[str], indent: str) -> Iterator[str]:
    """Yield the class of one op, whose `__call__` has the op's signature."""
    result = shown(returned(op), modules)
    yield f"{indent}class _{short}(Op[..., Any]):"
    documented = (op.__doc__ or "").strip().splitlines()
    if documented:
        yield f"{indent}    {documented[0]!r}"
    yield f"{indent}    def __call__({parameters_of(op, modules)}) -> {result}: ..."


def returned(op: Op[Any, Any]) -> Any:
    """Return a forward's return annotation without its hidden outputs."""
    annotation = annotation_of(
        Parameter("result", Parameter.POSITIONAL_ONLY, annotation=op.signature.return_annotation), op.function
    )
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Hidden else annotation


def parameters_of(op: Op[Any, Any], modules: set[str]) -> str:
    """Return a parameter list as text: `self, x: Array, /, *, axis: int = 0`."""

    def text(parameter: Parameter) -> str:
        default = "" if parameter.default is Parameter.empty else f" = {default_of(parameter.default)}"
        return f"{parameter.name}: {shown(annotation_of(parameter, op.function), modules)}{default}"

    return ", ".join(["self", *parameter_list(op.signature.parameters.values(), text)])


def default_of(value: Any) -> str:
    """Return a default as text, or `...` if it has no short text."""
    simple = value is None or type(value) in (bool, int, str) or (type(value) is float and isfinite(value))
    return repr(value) if simple else "..."


def shown(annotation: Any, modules: set[str]) -> str:
    """Return an annotation as text and add its modules to `modules`; `Any` for what can't be written."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in (Array, None, type(None)):
        return "Array" if annotation is Array else "None"
    if origin in (types.UnionType, typing.Union):
        return " | ".join(shown(part, modules) for part in arguments)
    if origin is typing.Literal:
        modules.add("typing")
        return f"typing.Literal[{', '.join(map(repr, arguments))}]"
    if origin is not None:
        inner = [part_shown(part, modules) for part in arguments]
        return f"{shown(origin, modules)}[{', '.join(inner)}]"
    named = inspect.isclass(annotation) and annotation not in (Parameter.empty, Any)
    return class_shown(annotation, modules) if named else "Any"


def part_shown(part: Any, modules: set[str]) -> str:
    """Return an argument of a generic as text: `int`, `...`, or the list of a Callable."""
    if part is ...:
        return "..."
    if isinstance(part, list):
        return f"[{', '.join(shown(each, modules) for each in typing.cast('list[Any]', part))}]"
    return shown(part, modules)


def class_shown(kind: type, modules: set[str]) -> str:
    """Return a class's full name if it can be imported by that, else `Any`."""
    if kind.__module__ == "builtins":
        return kind.__qualname__
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    if found is not kind:
        return "Any"
    modules.add(kind.__module__)
    return f"{kind.__module__}.{kind.__qualname__}"
