"""A limit on how long a piece of Python may take, so that what hangs does not take its process with it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TookTooLong(Exception):
    """The time was over; the work was broken off where it stood."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong inside the block when it is not over in time.

    A statement of PostgreSQL is not broken off (it has a timeout of its own). Only the main thread of a process can be
    interrupted: elsewhere, such as in a thread of the web server, the block runs as long as it runs.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(_number: int, _frame: object) -> None:
        raise TookTooLong(f"not over after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
