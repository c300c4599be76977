"""`@op` and `Op`: a forward and its vjps, bound by name.

@op("acme::softplus", domain={"x": Interval(-30, 30)})
def softplus(x: Array, /, *, beta: float = 1.0, xp: Namespace = injected) -> Array:
    return xp.logaddexp(beta * x, xp.zeros_like(x)) / beta

@softplus.vjp("x")
def _(g, x, beta, xp):
    return g / (1 + xp.exp(-beta * x))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import Signature
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from mutorch_core.declaration.annotations import Hidden
from mutorch_core.declaration.call_boundary import missing_rule
from mutorch_core.declaration.call_code import specialise
from mutorch_core.declaration.signatures import Declaration, Operand, Rule, read_forward, read_rule, source_location
from mutorch_core.errors import DeclarationError
from mutorch_core.late_binding import late_bound

if TYPE_CHECKING:
    from mutorch_core.domain import Domain, Kink

__all__ = ["Op", "op"]

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


class Op(Generic[P, R]):
    """An operation, called like its forward: raw results for raw operands, a `Var` if any operand is one.

    The first call generates the code for the op's signature. Declaring a rule or forward later generates it anew.
    """

    __slots__ = ("__weakref__", "_call", "_forwards", "_rules", "aliases", "declaration", "meta_rule",
                 "samplers", "substitute")  # fmt: skip

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.samplers: list[Callable[..., Any]] = []
        self.meta_rule: Callable[..., Any] | None = None
        self.aliases: tuple[str, ...] = ()
        self.substitute: Op[Any, Any] | None = None
        self._rules: dict[str, Rule] = {}
        self._forwards: dict[str, Callable[..., Any]] = {}
        self._call: Callable[..., Any] | None = None

    # declaration

    @property
    def name(self) -> str:
        """The full name, `basic::add`."""
        return self.declaration.name

    @property
    def namespace(self) -> str:
        """The first half of the name."""
        return self.declaration.name.partition("::")[0]

    @property
    def short_name(self) -> str:
        """The second half of the name."""
        return self.declaration.short_name

    @property
    def operator(self) -> str | None:
        """The operator of `Var` that it provides, or None."""
        return self.declaration.operator

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Its array inputs."""
        return self.declaration.operands

    @property
    def parameters(self) -> tuple[Any, ...]:
        """Its static inputs, as `inspect.Parameter`s."""
        return self.declaration.parameters

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its public outputs: `("out",)` if there is one."""
        return self.declaration.outputs

    @property
    def domain(self) -> Mapping[str, Domain]:
        """The domain of each operand that declares one."""
        return self.declaration.domain

    @property
    def kinks(self) -> tuple[Kink, ...]:
        """The points where it is not smooth, and what its rules return there."""
        return self.declaration.kinks

    @property
    def composite(self) -> bool:
        """True if its body is made of other ops."""
        return self.declaration.composite

    @property
    def libraries(self) -> tuple[str, ...] | None:
        """The array libraries that it is limited to, or None."""
        return self.declaration.libraries

    @property
    def function(self) -> Callable[..., Any]:
        """The forward as it was written."""
        return self.declaration.function

    @property
    def signature(self) -> Signature:
        """The signature for callers, without the injected namespace."""
        return self.declaration.signature

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rule of each operand that has one."""
        return MappingProxyType(self._rules)

    @property
    def forwards(self) -> Mapping[str, Callable[..., Any]]:
        """The forwards for single array libraries, by the library."""
        return MappingProxyType(self._forwards)

    @property
    def differentiable(self) -> bool:
        """True if gradients flow through it."""
        return bool(self.declaration.differentiable_operands)

    # decorators

    def vjp(self, *operands: str) -> Callable[[F], F]:
        """Declare the rule of one operand, or a joint rule of several. Raises DeclarationError, UnknownName."""
        if not operands:
            raise DeclarationError(f'{self.declaration.place}: @{self.short_name}.vjp needs an operand: vjp("x")')

        def declare(function: F) -> F:
            rule = read_rule(self.declaration, operands, function)
            for operand in operands:
                if operand in self._rules:
                    other = source_location(self._rules[operand].function)
                    raise DeclarationError(
                        f"{source_location(function)}: {self.name} has a rule for {operand!r} already, at {other}"
                    )
            self._rules |= dict.fromkeys(operands, rule)
            self._forget_call()
            return function

        return declare

    def forward(self, library: str) -> Callable[[F], F]:
        """Declare the forward for one array library ("torch", "jax", …), with the same signature.

        Raises DeclarationError.
        """

        def declare(function: F) -> F:
            self._forwards[library] = function
            self._forget_call()
            return function

        return declare

    def meta(self, function: F) -> F:
        """Declare the function that computes the outputs' `Meta`s from the operands', for an opaque forward."""
        self.meta_rule = function
        return function

    def samples(self, function: F) -> F:
        """Declare a sampler for the checker: a function that takes `draw`, `strategies` and `Sample` by name."""
        self.samplers.append(function)
        return function

    # calling

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Apply the op. Later calls go to the generated code at once; see `call`."""
        return self.call(*args, **kwargs)

    @property
    def call(self) -> Callable[P, R]:
        """The function that a call of this op runs, generated at first use. Raises Disabled.

        It becomes the `__call__` of a class that this op alone is of. A `__call__` of `Op` that passes `*args` on
        to it would cost 70 to 120 ns more: 390 instead of 310 ns for `multiply(x, y)` of tracked floats, 830
        instead of 710 of arrays of 4 entries, 170 instead of 100 of raw floats.
        """
        if self._call is None:
            late_bound.check_enabled(self.name)
            other = self.substitute
            call = other.call if other else specialise(self.declaration, self._rules, self._forwards)
            self._call = call
            members = {"__slots__": (), "__call__": staticmethod(call), "__module__": Op.__module__}
            self._become(type("Op", (Op,), members | {"__doc__": Op.__dict__["__doc__"]}))
        return self._call

    def _become(self, kind: Any) -> None:
        self.__class__ = kind

    def _forget_call(self) -> None:
        self._call = None
        self._become(Op)

    def replace(self, other: Op[Any, Any] | None) -> None:
        """Let another op answer each call of this one from now on; with None, this one again."""
        self.substitute = other
        self._forget_call()

    def validate(self) -> None:
        """Raise MissingRule if an operand that may carry a gradient has no rule."""
        if self.composite:
            return
        for operand in self.declaration.differentiable_operands:
            if operand.name not in self._rules:
                raise missing_rule(self.declaration, operand.name)

    @property
    def __doc__(self) -> str | None:  # pyright: ignore[reportIncompatibleVariableOverride] - one per op
        return self.declaration.function.__doc__

    @property
    def __name__(self) -> str:
        return self.short_name

    @property
    def __signature__(self) -> Signature:
        return self.signature

    def __repr__(self) -> str:
        return f"<Op {self.name}{f', overridden by {self.substitute.name}' if self.substitute else ''}>"


class Decorator:
    """The decorator that `op(…)` returns. Its type strips `Hidden[R]` in a forward's annotation to R."""

    def __init__(self, name: str, nondiff: Sequence[str], **options: Any) -> None:
        self._name = name
        self._nondiff = nondiff
        self._options = options

    @overload
    def __call__(self, function: Callable[P, Hidden[R]]) -> Op[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R]) -> Op[P, R]: ...
    def __call__(self, function: Callable[..., Any]) -> Op[Any, Any]:
        """Make the op."""
        return Op(read_forward(self._name, function, self._nondiff, **self._options))


def op(
    name: str,
    *,
    domain: Mapping[str, Domain] | None = None,
    kinks: Sequence[Kink] = (),
    nondiff: Sequence[str] = (),
    hidden: Sequence[str] = (),
    symbol: str | None = None,
    operator: str | None = None,
    composite: bool = False,
    opaque: bool = False,
    libraries: Sequence[str] | None = None,
) -> Decorator:
    """Declare an op by its forward.

    `name` is `namespace::name`. Operands are the parameters annotated `Array`, `Array | None`,
    `Sequence[Array]` or `*arrays: Array`; everything else is static. `nondiff` exempts operands from rules.
    `hidden` names outputs that only rules see. `composite` marks a body made of other ops, which needs no
    rule; `opaque` a forward outside of the array namespace; `libraries` limits it to some. `operator` binds
    an operator of `Var`; `symbol` is its label in a printed graph; `domain` and `kinks` are for the checker
    and the reference.

    Raises DeclarationError, with file and line.
    """
    return Decorator(
        name, nondiff, domain=domain or {}, kinks=kinks, hidden=hidden, operator=operator,
        symbol=symbol or name.partition("::")[2], composite=composite, opaque=opaque, libraries=libraries,
    )  # fmt: skip
