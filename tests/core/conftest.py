"""Foreign distributions, installed in a temporary folder, and new processes that have the folder on their path."""

import json
import os
import subprocess
import sys
import textwrap

import pytest


class Site:
    """A folder of distributions on the path of a fresh process, and a way to run code there."""

    def __init__(self, path):
        self.path = path

    def install(self, distribution, namespace, source, *, version="1.0", requires=(), provides=(), **raw):
        """Write module and metadata; `metadata` and `entry_points` replace these files' text as a whole."""
        module = f"{distribution.replace('-', '_')}_module"
        self.path.joinpath(f"{module}.py").write_text(textwrap.dedent(source))
        info = self.path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [f"Requires-Dist: {requirement}" for requirement in requires]
        metadata = "\n".join(["Metadata-Version: 2.1", f"Name: {distribution}", f"Version: {version}", *lines]) + "\n"
        groups = f"[mutorch.ops]\n{namespace} = {module}\n"
        if provides:
            groups += "[mutorch.provides]\n" + "".join(f"{what} = {module}\n" for what in provides)
        for name, text in {"METADATA": metadata, "entry_points.txt": groups}.items():
            text = raw.get(name.partition(".")[0].lower(), text)
            if text is not None:
                info.joinpath(name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def python(self, *arguments, **environment):
        path = os.pathsep.join(filter(None, [str(self.path), os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": path, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, code, **environment):
        done = self.python("-c", "import mutorch_core as mt\n" + textwrap.dedent(code), **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def mutorch(self, *arguments, **environment):
        return self.python(
            "-c", "from mutorch_core.cli import main; main(prog_name='mutorch')", *arguments, **environment
        )

    def records(self, **environment):
        out = self.run(
            """
            import json
            print(json.dumps({r.namespace: [r.status, r.reason, r.distribution] for r in mt.plugins.records()}))
            print(mt.grad(lambda x: x * x)(3.0))  # no other package is affected
            """,
            **environment,
        ).splitlines()
        assert out[1] == "6.0"
        return json.loads(out[0])


@pytest.fixture
def site(tmp_path):
    """An empty folder for distributions."""
    return Site(tmp_path)


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory):
    """An empty folder for distributions, shared by all tests of a module."""
    return Site(tmp_path_factory.mktemp("site"))
