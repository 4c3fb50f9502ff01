"""nbgrader's commands and formgrader work on this course, with our engine inside."""

from grader.course import Course, configure

configure(get_config(), Course.default())  # noqa: F821 (traitlets defines get_config here)
