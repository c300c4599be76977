"""The code of an op's call, written for its signature.

As attrs writes an `__init__`, so that nothing on the hot path is looked up by name or passed as `*args`. For

    @op("basic::multiply", symbol="*")
    def multiply(x1: Array, x2: Array, /) -> Array: ...

the call takes both operands out of their `Var`s, runs the forward, and where both are tracked makes a node
with

    _node.rule, _node.parents, _node.saved = _plan_3, (_n_x1, _n_x2,), (x2, x1,)

with one such branch for each subset of tracked operands. The text is kept for tracebacks. The engine's own
names in it begin with an underscore, an operand's or a parameter's can't.
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
    composite_space,
    fields_of,
    naming,
    public_of,
    refusal,
    refuse_static,
    spaced,
    spread,
    unwrap_nested,
    unwrapped,
)
from mutorch_core.declaration.code_text import compiled, inlined, joined, parameter_list
from mutorch_core.declaration.pullback import Pullbacks
from mutorch_core.declaration.pullback_code import saved_expression, several
from mutorch_core.declaration.signatures import Declaration, Operand, Rule
from mutorch_core.errors import MutorchError
from mutorch_core.graph.grad_mode import mode_counter, notify_mode
from mutorch_core.graph.node import Node, set_result_info
from mutorch_core.graph.var import Var
from mutorch_core.graph.views import record_view

__all__ = ["forward_call", "guarded", "signature_text", "specialise"]

INLINE = 2
"""Up to so many differentiable operands, all subsets of them are written into the call itself."""


def specialise(
    declaration: Declaration, rules: Mapping[str, Rule], forwards: Mapping[str, Callable[..., Any]]
) -> Callable[..., Any]:
    """Write the call of an op. A subset with a missing rule raises MissingRule when it is first met."""
    name = declaration.short_name.replace(".", "_")
    plans = Pullbacks(declaration, rules)
    scope = call_scope(declaration, forwards, plans)
    if declaration.composite:
        lines = composite_lines(declaration, name)
    else:
        lines = call_lines(declaration, plans, name, chosen=bool(forwards) or declaration.libraries is not None)
    function = compiled(declaration.name, name, lines, scope)
    scope.update({f"_plan_{mask}": plan for mask, plan in plans.items()})
    scope["_call"] = function
    function.__qualname__ = declaration.name
    function.__doc__ = declaration.function.__doc__
    function.__module__ = declaration.function.__module__
    return function


def call_scope(
    declaration: Declaration, forwards: Mapping[str, Callable[..., Any]], plans: Pullbacks
) -> dict[str, Any]:
    """The globals of a generated call."""
    pairs: dict[tuple[type, type], Any] = {}
    alike: set[tuple[type, ...]] = set()
    deciding = spaced(declaration)

    def find_space(*values: Any, others: tuple[Any, ...] = ()) -> Any:
        told = not others or not all(map(is_number, values))  # by the types of `values` alone
        with naming(declaration, deciding, values):
            space = common_namespace(values if told else [o for o in others if hasattr(o, "shape")])
        types = tuple(map(type, values if len(values) > 1 else values + others))
        if told and len(types) == 2:
            pairs[types] = space
        return space

    def refuse_mixed(*values: Any) -> None:
        with naming(declaration, deciding, values):
            namespace_or_none(values)
        alike.add(tuple(map(type, values)))

    names: dict[str, Any] = {
        "Var": Var, "Node": Node, "new": object.__new__, "ndarray": np.ndarray, "type": type, "float": float,
        "isinstance": isinstance, "tuple": tuple, "Exception": Exception, "MutorchError": MutorchError,
        "switch": mode_counter, "consider": notify_mode, "settle": normalise_result, "describe": set_result_info, "spaces": namespace_cache,
        "pairs": pairs, "plans": plans, "find_space": find_space, "declaration": declaration,
        "alike": alike, "refuse_mixed": refuse_mixed,
        "unwrapped": unwrapped, "unwrap_nested": unwrap_nested, "NESTED": (tuple, list, dict),
        "fields_of": fields_of, "public_of": public_of, "spread": spread, "share": record_view,
        "forward": declaration.function, "forwards": Forwards(declaration, forwards), "meta_of": meta_of,
        "refused": partial(refusal, declaration), "refuse_static": partial(refuse_static, declaration),
        "composite_space": partial(composite_space, declaration),
        **{f"default_{p.name}": p.default for p in declaration.signature.parameters.values()},
    }  # fmt: skip
    return {f"_{name}": value for name, value in names.items()}


def signature_text(declaration: Declaration) -> str:
    """The parameters of the public signature, defaults taken from the scope."""

    def text(parameter: Parameter) -> str:
        return parameter.name + ("" if parameter.default is Parameter.empty else f"=_default_{parameter.name}")

    return ", ".join(parameter_list(declaration.signature.parameters.values(), text))


def forward_call(declaration: Declaration) -> str:
    """The arguments of the forward, operands raw."""
    texts: list[str] = []
    for parameter in declaration.signature.parameters.values():
        star = "*" if parameter.kind is Parameter.VAR_POSITIONAL else ""
        keyword = parameter.kind is Parameter.KEYWORD_ONLY
        texts.append(f"{parameter.name}={parameter.name}" if keyword else f"{star}{parameter.name}")
    return ", ".join([*texts, "xp=_xp"] if declaration.wants_space else texts)


def unwrap_lines(declaration: Declaration) -> Iterator[str]:
    """Take each operand out of its `Var`, and note which are tracked."""
    bit, viewed = 1, viewable(declaration)
    for operand in declaration.operands:
        name = operand.name
        if operand.kind != "single":
            yield f"    {name}, _n_{name}, _t_{name}, _wrapped = _unwrapped({name})"
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
                yield f"        if _n_{name} is not None: _tracked |= {bit}"
            else:
                yield f"    elif _isinstance({name}, _NESTED):"
                yield f"        {name}, _wrapped = _unwrap_nested({name})"
                yield "        if _wrapped: _raw = False"
        bit <<= operand.differentiable
    yield from static_lines(declaration)


def static_lines(declaration: Declaration) -> Iterator[str]:
    """Refuse a `Var` where a static parameter is expected."""
    for parameter in declaration.parameters:
        yield f"    if _type({parameter.name}) is _Var: raise _refuse_static({parameter.name!r})"


def space_line(declaration: Declaration) -> str:
    """Find the namespace: by exact type for one operand, by the pair of types for two.

    Operands without a derivative have a say where the others are all numbers.
    """
    names, able = spaced(declaration), declaration.differentiable_operands
    others = [o.name for o in declaration.operands if able and o not in able and o.kind == "single"]
    deciding = names if len(names) > 1 else names + others
    fast = ""
    if len(deciding) <= 2 and not any(name.startswith("*") for name in deciding):
        kinds = ", ".join(f"_type({name})" for name in deciding)
        fast = f"_spaces.get({kinds}) or " if len(deciding) == 1 else f"_pairs.get(({kinds})) or "
    given = [*names, f"others={joined(others)}"] if others else names
    return f"    _xp = {fast}_find_space({', '.join(given)})"


def mixture_lines(declaration: Declaration) -> Iterator[str]:
    """Refuse two array libraries in one op where looking for a namespace has not done so already."""
    first, *others = names = spaced(declaration)
    if others and not any(name.startswith("*") for name in names):
        differ = " or ".join(f"{first}.__class__ is not {other}.__class__" for other in others)
        kinds = ", ".join(f"_type({name})" for name in names)
        yield f"        if ({differ}) and ({kinds}) not in _alike: _refuse_mixed({', '.join(names)})"


def guarded(declaration: Declaration, statement: str) -> Iterator[str]:
    """A statement that runs a forward, with what it refuses turned into an OperandError."""
    operands, parameters = (
        ", ".join(f"{each.name!r}: {each.name}" for each in these)
        for these in (declaration.operands, declaration.parameters)
    )
    yield "    try:"
    yield f"        {statement}"
    yield "    except _MutorchError:"
    yield "        raise"
    yield "    except _Exception as _error:"
    yield f"        raise _refused(_error, {{{operands}}}, {{{parameters}}}) from _error"


def call_lines(declaration: Declaration, plans: Pullbacks, name: str, chosen: bool) -> Iterator[str]:
    """The text of an op's call; `chosen` is whether its forward depends on the library."""
    yield f"def {name}({signature_text(declaration)}):"
    yield "    _tracked = 0"
    yield "    _raw = True"
    yield from unwrap_lines(declaration)
    if declaration.wants_space or chosen:
        yield space_line(declaration)
    flat = joined(("" if operand.kind == "single" else "*") + operand.name for operand in declaration.operands)
    arguments = forward_call(declaration)
    call = f"{'_forwards[_xp]' if chosen else '_forward'}({arguments})"
    expression = None if chosen else inlined(declaration.function, arguments)
    yield from guarded(declaration, f"_out = {expression or call}")
    if several(declaration):
        yield "    if _raw: return _public_of(_out)"
        yield f"    _fields, _public = _fields_of(_declaration, _out, {flat})"
        yield "    if not _tracked: return _spread(_declaration, None, _fields)"
        yield from node_lines(declaration, plans)
        yield "    return _spread(_declaration, _node, _fields)"
        return
    yield "    if _raw: return _out"
    yield "    _kind = _type(_out)"
    # a library's function may make a 0-d array of Python numbers; their operators do not
    array = "_kind is not _ndarray or not _out.ndim" if declaration.wants_space else "_kind is not _ndarray"
    yield "    if _kind is not _float:"
    if not declaration.wants_space:
        yield from mixture_lines(declaration)
    yield f"        if {array}:"
    yield f"            _out = _settle(_out, {flat})"
    yield "            _kind = _type(_out)"
    yield "    _var = _new(_Var)"
    yield "    _var.value = _out"
    yield "    if not _tracked:"
    yield "        _var.node = None"
    yield from view_lines(declaration, "        ", "_type(_origin) is _Var and _origin.node is None")
    yield "        return _var"
    yield from node_lines(declaration, plans)
    yield "    if _kind is _ndarray: _node.shape = _out.shape; _node.dtype = _out.dtype"
    yield "    elif _kind is _float: _node.dtype = _float; _node.result = _out"
    yield "    else: _describe(_node, _out)"
    yield "    if _switch.modes: _node = _consider(_node)"
    yield "    _var.node = _node"
    yield from view_lines(declaration, "    ", "_node is not None")
    yield "    return _var"


