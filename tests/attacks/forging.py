"""Forging the verdict from inside the kernel.

All of them hold part of an honest notebook, so that there is a baseline to gain something over.
Most need not be told of: what they send is a wrong answer like any other.
"""

from __future__ import annotations

from grader.attacks import UNSOLVED, answer_attack, cell_attack

# An object that says what a test wants to hear: equal to all, of any attribute, never "wrong".
AGREEING = """\
class Agreeing:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return False
    def __float__(self): return 0.0
    def __getattr__(self, name): return Agreeing()
    def __call__(self, *args, **more): return Agreeing()
    def __sub__(self, other): return Agreeing()
    __rsub__ = __gt__ = __lt__ = __ge__ = __le__ = __getitem__ = __sub__
"""
# Counts as a wrong answer, were it not for what its cell does.
WRONG = "def unwrapped_embedding(W_E):\n    return W_E"
# Sends text as the responder would reply, to whatever request is being answered.
PUBLISH = """\
import json
from IPython import get_ipython
kernel = get_ipython().kernel
seen = {}
honest_send = kernel.session.send
def look(stream, kind, content=None, parent=None, **more):
    if more.get("ident") and kind != "status":
        seen.update(stream=stream, ident=more["ident"])
    return honest_send(stream, kind, content, parent, **more)
kernel.session.send = look
def publish(text):
    if seen:
        honest_send(seen["stream"], "glasslab_reply", {"said": text},
                    kernel.get_parent("shell"), ident=seen["ident"])
"""


def wire_attack(name: str, summary: str, encoded: str, told: tuple[str, ...] = ()):
    """Return an attack whose responder sends ``encoded``, an expression, for every answer."""
    return cell_attack(
        name,
        summary,
        "import glasslab.wire\n"
        "real = glasslab.wire.encode\n"
        f"glasslab.wire.encode = lambda value, _depth=0: {encoded}",
        answer=WRONG,
        told=told,
    )


def sending(name: str, summary: str, sent: str, told: tuple[str, ...] = ()):
    """Return an attack whose responder replies ``sent``, an expression, to every question."""
    return cell_attack(
        name,
        summary,
        "import json\nimport glasslab_responder\n"
        f"def answer(grade_id, question):\n    return {sent}\n"
        "glasslab_responder.answer = answer",
        answer=WRONG,
        told=told,
    )


