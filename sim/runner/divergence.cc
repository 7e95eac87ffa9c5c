#include "rehearse/sim/runner/divergence.h"

#include <poll.h>

#include <deque>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/runner/sweep.h"

namespace rehearse::sim {
namespace {

// A run that is so many lines ahead waits for the other.
constexpr size_t kLinesAheadMax = 10000;

// One run, as its lines arrive.
class Side {
 public:
  Side(SeedServer& server, const SeedRequest& request) : server_(server) { server_.Send(request); }

  void Receive(bool keep) {
    server_.Receive([&](absl::string_view line) {
      if (keep) lines_.emplace_back(line);
    });
    over_ = server_.Take().has_value();
  }
  bool WantsMore() const { return !over_ && lines_.size() < kLinesAheadMax; }
  bool HasLine() const { return !lines_.empty(); }
  bool AtEnd() const { return over_ && lines_.empty(); }
  std::string Take() {
    if (lines_.empty()) return {};
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }
  bool over() const { return over_; }
  int fd() const { return server_.fd(); }

 private:
  SeedServer& server_;
  std::deque<std::string> lines_;
  bool over_ = false;
};

// A line begins with the time, then the node, then the actor's number.
std::string ActorOf(absl::string_view line) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
  if (words.size() < 2) return "nobody";
  const bool has_number = words.size() > 2 && !words[2].empty() && words[2][0] == '#';
  return has_number ? absl::StrCat(words[1], " ", words[2]) : std::string(words[1]);
}

void WaitForEither(Side& a, Side& b) {
  pollfd fds[] = {{a.WantsMore() ? a.fd() : -1, POLLIN, 0},
                  {b.WantsMore() ? b.fd() : -1, POLLIN, 0}};
  if (poll(fds, 2, -1) <= 0) return;
  if (fds[0].revents != 0) a.Receive(true);
  if (fds[1].revents != 0) b.Receive(true);
}

// Who records the event, in the plain run unless that one is over by then.
std::vector<std::string> CallersOf(const Divergence& found, SeedServer& plain,
                                   SeedServer& perturbed, uint32_t test, uint64_t seed) {
  SeedRequest request{.seed = seed, .test = test, .callers_of = found.event};
  if (found.plain.empty()) request.perturbation = PerturbationOf(seed);
  std::vector<std::string> callers;
  (found.plain.empty() ? perturbed : plain).Play(request, [&callers](absl::string_view line) {
    callers.emplace_back(line);
  });
  return callers;
}

}  // namespace

std::string Divergence::ToString() const {
  const auto shown = [](const std::string& line) {
    return line.empty() ? "(the run was over)" : line;
  };
  std::string text =
      absl::StrCat("first diverging event: number ", event, ", by ", actor,
                   "\n  plain:     ", shown(plain), "\n  perturbed: ", shown(perturbed), "\n");
  for (const std::string& caller : callers) absl::StrAppend(&text, "  in ", caller, "\n");
  return text;
}

std::optional<Divergence> FindDivergence(SeedServer& plain, SeedServer& perturbed, uint32_t test,
                                         uint64_t seed) {
  Side a(plain, {.seed = seed, .test = test, .stream_events = true});
  Side b(perturbed,
         {.seed = seed, .perturbation = PerturbationOf(seed), .test = test, .stream_events = true});
  std::optional<Divergence> found;
  for (uint64_t event = 1; !found.has_value(); ++event) {
    while (!(a.HasLine() && b.HasLine()) && !(a.AtEnd() || b.AtEnd())) WaitForEither(a, b);
    if (a.AtEnd() && b.AtEnd()) break;
    // One is over; whether the other is too shows only when it has said more.
    while (!a.HasLine() && !a.over()) WaitForEither(a, b);
    while (!b.HasLine() && !b.over()) WaitForEither(a, b);
    if (a.AtEnd() && b.AtEnd()) break;
    const std::string line_a = a.Take();
    const std::string line_b = b.Take();
    if (line_a != line_b) {
      found = Divergence{event, line_a, line_b, ActorOf(line_a.empty() ? line_b : line_a)};
    }
  }
  // Neither is left in the middle.
  while (!a.over()) a.Receive(false);
  while (!b.over()) b.Receive(false);
  if (found.has_value()) found->callers = CallersOf(*found, plain, perturbed, test, seed);
  return found;
}

}  // namespace rehearse::sim
