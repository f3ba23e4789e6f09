"""A TCP proxy before a real server that does what no server does on demand: cut, wait, and answer in its place.

A request begins where the client sends a method after the last answer: uv and urllib do not pipeline.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

METHODS = (b"GET ", b"HEAD ", b"POST ")
CHUNK = 65536
SECONDS_TO_LINGER = 10.0
RESET = struct.pack("ii", 1, 0)  # SO_LINGER without a time: close is a reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What becomes of one request; the first that is set counts."""

    wait_seconds: float = 0.0  # before anything of it is passed on
    answer: bytes | None = None  # said in the server's place, once the request has come
    reset_after: int | None = None  # bytes of the request that reach the server
    stall_after: int | None = None  # likewise, but the connection stays open
    is_answer_lost: bool = False  # the server gets it whole, and its answer is cut off


@dataclass(kw_only=True)
class Proxy:
    """Where it listens, and what came by: `seen` counts requests by method, of which `decide` gets the number so far."""

    port: int
    decide: Callable[[str, int], Fault | None]
    target: int
    seen: Counter[str] = field(default_factory=Counter)
    struck: threading.Event = field(default_factory=threading.Event)  # a fault has had its effect

    def serve(self, client: socket.socket) -> None:
        """Pass one connection on."""
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as server:
            _Connection(proxy=self, client=client, server=server).run()


@dataclass(kw_only=True)
class _Connection:
    proxy: Proxy
    client: socket.socket
    server: socket.socket
    fault: Fault | None = None
    passed: int = 0  # bytes of the current request
    is_in_answer: bool = True  # what the client sends next begins a request

    def run(self) -> None:
        back = threading.Thread(target=self.pass_back, daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while received := self.client.recv(CHUNK):
                if self.is_in_answer and received.startswith(METHODS):
                    self.begin(received)
                if not self.forward(received):
                    return
            self.server.shutdown(socket.SHUT_WR)
            back.join()

    def begin(self, received: bytes) -> None:
        method = received.partition(b" ")[0].decode()
        self.fault = self.proxy.decide(method, self.proxy.seen[method])
        self.proxy.seen[method] += 1
        self.passed, self.is_in_answer = 0, False
        if self.fault is not None and self.fault.wait_seconds:
            self.proxy.struck.set()
            time.sleep(self.fault.wait_seconds)

    def forward(self, received: bytes) -> bool:
        """Pass it on, as far as the fault lets it; whether the connection is still good."""
        if self.fault is None:
            self.server.sendall(received)
            return True
        if self.fault.answer is not None:
            self.answer(self.fault.answer)
            return False
        limit = self.fault.reset_after if self.fault.reset_after is not None else self.fault.stall_after
        part = received if limit is None else received[: max(0, limit - self.passed)]
        self.server.sendall(part)
        self.passed += len(part)
        if limit is None or self.passed < limit:
            return True
        self.proxy.struck.set()
        if self.fault.reset_after is not None:
            self.reset()
            return False
        time.sleep(SECONDS_TO_LINGER * 6)
        return False

    def answer(self, said: bytes) -> None:
        self.proxy.struck.set()
        self.client.sendall(said)
        self.client.shutdown(socket.SHUT_WR)
        self.client.settimeout(SECONDS_TO_LINGER)
        while self.client.recv(CHUNK):  # closing with something unread would be a reset, and lose the answer
            pass

    def reset(self) -> None:
        for each in (self.client, self.server):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RD)  # whoever waits for it holds it open
        for each in (self.client, self.server):
            each.close()

    def pass_back(self) -> None:
        with contextlib.suppress(OSError):
            while received := self.server.recv(CHUNK):
                if self.fault is not None and self.fault.is_answer_lost:
                    self.proxy.struck.set()
                    self.reset()
                    return
                self.is_in_answer = True  # before the client can know, and ask the next thing
                self.client.sendall(received)
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def faulty(target: int, decide: Callable[[str, int], Fault | None]) -> Iterator[Proxy]:
    """A proxy before the server on port `target` of 127.0.0.1 while the context is open."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = Proxy(port=listening.getsockname()[1], decide=decide, target=target)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=proxy.serve, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)


def said(status: str, body: str = "", *, content_type: str = "text/html", headers: str = "") -> bytes:
    """An HTTP answer, after which the connection is closed."""
    content = body.encode()
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(content)}\r\n{headers}"
        "Connection: close\r\n\r\n"
    ).encode() + content


def at_upload(fault: Fault, *, after: int = 0, times: int = 1000) -> Callable[[str, int], Fault | None]:
    """`fault` befalls so many uploads, once `after` of them are through."""
    return lambda method, before: fault if method == "POST" and after <= before < after + times else None
