"""What is true of all requests and answers: they are for us, small, and of a known visitor."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import forms
from .listen import LOOPBACK
from .site import Site, site

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
FOR_OTHER_SITES = ("/iiif/", "/api/")  # viewers and programs elsewhere may ask for these
OPEN = ("/login", "/assets/")  # what visitors see before they give a password
ATTRIBUTES = "Path=/; HttpOnly; SameSite=Lax"  # a drawing in its sandbox leads to coins as another site does
MOST_BYTES = 64 * 1024  # of a form without files
MORE_BYTES = {"/ask": 52 * 2**20}  # two photographs and their names
NEXT_BYTES_S, WHOLE_BODY_S = 20.0, 300.0
SLOW_S, LEAST_BYTES_S = 10.0, 8 * 1024  # after that time, at least this many in each second


class Guard:
    """Middleware: refuses what is not for us, and gives each answer the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        known = request.cookies.get(forms.COOKIE)
        session = known or forms.new_session()
        request.state.session, request.state.token = session, forms.token(site(request), session)
        headers = list(HEADERS)
        if not request.url.path.startswith(FOR_OTHER_SITES):
            headers.append((b"cross-origin-resource-policy", b"same-origin"))
        secret = site(request).sessions is not None
        if secret:
            # The next person at this browser, or behind this proxy, may see less.
            headers += [(b"cache-control", b"private, no-cache"), (b"vary", b"cookie, authorization")]
        if known is None and request.headers.get("sec-fetch-site") != "cross-site":
            headers.append((b"set-cookie", cookie(site(request), session).encode()))

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [one for one in message["headers"] if not (secret and one[0] == b"cache-control")]
                given = {name for name, _ in kept} - {b"vary"}
                message["headers"] = kept + [one for one in headers if one[0] not in given]
            await send(message)

        if answer := _misdirected(request):
            await answer(scope, receive, guarded)
        else:
            await self.app(scope, _limited(request, receive), guarded)


class Others(CORSMiddleware):
    """Middleware: says which other sites may read in a browser; to be told that needs no password."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        is_theirs = scope["type"] == "http" and scope["path"].startswith(FOR_OTHER_SITES)
        await (super().__call__ if is_theirs else self.app)(scope, receive, send)


class Known:
    """Middleware: names the visitor; where passwords are needed, others are refused."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        answer = await _unknown(Request(scope)) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)


def cookie(here: Site, session: str) -> str:
    """The header that gives a browser its session."""
    return f"{forms.COOKIE}={session}; {ATTRIBUTES}{'; Secure' if here.listen.is_secure else ''}"


def _misdirected(request: Request) -> Response | None:
    """The refusal of a request for another name, and of what another site sent or embeds."""
    listen, host = site(request).listen, request.headers.get("host", "")
    if not listen.answers_to(host, (request.scope.get("server") or ("",))[0]):
        return PlainTextResponse("These pages are not served under this name.", 421)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        origin = request.headers.get("origin")
        is_ours = origin is None or listen.is_ours(origin, host)
        if not is_ours or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return PlainTextResponse("Another site sent this form; nothing was stored.", 403)
    elif _is_embedded(request):
        return PlainTextResponse("Another site asked for this; open the page itself.", 403)
    return None


def _is_embedded(request: Request) -> bool:
    """Whether another site shows this inside it, which may take long to make; links may lead here."""
    said = request.headers
    is_link = (
        said.get("sec-fetch-mode") == "navigate" and said.get("sec-fetch-dest", "document") == "document"
    )
    is_ours = said.get("sec-fetch-site") != "cross-site" or request.url.path.startswith(FOR_OTHER_SITES)
    return not is_link and not is_ours


def _most_bytes(request: Request) -> int:
    return MORE_BYTES.get(request.url.path, MOST_BYTES) if request.method == "POST" else MOST_BYTES


def _limited(request: Request, receive: Receive) -> Receive:
    """The body of a request; to read it is an error where it is too large or too slow."""
    most, read, is_over, begun = _most_bytes(request), 0, False, 0.0
    said = request.headers.get("content-length", "0")
    is_large = not said.isdecimal() or int(said[:12]) > most

    async def limited() -> Message:
        nonlocal read, is_over, begun
        if is_over:
            return await receive()
        now = asyncio.get_running_loop().time()
        begun = begun or now  # a request may wait for its turn before
        end = begun + min(WHOLE_BODY_S, SLOW_S + read / LEAST_BYTES_S)
        if is_large:
            raise HTTPException(413, "This is too large to be read.")
        try:
            message = await asyncio.wait_for(receive(), max(min(NEXT_BYTES_S, end - now), 0.001))
        except TimeoutError:
            raise HTTPException(408, "The rest of the request did not arrive; try again.") from None
        read += len(message.get("body", b""))
        is_over = not message.get("more_body", False)
        if read > most:
            raise HTTPException(413, "This is too large to be read.")
        return message

    return limited


async def _unknown(request: Request) -> Response | None:
    """Where passwords are needed: names the visitor; leads anyone else to the page that takes one."""
    here = site(request)
    if here.sessions is None:
        return None
    name = here.sessions.name(request.state.session) or await _by_header(request, here)
    if name:
        request.state.person = request.state.login = name
        return None
    request.state.person, request.state.login = "", ""
    if request.url.path.startswith(OPEN):
        return None
    if request.url.path.startswith(FOR_OTHER_SITES) or "authorization" in request.headers:
        return PlainTextResponse(
            "A name and a password are needed.", 401, {"www-authenticate": 'Basic realm="coinstore"'}
        )
    query = f"?{request.url.query}" if request.url.query else ""
    back = request.url.path + query if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={quote(back, safe='')}", 303)


async def _by_header(request: Request, here: Site) -> str | None:
    """The person whose name and password a program sent (HTTP Basic)."""
    given = request.headers.get("authorization", "")
    if here.sessions is None or not given.lower().startswith("basic ") or len(given) > 2000:
        return None
    # A password takes a while to check: the same one is known for as long as a session.
    known_as = hmac.digest(here.key, given.encode(), "sha256").hex()
    if name := here.sessions.name(known_as):
        return name
    try:
        name, _, password = base64.b64decode(given[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not await here.tries.is_right(here.sessions.people, client(request), name, password):
        return None
    here.sessions.begin(known_as, name)
    return name


def client(request: Request) -> str:
    """The address of the visitor; behind a proxy of this machine, the one that the proxy says."""
    said = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    peer = request.client.host if request.client else ""
    is_of_proxy = site(request).listen.behind_proxy and peer in LOOPBACK
    return said if said and is_of_proxy else peer
