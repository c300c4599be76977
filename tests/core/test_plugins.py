"""Discovery, registry and views, with fake and with really installed distributions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_core import plugins as host


def test_ops_are_found_by_full_name_and_by_attribute():
    assert mt.ops["basic::add"] is mt.ops.basic.add
    assert mt.ops.basic.mul is mt.ops.basic.multiply
    assert mt.ops.basic.multiply.aliases == ("mul",)
    assert "basic::nothing" not in mt.ops
    assert "nowhere::add" not in mt.ops
    assert len(mt.ops) == len(list(mt.ops))
    assert all(op.name == name for name, op in mt.ops.items())


def test_the_public_function_of_a_package_is_the_registered_op():
    import mutorch_ops_basic as xp

    assert xp.add is mt.ops.basic.add


def test_every_op_is_a_plugin_under_its_full_name():
    op = mt.ops.basic.add
    assert host.manager().get_plugin("basic::add") is op
    assert host.manager().get_plugin("core::sum_to") is mt.ops["core::sum_to"]


def test_an_op_that_is_not_there():
    with pytest.raises(AttributeError, match="plugin 'basic' has no op 'nothing'"):
        _ = mt.ops.basic.nothing
    with pytest.raises(AttributeError, match="no plugin has the namespace 'nowhere'"):
        _ = mt.ops.nowhere
    with pytest.raises(errors.Broken, match="no installed plugin has the namespace 'nowhere'"):
        host.record("nowhere")


def test_records_say_where_ops_come_from():
    by_name = {record.namespace: record for record in host.records()}
    assert by_name["basic"].distribution == "mutorch"
    assert by_name["basic"].version == mt.__version__
    assert by_name["basic"].status == "ok"
    assert "basic::add" in by_name["basic"].ops


# ------------------------------------------------------------------------- installed distributions of all kinds


@pytest.fixture
def site(tmp_path):
    """A folder of distributions on the path of a fresh process, and a way to run code there."""

    class Site:
        path = tmp_path

        def install(self, distribution, namespace, source, *, version="1.0", requires=(), provides=()):
            module = f"{distribution.replace('-', '_')}_module"
            (self.path / f"{module}.py").write_text(textwrap.dedent(source))
            info = self.path / f"{distribution}-{version}.dist-info"
            info.mkdir()
            lines = [f"Requires-Dist: {requirement}" for requirement in requires]
            info.joinpath("METADATA").write_text(
                "\n".join(["Metadata-Version: 2.1", f"Name: {distribution}", f"Version: {version}", *lines]) + "\n"
            )
            groups = f"[mutorch.ops]\n{namespace} = {module}\n"
            if provides:
                groups += "[mutorch.provides]\n" + "".join(f"{what} = {module}\n" for what in provides)
            info.joinpath("entry_points.txt").write_text(groups)

        def run(self, code, **environment):
            done = subprocess.run(
                [sys.executable, "-c", "import mutorch_core as mt\n" + textwrap.dedent(code)],
                env={**os.environ, "PYTHONPATH": str(self.path), **environment},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        def records(self, **environment):
            out = self.run(
                """
                import json
                print(json.dumps({r.namespace: [r.status, r.reason, r.distribution] for r in mt.plugins.records()}))
                print(mt.grad(lambda x: x * x)(3.0))  # nobody else is harmed
                """,
                **environment,
            ).splitlines()
            assert out[1] == "6.0"
            return json.loads(out[0])

    return Site()


ACME = """
from mutorch_core import Array, hookimpl, op

@op("acme::double")
def double(x: Array, /) -> Array:
    return x * 2.0

@double.vjp("x")
def _(g):
    return g * 2.0

