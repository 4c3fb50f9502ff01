"""nbgrader's formgrader for Jupyter's server, with three doors of its own pages shut.

Whoever makes an instructor follow a link (a learner's text may hold links) could otherwise run code
as the instructor. nbgrader 0.9.6

- prints names from addresses and of learners into its lists' HTML and scripts as they are;
- answers its data requests, which hold learners' names and comments, as HTML pages;
- reads an ``nbgrader_config.py``, which is a program, from any folder that an address names.

The folder ``grader/jupyter``, on ``JUPYTER_CONFIG_PATH`` or copied into the environment's
``etc/jupyter`` as ``make`` does, puts this extension in the place of nbgrader's.
"""

from __future__ import annotations

import re
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader import formgrader as nbgraders
from nbgrader.server_extensions.formgrader.handlers import FormgraderHandler
from tornado.httputil import HTTPHeaders
from tornado.web import HTTPError, OutputTransform

DATA = re.compile(r"/formgrader/(api/.*|submissions/[^/]+/.+)")
"""Addresses of data and of learners' files, none of which is a page."""


class OwnCourse(FormgraderHandler):
    """Opens the formgrader on the course that it was started for, and on no other folder."""

    def get(self) -> None:
        """Go to the first page.

        Raises:
            HTTPError: the address names a folder.
        """
        if self.get_argument("path", ""):
            raise HTTPError(403, "Start Jupyter in the course's folder to grade that course.")
        super().get()


class NoPage(OutputTransform):
    """Has browsers show data as text, whatever it holds."""

    def __init__(self, request: Any) -> None:
        self._is_data = DATA.search(request.path) is not None

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Set the headers that say so; nbgrader's scripts parse the text themselves."""
        if self._is_data and status_code < 300:
            headers["Content-Type"] = "text/plain; charset=utf-8"
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return status_code, headers, chunk


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Load nbgrader's extension behind ours; Jupyter's server calls this."""
    app = server.web_app
    # What is added first is asked first.
    app.add_handlers(".*$", [(url_path_join(server.base_url, "formgrader/?"), OwnCourse)])
    nbgraders.load_jupyter_server_extension(server)
    app.settings["nbgrader_jinja2_env"].autoescape = True
    app.add_transform(NoPage)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "grader.formgrader"}]
