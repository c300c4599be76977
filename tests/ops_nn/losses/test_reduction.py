"""The reduction of losses per entry."""

import numpy as np
import pytest
from scipy.special import softmax

import mutorch_ops_nn as nn

RNG = np.random.default_rng(11)


LOGITS = RNG.normal(0, 2, (5, 4))


@pytest.mark.parametrize("loss", [nn.mse_loss, nn.cross_entropy])
def test_another_reduction_is_refused(loss):
    with pytest.raises(ValueError, match="reduction is 'median': it must be 'mean', 'sum' or 'none'"):
        loss(LOGITS, softmax(LOGITS, axis=1), reduction="median")
