#include "rehearse/bench/transport/transport_works.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/bench/peers/bench_run.h"

namespace rehearse::bench {
namespace {

using net::PeerStream;
using StreamPtr = std::unique_ptr<PeerStream>;

constexpr absl::string_view kSink = "/bench/sink/1";          // answered at its end by its length
constexpr absl::string_view kEcho = "/bench/echo/1";          // all goes back
constexpr absl::string_view kResident = "/bench/resident/1";  // answered by the process's RSS
constexpr size_t kPieceBytes = size_t{64} << 10;
constexpr size_t kAskBytes = 100;
constexpr int kDialersMax = 8;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Between two processes of one machine.
std::string Encode(int64_t number) {
  std::string bytes(sizeof(number), '\0');
  std::memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

absl::Status ReadExactly(PeerStream& stream, size_t count, std::string& out) {
  while (out.size() < count) {
    REHEARSE_ASSIGN_OR_RETURN(const size_t more,
                              stream.Read(count - out.size(), out, Instant::Infinite()));
    if (more == 0) return absl::UnavailableError("the stream ended early");
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadNumber(PeerStream& stream) {
  int64_t number = 0;
  std::string bytes;
  REHEARSE_RETURN_IF_ERROR(ReadExactly(stream, sizeof(number), bytes));
  std::memcpy(&number, bytes.data(), sizeof(number));
  return number;
}

// Says `answer`, and stays until the peer ends.
void Answer(PeerStream& stream, int64_t answer) {
  if (!stream.Write(Encode(answer), Instant::Infinite()).ok()) return;
  stream.Finish();
  std::string ignored;
  while (stream.Read(kPieceBytes, ignored, Instant::Infinite()).value_or(0) > 0) ignored.clear();
}

void ServeSink(PeerStream& stream) {
  int64_t received = 0;
  std::string piece;
  while (true) {
    piece.clear();
    const absl::StatusOr<size_t> count = stream.Read(kPieceBytes, piece, Instant::Infinite());
    if (!count.ok()) return;
    if (*count == 0) return Answer(stream, received);
    received += static_cast<int64_t>(*count);
  }
}

void ServeEcho(PeerStream& stream) {
  std::string piece;
  while (stream.Read(kPieceBytes, piece, Instant::Infinite()).value_or(0) > 0) {
    if (!stream.Write(piece, Instant::Infinite()).ok()) return;
    piece.clear();
  }
}

absl::StatusOr<StreamPtr> Open(net::Libp2pNetwork& network, const std::string& address,
                               absl::string_view protocol) {
  return network.OpenStream(address, protocol, CurrentNode().DeadlineIn(absl::Seconds(10)));
}

// Writes to a sink while `goes_on`, which is given how much was sent; that much has arrived.
absl::StatusOr<int64_t> Pour(PeerStream& stream, const std::function<bool(int64_t sent)>& goes_on) {
  const std::string piece(kPieceBytes, 'x');
  int64_t sent = 0;
  while (goes_on(sent)) {
    REHEARSE_RETURN_IF_ERROR(stream.Write(piece, Instant::Infinite()));
    sent += static_cast<int64_t>(piece.size());
  }
  stream.Finish();
  REHEARSE_ASSIGN_OR_RETURN(const int64_t received, ReadNumber(stream));
  if (received == sent) return received;
  return absl::DataLossError(absl::StrCat(received, " of ", sent, " bytes arrived"));
}

absl::Status AskOnce(PeerStream& stream) {
  const std::string question(kAskBytes, 'q');
  REHEARSE_RETURN_IF_ERROR(stream.Write(question, Instant::Infinite()));
  std::string answer;
  return ReadExactly(stream, question.size(), answer);
}

absl::StatusOr<int64_t> AskResident(net::Libp2pNetwork& network, const std::string& address) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(network, address, kResident));
  return ReadNumber(*stream);
}

// A connection that has been used once, and is kept.
struct Connection {
  std::unique_ptr<net::Libp2pNetwork> network;
  StreamPtr stream;
};

absl::Status Use(Connection& connection, const std::string& address) {
  REHEARSE_ASSIGN_OR_RETURN(connection.stream, Open(*connection.network, address, kEcho));
  REHEARSE_RETURN_IF_ERROR(connection.stream->Write("x", Instant::Infinite()));
  std::string answer;
  return ReadExactly(*connection.stream, 1, answer);
}

// All of `connections`, by several fibers. The first error.
absl::Status UseAll(Node& node, std::vector<Connection>& connections, const std::string& address) {
  struct Shared {
    size_t next = 0;
    int running = kDialersMax;
    absl::Status status;
  };
  const auto shared = std::make_shared<Shared>();  // the node has one worker
  for (int i = 0; i < kDialersMax; ++i) {
    Task::Start(node, "dial", [&connections, &address, shared] {
      while (shared->next < connections.size() && shared->status.ok()) {
        shared->status.Update(Use(connections[shared->next++], address));
      }
      --shared->running;
    }).Unref();
  }
  while (shared->running > 0) REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(1)));
  return shared->status;
}

}  // namespace

