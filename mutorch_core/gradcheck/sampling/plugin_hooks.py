"""What plugins add to the checker: samples for ops, and ears for what was found.

A hook that raises is named, and harms no other: what it would have added is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from mutorch_core import plugins
from mutorch_core.gradcheck.value_types import is_several
from mutorch_core.signatures import place

__all__ = ["report_to_plugins", "sampler_problems", "samplers_of"]

SAMPLES, REPORT = "mutorch_gradcheck_samples", "mutorch_gradcheck_report"

Sampler = Callable[..., Any]

ANSWERS: WeakKeyDictionary[Any, tuple[tuple[Any, ...], list[Sampler], list[str]]] = WeakKeyDictionary()
"""By op: the hooks that were asked for samples, what they gave, and what was wrong with them."""


def samplers_of(op: Any) -> list[Sampler]:
    """An op's own samplers, and those that plugins have for it."""
    return [*op.samplers, *plugin_answer(op)[1]]


def sampler_problems(ops: Iterable[Any]) -> list[str]:
    """What is wrong with the hooks that were asked for samples of some ops; the same thing once."""
    return list(dict.fromkeys(trouble for op in ops for trouble in plugin_answer(op)[2]))


def report_to_plugins(report: Mapping[str, Any]) -> list[str]:
    """Tell every plugin that wants to know what a run found. What went wrong with that, a line each."""
    troubles: list[str] = []
    for hook in hook_implementations(REPORT):
        call_hook(REPORT, hook, troubles, report=report)
    return troubles


def plugin_answer(op: Any) -> tuple[tuple[Any, ...], list[Sampler], list[str]]:
    """What plugins answer for an op; they are asked once, and again when another one was loaded."""
    hooks = hook_implementations(SAMPLES)
    if op not in ANSWERS or ANSWERS[op][0] != hooks:
        samplers: list[Sampler] = []
        troubles: list[str] = []
        for hook in hooks:
            answer = call_hook(SAMPLES, hook, troubles, op=op)
            samplers_given: list[Any] = [] if answer is None else list(answer) if is_several(answer) else [answer]
            wrong = [item for item in samplers_given if not callable(item)]
            if wrong:
                troubles.append(f"{describe_hook(SAMPLES, hook)} returned {wrong[0]!r}, which is no sampler")
            samplers += filter(callable, samplers_given)
        ANSWERS[op] = hooks, samplers, troubles
    return ANSWERS[op]


# ------------------------------------------------------------------------------------------------------ hooks


def hook_implementations(name: str) -> tuple[Any, ...]:
    """The implementations of a hook in the plugins that are loaded."""
    return tuple(getattr(plugins.manager().hook, name).get_hookimpls())


def call_hook(name: str, hook: Any, troubles: list[str], **given: Any) -> Any:
    """What one implementation returns; None where it raises, which is noted."""
    try:
        return hook.function(*(given[argument] for argument in hook.argnames))
    except Exception as error:
        troubles.append(f"{describe_hook(name, hook)} raised {type(error).__name__}: {error}")
        return None


def describe_hook(name: str, hook: Any) -> str:
    """Which implementation it is: hook, plugin, file and line."""
    return f"{name} of plugin {hook.plugin_name!r} ({place(hook.function)})"
