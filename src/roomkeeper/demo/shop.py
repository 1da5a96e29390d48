"""The web shop of the demo: the files that describe it to the server, and its word for who somebody is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

from roomkeeper.demo.cast import SHOP
from roomkeeper.demo.script import ACCOUNT

VISITORS, ACCOUNTS = "shop", "shop-account"
"""The sites: for whoever comes, and for who has signed in to the shop."""
VALID_S = 3600
SITE = """key = "{key}"
origins = {origins}
department = "{department}"
accent = "#0f766e"
identity = "{identity}"
identity_secret = "{secret}"

[title]
en = "Example shop"
zh = "示例商店"

[greeting]
en = "Hello! Ask us whatever you like about lamps, orders and deliveries."
zh = "您好！有关灯具、订单和配送，欢迎随时咨询。"

[notice]
en = "This conversation is kept. Please send no passwords."
zh = "对话内容会被保存，请不要发送密码。"
"""


def write_sites(folder: Path, origins: list[str], secret: str) -> list[str]:
    """Write the file of each site, for the addresses at which the demo is reached now; their names."""
    files = []
    for key, identity in ((VISITORS, "off"), (ACCOUNTS, "required")):
        file = folder / f"{key}.toml"
        file.touch(0o600)
        text = SITE.format(key=key, origins=json.dumps(origins), department=SHOP, identity=identity, secret=secret)
        file.write_text(text, encoding="utf-8")
        files.append(str(file))
    return files


def identity(secret: str, now_s: float | None = None) -> str:
    """What the shop says of who has signed in to it: a JWT, as its web server would sign it. spec: RFC 7519"""
    subject, name = ACCOUNT
    expires = int(time.time() if now_s is None else now_s) + VALID_S
    claims = {"sub": subject, "name": name, "aud": ACCOUNTS, "exp": expires}
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_encoded(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
