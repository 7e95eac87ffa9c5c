"""The rule for a fuzz target."""

load("//tools:rehearse.bzl", "rehearse_binary", "rehearse_library", "rehearse_test")

def fuzz_target(name, deps):
    """Of name.cc, which defines rehearse::Fuzz: <name>_test plays the corpus, <name>_fuzz looks for more.

    The second is for --config=fuzz alone (tools/fuzz).
    """
    rehearse_library(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        deps = deps + [":fuzz_input"],
    )
    rehearse_test(
        name = name + "_test",
        data = native.glob(["corpus/" + name + "/*"]),
        env = {"REHEARSE_CORPUS": "tests/fuzz/corpus/" + name},
        deps = [
            ":corpus_test",
            name,
        ],
    )
    rehearse_binary(
        name = name + "_fuzz",
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [
            ":fuzz_entry",
            name,
        ],
    )