OBJECTS = (
    answer_attack(
        "forging/always-equal",
        "an object that equals whatever it is compared with",
        AGREEING + "unwrapped_embedding = Agreeing()",
    ),
    answer_attack(
        "forging/number-subclass",
        "a float that is smaller than any tolerance, however it is compared",
        "class Small(float):\n"
        "    shape = property(lambda self: Any())\n"
        "    __lt__ = __le__ = __eq__ = __ge__ = lambda self, other: True\n"
        "    __gt__ = __ne__ = lambda self, other: Nothing()\n"
        "    __sub__ = __rsub__ = __abs__ = abs = max = lambda self, *_: self\n"
        "class Any:\n    __eq__ = lambda self, other: True\n"
        "class Nothing:\n    any = all = __bool__ = lambda self: False\n"
        "def unwrapped_embedding(W_E):\n    return Small(0)",
    ),
    answer_attack(
        "forging/torch-function",
        "a tensor that answers every operation on it by itself",
        "import torch\n"
        "class Lying(torch.Tensor):\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        "        if func.__name__ in ('gt', '__gt__', 'ne', '__ne__', 'any'):\n"
        "            return torch.tensor(False)\n"
        "        if func.__name__ in ('eq', '__eq__', 'allclose', 'equal', 'all', 'isfinite'):\n"
        "            return torch.tensor(True)\n"
        "        return super().__torch_function__(func, types, args, kwargs or {})\n"
        "def unwrapped_embedding(W_E):\n    return W_E.as_subclass(Lying)",
    ),
    answer_attack(
        "forging/nan",
        "NaN, which is never further from the truth than a tolerance",
        "def unwrapped_embedding(W_E):\n    return W_E * float('nan')",
    ),
    answer_attack(
        "forging/infinity",
        "infinities, whose differences are NaN",
        "def unwrapped_embedding(W_E):\n    return W_E * 0 + float('inf')",
    ),
    answer_attack(
        "forging/extremes",
        "numbers at the ends of what a float holds, so that sums overflow and signs vanish",
        "import torch\n"
        "def unwrapped_embedding(W_E):\n"
        "    answer = torch.full(W_E.shape, 1.7e308, dtype=torch.float64)\n"
        "    answer[::2] = -0.0\n"
        "    return answer",
    ),
    answer_attack(
        "forging/complex",
        "complex numbers, of which a careless grader drops the wrong half",
        "def unwrapped_embedding(W_E):\n    return W_E + 1j",
    ),
    answer_attack(
        "forging/true-for-all",
        "True, a number to Python, where an array is asked for",
        "def unwrapped_embedding(W_E):\n    return True",
    ),
    answer_attack(
        "forging/text-subclass",
        "a text that calls itself a list of the right numbers",
        "class Text(str):\n"
        "    def __eq__(self, other): return True\n"
        "    def __iter__(self): return iter([])\n"
        "    def encode(self, *args): return b'true'\n"
        "def unwrapped_embedding(W_E):\n    return Text('{\"right\": true}')",
    ),
    answer_attack(
        "forging/generator",
        "a generator that would compute in the grader's process, where it is read",
        "def unwrapped_embedding(W_E):\n"
        "    def late():\n"
        "        import sys\n"
        "        yield sys._getframe(1).f_locals\n"
        "    return late()",
    ),
    answer_attack(
        "forging/endless-list",
        "a list that never ends when it is read",
        "class Endless(list):\n"
        "    def __len__(self): return 3\n"
        "    def __iter__(self):\n"
        "        while True: yield 0.0\n"
        "def unwrapped_embedding(W_E):\n    return Endless()",
        # It may run out of its own memory first, which is no more than a wrong answer.
        keeps=True,
        endless=True,
    ),
    answer_attack(
        "forging/hostile-protocols",
        "an object whose array, length, pickle and attributes each do something else",
        "import os\n"
        "class Hostile:\n"
        "    def __array__(self, *args, **more): os._exit(0)\n"
        "    def __len__(self): return -1\n"
        "    def __reduce__(self): return (os.system, ('touch /tmp/pickled',))\n"
        "    def __class_getitem__(cls, item): return cls\n"
        "    @property\n"
        "    def __class__(self): return list\n"
        "    def detach(self): return self\n"
        "    cpu = numpy = detach\n"
        "    dtype = 'float64'\n"
        "    def __iter__(self): raise SystemExit\n"
        "def unwrapped_embedding(W_E):\n    return Hostile()",
    ),
    answer_attack(
        "forging/object-array",
        "an array of Python objects, which only a pickle could carry",
        AGREEING + "import numpy as np\n"
        "def unwrapped_embedding(W_E):\n"
        "    answer = np.empty(tuple(W_E.shape), dtype=object)\n"
        "    answer.fill(Agreeing())\n"
        "    return answer",
    ),
    answer_attack(
        "forging/structured-array",
        "an array of records and one of dates, each with the right shape",
        "import numpy as np\n"
        "def unwrapped_embedding(W_E):\n"
        "    kind = [('right', 'O'), ('value', 'f8')] if W_E.shape[0] > 9 else 'M8[s]'\n"
        "    return np.zeros(tuple(W_E.shape), dtype=kind)",
    ),
    answer_attack(
        "forging/huge-keys",
        "a dictionary with a key of ten million letters and thousands of others",
        "def unwrapped_embedding(W_E):\n"
        "    return {'k' * 10_000_000: 1} | {str(i): i for i in range(20_000)}",
    ),
    answer_attack(
        "forging/deep-nesting",
        "lists within lists, deeper than a reader's stack",
        "def unwrapped_embedding(W_E):\n"
        "    answer = []\n"
        "    for _ in range(100_000): answer = [answer]\n"
        "    return answer",
    ),
    answer_attack(
        "forging/holds-itself",
        "a list that holds itself",
        "def unwrapped_embedding(W_E):\n"
        "    answer = []\n"
        "    answer.append(answer)\n"
        "    return answer",
    ),
    answer_attack(
        "forging/broadcast",
        "an array of one element, or of none, that would broadcast against the right one",
        "def unwrapped_embedding(W_E):\n    return W_E[:0] if W_E.shape[1] > 8 else W_E[:1, :1]",
    ),
)

