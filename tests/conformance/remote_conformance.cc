#include "rehearse/tests/conformance/remote_conformance.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "rehearse/net/remote/hello.h"

namespace rehearse::net {
namespace {

class TalkerActor : public Actor {
 public:
  std::string Handle(const counter::Inc& inc) {
    return std::string(static_cast<size_t>(inc.amount), 't');
  }
};

class SlowActor : public SumActor {
 public:
  int64_t Handle(const counter::Inc& inc) {
    (void)Sleep(absl::Microseconds(100));
    return SumActor::Handle(inc);
  }
  int64_t Handle(const counter::Get& get) { return SumActor::Handle(get); }
};

}  // namespace

std::string Encoded(const WireEnvelope& envelope) {
  std::string frame;
  EncodeEnvelope(envelope, frame);
  return frame;
}

void RemoteConformance::WhileServing(const std::function<void()>& peer) {
  Slot<bool> listening;
  Event served;
  world_->nodes().Run(
      [&] {
        listening.Get();
        peer();
        served.Set();
      },
      [&] { Serve(listening, served); });
}

void RemoteConformance::Serve(Slot<bool>& listening, Event& served) {
  const std::unique_ptr<Listener> listener = *world_->network(1).Listen(world_->free_address(1));
  address_ = listener->address();
  peers_.Add("second", address_);
  first().set_router(&client_);
  second().set_router(&server_);
  StartActors();
  Beside serving([&] { server_.Serve(*listener); });
  listening.Put(true);
  served.Await();
  EXPECT_TRUE(second().StopActors().ok());
  listener->Close();
  serving.Join();
  client_.Close();
  server_.Close();
  // Tasks see their streams end; this one is left.
  for (int i = 0; i < 5000 && first().tasks() + second().tasks() > 1; ++i) {
    Pass(absl::Milliseconds(1));
  }
}

void RemoteConformance::StartActors() {
  sum_ = second().Spawn<SumActor>();
  const auto slow = second().SpawnWith<SlowActor>({.mailbox_capacity = 2});
  EXPECT_TRUE(second().Register<SumProtocol>("sum", sum_).ok());
  EXPECT_TRUE(second().Register<SumProtocol>("slow", slow).ok());
  EXPECT_TRUE(second().Register<TalkerProtocol>("talker", second().Spawn<TalkerActor>()).ok());
}

std::unique_ptr<Stream> RemoteConformance::Dial() {
  auto stream = world_->network(0).Dial(address_, Instant::Infinite());
  EXPECT_TRUE(stream.ok()) << stream.status();
  return *std::move(stream);
}

std::unique_ptr<Stream> RemoteConformance::DialAndGreet() {
  std::unique_ptr<Stream> stream = Dial();
  EXPECT_TRUE(stream->Write(HelloFrame(first())).ok());
  const auto hello = stream->Read();
  EXPECT_TRUE(hello.ok() && ParseHello(*hello).ok()) << hello.status();
  return stream;
}

std::unique_ptr<Stream> RemoteConformance::DialAndGreetAs(absl::string_view name) {
  std::unique_ptr<Stream> stream = Dial();
  EXPECT_TRUE(stream->Write(HelloAs(name)).ok());
  EXPECT_TRUE(stream->Read().ok());
  return stream;
}

std::string RemoteConformance::HelloAs(absl::string_view name) {
  return Encoded({.kind = EnvelopeKind::kHello,
                  .node_name = name,
                  .incarnation = 1,
                  .protocol_version = kProtocolVersion});
}

std::string RemoteConformance::OwnAddress(int node) {
  std::string address;
  const auto listen = [&] {
    address = (*world_->network(node).Listen(world_->free_address(node)))->address();
  };
  if (node == 0) {
    world_->nodes().Run(listen, [] {});
  } else {
    world_->nodes().Run([] {}, listen);
  }
  return address;
}

WireEnvelope RemoteConformance::Answer(Stream& stream, const WireEnvelope& request) {
  EXPECT_TRUE(stream.Write(Encoded(request)).ok());
  auto frame = stream.Read();
  EXPECT_TRUE(frame.ok()) << frame.status();
  answer_ = frame.ok() ? *std::move(frame) : "";
  const auto answer = DecodeEnvelope(answer_);
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? *answer : WireEnvelope();
}

void RemoteConformance::SpeakOnce(const std::string& request) {
  const auto stream = DialAndGreet();
  EXPECT_TRUE(stream->Write(request).ok());
  while (stream->Read().ok()) {
  }
}

void RemoteConformance::ExpectClosed(Stream& stream) {
  EXPECT_EQ(stream.Read().status().code(), absl::StatusCode::kUnavailable);
}

bool RemoteConformance::ServesAGoodPeer() {
  const auto sum = first().Named<SumProtocol>("sum@second");
  return sum.ok() && sum->Ask(counter::Inc{.amount = 1}).ok();
}

void RemoteConformance::ExpectCounted(Counter counter, uint64_t count, absl::string_view words) {
  // It is counted and told before the peer can see the end, but perhaps by another thread.
  for (int i = 0; i < 1000 && (server_.counters().*counter < count || !Logged(words)); ++i) {
    Pass(absl::Milliseconds(5));
  }
  EXPECT_EQ(server_.counters().*counter, count);
  EXPECT_TRUE(Logged(words)) << absl::StrJoin(world_->log(), "\n");
}

void RemoteConformance::AwaitAlone(Node& node) {
  for (int i = 0; i < 5000 && node.tasks() > 1; ++i) Pass(absl::Milliseconds(1));
}

void RemoteConformance::ExpectUnanswered(const std::string& address, const SessionOptions& options,
                                         Effect effect, Counter counter, absl::string_view words) {
  PeerBook peers;
  peers.Add("liar", address);
  RemoteRouter router(first(), world_->network(0), peers, options);
  first().set_router(&router);
  const auto answer = (*first().Named<SumProtocol>("sum@liar")).Ask(counter::Get());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
  EXPECT_EQ(EffectOf(answer.status()), effect);
  EXPECT_EQ(router.counters().*counter, 1u);
  EXPECT_TRUE(Logged(words)) << absl::StrJoin(world_->log(), "\n");
  router.Close();
  AwaitAlone(first());
  first().set_router(nullptr);
}

void RemoteConformance::AskInVain(Stream& stream, WireEnvelope ask, uint64_t held_up) {
  const size_t bytes_max = 2 * world_->unread_bytes_max() + 8 * Outbox::kBytesMax;
  size_t bytes = 0;
  for (int pause = 0; pause < 30 && bytes <= bytes_max;) {
    std::string request = Encoded(ask);
    const size_t request_bytes = request.size();
    const absl::Status status = stream.Write(std::move(request), In(absl::Seconds(1)));
    if (status.ok()) {
      ++ask.request_id;
      bytes += request_bytes;
      continue;
    }
    ASSERT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
    if (server_.counters().held_up >= held_up) return;
    ++pause;  // frames that were lost are on their way
  }
  ADD_FAILURE() << "the server took " << bytes << " bytes and " << server_.counters().held_up
                << " streams are held up";
}

bool RemoteConformance::Logged(absl::string_view words) {
  const std::vector<std::string> lines = world_->log();
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return absl::StrContains(line, words); });
}

}  // namespace rehearse::net
