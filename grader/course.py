"""Where a course's folders are, and nbgrader's configuration for them with our engine inside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.errors import GraderError
from grader.workspace import Workspace

CONFIG_FILE = "nbgrader_config.py"
UNIT_PATTERN = "[0-9][0-9]_*"
STUB = 'raise NotImplementedError("Your code here")'


@dataclass(frozen=True)
class Course:
    """A course's public folders and an instructor's private workspace."""

    root: Path
    """The checkout: holds ``solutions/`` and ``course/``."""
    release: Path
    workspace: Workspace

    @classmethod
    def default(cls) -> Course:
        """Return the course of this checkout and the workspace that the environment names.

        Raises:
            GraderError: this isn't a checkout with solutions.
        """
        root = Path(__file__).resolve().parent.parent
        if not (root / "solutions").is_dir():
            raise GraderError(
                f"There is no folder 'solutions' in {root}; instructors work in a checkout of the "
                "course, installed with 'pip install -e .[grading]'."
            )
        release = Path(os.environ.get("GLASSLAB_RELEASE", root / "course")).resolve()
        return cls(root, release, Workspace.default())

    @property
    def solutions(self) -> Path:
        """The folder of the source notebooks."""
        return self.root / "solutions"

    def units(self) -> list[str]:
        """Return the names of all units, in order."""
        return sorted(
            folder.name
            for folder in self.solutions.glob(UNIT_PATTERN)
            if (folder / f"{folder.name}.ipynb").is_file()
        )

    def source_of(self, unit: str) -> Path:
        """Return a unit's source notebook.

        Raises:
            GraderError: there is no such unit.
        """
        if unit not in self.units():
            raise GraderError(
                f"There is no unit {unit!r}; the units are: {', '.join(self.units())}."
            )
        return self.solutions / unit / f"{unit}.ipynb"

    def nbgrader_config(self) -> Config:
        """Return nbgrader's configuration: these folders, our release steps, our engine."""
        config = Config()
        configure(config, self)
        return config

    def configured(self) -> Config:
        """Return the same as nbgrader's commands find it, with what an instructor set beside it.

        Raises:
            GraderError: the instructor's ``nbgrader_config.py`` ends in an error.
        """
        if not (self.root / CONFIG_FILE).is_file():
            return self.nbgrader_config()
        try:
            config = PyFileConfigLoader(CONFIG_FILE, path=str(self.root)).load_config()
        except Exception as error:  # the file is a program, which an instructor may edit
            what = f"{type(error).__name__}: {error}"
            raise GraderError(f"{self.root / CONFIG_FILE} can't be used: {what}") from error
        _set_folders(config, self)  # the file names those of the default course
        return config


def configure(config: Config, course: Course) -> None:
    """Fill nbgrader's configuration for a course; ``nbgrader_config.py`` calls this."""
    from nbgrader import preprocessors as steps
    from nbgrader.server_extensions.formgrader import handlers as formgrader

    from grader import colab, exporting, feedback, feedback_step, plugin, safe_html
    from grader.gradebook import put_alembic_on_path

    put_alembic_on_path()
    _set_folders(config, course)
    config.ClearSolutions.code_stub = {"python": STUB}
    config.GenerateAssignment.preprocessors = [
        steps.LockCells,
        steps.ClearSolutions,
        steps.ClearOutput,
        steps.CheckCellMetadata,
        steps.ComputeChecksums,
        plugin.SaveUnit,
        steps.ClearHiddenTests,
        steps.ClearMarkScheme,
        plugin.TidyRelease,
        colab.OpenInColab,
        steps.ComputeChecksums,
        steps.CheckCellMetadata,
    ]
    colab.configure(config, course.root)
    config.Autograde.exporter_class = plugin.SubmissionExporter
    config.Autograde.sanitize_preprocessors = [plugin.Examine]
    config.Autograde.autograde_preprocessors = [steps.AssignLatePenalties]
    config.Autograde.pre_convert_hook = plugin.sweep_submission
    config.Autograde.post_convert_hook = plugin.keep_only_notebooks
    config.ExportApp.plugin_class = exporting.SafeCsvExport
    config.GenerateFeedback.preprocessors = [feedback_step.GatherFeedback]
    # The feedback's exporter and the formgrader's; their templates clean raw cells by `clean_html`.
    config.HTMLExporter.preprocessors = [safe_html.EscapeNames]
    config.HTMLExporter.extra_template_basedirs = [
        str(safe_html.TEMPLATES),
        formgrader.template_path,
    ]
    config.HTMLExporter.filters = feedback.FILTERS


def _set_folders(config: Config, course: Course) -> None:
    workspace = course.workspace
    directory = config.CourseDirectory
    directory.root = str(course.root)
    # nbgrader's own default is no course, to which PostgreSQL lets no assignment belong.
    directory.course_id = "glasslab"
    directory.source_directory = str(course.solutions)
    directory.release_directory = str(course.release)
    directory.submitted_directory = str(workspace.submitted)
    directory.autograded_directory = str(workspace.autograded)
    directory.feedback_directory = str(workspace.feedback)
    directory.db_url = workspace.gradebook_url
