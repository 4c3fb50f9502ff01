"""A browser for hostile pages: it tells what ran and was refused there; a witness tells the rest.

Beside `browsing`, which opens pages that mean well. What only the DevTools protocol tells or does
is asked there: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, sync_playwright

OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    # Frames from elsewhere stay in the page's own process, where the binding reaches them.
    *("--disable-site-isolation-trials", "--disable-features=site-per-process,IsolateOrigins"),
)

FOREIGN = re.compile(r"(?!http://127\.0\.0\.1[:/])(https?|wss?|ftp|file):")
OWN_UPDATES = re.compile(r"http://update\.googleapis\.com/service/update2/json\?cup2key=")
OWN = re.compile(r"[\w.-]*\.(google|googleapis|gvt1)\.com:443")
"""Hosts that Chromium asks for itself, whatever page is open."""

# Scripts of payloads call alert(NUMBER). A binding tells of it, which no policy of a page can hush.
REPORTING = "window.alert = number => { document.title = 'executed'; executed(String(number)); };"

GONE = "Inspected target navigated or closed"
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

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self.executed: list[str] = []
        self.refused: list[str] = []
        self.foreign: list[str] = []
        self._loaded = 0
        for event, hear in (
            ("Runtime.bindingCalled", lambda told: self.executed.append(told["payload"])),
            ("Page.javascriptDialogOpening", lambda told: self.executed.append(told["message"])),
            ("Page.loadEventFired", self._count),
            ("Log.entryAdded", self._read),
            ("Network.requestWillBeSent", self._watch),
        ):
            self._session.on(event, hear)
        page.on("dialog", lambda dialog: dialog.dismiss())
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")
        self.do("Runtime.addBinding", name="executed")
        self.do("Page.addScriptToEvaluateOnNewDocument", source=REPORTING)

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give one command and wait for its result."""
        try:
            return self._session.send(method, parameters)
        except Error as error:
            assert GONE in str(error), (method, error)
            return {"result": {}}

    def _count(self, told: dict[str, Any]) -> None:
        self._loaded += 1

    def _read(self, told: dict[str, Any]) -> None:
        text = told["entry"]["text"]
        # Bootstrap's symbols, which the formgrader's view of a submission never shows.
        if "Content Security Policy" in text and "Loading the font" not in text:
            self.refused.append(text)

    def _watch(self, told: dict[str, Any]) -> None:
        if FOREIGN.match(told["request"]["url"]):
            self.foreign.append(told["request"]["url"])

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
        self._page.screenshot(path=path)


@contextmanager
def chromium(witness: Witness) -> Iterator[Tab]:
    """Start Chromium with every foreign request sent to the witness."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=[*OPTIONS, f"--proxy-server={witness.url}"]
        )
        yield Tab(browser.new_page(viewport={"width": 1200, "height": 900}))
        browser.close()


def numbered(payloads: tuple[str, ...]) -> list[str]:
    """Return payloads that tell which they are: alert(NUMBER), and hosts of that number."""
    return [
        re.sub(r"alert\(1\)", f"alert({n})", text).replace("evil.example", f"n{n}.example")
        for n, text in enumerate(payloads)
    ]
