"""A real browser without a network: Playwright with the system's Chromium, and axe-core's opinion.

Pages may ask this machine only; what else they ask for is refused and remembered.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

HERE = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|(file|data|blob|about):")
PHONE = (390, 844)
LAPTOP = (1366, 768)
GRAVE = ("serious", "critical")


@dataclass
class Visit:
    """One page, and what it asked of other machines (refused)."""

    page: Page
    asked_elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Exceptions that no script of the page caught."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "the tests need Chromium: sudo apt-get install chromium"
    with sync_playwright() as playwright:
        # Root has no user namespaces to sandbox with in most containers.
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, size: tuple[int, int] = LAPTOP, **options: Any) -> Iterator[Visit]:
    """Open an empty page in a profile of its own.

    Args:
        browser: From `chromium`.
        size: Width and height of the window in CSS pixels.
        options: More for Playwright's context, for instance ``color_scheme="dark"``.
    """
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    visited = Visit(context.new_page())

    def judge(route: Route) -> None:
        if HERE.match(route.request.url):
            route.continue_()
        else:
            visited.asked_elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", judge)
    visited.page.on("pageerror", lambda error: visited.errors.append(str(error)))
    yield visited
    context.close()


def grave_findings(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on a page, one sentence each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
