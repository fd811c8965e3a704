"""Which passwords are refused though they are long enough."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation

from pmo_portal.core.identity.guessable import is_guessable
from pmo_portal.core.models import User

GUESSED = (
    "Password2026!", "Motdepasse123", "M0tdep@sse2026", "P@ssw0rd12345", "azertyuiop123", "azerty123456", "qwertyuiop12",
    "abcdef123456", "aaaaaaaaaaaa", "abababababab", "202620262026", "123456789012", "soleilsoleil", "welcome-welcome",
    "Été2026Été2026", "Bienvenue2026!", "Marseille13!!!", "2026Decembre!!",
)  # fmt: skip
KEPT = (
    "tournesol-bleu-42", "nine purple whales", "sept renards bruns", "Vélo rouge sous la pluie", "correct horse battery",
    "x7#Kp9$mQ2!vL", "a8#92b&!17c@", "8f3a9c1e7b2d", "Kx9-pfau-22-lampe", "professional7gardens",
)  # fmt: skip


@pytest.mark.parametrize("password", GUESSED)
def test_a_common_password_made_longer_is_refused(password: str) -> None:
    assert len(password) >= 12
    assert is_guessable(password)


@pytest.mark.parametrize("password", KEPT)
def test_words_that_do_not_belong_together_and_chance_are_kept(password: str) -> None:
    assert not is_guessable(password)


def test_the_rules_are_told_in_the_language_of_the_reader() -> None:
    ben = User(username="ben", first_name="Bénédicte", last_name="Durand", email="bdurand@example.org")
    refused = {"short": "12", "Password2026!": "trois ou quatre mots", "marron benedicte glacé": "contient votre nom"}
    with translation.override("fr"):
        for password, words in refused.items():
            with pytest.raises(ValidationError) as error:
                validate_password(password, ben)
            assert words in " ".join(error.value.messages), error.value.messages
        validate_password("tournesol-bleu-42", ben)
