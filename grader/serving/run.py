"""Run the service: one process, on one address, until it is told to stop."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from grader.errors import GraderError
from grader.serving.app import make_app
from grader.serving.class_book import ClassBook
from grader.serving.database import open_database
from grader.workspace import Workspace

CONNECTIONS = 200
"""At the same time; what comes beyond that is answered with 503."""
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "uvicorn": {"handlers": ["err"], "level": "WARNING"},
        "grader": {"handlers": ["err"], "level": "INFO"},
    },
}


@dataclass(frozen=True)
class Address:
    """Where to listen, and with which certificate."""

    host: str = "127.0.0.1"
    port: int = 8642
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_open(self) -> bool:
        """Whether tokens would cross a network in clear."""
        return self.certificate is None and not _is_loopback(self.host)


def serve(workspace: Workspace, address: Address, ready: Callable[[str], None]) -> None:
    """Serve a class until SIGINT or SIGTERM; requests at work are finished first.

    Args:
        workspace: Of the class.
        address: Where; port 0 takes a free one.
        ready: Called with the service's URL once connections are taken.

    Raises:
        GraderError: the address is taken, or a database or the certificate can't be used.
    """
    for file in (address.certificate, address.key):
        if file is not None and not file.is_file():
            raise GraderError(f"There is no file {file}; TLS needs a certificate and its key.")
    app = make_app(workspace, open_database(workspace), ClassBook.of(workspace))
    config = uvicorn.Config(
        app,
        log_config=LOGGING,
        access_log=False,  # it would write addresses with their queries; the gate's log does not
        proxy_headers=False,  # nothing depends on who a client says that it is
        server_header=False,
        ws="none",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=30,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
    )
    listening = _listen(address)
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise GraderError(f"The certificate or its key can't be used: {error}.") from error
    port = listening.getsockname()[1]
    host = f"[{address.host}]" if ":" in address.host else address.host
    ready(f"{'https' if address.certificate else 'http'}://{host}:{port}")
    uvicorn.Server(config).run(sockets=[listening])


def _listen(address: Address) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        raise GraderError(
            f"Can't listen on {address.host}, port {address.port}: {error}; choose others with "
            "--host and --port."
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
