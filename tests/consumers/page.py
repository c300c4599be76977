"""The page about functions of other libraries that take a `Var`: `python -m tests.pages consumers`.

The calls are those of the lists in this folder, judged by `judge.py`. `mutorch-ops-special` is installed into a
temporary folder, since `scipy.special` is differentiable through its ops.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten

from tests.consumers.judge import Verdict, calls, judge

__all__ = ["LISTS", "page"]

SPECIAL = Path(__file__).parents[2] / "docs" / "plugins" / "mutorch_ops_special"
LISTS = ("scipy", "scikit_learn", "others")
DISTRIBUTIONS = (
    "scipy", "scikit-learn", "array-api-extra", "einops", "opt_einsum", "xarray", "mutorch-ops-special",
)  # fmt: skip
KINDS = ("right", "constant", "refused", "failed", "wrong")

OPENING = """\
# Consumers

What takes any array of the Array API standard takes a `Var`, and what comes out is differentiable. Of {total} calls
of other libraries that were tried, {right} have the right gradient, {constant} are constant by nature, {refused} are
refused, since they would cut the graph, {failed} fail otherwise and {wrong} have a gradient that is NaN or wrong. The
oracle is `scipy.differentiate` on NumPy's arrays.

- SciPy reads the environment variable `SCIPY_ARRAY_API=1` when it is first imported.
- scikit-learn is asked by `sklearn.set_config(array_api_dispatch=True)`, and wants that variable too.
- einops and opt_einsum take `Var`s after `import mutorch_core.interop.consumers`; `einops.array_api`, xarray and
  array-api-extra need nothing.
- `scipy.special` is differentiable as far as `xp.special` goes, which `mutorch-ops-special` provides.

| | right | constant | refused | failed | wrong |
|---|--:|--:|--:|--:|--:|
{counts}

Tried with {versions}.

The names in the calls are inputs (`tests/consumers/inputs.py`), differentiated all at once.
"""

HEADINGS = {
    "right": ("What is right", ""),
    "constant": (
        "What is constant",
        "The results depend on the order of the entries alone, or are counts: the gradient is 0, and right.",
    ),
    "refused": (
        "What is refused",
        "Most of these leave the array library: they compute in C, or hand a Python number back. With what is not\n"
        "tracked they work. `x.detach()` says that a constant is meant.",
    ),
    "failed": (
        "What fails",
        "These ask for what the standard does not have.",
    ),
    "wrong": (
        "What is wrong",
        "NaN comes where a formula is evaluated at a point at which its derivative is infinite, and the result is\n"
        "replaced afterwards: 0 times infinity is NaN, in PyTorch and in JAX as well. `cross_val_score` and\n"
        "`GridSearchCV` catch the refusal of each score, warn, and go on with NaN in its place.",
    ),
}


def page(found: Mapping[tuple[str, str], Verdict]) -> Iterator[str]:
    """Yield the lines, from verdicts by heading and call."""
    numbers = Counter(verdict.kind for verdict in found.values())
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (heading, _), verdict in found.items():
        tallies[heading][verdict.kind] += 1
    counts = "\n".join(
        f"| {heading} | {' | '.join(str(tally[kind] or '') for kind in KINDS)} |" for heading, tally in tallies.items()
    )
    shown = {kind: numbers[kind] for kind in KINDS}
    yield from OPENING.format(total=len(found), counts=counts, versions=", ".join(versions()), **shown).splitlines()
    for kind, (title, text) in HEADINGS.items():
        chosen = {key: verdict for key, verdict in found.items() if verdict.kind == kind}
        if chosen:
            yield from ("", f"## {title}", *(["", *text.splitlines()] if text else []))
            yield from plainly(chosen) if kind in ("right", "constant") else with_reasons(chosen)


def plainly(chosen: Mapping[tuple[str, str], Verdict]) -> Iterator[str]:
    """The calls under their headings."""
    under: defaultdict[str, list[str]] = defaultdict(list)
    for heading, call in chosen:
        under[heading].append(call)
    for heading, listed in under.items():
        yield from ("", f"### {heading}", "", "```text", *listed, "```")


def with_reasons(chosen: Mapping[tuple[str, str], Verdict]) -> Iterator[str]:
    """The calls by what was said of them."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for (_, call), verdict in chosen.items():
        said[reason(verdict)].append(call)
    for text, listed in sorted(said.items(), key=lambda item: -len(item[1])):
        yield from ("", f"{text}:", "", "```text", *listed, "```")


def reason(verdict: Verdict) -> str:
    """What was said, without the values that it was said of."""
    if match := re.match(r"(.*) of .* would cut the graph", verdict.reason):
        return f"{match[1][0].upper()}{match[1][1:]} would cut the graph"
    return shorten(verdict.reason.replace("<", "").replace(">", "").rstrip(":"), 110, placeholder=" …")


def versions() -> Iterator[str]:
    """The distributions that are installed."""
    for name in DISTRIBUTIONS:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"no {name}"


def main() -> None:
    """Print the page."""
    with TemporaryDirectory() as folder:
        if find_spec("mutorch_ops_special") is None:
            install_special(folder)
        print_page()


def install_special(folder: str) -> None:
    """Install the package of special functions into a folder, and put that on the path."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", folder]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(SPECIAL)], stdout=sys.stderr, check=True)
    sys.path.insert(0, folder)


def print_page() -> None:
    """Judge all calls and print the page."""
    listed = [each for name in LISTS for each in calls(name)]
    found: dict[tuple[str, str], Verdict] = {}
    for heading, call in listed:
        found[heading, call] = judge(call)
    for line in page(found):
        print(line)


if __name__ == "__main__":
    main()
