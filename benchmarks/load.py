"""HTTP clients that count: bytes, status and milliseconds of each answer over kept-alive connections."""

import http.client
import os
import statistics
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Answers:
    """Milliseconds of each answer, the last one's body."""

    milliseconds: list[float] = field(default_factory=list)
    body: bytes = b""

    def percentile(self, share: int) -> float:
        if len(self.milliseconds) < 2:
            return self.milliseconds[0]
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[share - 1]


def fetch(port: int, path: str, headers: dict[str, str], count: int, answers: Answers | None = None) -> Answers:
    """`count` requests one after the other on one connection. Raises SystemExit when an answer is not 200."""
    answers = answers if answers is not None else Answers()
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _number in range(count):
        started = time.perf_counter()
        client.request("GET", path, headers=headers)
        response = client.getresponse()
        body = response.read()
        answers.milliseconds.append((time.perf_counter() - started) * 1000)
        if response.status != 200:
            log = (Path(os.environ["DATA_DIR"]) / "web.log").read_text(encoding="utf-8", errors="replace")
            raise SystemExit(f"{path} answered {response.status}. The end of the web log:\n{log[-3000:]}")
        answers.body = body
    client.close()
    return answers


def crowd(port: int, path: str, headers: dict[str, str], clients: int, count: int) -> Answers:
    """`clients` at once, `count` requests each."""
    answers = Answers()
    threads = [threading.Thread(target=fetch, args=(port, path, headers, count, answers)) for _client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