def viewable(declaration: Declaration) -> Operand | None:
    """The operand that the result may be a view of: the first one, where no other has a derivative."""
    first, able = declaration.operands[0], declaration.differentiable_operands
    leads = first.name == next(iter(declaration.signature.parameters))
    return first if leads and able == (first,) and first.kind == "single" else None


def view_lines(declaration: Declaration, margin: str, condition: str) -> Iterator[str]:
    """Note where the result is a view, as NumPy's slices and transposes are; without a graph it keeps none alive."""
    viewed = viewable(declaration)
    if viewed is not None:
        _, *others = declaration.signature.parameters.values()
        rest = joined(each.name for each in others if each.kind is not Parameter.KEYWORD_ONLY)
        options = ", ".join(f"{each.name!r}: {each.name}" for each in others if each.kind is Parameter.KEYWORD_ONLY)
        yield f"{margin}if _kind is _ndarray and _out.base is not None and {condition}:"
        yield f"{margin}    _share(_var, _origin, {viewed.name}, (_call, {rest}, {{{options}}}))"


def node_lines(declaration: Declaration, plans: Pullbacks) -> Iterator[str]:
    """Make the node: written out per subset where these are few, else by the subset's own `keep`."""
    able = declaration.differentiable_operands
    if not able:
        return
    written = len(able) <= INLINE and all(o.kind == "single" and o.name in plans.rules for o in able)
    if written:
        for mask in range((1 << len(able)) - 1, 0, -1):
            plan = plans[mask]
            yield f"    {'el' * (mask + 1 < 1 << len(able))}if _tracked == {mask}:"
            yield "        _node = _Node()"
            yield f"        _node.rule = _plan_{mask}"
            yield f"        _node.parents = {joined(f'_n_{operand.name}' for operand in plan.tracked)}"
            yield f"        _node.saved = {joined(saved_expression(declaration, saved) for saved in plan.saved)}"
        return
    parents = " + ".join(
        f"_n_{operand.name}" if operand.kind != "single" else f"((_n_{operand.name},) if _tracked & {1 << bit} else ())"
        for bit, operand in enumerate(able)
    )
    yield "    _node = _Node()"
    yield "    _node.rule = _plan = _plans[_tracked]"
    yield f"    _node.parents = {parents}"
    yield f"    _node.saved = _plan.keep({', '.join(plans.keepable)})"


def composite_lines(declaration: Declaration, name: str) -> Iterator[str]:
    """The text of a composite op's call: its operands go in as they come."""
    yield f"def {name}({signature_text(declaration)}):"
    yield from static_lines(declaration)
    if declaration.wants_space:
        names = spaced(declaration)
        others = [o.name for o in declaration.operands if o.name not in names and o.kind == "single"]
        yield f"    _xp = _composite_space({joined(names)}, {joined(others)})"
    yield from guarded(declaration, f"return _forward({forward_call(declaration)})")