net::StreamHandlers ServedWorks() {
  return {{std::string(kSink), ServeSink},
          {std::string(kEcho), ServeEcho},
          {std::string(kResident), [](PeerStream& stream) { Answer(stream, ResidentBytes()); }}};
}

absl::Status SendBytes(net::Libp2pNetwork& network, const std::string& address, int64_t bytes) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(network, address, kSink));
  return Pour(*stream, [&](int64_t sent) { return sent < bytes; }).status();
}

absl::Status AskTimes(net::Libp2pNetwork& network, const std::string& address, int64_t times) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(network, address, kEcho));
  for (int64_t i = 0; i < times; ++i) REHEARSE_RETURN_IF_ERROR(AskOnce(*stream));
  return absl::OkStatus();
}

absl::StatusOr<Measures> Stream(net::Libp2pNetwork& network, const std::string& address,
                                absl::Duration length) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(network, address, kSink));
  const Stopwatch watch;
  const double enough = absl::ToDoubleSeconds(length);
  REHEARSE_ASSIGN_OR_RETURN(const int64_t received,
                            Pour(*stream, [&](int64_t) { return watch.seconds() < enough; }));
  const double mib = static_cast<double>(received) / (1 << 20);
  return Measures{{"mib_s", mib / watch.seconds()}, {"mib", mib}};
}

absl::StatusOr<Measures> Ask(net::Libp2pNetwork& network, const std::string& address,
                             absl::Duration length) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(network, address, kEcho));
  std::vector<double> micros;
  const Stopwatch all;
  while (all.seconds() < absl::ToDoubleSeconds(length)) {
    const Stopwatch one;
    REHEARSE_RETURN_IF_ERROR(AskOnce(*stream));
    micros.push_back(one.seconds() * 1e6);
  }
  std::sort(micros.begin(), micros.end());
  return Measures{{"p50_us", micros[micros.size() / 2]},
                  {"p99_us", micros[micros.size() * 99 / 100]}};
}

absl::StatusOr<Measures> Connect(Node& node, const MakeNetwork& make, const std::string& address,
                                 int64_t count) {
  std::vector<Connection> connections(static_cast<size_t>(count));
  for (Connection& connection : connections) {
    REHEARSE_ASSIGN_OR_RETURN(connection.network, make());
  }
  REHEARSE_ASSIGN_OR_RETURN(const auto observer, make());
  REHEARSE_ASSIGN_OR_RETURN(const int64_t before, AskResident(*observer, address));
  const Stopwatch watch;
  absl::Status status = UseAll(node, connections, address);
  const double seconds = watch.seconds();
  int64_t after = 0;
  if (status.ok()) {
    REHEARSE_ASSIGN_OR_RETURN(after, AskResident(*observer, address));
  }
  for (Connection& connection : connections) connection.stream = nullptr;
  for (const Connection& connection : connections) {
    status.Update(connection.network->AwaitFibers(node.DeadlineIn(absl::Seconds(10))));
  }
  status.Update(observer->AwaitFibers(node.DeadlineIn(absl::Seconds(10))));
  REHEARSE_RETURN_IF_ERROR(status);
  return Measures{{"handshakes_s", static_cast<double>(count) / seconds},
                  {"kib_a_connection",
                   static_cast<double>(after - before) / 1024 / static_cast<double>(count)}};
}

}  // namespace rehearse::bench
