#include "rehearse/actor/internal/observed.h"

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/node.h"

namespace rehearse::internal {

ObservedActor ObservedAs(const Cell& cell) {
  return {.node = cell.domain().id(), .id = cell.actor_id(), .class_name = cell.class_name()};
}

ObservedMessage ObservedAs(const Envelope& envelope, bool own) {
  return {.name = envelope.ops->name,
          .sender = envelope.sender,
          .stamp = envelope.stamp(),
          .flow = envelope.has_ask ? envelope.ask().flow : 0,
          .own = own};
}

void MarkArrival(Envelope& envelope, uint64_t flow) {
  if (CurrentObserver() == nullptr) return;
  envelope.set_stamp(CurrentWorker()->Stamp());
  if (envelope.has_ask) envelope.ask().flow = flow;
}

uint64_t MarkDeparture(Node& from, absl::string_view name) {
  if (CurrentObserver() == nullptr) return 0;
  Worker& worker = *CurrentWorker();
  const Cell* const cell = CellOn(worker);
  const ObservedActor sender =
      cell != nullptr ? ObservedAs(*cell) : ObservedActor{.node = from.id()};
  // No two nodes draw from the same stream, no two workers of one the same place of it.
  const uint64_t place =
      static_cast<uint64_t>(worker.index()) << SendStamp::kBits | worker.Stamp().value;
  const uint64_t flow = from.random("flow").At(place);
  return worker.observer->SentElsewhere(sender, name, flow, worker.poller().Now()) ? flow : 0;
}

}  // namespace rehearse::internal
