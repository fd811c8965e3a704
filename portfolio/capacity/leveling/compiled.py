"""Kernels compiled at their first call, kept on disk (NUMBA_CACHE_DIR), run without the interpreter's lock.

Nothing checks an index inside a kernel: what calls one has checked its data, and gives arrays as long as the horizon.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
State = npt.NDArray[np.uint64]
F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """`function` compiled for the types of its first arguments; every caller gives int64 and float64, so it is compiled once."""
    try:
        return cast(F, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # nowhere to keep it: neither beside the source nor in the account's home
        return cast(F, njit(nogil=True)(function))


def chance(seed: int) -> State:
    """The state of a generator of chance (xorshift): one per search, so that threads do not share one and a seed decides."""
    return np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], np.uint64)


@kernel
def below(state: State, limit: int) -> int:
    """A whole number from 0 to `limit` - 1."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(20)) % limit  # type: ignore[return-value]  # an int, once compiled


@kernel
def fraction(state: State) -> float:
    """A number from 0 to 1, in steps of 1e-6."""
    return below(state, 1_000_000) * 1e-6
