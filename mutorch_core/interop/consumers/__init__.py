"""Backends for einops and opt_einsum, which look array types up in their own registries.

    import mutorch_core.interop.consumers

registers `Var` with those of the two that are installed, and imports them. The import is explicit, so that
`import mutorch_core` neither loads nor patches another library. `einops.array_api` works without it.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

__all__: list[str] = []

for _library in ("einops", "opt_einsum"):
    if find_spec(_library) is not None:
        import_module(f"{__name__}.{_library}_backend")
