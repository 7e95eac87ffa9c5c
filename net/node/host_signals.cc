#include "rehearse/net/node/host_signals.h"

#include <signal.h>

#include <array>
#include <utility>

namespace rehearse::net {
namespace {

constexpr std::array<std::pair<int, Signal>, kSignals> kNumbers = {{{SIGHUP, Signal::kHangUp},
                                                                    {SIGINT, Signal::kInterrupt},
                                                                    {SIGTERM, Signal::kTerminate},
                                                                    {SIGUSR1, Signal::kUser1},
                                                                    {SIGUSR2, Signal::kUser2}}};

// One that nobody else has a use for.
int WakeNumber() { return SIGRTMIN; }

sigset_t Awaited() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const auto& [number, signal] : kNumbers) sigaddset(&signals, number);
  sigaddset(&signals, WakeNumber());
  return signals;
}

}  // namespace

void BlockSignals() {
  const sigset_t signals = Awaited();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

std::optional<Signal> AwaitSignal() {
  const sigset_t signals = Awaited();
  int caught = 0;
  sigwait(&signals, &caught);
  for (const auto& [number, signal] : kNumbers) {
    if (number == caught) return signal;
  }
  return std::nullopt;
}

void WakeFromSignals(pthread_t main_thread) { pthread_kill(main_thread, WakeNumber()); }

void TakeUsualCourse(Signal signal) {
  for (const auto& [number, known] : kNumbers) {
    if (known != signal) continue;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    raise(number);
    pthread_sigmask(SIG_BLOCK, &one, nullptr);
  }
}

}  // namespace rehearse::net