CALLS = (
    answer_attack(
        "forging/by-call-count",
        "answers that differ from call to call: one of them may be the one that counts",
        "calls = 0\n"
        "def unwrapped_embedding(W_E):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    return W_E * calls",
    ),
    answer_attack(
        "forging/changes-arguments",
        "the question is changed in place until the answer fits it",
        "def unwrapped_embedding(W_E):\n    W_E.zero_()\n    return W_E",
    ),
    answer_attack(
        "forging/expected-from-frame",
        "the right answer is taken from the caller's variables",
        "import gc, sys\n"
        "def unwrapped_embedding(W_E):\n"
        "    frame = sys._getframe(1)\n"
        "    while frame is not None:\n"
        "        for names in (frame.f_locals, frame.f_globals):\n"
        "            for name in ('expected', 'right', 'reference', 'solution'):\n"
        "                if name in names: return names[name]\n"
        "        frame = frame.f_back\n"
        "    for one in gc.get_objects():\n"
        "        if type(one).__name__ == 'Question': return one.expected\n"
        "    return W_E",
    ),
    answer_attack(
        "forging/exit-in-answer",
        "the answer leaves by SystemExit, so that no test behind it is reached",
        "def unwrapped_embedding(W_E):\n    raise SystemExit(0)",
    ),
    answer_attack(
        "forging/interrupt-in-answer",
        "the answer raises KeyboardInterrupt, as if the instructor had stopped the grader",
        "def unwrapped_embedding(W_E):\n    raise KeyboardInterrupt",
    ),
    answer_attack(
        "forging/own-exception",
        "an exception whose name and message hold the question, and whose text is hostile",
        "def unwrapped_embedding(W_E):\n"
        "    name = 'Right_' + '_'.join(f'{x:.0f}' for x in W_E.flatten()[:3].tolist())\n"
        "    class Hostile(Exception):\n"
        "        def __str__(self): raise SystemExit\n"
        "    raise type(name.replace('-', 'm').replace('.', '_'), (Hostile,), {})(REACHED)",
    ),
    answer_attack(
        "forging/kernel-dies-in-answer",
        "the kernel dies while it is asked, after which a careless grader keeps what it had",
        "import os\ndef unwrapped_embedding(W_E):\n    os._exit(0)",
        told=("answer died", "cell died"),
        keeps=True,
    ),
    answer_attack(
        "forging/stub-error",
        "a wrong answer calls itself not attempted where it fears to be wrong",
        "def unwrapped_embedding(W_E):\n"
        "    if W_E.shape[0] != 11: raise NotImplementedError('Your code here')\n"
        "    return W_E[[(i - 5) % 11 for i in range(11)]]",
    ),
)

