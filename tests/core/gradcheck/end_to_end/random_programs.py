"""Random programs: a Hypothesis strategy for functions that apply registered ops to one another's results.

    @given(programs())
    def test_random_programs_are_right(program):
        mt.gradcheck.check(program, *program.point)

A program is drawn while it runs. A case is drawn for each op, so that shapes, parameters and domains fit. Earlier
values then replace the arrays of the case if the op accepts them and is smooth there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import attrs
import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

import mutorch_core as mt
from mutorch_core.domain import At, Kink, Multiple
from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases.case import Case, fields_of
from mutorch_core.gradcheck.cases.reproduction import argument_texts, literal
from mutorch_core.gradcheck.checking.check_op import quiet
from mutorch_core.gradcheck.numerics.step_bounds import inside
from mutorch_core.gradcheck.sampling.generation import Refusal, draw_case, regimes_of
from mutorch_core.gradcheck.sampling.randomness import Draw, HypothesisChooser
from mutorch_core.gradcheck.sampling.strategies import Sampling
from mutorch_core.gradcheck.value_types import is_floating, is_several
from mutorch_core.graph.var import Var, constant

__all__ = ["Program", "Step", "programs"]

Array = Any

LANES = ("smooth", "broadcast", "parameters", "ones", "scalar")
LEAVES = 5
LARGEST = 100.0
WIDEST = 36
"""Bounds that keep programs cheap: the number of leaves, the largest number, the entries of one array."""

MARGIN = 2.0**-8
"""The smallest distance of operands to kinks and to the ends of their domains."""


# ----------------------------------------------------------------------------------------------------- programs


class Name(str):
    """The name of a value: x0, x1, … for a program's leaves, y0, y1, … for the results of its steps."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def is_tuple(operand: Any) -> bool:
    """Return whether an operand is a sequence, or an index of several parts."""
    return isinstance(operand, tuple)


def resolved(operand: Any, values: Mapping[Name, Any]) -> Any:
    """Return an operand with values in place of names."""
    if isinstance(operand, Name):
        return values[operand]
    return tuple(resolved(item, values) for item in operand) if is_tuple(operand) else operand


@attrs.frozen(eq=False)
class Step:
    """One application of an op: a case whose operands may be names, and the names of its floating outputs.

    `count` is the number of outputs if the op returns a tuple or a list, else None.
    """

    case: Case
    outputs: Mapping[int, Name]
    count: int | None

    def run(self, values: Mapping[Name, Any], translate: Callable[[Any], Callable[..., Any]]) -> dict[Name, Any]:
        """Return the outputs for the values of earlier names."""
        operands = {name: resolved(operand, values) for name, operand in self.case.operands.items()}
        args, kwargs = self.case.arguments(operands)
        fields = fields_of(translate(self.case.op)(*args, **kwargs))
        return {name: fields[index] for index, name in self.outputs.items()}

    def __str__(self) -> str:
        texts = {name: literal(value) for name, value in {**self.case.operands, **self.case.parameters}.items()}
        args, kwargs = argument_texts(self.case, texts)
        targets = self.outputs[0] if self.count is None else [self.outputs.get(i, Name("_")) for i in range(self.count)]
        return f"{targets} = mt.ops[{self.case.op.name!r}]({', '.join([*args, *kwargs])})"


