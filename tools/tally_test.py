#!/usr/bin/env python3
"""Shows tools/tally.py the events of good and bad builds."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tally  # pylint: disable=wrong-import-position


def configured(label, test=True):
    return {"id": {"targetConfigured": {"label": label}},
            "configured": {"testSize": "SMALL"} if test else {"targetKind": "cc_library rule"}}


def completed(label, success=True):
    return {"id": {"targetCompleted": {"label": label}},
            "completed": {"success": True} if success else {"failureDetail": {}}}


def aborted(label):
    return {"id": {"targetCompleted": {"label": label}}, "aborted": {"reason": "ANALYSIS_FAILURE"}}


def summary(label, outcome):
    return {"id": {"testSummary": {"label": label}}, "testSummary": {"overallStatus": outcome}}


def ran(label, outcome):
    return [configured(label), completed(label), summary(label, outcome)]


class TallyTest(unittest.TestCase):

    def test_a_passed_test_counts_once(self):
        self.assertEqual(tally.tally(ran("//a:t", "PASSED"), 0), ({"//a:t"}, {}))

    def test_every_other_outcome_is_a_failure(self):
        for outcome in ("FAILED", "TIMEOUT", "FLAKY", "INCOMPLETE", "NO_STATUS"):
            with self.subTest(outcome=outcome):
                passed, failed = tally.tally(ran("//a:t", outcome), 3)
                self.assertEqual((passed, list(failed)), (set(), ["//a:t"]))

    def test_what_is_not_built_failed_be_it_a_test_or_not(self):
        events = [configured("//a:t"), configured("//a:l", test=False), configured("//a:u"),
                  completed("//a:t", False), completed("//a:l", False), aborted("//a:u"),
                  summary("//a:t", "FAILED_TO_BUILD")]
        self.assertEqual(tally.tally(events, 1),
                         (set(), {k: "not built" for k in ("//a:t", "//a:l", "//a:u")}))

    def test_a_built_library_is_no_test(self):
        self.assertEqual(tally.tally([configured("//a:l", test=False), completed("//a:l")], 0),
                         (set(), {}))

    def test_a_test_that_was_never_reached_failed_unless_all_went_well(self):
        events = [configured("//a:t"), completed("//a:t")]
        self.assertEqual(tally.tally(events, 8)[1], {"//a:t": "not run"})
        self.assertEqual(tally.tally(events, 0), (set(), {}))

    def test_an_unreadable_package_is_named(self):
        noise = ("ERROR: /x/c/BUILD.bazel:1:8: syntax error\nERROR: package contains errors: c/d\n"
                 "ERROR: error loading package 'e': in f.bzl: no such label\n")
        _, failed = tally.tally([{"id": {"progress": {}}, "progress": {"stderr": noise}}], 1)
        self.assertEqual(sorted(failed), ["//c/d", "//e"])

    def test_a_bazel_that_failed_without_a_word_is_a_failure(self):
        self.assertEqual(tally.tally([], 37), (set(), {"bazel": "left with 37"}))
        self.assertEqual(tally.tally(tally.read_events("/no/such/file"), 0), (set(), {}))


if __name__ == "__main__":
    unittest.main()
