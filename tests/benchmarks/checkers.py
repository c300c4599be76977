"""The page about the wrong rules that each library's checker finds: `python -m tests.pages checkers`.

Each checker gets a rule as its users would write it, and the inputs that they would test it with: ordinary random
float64 arrays of one shape, parameters at their defaults. Mutorch's draws its own.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from inspect import Parameter, Signature
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np

from mutorch_core import Array, Namespace, injected, op
from tests.benchmarks.formulas import FORMULAS, Formula, Rule
from tests.benchmarks.wrong_rules import WRONG_RULES, WrongRule
from tests.core.gradcheck.corpus.trials import first_finding
from tests.pages import in_processes

__all__ = ["CHECKERS", "Checker", "caught", "marks", "page", "table"]

Rules = Mapping[str, Rule]


class Caught(Exception):  # noqa: N818 - it is what a checker is for
    """What Mutorch's checker says is wrong; the others raise exceptions of their own."""


@attrs.frozen
class Checker:
    """A library's checker: `check` raises where it finds a formula with these rules wrong."""

    library: str
    distribution: str
    call: str
    subject: str
    check: Callable[[Formula, Rules], None]

    @property
    def installed(self) -> bool:
        """Whether the library is there."""
        return find_spec(self.library) is not None


def arrays(formula: Formula) -> list[Any]:
    """An author's inputs."""
    generator = np.random.default_rng(0)
    if formula.positive:
        return [generator.uniform(0.5, 2.0, shape) for shape in formula.inputs.values()]
    return [generator.normal(size=shape) for shape in formula.inputs.values()]


def asked(function: Rule, given: Mapping[str, Any]) -> Any:
    """A forward or a rule, called with what it asks for."""
    return function(**{name: given[name] for name in inspect.signature(function).parameters})


def values(formula: Formula, operands: Any, xp: Any, **others: Any) -> dict[str, Any]:
    """What forwards and rules may ask for: operands, parameters at their defaults, the namespace."""
    signature = inspect.signature(formula.forward)
    defaults = {name: p.default for name, p in signature.parameters.items() if p.default is not Parameter.empty}
    return {**defaults, **dict(zip(formula.inputs, operands, strict=True)), "xp": xp, **others}


def fitted(cotangent: Any, operand: Any, xp: Any) -> Any:
    """Summed over leading axes that were broadcast: what an author writes where the library does not."""
    extra = tuple(range(cotangent.ndim - operand.ndim))
    return xp.sum(cotangent, axis=extra) if extra else cotangent


def cotangents(formula: Formula, rules: Rules, given: Mapping[str, Any]) -> list[Any]:
    """What the rules return, one for each operand."""
    return [fitted(asked(rules[name], given), given[name], given["xp"]) for name in formula.inputs]


# ------------------------------------------------------------------------------------------------------- checkers


def by_mutorch(formula: Formula, rules: Rules) -> None:
    """`mutorch gradcheck`, on an op declared as its author would."""

    def forward(*operands: Any, **others: Any) -> Any:
        return formula.forward(*operands, **others)

    forward.__signature__ = signature_of(formula)  # type: ignore[attr-defined] - the decorator reads it
    declared = op("peers::formula", **formula.options)(forward)
    for name, rule in rules.items():
        declared.vjp(name)(rule)
    if formula.samples is not None:
        declared.samples(formula.samples)
    if found := first_finding(declared):
        raise Caught(str(found.failure)) from found.failure


def signature_of(formula: Formula) -> Signature:
    """A forward's signature with the annotations that a Mutorch author gives it."""
    parameters: list[Parameter] = []
    for name, parameter in inspect.signature(formula.forward).parameters.items():
        if name in formula.inputs:
            parameters.append(Parameter(name, Parameter.POSITIONAL_ONLY, annotation=Array))
        elif name == "xp":
            parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, default=injected, annotation=Namespace))
        else:
            kind = annotation_of(name, parameter.default)
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=kind))
    return Signature(sorted(parameters, key=lambda parameter: parameter.kind), return_annotation=Array)


def annotation_of(name: str, default: Any) -> Any:
    """A parameter's type, as its author would annotate it."""
    if name == "axis" and default is None:
        return int | None
    return tuple[int, ...] if isinstance(default, tuple) else type(default)


def by_torch(formula: Formula, rules: Rules) -> None:
    """`torch.autograd.gradcheck` and `gradgradcheck` of an autograd.Function."""
    import torch
    from array_api_compat import torch as xp

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *operands: Any) -> Any:
            out = asked(formula.forward, values(formula, operands, xp))
            ctx.save_for_backward(*operands, out)
            return out

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            *operands, out = ctx.saved_tensors
            return tuple(cotangents(formula, rules, values(formula, operands, xp, g=g, out=out)))

    inputs = [torch.tensor(array, requires_grad=True) for array in arrays(formula)]
    torch.autograd.gradcheck(Function.apply, inputs)
    torch.autograd.gradgradcheck(Function.apply, inputs)


def by_jax(formula: Formula, rules: Rules) -> None:
    """`jax.test_util.check_grads` to second order, in reverse mode, of a custom_vjp."""
    import jax
    import jax.numpy as xp
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    @jax.custom_vjp
    def function(*operands: Any) -> Any:
        return asked(formula.forward, values(formula, operands, xp))

    def forward(*operands: Any) -> Any:
        out = function(*operands)
        return out, (operands, out)

    def backward(kept: Any, g: Any) -> Any:
        operands, out = kept
        return tuple(cotangents(formula, rules, values(formula, operands, xp, g=g, out=out)))

    function.defvjp(forward, backward)
    check_grads(function, tuple(map(xp.asarray, arrays(formula))), order=2, modes=["rev"])


