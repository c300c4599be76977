"""`mutorch stubs`: the stubs of signatures of all kinds."""

import ast
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from click.testing import CliRunner

import mutorch_core as mt
from mutorch_core import Array, Hidden, Namespace, injected, op
from mutorch_core.cli import main
from mutorch_core.scaffold.stubs import stub_text


class Parts(NamedTuple):
    low: Array
    high: Array


def written(function, name="acme::f", **declared):
    """The line of the stub that declares one op's call."""
    text = stub_text([op(name, nondiff=("x",) if not declared else (), **declared)(function)])
    ast.parse(text)
    return next(line.strip() for line in text.splitlines() if "__call__" in line)


def test_operands_parameters_and_defaults_are_written():
    def f(
        x: Array, /, *, axis: int | Sequence[int] | None = None, p: float = 2.0, xp: Namespace = injected
    ) -> Array: ...

    assert written(f) == (
        "def __call__(self, x: Array, /, *, axis: int | collections.abc.Sequence[int] | None = None, p: float = 2.0) "
        "-> Array: ..."
    )


def test_sequence_variadic_and_optional_operands_are_written():
    def f(x: Sequence[Array], y: Array | None = None, *rest: Array, key: Array) -> Array: ...

    assert written(f) == (
        "def __call__(self, x: collections.abc.Sequence[Array], y: Array | None = None, *rest: Array, key: Array) "
        "-> Array: ..."
    )


def test_literals_and_callables_are_written_and_local_types_become_any():
    class Local: ...

    def f(x: Array, /, mode: Literal["a", "b"], f: Callable[[int], Any], h: Callable[..., int], k: Local, w=1): ...

    assert written(f) == (
        "def __call__(self, x: Array, /, mode: typing.Literal['a', 'b'], f: collections.abc.Callable[[int], Any], "
        "h: collections.abc.Callable[..., int], k: Any, w: Any = 1) -> Any: ..."
    )


def test_several_and_hidden_outputs_are_written():
    def f(x: Array, /) -> Hidden[Parts]: ...

    assert written(f, hidden=("rest",)).endswith(f"-> {Parts.__module__}.Parts: ...")


def classes(body):
    """The classes in a piece of Python, by name."""
    return {node.name: node for node in body if isinstance(node, ast.ClassDef)}


def test_the_stubs_are_valid_python_and_contain_every_installed_op():
    top = classes(ast.parse(stub_text(mt.ops.values())).body)
    assert set(top) == {"Namespace", "Ops", "_basic", "_core", "_nn"}
    for name in mt.ops:
        place = top[f"_{name.partition('::')[0]}"]
        for part in name.partition("::")[2].split("."):
            assert part in {node.target.id for node in place.body if isinstance(node, ast.AnnAssign)}
            place = classes(place.body)[f"_{part}"]
        assert place.body[-1].name == "__call__"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    tmp_path.joinpath("mutorch_core-stubs").write_text("in the way")
    done = CliRunner().invoke(main, ["stubs", "--output", str(tmp_path)])
    assert done.exit_code == 1
    assert "can't be written" in done.stderr


def test_a_broken_plugin_is_named_and_the_stubs_are_written(site):
    site.install("acme-ops", "acme", "1 / 0")
    done = site.mutorch("stubs", "--output", str(site.path / "typings"))
    assert done.returncode == 0
    assert "warning: plugin 'acme' is broken: ZeroDivisionError" in done.stderr
    assert "_basic" in site.path.joinpath("typings", "mutorch_core-stubs", "plugins", "registry.pyi").read_text()
    assert site.path.joinpath("typings", "mutorch_core-stubs", "py.typed").read_text() == "partial\n"
