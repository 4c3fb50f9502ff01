"""A real browser for tests: headless Chromium over its DevTools protocol, and a witness beside it.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio"),
    *("--no-first-run", "--no-default-browser-check", "--disable-component-update"),
    *("--disable-background-networking", "--disable-sync", "--disable-extensions"),
    # Frames from elsewhere stay in the page's own process, where the binding reaches them.
    *("--disable-site-isolation-trials", "--disable-features=site-per-process,IsolateOrigins"),
    *("--remote-debugging-port=0", "--remote-allow-origins=*", "--window-size=1200,900"),
)

FOREIGN = re.compile(r"(?!http://127\.0\.0\.1[:/])(https?|wss?|ftp|file):")
OWN_UPDATES = re.compile(r"http://update\.googleapis\.com/service/update2/json\?cup2key=")
OWN = re.compile(r"[\w.-]*\.(google|googleapis|gvt1)\.com:443")
"""Hosts that Chromium asks for itself, whatever page is open."""

# Scripts of payloads call alert(NUMBER). A binding tells of it, which no policy of a page can hush.
REPORTING = "window.alert = number => { document.title = 'executed'; executed(String(number)); };"

GONE = {"code": -32000, "message": "Inspected target navigated or closed"}
"""What is answered where a payload led the page elsewhere."""

# What a person does to a page, done to every element of a learner's; links that lead openly
# elsewhere aren't followed.
POKING = """
(selector => {
  document.addEventListener('click', event => {
    const link = event.target.closest?.('a');
    const open = /^(https?|mailto):/;
    if (link && (open.test(link.protocol) || open.test(link.getAttribute('href'))))
      event.preventDefault();
  }, true);
  const kinds = ['pointerover', 'mouseover', 'mouseenter', 'mousemove', 'mousedown', 'mouseup',
                 'focus', 'focusin', 'toggle', 'keydown', 'wheel'];
  for (const root of document.querySelectorAll(selector))
    for (const element of [root, ...root.querySelectorAll('*')]) {
      for (const kind of kinds) element.dispatchEvent(new Event(kind, {bubbles: true}));
      element.focus?.();
      if (element.click) element.click();
      else element.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
    }
})
"""


class Witness:
    """A server that serves pages of the test's, and as a proxy sees whatever else is asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.foreign: list[str] = []
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = witness.pages.get(self.path.lstrip("/"))
                if self.path.startswith("http") and not OWN_UPDATES.match(self.path):
                    witness.foreign.append(self.path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((page or "").encode())

            def do_CONNECT(self) -> None:
                if not OWN.fullmatch(self.path):
                    witness.foreign.append(self.path)
                self.send_error(403)

            do_POST = do_GET  # noqa: N815 (the name that http.server calls)

            def handle(self) -> None:
                with suppress(OSError):  # the browser left before the end
                    super().handle()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Tab:
    """One tab: goes to pages, and tells which payloads ran there and what policies refused."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._last = 0
        self.executed: list[str] = []
        self.refused: list[str] = []
        self.foreign: list[str] = []
        self._loaded = 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")
        self.do("Runtime.addBinding", name="executed")
        self.do("Page.addScriptToEvaluateOnNewDocument", source=REPORTING)

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give one command and wait for its result."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._last:
                assert message.get("error", GONE) == GONE, (method, message)
                return message.get("result", {"result": {}})
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        match message.get("method"):
            case "Runtime.bindingCalled":
                self.executed.append(told["payload"])
            # Bootstrap's symbols, which a page of feedback has never shown.
            case "Log.entryAdded" if "Loading the font" in told["entry"]["text"]:
                pass
            case "Log.entryAdded" if "Content Security Policy" in told["entry"]["text"]:
                self.refused.append(told["entry"]["text"])
            case "Network.requestWillBeSent" if FOREIGN.match(told["request"]["url"]):
                self.foreign.append(told["request"]["url"])
            case "Page.loadEventFired":
                self._loaded += 1
            case "Page.javascriptDialogOpening":
                self.executed.append(told["message"])

    def go(self, url: str) -> None:
        """Open a page and wait until it has loaded."""
        before = self._loaded
        self.do("Page.navigate", url=url)
        self.until(lambda: self._loaded > before)

    def until(self, done: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, "the page took too long"
            self.do("Runtime.evaluate", expression="0")
            time.sleep(0.01)

    def poke(self, selector: str = "body") -> None:
        """Click, hover and focus everything of a kind, and give what that starts a moment."""
        self.evaluate(f"({POKING})({json.dumps(selector)})")
        self.pause()

    def pause(self) -> None:
        """Give what began a moment, and hear what came of it.

        The page's own clock won't do: it stands still where a policy forbids all scripts.
        """
        time.sleep(0.06)
        self.do("Runtime.evaluate", expression="0")

    def evaluate(self, expression: str) -> Any:
        """Evaluate an expression in the page and return its value."""
        result = self.do(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        return result["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """Write what is seen as a PNG file, for a person to look at."""
        path.write_bytes(base64.b64decode(self.do("Page.captureScreenshot")["data"]))


@contextmanager
def chromium(folder: Path, witness: Witness) -> Iterator[Tab]:
    """Start Chromium with a profile of its own and every foreign request sent to the witness."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "these tests need Chromium: apt-get install chromium"
    process = subprocess.Popen(
        [program, *OPTIONS, f"--user-data-dir={folder}", f"--proxy-server={witness.url}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        told = folder / "DevToolsActivePort"
        deadline = time.monotonic() + 30
        while not (told.exists() and len(told.read_text().split()) == 2):
            assert time.monotonic() < deadline and process.poll() is None, "Chromium didn't start"
            time.sleep(0.05)
        port, path = told.read_text().split()
        browser = create_connection(f"ws://127.0.0.1:{port}{path}", timeout=90)
        browser.send(
            json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}})
        )
        target = json.loads(browser.recv())["result"]["targetId"]
        tab = Tab(create_connection(f"ws://127.0.0.1:{port}/devtools/page/{target}", timeout=90))
        yield tab
        browser.send(json.dumps({"id": 2, "method": "Browser.close"}))
        process.wait(20)
    finally:
        process.kill()
        process.wait()


def numbered(payloads: tuple[str, ...]) -> list[str]:
    """Return payloads that tell which they are: alert(NUMBER), and hosts of that number."""
    return [
        re.sub(r"alert\(1\)", f"alert({n})", text).replace("evil.example", f"n{n}.example")
        for n, text in enumerate(payloads)
    ]
