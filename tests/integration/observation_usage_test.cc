// Real processes that are observed, as --metrics, --trace and --inspect say.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rehearse/net/socket/testing/scratch_directory.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/observe/drawn_arrows.h"
#include "rehearse/tests/observe/json_value.h"
#include "tests/integration/child_process.h"

namespace rehearse {
namespace {

using Words = std::vector<std::string>;

constexpr char kNode[] = "examples/counter/counter_node";

std::string ContentsOf(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Words Server(Words flags) {
  flags.insert(flags.begin(), {kNode, "--name=server", "--listen=/ip4/127.0.0.1/tcp/0"});
  flags.insert(flags.end(), {"--", "server"});
  return flags;
}

// What follows `words` in `text`, up to a blank.
std::string After(const std::string& words, const std::string& text) {
  const size_t at = text.find(words);
  if (at == std::string::npos) return "";
  const size_t begin = at + words.size();
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

// A client that counts to three; its exit code.
int CountToThree(const std::string& server, Words flags = {}) {
  flags.insert(flags.begin(), {sim::Runfile(kNode), "--name=client", "--peer=server=" + server});
  flags.insert(flags.end(), {"--", "client"});
  return sim::RunSubprocess(flags, {.environment = {"PATH=/usr/bin:/bin"}}).exit_code;
}

std::string Read(int fd) {
  std::string text;
  char piece[4096];
  for (ssize_t more; (more = read(fd, piece, sizeof(piece))) > 0;) {
    text.append(piece, static_cast<size_t>(more));
  }
  close(fd);
  return text;
}

// On loopback; `type` is that of a socket.
int ConnectToPort(int port, int type) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

std::string HttpGet(const std::string& path, int port) {
  const int fd = ConnectToPort(port, SOCK_STREAM);
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  return Read(fd);
}

// -1 if nobody listens there.
int ConnectTo(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

TEST(MetricsUsageTest, PrometheusScrapesARealNode) {
  ChildProcess server(Server({"--metrics=0"}));
  ASSERT_TRUE(server.AwaitWords("listening at ", absl::Seconds(20))) << server.err();
  EXPECT_EQ(CountToThree(After("listening at ", server.err())), 0);
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(
      absl::StripSuffix(After("metrics at http://127.0.0.1:", server.err()), "/metrics"), &port))
      << server.err();
  const std::string text = HttpGet("/metrics", port);
  for (const char* const line : {
           "rehearse_messages_handled_total{node=\"server\",class=\"examples::counter::Counter\"} "
           "3\n",
           "rehearse_actors_alive{node=\"server\",class=\"examples::counter::Counter\"} 1\n",
           "rehearse_panics_total{node=\"server\",class=\"examples::counter::Counter\"} 0\n",
           "rehearse_mailbox_seconds_count{node=\"server\",class=\"examples::counter::Counter\"} "
           "3\n",
           "rehearse_handling_seconds_count{node=\"server\",class=\"examples::counter::Counter\"} "
           "3\n",
           "rehearse_handling_seconds_bucket{node=\"server\",class=\"examples::counter::Counter\","
           "le=\"+Inf\"} 3\n",
           "rehearse_dead_letters_total{node=\"server\"} 0\n",
           "rehearse_remote_messages_received_total{node=\"server\"} 3\n",
       }) {
    EXPECT_TRUE(absl::StrContains(text, line)) << line << "in:\n" << text;
  }
  EXPECT_TRUE(absl::StrContains(HttpGet("/elsewhere", port), " 404 "));

  const auto second = sim::RunSubprocess(
      {sim::Runfile(kNode), absl::StrCat("--metrics=", port), "--", "server"}, {});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(second.err, absl::StrCat("serve metrics at 127.0.0.1:", port)))
      << second.err;

  server.Signal(SIGTERM);
  EXPECT_EQ(server.Finish(absl::Seconds(20)), 0) << server.err();
}

// A node with the counter of examples/cluster_counter, whose figures are scraped.
class TrafficMetricsTest : public testing::TestWithParam<Words> {
 protected:
  TrafficMetricsTest()
      : server_(Flags("server", {"--metrics=0", "--listen=" + listen()}, "serve")) {}
  void SetUp() override {
    ASSERT_TRUE(server_.AwaitWords("listening at ", kPatience)) << server_.err();
    ASSERT_TRUE(server_.AwaitWords("metrics at ", kPatience)) << server_.err();
    ASSERT_TRUE(absl::SimpleAtoi(
        absl::StripSuffix(After("metrics at http://127.0.0.1:", server_.err()), "/metrics"),
        &port_));
  }

  static std::string listen() { return GetParam()[0]; }
  static bool is_quic() { return absl::StrContains(listen(), "quic"); }
  static Words Flags(const std::string& name, Words flags, const std::string& role) {
    flags.insert(flags.begin(),
                 {sim::Runfile("examples/cluster_counter/cluster_counter"), "--name=" + name});
    flags.insert(flags.end(), GetParam().begin() + 1, GetParam().end());
    flags.insert(flags.end(), {"--", role});
    return flags;
  }

  // As a figure of the server, with its transport.
  std::string OfTransport(const std::string& name, const std::string& label = "") const {
    return absl::StrCat(name, "{node=\"server\",transport=\"", is_quic() ? "quic" : "tcp", "\"",
                        label, "}");
  }
  // Whether the figure comes to be `value`; figures run a little behind.
  void ExpectFigure(const std::string& figure, int value) const {
    const std::string line = absl::StrCat("\n", figure, " ", value, "\n");
    const absl::Time deadline = absl::Now() + kPatience;
    std::string text;
    while (absl::Now() < deadline) {
      text = HttpGet("/metrics", port_);
      if (absl::StrContains(text, line)) return;
      absl::SleepFor(absl::Milliseconds(50));
    }
    ADD_FAILURE() << line << "is not in\n" << text;
  }
  // Says something to the server's port, and over TCP listens until it is closed.
  void BeAStranger() const {
    const Words address = absl::StrSplit(After("listening at ", server_.err()), '/');
    int port = 0;
    ASSERT_TRUE(absl::SimpleAtoi(address[4], &port));
    const int fd = ConnectToPort(port, is_quic() ? SOCK_DGRAM : SOCK_STREAM);
    const std::string junk = "\x92 is not how any protocol that we speak begins";
    EXPECT_EQ(write(fd, junk.data(), junk.size()), static_cast<ssize_t>(junk.size()));
    if (is_quic()) {
      close(fd);
    } else {
      (void)Read(fd);
    }
  }

  static constexpr absl::Duration kPatience = absl::Seconds(20);

  ChildProcess server_;
  int port_ = 0;
};

TEST_P(TrafficMetricsTest, ConnectionsStreamsAndStrangersAreCounted) {
  ExpectFigure(OfTransport("rehearse_connections"), 0);
  {
    ChildProcess visitor(
        Flags("visitor", {"--peer=server=" + After("listening at ", server_.err())}, "visit"));
    ASSERT_TRUE(visitor.AwaitOutput("the count is 2\n", kPatience)) << visitor.err();
    // Over plain TCP each stream is a connection: one for messages, one for news of lives.
    const bool shares = is_quic() || GetParam().size() > 1;
    ExpectFigure(OfTransport("rehearse_connections"), shares ? 1 : 2);
    ExpectFigure(OfTransport("rehearse_frame_streams_accepted_total"), 2);
    ExpectFigure("rehearse_remote_streams_total{node=\"server\"}", 2);
    visitor.Signal(SIGTERM);
    EXPECT_EQ(visitor.Finish(kPatience), 0) << visitor.err();
  }
  ExpectFigure(OfTransport("rehearse_connections"), 0);
  ExpectFigure(OfTransport("rehearse_frame_streams_closed_total"), 2);
  ExpectFigure("rehearse_remote_streams_closed_total{node=\"server\",reason=\"bad_message\"}", 0);

  BeAStranger();
  ExpectFigure(is_quic()
                   ? "rehearse_quic_datagrams_discarded_total{node=\"server\",reason=\"junk\"}"
                   : OfTransport("rehearse_connections_refused_total", ",reason=\"preamble\""),
               1);
}

INSTANTIATE_TEST_SUITE_P(All, TrafficMetricsTest,
                         testing::Values(Words{"/ip4/127.0.0.1/tcp/0"},
                                         Words{"/ip4/127.0.0.1/tcp/0", "--security=libp2p"},
                                         Words{"/ip4/127.0.0.1/udp/0/quic-v1"}),
                         [](const auto& info) {
                           return std::string(std::array{"Tcp", "SecureTcp", "Quic"}[info.index]);
                         });

TEST(TraceUsageTest, TwoProcessesDrawOnePicture) {
  const net::ScratchDirectory scratch;
  const std::string servers = scratch.At("server.json");
  const std::string clients = scratch.At("client.json");
  ChildProcess server(Server({"--trace=" + servers}));
  ASSERT_TRUE(server.AwaitWords("listening at ", absl::Seconds(20))) << server.err();
  EXPECT_EQ(CountToThree(After("listening at ", server.err()), {"--trace=" + clients}), 0);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Finish(absl::Seconds(20)), 0) << server.err();

  const std::optional<JsonValue> seen_there = ParseJson(ContentsOf(servers));
  const std::optional<JsonValue> seen_here = ParseJson(ContentsOf(clients));
  ASSERT_TRUE(seen_there.has_value()) << ContentsOf(servers);
  ASSERT_TRUE(seen_here.has_value()) << ContentsOf(clients);
  std::vector<JsonValue> events = seen_there->items;
  events.insert(events.end(), seen_here->items.begin(), seen_here->items.end());
  const std::vector<DrawnArrow> asked = DrawnArrows(events).To("examples::counter::Inc");
  EXPECT_EQ(asked.size(), 3u);
  for (const DrawnArrow& arrow : asked) {
    EXPECT_EQ(arrow.to.process, "server");
    EXPECT_EQ(arrow.to.track, "examples::counter::Counter#1");
    EXPECT_EQ(arrow.from.process, "client");
    EXPECT_EQ(arrow.from.name, "send examples::counter::Inc");
  }
}

TEST(TraceUsageTest, AFileThatCannotBeWrittenIsNamed) {
  const auto node = sim::RunSubprocess(
      {sim::Runfile(kNode), "--trace=/nonexistent/trace.json", "--", "server"}, {});
  EXPECT_EQ(node.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(node.err, "write trace /nonexistent/trace.json: No such file"))
      << node.err;
}

TEST(InspectorUsageTest, TopShowsARealNodesActors) {
  const net::ScratchDirectory scratch;
  const std::string path = scratch.At("top");
  ChildProcess server(Server({"--inspect=" + path}));
  ASSERT_TRUE(server.AwaitWords("listening at ", absl::Seconds(20))) << server.err();
  EXPECT_EQ(CountToThree(After("listening at ", server.err())), 0);
  struct stat mode;
  ASSERT_EQ(stat(path.c_str(), &mode), 0);
  EXPECT_EQ(mode.st_mode & 0777, 0600u);

  const auto top = sim::RunSubprocess({sim::Runfile("tools/top"), "--once", path},
                                      {.environment = {"PATH=/usr/bin:/bin"}});
  EXPECT_EQ(top.exit_code, 0) << top.err;
  EXPECT_TRUE(absl::StartsWith(top.out, "server, start 1: 1 actors, 1 workers")) << top.out;
  EXPECT_TRUE(absl::StrContains(top.out, "Counter#1")) << top.out;
  EXPECT_TRUE(absl::StrContains(top.out, " idle ")) << top.out;
  EXPECT_TRUE(absl::StrContains(top.out, " 0/64 ")) << top.out;
  EXPECT_TRUE(absl::StrContains(top.out, "waiting in Accept")) << top.out;

  // Another process finds the socket in use.
  const auto second =
      sim::RunSubprocess({sim::Runfile(kNode), "--inspect=" + path, "--", "server"}, {});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(second.err, path + ": another process listens there"))
      << second.err;

