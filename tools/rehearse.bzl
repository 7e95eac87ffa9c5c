"""The rules that Rehearse's own packages use: the native ones with the house's flags and header paths."""

load("//tools:headers.bzl", "prefixed_headers")

_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
]

def rehearse_library(name, hdrs = [], deps = [], copts = [], testonly = False, **kwargs):
    """A cc_library whose headers are "rehearse/<package>/<file>.h"."""
    prefixed_headers(
        name = name + "_prefixed",
        hdrs = hdrs,
        prefix = "rehearse/" + native.package_name(),
        testonly = testonly,
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        hdrs = hdrs,
        deps = deps + [":%s_prefixed" % name],
        copts = _COPTS + copts,
        testonly = testonly,
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
