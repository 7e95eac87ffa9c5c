// Which build this is: for what is written now and read by a later one.

#ifndef REHEARSE_SIM_RUNNER_BUILD_IDENTITY_H_
#define REHEARSE_SIM_RUNNER_BUILD_IDENTITY_H_

#include <functional>
#include <string>

namespace rehearse::sim {

struct BuildIdentity {
  // Of the git repository around the working directory, or around the workspace that `bazel run`
  // names, as it is now: "unknown" where there is none. It does not say whether the tree was clean.
  std::string commit;
  // The linker's build id of this binary, in hexadecimal; "unknown" if it has none.
  std::string build;
};

// `environment` as for ParseFlags. Reads files: before any run.
BuildIdentity IdentifyBuild(const std::function<const char*(const char*)>& environment);

// The commit that is checked out in the repository around `folder`; "unknown" if that is none, or
// says nothing that can be understood.
std::string CommitAround(const std::string& folder);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_BUILD_IDENTITY_H_
