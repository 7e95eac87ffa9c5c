// A journal on a disk: what it has acknowledged it still has, after errors, a full disk, and a loss
// of power.
//
//   no-sync              it acknowledges what only the host's memory holds
//   no-checksum          it takes for a record what begins like one
//   read-error-is-end    what can't be read is not there
//   write-error-ignored  it goes on after an error of the disk
//   full-ignored         it goes on when the disk is full
//   no-patience          what takes long has failed, and may be done otherwise

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/files.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/host.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/trace/run_trace.h"
#include "rehearse/tests/planted/given.h"

namespace rehearse::planted {
namespace {

constexpr size_t kRecordBytes = 700;  // on two sectors
constexpr size_t kSumBytes = 21;      // a space, and up to twenty digits
constexpr int kRecords = 60;
constexpr int kReadAfter = 8;

// Survives the node.
struct Acknowledged {
  std::vector<std::string> records;
};

// Of kRecordBytes. `hand`: who wrote it.
std::string RecordOf(int number, int hand) {
  std::string record = absl::StrCat("record ", number, " by ", hand, " ");
  record.resize(kRecordBytes - kSumBytes, static_cast<char>('a' + number % 26));
  const std::string sum = absl::StrCat(sim::HashBytes(record));
  return absl::StrCat(record, std::string(kSumBytes - sum.size(), ' '), sum);
}

bool IsRecord(const std::string& bytes, int number, bool believes) {
  if (!absl::StartsWith(bytes, absl::StrCat("record ", number, " by "))) return false;
  if (believes) return true;
  const std::string record = bytes.substr(0, kRecordBytes - kSumBytes);
  return absl::EndsWith(bytes, absl::StrCat(" ", sim::HashBytes(record)));
}

struct Append {
  int number = 0;
  std::string record;
};

// Writes where it is told, until it is done.
class Writer : public Actor {
 public:
  Writer(File* file, const Given* given) : file_(*file), given_(*given) {}

  absl::Status Handle(const Append& append) {
    while (true) {
      const uint64_t at = static_cast<uint64_t>(append.number) * kRecordBytes;
      const absl::Status written = file_.WriteAt(at, append.record);
      if (absl::IsCancelled(written)) return written;
      if (!Forgiven(written)) continue;
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(50)));  // others may come along
      if (given_.Has("no-sync")) return absl::OkStatus();
      const absl::Status synced = file_.Sync();
      if (synced.ok() || absl::IsCancelled(synced)) return synced;
    }
  }

 private:
  bool Forgiven(const absl::Status& written) const {
    if (absl::IsDataLoss(written)) return given_.Has("write-error-ignored");
    if (absl::IsResourceExhausted(written)) return given_.Has("full-ignored");
    return written.ok();
  }

  File& file_;
  const Given& given_;
};

// What is in the journal.
absl::StatusOr<std::vector<std::string>> ReadAll(File& file, const Given& given) {
  std::vector<std::string> records;
  while (true) {
    const int number = static_cast<int>(records.size());
    std::string bytes;
    absl::Status status;
    while (status.ok() && bytes.size() < kRecordBytes) {
      const auto count = file.ReadAt(static_cast<uint64_t>(number) * kRecordBytes + bytes.size(),
                                     kRecordBytes - bytes.size(), bytes);
      status = count.status();
      if (count.ok() && *count == 0) break;
    }
    if (absl::IsCancelled(status)) return status;
    if (!status.ok() && !given.Has("read-error-is-end")) continue;
    if (!IsRecord(bytes, number, given.Has("no-checksum"))) return records;
    records.push_back(bytes);
  }
}

absl::Status Judge(File& file, const Acknowledged& acknowledged, const Given& given) {
  REHEARSE_ASSIGN_OR_RETURN(const auto records, ReadAll(file, given));
  const size_t kept = acknowledged.records.size();
  REHEARSE_EXPECT(records.size() >= kept)
      << kept << " records were acknowledged, " << records.size() << " are there";
  for (size_t i = 0; i < std::min(kept, records.size()); ++i) {
    REHEARSE_EXPECT(records[i] == acknowledged.records[i])
        << "record " << i << " is " << records[i].substr(0, 20);
  }
  for (size_t i = kept; i < records.size(); ++i) {
    REHEARSE_EXPECT(IsRecord(records[i], static_cast<int>(i), false))
        << "record " << i << ", which was not acknowledged, is no whole one";
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<File>> OpenForGood(Files& files) {
  while (true) {
    auto file = files.Open("/journal", OpenMode::kCreate);
    if (absl::IsCancelled(file.status())) return file;
    if (file.ok() && files.SyncDirectory("/").ok()) return file;
    REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(10)));
  }
}

// Whether it was done within a second. An ask that is given up would be taken back; who asks here
// goes on.
bool AppendsSoon(Node& node, const ActorRef<Writer>& writer, const Append& append) {
  const auto done = std::make_shared<bool>(false);
  Task::Start(node, "append", [writer, append, done] { *done = writer.Ask(append).ok(); }).Unref();
  for (int i = 0; i < 100 && !*done; ++i) {
    if (!Sleep(absl::Milliseconds(10)).ok()) return false;
  }
  return *done;
}

// Appends what comes next; the record that is there then.
absl::StatusOr<std::string> AppendNext(Node& node, File& file, const ActorRef<Writer>& writer,
                                       int number, const Given& given) {
  const Append first{number, RecordOf(number, 1)};
  if (!given.Has("no-patience")) {
    REHEARSE_RETURN_IF_ERROR(writer.Ask(first));
    return first.record;
  }
  if (AppendsSoon(node, writer, first)) return first.record;
  const Append second{number, RecordOf(number, 2)};
  REHEARSE_RETURN_IF_ERROR(node.Spawn<Writer>(&file, &given).Ask(second));
  return second.record;
}

Program JournalProgram(sim::World& world, const Given& given) {
  return [&acknowledged = world.Shared<Acknowledged>(), given](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto file, OpenForGood(FilesOf(node)));
    REHEARSE_RETURN_IF_ERROR(Judge(*file, acknowledged, given));
    const auto writer = node.Spawn<Writer>(file.get(), &given);
    while (acknowledged.records.size() < kRecords) {
      const int number = static_cast<int>(acknowledged.records.size());
      REHEARSE_ASSIGN_OR_RETURN(std::string record, AppendNext(node, *file, writer, number, given));
      acknowledged.records.push_back(std::move(record));
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(200)));
      if (number % kReadAfter == 0) REHEARSE_RETURN_IF_ERROR(Judge(*file, acknowledged, given));
    }
    return absl::OkStatus();
  };
}

REHEARSE_TEST(Planted, Journal) {
  const Given given = GivenTo(world);
  const Acknowledged& acknowledged = world.Shared<Acknowledged>();
  world.AddNode("server", JournalProgram(world, given));
  world.Inject(sim::Swarm{
      .horizon = absl::Seconds(20), .victims = "server", .disks = true, .without = given.without});
  world.RunUntil([&] { return acknowledged.records.size() == kRecords; }, absl::Minutes(10));
  REHEARSE_EXPECT(acknowledged.records.size() == kRecords)
      << "only " << acknowledged.records.size() << " records were acknowledged";
}

}  // namespace
}  // namespace rehearse::planted