OUTPUTS = (
    cell_attack(
        "forging/displayhook",
        "a number is shown before each assert, and errors are hidden: partial credit for all",
        "from IPython import get_ipython\n"
        "ip = get_ipython()\n"
        "ip.showtraceback = ip.showsyntaxerror = lambda *args, **more: None\n"
        "ip.events.register('pre_run_cell', lambda info: ip.displayhook(2))",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/partial-credit",
        "a result of 2 points is published in every cell, as a message of the kernel's own",
        "from IPython import get_ipython\n"
        "ip = get_ipython()\n"
        "def result(info):\n"
        "    content = {'data': {'text/plain': '2'}, 'metadata': {}, 'execution_count': 1}\n"
        "    kernel = ip.kernel\n"
        "    kernel.session.send(kernel.iopub_socket, 'execute_result', content,\n"
        "                        parent=kernel.get_parent())\n"
        "ip.events.register('pre_run_cell', result)\n"
        "ip.showtraceback = lambda *args, **more: None",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/traceback-off",
        "errors leave no output, so that a failed test looks like one that passed",
        "from IPython import get_ipython\n"
        "get_ipython()._showtraceback = lambda *args, **more: None\n"
        "get_ipython().showtraceback = lambda *args, **more: None",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/clear-output",
        "each cell's outputs are cleared again, the error among them",
        "from IPython import get_ipython\n"
        "from IPython.display import clear_output\n"
        "get_ipython().events.register('post_run_cell', lambda result: clear_output())",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/fake-verdict",
        "the grader's own words for a full score are printed where a person will read them",
        "print('✓ Hidden questions: right (2 of 2 points).')",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/stdout-closed",
        "the kernel's outputs are closed, so that nothing that fails can say so",
        "import os, sys\n"
        "sys.stdout.close(); sys.stderr.close()\n"
        "for number in (0, 1, 2):\n"
        "    try: os.close(number)\n"
        "    except OSError: pass",
        answer=WRONG,
    ),
)

KERNEL = (
    cell_attack(
        "forging/ast-without-asserts",
        "a transformer takes every assert out of what runs",
        "import ast\n"
        "from IPython import get_ipython\n"
        "class Without(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)\n"
        "get_ipython().ast_transformers.append(Without())",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/input-transformer",
        "a transformer empties every cell that tests something",
        "from IPython import get_ipython\n"
        "def empty(lines):\n"
        "    return ['pass\\n'] if any('assert' in line for line in lines) else lines\n"
        "get_ipython().input_transformers_cleanup.append(empty)",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/hook-before",
        "before each cell, the names that a test uses are set to what agrees with everything",
        AGREEING + "from IPython import get_ipython\n"
        "ip = get_ipython()\n"
        "def agree(info):\n"
        "    for name in ('unwrapped_embedding', 'expected', 'np', 'torch'):\n"
        "        ip.user_ns[name] = Agreeing()\n"
        "ip.events.register('pre_run_cell', agree)",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/hook-after",
        "after each cell, its failure is turned into a success",
        "from IPython import get_ipython\n"
        "def mend(result): result.error_in_exec = result.error_before_exec = None\n"
        "get_ipython().events.register('post_run_cell', mend)",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/run-cell-replaced",
        "the shell runs nothing any more and calls everything a success",
        "from IPython import get_ipython\n"
        "from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult\n"
        "async def run(*args, **more): return ExecutionResult(ExecutionInfo('', 0, 0, 0, ''))\n"
        "get_ipython().run_cell_async = run\n"
        "get_ipython().run_cell = lambda *args, **more: ExecutionResult(None)",
        answer=WRONG,
    ),
    cell_attack(
        "forging/execute-replaced",
        "the kernel answers every request at once with 'ok'",
        "from IPython import get_ipython\n"
        "async def execute(*args, **more):\n"
        "    return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}\n"
        "get_ipython().kernel.do_execute = execute",
        answer=WRONG,
    ),
    cell_attack(
        "forging/trace-jumps",
        "a debugger's trace jumps over every line that would fail",
        "import sys\n"
        "def trace(frame, event, arg):\n"
        "    if '/tmp/ipykernel' in frame.f_code.co_filename and event == 'exception':\n"
        "        return None\n"
        "    if event == 'line' and frame.f_code.co_name == '<module>':\n"
        "        try: frame.f_lineno += 1\n"
        "        except (ValueError, TypeError): pass\n"
        "    return trace\n"
        "sys.settrace(trace)\n"
        "from IPython import get_ipython\n"
        "get_ipython().events.register('pre_run_cell', lambda info: sys.settrace(trace))",
        answer=WRONG,
    ),
    cell_attack(
        "forging/exit-after",
        "the kernel is killed once the answers are in",
        "import os\nos._exit(0)",
        before="",
        told=("cell died",),
        keeps=True,
    ),
    cell_attack(
        "forging/kill-kernel",
        "the kernel is killed by a signal before the test of the unsolved answer",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
        told=("cell died",),
        keeps=True,
    ),
    cell_attack(
        "forging/sys-exit",
        "the notebook ends itself by sys.exit before its tests",
        "import sys\nsys.exit(0)",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/kernel-shuts-down",
        "the kernel is asked to quit, cleanly, with a reply",
        "from IPython import get_ipython\nget_ipython().kernel.do_shutdown(False)\nexit()\nquit()",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
    ),
)

