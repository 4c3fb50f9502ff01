"""The service's pages, as a browser and as a hostile site ask for them."""

import hashlib
import http.client
import json
from contextlib import closing
from types import SimpleNamespace

import pytest
from browsing import LAPTOP, PHONE, chromium, grave_findings, visit
from test_serving import NOTEBOOK, bundle, serving
from tiny_class import UNIT, copy_of, tiny_course

from grader.serving.browser import COOKIE
from grader.serving.by_browser import bundle_of, check_kind, unit_of
from grader.serving.database import open_database
from grader.serving.limits import Limits
from grader.serving.refusals import Refused
from grader.serving.tokens import make_tokens

LEARNER = "<img src=x onerror=alert(1)>"
FEEDBACK = """<!doctype html><html lang="en"><title>Feedback</title><style>p {color: red}</style>
<p id="said">Held on 5 of 5 hidden models.</p><script>document.title = "ran"</script>"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    course = copy_of(tiny_course(folder / "tiny"), folder / "classroom")
    engine = open_database(course.workspace)
    tokens = make_tokens(engine, [LEARNER, "ann"])
    engine.dispose()
    with serving(course, folder, token=tokens[LEARNER]) as one:
        one.token_of = tokens
        yield one


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


def url_of(service):
    return f"http://{service.host}:{service.port}"


def ask(service, method, path, body=None, *, token=None, **headers):
    """Return the answer to a request with headers like ``sec_fetch_site``; follows nothing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        named["Cookie"] = f"{COOKIE}={token}"
    with closing(http.client.HTTPConnection(service.host, int(service.port), timeout=60)) as line:
        line.request(method, path, body, named)
        answer = line.getresponse()
        text = answer.read().decode()
    return SimpleNamespace(status=answer.status, text=text, headers=answer.headers)


def form(content, name=f"{UNIT}.ipynb", unit=""):
    """Return a form's body and its content type."""
    lines = [
        b"--edge",
        b'Content-Disposition: form-data; name="unit"',
        b"",
        unit.encode(),
        b"--edge",
        f'Content-Disposition: form-data; name="file"; filename="{name}"'.encode(),
        b"",
        content,
        b"--edge--",
        b"",
    ]
    return b"\r\n".join(lines), "multipart/form-data; boundary=edge"


def hand_in(service, content, name=f"{UNIT}.ipynb", unit="", **headers):
    body, kind = form(content, name, unit)
    own = {"sec_fetch_site": "same-origin", "token": service.token_of["ann"], **headers}
    return ask(service, "POST", "/work", body, content_type=kind, **own)


def test_a_learner_signs_in_hands_in_and_reads_feedback(service, browser, tmp_path):
    notebook = tmp_path / f"{UNIT}.ipynb"
    notebook.write_bytes(NOTEBOOK)
    digest = hashlib.sha256(NOTEBOOK).hexdigest()
    with visit(browser, LAPTOP) as visited:
        page = visited.page
        seen = []

        def look(title):
            assert page.title() == f"{title} · Glass Lab"
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                seen.extend(grave_findings(page))
            assert page.locator("h1").count() == 1
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
            page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})

        page.goto(url_of(service))
        look("Hand in your work")
        page.get_by_label("Your token").fill("glasslab_" + "x" * 43)
        page.get_by_role("button", name="Sign in").click()
        assert "doesn't know this token" in page.get_by_role("alert").inner_text()
        look("Hand in your work")

        # By the keyboard alone, from the top of the page.
        page.reload()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.get_by_label("Your token").focus()
        page.keyboard.type(service.token)
        page.keyboard.press("Enter")
        page.wait_for_url("**/work?new=yes")
        look("Your work")
        assert page.locator("header b").inner_text() == LEARNER
        assert "Nothing yet" in page.locator("main").inner_text()
        (cookie,) = page.context.cookies()
        expected = {"httpOnly": True, "secure": True, "sameSite": "Strict"}
        assert expected.items() <= cookie.items()

        wrong = tmp_path / "notes.txt"
        wrong.write_text("my notes")
        page.get_by_label("Your notebook").set_input_files(wrong)
        page.get_by_label("Its unit").select_option(UNIT)
        page.get_by_role("button", name="Hand in").click()
        assert "neither a notebook" in page.get_by_role("alert").inner_text()
        look("Not handed in")

        for words in ("Attempt", "here already"):
            page.get_by_label("Your notebook").set_input_files(notebook)
            page.get_by_role("button", name="Hand in").click()
            page.wait_for_url(f"**/receipts/{UNIT}/1*")
            assert words in page.locator("main").inner_text()
            assert digest in page.locator("dd code").inner_text().replace(" ", "")
            look(f"Receipt for {UNIT}")
            page.get_by_role("link", name="Back to your work").click()
        assert "Received; not graded yet." in page.locator("main").inner_text()

        released = service.course.workspace.root / "released" / LEARNER / UNIT / f"{digest}.html"
        released.parent.mkdir(parents=True)
        released.write_text(FEEDBACK)
        page.reload()
        look("Your work")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download it").click()
        assert download.value.path().read_text() == FEEDBACK
        page.get_by_role("link", name="Read the feedback").click()
        page.wait_for_url("**/feedback/**")
        # Shown, styled as it is, and nothing of it acts, though its script came along.
        assert page.locator("#said").inner_text() == "Held on 5 of 5 hidden models."
        assert "rgb(255, 0, 0)" in page.evaluate("getComputedStyle(said).color")
        assert page.title() == "Feedback"
        page.go_back()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{url_of(service)}/")
        assert page.context.cookies() == []
        page.goto(f"{url_of(service)}/work")
        assert "Sign in first" in page.get_by_role("alert").inner_text()
        assert seen == [] and visited.asked_elsewhere == [] and visited.errors == []


