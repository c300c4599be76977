"""The hooks that a plugin may implement: their names, parameters and markers."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pluggy
import pytest

from mutorch_core.plugins import hookspecs, manager

HOOKS = {
    "mutorch_register_ops": ("namespace", "api_version"),
    "mutorch_array_namespace": ("library",),
    "mutorch_numpy_functions": (),
    "mutorch_register_array_types": (),
    "mutorch_gradcheck_samples": ("op",),
    "mutorch_gradcheck_report": ("report",),
    "mutorch_register_exporters": (),
}


def test_the_hooks_and_their_parameters_are_those_documented():
    declared = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("mutorch_")}
    assert {name: tuple(inspect.signature(hook).parameters) for name, hook in declared.items()} == HOOKS
    assert all(hook.__doc__ for hook in declared.values())


@pytest.mark.parametrize("name", HOOKS)
def test_the_plugin_manager_has_the_hook_and_stops_at_the_first_result_only_for_the_namespace(name):
    specification = getattr(manager().hook, name).spec
    assert specification.argnames == HOOKS[name]
    assert bool(specification.opts["firstresult"]) is (name in ("mutorch_array_namespace", "mutorch_numpy_functions"))


def test_a_marked_function_implements_a_hook_with_some_of_its_parameters():
    host = pluggy.PluginManager("mutorch")
    host.add_hookspecs(hookspecs)

    @hookspecs.hookimpl
    def mutorch_register_ops(namespace):
        return [namespace]

    host.register(SimpleNamespace(mutorch_register_ops=mutorch_register_ops))
    assert host.hook.mutorch_register_ops(namespace="acme", api_version=hookspecs.API_VERSION) == [["acme"]]


def test_the_public_marker_is_the_one_of_the_hooks():
    import mutorch_core as mt

    assert mt.hookimpl is hookspecs.hookimpl
    assert hookspecs.hookspec.project_name == hookspecs.hookimpl.project_name == "mutorch"
    assert isinstance(hookspecs.API_VERSION, int)
