"""The pages that the demo alone serves: where everything is, and a web shop with the widget, in two languages."""

from __future__ import annotations

import html
import importlib.resources
from collections.abc import Callable, Iterator

from roomkeeper.demo import shop
from roomkeeper.demo.cast import SIGN_INS
from roomkeeper.demo.pages.words import PRODUCTS, ROLES, WORDS
from roomkeeper.demo.script import ACCOUNT
from roomkeeper.platform import web_files
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request, Response

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the widget needs of a page (operator's guide), and the page's own style sheet."""
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin"),
    (b"cache-control", b"no-store"),
]
HTML = b"text/html; charset=utf-8"
SHOP, ACCOUNT_PAGE, CSS = "/demo/shop", "/demo/account", "/demo/demo.css"
CONSOLE = "/console"
LANGUAGES = ("en", "zh")


def addresses() -> Iterator[tuple[str, str]]:
    """What there is to open: name and path."""
    yield "Start here", "/"
    yield "Chat", "/app"
    if CONSOLE in web_files.PAGES:
        yield "Console", CONSOLE
    yield "Web shop with the widget", SHOP
    yield "The same, for a known customer", ACCOUNT_PAGE


def install(app: Application, secret: str, password: str) -> None:
    """Serve them. `password` is shown on the first page, where it is not empty."""
    folder = importlib.resources.files(__package__)
    sheet = (folder / "demo.css").read_bytes()

    async def css(_request: Request) -> Response:
        return Response(sheet, headers=HEADERS, content_type=b"text/css; charset=utf-8")

    def serve(path: str, body: Callable[[str], str]) -> None:
        """A page in every language: as the browser prefers, or at a path of its own."""

        async def preferred(request: Request) -> Response:
            return _page(body(_language(request)))

        async def in_language(request: Request) -> Response:
            language = request.parameters["language"]
            return _page(body(language if language in LANGUAGES else "en"))

        app.routes.add("GET", path, preferred, access="public")
        app.routes.add("GET", f"{path}/{{language}}", in_language, access="public")

    app.routes.add("GET", CSS, css, access="public")
    serve(SHOP, lambda language: shop_page(language, ""))
    serve(ACCOUNT_PAGE, lambda language: shop_page(language, shop.identity(secret)))
    serve("/demo", lambda language: front_page(language, password))

    async def front(request: Request) -> Response:
        return _page(front_page(_language(request), password))

    app.front_page = front


def _page(body: str) -> Response:
    return Response(body.encode(), headers=HEADERS, content_type=HTML)


def _language(request: Request) -> str:
    """The first language that a browser asks for, where there is a page in it. RFC 9110 §12.5.4"""
    first = (request.header(b"accept-language") or "").split(",")[0].strip().lower()
    return "zh" if first.partition("-")[0] == "zh" else "en"


def _document(language: str, title: str, content: str, script: str = "") -> str:
    tag = "zh-CN" if language == "zh" else language
    return (
        f'<!doctype html>\n<html lang="{tag}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{html.escape(title)}</title>\n<link rel="icon" href="/app/icon.svg">\n'
        f'<link rel="stylesheet" href="{CSS}">\n{content}\n{script}</html>\n'
    )


def front_page(language: str, password: str) -> str:
    """What there is, and whom to sign in as."""
    words = WORDS[language]
    cards = []
    for _name, path in addresses():
        if path != "/":
            title, text = words[f"card {path}"]
            cards.append(f'<li><a href="{path}"><h2>{title}</h2><p>{text}</p></a></li>')
    rows = "".join(
        f"<tr><td><code>{user}</code></td><td>{html.escape(ROLES[language].get(user, role))}</td></tr>"
        for user, role in SIGN_INS
    )
    known = words["password"].format(f"<code>{html.escape(password)}</code>") if password else words["printed"]
    content = (
        f'<main class="front"><header><h1>{words["title"]}</h1>{_languages("/demo", language)}</header>'
        f'<p class="lead">{words["lead"]}</p><ul class="cards">{"".join(cards)}</ul>'
        f"<h2>{words['sign in']}</h2><p>{known}</p>"
        f'<table><thead><tr><th scope="col">{words["user"]}</th><th scope="col">{words["who"]}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table><p>{words['others']}</p><p>{words['takes over']}</p></main>"
    )
    return _document(language, words["title"], content)


def shop_page(language: str, identity: str) -> str:
    """The shop, with the widget by its one script tag; with an identity it is that of who has signed in."""
    words = WORDS[language]
    path, site = (ACCOUNT_PAGE, shop.ACCOUNTS) if identity else (SHOP, shop.VISITORS)
    products = "".join(
        f'<li><svg viewBox="0 0 120 120" aria-hidden="true">{drawing}</svg><h2>{name[language]}</h2>'
        f"<p>{text[language]}</p><p><b>{price}</b></p></li>"
        for drawing, name, text, price in PRODUCTS
    )
    who = words["signed in"].format(name=html.escape(ACCOUNT[1])) if identity else words["not signed in"]
    other = (SHOP, words["sign out"]) if identity else (ACCOUNT_PAGE, words["to account"])
    content = (
        f'<header class="shop"><b>{words["shop"]}</b><nav><span>{who}</span>'
        f'<a href="{other[0]}/{language}">{other[1]}</a>{_languages(path, language)}</nav></header>'
        f'<main class="shop"><h1>{words["shop title"]}</h1><p class="lead">{words["shop lead"]}</p>'
        f'<ul class="products">{products}</ul>'
        f'<p class="note">{words["note account" if identity else "note"]} <a href="/">{words["back"]}</a></p></main>'
    )
    signed = f' data-identity="{html.escape(identity)}"' if identity else ""
    return _document(
        language, words["shop"], content, f'<script src="/widget.js" data-site="{site}"{signed} async></script>\n'
    )


def _languages(path: str, language: str) -> str:
    other, name = ("zh", "中文") if language == "en" else ("en", "English")
    return f'<a class="language" href="{path}/{other}" lang="{other}" hreflang="{other}">{name}</a>'
