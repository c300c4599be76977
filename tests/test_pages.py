"""The site's computed pages are written by one command, and a page whose libraries are missing contains their names."""

import re
from pathlib import Path

import pytest

from tests import pages
from tests.pages import PAGES, Page, write, write_missing

ROOT = Path(__file__).parents[1]


def test_a_page_is_what_its_module_prints(tmp_path):
    write("gallery", tmp_path)
    text = tmp_path.joinpath("gallery.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {PAGES['gallery'].title}\n")
    assert "cotangent of x is wrong" in text


@pytest.mark.parametrize("name", PAGES)
def test_each_module_prints_a_page_with_the_title(name):
    source = ROOT.joinpath(*PAGES[name].module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    assert f'"""\\\n# {PAGES[name].title}\n' in source


def test_a_page_whose_libraries_are_missing_names_them(tmp_path, monkeypatch):
    monkeypatch.setitem(PAGES, "libraries", Page("Array libraries", "nowhere", ("json", "not_there", "nor_there")))
    write("libraries", tmp_path)
    text = tmp_path.joinpath("libraries.md").read_text(encoding="utf-8")
    assert text.startswith("# Array libraries\n")
    assert 'not installed: not_there, nor_there (`pip install ".[peers]"`)' in text


def test_a_module_that_fails_leaves_the_page_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setitem(PAGES, "libraries", Page("Array libraries", "tests.nowhere"))
    tmp_path.joinpath("libraries.md").write_text("before")
    with pytest.raises(pages.subprocess.CalledProcessError):
        write("libraries", tmp_path)
    assert tmp_path.joinpath("libraries.md").read_text() == "before"


def test_missing_pages_get_a_sentence_and_others_stay(tmp_path):
    tmp_path.joinpath("gallery.md").write_text("built")
    write_missing(tmp_path)
    assert tmp_path.joinpath("gallery.md").read_text() == "built"
    assert {path.stem for path in tmp_path.glob("*.md")} == set(PAGES)
    assert "`python -m tests.pages exporters` builds it" in tmp_path.joinpath("exporters.md").read_text()


def test_the_site_lists_the_pages_and_links_to_no_others():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^generated/(\w+)$", index, re.MULTILINE)) == set(PAGES)
    for page in (ROOT / "docs").glob("*.md"):
        assert set(re.findall(r"\]\(generated/(\w+)\.md", page.read_text(encoding="utf-8"))) <= set(PAGES)


def test_an_unknown_page_is_refused_with_the_known_ones():
    with pytest.raises(SystemExit, match="no such page: nonesuch; there are: gallery, checkers"):
        pages.main(["nonesuch"])
