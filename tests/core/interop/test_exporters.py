"""Exporters: registration by plugins, conflicts and missing frameworks."""

import sys

import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import hookimpl
from mutorch_core.errors import Conflict, MissingFramework, OperandError


def test_a_framework_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "mutorch_core.interop.torch.export", raising=False)
    with pytest.raises(MissingFramework, match="torch is not installed: pip install torch"):
        mt.interop.to(xp.exp, "torch")


class Plugin:
    """A plugin with an exporter to a framework of this name."""

    def __init__(self, name):
        self.name = name

    @hookimpl
    def mutorch_register_exporters(self):
        return {self.name: lambda each: f"{each.name} exported"}


@pytest.fixture
def registered():
    """Return a function that registers a plugin until the test ends."""
    registered_plugins = []

    def register(name):
        registered_plugins.append(Plugin(name))
        mt.plugins.manager().register(registered_plugins[-1])

    yield register
    for plugin in registered_plugins:
        mt.plugins.manager().unregister(plugin)


def test_a_plugin_adds_an_exporter(registered):
    registered("paddle")
    assert mt.interop.to(xp.exp, "paddle") == "basic::exp exported"
    assert "paddle" in mt.interop.exporters()


def test_two_exporters_to_one_framework_conflict(registered):
    registered("torch")
    with pytest.raises(Conflict, match="an exporter to 'torch' already"):
        mt.interop.exporters()


def test_an_unknown_framework_is_refused_with_those_that_are_known():
    with pytest.raises(OperandError, match="to 'paddle'; known: autograd, jax, torch"):
        mt.interop.to(xp.exp, "paddle")
