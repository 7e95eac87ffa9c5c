#include "rehearse/sim/runner/result_codec.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

// Their sum, with lengths and numbers, stays under kResultBytesMax.
constexpr size_t kTextBytesMax = size_t{32} << 10;
constexpr size_t kMarksMax = size_t{4} << 10;  // of more sites, the others count as never met
constexpr size_t kLineBytesMax = 400;
constexpr size_t kLinesMax = 100;

void PutNumber(uint64_t number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void PutText(absl::string_view text, size_t bytes_max, std::string& out) {
  constexpr absl::string_view kCut = " (cut)";
  const bool cut = text.size() > bytes_max;
  const std::string kept =
      cut ? absl::StrCat(text.substr(0, bytes_max - kCut.size()), kCut) : std::string(text);
  PutNumber(kept.size(), out);
  out.append(kept);
}

// Reads from the front of the bytes; stays failed once it failed.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : bytes_(bytes) {}

  uint64_t Number() {
    uint64_t number = 0;
    const absl::string_view from = Take(sizeof number);
    if (from.size() == sizeof number) std::memcpy(&number, from.data(), sizeof number);
    return number;
  }
  std::string Text() { return std::string(Take(Number())); }
  bool AtEnd() const { return good_ && bytes_.empty(); }
  bool good() const { return good_; }

 private:
  absl::string_view Take(uint64_t bytes) {
    if (!good_ || bytes > bytes_.size()) {
      good_ = false;
      return {};
    }
    const absl::string_view taken = bytes_.substr(0, bytes);
    bytes_.remove_prefix(bytes);
    return taken;
  }

  absl::string_view bytes_;
  bool good_ = true;
};

}  // namespace

void EncodeResult(const RunResult& result, std::string& out) {
  PutNumber(static_cast<uint64_t>(result.verdict), out);
  PutNumber(result.hash, out);
  PutNumber(result.events, out);
  PutNumber(static_cast<uint64_t>(result.virtual_time.nanos()), out);
  PutText(result.reason, kTextBytesMax, out);
  PutText(result.explanation, kTextBytesMax, out);
  const std::string marks = result.marks.substr(0, kMarksMax);
  PutText(marks, kMarksMax, out);
  const size_t lines = std::min(result.last_events.size(), kLinesMax);
  PutNumber(lines, out);
  for (size_t i = result.last_events.size() - lines; i < result.last_events.size(); ++i) {
    PutText(result.last_events[i], kLineBytesMax, out);
  }
}

absl::StatusOr<RunResult> DecodeResult(absl::string_view bytes) {
  Reader reader(bytes);
  RunResult result;
  result.verdict = static_cast<Verdict>(reader.Number());
  result.hash = reader.Number();
  result.events = reader.Number();
  result.virtual_time = Instant::FromNanos(static_cast<int64_t>(reader.Number()));
  result.reason = reader.Text();
  result.explanation = reader.Text();
  result.marks = reader.Text();
  const uint64_t lines = reader.Number();
  for (uint64_t i = 0; i < lines && reader.good(); ++i) result.last_events.push_back(reader.Text());
  if (reader.AtEnd() && VerdictName(result.verdict) != "unknown") return result;
  return absl::DataLossError(absl::StrCat("a result of ", bytes.size(), " bytes does not decode"));
}

}  // namespace rehearse::sim
