// What a stranger says is gossip: read, and heard by a member.

#include "rehearse/net/membership/gossip.h"

#include "rehearse/net/membership/membership_core.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

class LargerWins final : public net::RecordRule {
 public:
  absl::Status Check(absl::string_view, absl::string_view) override { return absl::OkStatus(); }
  bool Wins(absl::string_view, absl::string_view value, absl::string_view held) override {
    return value > held;
  }
};

}  // namespace

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<net::GossipFrame> frame = net::GossipFrame::Parse(bytes);
  if (!frame.ok()) return;
  LargerWins rule;
  net::GossipRecords records(rule, {.records_max = 4}, 3);
  const net::MembershipOptions options{.members_max = 4};
  net::MembershipCore core({.name = "a", .address = "/sim/a", .life = 1}, options, Random(1),
                           nullptr, Instant());
  core.SetRecords(records);
  for (const uint64_t link : {uint64_t{0}, uint64_t{7}}) {
    core.OnFrame("b", link, *frame, Instant());
    core.Tick(Instant::FromNanos(static_cast<int64_t>(link) * 10'000'000'000));
    core.TakeSends();
  }
  REHEARSE_CHECK(core.table().all().size() <= options.members_max, "too many members");
  REHEARSE_CHECK(records.size() <= 4, "too many records");
  REHEARSE_CHECK(core.self().state == net::MemberState::kAlive, "talked to death");
  REHEARSE_CHECK(core.table().Find("a") != nullptr, "forgot itself");
}

}  // namespace rehearse
