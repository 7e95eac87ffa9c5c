// A protocol of one's own over TCP and UDP: a server that answers each line in capitals.
//
//   bazel run //examples/line_echo -- -- server 127.0.0.1 8021
//   bazel run //examples/line_echo -- -- client 127.0.0.1 8021 "hello there"
//
// Who wants to talk first asks by datagram where the lines go, and is answered with a port. Over
// that connection goes a line at a time, each ended by '\n'.

#ifndef EXAMPLES_LINE_ECHO_LINE_ECHO_H_
#define EXAMPLES_LINE_ECHO_LINE_ECHO_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/socket/node_sockets.h"

namespace examples::line_echo {

namespace net = rehearse::net;
using rehearse::Instant;

inline constexpr Instant kNever = Instant::Infinite();

// A longer line ends the connection: what comes from outside has bounds.
inline constexpr size_t kLineBytesMax = 1024;

class LineReader {
 public:
  explicit LineReader(net::StreamSocket& socket) : socket_(socket) {}

  // The next line, without its end. kUnavailable when the peer has hung up.
  absl::StatusOr<std::string> Next(Instant deadline) {
    size_t end = bytes_.find('\n');
    for (; end == std::string::npos; end = bytes_.find('\n')) {
      if (bytes_.size() > kLineBytesMax) return absl::DataLossError("the line is too long");
      REHEARSE_ASSIGN_OR_RETURN(const size_t count, socket_.Read(kLineBytesMax, bytes_, deadline));
      if (count == 0) return absl::UnavailableError("the peer hung up");
    }
    std::string line = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    return line;
  }

 private:
  net::StreamSocket& socket_;
  std::string bytes_;
};

struct NoMessages {};
using Idle = rehearse::Inbox<void(NoMessages)>;

// The actor of one connection. The socket is its own, and is closed when it ends, however it does.
inline auto Session(std::unique_ptr<net::StreamSocket> socket) {
  return [socket = std::move(socket)](Idle&) {
    LineReader lines(*socket);
    for (auto line = lines.Next(kNever); line.ok(); line = lines.Next(kNever)) {
      if (!socket->Write(absl::AsciiStrToUpper(*line) + "\n", kNever).ok()) return;
    }
  };
}

// The actor that says where the lines go.
inline auto Guide(std::unique_ptr<net::DatagramSocket> socket, uint16_t port) {
  return [socket = std::move(socket), port](Idle&) {
    for (auto asked = socket->ReceiveFrom(kNever); asked.ok();
         asked = socket->ReceiveFrom(kNever)) {
      (void)socket->SendTo(asked->from, absl::StrCat(port));  // lost, it will be asked again
    }
  };
}

// Asked at `address`, serves until the node ends.
inline absl::Status Serve(rehearse::Node& node, const net::SocketAddress& address) {
  net::Sockets& sockets = net::SocketsOf(node);
  REHEARSE_ASSIGN_OR_RETURN(auto listener, sockets.Listen({address.host, 0}));
  REHEARSE_ASSIGN_OR_RETURN(auto datagrams, sockets.Bind(address));
  node.log().Write(rehearse::Severity::kInfo,
                   absl::StrCat("asked at ", datagrams->address().ToString()));
  node.Spawn(Guide(std::move(datagrams), listener->address().port));
  while (true) {
    absl::StatusOr<std::unique_ptr<net::StreamSocket>> socket = listener->Accept();
    if (socket.ok()) {
      node.Spawn(Session(*std::move(socket)));
    } else if (absl::IsResourceExhausted(socket.status())) {
      REHEARSE_RETURN_IF_ERROR(rehearse::Sleep(absl::Milliseconds(100)));
    } else {
      return socket.status();
    }
  }
}

// Where the lines go, by the server at `address`. Any datagram may be lost: it asks ten times.
inline absl::StatusOr<net::SocketAddress> FindLines(rehearse::Node& node,
                                                    const net::SocketAddress& address) {
  REHEARSE_ASSIGN_OR_RETURN(auto socket, net::SocketsOf(node).Bind({"0.0.0.0", 0}));
  for (int attempt = 0; attempt < 10; ++attempt) {
    REHEARSE_RETURN_IF_ERROR(socket->SendTo(address, "where?"));
    const auto answer = socket->ReceiveFrom(node.DeadlineIn(absl::Milliseconds(200)));
    if (absl::IsDeadlineExceeded(answer.status())) continue;
    if (!answer.ok()) return answer.status();
    uint32_t port = 0;
    if (absl::SimpleAtoi(answer->bytes, &port) && port > 0 && port <= 0xffff) {
      return net::SocketAddress{address.host, static_cast<uint16_t>(port)};
    }
  }
  return absl::UnavailableError(absl::StrCat("nobody answers at ", address.ToString()));
}

// What the server at `address` makes of `lines`.
inline absl::StatusOr<std::vector<std::string>> Talk(rehearse::Node& node,
                                                     const net::SocketAddress& address,
                                                     const std::vector<std::string>& lines) {
  const Instant deadline = node.DeadlineIn(absl::Seconds(30));
  REHEARSE_ASSIGN_OR_RETURN(const net::SocketAddress there, FindLines(node, address));
  REHEARSE_ASSIGN_OR_RETURN(auto socket, net::SocketsOf(node).Connect(there, deadline));
  LineReader reader(*socket);
  std::vector<std::string> answers;
  for (const std::string& line : lines) {
    REHEARSE_RETURN_IF_ERROR(socket->Write(line + "\n", deadline));
    REHEARSE_ASSIGN_OR_RETURN(std::string answer, reader.Next(deadline));
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace examples::line_echo

#endif  // EXAMPLES_LINE_ECHO_LINE_ECHO_H_
