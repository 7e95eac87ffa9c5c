#include "rehearse/sim/runner/seed_server.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "rehearse/sim/runner/crash_page.h"
#include "rehearse/sim/runner/result_codec.h"

namespace rehearse::sim {
namespace {

constexpr int kSocketBytes = 1 << 20;  // as far as the host allows

std::string HowItEnded(const SeedEnd& end) {
  if (end.signal != 0) return SignalName(end.signal);
  if (WIFSIGNALED(end.wait_status)) return SignalName(WTERMSIG(end.wait_status));
  return absl::StrCat("the process exited with status ", WEXITSTATUS(end.wait_status),
                      " before the run ended");
}

// Evidence is three texts: frames, events, output.
void AddEvidence(absl::string_view evidence, RunResult& result) {
  const std::vector<std::string> texts = absl::StrSplit(evidence, absl::MaxSplits('\0', 2));
  if (texts.size() != 3) return;
  if (!texts[0].empty()) absl::StrAppend(&result.explanation, texts[0]);
  if (!texts[2].empty()) absl::StrAppend(&result.explanation, "it printed:\n", texts[2]);
  result.last_events = absl::StrSplit(texts[1], '\n', absl::SkipEmpty());
}

}  // namespace

absl::StatusOr<SeedServer> SeedServer::Start(const SeedProcessOptions& options) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("socketpair: ", std::strerror(errno)));
  }
  for (const int end : ends) {
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof kSocketBytes);
  }
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    // It shall not outlive who asked, not even if that one is gone already.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    ServeSeeds(ends[1], options);
  }
  close(ends[1]);
  if (process == -1) {
    close(ends[0]);
    return absl::ResourceExhaustedError(absl::StrCat("fork: ", std::strerror(errno)));
  }
  return SeedServer(ends[0], process, options.hang_timeout);
}

SeedServer::SeedServer(SeedServer&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      process_(std::exchange(other.process_, -1)),
      hang_timeout_(other.hang_timeout_) {}

SeedServer::~SeedServer() {
  if (socket_ == -1) return;
  close(socket_);
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void SeedServer::Send(const SeedRequest& request) {
  // A process that is gone shows in Receive.
  while (send(socket_, &request, sizeof request, MSG_NOSIGNAL) == -1 && errno == EINTR) {
  }
}

void SeedServer::Receive(const OnLine& on_line) {
  static char packet[kPacketBytesMax];
  const ssize_t got = recv(socket_, packet, sizeof packet, 0);
  if (got == -1 && errno == EINTR) return;
  if (got <= 0) {
    RunResult lost;
    lost.verdict = Verdict::kCrash;
    lost.reason = "the process that plays the seeds is gone; was it killed for want of memory?";
    received_.push_back(lost);
    return;
  }
  const absl::string_view body(packet + 1, static_cast<size_t>(got) - 1);
  if (static_cast<SeedPacket>(packet[0]) == SeedPacket::kEnds) return ReadEnds(body);
  if (on_line == nullptr) return;
  for (absl::string_view line : absl::StrSplit(body, '\n', absl::SkipEmpty())) on_line(line);
}

std::optional<RunResult> SeedServer::Take() {
  if (received_.empty()) return std::nullopt;
  RunResult result = std::move(received_.front());
  received_.pop_front();
  return result;
}

void SeedServer::ReadEnds(absl::string_view bytes) {
  while (bytes.size() >= sizeof(SeedEnd)) {
    SeedEnd end;
    std::memcpy(&end, bytes.data(), sizeof end);
    bytes.remove_prefix(sizeof end);
    const size_t size = size_t{end.result_bytes} + end.evidence_bytes;
    received_.push_back(ResultOf(end, bytes.substr(0, size)));
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
}

RunResult SeedServer::ResultOf(const SeedEnd& end, absl::string_view bytes) const {
  absl::StatusOr<RunResult> told = DecodeResult(bytes.substr(0, end.result_bytes));
  if (told.ok()) return *std::move(told);
  RunResult result;
  result.events = end.event_count;
  result.virtual_time = Instant::FromNanos(end.virtual_nanos);
  result.verdict = end.hung != 0 ? Verdict::kLiveness : Verdict::kCrash;
  result.reason = end.hung != 0 ? absl::StrCat("the run did not end in ",
                                               absl::FormatDuration(hang_timeout_), " of real time")
                                : HowItEnded(end);
  AddEvidence(bytes.substr(end.result_bytes), result);
  return result;
}

RunResult SeedServer::Play(const SeedRequest& request, const OnLine& on_line) {
  Send(request);
  for (;;) {
    Receive(on_line);
    if (std::optional<RunResult> result = Take()) return *std::move(result);
  }
}

}  // namespace rehearse::sim
