"""The graph: `Var`, its nodes, its array attributes, methods and operators, views, and recording modes."""

from mutorch_core.graph.grad_mode import Mode, no_grad
from mutorch_core.graph.node import InputNode, Leaf, Node, NodeRule, OutputNode
from mutorch_core.graph.var import Var, constant, is_tracked, unwrap

__all__ = [
    "InputNode",
    "Leaf",
    "Mode",
    "Node",
    "NodeRule",
    "OutputNode",
    "Var",
    "constant",
    "is_tracked",
    "no_grad",
    "unwrap",
]
