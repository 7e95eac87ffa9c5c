// Records on a disk, one after the other: what was appended is there after any fall of the host.
//
//   RecordLog log(FilesOf(node), "/var/lib/me", bug);
//   std::vector<std::string> records;
//   REHEARSE_RETURN_IF_ERROR(log.Read(records));     // what was promised
//   REHEARSE_RETURN_IF_ERROR(log.Rewrite(records));  // or what of it still matters
//   REHEARSE_RETURN_IF_ERROR(log.Append("from now on I hold this"));
//
// What it does against which failure:
//   - A fall in the middle of an Append leaves some of the record's blocks blank. That is a torn
//     tail; it is cut when the log is read. Each record has blocks of its own, so that nothing
//     that was promised is written a second time.
//   - A rewritten log becomes the log by a rename, once it is on the disk; it is sure to be found
//     once its directory is synced.
//   - After a failed Sync the host's memory shows what is on no disk. So a log that was read has to
//     be rewritten first of all.
//   - A block that is neither blank nor what was written there is damaged, and a blank one before a
//     later record is lost. Then the log can't be read.
//   - A sector that went elsewhere leaves its place blank: at the log's end that looks like a torn
//     tail. So what was written is read back before it is promised (write-verify; Krioukov and
//     others, FAST 2008). A host that answers that from its memory hides it: on real disks it is
//     certain only where reads go past it.

#ifndef EXAMPLES_REPLICATED_REGISTER_RECORD_LOG_H_
#define EXAMPLES_REPLICATED_REGISTER_RECORD_LOG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "examples/replicated_register/log_block.h"
#include "examples/replicated_register/options.h"
#include "rehearse/actor/env/files.h"

namespace examples::replicated_register {

// One fiber's at a time. All calls park it, and besides their own have the errors of Files. After
// an error of Rewrite or Append nobody knows what is on the disk: they return that error from then
// on, and it takes another RecordLog to go on.
class RecordLog {
 public:
  // The log in `directory`, which must be there. `files` outlive it.
  RecordLog(rehearse::Files& files, const std::string& directory, Bug bug)
      : files_(files), directory_(directory), path_(directory + "/register.log"), bug_(bug) {}

  // Adds what the log holds to `records`, in order; nothing if there is none yet.
  //   kDataLoss  it is damaged, or can't be read.
  absl::Status Read(std::vector<std::string>& records);

  // OK: the log holds these, and nothing else, on the disk. After a fall in between it is these or
  // what it held.
  //   kDataLoss  the disk failed, or does not give back what was written.
  absl::Status Rewrite(const std::vector<std::string>& records);

  // OK: the record is in the log too, on the disk. Errors as Rewrite's, and
  //   kFailedPrecondition  the log was not rewritten yet.
  absl::Status Append(absl::string_view record);

  // How long it is, in blocks of kBlockBytes.
  uint64_t blocks() const { return end_; }

 private:
  // Nothing: it is blank. `bytes` were read there.
  absl::StatusOr<std::optional<LogBlock>> ReadBlock(rehearse::File& file, std::string bytes,
                                                    uint64_t number) const;
  absl::Status RewriteDurably(const std::vector<std::string>& records);
  absl::Status AppendDurably(absl::string_view record);
  // What becomes of a Sync's status.
  absl::Status Synced(absl::Status status) const;

  rehearse::Files& files_;
  const std::string directory_;
  const std::string path_;
  const Bug bug_;
  std::unique_ptr<rehearse::File> file_;  // null until it was rewritten
  uint64_t generation_ = 0;
  uint64_t end_ = 0;     // the number of the next block
  absl::Status failed_;  // of Rewrite or Append
};

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_RECORD_LOG_H_
