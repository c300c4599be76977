"""Discovery of op packages: entry points, requirements, and the environment variables that disable plugins."""

from __future__ import annotations

import threading
import time
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


def distribution(folder="", **fields):
    """A distribution with metadata, in a folder of that name."""
    message = Message()
    for name, value in fields.items():
        message[name] = value
    return DistributionMetadata(SimpleNamespace(metadata=message, _path=SimpleNamespace(name=folder)))


@pytest.mark.parametrize(
    ("folder", "name", "version"),
    [
        ("acme_ops-1.0.dist-info", "acme_ops", "1.0"),
        ("acme_ops-1.0rc1.egg-info", "acme_ops", "1.0rc1"),
        ("acme_ops-1.0-py3.11.egg-info", "acme_ops", "1.0"),
        ("acme_ops.egg-info", "acme_ops", "unknown"),
        ("acme-ops", "", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_the_folder_of_a_distribution_hints_at_name_and_version(folder, name, version):
    metadata = distribution(folder)
    assert (metadata.name_hint, metadata.version_hint) == (name, version)
    assert metadata.fields[:2] == (name or "unknown", version)
    assert metadata.fields.problem == "its metadata has no Name and no Version"


def test_the_metadata_takes_precedence_over_the_folder():
    fields = distribution("other-2.0.dist-info", Name="acme-ops", Version="1.0").fields
    assert (fields.name, fields.version, fields.requires, fields.problem) == ("acme-ops", "1.0", (), "")
    assert distribution("other-2.0.dist-info", Name="acme-ops").fields.problem == "its metadata has no Version"


def test_unreadable_metadata_is_a_problem_of_its_distribution():
    class Unreadable:
        @property
        def metadata(self):
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "no")

    fields = DistributionMetadata(Unreadable()).fields
    assert fields == ("unknown", "unknown", (), "its metadata can't be read: UnicodeDecodeError")


@pytest.mark.parametrize(
    ("requirement", "met"),
    [("mutorch", True), ("mutorch[gradcheck]", True), ("Mutorch >=99", False), ("mutorch-x>=99", True),
     ("mutorch_x>=99", True), ("mutorch>=99; extra == 'x'", True), ("mutorch>=99; python_version < '3'", True),
     ("mutorch>=99; python_version > '3'", False), ("mutorch>=0.0.1", True), ("mutorch<0.0.1", False)],
)  # fmt: skip
def test_a_requirement_on_mutorch_is_met_by_name_version_and_marker(requirement, met):
    assert source(requirement).unmet_requirement() == (None if met else requirement)


def test_a_malformed_requirement_is_a_value_error():
    with pytest.raises(ValueError, match="banana"):
        source("mutorch>=banana").unmet_requirement()


def test_entry_points_are_read_from_the_groups_of_mutorch():
    text = "\n".join([
        "# a comment", "[console_scripts]", "acme = acme:main", "[mutorch.ops]", "acme = acme_ops", "; another",
        "", "tail=acme_ops.tail : attribute [extra]", "alone", "[mutorch.provides]", "operators = acme_ops",
    ])  # fmt: skip
    assert list(discovery.parse_entry_points(text)) == [
        ("mutorch.ops", "acme", "acme_ops"),
        ("mutorch.ops", "tail", "acme_ops.tail"),
        ("mutorch.ops", "alone", ""),
        ("mutorch.provides", "operators", "acme_ops"),
    ]


@pytest.mark.parametrize(
    ("text", "names"), [("", set()), ("a", {"a"}), (" a , b ,,", {"a", "b"}), ("basic::max", {"basic::max"})]
)
def test_names_in_a_variable_are_separated_by_commas(monkeypatch, text, names):
    monkeypatch.setenv("MUTORCH_DISABLE", text)
    assert discovery.names_in_variable("MUTORCH_DISABLE") == names


def test_a_function_that_runs_once_runs_once_for_all_threads():
    calls, barrier = [], threading.Barrier(4)

    @discovery.once
    def slow():
        calls.append(1)
        time.sleep(0.02)
        return object()

    results = []

    def work():
        barrier.wait()
        results.append(slow())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(calls), len(results), len(set(results))) == (1, 4, 1)


@pytest.mark.parametrize("status", discovery.PROBLEMS)
def test_a_failed_record_raises_the_error_of_its_status(status):
    record = discovery.Record("acme", "acme_ops", source(), ops={"acme::f": None})
    record.check()
    cause = ValueError("cause")
    record.fail(status, "the reason", cause)
    assert record.ops == {}
    text = f"plugin 'acme' of acme-ops 1.0 is {status}: the reason"
    with pytest.raises(discovery.PROBLEMS[status], match=text) as caught:
        record.check()
    assert caught.value.__cause__ is cause
