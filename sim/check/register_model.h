// A register: a read returns the value that was written last.

#ifndef REHEARSE_SIM_CHECK_REGISTER_MODEL_H_
#define REHEARSE_SIM_CHECK_REGISTER_MODEL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// Knows `write` with the value as its argument, and `read` with the value as its result; any other
// operation is allowed in no state.
class RegisterModel : public SequentialModel {
 public:
  static constexpr absl::string_view kWrite = "write";
  static constexpr absl::string_view kRead = "read";

  // `initial` is what a read returns before the first write.
  explicit RegisterModel(std::string initial = "");

  std::string Initial() const override;
  bool Step(const std::string& state, const Operation& operation, std::string* next) const override;
  bool OnlyReads(const Operation& operation) const override;

 private:
  std::string initial_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_REGISTER_MODEL_H_
