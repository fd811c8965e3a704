"""Dockerfile and docker-compose.yml, read without an engine: what keeps a break-in small must stay in them (exam 98)."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pmo_portal.core.environment import Environment
from pmo_portal.core.probe import ROLES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
ONCE = ("roles", "migrate")


def instructions(stage: int) -> list[tuple[str, str]]:
    """(instruction, arguments) of one build stage, continuation lines joined, comments left out."""
    lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE)).splitlines()
    pairs = [tuple(line.split(None, 1)) for line in lines if line.strip()]
    starts = [index for index, pair in enumerate(pairs) if pair[0] == "FROM"]
    stop = starts[stage + 1] if stage + 1 < len(starts) else len(pairs)
    return [(pair[0], pair[1]) for pair in pairs[starts[stage] : stop]]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert not service.get("privileged", False)
    assert "no-new-privileges:true" in service["security_opt"]
    uid = str(service["user"]).split(":")[0]
    assert uid.isdigit()
    assert int(uid) > 0
    assert any(str(mount).split(":")[0] == "/tmp" for mount in service["tmpfs"]), (
        "a read-only image needs somewhere to write"
    )


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_that_stays_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if name in ONCE:
        assert check == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
    else:
        assert check["test"][0] in ("CMD", "CMD-SHELL")
        assert {"interval", "timeout", "retries"} <= set(check)
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_only_the_web_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert all(service["networks"] == ["inside"] for name, service in SERVICES.items() if name != "web")


def test_roles_and_migrations_run_once_before_anything_serves() -> None:
    assert SERVICES["roles"]["command"][1:] == ["-m", "pmo_portal.core.database_roles"]
    assert SERVICES["migrate"]["command"][1:3] == ["manage.py", "migrate"]
    assert SERVICES["migrate"]["depends_on"]["roles"]["condition"] == "service_completed_successfully"
    for name in ("web", "worker", "beat"):
        needed = SERVICES[name]["depends_on"]
        assert needed["migrate"]["condition"] == "service_completed_successfully"
        assert needed["postgres"]["condition"] == needed["valkey"]["condition"] == "service_healthy"


def test_what_serves_knows_no_password_but_its_own() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["environment"]["DATABASE_URL"].startswith("postgres://pmo_app@")
        assert not any(key.startswith(("DATABASE_OWNER", "DATABASE_ADMIN")) for key in SERVICES[name]["environment"])
        assert not {"database_password", "database_owner_password"} & set(SERVICES[name]["secrets"])
    assert "database_password" not in SERVICES["migrate"]["secrets"]


def test_no_secret_is_written_down() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PEPPER|PASSWORD", key):
                assert key.endswith("_FILE"), f"{name}: {key} must be a file"
                assert str(value).startswith("/run/secrets/")
    assert {Path(secret["file"]).parent.name for secret in COMPOSE["secrets"].values()} == {"secrets"}
    assert "secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", OURS)
def test_our_services_start_with_these_settings(name: str, tmp_path: Path) -> None:
    values = {
        "secret_key": "kV9-zQ3_xT7bLw2YpJ8cRf5GhNd4sMu6aEi1oXq0vBtZyWnCjKrHlPgDfSmA",
        "token_peppers": "Zt4Xb8Nq2Wc6Vm0Kj9Hg7Fd5Sa3Po1Iu-yRrEwB",
        "database_app_password": "9dKq-vX2_mRt7",
        "database_owner_password": "3bHw-yU6_kPs8",
        "redis_password": "7Wm-pL4_xKd9",
    }
    for secret, value in values.items():
        (tmp_path / secret).write_text(value)
    environment = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    environment |= {
        key: str(tmp_path / Path(value).name) for key, value in environment.items() if key.endswith("_FILE")
    }
    environment |= {"ALLOWED_HOSTS": "pmo.example.org", "CSRF_TRUSTED_ORIGINS": "", "TIME_ZONE": "Europe/Paris"}
    read = Environment.read(environment, tmp_path)
    assert read.production
    assert (read.database["HOST"], read.database["USER"], read.app_role) == ("postgres", "pmo_app", "pmo_app")
    assert read.database["PASSWORD"] == "9dKq-vX2_mRt7"
    if name == "migrate":
        owner = Environment.read({**environment, "DATABASE_ROLE": "owner"}, tmp_path).database
        assert (owner["USER"], owner["PASSWORD"]) == ("pmo_owner", "3bHw-yU6_kPs8")
    assert read.redis_url == "redis://:7Wm-pL4_xKd9@valkey:6379/0"


def test_the_queue_refuses_instead_of_forgetting() -> None:
    command = " ".join(SERVICES["valkey"]["command"])
    for wanted in ("noeviction", "--appendonly yes", "--appendfsync everysec", "requirepass"):
        assert wanted in command


def test_images_are_pinned_to_a_release() -> None:
    images = [service["image"] for name, service in SERVICES.items() if name not in (*OURS, *ONCE)]
    images.append(re.findall(r"(?m)^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE)[0])
    assert all(re.search(r":\d+\.\d+(\.\d+)?(-[a-z]+)*$|@sha256:[0-9a-f]{64}$", image) for image in images), images


def test_health_checks_name_a_role_the_probe_knows() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "-m", "pmo_portal.core.probe", name]
    assert set(ROLES) == {"worker", "beat"}


def test_the_image_runs_as_nobody_in_particular_without_a_compiler_or_pip() -> None:
    final = instructions(1)
    assert ("USER", "10001:10001") in final
    assert [name for name, _ in final].index("USER") < [name for name, _ in final].index("CMD")
    assert any(name == "HEALTHCHECK" for name, _ in final)
    assert not any("apt-get" in arguments or "pip install" in arguments for _, arguments in final)
    copies = [arguments for name, arguments in final if name == "COPY"]
    assert all(arguments.startswith("--from=builder") for arguments in copies), (
        "the final stage copies built things only"
    )
    built = " ".join(arguments for _, arguments in instructions(0))
    assert "--require-hashes" in built
    assert not re.search(r"(?i)(secret|password|pepper)\w*=\S", DOCKERFILE), "no secret in a layer"


def test_everything_the_image_copies_exists_and_passes_dockerignore() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    for name, arguments in instructions(0):
        if name == "COPY":
            for source in arguments.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert source in allowed, f"{source} is hidden by .dockerignore"
