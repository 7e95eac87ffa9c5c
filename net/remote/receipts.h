// Which messages that may come again have come already.
//
// A tell that is sent until it is acknowledged has a place among those of its session, which
// outlives streams. Its sender says with each which of them it no longer sends, so that little is
// kept: those in between. They are kept as ranges, so that one that waits long for room in a
// mailbox costs no more, however many others are taken meanwhile.

#ifndef REHEARSE_NET_REMOTE_RECEIPTS_H_
#define REHEARSE_NET_REMOTE_RECEIPTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread. `peer` is who has the session, as far as the network tells peers apart.
class Receipts {
 public:
  // Of one session. A message that waits makes one range more at most, and an actor has no more
  // than kCreditMax of them wait.
  static constexpr size_t kRangesMax = 16384;
  // Of one peer: it has one at a time, and one more a life. With more, its own that has been silent
  // for longest is forgotten, and what that sends again may be taken twice.
  static constexpr size_t kSessionsOfPeerMax = 8;
  // Of all. With more, the same is done to the peer that has the most.
  static constexpr size_t kSessionsMax = 1024;

  enum class Verdict : uint8_t {
    kNew,
    kHere,     // a mailbox has it already
    kTooMany,  // wait at a time
  };

  // A message with that place has come; all before `settled` come no more.
  Verdict Look(absl::string_view peer, uint64_t session, uint64_t sequence, uint64_t settled);

  // A mailbox has it.
  void Keep(absl::string_view peer, uint64_t session, uint64_t sequence);

  size_t sessions() const;

 private:
  struct Session {
    bool Has(uint64_t sequence) const;
    void Add(uint64_t sequence);
    void Settle(uint64_t before);

    uint64_t settled = 0;
    std::map<uint64_t, uint64_t> ranges;  // first and last of each, from `settled` on
    uint64_t used = 0;                    // when, counted in looks
  };
  using Sessions = std::map<uint64_t, Session>;

  Session& SessionOf(absl::string_view peer, uint64_t session);
  static void ForgetQuietest(Sessions& sessions);
  void ForgetOne();

  mutable SpinLock lock_;
  std::map<std::string, Sessions, std::less<>> peers_;
  size_t count_ = 0;  // of sessions
  uint64_t looks_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_RECEIPTS_H_
