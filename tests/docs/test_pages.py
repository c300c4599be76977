"""The examples of the documentation's pages run, and print what they say."""

import doctest
import re
import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.core.conftest import Site

DOCS = Path(__file__).parents[2] / "docs"
HOOKS = sorted(DOCS.glob("hooks/mutorch_*.md"))
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


def blocks(page, language):
    """The fenced blocks of a language, each as its text."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def failures(page, language="pycon", flags=FLAGS):
    """Run a page's examples in one go, and return the differences from what the page shows."""
    text = "\n".join(blocks(page, language))
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "page"}, page.name, str(page), 0)
    assert test.examples
    told = []
    doctest.DocTestRunner(optionflags=flags).run(test, out=told.append)
    return "".join(told)


@pytest.mark.parametrize(
    "name",
    [
        "first_op.md",
        "numpy.md",
        "writing_rules.md",
        "how_to_plugins.md",
        "coming_from.md",
        "contributing/architecture.md",
    ],
)
def test_a_pages_examples_are_true(name):
    assert failures(DOCS / name) == ""


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_examples_for_one_library_are_true(library):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, while it is imported
        pytest.importorskip(library)
    assert failures(DOCS / "writing_rules.md", f"pycon(?: {library})?") == ""


@pytest.mark.parametrize("page", HOOKS, ids=lambda page: page.stem)
def test_a_hooks_example_is_true_where_it_is_installed(tmp_path, page):
    site = Site(tmp_path)
    (module,) = blocks(page, "python")
    site.install("acme-ops", "acme", "", entry_points="[mutorch.ops]\nacme = acme_ops\n")
    tmp_path.joinpath("acme_ops.py").write_text(module)
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(DOCS.parent)!r})
from tests.docs.test_pages import failures
print(failures(Path({str(page)!r})))
"""
    done = site.python("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_every_hook_has_a_page():
    from mutorch_core.plugins import hookspecs

    specified = {name for name in vars(hookspecs) if name.startswith("mutorch_")}
    assert {page.stem for page in HOOKS} == specified
    assert specified <= set((DOCS / "hooks" / "index.md").read_text().split())


def test_the_reference_has_every_op(tmp_path):
    import mutorch_core as mt

    write = runpy.run_path(str(DOCS / "conf.py"))["write_reference"]
    write.__globals__["REFERENCE"] = tmp_path / "reference"
    write(None)
    pages = [page.read_text(encoding="utf-8") for page in tmp_path.glob("reference/*/*.md")]
    assert sorted(name for page in pages for name in re.findall(r"^## `(.+)`$", page, re.MULTILINE)) == sorted(mt.ops)
    (basic,) = [page for page in pages if "## `basic::clip`" in page]
    assert re.search(r"^clip\(x: Array, /, min: Array \| None = None, ", basic, re.MULTILINE)


def test_the_glossary_is_short_and_has_no_word_twice():
    page = (DOCS / "contributing" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \|", page, re.MULTILINE)
    words = [row for row in rows if row != "Mutorch"]
    assert len(set(words)) == len(words) <= 40


@pytest.mark.parametrize("page", sorted(DOCS.glob("contributing/*.md")), ids=lambda page: page.stem)
def test_what_the_contributing_pages_refer_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    root = DOCS.parent
    paths = set(re.findall(r"\b(?:tests|docs|mutorch_\w+|\.ci)/[\w./]*\w", text))
    modules = set(re.findall(r"python -m (tests(?:\.\w+)+)", text))
    assert [
        path for path in paths if not (root / path).exists() and not path.startswith(("docs/generated", "docs/build"))
    ] == []
    assert [name for name in modules if not root.joinpath(*name.split(".")).with_suffix(".py").is_file()] == []
    links = set(re.findall(r"\]\(([\w./]+)\)", text)) - {"glossary.md", "../generated/tower.svg"}
    assert [link for link in links if not (page.parent / link).is_file()] == []


def test_the_page_on_debugging_shows_errors_and_tables_as_they_are():
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    with np.errstate(all="ignore"):
        assert failures(DOCS / "debugging.md", flags=flags) == ""
