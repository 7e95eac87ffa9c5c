#!/usr/bin/env python3
"""Counts what a `bazel test` came to, from the file of --build_event_json_file.

usage: tools/tally.py EVENTS STATUS

STATUS is bazel's own exit status. Prints "<passed> <failed>", then a line for each failure. A test
counts as failed unless it passed: flaky, timed out, not built and not run are failures. So is
a target that is no test and was not built, and a package that could not be read.
"""

import json
import re
import sys

BROKEN_PACKAGE = re.compile(
    r"ERROR: (?:package contains errors: |error loading package ')([^\s']*)")


def read_events(path):
    """The events of the file; none where bazel did not come to write it."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:  # a last line that bazel did not finish
            return


def tally(events, status):
    """(passed, failed): the tests that passed, and {what failed: why}."""
    tests, passed, failed = set(), set(), {}
    for event in events:
        (kind, key), = event.get("id", {}).items() or [("", {})]
        label = key.get("label")
        if kind == "targetConfigured" and "testSize" in event.get("configured", {}):
            tests.add(label)
        elif kind == "targetCompleted" and not event.get("completed", {}).get("success"):
            failed[label] = "not built"
        elif kind == "testSummary":
            outcome = event["testSummary"]["overallStatus"]
            if outcome == "PASSED":
                passed.add(label)
            else:
                failed.setdefault(label, outcome.lower().replace("_", " "))
        elif kind == "progress":
            for package in BROKEN_PACKAGE.findall(event["progress"].get("stderr", "")):
                failed["//" + package] = "BUILD file could not be read"
    if status != 0:
        for label in tests - passed:
            failed.setdefault(label, "not run")
        if not failed:
            failed["bazel"] = f"left with {status}"
    return passed, failed


def main(arguments):
    if len(arguments) != 2 or not arguments[1].isdigit():
        print(__doc__.strip(), file=sys.stderr)
        return 2
    passed, failed = tally(read_events(arguments[0]), int(arguments[1]))
    print(len(passed), len(failed))
    for label in sorted(failed):
        print(f"{label}: {failed[label]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
