"""Loading of op packages: each kind of fault affects no other package, and its message names the package.

All faulty packages are installed at once, in one folder, and loaded in one process.
"""

from __future__ import annotations

import json
from types import ModuleType

import pluggy
import pytest

import mutorch_core as mt
from mutorch_core import plugins as host
from mutorch_core.plugins.loading import Host

OP = """
from mutorch_core import Array, hookimpl, op

@op("{name}::double")
def double(x: Array, /) -> Array:
    return x * 2.0

@double.vjp("x")
def _(g):
    return g * 2.0

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [double]
"""
HOOK = "from mutorch_core import hookimpl\n\n@hookimpl\ndef mutorch_register_ops(namespace, api_version):\n    {body}\n"


def op(name, old="", new=""):
    text = OP.format(name=name)
    assert old in text
    return text.replace(old, new) if old else text


def hook(body):
    return HOOK.format(body=body)


# by namespace: the module's text, options of its metadata, the expected status, and words of the expected reason
FAULTS = {
    "missing_import": ("import nowhere_to_be_found", {}, "broken", ["'nowhere_to_be_found'", "module.py:1]"]),
    "raises": ("\n1 / 0", {}, "broken", ["ZeroDivisionError: division by zero", "raises_module.py:2]"]),
    "exits": ("raise SystemExit(3)", {}, "broken", ["SystemExit: 3", "exits_module.py:1]"]),
    "skips": ("import pytest\npytest.skip('no', allow_module_level=True)", {}, "broken", ["Skipped: no", ".py:2]"]),
    "syntax": ("x = 1\ny = = 2", {}, "broken", ["SyntaxError", "syntax_module.py:2]"]),
    "recursion": ("def f(): f()\nf()", {}, "broken", ["RecursionError", "recursion_module.py:1]"]),
    "no_hook": ("x = 1", {}, "broken", ["no_hook_module implements no mutorch_register_ops hook"]),
    "misspelt_hook": (op("misspelt_hook", "register_ops(", "regster_ops("), {}, "broken",
                      ["unknown hook 'mutorch_regster_ops'", "misspelt_hook_module.py:"]),
    "wrong_argument": (op("wrong_argument", "api_version", "version"), {}, "broken",
                       ["Argument(s) {'version'}", "wrong_argument_module.py:"]),
    "hook_raises": (hook("raise ValueError('lost')"), {}, "broken", ["ValueError: lost", "hook_raises_module.py:5]"]),
    "returns_none": (hook("pass"), {}, "broken", ["returned None, which is no list of ops", "module.py:3]"]),
    "returns_number": (hook("return 5"), {}, "broken", ["returned 5, which is no list of ops", "module.py:3]"]),
    "returns_op": (op("returns_op", "[double]", "double"), {}, "broken", ["<Op returns_op::double>, which is no list"]),
    "returns_function": (hook("return [len]"), {}, "broken", ["which is no Op: was @op left out?", "module.py:3]"]),
    "breaks_off": (hook("yield from [1 / 0]"), {}, "broken", ["ZeroDivisionError", "breaks_off_module.py:5]"]),
    "no_rule": (op("no_rule", '@double.vjp("x")', ""), {}, "broken",
                ["no_rule::double has no rule for its operand 'x'", "no_rule_module.py:"]),
    "declared_wrongly": (op("declared_wrongly", '.vjp("x")', '.vjp("y")'), {}, "broken",
                         ["UnknownName", "no differentiable operand 'y'", "declared_wrongly_module.py:8"]),
    "twice": (op("twice", "[double]", "[double, double]"), {}, "conflict",
              ["twice::double is registered twice", "twice_module.py:4"]),
    "thief": (op("basic"), {}, "conflict",
              ["basic::double", "thief_module.py:4", "outside of the plugin's namespace 'thief'"]),
    "second_multiply": (op("second_multiply", '::double"', '::double", operator="~"'), {}, "conflict",
                        ["'~' is provided by basic::bitwise_invert of mutorch and by second_multiply::double",
                         "second_multiply_module.py:4", "MUTORCH_DISABLE=second_multiply::double"]),
    "no_operator": (op("no_operator", '::double"', '::double", operator="<=>"'), {}, "broken",
                    ["no_operator_module.py:4", "which Var does not have"]),
    "arity": (op("arity", '::double"', '::double", operator="*"'), {}, "broken",
              ["has 1 operands and the operator '*' 2", "arity_module.py:4"]),
    "too_new": ("raise SystemExit", {"requires": ["mutorch>=99"]}, "incompatible",
                ["it needs mutorch>=99, and this is mutorch"]),
    "too_old": ("raise SystemExit", {"requires": ["Mutorch (<0.0.1)"]}, "incompatible", ["it needs Mutorch (<0.0.1)"]),
    "riddle": ("raise SystemExit", {"requires": ["mutorch>=banana"]}, "broken", ["requirement that can't be read"]),
    "no-name": ("raise SystemExit", {}, "broken", ["'no-name' can't be a namespace"]),
    "core": ("raise SystemExit", {}, "broken", ["'core' can't be a namespace"]),
    "gone": ("", {"entry_points": "[mutorch.ops]\ngone = gone_with_the_wind\n"}, "broken", ["'gone_with_the_wind'"]),
    "shared": ("", {"entry_points": "[mutorch.ops]\nshared = fine_ops_module\n"}, "conflict",
               ["fine_module has been registered for the namespace 'fine'"]),
}  # fmt: skip

