// What the programs of this example are told on the command line, after "--".

#ifndef EXAMPLES_REPLICATED_REGISTER_OPTIONS_H_
#define EXAMPLES_REPLICATED_REGISTER_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace examples::replicated_register {

// Bugs planted for the simulator to find.
enum class Bug : uint8_t {
  kNone,
  kNoWriteBack,      // a read returns without making sure that a majority holds what it saw
  kForgetOnRestart,  // a restarted replica answers, though it has forgotten what it promised
};

struct Options {
  enum class Role : uint8_t { kServer, kClient };

  Role role = Role::kServer;
  int servers = 3;     // client: they are server-1 to server-N
  int workers = 4;     // client: operations under way at once
  int keys = 2;        // client
  int operations = 0;  // client: for each worker; 0: until `time` is over
  absl::Duration time = absl::Seconds(10);
  absl::Duration think = absl::ZeroDuration();  // client: longest pause between operations
  Bug bug = Bug::kNone;
};

extern const char kOptionsHelp[];

//   kInvalidArgument  an argument that is not in kOptionsHelp, or a value that can't be.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& args);

//   kInvalidArgument  no such bug.
absl::StatusOr<Bug> ParseBug(const std::string& name);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_OPTIONS_H_