def test_a_form_of_another_site_does_nothing(service):
    for headers in (
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": url_of(service)},  # a sibling of the same domain
        {"sec_fetch_site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://[", "sec_fetch_site": ""},
        {},
    ):
        own = {"sec_fetch_site": "", **headers}
        own = {name: value for name, value in own.items() if value}
        body, kind = form(NOTEBOOK)
        answer = ask(
            service, "POST", "/work", body, token=service.token_of["ann"], content_type=kind, **own
        )
        assert answer.status == 403, headers
        assert "<h1>That didn't work</h1>" in answer.text
    assert not (service.course.workspace.submitted / "ann").exists()
    said = f"token={service.token_of['ann']}"
    assert ask(service, "POST", "/sign-in", said, sec_fetch_site="cross-site").status == 403
    # A browser too old to say more than where the form is from.
    answer = ask(service, "POST", "/sign-in", said, origin=url_of(service))
    assert answer.status == 303 and service.token_of["ann"] in answer.headers["Set-Cookie"]


def test_the_cookie_opens_no_door_for_programs_and_a_page_no_frame(service):
    assert ask(service, "GET", "/api/v1/submissions", token=service.token_of["ann"]).status == 401
    for path in ("/", "/work", "/style.css", "/nothing", f"/feedback/{UNIT}/1"):
        answer = ask(service, "GET", path, token=service.token_of["ann"])
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "script" not in policy and "<script" not in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    twice = f"{COOKIE}={service.token_of['ann']}; {COOKIE}={service.token}"
    assert ask(service, "GET", "/work", cookie=twice).status == 403


def test_odd_forms_get_a_page_with_one_sentence(service):
    large = b"{" + b"0" * (Limits().bundle_bytes + 10**6)
    cases = [
        (422, "Choose a file", hand_in(service, b"")),
        (422, "which unit", hand_in(service, NOTEBOOK, "homework.ipynb")),
        (422, "which unit", hand_in(service, NOTEBOOK, "99_other.ipynb", "../../etc")),
        (422, "neither a notebook", hand_in(service, b"%PDF-1.7", "homework.pdf")),
        (422, "no plain zip", hand_in(service, b"PK\3\4" + b"0" * 100)),
        (422, "manifest", hand_in(service, bundle(unit=UNIT, sha256="0" * 64))),
        (413, "20 MB at most", hand_in(service, large)),
        (422, "20 MB at most", hand_in(service, b"{" + b" " * Limits().notebook_bytes)),
        (
            413,
            "bytes at most",
            ask(
                *(service, "POST", "/sign-in", "x" * 9000),
                token=service.token_of["ann"],  # signed in, one may still send no more than a token
                sec_fetch_site="same-origin",
            ),
        ),
        (403, "Sign in first", hand_in(service, NOTEBOOK, token="glasslab_" + "x" * 43)),
        (
            404,
            "handed in nothing",
            ask(service, "GET", f"/receipts/{UNIT}/7", token=service.token_of["ann"]),
        ),
        (
            404,
            "nothing at this",
            ask(service, "GET", "/%3Cscript%3E", token=service.token_of["ann"]),
        ),
        (405, "method", ask(service, "GET", "/sign-in")),
        (413, "bytes", ask(service, "POST", "/sign-in", "x" * 9000, sec_fetch_site="same-origin")),
        (
            422,
            "Choose a file",
            ask(
                service,
                "POST",
                "/work",
                "x",
                token=service.token_of["ann"],
                sec_fetch_site="same-origin",
            ),
        ),
    ]
    for status, words, answer in cases:
        assert answer.status == status, (words, answer.text)
        assert words in answer.text and 'role="alert"' in answer.text
        assert "Traceback" not in answer.text and "<script>" not in answer.text
    assert not (service.course.workspace.submitted / "ann").exists()


def test_whats_handed_in_by_a_form_and_by_the_command_is_one_submission(service):
    own = b'{"cells": [], "own": 1}'
    assert hand_in(service, own, f"{UNIT} (1).ipynb").headers["Location"] == f"/receipts/{UNIT}/1"
    status, said, _ = service.ask(
        "POST",
        "uploads",
        json.dumps({"unit": UNIT, "sha256": "0" * 64, "size": 5}),
        token=service.token_of["ann"],
    )
    assert status == 201 and said["offset"] == 0
    content = bundle(own)  # as the command writes it: another zip of the same notebook
    answer = hand_in(service, content, f"{UNIT}-0123456789abcdef.zip")
    assert answer.headers["Location"] == f"/receipts/{UNIT}/1?again=yes"
    placed = service.course.workspace.submitted / "ann" / UNIT / f"{UNIT}.ipynb"
    assert placed.read_bytes() == own


def test_a_bundle_of_the_same_notebook_is_the_same_and_a_name_says_its_unit():
    assert bundle_of(UNIT, NOTEBOOK) == bundle_of(UNIT, NOTEBOOK)
    check_kind(b"\xef\xbb\xbf \n{}")
    for name in ("01_tiny.ipynb", "Copy of 01_tiny-Copy1.ipynb", "/tmp/01_tiny-00ff.zip"):
        assert unit_of("", name, ["00_a", "01_tiny"]) == "01_tiny"
    assert unit_of("00_a", "homework.ipynb", ["00_a", "01_tiny"]) == "00_a"
    with pytest.raises(Refused):
        unit_of("", "01_tiny_more.ipynb", ["01_tiny"])
    with pytest.raises(Refused, match="says 01_tiny, but you chose 00_a"):
        unit_of("00_a", "01_tiny.ipynb", ["00_a", "01_tiny"])
