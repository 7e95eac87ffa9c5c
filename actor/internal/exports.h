// Actors that other nodes may address, by name, and how messages that arrive as bytes reach them.

#ifndef REHEARSE_ACTOR_INTERNAL_EXPORTS_H_
#define REHEARSE_ACTOR_INTERNAL_EXPORTS_H_

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/message_id.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/wire.h"

namespace rehearse::internal {

// One message of an exported protocol.
struct RemoteMethod {
  MessageId id;
  absl::string_view name;
  // Makes the envelope, with an AskPart or without; kDataLoss if the bytes are not the message.
  absl::StatusOr<EnvelopePtr> (*parse)(BlockPool& pool, const MessageOps& ops,
                                       absl::string_view bytes, bool with_ask);
  // Appends a good answer's bytes to `out`, or returns the error that it is.
  absl::Status (*append_answer)(Envelope& reply, std::string& out);
  // As parse, of bytes that lie in `frame`, which the message takes along if it is OK. Null: it is
  // one that needs no frame.
  absl::StatusOr<EnvelopePtr> (*adopt)(BlockPool& pool, const MessageOps& ops, std::string& frame,
                                       absl::string_view bytes, bool with_ask);
};

struct Export {
  CellRef cell;
  const MessageOps* const* table = nullptr;
  const RemoteMethod* methods = nullptr;
  size_t method_count = 0;

  // The method's place; method_count if there is none.
  size_t Find(const MessageId& id) const {
    size_t i = 0;
    while (i < method_count && methods[i].id != id) ++i;
    return i;
  }
};

// What a name was resolved to: one of the two.
struct ResolvedName {
  Export local;
  CellRef remote;  // the cell that stands for it
};

// What the compiler says of a protocol that can't leave its node.
#define REHEARSE_NO_CODEC                                                     \
  "a message or reply of this protocol has no codec: declare it in a schema " \
  "(rehearse_messages), or use plain numbers and strings as replies"

template <typename P>
inline constexpr bool kRemotable = false;
template <typename... Signatures>
inline constexpr bool kRemotable<Protocol<Signatures...>> =
    ((WireMessage<typename SignatureTraits<Signatures>::Message> &&
      WireValue<typename AskTraits<typename SignatureTraits<Signatures>::Return>::Value>)&&...);

template <typename M>
absl::StatusOr<EnvelopePtr> EnvelopeOf(BlockPool& pool, const MessageOps& ops,
                                       absl::StatusOr<M>&& message, bool with_ask) {
  if (!message.ok()) return message.status();
  return EnvelopePtr(with_ask ? MakeEnvelope<M, true>(pool, ops, *std::move(message))
                              : MakeEnvelope<M, false>(pool, ops, *std::move(message)));
}

template <typename M>
absl::StatusOr<EnvelopePtr> ParseMessage(BlockPool& pool, const MessageOps& ops,
                                         absl::string_view bytes, bool with_ask) {
  return EnvelopeOf<M>(pool, ops, ParseWire<M>(bytes), with_ask);
}

template <typename M>
absl::StatusOr<EnvelopePtr> AdoptMessage(BlockPool& pool, const MessageOps& ops, std::string& frame,
                                         absl::string_view bytes, bool with_ask) {
  const auto at = static_cast<size_t>(bytes.data() - frame.data());
  return EnvelopeOf<M>(pool, ops, M::Adopt(frame, at, bytes.size()), with_ask);
}

template <typename M>
constexpr auto AdoptOf() -> decltype(RemoteMethod::adopt) {
  if constexpr (AdoptsFrame<M>) {
    return &AdoptMessage<M>;
  } else {
    return nullptr;
  }
}

template <typename P>
struct RemoteMethods;
template <typename... Signatures>
struct RemoteMethods<Protocol<Signatures...>> {
  static constexpr RemoteMethod kMethods[] = {
      {SignatureTraits<Signatures>::Message::kMessageId,
       TypeName<typename SignatureTraits<Signatures>::Message>(),
       &ParseMessage<typename SignatureTraits<Signatures>::Message>,
       &AppendAnswer<typename SignatureTraits<Signatures>::Return>,
       AdoptOf<typename SignatureTraits<Signatures>::Message>()}...};
};

// Of the set of these messages, in whatever order they stand: the same on all nodes.
ProtocolId ProtocolIdOf(const RemoteMethod* methods, size_t method_count);

template <typename P>
Export ExportOf(const ActorRef<P>& ref) {
  static_assert(kRemotable<P>, REHEARSE_NO_CODEC);
  if constexpr (kRemotable<P>) {
    return {ref.cell(), ref.table(), RemoteMethods<P>::kMethods, P::kSize};
  } else {
    return {};
  }
}

template <typename P>
absl::StatusOr<ActorRef<P>> RefOf(const ResolvedName& resolved) {
  if (resolved.remote) return ActorRef<P>(resolved.remote);
  if constexpr (kRemotable<P>) {
    if (resolved.local.methods != RemoteMethods<P>::kMethods) {
      return absl::FailedPreconditionError("the name was registered with another protocol");
    }
  }
  return ActorRef<P>(resolved.local.cell, resolved.local.table);
}

// One node's; any thread.
class Exports {
 public:
  Exports();
  ~Exports();

  //   kAlreadyExists  the name is taken.
  absl::Status Add(absl::string_view name, Export exported);
  // What had the name; an empty cell if nobody did.
  Export Remove(absl::string_view name);
  void Clear();
  // A copy; an empty cell if there is none.
  Export Find(absl::string_view name) const;
  // The actor that has the name or had it last, ended or not.
  WeakCell FindCell(absl::string_view name) const;

  // The actor may be watched by its number until it ends, and addressed with the messages of
  // `protocol`, whose cell does not matter.
  void AddNumber(Cell& actor, const Export& protocol);
  // With the messages among which is `message`.
  Export FindNumber(ActorId number, const MessageId& message) const;
  WeakCell FindNumber(ActorId number) const;

 private:
  struct ByName;
  struct ByNumber;

  void ForgetEnded();

  mutable SpinLock lock_;
  const std::unique_ptr<ByName> by_name_;
  const std::unique_ptr<ByNumber> by_number_;
  size_t sweep_at_;  // numbers; when there are so many, those that have ended go
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_EXPORTS_H_
