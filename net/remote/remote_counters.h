// What a node counts of its traffic with others, the bad part of it above all.

#ifndef REHEARSE_NET_REMOTE_REMOTE_COUNTERS_H_
#define REHEARSE_NET_REMOTE_REMOTE_COUNTERS_H_

#include <atomic>
#include <cstdint>

namespace rehearse::net {

// "closed" means that the stream was ended for it, and the node's log says so.
struct RemoteCounters {
  std::atomic<uint64_t> sent{0};               // tells and asks, handed to a connection
  std::atomic<uint64_t> received{0};           // tells and asks, for whomever
  std::atomic<uint64_t> streams{0};            // accepted
  std::atomic<uint64_t> refused_hello{0};      // closed: no hello, or another version
  std::atomic<uint64_t> late_hello{0};         // closed: no hello in time
  std::atomic<uint64_t> refused_envelope{0};   // closed: no envelope, or one that is no request
  std::atomic<uint64_t> forbidden_message{0};  // that its sender may not send
  std::atomic<uint64_t> unknown_actor{0};      // messages for a name that nobody has
  std::atomic<uint64_t> unknown_message{0};  // closed: a message that the actor's protocol has not
  std::atomic<uint64_t> bad_message{0};      // closed: a payload that does not decode
  std::atomic<uint64_t> refused_answer{0};   // closed: by a node that we asked, and no answer
  std::atomic<uint64_t> refused_signal{0};   // closed: what is no news of a life, or too many
  std::atomic<uint64_t> nodes_lost{0};       // told to who watched their actors
  std::atomic<uint64_t> held_messages{0};    // that waited for room in a mailbox
  std::atomic<uint64_t> held_up{0};          // times a stream was not read: too much unanswered
  std::atomic<uint64_t> withdrawn_asks{0};   // that their askers gave up before they had an answer
  std::atomic<uint64_t> late_answers{0};     // to asks that this node had given up

  // At present: answers that the peers have not taken yet, over all streams.
  std::atomic<uint64_t> held_answers{0};
  std::atomic<uint64_t> held_bytes{0};
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_REMOTE_COUNTERS_H_
