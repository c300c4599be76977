"""Hooks that let plugins supply samplers and receive the report.

A hook that raises is reported by name and does not affect the others; only its own contribution is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from mutorch_core import plugins
from mutorch_core.declaration.signatures import source_location
from mutorch_core.gradcheck.value_types import is_several

__all__ = ["report_to_plugins", "sampler_problems", "samplers_of"]

SAMPLES, REPORT = "mutorch_gradcheck_samples", "mutorch_gradcheck_report"

Sampler = Callable[..., Any]

ANSWERS: WeakKeyDictionary[Any, tuple[tuple[Any, ...], list[Sampler], list[str]]] = WeakKeyDictionary()
"""By op: the hooks that were called for samplers, the samplers, and the problems of the hooks."""


def samplers_of(op: Any) -> list[Sampler]:
    """Return an op's own samplers, followed by those from plugins."""
    return [*op.samplers, *plugin_answer(op)[1]]


def sampler_problems(ops: Iterable[Any]) -> list[str]:
    """Return the problems of hooks that supply samplers for some ops, without repetition."""
    return list(dict.fromkeys(problem for op in ops for problem in plugin_answer(op)[2]))


def report_to_plugins(report: Mapping[str, Any]) -> list[str]:
    """Send a run's report to every plugin with the hook, and return the problems, a line each."""
    problems: list[str] = []
    for hook in hook_implementations(REPORT):
        call_hook(REPORT, hook, problems, report=report)
    return problems


def plugin_answer(op: Any) -> tuple[tuple[Any, ...], list[Sampler], list[str]]:
    """Return the hooks, samplers and problems for an op. Hooks are called again after a plugin is loaded."""
    hooks = hook_implementations(SAMPLES)
    if op not in ANSWERS or ANSWERS[op][0] != hooks:
        samplers: list[Sampler] = []
        problems: list[str] = []
        for hook in hooks:
            answer = call_hook(SAMPLES, hook, problems, op=op)
            items: list[Any] = [] if answer is None else list(answer) if is_several(answer) else [answer]
            wrong = [item for item in items if not callable(item)]
            if wrong:
                problems.append(f"{describe_hook(SAMPLES, hook)} returned {wrong[0]!r}, which is no sampler")
            samplers += filter(callable, items)
        ANSWERS[op] = hooks, samplers, problems
    return ANSWERS[op]


# ------------------------------------------------------------------------------------------------------ hooks


def hook_implementations(name: str) -> tuple[Any, ...]:
    """Return the implementations of a hook in the loaded plugins."""
    return tuple(getattr(plugins.manager().hook, name).get_hookimpls())


def call_hook(name: str, hook: Any, problems: list[str], **arguments: Any) -> Any:
    """Return the result of one implementation; None if it raises, which is added to `problems`."""
    try:
        return hook.function(*(arguments[argument] for argument in hook.argnames))
    except Exception as error:
        problems.append(f"{describe_hook(name, hook)} raised {type(error).__name__}: {error}")
        return None


def describe_hook(name: str, hook: Any) -> str:
    """Return an implementation's hook, plugin, file and line as text."""
    return f"{name} of plugin {hook.plugin_name!r} ({source_location(hook.function)})"
