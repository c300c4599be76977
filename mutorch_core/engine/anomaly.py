"""Anomaly detection: the first op whose result or cotangent is nan, infinite or too large.

with mt.detect_anomaly():
    loss(w).backprop()                 # AnomalyDetected: names the op, the line of its call, its rule
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from mutorch_core.arrays.namespaces import SEQUENCES
from mutorch_core.engine.hooks import rule_name
from mutorch_core.engine.watching import NodeWatcher, Statistics, WatchedRule, cotangent_values, statistics_of
from mutorch_core.errors import AnomalyDetected
from mutorch_core.graph.node import Node

__all__ = ["detect_anomaly"]


class detect_anomaly(NodeWatcher):  # noqa: N801 - used as `with mt.detect_anomaly():`
    """In this context, raise AnomalyDetected at the first tracked op whose result, or a cotangent, is nan or infinite.

    With `limit`, also if an absolute value exceeds it. The error names the op, the user's line of its call, the
    operands with their ranges, and in a backward pass the rule with its file and line. Run forward and backward pass in
    the context: of results that were computed before it, call and operands are unknown. It is local to the thread or
    task. Each op computes the range of its operands and results meanwhile, on lazy libraries too.

    Raises ValueError if `limit` is not positive.
    """

    def __init__(self, limit: float | None = None) -> None:
        super().__init__()
        if limit is not None and not limit > 0:
            raise ValueError(f"detect_anomaly(limit={limit!r}): the limit must be positive")
        self.limit = limit

    def problem(self, value: Any) -> tuple[str, Statistics] | None:
        """Return the problem of a value, if it has one, and its statistics."""
        found = statistics_of(value)
        if found is None:
            return None
        if found.nan:
            return "nan", found
        if found.infinite:
            return "infinite", found
        if self.limit is not None and found.largest > self.limit:
            return f"beyond the limit {self.limit:g}", found
        return None

    def describe(self, node: Node, arguments: Mapping[str, Any], result: Any, place: str) -> str:
        """Return the operands with their ranges. Raises AnomalyDetected for a bad result."""
        details = format_ranges(arguments)
        for value in cast("tuple[Any, ...]", result) if isinstance(result, tuple) else (result,):
            bad = self.problem(value)
            if bad is not None:
                problem, found = bad
                raise AnomalyDetected(
                    f"the result of {rule_name(node.rule)} is {problem}: {found}\n"
                    f"  called at  {place}\n  operands   {details}"
                )
        return details

    def pull(self, rule: WatchedRule, g: Any, node: Node, run: Any) -> Sequence[Any]:
        """Pull back. Raises AnomalyDetected for a bad cotangent of the result, or of an operand."""
        for value in cotangent_values(g):
            bad = self.problem(value)
            if bad is not None:
                raise error_at(rule, bad, f"the cotangent that arrives at the result of {rule_name(rule)}", ORIGIN)
        try:
            cotangents: Sequence[Any] = run()
        except AnomalyDetected as error:
            error.add_note(f"  in {rule.named(node, 0)}, whose op was called at {rule.place or UNKNOWN}")
            raise
        for edge, cotangent in enumerate(cotangents):
            for value in cotangent_values(cotangent):
                bad = self.problem(value)
                if bad is not None:
                    received = ", ".join(str(statistics_of(each)) for each in cotangent_values(g))
                    source = f"  rule       {rule.named(node, edge)}\n  received   {received}"
                    raise error_at(rule, bad, f"a cotangent that {rule_name(rule)} returns", source)
        return cotangents


ORIGIN = "  origin     the cotangent that the pass started with, a hook, or a sum of cotangents of several uses"
"""The line of an error about a bad cotangent that no rule returned."""

UNKNOWN = "unknown: its forward ran outside of detect_anomaly()"


def error_at(rule: WatchedRule, bad: tuple[str, Statistics], subject: str, source: str) -> AnomalyDetected:
    """Return the error for a bad cotangent at one node."""
    problem, found = bad
    lines = [f"{subject} is {problem}: {found}", source, f"  called at  {rule.place or UNKNOWN}"]
    return AnomalyDetected("\n".join([*lines, f"  operands   {rule.details}"] if rule.details else lines))


def format_ranges(arguments: Mapping[str, Any]) -> str:
    """Format an op's operands with their ranges: `x1=float64[3] from 0 to 2`; other arguments as they are."""
    return ", ".join(f"{name}={format_range(value)}" for name, value in arguments.items())


def format_range(value: Any) -> str:
    """Format one argument."""
    if isinstance(value, SEQUENCES):
        return f"[{', '.join(map(format_range, value))}]"
    found = statistics_of(value) if hasattr(value, "dtype") and hasattr(value, "shape") else None
    return repr(value) if found is None else str(found)
