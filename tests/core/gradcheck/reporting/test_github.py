"""`--github`: annotations and the step's summary."""

import sys

import pytest

from mutorch_core.gradcheck.reporting.github import MAX_SUMMARY_BYTES, step_summary, workflow_commands
from mutorch_core.gradcheck.reporting.run_record import Run
from mutorch_core.gradcheck.verdicts import PropertyResult, Verdict


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Record a result of acme::softplus, at a line of a file in a repository."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    run = Run("ci")

    def note(verdict, message, place="acme_ops.py:14", name="value", op="acme::softplus"):
        run.add(op, PropertyResult(name, verdict, 3, message=message, location=str(tmp_path / place)))
        return run

    return note


def test_the_command_annotates_the_rule_at_fault_and_appends_a_summary(acme, monkeypatch):
    summary = acme.path / "summary.md"
    summary.write_text("of an earlier step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(acme.path))
    done = acme.gradcheck("acme::softplus", "acme::planned", "acme::twice", "--github", "--order", "1")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("::")]
    rule = 1 + acme.path.joinpath("acme_ops.py").read_text().splitlines().index('@softplus.vjp("x")')
    title = "title=acme%3A%3Asoftplus%3A value is wrong"
    assert lines[0].startswith(f"::error file=acme_ops.py,line={rule},{title}::✗ acme::softplus    cotangent of x")
    assert "%0A    replay        mutorch gradcheck acme::softplus --case 'x=" in lines[0]
    assert any(line.startswith("::warning file=acme_ops.py,line=") and "planned" in line for line in lines)
    written = summary.read_text()
    assert written.startswith("of an earlier step\n## mutorch gradcheck\n\n3 ops: 1 proven, 1 wrong, 1 undecided")
    assert "```text\n✗ acme::softplus    cotangent of x is wrong" in written
    assert "| ✗ | acme::softplus | acme |" in written


def test_without_a_file_for_it_there_is_no_summary_and_with_json_on_stdout_annotations_are_on_stderr(acme, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    done = acme.gradcheck("acme::softplus", "--github", "--order", "1", "--json", "-")
    assert done.returncode == 1
    assert done.stdout.startswith("{")
    assert "\n::error file=acme_ops.py,line=" in done.stderr


def test_what_would_end_a_command_is_escaped(found):
    (line,) = workflow_commands(found(Verdict.WRONG, "100 %\r\nof a,b:c", place="a,b:c.py:3"))
    assert line == "::error file=a%2Cb%3Ac.py,line=3,title=acme%3A%3Asoftplus%3A value is wrong::100 %25%0D%0Aof a,b:c"


def test_the_first_failure_of_each_op_comes_before_further_ones(found):
    found(Verdict.UNDECIDED, "no draws", name="value")
    found(Verdict.WRONG, "first", name="kinks")
    found(Verdict.WRONG, "second", name="linear")
    found(Verdict.UNDECIDED, "no draws", name="pure")
    run = found(Verdict.WRONG, "other", op="acme::other")
    run.problems.append("plugin 'x' is broken")
    told = [(line.split()[0], line.rpartition("::")[2]) for line in workflow_commands(run)]
    assert told == [
        ("::error", "first"),
        ("::error", "other"),
        ("::error", "second"),
        ("::warning", "no draws"),
        ("::error", "plugin 'x' is broken"),
    ]


def test_an_installed_copy_is_annotated_where_it_was_made_from(found, tmp_path, monkeypatch):
    installed = tmp_path / ".venv" / "site-packages"
    for folder in (installed / "acme", tmp_path / "src" / "acme"):
        folder.mkdir(parents=True)
        folder.joinpath("ops.py").touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(installed)])
    (line,) = workflow_commands(found(Verdict.WRONG, "no", place=".venv/site-packages/acme/ops.py:14"))
    assert "file=src/acme/ops.py,line=14," in line


def test_what_is_no_file_of_the_repository_is_annotated_without_one(found):
    (line,) = workflow_commands(found(Verdict.WRONG, "no", place="/elsewhere/ops.py:14"))
    assert line.startswith("::error title=acme")


def test_the_repository_is_found_without_github(found, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_WORKSPACE")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    tmp_path.joinpath(".git").mkdir()
    monkeypatch.chdir(deep)
    (line,) = workflow_commands(found(Verdict.WRONG, "no"))
    assert "file=acme_ops.py," in line


def test_markdown_in_messages_stays_text(found):
    text = step_summary(found(Verdict.WRONG, "✗ a    b ```\n| x *y*"), 1.0)
    assert "````text\n✗ a    b ```\n| x *y*\n````\n" in text
    run = found(Verdict.PROVEN, "", op="acme::a|b")
    run.problems.append("`x` | <b>")
    text = step_summary(run, 1.0)
    assert "| ✓ | acme::a\\|b |" in text
    assert "- \\`x\\` \\| \\<b\\>\n" in text


def test_a_summary_is_never_larger_than_github_takes(found):
    for i in range(60):
        run = found(Verdict.WRONG, f"✗ acme::op{i}    wrong\n" + "é" * 20_000, op=f"acme::op{i}")
    text = step_summary(run, 1.0)
    assert len(text.encode()) < MAX_SUMMARY_BYTES + 1000
    assert "more: see the log" in text
    assert "| ✗ | acme::op59 |" in text
