"""Where the code of others comes from: Debian's packages, under the labels of the upstream projects."""

_REPOSITORIES = [
    "com_github_google_benchmark",
    "com_github_jupp0r_prometheus_cpp",
    "com_google_absl",
    "com_google_googletest",
    "boost",
    "flatbuffers",
    "gnutls",
    "libsodium",
    "ngtcp2",
    "rapidcheck",
]

# Bazel 4 asks for these by itself; with local answers it downloads nothing.
_BAZEL_REPOSITORIES = [
    "rules_cc",
    "rules_java",
    "remote_coverage_tools",
]

def rehearse_repositories(path = "."):
    """Declares all that Rehearse needs, for Rehearse's own WORKSPACE and for yours.

    What your workspace declared before under one of these names stays as it is. In yours:

        local_repository(name = "rehearse", path = "../rehearse")
        load("@rehearse//third_party:repositories.bzl", "rehearse_repositories")
        rehearse_repositories(path = "../rehearse")

    Args:
      path: where Rehearse's checkout is, absolute or relative to the calling workspace.
    """
    for name in _BAZEL_REPOSITORIES:
        _declare(name, path + "/third_party/bazel/" + name)
    for name in _REPOSITORIES:
        _declare(name, path + "/third_party/" + name)

def _declare(name, path):
    if not native.existing_rule(name):
        native.local_repository(name = name, path = path)
