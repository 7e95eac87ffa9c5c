#include "examples/replicated_register/log_block.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/random.h"

namespace examples::replicated_register {
namespace {

// As it lies on the disk, in the host's byte order.
struct Header {
  uint64_t checksum = 0;  // of all that follows it in the block
  uint64_t generation = 0;
  uint64_t number = 0;
  uint32_t index = 0;
  uint32_t record_bytes = 0;
};
static_assert(sizeof(Header) == 32, "no unset bytes");

constexpr size_t kPayloadBytes = kBlockBytes - sizeof(Header);

uint64_t ChecksumOf(absl::string_view block) {
  return rehearse::HashLabel(block.substr(sizeof(Header::checksum)));
}

std::string BlockOf(Header header, absl::string_view payload) {
  std::string block(kBlockBytes, '\0');
  std::memcpy(block.data(), &header, sizeof(header));
  payload.copy(block.data() + sizeof(header), payload.size());
  header.checksum = ChecksumOf(block);
  std::memcpy(block.data(), &header, sizeof(header));
  return block;
}

absl::Status Damaged(BlockPlace place, absl::string_view how) {
  return absl::DataLossError(absl::StrCat("block ", place.number, " of the log ", how));
}

}  // namespace

bool LogBlock::ends_record() const {
  return index * kPayloadBytes + payload.size() == record_bytes;
}

size_t CountBlocks(absl::string_view record) {
  return std::max<size_t>(1, (record.size() + kPayloadBytes - 1) / kPayloadBytes);
}

std::string BlocksOf(absl::string_view record, BlockPlace place) {
  std::string blocks;
  for (uint32_t index = 0; index < CountBlocks(record); ++index) {
    blocks += BlockOf({.generation = place.generation,
                       .number = place.number + index,
                       .index = index,
                       .record_bytes = static_cast<uint32_t>(record.size())},
                      record.substr(index * kPayloadBytes, kPayloadBytes));
  }
  return blocks;
}

bool IsBlank(absl::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
}

absl::StatusOr<LogBlock> ParseBlock(absl::string_view bytes, BlockPlace place, Bug bug) {
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.checksum != ChecksumOf(bytes) && bug != Bug::kNoChecksum) {
    return Damaged(place, "has another checksum than it says");
  }
  const bool of_this_log = place.generation == 0 || header.generation == place.generation;
  const bool here = of_this_log && header.number == place.number;
  if (!here && bug != Bug::kNoPosition) {
    return Damaged(place, absl::StrCat("says that it is block ", header.number, " of writing ",
                                       header.generation));
  }
  const size_t before = size_t{header.index} * kPayloadBytes;
  if (before > header.record_bytes) return Damaged(place, "is beyond its record's end");
  const size_t length = std::min<size_t>(kPayloadBytes, header.record_bytes - before);
  return LogBlock{.place = {.generation = header.generation, .number = header.number},
                  .index = header.index,
                  .record_bytes = header.record_bytes,
                  .payload = std::string(bytes.substr(sizeof(header), length))};
}

}  // namespace examples::replicated_register
