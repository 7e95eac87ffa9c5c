// A block of the log: as long as a disk's sector, and able to say by itself what it is.
//
// A disk tears a write between sectors, lets bits rot, puts sectors where they don't belong or
// takes them from there, and gives back what was there before. So each block carries a checksum and
// its own place: in the words of Krioukov and others, "Parity Lost and Parity Regained" (FAST
// 2008), a block checksum and a physical identity.

#ifndef EXAMPLES_REPLICATED_REGISTER_LOG_BLOCK_H_
#define EXAMPLES_REPLICATED_REGISTER_LOG_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "examples/replicated_register/options.h"

namespace examples::replicated_register {

inline constexpr size_t kBlockBytes = 512;

struct BlockPlace {
  uint64_t generation = 0;  // which writing of the log it is from: 1, 2, …
  uint64_t number = 0;      // from the file's begin
};

struct LogBlock {
  BlockPlace place;
  uint32_t index = 0;         // among the blocks of its record
  uint32_t record_bytes = 0;  // of the whole record
  std::string payload;

  bool ends_record() const;
};

// The blocks of `record`, the first of which is at `place`. At least one; each is full of the
// record's bytes but the last.
std::string BlocksOf(absl::string_view record, BlockPlace place);
size_t CountBlocks(absl::string_view record);

// Whether nothing was ever written there.
bool IsBlank(absl::string_view bytes);

// What is in the `kBlockBytes` bytes of block `place`; of any generation if that is 0.
//   kDataLoss  it is not what was written there.
absl::StatusOr<LogBlock> ParseBlock(absl::string_view bytes, BlockPlace place, Bug bug);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_LOG_BLOCK_H_