@attrs.frozen(eq=False)
class Program:
    """A function of several arrays and Python numbers, its leaves. It returns the values that no step uses."""

    leaves: Mapping[Name, Any]
    steps: Sequence[Step]
    results: Sequence[Name]

    @property
    def point(self) -> tuple[Any, ...]:
        """The arguments that it was drawn for."""
        return tuple(self.leaves.values())

    def __call__(self, *leaves: Any) -> Any:
        """Return the results for these leaves."""
        return self.run(leaves)

    def run(self, leaves: Iterable[Any], translate: Callable[[Any], Callable[..., Any]] = lambda op: op) -> Any:
        """Return the results. `translate` maps an op to the function that runs, such as another library's."""
        values = dict(zip(self.leaves, leaves, strict=True))
        for step in self.steps:
            values |= step.run(values, translate)
        return tuple(values[name] for name in self.results)

    def __repr__(self) -> str:
        """Return the program and its point as Python, to be run after `import numpy as np, mutorch_core as mt`."""
        body = [*map(str, self.steps), f"return [{', '.join(self.results)}]"]
        lines = [f"def program({', '.join(self.leaves)}):", *(f"    {line}" for line in body)]
        return "\n".join([*lines, f"mt.gradcheck.check(program, {', '.join(map(literal, self.point))})"])

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Print the program as a counterexample of Hypothesis."""
        printer.text(f"\n{self!r}\n")


# ------------------------------------------------------------------------------------------------------ drawing


@st.composite
def programs(draw: Draw, ops: Sequence[Any] | None = None, longest: int = 12) -> Program:
    """Return programs of 1 to `longest` steps out of `ops`, by default all registered ops that run on NumPy."""
    able = [op for op in (mt.ops.values() if ops is None else ops) if can_be_drawn(op)]
    draft = Draft(Sampling(HypothesisChooser(draw), "smooth", ()))
    with quiet():
        draft.extend(draft.sampling.pick(able))
        while len(draft.steps) < longest and draft.sampling.below(8):  # so that a step shrinks away by itself
            draft.extend(draft.sampling.pick(able))
    return draft.program() if draft.steps else reject()


def can_be_drawn(op: Any) -> bool:
    """Return whether the op is differentiable on NumPy arrays."""
    return op.differentiable and "numpy" in (op.libraries or ("numpy",))


class Draft:
    """A program in the making, with the value of every name."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self.leaves: dict[Name, Any] = {}
        self.values: dict[Name, Any] = {}
        self.steps: list[Step] = []
        self.made = 0

    def program(self) -> Program:
        """Return the program of the steps so far."""
        used = {name for step in self.steps for name in names_in(tuple(step.case.operands.values()))}
        made = [name for step in self.steps for name in step.outputs.values()]
        return Program(self.leaves, self.steps, [name for name in made if name not in used])

    def extend(self, op: Any) -> None:
        """Apply an op to earlier values if possible, else to new ones, else not at all."""
        regime = self.sampling.pick([regime for regime in LANES if regime in regimes_of(op)])
        case = draw_case(self.sampling.chooser, op, regime)
        if isinstance(case, Refusal):
            return
        for joined in (True, True, True, True, False):
            leaves: dict[Name, Any] = {}
            found = self.tried(self.filled(case, leaves, joined), self.values | leaves)
            if found is not None:
                step, values = found
                self.leaves |= leaves
                self.values |= leaves | values
                self.made += len(values)
                self.steps.append(step)
                return

    def filled(self, case: Case, leaves: dict[Name, Any], joined: bool) -> Case:
        """Return a case with names and constants for its arrays; new leaves are added to `leaves`."""
        operands = dict(case.operands)
        for operand in case.op.operands:
            value, domain = operands.get(operand.name), case.op.domain.get(operand.name)
            if value is not None and operand.differentiable:
                names = [
                    name for name, found in self.values.items() if joined and inside(np.asarray(found), domain).all()
                ]
                items = (value,) if operand.kind == "single" else value
                chosen = tuple(self.earlier(item, names) or self.new(item, leaves, joined) for item in items)
                operands[operand.name] = chosen[0] if operand.kind == "single" else chosen
        return attrs.evolve(case, operands=operands, cotangents=())

    def earlier(self, array: Array, names: Sequence[Name]) -> Name | None:
        """Return an earlier value for an array's place, at times of the same shape or a recent one; or None."""
        if not names or not is_floating(array) or self.sampling.chance(6):
            return None
        alike = [name for name in names if np.shape(self.values[name]) == np.shape(array)]
        return self.sampling.pick(self.sampling.pick((names, names[-3:], alike or names)))

    def new(self, array: Array, leaves: dict[Name, Any], numbers: bool) -> Any:
        """Return a leaf or a constant, perhaps a Python number, for an array's place."""
        if not is_floating(array):
            return array
        count = len(self.leaves) + len(leaves)
        kind = self.sampling.pick(("leaf", "leaf", "constant", "number")) if count else "leaf"
        if kind == "number" and numbers and np.size(array):
            array = float(np.ravel(array)[0])
        if count == LEAVES or kind == "constant" or (kind == "number" and self.sampling.chance(2)):
            return array
        leaves[name := Name(f"x{count}")] = array
        return name

    def tried(self, case: Case, values: Mapping[Name, Any]) -> tuple[Step, dict[Name, Any]] | None:
        """Return the step for a case and its values; None if all is constant, refused, not smooth or not tame."""
        if not any(names_in(tuple(case.operands.values()))):
            return None
        operands = {name: resolved(operand, values) for name, operand in case.operands.items()}
        wrapped = {name: constant(value) for name, value in values.items()}
        try:
            result = case.call({name: resolved(operand, wrapped) for name, operand in case.operands.items()})
        except OperandError:
            return None
        fields = [field.value if type(field) is Var else field for field in fields_of(result)]
        floating = [index for index, field in enumerate(fields) if is_floating(field)]
        if not floating or not all(is_tame(fields[index]) for index in floating) or not is_smooth(case.op, operands):
            return None
        outputs = {index: Name(f"y{self.made + place}") for place, index in enumerate(floating)}
        step = Step(case, outputs, len(fields) if is_several(result) else None)
        return step, {name: fields[index] for index, name in outputs.items()}