twice = double

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [double]
"""


def test_a_strangers_op_works_once_it_is_installed(site):
    site.install("acme-ops", "acme", ACME)
    assert site.records()["acme"] == ["ok", "", "acme-ops"]
    assert site.run("print(mt.grad(mt.ops.acme.double)(1.0), mt.ops.acme.twice.name)") == "2.0 acme::double"


def test_importing_the_core_imports_no_plugin_and_an_operator_only_its_provider(site):
    site.install("acme-ops", "acme", "raise SystemExit('imported')")
    assert site.run("x = mt.Var(3.0); (x * x).backprop(); print(x.grad)") == "6.0"


@pytest.mark.parametrize(
    ("source", "status", "reason"),
    [
        ("1 / 0", "broken", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "broken", "SystemExit: 3"),
        ("x = 1", "broken", "implements no mutorch_register_ops hook"),
        (
            "from mutorch_core import hookimpl\n@hookimpl\ndef mutorch_register_ops(namespace, api_version):\n"
            "    return [len]\n",
            "broken",
            "which is no Op: was @op left out?",
        ),
        (
            "from mutorch_core import hookimpl\n@hookimpl\ndef mutorch_register_ops(namespace, version):\n"
            "    return []\n",
            "broken",
            "version",
        ),
        (ACME.replace('"acme::double"', '"basic::double"'), "conflict", "outside of the plugin's namespace 'acme'"),
        (ACME.replace("return [double]", "return [double, double]"), "conflict", "acme::double is registered twice"),
        (ACME.replace('@double.vjp("x")', ""), "broken", "acme::double has no rule for its operand 'x'"),
        (ACME.replace('"acme::double"', '"acme::double", operator="~"'), "conflict", "the operator '~' is provided by"),
        (
            ACME.replace('"acme::double"', '"acme::double", operator="*"'),
            "broken",
            "has 1 operands and the operator '*' 2",
        ),
        (ACME.replace('"acme::double"', '"acme::double", operator="<=>"'), "broken", "which Var does not have"),
    ],
)
def test_what_is_wrong_with_one_plugin_harms_nobody_else(site, source, status, reason):
    site.install("acme-ops", "acme", source)
    found = site.records()["acme"]
    assert found[0] == status
    assert reason in found[1]


def test_using_a_broken_plugin_names_distribution_and_version(site):
    site.install("acme-ops", "acme", "1 / 0", version="2.5")
    out = site.run(
        """
        try:
            mt.ops.acme.double
        except mt.errors.Broken as error:
            print(error, type(error.__cause__).__name__)
        """
    )
    assert out == "plugin 'acme' of acme-ops 2.5 is broken: ZeroDivisionError: division by zero ZeroDivisionError"


def test_two_plugins_with_one_namespace(site):
    site.install("acme-ops", "acme", ACME)
    site.install("other-ops", "acme", ACME)
    status, reason, _ = site.records()["acme"]
    assert status == "conflict"
    assert "acme-ops 1.0 (acme_ops_module) and by other-ops 1.0 (other_ops_module)" in reason
    assert "MUTORCH_DISABLE=acme" in reason


def test_a_plugin_that_needs_another_mutorch_is_not_imported(site):
    site.install("acme-ops", "acme", "raise SystemExit('imported')", requires=["mutorch>=99"])
    status, reason, _ = site.records()["acme"]
    assert (status, reason) == ("incompatible", f"it needs mutorch>=99, and this is mutorch {mt.__version__}")


def test_a_deny_list_takes_effect_before_anything_is_imported(site):
    site.install("acme-ops", "acme", "raise SystemExit('imported')")
    assert site.records(MUTORCH_DISABLE="acme")["acme"][:2] == ["disabled", "by MUTORCH_DISABLE=acme"]


def test_an_allow_list_leaves_the_rest_out(site):
    site.install("acme-ops", "acme", "raise SystemExit('imported')")
    found = site.records(MUTORCH_PLUGINS="basic")
    assert found["basic"][0] == "ok"
    assert found["acme"][:2] == found["nn"][:2] == ["disabled", "by MUTORCH_PLUGINS=basic"]


def test_a_disabled_op_is_not_listed_and_raises_when_it_is_called(site):
    out = site.run(
        """
        import mutorch_ops_basic as xp
        assert "basic::max" not in mt.ops and "basic::min" in mt.ops
        for use in (lambda: xp.max(1.0), lambda: mt.ops.basic.max):
            try:
                use()
            except mt.errors.Disabled as error:
                print(error)
        """,
        MUTORCH_DISABLE="basic::max",
    )
    assert out.splitlines() == ["basic::max is disabled by MUTORCH_DISABLE=basic::max"] * 2


def test_the_cores_own_ops_cannot_be_disabled(site):
    assert site.run("print('core::cast' in mt.ops)", MUTORCH_DISABLE="core,core::cast") == "True"


def test_a_missing_operator_says_what_is_missing(site):
    out = site.run(
        """
        try:
            mt.Var(1.0) * 2.0
        except mt.errors.MissingOperator as error:
            print(error)
        """,
        MUTORCH_DISABLE="basic::multiply",
    )
    assert out.startswith("no installed plugin provides the operator '*' of Var: install one that does")
    assert "basic::multiply" in out


def test_two_providers_of_the_operators_conflict(site):
    site.install("acme-ops", "acme", ACME, provides=["operators"])
    out = site.run(
        """
        try:
            mt.Var(1.0) * 2.0
        except mt.errors.Conflict as error:
            print(error)
        """
    )
    assert "both provide 'operators'" in out
    assert "acme-ops 1.0" in out


def test_an_operator_may_come_from_another_plugin(site):
    site.install("acme-ops", "acme", ACME.replace('"acme::double"', '"acme::double", operator="~"'))
    out = site.run("mt.ops.acme.double; x = mt.Var(3.0); print((~x).value)", MUTORCH_DISABLE="basic::bitwise_invert")
    assert out == "6.0"
