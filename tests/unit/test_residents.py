"""Resident tokens: the same for a person, of the contract's shape, and nothing without the key."""

from __future__ import annotations

import base64
import hashlib
import hmac

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.sessions.residents import token_of
from shared.events.base import ResidentToken

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
# Written down once: a release that makes another one no longer knows the people of the earlier one.
EXPECTED = "k1.2YoaLM2zpuqIwpSe8sX5PVcT_h7_fai4zwEmfkWtGwQ"
NUMBERS = st.text("0123456789", min_size=12, max_size=12)


@given(number=NUMBERS)
def test_a_token_has_the_shape_that_the_contract_takes_and_the_number_is_not_in_it(number: str) -> None:
    token = token_of(number, KEY)

    assert msgspec.convert(token, ResidentToken) == token
    assert number not in token


@given(one=NUMBERS, other=NUMBERS)
def test_two_tokens_are_the_same_just_for_the_same_person(one: str, other: str) -> None:
    assert (token_of(one, KEY) == token_of(other, KEY)) is (one == other)


@given(number=NUMBERS)
def test_another_key_gives_another_token(number: str) -> None:
    assert token_of(number, KEY) != token_of(number, OTHER_KEY)


def test_the_token_is_the_hmac_of_version_and_number_for_ever() -> None:
    mac = hmac.new(KEY, b"k1:031060000001", hashlib.sha256).digest()

    token = token_of("031060000001", KEY)

    assert base64.urlsafe_b64decode(token.removeprefix("k1.") + "=") == mac
    assert token == EXPECTED
