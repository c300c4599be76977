"""Random programs of all registered ops: their gradients agree with finite differences, JAX and PyTorch.

MUTORCH_RANDOM_PROGRAMS=10000 draws that many at random; without it a few hundred are drawn, always the same.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.gradcheck.checking.check_function import GradientIsWrong, check
from mutorch_core.gradcheck.failures import Undecided
from tests.core.gradcheck.end_to_end.random_programs import Program, programs
from tests.core.gradcheck.peers import Peer, jax_peer, torch_peer

NIGHTLY = os.environ.get("MUTORCH_RANDOM_PROGRAMS")
COUNT = int(NIGHTLY or 300)


def drawn(count: int) -> settings:
    return settings(
        max_examples=count,
        derandomize=NIGHTLY is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_their_gradients_are_those_of_finite_differences():
    undecided: list[Program] = []
    seen: dict[str, int] = {}

    @drawn(COUNT)
    @given(programs())
    def agree(program: Program) -> None:
        seen.update({step.case.op.name: 1 for step in program.steps})
        try:
            check(program, *program.point)
        except Undecided:
            undecided.append(program)

    agree()
    assert len(undecided) <= 0.05 * COUNT
    able = {operation.name for operation in mt.ops.values() if operation.differentiable}
    missed = able - set(seen)
    assert len(missed) <= (5 if NIGHTLY else len(able) // 2), f"no program applies {missed}"  # a few hundred meet most


def compared(peer: Peer, count: int) -> float:
    """Return the share of programs that could be compared with another library."""
    outcomes: list[bool] = []

    @drawn(count)
    @given(programs(peer.ops))
    def agree(program: Program) -> None:
        outcomes.append(peer.compare(program))

    agree()
    return sum(outcomes) / len(outcomes)


def test_their_gradients_are_those_of_pytorch():
    assert compared(torch_peer(), COUNT) > 0.8


def test_their_gradients_are_those_of_jax():
    """JAX compiles every function for every shape, half a second a program: fewer of them."""
    assert compared(jax_peer(), COUNT // 12) > 0.6


def test_a_wrong_op_among_them_is_found_and_blamed():
    @op("test::thrice")
    def thrice(x: Array, /) -> Array:
        return 3 * x

    thrice.vjp("x")(lambda g: 2 * g)

    blamed: list[list[str]] = []

    @settings(drawn(30), phases=[Phase.generate])
    @given(programs([mt.ops["basic::sin"], mt.ops["basic::multiply"], thrice]))
    def look(program: Program) -> None:
        try:
            check(program, *program.point, order=1)
        except GradientIsWrong as failure:
            blamed.append([wrong.case.op.name for wrong in failure.blamed])
        else:
            assert thrice not in [step.case.op for step in program.steps]

    look()
    assert len(blamed) > 5
    assert blamed == [[thrice.name]] * len(blamed)


@drawn(20)
@given(programs())
def test_their_text_runs_by_itself(program: Program):
    again: dict[str, Any] = {}
    definition, _, call = repr(program).rpartition("\n")
    exec(definition, {"np": np, "mt": mt}, again)
    assert call.startswith("mt.gradcheck.check(program, ")
    for mine, other in zip(program(*program.point), again["program"](*program.point), strict=True):
        np.testing.assert_array_equal(mine, other)
