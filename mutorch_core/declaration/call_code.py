"""The call generator: it writes the function that a call of an op runs.

The text is written for the op's signature, as attrs writes an `__init__`, so that the hot path looks nothing
up by name and passes no `*args`. For

    @op("basic::multiply", symbol="*")
    def multiply(x1: Array, x2: Array, /) -> Array: ...

the call takes both operands out of their `Var`s, runs the forward and, if both are tracked, makes a node with

    _node.rule = _pullback_3
    _node.parents = (_n_x1, _n_x2,)
    _node.saved = (x2, x1,)

It has one such branch for each subset of tracked operands; ops with many operands look the subset up.
Names of the generator begin with an underscore; the names of operands, parameters and outputs never do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from inspect import Parameter
from typing import Any

import numpy as np

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.namespaces import common_namespace, is_number, namespace_cache, namespace_or_none
from mutorch_core.arrays.values import normalise_result
from mutorch_core.declaration.call_boundary import (
    Forwards,
    composite_call,
    fields_of,
    namespace_operands,
    naming_operands,
    operand_error,
    public_of,
    refuse_static,
    unwrap_nested,
    unwrap_sequence,
    wrap_outputs,
)
from mutorch_core.declaration.code_text import compile_function, parameter_list, tuple_text
from mutorch_core.declaration.pullback import Pullbacks
from mutorch_core.declaration.pullback_code import flags_variable, meta_or_none, savable
from mutorch_core.declaration.signatures import Declaration, Operand, Rule
from mutorch_core.errors import MutorchError
from mutorch_core.graph.grad_mode import mode_counter, notify_mode
from mutorch_core.graph.node import Node, set_result_info
from mutorch_core.graph.operators import REFLECTED, never_defers
from mutorch_core.graph.var import Var
from mutorch_core.graph.views import record_view

__all__ = ["specialise"]

INLINE = 2
"""The number of differentiable operands up to which every subset of them has a branch in the call."""


def specialise(
    declaration: Declaration, rules: Mapping[str, Rule], forwards: Mapping[str, Callable[..., Any]]
) -> Callable[..., Any]:
    """Return the function that a call of an op runs.

    It raises MissingRule when an operand without a rule is first met tracked.
    """
    if declaration.composite:
        function = composite_call(declaration)
    else:
        name = declaration.short_name.replace(".", "_")
        pullbacks = Pullbacks(declaration, rules)
        scope = call_scope(declaration, forwards, pullbacks)
        by_library = bool(forwards) or declaration.libraries is not None
        function = compile_function(declaration.name, name, call_lines(declaration, pullbacks, name, by_library), scope)
        scope.update({f"_pullback_{mask}": pullback for mask, pullback in pullbacks.items()})
        scope["_call"] = function
    function.__qualname__ = declaration.name
    function.__doc__ = declaration.function.__doc__
    function.__module__ = declaration.function.__module__
    return function


def call_scope(
    declaration: Declaration, forwards: Mapping[str, Callable[..., Any]], pullbacks: Pullbacks
) -> dict[str, Any]:
    """Return the globals of a generated call."""
    pairs: dict[tuple[type, type], Any] = {}
    alike: set[tuple[type, ...]] = set()
    deciding = namespace_operands(declaration)

    def find_namespace(*values: Any, others: tuple[Any, ...] = ()) -> Any:
        by_values = not others or not all(map(is_number, values))
        with naming_operands(declaration, deciding, values):
            namespace = common_namespace(values if by_values else [o for o in others if hasattr(o, "shape")])
        types = tuple(map(type, values if len(values) > 1 else values + others))
        if by_values and len(types) == 2:
            pairs[types] = namespace
        return namespace

    def refuse_mixed(*values: Any) -> None:
        with naming_operands(declaration, deciding, values):
            namespace_or_none(values)
        alike.add(tuple(map(type, values)))

    names: dict[str, Any] = {
        "Var": Var, "Node": Node, "new": object.__new__, "ndarray": np.ndarray, "type": type, "float": float,
        "isinstance": isinstance, "tuple": tuple, "map": map, "Exception": Exception, "MutorchError": MutorchError,
        "mode_counter": mode_counter, "notify_mode": notify_mode, "normalise_result": normalise_result,
        "set_result_info": set_result_info, "namespace_cache": namespace_cache,
        "pairs": pairs, "pullbacks": pullbacks, "find_namespace": find_namespace, "declaration": declaration,
        "alike": alike, "refuse_mixed": refuse_mixed, "record_view": record_view, "NESTED": (tuple, list, dict),
        "unwrap_sequence": unwrap_sequence, "unwrap_nested": unwrap_nested, "fields_of": fields_of,
        "public_of": public_of, "wrap_outputs": wrap_outputs, "meta_of": meta_of, "meta_or_none": meta_or_none,
        "forward": declaration.function, "forwards": Forwards(declaration, forwards),
        "defers": never_defers,
        "operand_error": partial(operand_error, declaration), "refuse_static": partial(refuse_static, declaration),
        **{f"default_{p.name}": p.default for p in declaration.signature.parameters.values()},
    }  # fmt: skip
    return {f"_{name}": value for name, value in names.items()}


def call_lines(declaration: Declaration, pullbacks: Pullbacks, name: str, by_library: bool) -> Iterator[str]:
    """Write an op's call; `by_library` is whether its forward depends on the library.

    The call of a binary operator has a handler: its method returns NotImplemented for operands of unknown types.
    """
    yield f"def {name}({signature_text(declaration)}):"
    body = body_lines(declaration, pullbacks, by_library)
    if declaration.operator not in REFLECTED:
        yield from body
        return
    yield "    try:"
    yield from (f"    {line}" for line in body)
    yield "    except _MutorchError:"
    yield f"        if _defers({declaration.operands[-1].name}): return NotImplemented"
    yield "        raise"


def body_lines(declaration: Declaration, pullbacks: Pullbacks, by_library: bool) -> Iterator[str]:
    """Write the body of a call."""
    yield "    _tracked = 0"
    yield "    _raw = True"
    yield from unwrap_lines(declaration)
    if declaration.wants_space or by_library:
        yield namespace_line(declaration)
    operands = tuple_text(("" if o.kind == "single" else "*") + o.name for o in declaration.operands)
    names = declaration.signature.parameters
    arguments = f"{{{', '.join(f'{name!r}: {name}' for name in names)}}}"
    yield "    try:"
    yield f"        _out = {'_forwards[_xp]' if by_library else '_forward'}({forward_arguments(declaration)})"
    yield "    except _MutorchError:"
    yield "        raise"
    yield "    except _Exception as _error:"
    yield f"        raise _operand_error(_error, {arguments}) from _error"
    if declaration.has_many_outputs:
        yield from many_outputs_lines(declaration, pullbacks, operands, arguments)
    else:
        yield from one_output_lines(declaration, pullbacks, operands, arguments)


def signature_text(declaration: Declaration) -> str:
    """Write the parameters of the public signature, defaults taken from the scope."""

    def text(parameter: Parameter) -> str:
        return parameter.name + ("" if parameter.default is Parameter.empty else f"=_default_{parameter.name}")

    return ", ".join(parameter_list(declaration.signature.parameters.values(), text))


def forward_arguments(declaration: Declaration) -> str:
    """Write the arguments of the forward, operands raw."""
    texts: list[str] = []
    for parameter in declaration.signature.parameters.values():
        star = "*" if parameter.kind is Parameter.VAR_POSITIONAL else ""
        keyword = parameter.kind is Parameter.KEYWORD_ONLY
        texts.append(f"{parameter.name}={parameter.name}" if keyword else f"{star}{parameter.name}")
    return ", ".join([*texts, "xp=_xp"] if declaration.wants_space else texts)


def unwrap_lines(declaration: Declaration) -> Iterator[str]:
    """Take each operand out of its `Var`, note which are tracked, and refuse a `Var` as a static parameter."""
    bit, viewed = 1, viewable(declaration)
    for operand in declaration.operands:
        name = operand.name
        if operand.kind != "single":
            yield f"    {name}, _n_{name}, {flags_variable(operand)}, _wrapped = _unwrap_sequence({name})"
            yield "    if _wrapped: _raw = False"
            if operand.differentiable:
                yield f"    if _n_{name}: _tracked |= {bit}"
        else:
            if operand is viewed:
                yield f"    _origin = {name}"
            yield f"    if _type({name}) is _Var:"
            yield "        _raw = False"
            if operand.differentiable:
                yield f"        _n_{name} = {name}.node"
            yield f"        {name} = {name}.value"
            if operand.differentiable:
                yield f"        if _n_{name} is not None: _tracked {'=' if bit == 1 else '|='} {bit}"
            else:
                yield f"    elif _isinstance({name}, _NESTED):"
                yield f"        {name}, _wrapped = _unwrap_nested({name})"
                yield "        if _wrapped: _raw = False"
        bit <<= operand.differentiable
    for parameter in declaration.parameters:
        yield f"    if _type({parameter.name}) is _Var: raise _refuse_static({parameter.name!r})"


def namespace_line(declaration: Declaration) -> str:
    """Find the namespace: by exact type for one operand, by the pair of types for two.

    Operands without a derivative decide if the others are all numbers.
    """
    names, able = namespace_operands(declaration), declaration.differentiable_operands
    others = [o.name for o in declaration.operands if able and o not in able and o.kind == "single"]
    deciding = names if len(names) > 1 else names + others
    fast = ""
    if len(deciding) <= 2 and not any(name.startswith("*") for name in deciding):
        kinds = ", ".join(f"_type({name})" for name in deciding)
        fast = f"_namespace_cache.get({kinds}) or " if len(deciding) == 1 else f"_pairs.get(({kinds})) or "
    given = [*names, f"others={tuple_text(others)}"] if others else names
    return f"    _xp = {fast}_find_namespace({', '.join(given)})"


def many_outputs_lines(declaration: Declaration, pullbacks: Pullbacks, operands: str, arguments: str) -> Iterator[str]:
    """Return the outputs of an op that has several, or hidden ones."""
    yield "    if _raw: return _public_of(_out)"
    yield f"    _fields, _public = _fields_of(_declaration, _out, {operands})"
    yield "    if not _tracked: return _wrap_outputs(_declaration, None, _fields)"
    yield from node_lines(declaration, pullbacks)
    yield "    _node.result = _tuple(_map(_meta_of, _fields))"
    yield f"    if _mode_counter.modes: _node = _notify_mode(_node, {arguments}, _fields)"
    yield "    return _wrap_outputs(_declaration, _node, _fields)"


def one_output_lines(declaration: Declaration, pullbacks: Pullbacks, operands: str, arguments: str) -> Iterator[str]:
    """Return the output of an op that has one."""
    yield "    if _raw: return _out"
    yield "    _kind = _type(_out)"
    # a library's function may make a 0-d array of Python numbers; their operators do not
    array = "_kind is not _ndarray or not _out.ndim" if declaration.wants_space else "_kind is not _ndarray"
    yield "    if _kind is not _float:"
    if not declaration.wants_space:
        yield from mixture_lines(declaration)
    yield f"        if {array}:"
    yield f"            _out = _normalise_result(_out, {operands})"
    yield "            _kind = _type(_out)"
    yield "    _var = _new(_Var)"
    yield "    _var.value = _out"
    yield "    if not _tracked:"
    yield "        _var.node = None"
    yield from view_lines(declaration, "        ", "_type(_origin) is _Var and _origin.node is None")
    yield "        return _var"
    yield from node_lines(declaration, pullbacks)
    yield "    if _kind is _ndarray: _node.shape = _out.shape; _node.dtype = _out.dtype"
    yield "    elif _kind is _float: _node.dtype = _float; _node.result = _out"
    yield "    else: _set_result_info(_node, _out)"
    yield f"    if _mode_counter.modes: _node = _notify_mode(_node, {arguments}, _out)"
    yield "    _var.node = _node"
    yield from view_lines(declaration, "    ", "_node is not None")
    yield "    return _var"


def mixture_lines(declaration: Declaration) -> Iterator[str]:
    """Refuse two array libraries in one op if looking for a namespace has not done so already."""
    first, *others = names = namespace_operands(declaration)
    if others and not any(name.startswith("*") for name in names):
        differ = " or ".join(f"{first}.__class__ is not {other}.__class__" for other in others)
        kinds = ", ".join(f"_type({name})" for name in names)
        yield f"        if ({differ}) and ({kinds}) not in _alike: _refuse_mixed({', '.join(names)})"


def viewable(declaration: Declaration) -> Operand | None:
    """Return the operand that the result may be a view of: the first one, if no other has a derivative."""
    first, able = declaration.operands[0], declaration.differentiable_operands
    leads = first.name == next(iter(declaration.signature.parameters))
    return first if leads and able == (first,) and first.kind == "single" else None


def view_lines(declaration: Declaration, margin: str, condition: str) -> Iterator[str]:
    """Record a result that is a view, as NumPy's slices and transposes are; without a graph it keeps none alive."""
    viewed = viewable(declaration)
    if viewed is not None:
        _, *others = declaration.signature.parameters.values()
        rest = tuple_text(each.name for each in others if each.kind is not Parameter.KEYWORD_ONLY)
        options = ", ".join(f"{each.name!r}: {each.name}" for each in others if each.kind is Parameter.KEYWORD_ONLY)
        yield f"{margin}if _kind is _ndarray and _out.base is not None and {condition}:"
        yield f"{margin}    _record_view(_var, _origin, {viewed.name}, (_call, {rest}, {{{options}}}))"


