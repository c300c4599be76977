"""Quantiles, covariances and histograms."""

from mutorch_ops_basic.statistics import binning, covariance, quantiles
from mutorch_ops_basic.statistics.binning import *
from mutorch_ops_basic.statistics.covariance import *
from mutorch_ops_basic.statistics.quantiles import *

__all__: list[str] = []
__all__ += binning.__all__
__all__ += covariance.__all__
__all__ += quantiles.__all__
