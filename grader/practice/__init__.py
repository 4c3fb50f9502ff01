"""Self-exams: a learner's own notebook, asked about hidden models that nobody chose.

For who learns without an instructor. It is practice, not a grade: whoever owns the machine could
look at everything, and the suite is a quick one.
"""

from grader.practice.exam import Practised, practise
from grader.practice.finding import find_notebook
from grader.practice.home import PracticeHome
from grader.practice.units import course_here

__all__ = ["PracticeHome", "Practised", "course_here", "find_notebook", "practise"]