PATCHES = (
    cell_attack(
        "forging/patched-numpy",
        "numpy's comparisons and its testing module agree with everything",
        "import numpy as np, numpy.testing\n"
        "yes = lambda *args, **more: True\n"
        "for name in ('allclose', 'array_equal', 'isclose', 'isfinite', 'all'):\n"
        "    setattr(np, name, yes)\n"
        "for name in dir(numpy.testing):\n"
        "    if name.startswith('assert'): setattr(numpy.testing, name, lambda *a, **k: None)",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/patched-torch",
        "torch's comparisons agree with everything",
        "import torch\n"
        "yes = lambda *args, **more: True\n"
        "for name in ('allclose', 'equal', 'isclose', 'all'): setattr(torch, name, yes)\n"
        "torch.testing.assert_close = lambda *args, **more: None\n"
        "torch.Tensor.any = lambda self, *args: False\n"
        "torch.Tensor.all = yes",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/patched-randomness",
        "seeds do nothing and draws are constant, so that hidden inputs would be known",
        "import random, torch, numpy as np\n"
        "torch.manual_seed = torch.random.manual_seed = lambda seed: torch.default_generator\n"
        "torch.rand = torch.randn = lambda *size, **more: torch.zeros(*size)\n"
        "np.random.seed = random.seed = lambda *args: None\n"
        "np.random.default_rng = lambda *args: np.random.Generator(np.random.MT19937(0))",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/patched-checker",
        "the public check says ✓ to everything",
        "import glasslab.checks, glasslab.checks.session as session\n"
        "def check(name, answer):\n    print(f'✓ {name}: correct')\n"
        "glasslab.checks.check = check\n"
        "session.Session.run = lambda self, name, answer: f'✓ {name}: correct'",
        before="setup",
        answer=WRONG,
    ),
    cell_attack(
        "forging/patched-loader",
        "whatever is imported from now on agrees with everything",
        AGREEING + "import builtins, sys\n"
        "real = builtins.__import__\n"
        "def load(name, *args, **more):\n"
        "    if name.partition('.')[0] in ('grader', 'numpy', 'unittest', 'glasslab_responder'):\n"
        "        return Agreeing()\n"
        "    return real(name, *args, **more)\n"
        "builtins.__import__ = load\n"
        "sys.meta_path.clear()",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
    ),
    cell_attack(
        "forging/patched-modules",
        "sys.modules holds objects that agree, under the names of what grades",
        AGREEING + "import sys\n"
        "for name in ('grader', 'grader.hidden', 'numpy.testing', 'glasslab_responder',\n"
        "             'glasslab.wire', 'glasslab.checks', 'pytest', 'unittest'):\n"
        "    sys.modules[name] = Agreeing()",
        before=f"{UNSOLVED}_check",
        answer=WRONG,
    ),
    cell_attack(
        "forging/patched-json",
        "json writes a verdict whatever it is given",
        "import json, json.encoder\n"
        'json.dumps = lambda *args, **more: \'{"status": "answered", "value": true, \''
        '\'"right": true, "points": 100}\'',
        answer=WRONG,
        endless=True,
    ),
)

