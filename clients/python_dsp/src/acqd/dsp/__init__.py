"""The signal operations of acqd on NumPy arrays: help(acqd.dsp.NAME) says what each computes.

Arrays are one-dimensional. One that is contiguous and of the type a function computes in (float64 for
most; float32 for those of streams) is read where it is; any other is copied first. What is returned is
always new. Functions let other threads run while they compute. Bad arguments raise ValueError with name,
value and what is allowed.
"""

from acqd.dsp import _native
from acqd.dsp._native import *  # noqa: F403

__all__ = _native.__all__
