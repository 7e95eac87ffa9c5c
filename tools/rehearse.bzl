"""The rules that Rehearse's own packages use: the native ones with the house's flags and header paths."""

_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
]

def _header_prefix():
    # In Bazel 4 the prefix replaces the package's path, so it is spelled whole.
    return "rehearse/" + native.package_name()

def rehearse_library(name, copts = [], **kwargs):
    """A cc_library whose headers are "rehearse/<package>/<file>.h"."""
    native.cc_library(
        name = name,
        copts = _COPTS + copts,
        include_prefix = _header_prefix(),
        **kwargs
    )

def rehearse_binary(name, copts = [], **kwargs):
    native.cc_binary(
        name = name,
        copts = _COPTS + copts,
        **kwargs
    )

def rehearse_test(name, deps = [], copts = [], size = "small", **kwargs):
    """A GoogleTest test with its main."""
    native.cc_test(
        name = name,
        size = size,
        copts = _COPTS + copts,
        deps = deps + ["@com_google_googletest//:gtest_main"],
        **kwargs
    )

def rehearse_sim_test(name, deps = [], copts = [], size = "medium", tags = [], **kwargs):
    """A test of REHEARSE_TESTs: each plays its fixed seeds; the binary by hand is a campaign."""
    native.cc_test(
        name = name,
        size = size,
        copts = _COPTS + copts,
        deps = deps + [
            "@rehearse//sim/runner:rehearse_main",
            "@rehearse//sim/runner:rehearse_test",
        ],
        # A run has one thread, so that the thread sanitizer has nothing to say about it.
        tags = tags + ["no-tsan"],
        **kwargs
    )
