// A decoder that is given whatever bytes there are.
//
// Each file beside this one defines Fuzz for one decoder. tools/fuzz links it with libFuzzer, which
// looks for bytes that break a claim, crash, or take memory; corpus_test.cc links it with
// GoogleTest, and gives it the seeds of its corpus, whole, cut and changed.

#ifndef REHEARSE_TESTS_FUZZ_FUZZ_TARGET_H_
#define REHEARSE_TESTS_FUZZ_FUZZ_TARGET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/check.h"

namespace rehearse {

// Says by REHEARSE_CHECK what must hold whatever the bytes are. The same bytes do the same.
void Fuzz(absl::string_view bytes);

// Takes numbers off the front of the bytes, to decide by; at their end there are only zeros.
class FuzzInput {
 public:
  explicit FuzzInput(absl::string_view bytes) : left_(bytes) {}

  uint8_t Byte() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(left_[0]);
    left_.remove_prefix(1);
    return byte;
  }
  uint32_t Below(uint32_t bound) { return ((uint32_t{Byte()} << 8) | Byte()) % bound; }
  absl::string_view Take(size_t bytes_max) {
    const absl::string_view taken = left_.substr(0, bytes_max);
    left_.remove_prefix(taken.size());
    return taken;
  }
  absl::string_view Rest() { return Take(left_.size()); }
  bool empty() const { return left_.empty(); }

 private:
  absl::string_view left_;
};

// Gives `bytes` to `take` in pieces of `piece_bytes`, the last of which may be shorter.
template <typename Take>
void InPieces(absl::string_view bytes, size_t piece_bytes, const Take& take) {
  while (!bytes.empty()) {
    const absl::string_view piece = bytes.substr(0, std::max<size_t>(piece_bytes, 1));
    take(piece);
    bytes.remove_prefix(piece.size());
  }
}

template <typename T>
bool Holds(const absl::StatusOr<T>& result, const T& value) {
  return result.ok() && *result == value;
}

}  // namespace rehearse

#endif  // REHEARSE_TESTS_FUZZ_FUZZ_TARGET_H_
