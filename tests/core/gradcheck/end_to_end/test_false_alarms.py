"""Remainders of rounding and legal values at tied moduli are no mistakes; a mistake beside them is still found."""

import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.checking.check_op import check
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.verdicts import Verdict

LEGAL = {
    "columns tie in the sum of moduli, one of them of another sign: any mixture of their slopes": (
        "basic::linalg.matrix_norm",
        "x=float64[2,3]:[[0,1,0],[-1,0,1]];ord=-1;g=float64[]:1",
    ),
    "one bin holds everything: its density is constant, to second order what rounding leaves": (
        "basic::histogram",
        "x=float64[3]:[0,1,-1];bins=1;weights=float64[3]:[2,1.5,1.984375];density=True;"
        "g=(float64[1]:[0.375],float64[2]:[0.375,0.375],)",
    ),
    "what rounding leaves is a power of two, and so exact in single precision": (
        "basic::histogram",
        "x=complex128[3]:[0+2j,1-2j,-1+3j];bins=1;weights=complex128[3]:[1.5-3j,2.5+0.5j,1.25-3.484375j];density=True;"
        "g=(complex128[1]:[1+1j],complex128[2]:[1+1j,1+1j],)",
    ),
    "sums that cancel but for a trace, which the order in memory changes": (
        "nn::layer_norm",
        "x=float64[2,2,2]F:[[[1.34375,-3.625],[-2.21875,1.21875]],[[-2.890625,-3.984375],[-3.8125,-3.078125]]];"
        "weight=float64[2]:[-2.359375,-2.4375];bias=float64[2]:[0.875,3.25];normalized_shape=(2,);eps=1e-05;"
        "g=float64[2,2,2]F:[[[-1.875,-1.875],[-1.875,-1.875]],[[-1.875,-1.875],[-1.875,-1.875]]]",
    ),
    "a residual that is nothing but rounding, squared": (
        "basic::linalg.lstsq",
        "x1=float64[1,2]:[[2,0.5]];x2=float64[1]:[-1];g=(float64[2]:[1,1],float64[]:1,None,float64[1]:[1],)",
    ),
    "a term too small to be seen in what it was added to, with a derivative of its own": (
        "nn::cross_entropy",
        "x=float64[2]:[-31.25,6];target=float64[2]:[-6,7];weight=int64[2]:[0,1];g=float64[]:1",
    ),
}


@pytest.mark.parametrize("what", LEGAL)
def test_it_is_not_wrong_where(what):
    name, text = LEGAL[what]
    op = mt.ops[name]
    found = check(op, PROFILES["quick"], case=read_case(op, text)).properties
    assert not [result.message for result in found if result.verdict is Verdict.WRONG]
    assert any(result.verdict is Verdict.PROVEN for result in found)
