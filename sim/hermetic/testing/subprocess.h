// Runs a program and keeps what it says.

#ifndef REHEARSE_SIM_HERMETIC_TESTING_SUBPROCESS_H_
#define REHEARSE_SIM_HERMETIC_TESTING_SUBPROCESS_H_

#include <cstddef>
#include <string>
#include <vector>

namespace rehearse::sim {

struct SubprocessOptions {
  std::vector<std::string> environment = {};  // NAME=value, and nothing besides
  // personality(2) fails with EPERM, as in some containers.
  bool refuse_personality = false;
  // Of the stack's limit; 0: as it is.
  size_t stack_bytes = 0;
};

struct SubprocessResult {
  int exit_code = -1;  // -1 if a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

// `arguments` begin with the program's path. Waits for its end, however long that takes.
SubprocessResult RunSubprocess(const std::vector<std::string>& arguments,
                               const SubprocessOptions& options = {});

// Where a test's data dependency of this package-relative path is: "sim/runner/testing/planted".
std::string Runfile(const std::string& path);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_TESTING_SUBPROCESS_H_
