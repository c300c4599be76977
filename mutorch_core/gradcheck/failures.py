"""The exceptions of the checker: one per property, so that shrinking never ends at another failure.

MutorchError, AssertionError
└── Failure
    ├── CotangentIsWrong        value         the rule is not the transposed derivative
    ├── WrongAtKink             kinks         a cotangent outside of the one-sided derivatives, or not as declared
    ├── NotLinear               linear        the rule is not linear in its cotangent
    ├── NotPure                 pure          something is changed, remembered, or left to chance
    ├── WrongShapeOrDtype       shapes        a cotangent is not of its operand's shape, dtype or precision
    ├── BroadcastIsWrong        broadcast     wrong where shapes are broadcast, have sides 1, or no entries
    ├── DependsOnMask           masks         another cotangent where only some operands need one
    ├── RepeatIsWrong           repeat        f(x, x) is not the sum of both cotangents
    ├── ParameterIsWrong        parameters    wrong where a parameter is not at its default
    ├── DependsOnLayout         layout        another cotangent for another order in memory
    ├── SecondOrderIsWrong      second_order  the rule's own derivative is wrong
    ├── LosesPrecision          precision     another cotangent in single precision
    ├── NotFinite               extremes      infinite or nan where the true cotangent is a number
    ├── DependsOnLibrary        libraries     another result or cotangent on another array library
    ├── KeepsTooMuch            saves         an operand that no rule names is kept alive
    ├── RuleRaises              any           differentiating it raises
    └── ReturnsNonsense         any           the forward returns what is no array
MutorchError
├── Undecided (AssertionError)  nothing could be said, for want of accepted draws or of precision
├── SamplerRaises (RuntimeError) a function given to @f.samples raises
├── CaseError (ValueError)      `--case` can't be read, or does not fit the op
├── SelectionError (LookupError) a name without match, or nothing left to check
└── CheckerNotInstalled (ImportError)
"""

from __future__ import annotations

from typing import Any

from mutorch_core.errors import MutorchError

__all__ = [
    "BroadcastIsWrong",
    "CaseError",
    "CheckerNotInstalled",
    "CotangentIsWrong",
    "DependsOnLayout",
    "DependsOnLibrary",
    "DependsOnMask",
    "Failure",
    "KeepsTooMuch",
    "LosesPrecision",
    "NotFinite",
    "NotLinear",
    "NotPure",
    "ParameterIsWrong",
    "RepeatIsWrong",
    "ReturnsNonsense",
    "RuleRaises",
    "SamplerRaises",
    "SecondOrderIsWrong",
    "SelectionError",
    "Undecided",
    "WrongAtKink",
    "WrongShapeOrDtype",
    "check_installed",
]


class Failure(MutorchError, AssertionError):  # noqa: N818 - a verdict, not an error of the program
    """An op is wrong at one case.

    `summary` describes the mistake, and `rows` are labelled lines of values. `operand` is the operand whose rule is
    wrong, if known. `evidence` is the failed comparison, which the diagnosis uses. `case` is the failing case,
    `backend` the array library if it is not NumPy, and `block` the report.
    """

    def __init__(
        self,
        summary: str,
        *rows: tuple[str, str],
        operand: str | None = None,
        evidence: Any = None,
        case: Any = None,
        backend: str | None = None,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.rows = list(rows)
        self.operand = operand
        self.evidence = evidence
        self.case = case
        self.backend = backend
        self.block = ""

    def __str__(self) -> str:
        return self.block or "\n".join([self.summary, *(f"  {label:<11} {text}" for label, text in self.rows)])


class CotangentIsWrong(Failure):
    """The rule is not the transposed derivative of the forward."""


class BroadcastIsWrong(CotangentIsWrong):
    """The rule is wrong where shapes are broadcast, have sides of length 1, or hold nothing."""


class ParameterIsWrong(CotangentIsWrong):
    """The rule is wrong where a parameter is not at its default."""


class WrongAtKink(Failure):
    """At a kink, a cotangent lies outside of the one-sided derivatives, or is not the declared one."""


class NotLinear(Failure):
    """The rule is not linear in its cotangent."""


class NotPure(Failure):
    """Forward or rule changes what it was given, remembers what it saw, or leaves its result to chance."""


class WrongShapeOrDtype(Failure):
    """A cotangent has not the shape, dtype or precision of its operand."""


class DependsOnMask(Failure):
    """A cotangent depends on which other operands need one."""


class RepeatIsWrong(Failure):
    """One array in two places does not get the sum of both cotangents."""


class DependsOnLayout(Failure):
    """A cotangent depends on the order of an array in memory."""


class SecondOrderIsWrong(Failure):
    """The rule's own derivative is wrong."""


class LosesPrecision(Failure):
    """A cotangent is another one in single precision."""


class NotFinite(Failure):
    """A cotangent is infinite or nan where the true one is a number."""


class DependsOnLibrary(Failure):
    """A result or a cotangent is another one on another array library."""


class KeepsTooMuch(Failure):
    """A graph keeps an operand alive that no rule names."""


class RuleRaises(Failure):
    """Differentiating the op raises where the op itself does not."""


class ReturnsNonsense(Failure):
    """The forward returns what is no array, not the arrays that it declares, or integers though it has rules."""


class Undecided(MutorchError, AssertionError):  # noqa: N818 - a verdict too
    """Nothing could be said: too few draws were accepted, or differences are too inexact."""


class SamplerRaises(MutorchError, RuntimeError):  # noqa: N818 - as RuleRaises
    """A function given to `@f.samples` raises."""


class CaseError(MutorchError, ValueError):
    """A counterexample's text can't be read, or does not fit the op."""


class CheckerNotInstalled(MutorchError, ImportError):  # noqa: N818 - says what is the matter
    """Hypothesis, pytest or xdist is missing."""


class SelectionError(MutorchError, LookupError):
    """A selection that can't be meant: a name without match, nothing left, a missing distribution."""


def check_installed() -> None:
    """Raise CheckerNotInstalled where a package that checking needs is missing."""
    from importlib.util import find_spec

    missing = [name for name in ("hypothesis", "pytest", "xdist") if find_spec(name) is None]
    if missing:
        raise CheckerNotInstalled(f'checking needs {" and ".join(missing)}: pip install "mutorch[gradcheck]"')
