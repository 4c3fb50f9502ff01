"""Jupyter's server, started in this folder, has the formgrader as `grader.formgrader` mends it."""

c = get_config()  # noqa: F821 (traitlets defines get_config here)
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.formgrader": False,
    "grader.formgrader": True,
}
