"""One size, measured: `python -m benchmarks.one_size SIZE ANSWER.json --parts …`, with DATA_DIR set to a directory of its own."""

import argparse
import contextlib
import importlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import django

from pmo_portal.core import embedded

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def servers() -> Iterator[None]:
    attachment = embedded.attach(os.environ, ROOT)
    try:
        yield
    finally:
        attachment.release()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("size", type=int)
    parser.add_argument("answer", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--parts", nargs="+", required=True)
    options = parser.parse_args()
    with servers():
        django.setup()
        measured = importlib.import_module("benchmarks.parts").measured(options)
        options.answer.write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
