// A message on its way: what it is, who handles it, who waits for the answer.
//
// One allocation: the envelope with its payload behind it and, for asks and for observed messages
// from other nodes only, one more part in front.

#ifndef REHEARSE_ACTOR_ENVELOPE_H_
#define REHEARSE_ACTOR_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/runtime/blocks.h"
#include "rehearse/actor/type_name.h"

namespace rehearse {

namespace internal {
class Cell;
}  // namespace internal
struct Envelope;

// Where a reply goes: a number and its generation, never a pointer, so that an asker that has given
// up leaves nothing to dangle. The top bit says that the asker is on another node.
struct ReplyId {
  static constexpr uint64_t kElsewhere = uint64_t{1} << 63;

  uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
  bool elsewhere() const { return (value & kElsewhere) != 0; }
};

// What can be done with a payload whose type is not known. One static object a type and way of
// handling.
struct MessageOps {
  using Invoke = void (*)(internal::Cell& cell, Envelope& envelope);
  using Destroy = void (*)(void* payload);
  using Put = void (*)(void* place, void* message);

  // Without the last three for what no ref sends, but only MakeEnvelope makes.
  constexpr MessageOps(absl::string_view name, Invoke invoke, Destroy destroy, Put put = nullptr,
                       size_t payload_bytes = 0, Put assign = nullptr);

  absl::string_view name;
  Invoke invoke;    // hands the message to the actor; may throw and park; null for replies
  Destroy destroy;  // null if there is nothing to do
  Put put;          // moves a message from where it is into an empty place
  uint32_t payload_bytes;
  uint8_t tell_class;  // of the blocks for it, without an AskPart and with one
  uint8_t ask_class;
  Put assign;  // moves one to where another is; null: `destroy` and `put` do that as well
};

struct AskPart {
  ReplyId reply_to;
  Instant deadline = Instant::Infinite();  // timebase; nobody wants the answer later
  uint64_t flow = 0;                       // of an observed message from another node
  bool knows_asker_left = false;           // whoever handles it has been told; see internal/asker.h
};

struct alignas(16) Envelope {
  Envelope* next = nullptr;
  const MessageOps* ops = nullptr;
  ActorId sender = {};
  // One word, so that it is made by one store.
  uint64_t size_class : 8 = 0;  // of its block
  uint64_t has_ask : 8 = false;
  uint64_t stamp_bits : 48 = 0;

  // When it was sent, if that was observed.
  SendStamp stamp() const { return {stamp_bits}; }
  void set_stamp(SendStamp stamp) { stamp_bits = stamp.value & ((uint64_t{1} << 48) - 1); }

  AskPart& ask() { return *(reinterpret_cast<AskPart*>(this) - 1); }
  const AskPart& ask() const { return *(reinterpret_cast<const AskPart*>(this) - 1); }
  void* payload() { return this + 1; }
  template <typename M>
  M& As() {
    return *static_cast<M*>(payload());
  }

  // Whether it is an ask whose deadline is over.
  bool ExpiredAt(Instant now) { return has_ask && ask().deadline < now; }

  // Who waits for an answer; none for a tell, or once the reply was taken over.
  ReplyId reply_to() { return has_ask ? ask().reply_to : ReplyId{}; }
  ReplyId TakeReplyTo() { return has_ask ? std::exchange(ask().reply_to, ReplyId{}) : ReplyId{}; }

