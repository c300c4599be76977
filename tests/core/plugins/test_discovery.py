"""Discovery of op packages: entry points, requirements, and the environment variables that disable plugins."""

from __future__ import annotations

from email.message import Message
from types import SimpleNamespace

import pytest

from mutorch_core.plugins import discovery
from mutorch_core.plugins.discovery import DistributionMetadata


def source(*requirements):
    message = Message()
    message["Name"], message["Version"] = "acme-ops", "1.0"
    for requirement in requirements:
        message["Requires-Dist"] = requirement
    return DistributionMetadata(SimpleNamespace(metadata=message, _path=None))


@pytest.mark.parametrize("version", ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1"])
@pytest.mark.parametrize(
    ("requirement", "lowest"), [("mutorch>=0.5", "1.0.dev1"), ("mutorch>=1.0rc1", "1.0rc1"), ("mutorch>=1.0", "1.0")]
)
def test_a_pre_release_satisfies_the_requirements_that_its_order_allows(monkeypatch, version, requirement, lowest):
    order = ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1"]
    monkeypatch.setattr(discovery, "__version__", version)
    met = order.index(version) >= order.index(lowest)
    assert source("numpy", requirement).unmet_requirement() == (None if met else requirement)


def test_mutorch_disable_prevents_the_import_of_a_plugin(site):
    site.install("acme-ops", "acme", "raise SystemExit('imported')")
    assert site.records(MUTORCH_DISABLE="acme")["acme"][:2] == ["disabled", "by MUTORCH_DISABLE=acme"]


def test_mutorch_plugins_disables_all_other_plugins(site):
    site.install("acme-ops", "acme", "raise SystemExit('imported')")
    found = site.records(MUTORCH_PLUGINS="basic")
    assert found["basic"][0] == "ok"
    assert found["acme"][:2] == found["nn"][:2] == ["disabled", "by MUTORCH_PLUGINS=basic"]


def test_the_cores_own_ops_cannot_be_disabled(site):
    assert site.run("print('core::cast' in mt.ops)", MUTORCH_DISABLE="core,core::cast") == "True"


OP = """
from mutorch_core import Array, hookimpl, op

@op("commented::double")
def double(x: Array, /) -> Array:
    return x * 2.0

@double.vjp("x")
def _(g):
    return g * 2.0

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [double]
"""


def test_malformed_entry_points_do_not_hide_other_packages(site):
    site.install("no-module", "no_module", "", entry_points="[mutorch.ops]\nno_module\n")
    site.install("latin", "latin", "", entry_points=b"[mutorch.ops]\nna\xefve = latin_module\n")
    text = "# ours\n[console_scripts]\nx\n\n[mutorch.ops]\n; one\ncommented=commented_module:m\n"
    site.install("commented", "commented", OP, entry_points=text)
    found = site.records()
    assert found["commented"] == ["ok", "", "commented"]
    reason = "its entry point 'no_module' of group mutorch.ops names no module"
    assert found["no_module"] == ["broken", reason, "no-module"]
    assert set(found) == {"basic", "commented", "nn", "no_module"}