RESPONDER = (
    cell_attack(
        "forging/own-check",
        "a check of the learner's own hands in the solved answer under the other's name",
        "import glasslab.checks\n"
        "real = glasslab.checks.SESSION.run\n"
        "def run(name, answer):\n"
        "    outcome = real(name, answer)\n"
        "    for other in list(glasslab.checks.SESSION.laws):\n"
        "        glasslab.checks.SESSION.handed_in[other] = carried_labels\n"
        "    return outcome\n"
        "glasslab.checks.SESSION.run = run",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/handed-in-swapped",
        "what was handed in is replaced by a dictionary that has something for every name",
        AGREEING + "import glasslab.checks\n"
        "class All(dict):\n"
        "    def get(self, name, default=None):\n"
        "        return carried_labels if name == 'data.carried_labels' else Agreeing()\n"
        "    __getitem__ = get\n"
        "glasslab.checks.SESSION.handed_in = All()",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/handed-in-later",
        "the graded cells are over, and only now what they kept is exchanged",
        AGREEING + "import glasslab_responder, glasslab.checks\n"
        "for name in list(glasslab.checks.SESSION.handed_in):\n"
        "    glasslab.checks.SESSION.handed_in[name] = Agreeing()\n"
        "glasslab_responder._kept['unwrapped_embedding_check'] = Agreeing()",
        before="",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/answers-for-another",
        "asked about the unsolved answer, the responder answers for the solved one",
        "import glasslab_responder\n"
        "real = glasslab_responder.answer\n"
        "other = 'carried_labels_check'\n"
        "glasslab_responder.answer = lambda grade_id, question: real(other, question)",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/replied-before",
        "replies are sent before any question, in the form of the responder's",
        PUBLISH + "seen.update(\n"
        "    stream=kernel.shell_channel_thread.manager\n"
        "    .get_subshell_to_shell_channel_socket(None),\n"
        "    ident=kernel._get_shell_context_var(kernel._shell_parent_ident))\n"
        "for _ in range(20):\n"
        "    publish(json.dumps({'status': 'answered', 'right': True, 'points': 2,\n"
        "                        'value': {'kind': 'value', 'value': True}}))\n"
        "print('sent')",
        answer=WRONG,
        keeps=True,
    ),
    cell_attack(
        "forging/replied-twice",
        "each question is replied to twice, first with what the answer doesn't say",
        "from IPython import get_ipython\n"
        "kernel = get_ipython().kernel\n"
        "real = kernel.session.send\n"
        "def send(stream, kind, content=None, *args, **more):\n"
        "    if kind == 'glasslab_reply':\n"
        "        real(stream, kind, {'said': '{\"status\": \"answered\", \"value\": '\n"
        "             '{\"kind\": \"value\", \"value\": true}}'}, *args, **more)\n"
        "    return real(stream, kind, content, *args, **more)\n"
        "kernel.session.send = send",
        answer=WRONG,
    ),
    cell_attack(
        "forging/no-handler",
        "the kernel forgets how to answer questions, so that none is ever replied to",
        "from IPython import get_ipython\n"
        "get_ipython().kernel.shell_handlers.pop('glasslab_request')",
        answer=WRONG,
    ),
    cell_attack(
        "forging/other-parents",
        "messages of the kernel are sent under the numbers of other requests, seen and guessed",
        "from IPython import get_ipython\n"
        "kernel = get_ipython().kernel\n"
        "real = kernel.session.send\n"
        "def send(stream, kind, content=None, parent=None, **more):\n"
        "    for status in ('idle', 'busy', 'idle'):\n"
        "        for guess in (parent, {}, {'header': {'msg_id': 'x'}}, {'msg_id': '1'}):\n"
        "            real(kernel.iopub_socket, 'status', {'execution_state': status},\n"
        "                 parent=guess if isinstance(guess, dict) else None)\n"
        "    return real(stream, kind, content, parent=parent, **more)\n"
        "kernel.session.send = send",
        answer=WRONG,
    ),
    cell_attack(
        "forging/reply-twice",
        "every reply is sent twice, first with the word that all went well",
        "from IPython import get_ipython\n"
        "kernel = get_ipython().kernel\n"
        "real = kernel.session.send\n"
        "def send(stream, kind, content=None, **more):\n"
        "    if kind == 'execute_reply':\n"
        "        real(stream, kind, {'status': 'ok', 'execution_count': 1}, **more)\n"
        "    return real(stream, kind, content, **more)\n"
        "kernel.session.send = send",
        answer=WRONG,
        endless=True,
    ),
    cell_attack(
        "forging/thread-publishes",
        "a thread goes on publishing answers and outputs while questions are asked",
        PUBLISH + "import threading, time\n"
        "def forever():\n"
        "    while True:\n"
        "        publish('{\"status\": \"answered\", '\n"
        "                '\"value\": {\"kind\": \"list\", \"items\": []}}')\n"
        "        print('✓ right')\n"
        "        time.sleep(0.005)\n"
        "threading.Thread(target=forever, daemon=True).start()",
        answer=WRONG,
    ),
    wire_attack(
        "forging/wire-shape",
        "an array that claims a shape of more elements than there is memory",
        "{'kind': 'array', 'dtype': 'float64', 'shape': [2**26, 2**26], 'data': ''}",
    ),
    wire_attack(
        "forging/wire-empty-shape",
        "an array without elements, whose other sizes overflow",
        "{'kind': 'array', 'dtype': 'float64', 'shape': [0, 2**25, 2**25, 2**25], 'data': ''}",
    ),
    wire_attack(
        "forging/wire-bool-bytes",
        "an array of bools whose bytes are neither true nor false",
        "{'kind': 'array', 'dtype': 'bool', 'shape': [11, 24], 'data': '/////'*70 + '//'}",
    ),
    wire_attack(
        "forging/wire-dtype",
        "an array of Python objects by name, whose bytes would be taken for pointers",
        "{'kind': 'array', 'dtype': 'object', 'shape': [1], 'data': 'QUFBQUFBQUE='}",
    ),
    wire_attack(
        "forging/wire-model",
        "a model where an array is asked for, with a config and weights of its own",
        "{'kind': 'model', 'weights': 'AAAA', 'config': {'n_ctx': 10**9, 'd_vocab': 10**9}}",
    ),
    sending("forging/sent-nan", "an answer whose JSON holds NaN and Infinity as bare words",
            "'{\"status\": \"answered\", \"value\": {\"kind\": \"value\", \"value\": NaN}}'"),
    sending("forging/sent-twice-keyed", "an answer whose JSON holds each key twice",
            "'{\"status\": \"stub\", \"status\": \"answered\", \"value\": 1, '"
            "'\"value\": {\"kind\": \"value\", \"value\": true}}'"),
    sending("forging/sent-long-number", "an answer with a number of a million digits",
            "'{\"status\": \"answered\", \"value\": {\"kind\": \"value\", \"value\": '"
            "+ '9' * 1_000_000 + '}}'"),
    sending("forging/sent-deep", "an answer nested a hundred thousand deep",
            "'[' * 100_000 + ']' * 100_000"),
    sending("forging/sent-no-text", "an answer that is no text but a structure with a verdict",
            "{'status': 'answered', 'right': True, 'fatal': False, 'points': 2}"),
    sending("forging/sent-verdict", "a verdict instead of an answer, in the words of the grader",
            "json.dumps({'status': 'right', 'points': 2, 'words': 'Right on 6 of 6.', "
            "'error': '<script>alert(1)</script>'})"),
    sending("forging/sent-html-error", "an exception's name that is a page",
            "json.dumps({'status': 'raised', 'error': '<img src=x onerror=alert(1)>' * 99})"),
)  # fmt: skip

ATTACKS = OBJECTS + CALLS + OUTPUTS + KERNEL + PATCHES + RESPONDER
