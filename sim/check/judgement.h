// What a judge says about a history, and what it may spend on finding out.

#ifndef REHEARSE_SIM_CHECK_JUDGEMENT_H_
#define REHEARSE_SIM_CHECK_JUDGEMENT_H_

#include <cstdint>
#include <string>

namespace rehearse::sim {

enum class Answer : uint8_t {
  kLinearizable,
  kNotLinearizable,
  kUndecided,  // the limits were reached first
};

// For each object of a history. Deciding is NP-complete, so that a search without a bound might
// not come back; the defaults are a few seconds and a quarter of a gigabyte.
struct JudgeLimits {
  uint64_t steps_max = 40'000'000;         // questions to the model, for the most part
  uint64_t memory_bytes_max = 256u << 20;  // for what the search remembers, estimated
};

struct Judgement {
  Answer answer = Answer::kUndecided;

  // For people, of several lines if something is wrong: which object, the operation that has no
  // place and why, how far the history was in order, and what overlapped there.
  std::string explanation;

  // Of a violation: the object, and the operation whose end no order gets past. Cut just before
  // that end, the object's history is linearizable.
  std::string object;
  uint64_t operation = 0;

  // What was spent, on all objects together: a measure of time that is the same on each machine.
  uint64_t steps = 0;

  bool linearizable() const { return answer == Answer::kLinearizable; }
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_JUDGEMENT_H_
