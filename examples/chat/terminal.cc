#include "examples/chat/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/blocking.h"

namespace examples::chat {
namespace {

// A node that ends waits no longer for the keyboard.
constexpr int kLookMilliseconds = 200;
constexpr size_t kLineBytesMax = 4096;

}  // namespace

absl::StatusOr<std::optional<std::string>> Terminal::ReadLine() {
  while (true) {
    std::string& text = input_->text;
    const size_t end = text.find('\n');
    if (end != std::string::npos || text.size() >= kLineBytesMax || input_->over) {
      if (text.empty()) return std::nullopt;
      std::string line = text.substr(0, end);
      text.erase(0, end == std::string::npos ? end : end + 1);
      return line;
    }
    const absl::Status status = rehearse::RunBlocking([input = input_] { ReadSome(*input); });
    if (!status.ok()) return status;
  }
}

// What has been typed within a moment.
void Terminal::ReadSome(Input& input) {
  pollfd awaited = {STDIN_FILENO, POLLIN, 0};
  if (poll(&awaited, 1, kLookMilliseconds) <= 0) return;
  char bytes[512];
  const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
  input.over = got <= 0;
  if (got > 0) input.text.append(bytes, static_cast<size_t>(got));
}

}  // namespace examples::chat
