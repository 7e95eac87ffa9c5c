// What a node knows of each member: of all that was said, what is true by RankOf.
//
// Merging is a join: whatever order words come in, and how often, the same is known in the end.

#ifndef REHEARSE_NET_MEMBERSHIP_MEMBER_TABLE_H_
#define REHEARSE_NET_MEMBERSHIP_MEMBER_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/membership/gossip.h"
#include "rehearse/net/membership/member.h"

namespace rehearse::net {

struct KnownMember {
  Member member;
  std::string by;     // whose suspicion it is, or who found it dead
  std::string proof;  // of the member's own word; empty where nothing is proven
  Instant changed;    // when its state did
};

class MemberTable {
 public:
  static constexpr size_t kNameBytesMax = 255;
  static constexpr size_t kAddressBytesMax = 255;
  static constexpr size_t kProofBytesMax = 128;
  // Nobody comes this far by refuting; what is beyond it is nobody's word.
  static constexpr uint64_t kIncarnationMax = uint64_t{1} << 62;
  // Nor refutes so often unheard: who speaks of a greater one has made it up, so that its subject
  // could not outdo it.
  static constexpr uint64_t kIncarnationStepMax = uint64_t{1} << 20;

  enum class Verdict : uint8_t {
    kNews,      // it is known now
    kOld,       // as much was known, or more
    kStranger,  // that one is gone of whom nothing is known is not worth a place
    kNoRoom,    // as many are known as may be, and all of them are present
    kConflict,  // another with the name is present, or remembered, whose network proves another key
    kNotValid,  // too long, or of no state
  };

  explicit MemberTable(size_t members_max) : members_max_(members_max) {}

  Verdict Merge(const MemberWord& word, Instant now);

  // The word to pass on; `name` is known.
  MemberWord WordOf(const std::string& name) const;

  // Null: it is not known.
  const KnownMember* Find(absl::string_view name) const;
  const std::map<std::string, KnownMember, std::less<>>& all() const { return members_; }
  size_t present() const { return present_; }

  // Forgets those that were gone before `before`, but not `but`.
  void Forget(Instant before, absl::string_view but);
  // `by` suspects it, too: that is passed on from now on.
  void SetBy(absl::string_view name, std::string by);

 private:
  using ByName = std::map<std::string, KnownMember, std::less<>>;

  static bool IsValid(const MemberWord& word);
  // Forgets the one that is gone for longest, if there is one.
  bool MakeRoom();

  const size_t members_max_;
  ByName members_;
  size_t present_ = 0;
};

Member MemberOf(const MemberWord& word);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_MEMBER_TABLE_H_
