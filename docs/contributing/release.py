"""Checks of a release: the version, the changelog and the tag belong together.

    python docs/contributing/release.py check [TAG]    list what is wrong, exit with 1 if anything is
    python docs/contributing/release.py notes [TAG]    print the changelog's section

TAG is `vX.Y.Z`; the default is the version in `mutorch_core/version.py`. Needs only the standard library.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

__all__ = ["main", "notes", "problems", "version"]

ROOT = Path(__file__).parents[2]
VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)"$', re.MULTILINE)
SECTION = re.compile(r"^## (?P<version>\S+), (?P<date>.+)\n(?P<text>(?:(?!## ).*\n?)*)", re.MULTILINE)


def version(root: Path = ROOT) -> str:
    """Return the version in `mutorch_core/version.py`, without importing it."""
    path = root / "mutorch_core" / "version.py"
    found = VERSION.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f'{path} has no line like __version__ = "1.2.3"')
    return found[1]


def sections(root: Path = ROOT) -> dict[str, tuple[str, str]]:
    """Return date and text of each version in the changelog, newest first."""
    changelog = (root / "docs" / "changelog.md").read_text(encoding="utf-8")
    return {found["version"]: (found["date"], found["text"].strip()) for found in SECTION.finditer(changelog)}


def notes(tag: str, root: Path = ROOT) -> str:
    """Return the changelog's section of a tag, without its heading."""
    listed = sections(root)
    name = tag.removeprefix("v")
    if name not in listed:
        raise SystemExit(f"docs/changelog.md has no section '## {name}, YYYY-MM-DD'; it has: {', '.join(listed)}")
    return listed[name][1]


def problems(tag: str, root: Path = ROOT) -> Iterator[str]:
    """Yield a sentence for each reason not to publish a tag."""
    current, listed = version(root), sections(root)
    if tag != f"v{current}":
        yield f"the tag {tag} is not v{current}, the version in mutorch_core/version.py"
    if current not in listed:
        yield f"docs/changelog.md has no section '## {current}, YYYY-MM-DD'"
        return
    if next(iter(listed)) != current:
        yield f"docs/changelog.md starts with {next(iter(listed))}, and the newest version comes first"
    day, text = listed[current]
    if not is_date(day):
        yield f"docs/changelog.md dates {current} '{day}', which is no date like 2026-01-31"
    if not text:
        yield f"docs/changelog.md says nothing about {current}"


def is_date(text: str) -> bool:
    """Return whether a text is a date like 2026-01-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    parser = argparse.ArgumentParser(description="Checks of a release.")
    parser.add_argument("command", choices=("check", "notes"))
    parser.add_argument("tag", nargs="?", default=None, help="vX.Y.Z; by default that of version.py")
    given = parser.parse_args(arguments)
    tag = given.tag or f"v{version()}"
    if given.command == "notes":
        print(notes(tag))
        return 0
    found = list(problems(tag))
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"{tag} can be published")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
