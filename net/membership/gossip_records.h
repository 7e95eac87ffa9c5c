// Records that the members of a cluster pass on to each other: all have all of them, in the end.
//
// A record is one owner's, whose rule says which of two values of it counts; so in whatever order
// values come, all keep the same. What a record means is not known here.

#ifndef REHEARSE_NET_MEMBERSHIP_GOSSIP_RECORDS_H_
#define REHEARSE_NET_MEMBERSHIP_GOSSIP_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/membership/gossip.h"
#include "rehearse/net/membership/rumours.h"

namespace rehearse::net {

// Any fiber of the node.
class RecordRule {
 public:
  virtual ~RecordRule() = default;

  // Whether its owner has made this value of the record `key`. Asked before anything else.
  //   kInvalidArgument  it has not. Whoever sends it is not honest.
  virtual absl::Status Check(absl::string_view key, absl::string_view value) = 0;

  // A strict total order of values that have been checked. Called under a lock: it computes, and
  // returns.
  virtual bool Wins(absl::string_view key, absl::string_view value, absl::string_view held) = 0;
};

struct GossipRecordsOptions {
  size_t records_max = 4096;                  // further ones are not taken
  size_t records_per_owner_max = 512;         // an owner: what follows the last / of a key
  size_t frame_bytes_max = size_t{8} << 10;   // of records in a frame besides a sync's
  size_t sync_bytes_max = size_t{256} << 10;  // in one answer to a sync; another follows
  size_t group_max = 16;                      // of one group, in an answer to a claim
};

// One fiber at a time.
class GossipRecords {
 public:
  static constexpr size_t kKeyBytesMax = 256;
  static constexpr size_t kValueBytesMax = 4096;

  using Records = std::vector<std::pair<std::string, std::string>>;  // key and value

  // `rule` outlives it.
  GossipRecords(RecordRule& rule, const GossipRecordsOptions& options, int transmits)
      : rule_(rule), options_(options), rumours_(transmits) {}

  // Whether Merge could take it: else there is no use in checking who has made it.
  bool IsNews(const GossipRecord& record) const;
  // True: it is news, and is passed on. False: as much was known, or it has no room.
  bool Merge(const GossipRecord& record);

  // Null: there is none.
  const std::string* Find(absl::string_view key) const;
  // All whose keys begin with `prefix`, in the order of keys.
  Records Under(absl::string_view prefix) const;
  // Of this node alone: others may bring it back.
  void Drop(absl::string_view key);

  // Puts what is to be passed on into `frame`.
  void AddRumours(size_t members, GossipFrame& frame);
  // Those of the groups that `claim` has records of: what others have said of the same thing.
  void AddGroups(const GossipFrame& claim, GossipFrame& answer) const;
  // What this node has.
  void AddDigests(GossipFrame& sync) const;
  // What who syncs does not have, and what it has that this node does not.
  void AddMissing(const GossipFrame& sync, GossipFrame& answer) const;
  // What `answer` asks for.
  void AddWanted(const GossipFrame& answer, GossipFrame& frame) const;
  // Whether an answer may have left some out.
  bool IsFull(const GossipFrame& answer) const;

  size_t size() const { return records_.size(); }
  uint64_t refused() const { return refused_; }

 private:
  struct Held {
    std::string value;
    uint64_t key_hash = 0;
    uint64_t value_hash = 0;
  };

  bool HasRoomFor(absl::string_view key) const;

  RecordRule& rule_;
  const GossipRecordsOptions options_;
  Rumours rumours_;
  std::map<std::string, Held, std::less<>> records_;
  std::map<std::string, size_t, std::less<>> per_owner_;
  uint64_t refused_ = 0;
};

// "/names/x/" of "/names/x/PEER".
absl::string_view GroupOf(absl::string_view key);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_GOSSIP_RECORDS_H_
