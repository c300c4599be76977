"""Plugins' hooks: samplers for their own and for other ops, and the report of a run."""

import json

import pytest

import mutorch_core as mt
from mutorch_core import Array, hookimpl, op
from mutorch_core.gradcheck import check_op
from mutorch_core.gradcheck.sampling.plugin_hooks import report_to_plugins, sampler_problems, samplers_of
from mutorch_core.gradcheck.verdicts import Verdict


@op("test::planned")
def planned(x: Array, /, *, plan: dict) -> Array:
    """An op with a parameter that only a sampler can supply."""
    return x * plan["factor"]


@planned.vjp("x")
def _(g, plan):
    return g * plan["factor"]


def sampler(draw, strategies, Sample):
    return Sample(draw(strategies.array((2,))), plan={"factor": 2.0})


@pytest.fixture
def plugged():
    """Register the hooks given as keyword arguments as a plugin, for one test."""
    host = mt.plugins.manager()
    names = []

    def plug(name, **hooks):
        host.register(type(name, (), {key: staticmethod(hookimpl(value)) for key, value in hooks.items()}), name)
        names.append(name)

    yield plug
    for name in names:
        host.unregister(name=name)


def test_samples_of_a_plugin_serve_an_op_of_another(plugged):
    assert check_op(planned, "quick").verdict is Verdict.UNDECIDED
    plugged("generous", mutorch_gradcheck_samples=lambda op: sampler if op is planned else None)
    assert samplers_of(planned) == [sampler]
    assert samplers_of(mt.ops["basic::exp"]) == []
    assert check_op(planned, "quick").verdict is Verdict.PROVEN


def test_several_samplers_come_beside_the_ops_own(plugged):
    @op("test::own")
    def own(x: Array, /) -> Array:
        return x

    own.samples(sampler)
    plugged("one", mutorch_gradcheck_samples=lambda op: [len, str])
    plugged("other", mutorch_gradcheck_samples=lambda: None)
    assert samplers_of(own) == [sampler, len, str]


def test_a_samples_hook_that_raises_is_named_and_harms_no_other(plugged):
    def broken(op):
        raise LookupError(f"nothing for {op.name}")

    plugged("first", mutorch_gradcheck_samples=broken)
    plugged("second", mutorch_gradcheck_samples=lambda op: sampler)
    plugged("third", mutorch_gradcheck_samples=lambda op: "no sampler")
    assert check_op(planned, "quick").verdict is Verdict.PROVEN
    first, third = sampler_problems([planned])
    assert third.startswith("mutorch_gradcheck_samples of plugin 'third' (")
    assert third.endswith("returned 'no sampler', which is no sampler")
    assert first.startswith("mutorch_gradcheck_samples of plugin 'first' (")
    assert "test_plugin_hooks.py:" in first
    assert first.endswith(") raised LookupError: nothing for test::planned")


def test_every_plugin_is_told_the_report_though_one_raises(plugged):
    told = []

    def listening(report):
        told.append(report)

    def broken(report):
        raise ConnectionError("no way")

    plugged("first", mutorch_gradcheck_report=listening)
    plugged("second", mutorch_gradcheck_report=broken)
    plugged("third", mutorch_gradcheck_report=listening)
    (trouble,) = report_to_plugins({"exit_code": 0})
    assert told == [{"exit_code": 0}] * 2
    assert "mutorch_gradcheck_report of plugin 'second'" in trouble
    assert trouble.endswith("raised ConnectionError: no way")


LISTENER = """
import json, pathlib
from mutorch_core import Array, hookimpl, op

@op("ears::same")
def same(x: Array, /) -> Array:
    return 1 * x

same.vjp("x")(lambda g: g)

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [same]

@hookimpl
def mutorch_gradcheck_samples(op):
    if op.name == "acme::planned":
        return lambda draw, strategies, Sample: Sample(draw(strategies.array((2,))), plan={"factor": 2.0})
    raise RuntimeError("no samples today")

@hookimpl
def mutorch_gradcheck_report(report):
    print("told")
    pathlib.Path(__file__).with_name("told.json").write_text(json.dumps(report))
    raise RuntimeError("no more paper")
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_command_hears_the_hooks_of_installed_plugins(acme, jobs):
    acme.install("ears-ops", "ears", LISTENER)
    done = acme.gradcheck("acme::planned", "acme::twice", "--order", "1", "--json", "-", "--jobs", jobs)
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert {item["name"]: item["verdict"] for item in found["ops"]} == {
        "acme::planned": "proven",
        "acme::twice": "proven",
    }
    assert json.loads((acme.path / "told.json").read_text())["ops"] == found["ops"]
    assert found["exit_code"] == 2
    assert "error: mutorch_gradcheck_samples of plugin 'ears' (" in done.stderr
    assert "raised RuntimeError: no samples today" in done.stderr
    assert "raised RuntimeError: no more paper" in done.stderr


def test_pytest_tells_them_too_and_says_what_went_wrong(acme, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    acme.install("ears-ops", "ears", LISTENER)
    options = ("-p", "mutorch_core.gradcheck.execution.pytest_plugin", "--gradcheck", "--gradcheck-profile", "quick")
    done = acme.run("-m", "pytest", "-q", *options, "--rootdir", ".", "-k", "acme and twice and value")
    assert "1 passed" in done.stdout
    told = json.loads((acme.path / "told.json").read_text())
    assert [item["name"] for item in told["ops"][0]["properties"]] == ["value"]
    assert "raised RuntimeError: no more paper" in done.stdout
    assert "raised RuntimeError: no samples today" in done.stdout
