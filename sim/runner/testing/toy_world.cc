#include "rehearse/sim/runner/testing/toy_world.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/sim/hermetic/run_memory.h"
#include "rehearse/sim/runner/assertion.h"
#include "rehearse/sim/trace/event_ring.h"

namespace rehearse::sim {

ToyWorld::ToyWorld(const RunOptions& options)
    : options_(options),
      outer_(SetHermetic(this)),
      random_(Random(options.seed).Split("test")),
      entropy_(Random(options.seed).Split("entropy")),
      sink_([this](Verdict verdict, const std::string& reason) { Fail(verdict, reason); }) {
  result_.hash = 1;
  if (options_.ring != nullptr) options_.ring->NameNode(0, "toy");
}

ToyWorld::~ToyWorld() { SetHermetic(outer_); }

void ToyWorld::Event(absl::string_view what) {
  OutsideRunMemory outside;
  now_ += 1000000;
  ++result_.events;
  TraceEvent event;
  event.time = Instant::FromNanos(now_);
  event.actor = ActorId{1};
  event.what = what;
  if (options_.ring != nullptr) options_.ring->Add(event);
  const std::string line = EventLine(event, "toy");
  result_.hash = Mix64(result_.hash ^ HashLabel(line));
  if (options_.on_event != nullptr) options_.on_event(line);
}

void ToyWorld::Fail(Verdict verdict, const std::string& reason) {
  if (result_.verdict != Verdict::kGood) return;
  result_.verdict = verdict;
  result_.reason = reason;
}

RunResult ToyWorld::Finish() {
  result_.virtual_time = Instant::FromNanos(now_);
  if (options_.ring != nullptr) result_.last_events = options_.ring->Lines();
  return result_;
}

void ToyWorld::RandomBytes(void* out, size_t bytes) {
  auto* const at = static_cast<unsigned char*>(out);
  for (size_t i = 0; i < bytes; ++i) at[i] = static_cast<unsigned char>(entropy_.Next());
}

void ToyWorld::Refused(const char* what, const std::string& caller) {
  Fail(Verdict::kSafety, absl::StrCat(what, " was called by ", caller));
}

SeedFunction PlayToyWorld(void (*body)(ToyWorld& world)) {
  return [body](const RunOptions& options) {
    ToyWorld world(options);
    try {
      body(world);
    } catch (...) {  // the body's last frame
      const ThrownVerdict thrown = VerdictOf(std::current_exception());
      world.Fail(thrown.verdict, thrown.reason);
    }
    return world.Finish();
  };
}

}  // namespace rehearse::sim
