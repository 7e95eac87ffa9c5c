// The last events of a run, raw, in memory that may be shared with another process: when a run
// crashes, its parent still reads them.

#ifndef REHEARSE_SIM_TRACE_EVENT_RING_H_
#define REHEARSE_SIM_TRACE_EVENT_RING_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/trace.h"

namespace rehearse::sim {

// Fewer than eight bytes, as the low end of a word. Loads that overlap: a copy of so few, whose
// number is known only here, would be a call, and its result not be at hand at once.
inline uint64_t ShortWord(const char* bytes, size_t count) {
  const auto byte = [bytes](size_t i) { return uint64_t{static_cast<unsigned char>(bytes[i])}; };
  if (count >= 4) {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + count - 4, 4);
    return low | uint64_t{high} << 8 * (count - 4);
  }
  if (count == 0) return 0;
  return byte(0) | byte(count / 2) << 8 * (count / 2) | byte(count - 1) << 8 * (count - 1);
}

// Plain data: no pointers, no constructor that must run.
struct EventRing {
  static constexpr size_t kEvents = 64;
  static constexpr size_t kNodes = 64;
  static constexpr size_t kWhatBytes = 72;  // whole words: see CopyShort
  static constexpr size_t kNameBytes = 23;

  struct Entry {
    int64_t time_nanos;
    uint64_t actor;
    uint64_t a;
    uint64_t b;
    uint32_t node;
    uint8_t kind;
    uint8_t what_bytes;
    char what[kWhatBytes];
  };

  void Add(const TraceEvent& event) {
    Entry& entry = entries[count % kEvents];
    entry.time_nanos = event.time.nanos();
    entry.actor = event.actor.value;
    entry.a = event.a;
    entry.b = event.b;
    entry.node = event.node.value;
    entry.kind = static_cast<uint8_t>(event.kind);
    entry.what_bytes = static_cast<uint8_t>(std::min(event.what.size(), kWhatBytes));
    CopyShort(event.what.data(), entry.what_bytes, entry.what);
    ++count;
  }

  // Writes whole words: up to seven bytes more than `bytes`, of no meaning. Knowing that there are
  // few, the compiler would make a memcpy a `rep movs`, which takes longer to begin than the rest
  // of Add.
  static void CopyShort(const char* from, size_t bytes, char* to) {
    size_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
      uint64_t word;
      std::memcpy(&word, from + i, 8);
      std::memcpy(to + i, &word, 8);
    }
    if (i == bytes) return;
    const uint64_t word = ShortWord(from + i, bytes - i);
    std::memcpy(to + i, &word, 8);
  }

  void NameNode(uint32_t node, absl::string_view name) {
    if (node >= kNodes) return;
    const size_t bytes = std::min(name.size(), kNameBytes);
    std::memcpy(names[node], name.data(), bytes);
    names[node][bytes] = 0;
  }

  // When the last event happened; the beginning of time if there is none.
  Instant last_time() const {
    return count == 0 ? Instant() : Instant::FromNanos(entries[(count - 1) % kEvents].time_nanos);
  }

  // Oldest first.
  std::vector<std::string> Lines() const;

  uint64_t count;
  std::array<Entry, kEvents> entries;
  char names[kNodes][kNameBytes + 1];
};

// "12.000345000s server-1 #3 handle Write from #7"
std::string EventLine(const TraceEvent& event, absl::string_view node);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_TRACE_EVENT_RING_H_
