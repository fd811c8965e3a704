"""The web server: granian, whose workers share the portal's code in memory. Takes granian's options: `python -m pmo_portal.web`.

The parent loads the portal before it forks: what is loaded exists once, and code that cannot be loaded ends before it listens.
"""

import gc
import multiprocessing

from granian.cli import entrypoint

from pmo_portal.wsgi import application

__all__ = ["application"]

if __name__ == "__main__":
    gc.freeze()  # a worker's collector would write into every page it looks at, and so copy it
    multiprocessing.set_start_method("fork")
    entrypoint()
