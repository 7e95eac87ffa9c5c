// One process that plays seeds one after another, each in a child of its own; this end of it.

#ifndef REHEARSE_SIM_RUNNER_SEED_SERVER_H_
#define REHEARSE_SIM_RUNNER_SEED_SERVER_H_

#include <sys/types.h>

#include <deque>
#include <functional>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/runner/seed_process.h"
#include "rehearse/sim/runner/seed_protocol.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// What a signal, an exit or a timeout left behind is a result too: kCrash or kLiveness, with the
// last events, and frames and output as explanation. A seed is never without one.
class SeedServer {
 public:
  // Given each event's line of a run with stream_events, in order.
  using OnLine = std::function<void(absl::string_view line)>;

  // Forks. This process must have one thread.
  //   kResourceExhausted  no process or socket to be had
  static absl::StatusOr<SeedServer> Start(const SeedProcessOptions& options);

  SeedServer(SeedServer&& other) noexcept;
  SeedServer& operator=(SeedServer&&) = delete;
  ~SeedServer();  // ends the process, and what it plays

  // Requests are played in order; a few may wait.
  void Send(const SeedRequest& request);

  // Readable when Receive has something.
  int fd() const { return socket_; }

  // Takes one packet, waiting for it: lines, or results of the oldest requests, for Take.
  void Receive(const OnLine& on_line);

  // The next result that was received, one for each request and in their order.
  std::optional<RunResult> Take();

  // Plays one seed and waits for its result.
  RunResult Play(const SeedRequest& request, const OnLine& on_line = nullptr);

 private:
  SeedServer(int socket, pid_t process, absl::Duration hang_timeout)
      : socket_(socket), process_(process), hang_timeout_(hang_timeout) {}
  void ReadEnds(absl::string_view bytes);
  RunResult ResultOf(const SeedEnd& end, absl::string_view bytes) const;

  int socket_;
  pid_t process_;
  const absl::Duration hang_timeout_;
  std::deque<RunResult> received_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_SEED_SERVER_H_