# unusual packages that are correct
ODDITIES = {
    "fine": {},
    "nameless": {"metadata": "Metadata-Version: 2.1\n"},
    "without_metadata": {"metadata": None},
    "not_utf8": {"metadata": b"Name: not-utf8\nVersion: \xff\n"},
    "other_python": {"requires": ['mutorch>=99; python_version < "3"', 'mutorch[x]>=99; extra == "x"', "mutorch-x>=9"]},
}


@pytest.fixture(scope="module")
def found(shared_site):
    """All records, the warnings of `mutorch ops`, and what still works beside so much that does not."""
    for namespace, (source, metadata, _, _) in FAULTS.items():
        shared_site.install(f"{namespace}-ops".replace("_", "-"), namespace, source, **metadata)
    for namespace, metadata in ODDITIES.items():
        shared_site.install(f"{namespace}-ops".replace("_", "-"), namespace, op(namespace), **metadata)
    shared_site.install("left-ops", "claimed", op("claimed"))
    shared_site.install("right-ops", "claimed", op("claimed"), version="2.0")
    return {name: tuple(rest) for name, rest in records_of(shared_site).items()}


def records_of(site):
    code = """
    import json
    found = {}
    for r in mt.plugins.records():
        try:
            r.check()
            said = ""
        except mt.errors.PluginError as error:
            said = str(error)
        found[r.namespace] = [r.status, said, r.distribution, r.version, len(r.ops)]
    print(json.dumps(found))
    print(mt.grad(lambda x: x * x)(3.0), mt.ops.fine.double(2.0), len(mt.ops) > 100)
    """
    out = site.run(code).splitlines()
    assert out[1] == "6.0 4.0 True"
    return json.loads(out[0])


@pytest.mark.parametrize("namespace", FAULTS)
def test_a_fault_is_reported_with_plugin_distribution_and_line(found, namespace):
    _, _, expected, words = FAULTS[namespace]
    status, said, distribution, version, ops = found[namespace]
    assert (status, ops) == (expected, 0)
    assert (distribution, version) == (f"{namespace}-ops".replace("_", "-"), "1.0")
    assert said.startswith(f"plugin {namespace!r} of {distribution} 1.0 is {status}: ")
    for word in words:
        assert word in said.replace("_ops_module", "_module")


