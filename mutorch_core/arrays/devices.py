"""Devices: the device that holds an array, and moving values to the host or beside one another."""

from __future__ import annotations

from typing import Any

import numpy as np

from mutorch_core.arrays.namespaces import NUMPY_VALUES, library_name, namespace_cache, namespace_of

__all__ = ["as_arrays", "device_of", "to_numpy"]


def device_of(value: Any) -> Any:
    """Return an array's device as creation functions take it; None for libraries without devices, such as Dask."""
    return getattr(value, "device", None)


def to_numpy(x: Any) -> Any:
    """Return an array of any library, on any device, as a NumPy array; numbers and lists too."""
    if not hasattr(x, "dtype") or isinstance(x, NUMPY_VALUES):
        return np.asarray(x)
    namespace = namespace_cache.get(type(x)) or namespace_of(x)
    library = library_name(namespace)
    if library == "torch":
        x = x.detach().cpu().resolve_conj()
    elif library == "cupy":
        x = x.get()
    elif library not in ("jax", "dask"):  # NumPy can read these two on any device
        x = x.to_device(namespace.__array_namespace_info__().default_device())
    return np.asarray(x)


def as_arrays(xp: Any, *values: Any) -> list[Any]:
    """Convert values to arrays; those that are no arrays yet go to the device of the first array."""
    loose = [not hasattr(value, "dtype") or isinstance(value, np.generic) for value in values]
    pairs = list(zip(values, loose, strict=True))
    device = next((device_of(value) for value, free in pairs if not free), None)
    return [xp.asarray(value, device=device) if free else value for value, free in pairs]
