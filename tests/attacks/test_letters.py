"""What somebody typed writes no header of a letter and adds no reader (exam 30 of security.md §11)."""

import random
import re
from email import message_from_bytes

import pytest

from pmo_portal.core.identity import letters
from pmo_portal.core.models import User

HOSTILE = (
    "\r\n",
    "\n",
    "\r",
    "\r\nBcc: evil@example.org",
    "\nSubject: x",
    "%0d%0aBcc: evil@example.org",
    "\u2028",
    "\x85",
    "\0",
    "é",
    "名",
    "<b>",
    "=?utf-8?q?=0ABcc:_evil=40example.org?=",
    ",",
    ";",
    '"',
    "evil@example.org",
    "\r\n\r\nbody",
    "%(link)s",
    "{{ link }}",
)
HEADERS = {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"}


@pytest.mark.parametrize("name", letters.LETTERS)
def test_no_text_becomes_a_header(name: str) -> None:
    dice = random.Random(name)
    letter = letters.LETTERS[name]
    names = {"username", letter.link, *re.findall(r"%\((\w+)\)s", str(letter.text))}
    for _time in range(70):
        context = {one: "".join(dice.choices(HOSTILE, k=3)) for one in sorted(names)}
        user = User(username="ada", first_name="".join(dice.choices(HOSTILE, k=2)), language=dice.choice(["fr", "en"]))
        mail = letters.write(name, "ada@example.org", user, context)
        sent = message_from_bytes(mail.message().as_bytes())
        assert set(sent.keys()) == HEADERS
        assert sent.get_all("To") == ["ada@example.org"]
        assert mail.recipients() == ["ada@example.org"]


@pytest.mark.parametrize(
    "address", ["ada@example.org\nBcc: evil@example.org", "ada@example.org\r\n\r\nx", "a\r@example.org"]
)
def test_an_address_with_a_line_end_is_sent_nothing(address: str) -> None:
    with pytest.raises(ValueError, match="newlines"):
        letters.write(
            "welcome", address, User(username="ada"), {"username": "ada", "choose_url": "https://x/"}
        ).message()
