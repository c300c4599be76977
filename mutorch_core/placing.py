"""Where arrays are: on the host, where NumPy can read them, or beside one another."""

from __future__ import annotations

from typing import Any

import numpy as np

from mutorch_core.values import NUMPY_VALUES, device_of, discover, library_name, spaces

__all__ = ["as_arrays", "on_host"]


def on_host(x: Any) -> Any:
    """An array of any library, on whatever device, as NumPy's; numbers and lists too."""
    if not hasattr(x, "dtype") or isinstance(x, NUMPY_VALUES):
        return np.asarray(x)
    space = spaces.get(type(x)) or discover(x)
    library = library_name(space)
    if library == "torch":
        x = x.detach().cpu().resolve_conj()
    elif library == "cupy":
        x = x.get()
    elif library not in ("jax", "dask"):  # which NumPy may read wherever they are
        x = x.to_device(space.__array_namespace_info__().default_device())
    return np.asarray(x)


def as_arrays(xp: Any, *values: Any) -> list[Any]:
    """Values as arrays: what is none yet goes where the first array is."""
    loose = [not hasattr(value, "dtype") or isinstance(value, np.generic) for value in values]
    pairs = list(zip(values, loose, strict=True))
    device = next((device_of(value) for value, free in pairs if not free), None)
    return [xp.asarray(value, device=device) if free else value for value, free in pairs]
