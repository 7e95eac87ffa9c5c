// The lines of multistream-select: a length, the text, a newline.

#ifndef REHEARSE_NET_LIBP2P_MULTISTREAM_LINE_READER_H_
#define REHEARSE_NET_LIBP2P_MULTISTREAM_LINE_READER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// With the newline, without the length.
inline constexpr size_t kLineBytesMax = 1024;

// `text` has no newline, and is shorter than kLineBytesMax.
void AppendLine(absl::string_view text, std::string& out);

// Takes a stream in pieces of any size and gives out its lines; stops where it is told to, since
// what follows the last line is no line. Holds what was fed and not taken.
class LineReader {
 public:
  void Feed(absl::string_view bytes);

  // The text of the next line, without its newline, a view until the next call; nothing if it is
  // not complete yet.
  //   kDataLoss  it is no line, or too long.
  absl::StatusOr<std::optional<absl::string_view>> Next();

  // What was fed behind the last line that was given out.
  absl::string_view rest() const { return absl::string_view(buffer_).substr(taken_); }
  std::string TakeRest();

 private:
  std::string buffer_;
  size_t taken_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_MULTISTREAM_LINE_READER_H_
