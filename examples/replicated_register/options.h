// What the programs of this example are told on the command line, after "--".

#ifndef EXAMPLES_REPLICATED_REGISTER_OPTIONS_H_
#define EXAMPLES_REPLICATED_REGISTER_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace examples::replicated_register {

// What a server that starts again knows of what it promised.
enum class Recovery : uint8_t {
  kNone,          // nothing: it stays silent, and the others carry on without it
  kDisk,          // all: what it promised is on its disk
  kCrashVectors,  // what a majority of the others holds
};

// Bugs planted for the simulator to find.
enum class Bug : uint8_t {
  kNone,
  kNoWriteBack,        // a read returns without making sure that a majority holds what it saw
  kForgetOnRestart,    // a restarted replica answers, though it has forgotten what it promised
  kAckBeforeFsync,     // a replica promises what only the host's memory holds
  kFsyncErrorIgnored,  // it takes for durable what the disk failed to sync
  kNoDirectorySync,    // it takes a new log file for durable without syncing its directory
  kNoChecksum,         // it believes what it reads
  kNoPosition,         // it believes what it reads to be from where it read
  kNaiveRecovery,  // it comes back with what a majority holds, and tells nobody that it was away
};

struct Options {
  enum class Role : uint8_t { kServer, kClient };

  Role role = Role::kServer;
  Recovery recovery = Recovery::kNone;  // server
  std::string data = ".";               // server: the directory of its log
  int servers = 3;                      // client: they are server-1 to server-N
  int workers = 4;                      // client: operations under way at once
  int keys = 2;                         // client
  int value_bytes = 0;                  // client: the least length of what it writes
  int operations = 0;                   // client: for each worker; 0: until `time` is over
  absl::Duration time = absl::Seconds(10);
  absl::Duration think = absl::ZeroDuration();  // client: longest pause between operations
  Bug bug = Bug::kNone;
};

extern const char kOptionsHelp[];

//   kInvalidArgument  an argument that is not in kOptionsHelp, or a value that can't be.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& args);

//   kInvalidArgument  there is none of that name.
absl::StatusOr<Recovery> ParseRecovery(absl::string_view name);
absl::StatusOr<Bug> ParseBug(absl::string_view name);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_OPTIONS_H_
