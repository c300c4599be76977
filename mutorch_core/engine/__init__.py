"""The engine: the topological schedule, the accumulation of cotangents, and the backward pass."""

from mutorch_core.engine.backward import backward, backward_partial, backward_raw
from mutorch_core.engine.schedule import count_consumers, terminals
from mutorch_core.engine.structural_ops import STRUCTURAL, broadcast_to, cast, sum_to

__all__ = [
    "STRUCTURAL",
    "backward",
    "backward_partial",
    "backward_raw",
    "broadcast_to",
    "cast",
    "count_consumers",
    "sum_to",
    "terminals",
]
