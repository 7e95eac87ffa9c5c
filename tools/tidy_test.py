#!/usr/bin/env python3
"""Plants what tools/tidy refuses, one thing at a time, and what looks alike but is right."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import tempfile
import unittest


def load(name):
    """The script beside this one, as a module."""
    sys.dont_write_bytecode = True
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


TIDY = load("tidy")


def run(*arguments):
    """Runs tools/tidy; returns its status, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = TIDY.main(list(arguments))
    return status, out.getvalue(), err.getvalue()


def tidy(files, *flags):
    """Runs it over a tree of {path: text}; returns its status and its lines."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        status, out, _ = run("--root=" + root, *flags)
        return status, out.splitlines()


class TidyTest(unittest.TestCase):

    def refuses(self, path, text, *words, line=1, flags=("--no-format",)):
        status, lines = tidy({path: text}, *flags)
        start = f"{path}:{line}: "
        self.assertTrue(any(l.startswith(start) and all(w in l for w in words) for l in lines),
                        f"{start} with {words} not in {lines}")
        self.assertEqual(status, 1)

    def passes(self, path, text, flags=("--no-format",)):
        status, lines = tidy({path: text}, *flags)
        self.assertEqual((status, lines), (0, ["tidy: 1 files, 0 findings"]))


class Readme(TidyTest):

    README = "# It\n\n```cpp\nint main() { return 0; }\n```\n\n```\ntools/demo\n```\n"

    def test_a_program_that_is_compiled_nowhere_is_refused(self):
        self.refuses("README.md", self.README, "in no file under examples/", line=3)

    def test_the_page_on_testing_is_read_too(self):
        self.refuses("docs/TESTING.md", self.README, "in no file under examples/", line=3)

    def test_a_piece_of_an_example_passes(self):
        status, lines = tidy({"README.md": self.README,
                              "examples/it/main.cc": "// It.\nint main() { return 0; }\n"},
                             "--no-format")
        self.assertEqual((status, lines), (0, ["tidy: 2 files, 0 findings"]))


class Arrows(TidyTest):

    def test_they_point_from_sim_over_net_to_actor_and_inside_actor_toward_env(self):
        upward = [("actor/env/a.h", "actor/runtime/b.h"), ("actor/runtime/a.cc", "actor/b.h"),
                  ("actor/runtime/a.cc", "actor/runtime/posix/b.h"),
                  ("actor/a.cc", "actor/supervision/b.h"), ("actor/a.cc", "actor/patterns/b.h"),
                  ("actor/supervision/a.cc", "actor/patterns/b.h"), ("actor/a.cc", "net/b.h"),
                  ("net/a.cc", "examples/counter/b.h")]
        for path, name in upward:
            with self.subTest(path=path, name=name):
                path = path.replace(".h", ".cc")
                self.refuses(path, f'\n#include "rehearse/{name}"\n', "may not include", line=2)
        downward = [("actor/runtime/a.cc", "actor/env/b.h"), ("actor/a.cc", "actor/runtime/b.h"),
                    ("actor/supervision/a.cc", "actor/b.h"), ("actor/patterns/a.cc", "actor/b.h"),
                    ("net/tcp/a.cc", "net/socket/b.h"), ("net/a.cc", "actor/runtime/posix/b.h"),
                    ("sim/world/a.cc", "net/b.h"), ("sim/world/a.cc", "sim/fault/b.h"),
                    ("actor/runtime/a_test.cc", "actor/runtime/posix/b.h"),
                    ("actor/testing/a.cc", "actor/runtime/posix/b.h")]
        for path, name in downward:
            with self.subTest(path=path, name=name):
                self.passes(path, f'#include "rehearse/{name}"\n')

    def test_nothing_that_ships_includes_sim(self):
        include = '#include "rehearse/sim/world/world.h"\n'
        for path in ("actor/a.cc", "net/a.cc", "net/a_test.cc", "examples/counter/main.cc"):
            with self.subTest(path=path):
                self.refuses(path, include, "nothing that ships includes sim/")
        for path in ("tests/scenario/a.cc", "net/a_sim_test.cc", "bench/a.cc",
                     "examples/counter/counter_test.cc"):
            with self.subTest(path=path):
                self.passes(path, include)

    def test_headers_are_spelled_whole(self):
        self.refuses("actor/a.cc", '#include "actor/env/b.h"\n', "not spelled whole")
        self.refuses("actor/a.cc", '#include "b.h"\n', "not spelled whole")
        self.passes("tests/consumer/a.cc", '#include "net/b.h"\n')

    def test_an_include_in_a_comment_is_none(self):
        self.passes("actor/env/a.cc", '// #include "rehearse/sim/a.h"\n/*\n#include "b.h"\n*/\n')


class Libraries(TidyTest):

    def test_each_is_included_by_its_room(self):
        rooms = [("boost/context/detail/fcontext.hpp", "actor/a.cc", "actor/runtime/a.cc"),
                 ("flatbuffers/flatbuffers.h", "net/a.cc", "net/codec/a.cc"),
                 ("gnutls/gnutls.h", "net/tcp/a.cc", "net/libp2p/a.cc"),
                 ("benchmark/benchmark.h", "actor/a.cc", "bench/a.cc"),
                 ("gtest/gtest.h", "sim/world/a.cc", "sim/runner/a.cc"),
                 ("gmock/gmock.h", "actor/a.cc", "actor/a_test.cc"),
                 ("rapidcheck/gtest.h", "actor/a.cc", "actor/a_property_test.cc"),
                 ("rapidcheck.h", "net/codec/a.cc", "net/codec/testing/a.cc")]
        for name, wrong, right in rooms:
            with self.subTest(name=name):
                self.refuses(wrong, f"#include <{name}>\n", name, "alone")
                self.passes(right, f"#include <{name}>\n")

    def test_the_operating_system_is_wrapped(self):
        for name in ("sys/epoll.h", "sys/socket.h", "netinet/in.h", "unistd.h", "pthread.h"):
            with self.subTest(name=name):
                self.refuses("net/tcp/a.cc", f"#include <{name}>\n", "operating system")
                self.passes("net/socket/a.cc", f"#include <{name}>\n")
                self.passes("actor/runtime/posix/a.cc", f"#include <{name}>\n")


class Banned(TidyTest):

    CALLS = [
        ("clock", "clock_gettime(CLOCK_REALTIME, &t);"), ("clock", "gettimeofday(&t, nullptr);"),
        ("clock", "std::chrono::steady_clock::now();"), ("clock", "absl::Now();"),
        ("clock", "absl::GetCurrentTimeNanos();"), ("clock", "std::time(nullptr);"),
        ("clock", "::time(NULL);"), ("clock", "time( 0 );"),
        ("blocks", "std::this_thread::sleep_for(x);"), ("blocks", "usleep(1);"),
        ("blocks", "nanosleep(&t, nullptr);"), ("blocks", "absl::SleepFor(x);"),
        ("blocks", "sleep(1);"),
        ("seed", "rand();"), ("seed", "std::rand();"), ("seed", "srand(1);"),
        ("seed", "std::random_device d;"), ("seed", "absl::BitGen gen;"),
        ("seed", "std::mt19937 gen;"), ("seed", "std::mt19937_64 gen;"),
        ("seed", "std::uniform_int_distribution<int> d;"),
        ("thread", "std::thread t;"), ("thread", "std::jthread t;"), ("thread", "std::async(f);"),
        ("thread", "pthread_create(&t, 0, f, 0);"), ("thread", "std::mutex m;"),
        ("thread", "std::shared_mutex m;"), ("thread", "std::condition_variable c;"),
        ("thread", "absl::Mutex m;"), ("thread", "thread_local int i;"),
        ("surroundings", 'getenv("HOME");'), ("surroundings", "std::locale l;"),
    ]

    def test_each_is_refused_where_seeds_run(self):
        for word, call in self.CALLS:
            with self.subTest(call=call):
                self.refuses("net/kademlia/a.cc", f"void F() {{\n  {call}\n}}\n", word, line=2)

    def test_the_rooms_that_wrap_the_host_may(self):
        everything = "\n".join(call for _, call in self.CALLS) + "\n"
        for path in ("actor/runtime/posix/a.cc", "net/socket/posix_sockets.cc", "bench/a.cc",
                     "sim/hermetic/a.cc", "sim/runner/a.cc", "tests/integration/a.cc",
                     "actor/a_test.cc"):
            with self.subTest(path=path):
                self.passes(path, everything)

    def test_one_file_may_be_allowed_one_kind(self):
        self.passes("actor/env/check.cc", "thread_local int i;\n")
        self.refuses("actor/env/check.cc", "std::mutex m;\n", "std::mutex")

    def test_comments_strings_and_likeness_pass(self):
        self.passes("actor/a.cc", "// std::mutex\n/* rand() */\nconst char* s = \"std::thread\";\n"
                    "const char* r = R\"(getenv(\"x\"))\";\nint n = 1'000'000;\n"
                    "auto t = node.clock().time(0);\nint operand(int);\nnode->sleep(1);\n"
                    "absl::Time time(absl::Time at);\nint mutex = 0;\n")

    def test_a_quote_does_not_hide_what_follows_it(self):
        self.refuses("actor/a.cc", "char c = '\"';\nstd::mutex m;\nchar d = '\"';\n", "std::mutex",
                     line=2)
        self.refuses("actor/a.cc", "const char* s = \"// \\\" /*\";\nstd::mutex m;\n", "std::mutex",
                     line=2)


class HashOrder(TidyTest):

    def test_an_unordered_table_needs_a_reason(self):
        for kind in ("std::unordered_map<int, int>", "std::unordered_set<int>",
                     "absl::flat_hash_map<int, int>", "absl::node_hash_set<int>"):
            with self.subTest(kind=kind):
                self.refuses("sim/a.cc", f"{kind} table;\n", "has another order")
                self.refuses("sim/a.cc", f"{kind} table;  // order-free:\n", "has another order")
                self.passes("sim/a.cc", f"{kind} table;  // order-free: looked up only\n")
                self.passes("sim/a.cc", f"// order-free: a long\n// reason\n{kind} table;\n")

    def test_a_reason_does_not_reach_past_code(self):
        text = "// order-free: looked up only\nint i;\nstd::unordered_set<int> s;\n"
        self.refuses("net/a.cc", text, "has another order", line=3)

    def test_the_include_alone_and_other_rooms_pass(self):
        self.passes("actor/a.cc", '#include "absl/container/flat_hash_map.h"\n')
        self.passes("bench/a.cc", "std::unordered_map<int, int> table;\n")


class Simulated(TidyTest):

    def test_no_code_asks_which_world_it_is_in(self):
        for text in ("if (simulated) {}", "if (!node.is_simulated()) {}", "if (simulated_) {}",
                     "if constexpr (kInSimulation) {}", "if (ready && world.InSimulation()) {}",
                     "#ifdef REHEARSE_SIMULATED"):
            with self.subTest(text=text):
                self.refuses("net/a.cc", text + "\n", "asks which world")

    def test_likeness_passes(self):
        self.passes("net/a.cc", "if (simulated_clock.Now() > at) {}\nif (a) {}\nbool simulated;\n")


class Guards(TidyTest):

    def header(self, first, second, last):
        return f"// A thing.\n\n#ifndef {first}\n#define {second}\n#endif  // {last}\n"

    def test_a_guard_is_spelled_from_the_path(self):
        right, wrong = "REHEARSE_ACTOR_ENV_CLOCK_H_", "REHEARSE_CLOCK_H_"
        self.passes("actor/env/clock.h", self.header(right, right, right))
        self.refuses("actor/env/clock.h", self.header(wrong, wrong, wrong), right, line=3)
        self.refuses("actor/env/clock.h", self.header(right, wrong, right), right, line=3)
        self.refuses("actor/env/clock.h", self.header(right, right, wrong), right, line=5)
        self.refuses("actor/env/clock.h", "#pragma once\n", right)


class Names(TidyTest):

    def test_a_name_says_something(self):
        for path in ("net/util.cc", "net/string_utils.cc", "actor/common/a.cc", "net/misc.fbs"):
            with self.subTest(path=path):
                self.refuses(path, "\n", "names nothing")
        self.passes("net/kademlia/common_prefix.cc", "\n")


class Format(TidyTest):

    def test_an_unformatted_file_is_named_once_with_its_first_line(self):
        style = {".clang-format": "BasedOnStyle: Google\n"}
        status, lines = tidy({**style, "actor/a.cc": "int a;\nint  b;\nint  c;\n"})
        self.assertEqual((status, len(lines)), (1, 2), lines)
        self.assertTrue(lines[0].startswith("actor/a.cc:2: not as .clang-format has it"), lines)
        self.assertEqual(tidy({**style, "actor/a.cc": "int a;\nint b;\n"})[0], 0)


class CommandLine(unittest.TestCase):

    def test_help_is_an_answer_and_an_unknown_flag_is_not(self):
        self.assertEqual(run("--help")[0], 0)
        status, out, err = run("--frobnicate")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("usage: tools/tidy", err)
        self.assertEqual(run("no/such/file.cc")[0], 2)

    def test_named_files_alone_are_read(self):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, "actor"))
            for name in ("actor/a.cc", "actor/b.cc"):
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write("std::mutex m;\n")
            _, out, _ = run("--no-format", "--root=" + root, os.path.join(root, "actor/a.cc"))
            self.assertIn("actor/a.cc:1:", out)
            self.assertNotIn("actor/b.cc", out)


if __name__ == "__main__":
    unittest.main()
