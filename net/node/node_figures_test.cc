#include "rehearse/net/node/node_figures.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

// A struct of counters alone, the first of which is `first`, the next one more, and so on.
template <typename Counters>
Counters CountedFrom(uint64_t first) {
  std::array<uint64_t, sizeof(Counters) / sizeof(uint64_t)> values;
  for (uint64_t& value : values) value = first++;
  return std::bit_cast<Counters>(values);
}

class NodeFiguresTest : public testing::Test {
 protected:
  NodeFiguresTest() {
    uint64_t next = 100;
    for (std::atomic<uint64_t>* const counter :
         {&remote_.sent, &remote_.received, &remote_.streams, &remote_.refused_hello,
          &remote_.late_hello, &remote_.refused_envelope, &remote_.forbidden_message,
          &remote_.unknown_actor, &remote_.unknown_message, &remote_.bad_message,
          &remote_.refused_answer, &remote_.refused_signal, &remote_.nodes_lost,
          &remote_.held_messages, &remote_.held_up, &remote_.withdrawn_asks, &remote_.late_answers,
          &remote_.held_answers, &remote_.held_bytes}) {
      *counter = next++;
    }
  }

  std::vector<NodeFamily> Families() const {
    return FamiliesOf({.dead_letters = 1,
                       .remote = remote_,
                       .transports = {{.transport = "tcp", .connections = 2, .counters = tcp_},
                                      {.transport = "quic",
                                       .connections = 3,
                                       .counters = CountedFrom<TcpCounters>(300),
                                       .quic = quic_}}});
  }

  // "rehearse_connections_refused_total{transport="tcp",reason="limit"}"
  std::map<std::string, uint64_t> Series() const {
    std::map<std::string, uint64_t> series;
    for (const NodeFamily& family : Families()) {
      for (const NodeFamily::Number& number : family.numbers) {
        std::string name = family.name;
        for (const auto& [label, value] : number.labels) {
          absl::StrAppend(&name, ",", label, "=", value);
        }
        EXPECT_TRUE(series.emplace(name, number.value).second) << name << " is there twice";
      }
    }
    return series;
  }

  RemoteCounters remote_;
  const TcpCounters tcp_ = CountedFrom<TcpCounters>(200);
  const QuicCounters quic_ = CountedFrom<QuicCounters>(400);
};

TEST_F(NodeFiguresTest, EachNumberHasTheNameAndReasonOfItsOwnCounter) {
  const auto series = Series();
  EXPECT_EQ(series.at("rehearse_dead_letters_total"), 1u);
  EXPECT_EQ(series.at("rehearse_connections,transport=tcp"), 2u);
  EXPECT_EQ(series.at("rehearse_connections,transport=quic"), 3u);
  EXPECT_EQ(series.at("rehearse_remote_streams_closed_total,reason=late_hello"),
            remote_.late_hello);
  EXPECT_EQ(series.at("rehearse_remote_messages_refused_total,reason=forbidden"),
            remote_.forbidden_message);
  EXPECT_EQ(series.at("rehearse_connections_refused_total,transport=tcp,reason=peer"),
            tcp_.refused_peer);
  EXPECT_EQ(series.at("rehearse_connections_ended_total,transport=tcp,reason=protocol"),
            tcp_.broke_protocol);
  EXPECT_EQ(series.at("rehearse_quic_datagrams_discarded_total,reason=junk"), quic_.junk);
  EXPECT_EQ(series.at("rehearse_quic_stateless_answers_total,kind=retry"), quic_.retries);
}

TEST_F(NodeFiguresTest, NoCounterIsLeftOut) {
  std::set<uint64_t> shown;
  for (const auto& [name, value] : Series()) shown.insert(value);
  std::set<uint64_t> expected = {1, 2, 3};
  for (uint64_t i = 0; i < 19; ++i) expected.insert(100 + i);
  for (uint64_t i = 0; i < sizeof(TcpCounters) / sizeof(uint64_t); ++i) {
    expected.insert(200 + i);
    expected.insert(300 + i);
  }
  // What is in the number of connections that stand.
  for (const uint64_t counter : {tcp_.proven, tcp_.ended, tcp_.proven + 100, tcp_.ended + 100}) {
    expected.erase(counter);
  }
  // QUIC's connections and refusals are in the same numbers as TCP's; its datagrams are not.
  for (uint64_t counter = quic_.junk; counter <= quic_.packets_out; ++counter) {
    expected.insert(counter);
  }
  EXPECT_EQ(shown, expected);
}

TEST_F(NodeFiguresTest, NamesAreAsPrometheusWantsThem) {
  std::set<std::string> names;
  for (const NodeFamily& family : Families()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name << " is there twice";
    EXPECT_TRUE(absl::StartsWith(family.name, "rehearse_")) << family.name;
    EXPECT_EQ(absl::EndsWith(family.name, "_total"), family.grows) << family.name;
    EXPECT_EQ(family.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos)
        << family.name;
    EXPECT_TRUE(absl::EndsWith(family.help, ".")) << family.help;
    EXPECT_FALSE(family.numbers.empty()) << family.name;
  }
}

TEST_F(NodeFiguresTest, WithoutQuicThereIsNothingOfIt) {
  for (const NodeFamily& family :
       FamiliesOf({.remote = remote_, .transports = {{.transport = "tcp", .counters = tcp_}}})) {
    EXPECT_FALSE(absl::StartsWith(family.name, "rehearse_quic")) << family.name;
  }
}

}  // namespace
}  // namespace rehearse::net
