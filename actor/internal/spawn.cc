#include "rehearse/actor/internal/spawn.h"

#include <utility>

namespace rehearse::internal {
namespace {

// The first message of an actor that may live more than once.
struct FirstLife {
  static void Invoke(Cell& cell, Envelope&) { cell.revival()->recipe->Build(cell); }
};

void StartPlainly(Cell& cell, Envelope& envelope) {
  StartObject(cell, envelope.As<BuildPlainly>()(cell.object()));
}
constexpr MessageOps kPlainStart = {"start", &StartPlainly, nullptr};

}  // namespace

void StartObject(Cell& cell, Actor& actor) {
  cell.MarkConstructed();
  if (const absl::Status status = actor.OnStart(); !status.ok()) {
    if (ObeysStop(cell, status)) return;
    throw ToldHandlerFailed(status);
  }
  cell.PutOwnFirst();
  cell.MarkRunning();
}

CellRef StartCell(Node& node, const ActorClass& actor_class, const CellOptions& options,
                  EnvelopePtr start) {
  Cell& cell = Cell::Create(node, actor_class, options);
  CellRef ref = CellRef::Adopted(cell);
  cell.Start(std::move(start), options.link_to);
  return ref;
}

EnvelopePtr MakePlainStart(Node& node, BuildPlainly build) {
  return EnvelopePtr(MakeEnvelope<BuildPlainly, false>(BlocksOf(node), kPlainStart, build));
}

Cell& StartCellPlainly(Node& node, const ActorClass& actor_class, const CellOptions& options,
                       BuildPlainly build) {
  EnvelopePtr start = MakePlainStart(node, build);
  Cell& cell = Cell::Create(node, actor_class, options);
  cell.Start(std::move(start), options.link_to);
  return cell;
}

CellRef SpawnRevivable(Node& node, const ActorClass& actor_class, const CellOptions& options,
                       std::unique_ptr<const Recipe> recipe, std::unique_ptr<Keeper> keeper) {
  EnvelopePtr start(MakeEnvelope<FirstLife, false>(BlocksOf(node), kStartOps<FirstLife>));
  Cell& cell = Cell::Create(node, actor_class, options);
  CellRef ref = CellRef::Adopted(cell);
  cell.SetRevival(std::move(recipe), std::move(keeper));
  cell.Start(std::move(start), options.link_to);
  return ref;
}

}  // namespace rehearse::internal
