// What an object would do if its clients came one after the other.
//
// A judge asks whether a concurrent history could have been such a queue; the model is the queue's
// rule book.

#ifndef REHEARSE_SIM_CHECK_SEQUENTIAL_MODEL_H_
#define REHEARSE_SIM_CHECK_SEQUENTIAL_MODEL_H_

#include <string>

#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {

// A function of its arguments: same answers always, no memory of its own. States are compared as
// strings, so that one state must have one spelling (a set sorts its elements, say).
class SequentialModel {
 public:
  virtual ~SequentialModel() = default;

  // The state before the first operation.
  virtual std::string Initial() const = 0;

  // Whether `operation`, taken in `state`, may do what it is known to have done; sets `*next` to
  // the state afterwards if so. An outcome of kOk binds it to its result; kUnknown has no result
  // and allows any; kFailed is never asked about. The outcome decides only whether it is allowed:
  // where it leads follows from the state, the operation's name and its argument. Reads no other
  // field: who asked and when is the judge's business (the owner of a lock goes into the argument).
  virtual bool Step(const std::string& state, const Operation& operation,
                    std::string* next) const = 0;

  // Whether `operation` leaves each state that allows it as it was. False is always a safe answer;
  // true for reads spares the judge most of its search.
  virtual bool OnlyReads(const Operation& operation) const = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_SEQUENTIAL_MODEL_H_
