"""`refresh_health --all` in a process of its own that weighs itself: `python -m benchmarks.recompute` prints one line of JSON.

Starting Python and Django is not part of the answer, so nothing has to be subtracted from it.
"""

import importlib
import json
import resource
import time

import django


def main() -> None:
    django.setup()
    queue = importlib.import_module("reporting.health.services.queue")
    refresh = importlib.import_module("reporting.health.services.refresh")
    wall, cpu = time.perf_counter(), time.process_time()
    queue.everything()
    answered = refresh.drain_in_lanes(2, batch=1000)
    print(
        json.dumps(
            {
                "projects": answered,
                "seconds": time.perf_counter() - wall,
                "cpu_ms": (time.process_time() - cpu) * 1000,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
