#include "rehearse/actor/signals.h"

#include <mutex>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rehearse {

absl::string_view SignalName(Signal signal) {
  switch (signal) {
    case Signal::kHangUp: return "SIGHUP";
    case Signal::kInterrupt: return "SIGINT";
    case Signal::kTerminate: return "SIGTERM";
    case Signal::kUser1: return "SIGUSR1";
    case Signal::kUser2: return "SIGUSR2";
  }
  return "unknown";
}

void Signals::Subscribe(Signal signal, Recipient<Signal> to) {
  const std::lock_guard<SpinLock> lock(lock_);
  Of(signal).RemoveEnded();  // so that there are never many
  Of(signal).AddUnique(std::move(to));
}

void Signals::Unsubscribe(Signal signal, const Recipient<Signal>& to) {
  const std::lock_guard<SpinLock> lock(lock_);
  Of(signal).Remove(to);
}

bool Signals::Raise(Signal signal) {
  Group<Signal> told;  // outside of the lock, and dropped outside of it
  {
    const std::lock_guard<SpinLock> lock(lock_);
    told = Of(signal);
  }
  return told.TryTellAll(signal) > 0;
}

Signals& SignalsOf(const Node& node) {
  Signals* const signals = node.Find<Signals>();
  if (signals == nullptr) {
    throw std::logic_error(
        absl::StrCat("node ", node.name(), " has no signals: RunNode and sim::World provide them"));
  }
  return *signals;
}

}  // namespace rehearse