def node_lines(declaration: Declaration, pullbacks: Pullbacks) -> Iterator[str]:
    """Make the node: in one branch per subset if these are few, else by the pullback of the subset."""
    able, texts = declaration.differentiable_operands, savable_texts(declaration)
    if not able:
        return
    if len(able) <= INLINE and all(o.kind == "single" and o.name in pullbacks.rules for o in able):
        for mask in range((1 << len(able)) - 1, 0, -1):
            pullback = pullbacks[mask]
            yield f"    {'el' * (mask + 1 < 1 << len(able))}if _tracked == {mask}:"
            yield "        _node = _Node()"
            yield f"        _node.rule = _pullback_{mask}"
            yield f"        _node.parents = {tuple_text(f'_n_{operand.name}' for operand in pullback.tracked)}"
            yield f"        _node.saved = {tuple_text(saved_text(texts[at], convert) for at, convert in pullback.kept)}"
        return
    parents = " + ".join(
        f"_n_{operand.name}" if operand.kind != "single" else f"((_n_{operand.name},) if _tracked & {1 << bit} else ())"
        for bit, operand in enumerate(able)
    )
    yield "    _node = _Node()"
    yield "    _node.rule = _pullback = _pullbacks[_tracked]"
    yield f"    _node.parents = {parents}"
    yield f"    _node.saved = _pullback.keep({tuple_text(texts)})"


def savable_texts(declaration: Declaration) -> list[str]:
    """Return the expressions of what a node may save, in the order of `savable`."""
    outputs = {"out": "_out"}
    if declaration.has_many_outputs:
        outputs = {"out": "_public"} | {field: f"_fields[{index}]" for index, field in enumerate(declaration.fields)}
    return [outputs.get(name, name) for name in savable(declaration)]


def saved_text(text: str, convert: Callable[..., Any] | None) -> str:
    """Write the expression of what a node saves."""
    return text if convert is None else f"_{convert.__name__}({text})"
