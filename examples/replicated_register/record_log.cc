#include "examples/replicated_register/record_log.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace examples::replicated_register {
namespace {

using rehearse::File;
using rehearse::OpenMode;

// A read that failed, or came from the wrong place, may be right the next time.
constexpr int kReadsMax = 8;

// Between offset and end; less if the file ends before.
absl::StatusOr<std::string> ReadRange(File& file, uint64_t offset, uint64_t end) {
  std::string bytes;
  for (int failures = 0; offset + bytes.size() < end;) {
    const absl::StatusOr<size_t> count =
        file.ReadAt(offset + bytes.size(), end - offset - bytes.size(), bytes);
    if (count.ok() && *count == 0) break;
    if (!count.ok() && (!absl::IsDataLoss(count.status()) || ++failures == kReadsMax)) {
      return count.status();
    }
  }
  return bytes;
}

// Whether the disk gives back what was written.
absl::Status Verify(File& file, uint64_t offset, const std::string& written) {
  for (int reads = 0; reads < kReadsMax; ++reads) {
    REHEARSE_ASSIGN_OR_RETURN(const std::string read,
                              ReadRange(file, offset, offset + written.size()));
    if (read == written) return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat("the log at ", offset, ": the disk gives back ",
                                          "something else than was written"));
}

// Puts records together from blocks that come in their order.
class Assembler {
 public:
  explicit Assembler(std::vector<std::string>& records) : records_(records) {}

  // Of a record that was never written whole.
  void AddBlank() { torn_ = true; }
  //   kDataLoss  what should be before it is not there.
  absl::Status Add(uint64_t number, const LogBlock& block) {
    if (number - block.index != begin_) {
      return absl::DataLossError(absl::StrCat("block ", begin_, " of the log is lost"));
    }
    if (torn_) return absl::OkStatus();  // the rest of a torn tail
    record_ += block.payload;
    if (!block.ends_record()) return absl::OkStatus();
    if (begin_ > 0) records_.push_back(std::exchange(record_, ""));  // not the log's head
    begin_ = number + 1;
    return absl::OkStatus();
  }

 private:
  std::vector<std::string>& records_;
  std::string record_;
  uint64_t begin_ = 0;  // the block where the next record begins
  bool torn_ = false;
};

}  // namespace

absl::Status RecordLog::Read(std::vector<std::string>& records) {
  const absl::StatusOr<std::unique_ptr<File>> file = files_.Open(path_, OpenMode::kRead);
  if (absl::IsNotFound(file.status())) return absl::OkStatus();  // nothing was promised yet
  REHEARSE_RETURN_IF_ERROR(file.status());
  REHEARSE_ASSIGN_OR_RETURN(const uint64_t size, (*file)->Size());
  REHEARSE_ASSIGN_OR_RETURN(const std::string bytes, ReadRange(**file, 0, size));
  if (bytes.size() < kBlockBytes) return absl::DataLossError("the log has lost its head");
  Assembler assembler(records);
  for (uint64_t number = 0; (number + 1) * kBlockBytes <= bytes.size(); ++number) {
    REHEARSE_ASSIGN_OR_RETURN(
        const std::optional<LogBlock> block,
        ReadBlock(**file, bytes.substr(number * kBlockBytes, kBlockBytes), number));
    if (!block.has_value()) {
      assembler.AddBlank();
      continue;
    }
    if (number == 0) generation_ = block->place.generation;
    REHEARSE_RETURN_IF_ERROR(assembler.Add(number, *block));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<LogBlock>> RecordLog::ReadBlock(File& file, std::string bytes,
                                                             uint64_t number) const {
  absl::Status damaged;
  for (int reads = 1;; ++reads) {
    absl::StatusOr<LogBlock> block =
        ParseBlock(bytes, {.generation = generation_, .number = number}, bug_);
    if (block.ok()) return *std::move(block);
    if (!IsBlank(bytes)) damaged = block.status();
    if (reads == kReadsMax) break;
    const uint64_t offset = number * kBlockBytes;
    REHEARSE_ASSIGN_OR_RETURN(bytes, ReadRange(file, offset, offset + kBlockBytes));
  }
  if (!damaged.ok()) return damaged;
  return std::nullopt;
}

absl::Status RecordLog::Rewrite(const std::vector<std::string>& records) {
  if (failed_.ok()) failed_ = RewriteDurably(records);
  return failed_;
}

absl::Status RecordLog::Append(absl::string_view record) {
  if (file_ == nullptr) return absl::FailedPreconditionError("append to a log not rewritten yet");
  if (failed_.ok()) failed_ = AppendDurably(record);
  return failed_;
}

absl::Status RecordLog::RewriteDurably(const std::vector<std::string>& records) {
  const std::string fresh = path_ + ".new";
  ++generation_;
  std::string blocks = BlocksOf("", {.generation = generation_});  // the log's head
  for (const std::string& record : records) {
    blocks += BlocksOf(record, {.generation = generation_, .number = blocks.size() / kBlockBytes});
  }
  REHEARSE_ASSIGN_OR_RETURN(file_, files_.Open(fresh, OpenMode::kReplace));
  REHEARSE_RETURN_IF_ERROR(file_->WriteAt(0, blocks));
  REHEARSE_RETURN_IF_ERROR(Synced(file_->Sync()));
  REHEARSE_RETURN_IF_ERROR(Verify(*file_, 0, blocks));
  REHEARSE_RETURN_IF_ERROR(files_.Rename(fresh, path_));
  if (bug_ != Bug::kNoDirectorySync) {
    REHEARSE_RETURN_IF_ERROR(Synced(files_.SyncDirectory(directory_)));
  }
  end_ = blocks.size() / kBlockBytes;
  return absl::OkStatus();
}

absl::Status RecordLog::AppendDurably(absl::string_view record) {
  const uint64_t offset = end_ * kBlockBytes;
  const std::string blocks = BlocksOf(record, {.generation = generation_, .number = end_});
  REHEARSE_RETURN_IF_ERROR(file_->WriteAt(offset, blocks));
  if (bug_ != Bug::kAckBeforeFsync) REHEARSE_RETURN_IF_ERROR(Synced(file_->Sync()));
  REHEARSE_RETURN_IF_ERROR(Verify(*file_, offset, blocks));
  end_ += CountBlocks(record);
  return absl::OkStatus();
}

absl::Status RecordLog::Synced(absl::Status status) const {
  const bool ignored = bug_ == Bug::kFsyncErrorIgnored && absl::IsDataLoss(status);
  return ignored ? absl::OkStatus() : status;
}

}  // namespace examples::replicated_register