def names_in(operand: Any) -> Iterator[Name]:
    """Yield the names in an operand or in a tuple of operands."""
    if isinstance(operand, Name):
        yield operand
    elif is_tuple(operand):
        for item in operand:
            yield from names_in(item)


# ---------------------------------------------------------------------------------------------------- smoothness


def is_tame(value: Array) -> bool:
    """Return whether a value is real, finite, not large, and of few entries."""
    array = np.asarray(value)
    return array.dtype.kind == "f" and array.size <= WIDEST and bool((np.abs(array) <= LARGEST).all())


def is_smooth(op: Any, operands: Mapping[str, Any]) -> bool:
    """Return whether operands are real, in their domains and off declared kinks, with a margin."""
    arrays: dict[str, list[Array]] = {}
    for operand in op.operands:
        value = operands.get(operand.name)
        if value is not None and operand.differentiable:
            arrays[operand.name] = [np.asarray(item) for item in ((value,) if operand.kind == "single" else value)]
    within = (
        inside(array + aside, op.domain.get(name)).all()
        for name, items in arrays.items()
        for array in items
        for aside in (-MARGIN, MARGIN)
    )
    real = not any(array.dtype.kind == "c" for items in arrays.values() for array in items)
    return real and all(within) and all((gap >= MARGIN).all() for kink in op.kinks for gap in gaps(kink, arrays))


def gaps(kink: Kink, arrays: Mapping[str, Sequence[Array]]) -> Iterator[Array]:
    """Yield the distances of operands to a kink."""
    unit: Array
    if isinstance(kink, At):
        yield from (np.abs(array - kink.value) for array in arrays.get(kink.operand, ()))
    elif isinstance(kink, Multiple):
        unit = arrays.get(kink.of, [np.nan])[0] if isinstance(kink.of, str) else kink.of
        yield from (np.abs(array - np.rint(array / unit) * unit) for array in arrays.get(kink.operand, ()))
    elif len(kink.operands) == 1:
        yield from (np.diff(np.sort(array, axis=None)) for array in arrays.get(kink.operands[0], ()))
    else:
        items = [array for name in kink.operands for array in arrays.get(name, ())]
        yield from (np.abs(np.subtract.outer(first, second)) for first, second in combinations(items, 2))