@pytest.mark.parametrize("namespace", ODDITIES)
def test_unusual_metadata_is_no_fault(found, namespace):
    status, said, distribution, _, ops = found[namespace]
    assert (status, said, ops) == ("ok", "", 1)
    assert distribution.replace("_", "-") == f"{namespace}-ops".replace("_", "-")


def test_two_distributions_with_one_namespace_are_both_named(found):
    status, said, *_ = found["claimed"]
    assert status == "conflict"
    assert "left-ops 1.0 (left_ops_module) and by right-ops 2.0 (right_ops_module)" in said
    assert "MUTORCH_DISABLE=claimed" in said


def test_every_faulty_package_has_a_record(found):
    assert len(FAULTS) >= 20
    assert set(found) == {*FAULTS, *ODDITIES, "claimed", "basic", "nn"}


def test_the_lists_name_every_fault_and_exit_with_0(shared_site, found):
    done = shared_site.mutorch("ops", "fine")
    assert done.returncode == 0
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["name", "fine::double"]
    listed = json.loads(shared_site.mutorch("plugins", "--json").stdout)
    assert {each["namespace"]: each["status"] for each in listed} == {name: each[0] for name, each in found.items()}
    assert all(each["reason"] for each in listed if each["status"] != "ok")


def test_the_checker_continues_and_exits_with_2(shared_site, found):
    done = shared_site.mutorch("gradcheck", "fine", "--profile", "quick")
    assert done.returncode == 2
    assert "fine::double" in done.stdout
    assert "error: plugin 'thief' of thief-ops 1.0 is conflict" in done.stderr


def test_a_slow_import_is_reported_with_its_time(site):
    site.install("slow-ops", "slow", "import time; time.sleep(0.2)\n" + op("slow"))
    out = site.run(
        """
        import mutorch_core.plugins.loading as l
        l.SLOW = 0.15
        r = mt.plugins.record('slow')
        print(r.status, r.reason)
        """
    )
    assert out.startswith("ok slow: its import took 0.")


def test_an_import_that_the_user_interrupts_can_be_repeated(site):
    interrupted_once = """import builtins
if not hasattr(builtins, "interrupted"):
    builtins.interrupted = True
    raise KeyboardInterrupt
"""
    site.install("acme-ops", "acme", interrupted_once + op("acme"))
    out = site.run("""
    try:
        mt.plugins.record("acme")
    except KeyboardInterrupt:
        print("interrupted")
    print(mt.plugins.record("acme").status, mt.ops.acme.double(2.0))
    """)
    assert out.splitlines() == ["interrupted", "ok 4.0"]


def test_samples_that_raise_make_only_their_own_op_undecided(site):
    raising = '@double.samples\ndef _(draw, strategies, Sample):\n    raise ValueError("no samples today")\n\n@hookimpl'
    site.install("raising-ops", "raising", op("raising", "@hookimpl", raising))
    done = site.mutorch("gradcheck", "raising", "nn::relu", "--profile", "quick", "--jobs", "1")
    assert done.returncode == 2
    assert "no samples today" in done.stdout + done.stderr
    assert "raising_ops_module.py:" in done.stdout + done.stderr


def test_every_op_is_a_plugin_under_its_full_name():
    op = mt.ops.basic.add
    assert host.manager().get_plugin("basic::add") is op
    assert host.manager().get_plugin("core::sum_to") is mt.ops["core::sum_to"]


def test_the_attributes_of_an_op_are_not_searched_for_hooks_and_those_of_a_module_are(monkeypatch):
    searched = []

    def note(self, plugin, name):
        searched.append(plugin)

    monkeypatch.setattr(pluggy.PluginManager, "parse_hookimpl_opts", note)
    fresh, module = Host("mutorch"), ModuleType("acme")
    fresh.register(module)
    fresh.register(mt.ops.basic.add, "basic::add")
    assert fresh.get_plugin("basic::add") is mt.ops.basic.add
    assert {id(plugin) for plugin in searched} == {id(module)}