def by_autograd(formula: Formula, rules: Rules) -> None:
    """`autograd.test_util.check_grads` to second order, in reverse mode, of a primitive."""
    import autograd.numpy as anp
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    xp = SimpleNamespace(**vars(anp))
    xp.permute_dims = anp.transpose
    xp.matrix_transpose = lambda x: anp.swapaxes(x, -1, -2)
    xp.astype = lambda x, dtype: x.astype(dtype)

    @primitive
    def function(*operands: Any) -> Any:
        return asked(formula.forward, values(formula, operands, xp))

    def pullback(place: int) -> Callable[..., Any]:
        return lambda out, *operands: (
            lambda g: cotangents(formula, rules, values(formula, operands, xp, g=g, out=out))[place]
        )

    defvjp(function, *map(pullback, range(len(formula.inputs))))
    np.random.seed(0)  # its directions come from there
    every = tuple(range(len(formula.inputs)))
    check_grads(function, every, modes=["rev"], order=2)(*arrays(formula))


CHECKERS = {
    "Mutorch": Checker("mutorch_core", "mutorch", "`mutorch gradcheck`", "an op", by_mutorch),
    "PyTorch": Checker(
        "torch", "torch", "`torch.autograd.gradcheck`, `gradgradcheck`", "an `autograd.Function`", by_torch
    ),
    "JAX": Checker("jax", "jax", '`jax.test_util.check_grads(order=2, modes=["rev"])`', "a `custom_vjp`", by_jax),
    "autograd": Checker(
        "autograd", "autograd", '`autograd.test_util.check_grads(order=2, modes=["rev"])`', "a `primitive`", by_autograd
    ),
}


# ----------------------------------------------------------------------------------------------------------- page


def raises(checker: Checker, formula: Formula, rules: Rules) -> Exception | None:
    """What a checker says against a formula with these rules."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            checker.check(formula, rules)
        except Exception as error:
            return error
    return None


def caught(checker: Checker, mistake: WrongRule) -> bool:
    """Whether a checker finds a wrong rule. Raises what the checker says where it finds the right one wrong, too."""
    formula = FORMULAS[mistake.formula]
    if alarm := raises(checker, formula, formula.rules):
        raise alarm
    return raises(checker, formula, {**formula.rules, mistake.operand: mistake.make()}) is not None


def page(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines, from the cells of each wrong rule."""
    total = len(WRONG_RULES)
    yield from OPENING.format(total=total, calls="\n".join(calls()), mygrad=version("mygrad")).splitlines()
    yield from table(rows)


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of the table, with the sums below."""
    yield f"| what is wrong | in | shown by | {' | '.join(CHECKERS)} |"
    yield "|---" * 3 + "|:-:" * len(CHECKERS) + "|"
    for mistake, row in zip(WRONG_RULES, rows, strict=True):
        texts = (mistake.what, f"`{mistake.formula}`", mistake.shown_by)
        yield f"| {' | '.join(text.replace('|', BAR) for text in texts)} | {' | '.join(row)} |"
    sums = [f"**{column.count(FOUND)}**" for column in zip(*rows, strict=True)]
    yield f"| **found, of {len(WRONG_RULES)}** | | | {' | '.join(sums)} |"


def marks(what: str) -> list[str]:
    """Return the cells of a wrong rule, which is given by its description."""
    (mistake,) = (known for known in WRONG_RULES if known.what == what)
    return [mark(name, checker, mistake) for name, checker in CHECKERS.items()]


def mark(name: str, checker: Checker, mistake: WrongRule) -> str:
    """A cell of the table."""
    if name in mistake.harmless_in:
        return HARMLESS
    return FOUND if caught(checker, mistake) else PASSED


def calls() -> Iterator[str]:
    """What was called, in which version."""
    for name, checker in CHECKERS.items():
        yield f"| {name} {version(checker.distribution)} | {checker.call} | {checker.subject} |"


FOUND, PASSED, HARMLESS, BAR = "✓", "–", "", "\\|"

OPENING = """\
# What checkers catch

{total} rules as people write them wrong, and which of them each library's own checker finds.

| library | checker | what is checked |
|---|---|---|
{calls}

MyGrad {mygrad} ships no checker.

Each peer gets what its users would give it: random float64 arrays of one ordinary shape (3 × 4 mostly, from a normal
distribution, or between 0.5 and 2 where an op needs positive numbers), all parameters at their defaults, and its own
default tolerances. Each rule does for itself what the peers leave to authors, such as summing over broadcast axes. To
first and second order; JAX and autograd in reverse mode, for a rule written for it has no other. Mutorch gets the op
with the domain, kinks and samples that its author would declare, and draws its own inputs, in its default profile.

✓ found, – passed as right, blank where one can't be wrong in that way (JAX's arrays don't change). For each row it is
made sure that the checker passes the op with its right rules. The third column says what shows the mistake; most rows
that only one checker finds are about inputs that nobody types.

"""


def main() -> None:
    """Print the page."""
    for line in page(in_processes(marks, [mistake.what for mistake in WRONG_RULES])):
        print(line.rstrip())


if __name__ == "__main__":
    main()
