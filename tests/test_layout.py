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

WITHOUT_MODULE: dict[str, str] = {}
"""Test files, or folders, that mirror no module, each with the reason."""


def modules():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name != "__init__.py":
                yield path.relative_to(ROOT)


def mirrored(module):
    package, *folders = module.parent.parts
    names = [name.removeprefix("_") for name in folders]
    return Path("tests", PACKAGES[package], *names, f"test_{module.stem.removeprefix('_')}.py")


def test_every_module_has_a_test_file_of_its_name():
    missing = {str(module) for module in modules() if not (ROOT / mirrored(module)).exists()}
    assert missing == set(WITHOUT_TESTS)


def test_every_test_file_mirrors_a_module():
    expected = {mirrored(module) for module in modules()}
    stray = set()
    for folder in PACKAGES.values():
        for path in (ROOT / "tests" / folder).rglob("test_*.py"):
            relative = path.relative_to(ROOT)
            if relative not in expected and not any(str(relative).startswith(exempt) for exempt in WITHOUT_MODULE):
                stray.add(str(relative))
    assert stray == set()


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
