"""Every exception that Mutorch raises.

MutorchError
├── DeclarationError    (TypeError)       a wrong `@op` or `@f.vjp`; raised at the decorator, with file and line
│   ├── UnknownName                       a rule has a parameter that its op does not have
│   └── MissingRule                       an operand that may carry a gradient has no rule
├── CotangentError      (ValueError)      a rule returned the wrong number, shape or None-ness of cotangents
├── OperandError        (TypeError)       an op can't take an operand; also an instance of the library's exception type
├── NotScalar           (ValueError)      the result has more than one entry, so it has no gradient
├── NotTracked          (RuntimeError)    there is no graph here to differentiate
├── Released            (RuntimeError)    an earlier backward pass released the graph
├── AnomalyDetected     (ArithmeticError) a result or a cotangent is nan, infinite or too large; see `detect_anomaly`
├── MissingOperator     (TypeError)       no installed plugin provides this operator of `Var`
├── MissingFramework    (ImportError)     the framework to export to, or import from, is not installed
└── PluginError         (RuntimeError)
    ├── Broken          (ImportError)     the plugin fails to import or to register
    ├── Conflict                          two plugins claim one thing
    ├── Disabled                          an environment variable switched it off
    └── Incompatible                      the plugin needs another version of Mutorch
"""

from __future__ import annotations

from functools import cache


class MutorchError(Exception):
    """The root of this tree."""


class DeclarationError(MutorchError, TypeError):
    """An op or a rule is declared wrongly."""


class UnknownName(DeclarationError):
    """A rule has a parameter that its op does not have."""


class MissingRule(DeclarationError):
    """An operand that may carry a gradient has no rule."""


class CotangentError(MutorchError, ValueError):
    """A rule returned cotangents that do not fit its operands."""


class OperandError(MutorchError, TypeError):
    """An op was given an operand or parameter that it can't take.

    If the array library raised, the instance is also of that exception's type (an IndexError stays one), and the
    library's exception is its `__cause__`.
    """


class NotScalar(MutorchError, ValueError):
    """The result is not a single number, so it has no gradient."""


class NotTracked(MutorchError, RuntimeError):
    """There is no graph to differentiate."""


class Released(MutorchError, RuntimeError):
    """An earlier backward pass released the graph."""


class AnomalyDetected(MutorchError, ArithmeticError):
    """A result or a cotangent is nan, infinite or beyond a limit, in the context of `detect_anomaly`."""


class MissingOperator(MutorchError, TypeError):
    """No installed plugin provides this operator of `Var`."""


class MissingFramework(MutorchError, ImportError):
    """A framework is not installed."""


class PluginError(MutorchError, RuntimeError):
    """Something is wrong with an op package."""


class Broken(PluginError, ImportError):
    """A plugin fails to import or to register its ops."""


class Conflict(PluginError):
    """Two plugins claim one namespace, op or operator."""


class Disabled(PluginError):
    """A plugin or an op was switched off by MUTORCH_DISABLE or MUTORCH_PLUGINS."""


class Incompatible(PluginError):
    """A plugin needs another version of Mutorch."""


def refused(text: str, like: type[BaseException]) -> OperandError:
    """Return an OperandError that is also an instance of the builtin bases of `like`, so that either can be caught."""
    builtins = [base for base in like.__mro__ if base.__module__ == "builtins" and not issubclass(OperandError, base)]
    nearest = [kind for kind in builtins if not any(issubclass(other, kind) for other in builtins if other is not kind)]
    return of_all(tuple(nearest))(text) if nearest else OperandError(text)


@cache
def of_all(builtins: tuple[type[BaseException], ...]) -> type[OperandError]:
    """Return OperandError as a subclass of builtin exceptions too: one class for each set of them."""
    try:
        return type("OperandError", (OperandError, *builtins), {"__module__": OperandError.__module__})
    except TypeError:  # incompatible layouts, such as UnicodeError's
        return OperandError
