"""What the calls in this folder's lists are given: arrays by name, and the modules that they speak of."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["CONSTANTS", "INPUTS", "namespace"]

draw = np.random.default_rng(0)

INPUTS: dict[str, Any] = {
    # numbers and vectors, their entries in no order and away from kinks
    "number": np.array(0.7),
    "vector": np.array([0.3, -0.5, 0.9]),
    "kernel": np.array([1.3, 0.7, -0.4]),
    "quaternion": np.array([0.3, -0.5, 0.2, 0.8]),
    "fractions": draw.permutation(np.linspace(0.13, 0.87, 9)),
    "positive": draw.permutation(np.linspace(0.2, 2.9, 9)),
    "large": draw.permutation(np.linspace(1.1, 3.3, 9)),
    "signed": draw.permutation(np.linspace(-1.289, 1.711, 9)),
    "places": np.sort(draw.uniform(0.0, 4.0, 9)),
    "series": draw.normal(size=20),
    "spectrum": draw.normal(size=8) + 1j * draw.normal(size=8),
    # matrices
    "definite": np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.8]]),
    "matrix": draw.normal(size=(7, 3)),
    "others": draw.normal(size=(5, 3)),
    "shares": draw.uniform(0.1, 0.9, (7, 3)),
    "quaternions": draw.normal(size=(5, 4)),
    "image": draw.normal(size=(8, 8)),
    # a data set of twelve points
    "points": draw.normal(size=(12, 4)) * [1.0, 2.0, 0.5, 1.5] + [0.3, -0.2, 0.1, 0.4],
    "moved": draw.normal(size=(12, 4)),
    "queries": draw.normal(size=(5, 4)),
    "heights": draw.normal(size=12),
    "predictions": draw.normal(size=12),
    "counts": draw.uniform(0.2, 3.0, 12),
    "rates": draw.uniform(0.2, 3.0, 12),
    "chances": draw.uniform(0.05, 0.95, 12),
    "odds": draw.uniform(0.1, 2.0, (12, 3)),
    "bags": draw.uniform(0.1, 2.0, (6, 4)),
    "more_bags": draw.uniform(0.1, 2.0, (5, 4)),
}

CONSTANTS: dict[str, Any] = {
    "TWO": np.array([0, 1] * 6),
    "THREE": np.array([0, 1, 2] * 4),
    "ZEROS": np.array([0.05, 0.15, 0.15, 0.05]),
    "POLES": np.array([1.0, -1.16, 0.7, -0.14]),
    "SECTIONS": np.array([[0.05, 0.1, 0.05, 1.0, -0.3, 0.0], [1.0, 1.0, 0.0, 1.0, -0.86, 0.47]]),
}

MODULES = {
    "scipy": (
        "cluster.hierarchy", "cluster.vq", "constants", "differentiate", "fft", "integrate", "interpolate", "linalg",
        "ndimage", "optimize.elementwise", "signal", "spatial.distance", "special", "stats",
    ),
    "sklearn": (
        "calibration", "covariance", "decomposition", "feature_selection", "gaussian_process", "impute",
        "kernel_approximation", "kernel_ridge", "linear_model", "metrics.pairwise", "model_selection", "naive_bayes",
        "neighbors", "pipeline", "preprocessing", "random_projection", "utils.extmath",
    ),
}  # fmt: skip
OTHERS = ("array_api_extra", "einops", "numpy", "opt_einsum", "xarray")
CLASSES = {
    "Rotation": "scipy.spatial.transform",
    "RigidTransform": "scipy.spatial.transform",
    "LinearDiscriminantAnalysis": "sklearn.discriminant_analysis",
    "GaussianMixture": "sklearn.mixture",
    "KMeans": "sklearn.cluster",
    "pairwise": "sklearn.metrics",
    "extmath": "sklearn.utils",
}


@cache
def namespace() -> dict[str, Any]:
    """The names in the lists that do not depend on the array library."""
    import sklearn

    sklearn.set_config(array_api_dispatch=True)
    import_module("mutorch_core.interop.consumers")
    found = {name: import_module(name) for name in OTHERS}
    for package, modules in MODULES.items():
        for module in modules:
            import_module(f"{package}.{module}")
            first = module.split(".")[0]
            found[first] = import_module(f"{package}.{first}")
    classes = {name: getattr(import_module(module), name) for name, module in CLASSES.items()}
    return {**found, **classes}
