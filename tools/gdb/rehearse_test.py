#!/usr/bin/env python3
"""Runs a program with parked fibers under gdb, and looks for their functions in what it prints."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "rehearse.py")
PROGRAM = os.path.join(HERE, "parked_program")


def gdb(*commands, files=(PROGRAM,)):
    """What gdb says when given these commands."""
    line = ["gdb", "-batch", "-nx", "-iex", "set debuginfod enabled off", "-ex", "set width 0",
            "-ex", f"source {SCRIPT}"]
    for command in commands:
        line += ["-ex", command]
    return subprocess.run(line + list(files), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True).stdout


def at_rest(*commands, argument=""):
    """The same, once the program's fibers are parked."""
    said = gdb("break AllAreParked", f"run {argument}", *commands, "kill")
    if re.search("Could not trace|ptrace: Operation not permitted", said):
        raise unittest.SkipTest("no process may be traced here")
    return said


def stack_of(name, said):
    """(first line, functions from the innermost on) of what `said` shows of `name`."""
    shown = re.search(rf"^({re.escape(name)}: .*)\n((?: +#.*\n)*)", said, re.M)
    if shown is None:
        raise AssertionError(f"nothing about {name} in:\n{said}")
    return shown[1], re.findall(r"^ +#\d+ +(?:0x\w+ in )?([^(]+(?:\(anonymous namespace\)[^(]*)?)",
                                shown[2], re.M)


class RehearseFibersTest(unittest.TestCase):
    maxDiff = None

    def expect_all_three(self, said):
        title, stack = stack_of("task postman", said)
        self.assertRegex(title, r"parked at Mail, fiber 0x\w+ of worker [01]$")
        text = "\n".join(stack)
        # In this order, from where it waits to the loop that it left, and nothing of the thread's.
        self.assertRegex(text, r"(?s)SwitchTo.*WaitsForTheMail.*SortsLetters.*Task::Run.*::Loop")
        self.assertIn("SwitchTo", stack[0])
        self.assertRegex(stack[-1], r"::Loop|_FUN|operator\(\)")  # the fiber's entry, unless inlined
        title, stack = stack_of("task clerk", said)
        self.assertIn("parked at Mail", title)
        self.assertIn("WaitsForTheMail", "\n".join(stack))
        self.assertNotIn("SortsLetters", "\n".join(stack))
        title, stack = stack_of("rehearse::(anonymous namespace)::Stranger", said)
        self.assertIn("parked at Stranger", title)
        self.assertIn("LooksAround", "\n".join(stack))
        self.assertIn("3 waiting on 2 workers", said)

    def test_shows_the_stacks_of_a_live_process(self):
        said = at_rest("rehearse-fibers")
        self.expect_all_three(said)
        self.assertIn("letters=41", said)  # its registers were right, too

    def test_shows_the_stacks_of_a_core_file(self):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
            core = os.path.join(folder, "core")
            said = at_rest(f"generate-core-file {core}", argument="protected")
            self.assertTrue(os.path.exists(core), said)
            self.expect_all_three(gdb("rehearse-fibers", files=(PROGRAM, core)))

    def test_leaves_thread_frame_and_process_as_they_were(self):
        said = at_rest("up", "rehearse-fibers", "rehearse-fibers", "frame", "next", "continue")
        self.assertRegex(said, r"(?m)^#1 .*Run \(.*\n.*\n#1 .*Run \(")
        self.assertEqual(said.count("3 waiting on 2 workers"), 2)
        self.assertRegex(said, r"Inferior 1 \(process \d+\) exited normally")

    def test_shows_only_what_was_asked_for(self):
        said = at_rest("rehearse-fibers clerk")
        stack_of("task clerk", said)
        self.assertNotIn("postman", said)
        self.assertIn("1 waiting on 2 workers", said)

    def test_says_what_is_missing(self):
        self.assertIn("no process and no core file here", gdb("rehearse-fibers"))
        said = gdb("break main", "run", "rehearse-fibers", "kill", files=("/bin/true",))
        self.assertNotIn("Traceback", said)


if __name__ == "__main__":
    if shutil.which("gdb") is None:
        sys.exit("gdb is not installed; run tools/setup")
    if sys.argv.pop() == "fastbuild":
        # There the linker leaves debug information out, and the script has nothing to read.
        print("not tested in this kind of build; use -c opt or -c dbg")
        sys.exit(0)
    unittest.main()
