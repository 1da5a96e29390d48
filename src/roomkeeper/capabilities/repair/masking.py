"""Personal data are masked before anything is stored: by the names of properties, and by what values look like."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Any, Final

PERSONAL_WORDS: Final = (
    "password passwd pwd passphrase pin secret token jwt authorization auth cookie session credential email mail phone"
    " mobile tel telephone fax address street city zip postcode postal firstname lastname surname fullname username"
    " nickname displayname name birthday birthdate dob gender ssn passport iban bic card cvv cvc account body text"
    " message content caption note notes comment subject query search words ip ipaddress url href referrer latitude"
    " longitude lat lon lng location avatar picture photo"
)
"""Words in the name of a property that say that its value is personal, or what somebody wrote."""
HARMLESS_WORDS: Final = "id ids count counts size sizes length kind type types version state status ms seconds errcode"
"""A name that ends so tells of a thing and not what it says: ``message_id``, ``card_count``."""
PERSONAL: Final = frozenset(PERSONAL_WORDS.split())
HARMLESS_ENDINGS: Final = frozenset(HARMLESS_WORDS.split())
WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
MASKED: Final = "[masked]"
LONGEST: Final = 256
"""Characters of one value: a longer one is something that somebody wrote."""
MOST_DEPTH: Final = 4
MOST_ITEMS: Final = 50

EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
TOKEN: Final = re.compile(
    r"(?:eyJ[\w-]{8,}\.[\w-]+\.[\w-]+|(?i:bearer|basic)\s+[\w.~+/=-]{8,}|(?:syt|sk|pk|ghp)_\w{12,})"
)
PHONE: Final = re.compile(
    r"(?<![\w.+])(?:\+\d[\d ().-]{6,18}\d|\(?0\d{1,4}\)?[ /-]\d{3,5}[ -]?\d{2,6}"
    r"|1[3-9]\d{9}|\d{3}[ -]\d{3}[ -]\d{4})(?![\w.])"
)
CARD: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")
ADDRESS: Final = re.compile(
    r"(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{0,4})(?![\w.])"
)
MAYBE: Final = re.compile(r"@|\d{3}|eyJ|earer|asic|_\w{12}|\d\.\d|:[0-9a-fA-F]{0,4}:")
"""What any of these has: most values have nothing of it, and are done with."""


@lru_cache(maxsize=4096)
def is_personal_key(name: str) -> bool:
    """Whether a property of that name holds something personal."""
    words = [word.lower() for word in WORDS.findall(name)]
    if not words or words[-1] in HARMLESS_ENDINGS:
        return False
    return any(word in PERSONAL for word in words) or "".join(words) in PERSONAL


def mask(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties without what is personal: strings, numbers, booleans, and small structures of them."""
    return _object(properties, 0)


def mask_text(text: str, *, is_id: bool = False) -> str:
    """A value without what is personal. In an id, a row of digits is no telephone number."""
    if len(text) > LONGEST:
        return MASKED
    if not MAYBE.search(text):
        return text
    text = EMAIL.sub("[email]", text)
    text = TOKEN.sub("[token]", text)
    if not is_id:
        text = CARD.sub(_card, text)
        text = PHONE.sub("[phone]", text)
        text = ADDRESS.sub("[ip]", text)
    return text


def known_as(user_id: str) -> str:
    """Under which name a user's events are kept: an e-mail address or telephone number as its digest."""
    if user_id.startswith(("@", "hashed:")) or (user_id == mask_text(user_id) and user_id):
        return user_id
    return f"hashed:{hashlib.sha256(user_id.casefold().encode()).hexdigest()[:32]}"


def _card(found: re.Match[str]) -> str:
    digits = [int(character) for character in found[0] if character.isdigit()]
    total = sum(sum(divmod(digit * 2, 10)) if place % 2 else digit for place, digit in enumerate(reversed(digits)))
    return "[card]" if total % 10 == 0 else found[0]


def _object(found: dict[str, Any], depth: int) -> dict[str, Any]:
    masked: dict[str, Any] = {}
    for name, value in found.items():
        if len(masked) == MOST_ITEMS:
            break
        if not is_personal_key(name):
            masked[mask_text(name)[:64]] = _value(value, depth, is_id=name.endswith(("id", "Id", "ID")))
        elif value is not None:
            masked[mask_text(name)[:64]] = MASKED
    return masked


def _value(value: Any, depth: int, *, is_id: bool) -> Any:
    if isinstance(value, str):
        return mask_text(value, is_id=is_id)
    if isinstance(value, bool | int | float) or value is None:
        return value if abs(value or 0) < 2**53 else MASKED
    if depth == MOST_DEPTH:
        return MASKED
    if isinstance(value, dict):
        return _object(value, depth + 1)
    return [_value(each, depth + 1, is_id=is_id) for each in value[:MOST_ITEMS]]
