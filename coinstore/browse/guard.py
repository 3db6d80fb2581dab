"""What every answer has: headers by which a browser runs and frames nothing but our own."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import forms

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
ATTRIBUTES = "HttpOnly; SameSite=Strict"


class Guard:
    """Middleware: a session for each browser, in which its forms have their token; and the headers."""

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
        request.state.token = forms.token(request.app.state.site, session)
        headers = list(HEADERS)
        if known is None:
            headers.append((b"set-cookie", f"{forms.COOKIE}={session}; Path=/; {ATTRIBUTES}".encode()))

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] += [one for one in headers if one[0] not in given]
            await send(message)

        await self.app(scope, receive, guarded)
