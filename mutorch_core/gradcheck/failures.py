"""Every way in which an op can be wrong: one exception per property, so that shrinking never slides into another.

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
        └── RuleRaises              any           differentiating it raises
    MutorchError
    ├── Undecided (AssertionError)  nothing could be said, for want of accepted draws or of precision
    ├── CaseError (ValueError)      `--case` can't be read, or does not fit the op
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
    "DependsOnMask",
    "Failure",
    "NotLinear",
    "NotPure",
    "ParameterIsWrong",
    "RepeatIsWrong",
    "RuleRaises",
    "SecondOrderIsWrong",
    "Undecided",
    "WrongAtKink",
    "WrongShapeOrDtype",
]


class Failure(MutorchError, AssertionError):
    """An op is wrong at one point.

    `summary` says what, `rows` are labelled lines that show it, `operand` is whose rule it is where that is known.
    `evidence` is the comparison that failed, for the diagnosis; `case` where it failed.
    """

    def __init__(
        self,
        summary: str,
        *rows: tuple[str, str],
        operand: str | None = None,
        evidence: Any = None,
        case: Any = None,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.rows = list(rows)
        self.operand = operand
        self.evidence = evidence
        self.case = case


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


class RuleRaises(Failure):
    """Differentiating the op raises where the op itself does not."""


class Undecided(MutorchError, AssertionError):
    """Nothing could be said: too few draws were accepted, or differences are too inexact."""


class CaseError(MutorchError, ValueError):
    """A counterexample's text can't be read, or does not fit the op."""


class CheckerNotInstalled(MutorchError, ImportError):
    """Hypothesis, pytest or xdist is missing."""
