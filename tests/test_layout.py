"""Tests mirror the source: `mutorch_core/engine/schedule.py` is tested by `tests/core/engine/test_schedule.py`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"mutorch_core": "core", "mutorch_ops_basic": "ops_basic", "mutorch_ops_nn": "ops_nn"}
"""The folder below `tests/` that mirrors each package."""

WITHOUT_TESTS: dict[str, str] = {
    "mutorch_core/version.py": "one constant",
}
"""Modules without a test file of their name, each with the reason."""

WITHOUT_MODULE: dict[str, str] = {
    "tests/core/whole": "tests of several modules together, or of the package as a whole",
    "tests/core/declaration/ops": "ops declared for a test, from the call to the gradient, by what they declare",
    "tests/core/gradcheck/corpus": "planted faults in real ops",
    "tests/core/gradcheck/end_to_end": "the whole checker, from the command to the verdict",
    "tests/core/gradcheck/gallery": "failures as the documentation shows them",
    "tests/core/gradcheck/test_import.py": "start-up, and the old path of the hooks",
    "tests/core/gradcheck/test_manual.py": "the page docs/gradcheck.md",
    "tests/core/interop/test_every_op.py": "the exports of every registered op",
    "tests/ops_basic/test_array_libraries.py": "all ops on other array libraries",
    "tests/ops_basic/test_catalogue.py": "every function of the standard, with its signature",
    "tests/ops_basic/test_conformance.py": "all functions beside those of the library underneath",
    "tests/ops_basic/test_notorious_points.py": "points at which derivatives are easily wrong, in many families",
    "tests/ops_basic/test_refusals.py": "errors of many families",
    "tests/ops_basic/linalg/test_extension.py": "the extension of the standard as a whole",
    "tests/ops_nn/test_package.py": "the package as a whole",
    "tests/ops_nn/activations/test_every_activation.py": "properties that all activations share",
}
"""Test files, or folders, that mirror no module, each with the reason."""


def modules():
    """Return the paths of all modules."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [path.relative_to(ROOT) for path in paths if path.name != "__init__.py"]


def files_of_tests():
    """Return the paths of all test files in the folders that mirror a package."""
    paths = (path for folder in PACKAGES.values() for path in sorted((ROOT / "tests" / folder).rglob("test_*.py")))
    return [path.relative_to(ROOT) for path in paths]


def mirrored(module):
    """Return the path of the test file of a module."""
    package, *folders = module.parent.parts
    names = [name.removeprefix("_") for name in folders]
    return Path("tests", PACKAGES[package], *names, f"test_{module.stem.removeprefix('_')}.py")


def part_of(path):
    """Return the part that a test file belongs to: a sub-package of the core, or else the whole package's folder."""
    _, package, *folders = path.parent.parts
    return f"{package}/{folders[0]}" if package == "core" and folders else package


PARTS = sorted({*map(part_of, files_of_tests()), *(part_of(mirrored(module)) for module in modules())})


@pytest.mark.parametrize("part", PARTS)
def test_every_module_has_a_test_file_of_its_name(part):
    own = {str(module): mirrored(module) for module in modules() if part_of(mirrored(module)) == part}
    missing = {module for module, path in own.items() if not (ROOT / path).exists()}
    assert missing == WITHOUT_TESTS.keys() & own.keys()


@pytest.mark.parametrize("part", PARTS)
def test_every_test_file_mirrors_a_module(part):
    expected = {mirrored(module) for module in modules()}
    strays = {str(path) for path in files_of_tests() if part_of(path) == part and path not in expected}
    assert {path for path in strays if not path.startswith(tuple(WITHOUT_MODULE))} == set()


@pytest.mark.parametrize("exempt", [*WITHOUT_TESTS, *WITHOUT_MODULE])
def test_exemptions_exist(exempt):
    assert (ROOT / exempt).exists()


@pytest.mark.parametrize(
    ("package", "most"), [("mutorch_core", 6), ("mutorch_core/gradcheck", 6), ("mutorch_ops_basic", 5)]
)
def test_few_modules_lie_directly_in_a_package(package, most):
    assert len(list((ROOT / package).glob("*.py"))) <= most


def test_no_docstring_opens_with_a_relative_clause():
    openings = ("What", "Where", "Whether", "Which", "How", "When", "Who")
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                    text = ast.get_docstring(node) or ""
                    if text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0].rstrip(",:;") in openings:
                        found.append(f"{path.relative_to(ROOT)}: {text.splitlines()[0]}")
    assert found == []
