"""`manage.py portal`: the whole portal under one supervisor, with embedded servers where no others are set."""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, call_command
from django.db import connections

from pmo_portal.core import embedded, probe
from pmo_portal.core.embedded_programs import EmbeddedError, check_space
from pmo_portal.core.environment import make_data_directory
from pmo_portal.core.management.commands import setup_link
from pmo_portal.core.supervisor import Interrupted, PortalLock, Service, Supervisor, check_port

START_SECONDS = 90.0
WEB_WORKERS = 2
WEB_THREADS = 4
OWNER_VARIABLES = ("DATABASE_OWNER_", "DATABASE_ADMIN_")


class Command(BaseCommand):
    help = "Runs the portal: servers, migrations, web, worker and beat. Ctrl-C stops everything."
    requires_system_checks: list[str] = []  # `migrate` runs them

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000, help="default: PORT, else 8000")
        parser.add_argument(
            "--demo", action="store_true", help="load the demo portfolios, with one login for each role"
        )

    def handle(self, *, host: str, port: int, demo: bool, **_options: Any) -> None:
        self.demo = demo
        self.started = time.monotonic()
        self.python_manage: list[str | Path] = [sys.executable, settings.BASE_DIR / "manage.py"]
        make_data_directory(settings.DATA_DIR)
        lock = PortalLock(settings.DATA_DIR)
        orphans = lock.end_orphans()
        if orphans:
            self.say(f"Stopped {orphans} processes which an earlier portal left behind.")
        check_port(host, port, command="make demo" if demo else "make run")
        check_space(settings.DATA_DIR)
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        environment = {**serving(os.environ), "PYTHONPATH": str(settings.BASE_DIR), "PYTHONUNBUFFERED": "1"}
        environment |= {"WORKER_SOFT_SHUTDOWN_SECONDS": "1", "PORTAL_URL": url, "PORT": str(port)}
        supervisor = Supervisor(lock, url, environment, settings.BASE_DIR, self.say)
        attachment = None
        try:
            attachment = embedded.attach(os.environ, settings.BASE_DIR)
            self.prepare(supervisor)
            self.serve(supervisor, host, port)
            supervisor.watch(lambda: attachment.keep_alive(self.say))
        except Interrupted:
            pass
        finally:
            self.say("Stopping …")
            supervisor.stop()
            if attachment and not attachment.release():
                self.say("The embedded servers stay: another command still uses them, and stops them when it ends.")
            lock.release()
            self.say("Stopped.")

    def say(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.say(f"{what} ({time.monotonic() - begun:.1f} s)")

    def prepare(self, supervisor: Supervisor) -> None:
        """Everything that must be in place before a page is served."""
        with self.timed("Database up to date"):
            call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        stamp = settings.STATIC_ROOT / ".fingerprint"
        fingerprint = static_fingerprint()
        if not stamp.exists() or stamp.read_text(encoding="ascii") != fingerprint:
            with self.timed("Static files compressed"):
                self.step(supervisor, "collectstatic", "--noinput", "--clear", "--verbosity=0")
            stamp.write_text(fingerprint, encoding="ascii")
        self.demo_was_there = demo_file().exists()
        if self.demo and not self.demo_was_there:
            self.load_demo(supervisor)

    def load_demo(self, supervisor: Supervisor) -> None:
        with self.timed("Demo loaded"):
            self.step(supervisor, "load_demo", **owning(os.environ))

    def step(self, supervisor: Supervisor, *arguments: str, **extra: str) -> None:
        code = supervisor.run_once([*self.python_manage, *arguments], extra=extra)
        if code:
            raise EmbeddedError(f"`manage.py {arguments[0]}` failed with code {code}; what it says is above.")

    def serve(self, supervisor: Supervisor, host: str, port: int) -> None:
        """Start web, worker and beat; say where the portal is once it answers."""
        connections.close_all()
        logs = settings.DATA_DIR / "log"
        web = Service("web", web_command(host, port), logs / "web.log")
        supervisor.add(web)
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "pmo_portal"]
        worker = ["worker", "-Q", "fast,slow,net", "--concurrency=2", "--loglevel=WARNING"]
        worker += ["--without-gossip", "--without-mingle"]
        supervisor.add(Service("worker", [*celery, *worker], logs / "worker.log"))
        supervisor.add(Service("beat", [*celery, "beat", "--loglevel=WARNING", "--pidfile="], logs / "beat.log"))
        if self.demo and self.demo_was_there:  # only what is missing is added, while web and worker start
            self.load_demo(supervisor)
        reached_at = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        served_name = settings.ALLOWED_HOSTS[0].lstrip(".")
        supervisor.wait_for(web, lambda: probe.web_answers(port, served_name, reached_at), START_SECONDS)
        self.say(
            f"\nThe portal is ready at {supervisor.url} ({time.monotonic() - self.started:.1f} s). Ctrl-C stops it."
        )
        self.tell_logins(supervisor.url)
        connections.close_all()

    def tell_logins(self, url: str) -> None:
        """The demo's logins, else the link that makes the first one. No account exists that was not asked for."""
        demo = demo_file()
        if demo.exists():
            content = json.loads(demo.read_text(encoding="utf-8"))
            if content.get("url") != url:
                demo.write_text(json.dumps({**content, "url": url}, indent=2, ensure_ascii=False), encoding="utf-8")
            self.say(f"\n  {'role':<18}{'user name':<18}password")
            for role, login in content["users"].items():
                self.say(f"  {role:<18}{login['username']:<18}{login['password']}")
        elif way_in := setup_link.link(url):
            self.say("\nNobody can sign in yet. Make the first administrator here (works once, for 24 hours):")
            self.say(f"  {way_in}")


def serving(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of what serves: not the owner of the database, and without its address and password."""
    kept = {name: value for name, value in environment.items() if not name.startswith(OWNER_VARIABLES)}
    return {**kept, "DATABASE_ROLE": "app"}


def owning(environment: Mapping[str, str]) -> dict[str, str]:
    """What `serving` left out."""
    kept = {name: value for name, value in environment.items() if name.startswith(OWNER_VARIABLES)}
    return {**kept, "DATABASE_ROLE": "owner"}


def demo_file() -> Path:
    """Written by `load_demo` at its end: who can sign in."""
    path: Path = settings.DATA_DIR / "demo.json"
    return path


def web_command(host: str, port: int) -> list[str]:
    server = [sys.executable, "-m", "pmo_portal.web", "--interface", "wsgi", "--no-ws"]
    address = ["--host", host, "--port", str(port)]
    size = ["--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS)]
    manners = ["--respawn-failed-workers", "--workers-kill-timeout", "2", "--log-level", "warning"]
    return [*server, *address, *size, *manners, "pmo_portal.wsgi:application"]


def static_fingerprint() -> str:
    """Changes when a static file of the portal or of its packages does (path, size, time)."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = os.stat(storage.path(path))
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
