"""Exam K 104: what Schemathesis asks at each commit, twice as often and with another seed each night.

The last line prints the seed; `SCHEMATHESIS_SEED=…` repeats a night.
"""

import os
import secrets

os.environ.setdefault("SCHEMATHESIS_SEED", str(secrets.randbelow(2**31)))
os.environ.setdefault("SCHEMATHESIS_EXAMPLES", "100")

from tests.contracts.test_schemathesis import callers, described, test_operation, test_what_was_tried

__all__ = ["callers", "described", "test_operation", "test_what_was_tried"]
