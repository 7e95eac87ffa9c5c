#include "examples/replicated_register/register_client.h"

#include <algorithm>

#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/pending.h"

namespace examples::replicated_register {

using rehearse::Answered;

absl::Status RegisterClient::Write(const std::string& key, const std::string& value) {
  bool agreed = false;
  REHEARSE_ASSIGN_OR_RETURN(const Tagged newest, Newest(key, agreed));
  // A write that failed may be in a replica that was not heard now, and come up later: the tag that
  // it was given is taken.
  counter_ = std::max(counter_, newest.counter) + 1;
  return StoreAtMajority(key, {.counter = counter_, .writer = writer_, .value = value});
}

absl::StatusOr<std::string> RegisterClient::Read(const std::string& key) {
  bool agreed = false;
  REHEARSE_ASSIGN_OR_RETURN(Tagged newest, Newest(key, agreed));
  // What only some hold may be missed by a later reader, which would then see an older value: make
  // sure that a majority holds it first.
  REHEARSE_SOMETIMES(!agreed, "a read must write back what it returns");
  if (!agreed && bug_ != Bug::kNoWriteBack) {
    REHEARSE_RETURN_IF_ERROR(StoreAtMajority(key, newest));
  }
  return std::move(newest.value);
}

absl::StatusOr<Tagged> RegisterClient::Newest(const std::string& key, bool& agreed) {
  const std::vector<Promise> promised = Promised(key);
  REHEARSE_ASSIGN_OR_RETURN(const std::vector<Answered<Held>> answers,
                            AskMajority<Held>(replicas_, Query{.key = key}, known_));
  Tagged newest;
  agreed = true;
  for (size_t i = 0; i < answers.size(); ++i) {
    const Tagged tagged = answers[i].result->tagged.value_or(Tagged());
    agreed = agreed && (i == 0 || tagged == newest);
    if (Newer(tagged, newest)) newest = tagged;
    const Promise& promise = promised[answers[i].index];
    const bool of_this_life = promise.life == LifeOf(answers[i].result->lives, answers[i].index);
    REHEARSE_ALWAYS(!of_this_life || !Newer(promise.tagged, tagged),
                    "a replica keeps its promises");
  }
  REHEARSE_ALWAYS(answers.size() >= MajorityOf(replicas_), "a majority was heard");
  REHEARSE_SOMETIMES(answers[0].index != 0, "the first replica does not answer first");
  return newest;
}

std::vector<Promise> RegisterClient::Promised(const std::string& key) const {
  std::vector<Promise> promised(replicas_.size());
  if (promises_ == nullptr) return promised;
  for (size_t i = 0; i < promised.size(); ++i) promised[i] = promises_->Of(i, key);
  return promised;
}

absl::Status RegisterClient::StoreAtMajority(const std::string& key, const Tagged& tagged) {
  REHEARSE_ASSIGN_OR_RETURN(
      const std::vector<Answered<Stored>> answers,
      AskMajority<Stored>(replicas_, Store{.key = key, .tagged = tagged}, known_));
  if (promises_ == nullptr) return absl::OkStatus();
  for (const Answered<Stored>& answer : answers) {
    promises_->Add(answer.index, LifeOf(answer.result->lives, answer.index), key, tagged);
  }
  return absl::OkStatus();
}

}  // namespace examples::replicated_register
