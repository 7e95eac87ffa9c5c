#!/usr/bin/env python3
"""Shows tools/top pictures of nodes, good and bad."""

import importlib.machinery
import importlib.util
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "top")
LOADER = importlib.machinery.SourceFileLoader("top", PATH)
top = importlib.util.module_from_spec(importlib.util.spec_from_loader("top", LOADER))
LOADER.exec_module(top)


def node(**more):
    return {"node": "server", "incarnation": 1, "seconds": 10.0, "workers": 2, "silent": [],
            "complete": True, **more}


def actor(actor_id, parent=0, **more):
    return {"id": actor_id, "parent": parent, "class": "app::Clerk", "state": "idle", "mailbox": 0,
            "capacity": 64, "handled": 5, "life": 1, **more}


def waits(actor_id, other):
    return actor(actor_id, state="waiting", **{"in": "Ask", "for": other})


def drawn(*lines, before=None):
    def parsed(some):
        return top.parse("path", "\n".join(json.dumps(line) for line in some))
    return top.picture(parsed(before) if before else None, parsed(lines))


class TopTest(unittest.TestCase):

    def test_children_stand_below_their_parents(self):
        rows = drawn(node(), actor(3, parent=1), actor(1), actor(2)).splitlines()[2:]
        self.assertEqual([row.split("  ")[0].strip() or row.split()[0] for row in rows],
                         ["Clerk#1", "Clerk#3", "Clerk#2"])
        self.assertTrue(rows[1].startswith("  Clerk#3"))

    def test_a_ring_is_marked_and_who_waits_for_it_is_not(self):
        text = drawn(node(), waits(1, 2), waits(2, 3), waits(3, 1), waits(4, 1), waits(5, 9))
        marked = [line.split()[0] for line in text.splitlines() if line.endswith("RING")]
        self.assertEqual(marked, ["Clerk#1", "Clerk#2", "Clerk#3"])
        self.assertIn("for Clerk#2, RING", text)

    def test_rates_are_made_of_two_looks(self):
        text = drawn(node(seconds=12.0), actor(1, handled=45),
                     before=[node(seconds=10.0), actor(1, handled=5)])
        self.assertRegex(text, r"Clerk#1 .* 45 +20 ")

    def test_says_what_is_wrong_with_the_node(self):
        text = drawn(node(silent=[1], complete=False))
        self.assertIn("workers that a handler keeps: 1", text)
        self.assertIn("more actors than are shown", text)

    def test_a_mailbox_without_a_bound_has_none(self):
        self.assertIn("3/-", drawn(node(), actor(1, mailbox=3, capacity=0)))

    def test_what_is_no_picture_is_refused(self):
        for text in ("", "junk", '{"id":1}', '{"node"'):
            with self.assertRaises(top.Unseen):
                top.parse("path", text)

    def test_a_socket_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(top.Unseen, "/nonexistent/socket: No such file"):
            top.fetch("/nonexistent/socket")


if __name__ == "__main__":
    unittest.main()
