// Lines from a terminal, for fibers.

#ifndef EXAMPLES_CHAT_TERMINAL_H_
#define EXAMPLES_CHAT_TERMINAL_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace examples::chat {

// Reads stdin beside the workers. On one fiber.
class Terminal {
 public:
  // The next line, without its end; nothing when there are no more.
  //   kCancelled  the caller is being stopped.
  absl::StatusOr<std::optional<std::string>> ReadLine();

 private:
  struct Input {
    std::string text;
    bool over = false;
  };
  // What is read aside may outlive the terminal by a moment.
  const std::shared_ptr<Input> input_ = std::make_shared<Input>();

  static void ReadSome(Input& input);
};

}  // namespace examples::chat

#endif  // EXAMPLES_CHAT_TERMINAL_H_