  void DestroyPayload() {
    if (ops->destroy != nullptr) ops->destroy(payload());
  }
  void Release(Worker* worker = CurrentWorker()) {
    ReleaseBlock(reinterpret_cast<std::byte*>(this) - (has_ask ? sizeof(AskPart) : 0), size_class,
                 worker);
  }
};

struct EnvelopeDeleter {
  void operator()(Envelope* envelope) const {
    envelope->DestroyPayload();
    envelope->Release();
  }
};
using EnvelopePtr = std::unique_ptr<Envelope, EnvelopeDeleter>;

// The destroy of a payload of type M.
template <typename M>
void DestroyAs(void* payload) {
  static_cast<M*>(payload)->~M();
}
template <typename M>
inline constexpr void (*kDestroy)(void*) = std::is_trivially_copyable_v<M> ? nullptr
                                                                           : &DestroyAs<M>;

// The put of a message of type M; one for all of a size that are no more than their bytes.
template <typename M>
void PutAs(void* place, void* message) {
  static_assert(alignof(M) <= alignof(Envelope), "a message's alignment is 16 at most");
  new (place) M(static_cast<M&&>(*static_cast<M*>(message)));
}
template <size_t kBytes, size_t kAlignment>
void PutBytes(void* place, void* message) {
  static_assert(kAlignment <= alignof(Envelope), "a message's alignment is 16 at most");
  std::memcpy(place, message, kBytes);
}
template <typename M, bool kIsBytes = std::is_trivially_copyable_v<M>>
inline constexpr MessageOps::Put kPut = &PutAs<M>;
template <typename M>
inline constexpr MessageOps::Put kPut<M, true> = &PutBytes<sizeof(M), alignof(M)>;

// The assign of a message of type M: null but for a polymorphic one, which may be part of a larger
// object, and that is not to be taken apart.
template <typename M>
void AssignAs([[maybe_unused]] void* place, [[maybe_unused]] void* message) {
  if constexpr (std::is_move_assignable_v<M>) {
    *static_cast<M*>(place) = static_cast<M&&>(*static_cast<M*>(message));
  }
}
template <typename M, bool kMayBePart = std::is_polymorphic_v<M>>
inline constexpr MessageOps::Put kAssign = nullptr;
template <typename M>
inline constexpr MessageOps::Put kAssign<M, true> = &AssignAs<M>;

static_assert(sizeof(AskPart) % alignof(Envelope) == 0);
static_assert(sizeof(void*) != 8 || sizeof(Envelope) == 32);

inline constexpr size_t kMessageAlignmentMax = alignof(Envelope);

constexpr MessageOps::MessageOps(absl::string_view name, Invoke invoke, Destroy destroy, Put put,
                                 size_t payload_bytes, Put assign)
    : name(name),
      invoke(invoke),
      destroy(destroy),
      put(put),
      payload_bytes(static_cast<uint32_t>(payload_bytes)),
      tell_class(BlockClassOf(sizeof(Envelope) + payload_bytes)),
      ask_class(BlockClassOf(sizeof(AskPart) + sizeof(Envelope) + payload_bytes)),
      assign(assign) {}

namespace internal {
// Of a message that nobody can be sent.
inline constexpr MessageOps kNoHandler = {"", nullptr, nullptr};
}  // namespace internal

// The block of an envelope with so large a payload.
template <size_t kPayloadBytes, bool kWithAsk>
struct EnvelopeBlock {
  static constexpr size_t kBytes =
      (kWithAsk ? sizeof(AskPart) : 0) + sizeof(Envelope) + kPayloadBytes;
  static constexpr uint8_t kClass = BlockClassOf(kBytes);
};

// An envelope whose message is not in its place yet. If it never comes, as when its constructor
// throws, the block is given back.
//
// What does not depend on the message's type is here, for each message of a program is compiled
// through what is left.
class Blank {
 public:
  Blank(void* block, const MessageOps& ops, uint8_t size_class, bool with_ask) {
    if (with_ask) block = new (block) AskPart + 1;
    envelope_ = new (block) Envelope{.ops = &ops, .size_class = size_class, .has_ask = with_ask};
  }
  ~Blank() {
    if (envelope_ != nullptr) envelope_->Release();
  }
  Blank(const Blank&) = delete;
  Blank& operator=(const Blank&) = delete;

  void* place() const { return envelope_->payload(); }
  // The message is in its place.
  Envelope* Fill() { return std::exchange(envelope_, nullptr); }

 private:
  Envelope* envelope_;
};

// An envelope with a message of type M made of `arguments`.
template <typename M, bool kWithAsk, typename... Arguments>
Envelope* MakeEnvelope(BlockPool& pool, const MessageOps& ops, Arguments&&... arguments) {
  static_assert(alignof(M) <= kMessageAlignmentMax, "a message's alignment is 16 at most");
  using Block = EnvelopeBlock<sizeof(M), kWithAsk>;
  Blank blank(AllocateBlock(pool, Block::kClass, Block::kBytes), ops, Block::kClass, kWithAsk);
  new (blank.place()) M(static_cast<Arguments&&>(arguments)...);
  return blank.Fill();
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENVELOPE_H_
