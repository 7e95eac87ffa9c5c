// A Unix socket that gives a text to each who connects, and listens to nobody.

#ifndef REHEARSE_NET_NODE_TEXT_SOCKET_H_
#define REHEARSE_NET_NODE_TEXT_SOCKET_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace rehearse::net {

// Serves one after another, on a thread of its own. Whoever does not take its text in for a while
// is let go, and those who come faster than kTextEvery get the same text: so whatever they do, all
// they can cost is that.
class TextSocket {
 public:
  static constexpr std::chrono::milliseconds kTextEvery{50};
  static constexpr std::chrono::milliseconds kPatience{200};

  // Listens at `path`, which only the process's user can open (mode 0600). A socket that nobody
  // listens at any more is replaced. `text` is called on the socket's thread.
  //   kInvalidArgument  the path is empty, or longer than an address may be.
  //   kUnavailable      somebody listens there, or something else is there, or it can't be made;
  //                     the message names the path.
  static absl::StatusOr<std::unique_ptr<TextSocket>> Listen(const std::string& path,
                                                            std::function<std::string()> text);
  // Removes the path, once the present client is served.
  ~TextSocket();
  TextSocket(const TextSocket&) = delete;
  TextSocket& operator=(const TextSocket&) = delete;

 private:
  TextSocket(std::string path, std::function<std::string()> text, int listening, int told);

  void Serve();
  void Give(int client);

  const std::string path_;
  const std::function<std::string()> text_;
  const int listening_;
  const int told_;  // an eventfd: to end
  std::string last_text_;
  std::chrono::steady_clock::time_point last_made_;
  std::thread server_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_TEXT_SOCKET_H_
