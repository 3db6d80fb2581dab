"""The door: takes TCP connections of Postgres clients, demands TLS, and hands them on to the server behind it.

The embedded build of PostgreSQL has no TLS. What stands here is the start of the protocol (PostgreSQL, "Message
Flow", "SSL Session Encryption") and no more: who may come in is the server's to say, by scram-sha-256.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Sequence
from contextlib import suppress

SSL, GSS, CANCEL = 80877103, 80877104, 80877102  # what a client may ask before it says who it is
WAIT_S = 10  # for a client to say what it wants
AT_MOST = 80  # connections; the server takes 100, and the library needs some
MORE = 80  # that are told over TLS that the door is full: libpq shows no one what is said before
STARTUP_LIMIT_BYTES = 10_000  # as the server has it
BLOCK = 2**16
FULL = ("53300", "too many connections; try again later")
DOWN = ("57P03", "the store is down; any coinstore command starts it")


async def keep_open(listeners: Sequence[socket.socket], context: ssl.SSLContext, inner_port: int) -> None:
    """Takes connections until it is cancelled; the server listens on `inner_port` of this machine."""
    door = _Door(context, inner_port)
    await asyncio.gather(*(door.listen(listener) for listener in listeners))


class _Door:
    def __init__(self, context: ssl.SSLContext, inner_port: int) -> None:
        self.context, self.inner_port = context, inner_port
        self.inside: set[asyncio.Task[None]] = set()
        self.through = 0  # of those inside, how many were handed on

    async def listen(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                client, _ = await loop.sock_accept(listener)
                client.setblocking(False)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                task = loop.create_task(self.meet(client))
                self.inside.add(task)
                task.add_done_callback(self.inside.discard)
        finally:
            for task in list(self.inside):
                task.cancel()

    async def meet(self, client: socket.socket) -> None:
        """One connection, from its first bytes to its end; whatever goes wrong ends this one alone."""
        with suppress(OSError, TimeoutError, ValueError, EOFError, asyncio.CancelledError):
            wants_in = False
            try:
                wants_in = await asyncio.wait_for(self._asks_for_tls(client), WAIT_S)
            finally:
                if not wants_in:
                    client.close()
            if wants_in:
                await self._hand_on(client)  # from here on the transport closes it

    async def _asks_for_tls(self, client: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        while True:
            length, code = struct.unpack("!II", await _exactly(client, 8))
            if code == GSS and length == 8:
                await loop.sock_sendall(client, b"N")
                continue
            if code == SSL and length == 8:
                if len(self.inside) > AT_MOST + MORE:
                    await loop.sock_sendall(client, refusal(*FULL))
                    return False
                # Not a byte more is read here: what follows is TLS, or the handshake fails.
                await loop.sock_sendall(client, b"S")
                return True
            if code == CANCEL and length == 16:  # with a secret key that the server checks
                await self._cancel(struct.pack("!II", length, code) + await _exactly(client, 8))
            else:
                words = "connections are encrypted here or not at all; connect with sslmode=require"
                await loop.sock_sendall(client, refusal("28000", words))
            return False

    async def _cancel(self, request: bytes) -> None:
        _, server = await asyncio.open_connection("127.0.0.1", self.inner_port)
        server.write(request)
        await server.drain()
        server.close()

    async def _hand_on(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(BLOCK)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, client, ssl=self.context, ssl_handshake_timeout=WAIT_S
        )
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        if self.through >= AT_MOST:
            await _turn_away(reader, writer, refusal(*FULL))
            return
        self.through += 1
        try:
            await self._between(reader, writer)
        finally:
            self.through -= 1

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            server_reader, server = await asyncio.open_connection("127.0.0.1", self.inner_port, limit=BLOCK)
        except OSError:
            await _turn_away(reader, writer, refusal(*DOWN))
            return
        ways = [loop.create_task(_pump(reader, server)), loop.create_task(_pump(server_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (server, writer):
                await _close(end)


async def _turn_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, why: bytes) -> None:
    try:
        # Who is answered before it has said who it is may find the connection reset, and the answer gone with it.
        async with asyncio.timeout(WAIT_S):
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            await reader.readexactly(min(max(length - 4, 0), STARTUP_LIMIT_BYTES))
        writer.write(why)
    finally:
        await _close(writer)


async def _close(end: asyncio.StreamWriter) -> None:
    end.close()  # what was written goes out first
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(end.wait_closed(), WAIT_S)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while block := await source.read(BLOCK):
        target.write(block)
        await target.drain()  # waits while the other side is slower


async def _exactly(client: socket.socket, n: int) -> bytes:
    loop = asyncio.get_running_loop()
    found = b""
    while len(found) < n:
        more = await loop.sock_recv(client, n - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def refusal(code: str, words: str) -> bytes:
    """An ErrorResponse of the protocol: FATAL, with an SQLSTATE and a sentence."""
    fields = b"".join(
        f"{kind}{text}\0".encode()
        for kind, text in (("S", "FATAL"), ("V", "FATAL"), ("C", code), ("M", words))
    )
    return b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0"
