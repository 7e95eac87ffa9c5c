#!/usr/bin/env python3
"""Writes a program whose compilation is to be measured.

usage: bench/compile/generate.py handlers|actors COUNT

"handlers": one actor that takes COUNT messages, each of which is told and asked once by its program.
"actors": COUNT actors that take two messages each, all of them spawned, told and asked.
"""

import sys

OPENING = """\
#include <cstdint>
#include <string>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/node/run_node.h"

"""

CLOSING = """\
int main(int argc, char** argv) {
  return rehearse::net::RunNode(argc, argv, [](rehearse::Node& node) {
    node.Shutdown();
    return Program(node);
  });
}
"""


def handlers(count):
    """One actor of `count` handlers."""
    for i in range(count):
        yield f"struct Message{i} {{\n  int64_t amount = {i};\n  std::string text;\n}};\n"
    yield "class Big : public rehearse::Actor {\n public:\n"
    for i in range(count):
        yield f"  int64_t Handle(const Message{i}& message) {{ return sum_ += message.amount; }}\n"
    yield "  int64_t sum() const { return sum_; }\n\n private:\n  int64_t sum_ = 0;\n};\n"
    yield "absl::Status Program(rehearse::Node& node) {\n"
    yield "  const rehearse::ActorRef<Big> big = node.Spawn<Big>();\n"
    for i in range(count):
        yield f"  big.Tell(Message{i}{{}});\n"
        yield (f"  if (auto sum = big.Ask(Message{i}{{}}); !sum.ok()) return sum.status();\n")
    yield "  return absl::OkStatus();\n}\n"


def actors(count):
    """`count` actors."""
    for i in range(count):
        yield (f"struct Add{i} {{\n  int64_t amount = {i};\n}};\n"
               f"struct Get{i} {{}};\n"
               f"class Actor{i} : public rehearse::Actor {{\n public:\n"
               f"  void Handle(const Add{i}& add) {{ sum_ += add.amount; }}\n"
               f"  int64_t Handle(const Get{i}&) {{ return sum_; }}\n\n"
               " private:\n  int64_t sum_ = 0;\n};\n")
    yield "absl::Status Program(rehearse::Node& node) {\n"
    for i in range(count):
        yield (f"  const auto actor{i} = node.Spawn<Actor{i}>();\n"
               f"  actor{i}.Tell(Add{i}{{}});\n"
               f"  if (auto sum = actor{i}.Ask(Get{i}{{}}); !sum.ok()) return sum.status();\n")
    yield "  return absl::OkStatus();\n}\n"


KINDS = {"handlers": handlers, "actors": actors}


def program(kind, count):
    """The whole text."""
    return OPENING + "".join(KINDS[kind](count)) + CLOSING


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in KINDS or not arguments[1].isdigit():
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    sys.stdout.write(program(arguments[0], int(arguments[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