  server.Signal(SIGTERM);
  EXPECT_EQ(server.Finish(absl::Seconds(20)), 0) << server.err();
  EXPECT_NE(stat(path.c_str(), &mode), 0);
  const auto gone = sim::RunSubprocess({sim::Runfile("tools/top"), "--once", path},
                                       {.environment = {"PATH=/usr/bin:/bin"}});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(gone.err, path + ": No such file")) << gone.err;
}

TEST(InspectorUsageTest, AStaleSocketIsReplaced) {
  const net::ScratchDirectory scratch;
  const std::string path = scratch.At("stale");
  {
    ChildProcess killed(Server({"--inspect=" + path}));
    ASSERT_TRUE(killed.AwaitWords("listening at ", absl::Seconds(20))) << killed.err();
    killed.Signal(SIGKILL);
    killed.Finish(absl::Seconds(20));
  }
  EXPECT_EQ(ConnectTo(path), -1);
  ChildProcess next(Server({"--inspect=" + path}));
  ASSERT_TRUE(next.AwaitWords("listening at ", absl::Seconds(20))) << next.err();
  EXPECT_TRUE(absl::StrContains(Read(ConnectTo(path)), "\"class\":\"examples::counter::Counter\""));
}

TEST(InspectorUsageTest, WhatIsNoSocketAndWhatIsTooLongIsRefused) {
  const net::ScratchDirectory scratch;
  const std::string file = scratch.At("file");
  std::ofstream(file) << "mine";
  const auto on_file =
      sim::RunSubprocess({sim::Runfile(kNode), "--inspect=" + file, "--", "server"}, {});
  EXPECT_EQ(on_file.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(on_file.err, file + ": something is there, and it is no socket"))
      << on_file.err;
  EXPECT_EQ(ContentsOf(file), "mine");
  const auto too_long = sim::RunSubprocess(
      {sim::Runfile(kNode), "--inspect=/tmp/" + std::string(200, 'x'), "--", "server"}, {});
  EXPECT_EQ(too_long.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(too_long.err, "a socket's path has 1 to 107 bytes"))
      << too_long.err;
}

TEST(InspectorUsageTest, ClientsOfAnyKindDoNoHarm) {
  const net::ScratchDirectory scratch;
  const std::string path = scratch.At("siege");
  ChildProcess server(Server({"--inspect=" + path}));
  ASSERT_TRUE(server.AwaitWords("listening at ", absl::Seconds(20))) << server.err();
  for (int i = 0; i < 1000; ++i) {
    const int fd = ConnectTo(path);
    ASSERT_GE(fd, 0) << i;
    const std::string junk = i % 3 == 0 ? "GET / HTTP/1.1\r\n\r\n" : std::string("{\"a\":\0", 6);
    (void)!send(fd, junk.data(), junk.size() - static_cast<size_t>(i % 2), MSG_NOSIGNAL);
    close(fd);  // with what it was given unread
  }
  EXPECT_TRUE(absl::StrContains(Read(ConnectTo(path)), "\"class\":\"examples::counter::Counter\""));
  EXPECT_EQ(CountToThree(After("listening at ", server.err())), 0);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Finish(absl::Seconds(20)), 0) << server.err();
}

}  // namespace
}  // namespace rehearse
