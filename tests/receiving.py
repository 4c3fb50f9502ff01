"""A receiving service small enough to break on purpose: the protocol of handing in, and faults."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "a-learners-token"
RECEIVED = "2026-03-01T12:00:00+00:00"


@dataclass
class Fault:
    """One thing that goes wrong, once: at the next request of this method."""

    method: str
    status: int = 0
    """0: the connection is cut, after ``kept`` bytes of the body were taken."""
    kept: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": "Too much at once."}'
    answered: bool = True
    """Whether the request had no effect; else only its answer is lost."""


class Receiver(ThreadingHTTPServer):
    """Keeps what it received, and each request that it saw."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.uploads: dict[str, dict[str, Any]] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, int]] = []
        self.faults: list[Fault] = []
        self.late = False
        self.receipt_of = ""
        self.status = "received"

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def sent(self) -> int:
        """Return how many bytes of bundles it was sent."""
        return sum(size for method, _, size in self.requests if method == "PATCH")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Receiver  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, len(body)))
        fault = next((each for each in self.server.faults if each.method == self.command), None)
        if fault:
            self.server.faults.remove(fault)
            if fault.status:
                return self._answer(fault.status, fault.body, fault.headers)
            self._act(body if not fault.answered else body[: fault.kept])
            self.close_connection = True
            return self.connection.close()
        status, answer = self._act(body)
        self._answer(status, json.dumps(answer).encode())

    do_GET = do_POST = do_PATCH = _do  # noqa: N815

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _act(self, body: bytes) -> tuple[int, Any]:
        server = self.server
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return 401, {"error": "No such token."}
        if self.command == "POST":
            order = json.loads(body)
            name = order["sha256"][:12]
            upload = server.uploads.setdefault(name, {**order, "bytes": b""})
            begun = {"upload": name, "offset": len(upload["bytes"])}
            if begun["offset"] < upload["size"]:
                return 201, begun
            return 201, {**begun, "done": True, "receipt": self._receipt(upload), "again": True}
        if self.path.endswith("/submissions"):
            return 200, [{**one, "status": server.status} for one in server.receipts.values()]
        upload = server.uploads[self.path.rsplit("/", 1)[1]]
        if self.command == "PATCH":
            if int(self.headers["Upload-Offset"]) != len(upload["bytes"]):
                return 409, {"error": "Another offset.", "offset": len(upload["bytes"])}
            upload["bytes"] += body
        offset = len(upload["bytes"])
        if offset < upload["size"]:
            return 200, {"offset": offset, "size": upload["size"], "done": False}
        return 200, {"offset": offset, "done": True, "receipt": self._receipt(upload)}

    def _receipt(self, upload: dict[str, Any]) -> dict[str, Any]:
        assert hashlib.sha256(upload["bytes"]).hexdigest() == upload["sha256"]
        with zipfile.ZipFile(io.BytesIO(upload["bytes"])) as archive:
            digest = hashlib.sha256(archive.read(f"{upload['unit']}.ipynb")).hexdigest()
        receipts = self.server.receipts
        fresh = {
            "unit": upload["unit"],
            "learner": "ada",
            "sha256": self.server.receipt_of or digest,
            "received": RECEIVED,
            "late": self.server.late,
            "attempt": len(receipts) + 1,
        }
        return receipts.setdefault(digest, fresh)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one as long as the block takes."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
