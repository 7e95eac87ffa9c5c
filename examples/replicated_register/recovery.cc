#include "examples/replicated_register/recovery.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "examples/replicated_register/majority.h"
#include "rehearse/actor/actor.h"

namespace examples::replicated_register {
namespace {

using rehearse::Answered;

constexpr absl::Duration kPause = absl::Milliseconds(100);

absl::StatusOr<size_t> NumberOf(absl::string_view name, int servers) {
  int number = 0;
  absl::string_view digits = name;
  if (!absl::ConsumePrefix(&digits, "server-") || !absl::SimpleAtoi(digits, &number) ||
      number < 1 || number > servers) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": want a name from server-1 to server-", servers));
  }
  return static_cast<size_t>(number) - 1;
}

// Tells a majority what `state` says of lives, and takes what they know and hold.
absl::Status Exchange(const Replicas& replicas, Recovered& state) {
  const Recover told{.lives = state.lives};
  auto answers = AskMajority<Recovered>(replicas, told, state.lives);
  while (!answers.ok() && !absl::IsCancelled(answers.status())) {
    REHEARSE_RETURN_IF_ERROR(rehearse::Sleep(kPause));
    answers = AskMajority<Recovered>(replicas, told, state.lives);
  }
  REHEARSE_RETURN_IF_ERROR(answers.status());
  std::map<std::string, Tagged> held;
  for (const Answered<Recovered>& answer : *answers) Merge(answer.result->held, held);
  state.held = StoresOf(held);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Recovered> RecoverFromOthers(rehearse::Node& node, const Options& options) {
  REHEARSE_ASSIGN_OR_RETURN(const size_t self, NumberOf(node.name(), options.servers));
  REHEARSE_ASSIGN_OR_RETURN(const Replicas replicas, FindReplicas(node, options.servers));
  Recovered state;
  REHEARSE_RETURN_IF_ERROR(Exchange(replicas, state));  // which life is this?
  if (options.bug == Bug::kNaiveRecovery) return state;
  state.lives.resize(replicas.size());
  ++state.lives[self];
  REHEARSE_RETURN_IF_ERROR(Exchange(replicas, state));  // it begins: what is promised?
  return state;
}

}  // namespace examples::replicated_register
