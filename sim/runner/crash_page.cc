#include "rehearse/sim/runner/crash_page.h"

#include <execinfo.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "absl/debugging/symbolize.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/sim/hermetic/cycle_counter.h"
#include "rehearse/sim/hermetic/demangled.h"
#include "rehearse/sim/hermetic/hooks.h"
#include "rehearse/sim/hermetic/run_memory.h"

namespace rehearse::sim {
namespace {

constexpr int kFramesMax = 48;
constexpr size_t kSignalStackBytes = size_t{128} << 10;

// Handlers know no more than these.
CrashPage* page_of_handler = nullptr;
AfterCrash after_of_handler = nullptr;
char signal_stack[kSignalStackBytes];

void Die(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  raise(signal);
}

// Where the signal struck; null where we don't know how to ask.
void* StruckAt([[maybe_unused]] void* context) {
#if defined(__x86_64__)
  return reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.pc);
#else
  return nullptr;
#endif
}

void Handle(int signal, siginfo_t* info, void* context) {
  if (signal == SIGSEGV && AnswerCycleCounter(*info, context)) return;
  SetHermetic(nullptr);  // the run is over: from here on we ask the system itself
  // A second one while this is written down kills at once.
  ::signal(signal, SIG_DFL);
  const bool has_address = signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE;
  WriteCrash(*page_of_handler, signal, has_address ? info->si_addr : nullptr, StruckAt(context));
  if (after_of_handler != nullptr) after_of_handler(*page_of_handler);
  Die(signal);
}

void Catch(int signal) {
  struct sigaction action = {};
  action.sa_sigaction = &Handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGSEGV);
  sigaction(signal, &action, nullptr);
}

}  // namespace

CrashPage* CrashPage::Map() {
  void* const memory =
      mmap(nullptr, sizeof(CrashPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* const page = static_cast<CrashPage*>(memory);
  page->Reset();
  return page;
}

void CrashPage::Reset() {
  signal_ = 0;
  address_ = 0;
  result_bytes_ = 0;
  backtrace_[0] = '\0';
  events_.count = 0;
  std::memset(events_.names, 0, sizeof events_.names);
}

void CrashPage::SetResult(absl::string_view bytes) {
  const size_t kept = std::min(bytes.size(), sizeof result_);
  std::memcpy(result_, bytes.data(), kept);
  result_bytes_ = static_cast<uint32_t>(kept);
}

std::string CrashPage::SignalText() const {
  const std::string name = SignalName(signal_);
  return signal_ == SIGABRT || signal_ == SIGALRM || signal_ == SIGTRAP
             ? name
             : absl::StrCat(name, " at 0x", absl::Hex(address_));
}

std::string CrashPage::backtrace() const {
  const std::string written(backtrace_, strnlen(backtrace_, sizeof backtrace_));
  std::string text;
  for (absl::string_view line : absl::StrSplit(written, '\n', absl::SkipEmpty())) {
    const size_t name = std::min(line.find("_Z"), line.size());
    const std::string shown = Demangled(std::string(line.substr(name)));
    absl::StrAppend(&text, line.substr(0, name), shown, "\n");
  }
  return text;
}

// On the signal's stack, of a process in any state: no allocation, bounded writes.
void WriteCrash(CrashPage& page, int signal, const void* address, const void* struck_at) {
  page.signal_ = signal;
  page.address_ = reinterpret_cast<uintptr_t>(address);
  void* frames[kFramesMax];
  const int count = ::backtrace(frames, kFramesMax);
  // Above it are this function, the handler and the signal's own frame, and perhaps a sanitizer's.
  const auto first = std::find(frames, frames + count, struck_at) - frames;
  const int begin = first == count ? 0 : static_cast<int>(first);
  size_t used = 0;
  for (int i = begin; i < count && used + 1 < sizeof page.backtrace_; ++i) {
    char name[200];
    // The address of a call's return may lie in the next function.
    if (!absl::Symbolize(static_cast<char*>(frames[i]) - (i > begin ? 1 : 0), name, sizeof name)) {
      snprintf(name, sizeof name, "(no name)");
    }
    const size_t room = sizeof page.backtrace_ - used;
    const int wrote =
        snprintf(page.backtrace_ + used, room, "#%-2d %p %s\n", i - begin, frames[i], name);
    used += std::min(room - 1, static_cast<size_t>(std::max(wrote, 0)));
  }
}

void CatchCrashes(CrashPage& page, AfterCrash after) {
  page_of_handler = &page;
  after_of_handler = after;
  Catch(SIGALRM);
  Catch(SIGABRT);
  if (!RunMemoryInForce()) return;
  const stack_t stack = {.ss_sp = signal_stack, .ss_flags = 0, .ss_size = sizeof signal_stack};
  sigaltstack(&stack, nullptr);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP}) Catch(signal);
}

std::string SignalName(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name == nullptr ? absl::StrCat("signal ", signal) : absl::StrCat("SIG", name);
}

}  // namespace rehearse::sim
