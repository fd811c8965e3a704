"""What we ship is pinned, checked by its hash, and licensed for us."""

import re
from importlib.metadata import PackageNotFoundError, metadata

import pytest

from tests.conftest import BASE_DIR

LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"(?P<name>[a-z0-9._-]+)(\[[a-z,-]+\])?==(?P<version>[^\s;]+)( ; .+)?")
# LGPL obliges who changes or links statically: psycopg2 is imported, unchanged.
LOOKED_AT = {"psycopg2-binary": "GNU Library or Lesser General Public License (LGPL)"}
REFUSED = re.compile(r"GPL|GNU|SSPL|Server Side|Affero|Business Source|Commons Clause")


def packages(lock: str) -> list[list[str]]:
    """Each package of a lock: its pin, then its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (BASE_DIR / lock).read_text(), flags=re.MULTILINE).replace("\\\n", "")
    return [re.split(r"\s+(?=--hash)", line.strip()) for line in text.splitlines()]


def licences(name: str) -> str:
    """As the package itself says: the expression, else its classifiers, else the first line of the free text."""
    about = metadata(name)
    classifiers = [one.split("::")[-1].strip() for one in about.get_all("Classifier", []) if one.startswith("License")]
    return about.get("License-Expression") or " / ".join(classifiers) or about.get("License", "").partition("\n")[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_one_version_with_its_hashes(lock: str) -> None:
    assert len(packages(lock)) > 60
    for pin, *hashes in packages(lock):
        assert PIN.fullmatch(pin), pin
        assert hashes, pin
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), pin
    assert "://" not in (BASE_DIR / lock).read_text()


def test_the_locks_agree() -> None:
    shipped, ours = ({one[0] for one in packages(lock)} for lock in LOCKS)
    assert shipped <= ours


def test_no_licence_binds_what_we_write() -> None:
    read = 0
    for pin, *_hashes in packages("requirements.txt"):
        name = pin.partition("==")[0].partition("[")[0]
        try:
            said = licences(name)
        except PackageNotFoundError:
            assert " ; " in pin, f"{name} is meant for every machine and is not on this one"
            continue
        read += 1
        assert said, f"{name} names no licence"
        assert not REFUSED.search(said) or LOOKED_AT.get(name) == said, (name, said)
    assert read > 60
