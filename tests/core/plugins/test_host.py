"""The plugin host: operators and the array namespace of `Var`, and their first use."""

from __future__ import annotations

import mutorch_core as mt
from mutorch_core import plugins as host


def test_records_name_the_distribution_of_ops():
    by_name = {record.namespace: record for record in host.records()}
    assert by_name["basic"].distribution == "mutorch"
    assert by_name["basic"].version == mt.__version__
    assert by_name["basic"].status == "ok"
    assert "basic::add" in by_name["basic"].ops


# ------------------------------------------------------------------------- installed distributions of all kinds


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


def test_an_installed_op_of_a_foreign_package_works(site):
    site.install("acme-ops", "acme", ACME)
    assert site.records()["acme"] == ["ok", "", "acme-ops"]
    assert site.run("print(mt.grad(mt.ops.acme.double)(1.0), mt.ops.acme.twice.name)") == "2.0 acme::double"


def test_importing_the_core_imports_no_plugin_and_an_operator_only_its_provider(site):
    site.install("acme-ops", "acme", "raise SystemExit('imported')")
    assert site.run("x = mt.Var(3.0); (x * x).backprop(); print(x.grad)") == "6.0"


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
    assert out.startswith("plugin 'acme' of acme-ops 2.5 is broken: ZeroDivisionError: division by zero [")
    assert out.endswith("acme_ops_module.py:1] ZeroDivisionError")


def test_a_missing_operator_raises_and_names_the_disabled_op(site):
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


# ------------------------------------------------------------------------------------------ first use in threads


IN_THREADS = """
import sys, threading
sys.setswitchinterval(1e-6)

def in_threads(work, count=8):
    barrier, results = threading.Barrier(count), []

    def run():
        barrier.wait()
        try:
            results.append(work())
        except Exception as error:
            results.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
"""


def test_the_first_product_in_eight_threads_at_once(site):
    code = """
def work():
    x = mt.Var(3.0)
    (x * x).backprop()
    return x.grad

print(*in_threads(work))
"""
    for _ in range(3):
        assert site.run(IN_THREADS + code) == " ".join(["6.0"] * 8)


def test_threads_get_one_array_namespace(site):
    code = "print(len({id(space) for space in in_threads(lambda: mt.Var(3.0).__array_namespace__())}))"
    assert site.run(IN_THREADS + code) == "1"


def test_a_direct_import_during_the_first_product_does_not_deadlock(site):
    code = """
import importlib
turns = iter([*"ab"] * 4)

def work():
    if next(turns) == "a":
        return importlib.import_module("mutorch_ops_basic").multiply(2.0, 3.0)
    return (mt.Var(2.0) * 3.0).value

print(*in_threads(work))
"""
    assert site.run(IN_THREADS + code) == " ".join(["6.0"] * 8)


def test_a_broken_plugin_is_imported_once_for_all_threads(site):
    site.install("acme-ops", "acme", "print('imported')\n1 / 0", version="2.5")
    out = site.run(IN_THREADS + "print(*set(in_threads(lambda: mt.ops.acme.double)), sep='\\n')").splitlines()
    assert out[0] == "imported"
    assert len(out) == 2
    assert out[1].startswith("Broken: plugin 'acme' of acme-ops 2.5 is broken: ZeroDivisionError: division by zero [")


def test_only_the_provider_may_implement_the_array_namespace_hook(site):
    thief = ACME.replace("acme", "thief") + "\n@hookimpl\ndef mutorch_array_namespace(library):\n    return 'stolen'\n"
    site.install("thief-ops", "thief", thief)
    assert site.run("mt.plugins.records(); print(mt.Var(1.0).__array_namespace__().__name__)") == "mutorch_ops_basic"


def test_a_second_provider_of_the_operators_can_be_disabled_by_name(site):
    site.install("acme-ops", "acme", ACME, provides=["operators"])
    out = site.run("try: mt.Var(1.0) * 2.0\nexcept mt.errors.Conflict as error: print(error)")
    assert "MUTORCH_DISABLE=acme" in out
    assert site.run("print((mt.Var(1.0) * 2.0).value)", MUTORCH_DISABLE="acme") == "2.0"
    assert site.run("print((mt.Var(1.0) * 2.0).value)", MUTORCH_PLUGINS="basic") == "2.0"


def test_numpys_functions_are_loaded_on_first_use(site):
    code = """
import sys
import numpy as np
x = mt.Var(np.ones(2))
print("mutorch_ops_basic.numpy_protocols" in sys.modules, end=" ")
np.ones(2) * x
print("mutorch_ops_basic.numpy_protocols" in sys.modules, end=" ")
print(np.sum(np.sin(x)).value.round(3), "mutorch_ops_basic.numpy_protocols" in sys.modules)
"""
    assert site.run(code) == "False False 1.683 True"


def test_without_a_provider_numpys_functions_are_an_error_and_operators_work(site):
    acme = ACME.replace('"acme::double"', '"acme::double", operator="neg"')
    site.install("acme-ops", "acme", acme, provides=["operators"])
    code = """
import numpy as np
from mutorch_core.plugins.discovery import providers
mt.plugins.records()
providers().pop("numpy_functions")
providers()["operators"] = "acme_ops_module"
print(np.negative(mt.Var(3.0)).value)
for call in (np.exp, np.sum):
    try:
        call(mt.Var(3.0))
    except mt.errors.MissingOperator as error:
        print(error)
"""
    lines = site.run(code, MUTORCH_DISABLE="basic").splitlines()
    assert lines[0] == "6.0"
    assert lines[1] == lines[2]
    assert lines[1].startswith("no installed plugin provides NumPy's functions for a Var: install one that does")


def test_a_provider_without_the_hook_of_numpys_functions_is_broken(site):
    site.install("acme-ops", "acme", ACME, provides=["numpy_functions"])
    code = """
import numpy as np
try:
    np.exp(mt.Var(3.0))
except mt.errors.Broken as error:
    print(error)
"""
    out = site.run(code, MUTORCH_DISABLE="basic")
    assert "acme_ops_module of acme-ops 1.0 implements no mutorch_numpy_functions hook" in out
    assert "entry point `numpy_functions` of group mutorch.provides" in out
