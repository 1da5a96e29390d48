"""Characters of common scripts that look like Latin letters, and signs that people write instead of letters.

Own table, after the shapes that Unicode Technical Standard #39 calls confusable: letters of Cyrillic, Greek, Armenian,
Cherokee, Hebrew and the Latin extensions that neither case folding nor compatibility normalisation brings to a to z.
"""

from __future__ import annotations

_LOOKALIKES = {
    "a": "аαɑᴀаӓӑ∂",
    "b": "вьЬƅʙβᏏ",
    "c": "сϲᴄⅽⲥᏟ¢",
    "d": "ԁɗⅾᴅժᏧ",
    "e": "еєҽɛεᴇёѐ€ℯ℮",
    "f": "ƒϝғꜰſքẝ",
    "g": "ɡɢցԍᏀ",
    "h": "һнհʜᏂηћ",
    "i": "іїιɩıᎥӏ¡ɪ",
    "j": "јϳյᴊᎫ",
    "k": "кκᴋқҝĸ",
    "l": "ⅼʟӀɭⲓᏞ",
    "m": "мϻᴍⅿмϺ",
    "n": "пոռɴպℕո",
    "o": "оοσօᴏ०٥ⲟөσø",
    "p": "рρᴘϱթҏ",
    "q": "ԛգզʠ",
    "r": "гᴦʀɾᎡ",
    "s": "ѕʂꜱᏕտ§",
    "t": "тτᴛţʈե",
    "u": "υսᴜμʊцս",
    "v": "νѵᴠⅴᏙ",
    "w": "ѡԝᴡɯшωա",
    "x": "хχⅹ×ҳ",
    "y": "уүγʏყў",
    "z": "ᴢʐҙᏃ",
}
LOOKALIKES = str.maketrans({each: letter for letter, alike in _LOOKALIKES.items() for each in alike})
"""What looks like a Latin letter, in lower case, to that letter."""

SIGNS = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i",
     "|": "i", "+": "t", "€": "e", "£": "l"}
)  # fmt: skip
"""Digits and signs that stand for letters inside of words."""

INVISIBLE = (
    "\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
"""What is not seen, and accents that stand on the letter before them: ranges for a regular expression."""
