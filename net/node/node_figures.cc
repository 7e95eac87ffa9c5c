#include "rehearse/net/node/node_figures.h"

#include <atomic>

namespace rehearse::net {
namespace {

using Families = std::vector<NodeFamily>;

uint64_t Now(const std::atomic<uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}

// One without labels of its own.
void Add(const char* name, const char* help, uint64_t value, Families& families) {
  families.push_back({name, help, true, {{{}, value}}});
}

void AddRemote(const RemoteCounters& remote, Families& families) {
  Add("rehearse_remote_messages_sent_total", "Tells and asks to other nodes.", Now(remote.sent),
      families);
  Add("rehearse_remote_messages_received_total", "Tells and asks from other nodes.",
      Now(remote.received), families);
  families.push_back({"rehearse_remote_messages_refused_total",
                      "Tells and asks from other nodes that reached nobody, by reason.",
                      true,
                      {{{{"reason", "forbidden"}}, Now(remote.forbidden_message)},
                       {{{"reason", "unknown_actor"}}, Now(remote.unknown_actor)}}});
  Add("rehearse_remote_messages_held_total",
      "Messages from other nodes that waited for room in a mailbox.", Now(remote.held_messages),
      families);
  Add("rehearse_remote_streams_total", "Streams of messages that other nodes have opened.",
      Now(remote.streams), families);
  families.push_back({"rehearse_remote_streams_closed_total",
                      "Streams of messages that were closed for what the other node sent.",
                      true,
                      {{{{"reason", "no_hello"}}, Now(remote.refused_hello)},
                       {{{"reason", "late_hello"}}, Now(remote.late_hello)},
                       {{{"reason", "bad_envelope"}}, Now(remote.refused_envelope)},
                       {{{"reason", "unknown_message"}}, Now(remote.unknown_message)},
                       {{{"reason", "bad_message"}}, Now(remote.bad_message)},
                       {{{"reason", "bad_answer"}}, Now(remote.refused_answer)},
                       {{{"reason", "bad_signal"}}, Now(remote.refused_signal)}}});
  Add("rehearse_remote_streams_held_up_total",
      "Times that a stream was not read, since its node owed too much.", Now(remote.held_up),
      families);
  Add("rehearse_remote_asks_withdrawn_total",
      "Asks from other nodes that their askers gave up before they had an answer.",
      Now(remote.withdrawn_asks), families);
  Add("rehearse_remote_answers_late_total", "Answers to asks that this node had given up.",
      Now(remote.late_answers), families);
  Add("rehearse_remote_nodes_lost_total", "Losses of nodes whose actors were watched here.",
      Now(remote.nodes_lost), families);
  families.push_back({"rehearse_remote_held_answers",
                      "Answers that the nodes that asked have not taken yet.",
                      false,
                      {{{}, Now(remote.held_answers)}}});
  families.push_back({"rehearse_remote_held_answer_bytes",
                      "Bytes of those answers.",
                      false,
                      {{{}, Now(remote.held_bytes)}}});
}

// A number that each transport has. Those of one name stand together.
struct TransportNumber {
  const char* name;
  const char* help;
  const char* reason;  // null: no label
  uint64_t TcpCounters::*value;
};

constexpr char kRefused[] = "rehearse_connections_refused_total";
constexpr char kRefusedHelp[] =
    "Incoming connections, and streams of frames on them, that were refused, by reason.";
constexpr char kEnded[] = "rehearse_connections_ended_total";
constexpr char kEndedHelp[] = "Connections that were ended for what the peer did, by reason.";

constexpr TransportNumber kTransportNumbers[] = {
    {"rehearse_frame_streams_accepted_total", "Streams of frames that peers have opened.", nullptr,
     &TcpCounters::accepted},
    {"rehearse_frame_streams_dialed_total", "Streams of frames that were opened to peers.", nullptr,
     &TcpCounters::dialed},
    {"rehearse_frame_streams_closed_total", "Streams of frames that are gone.", nullptr,
     &TcpCounters::closed},
    {kRefused, kRefusedHelp, "limit", &TcpCounters::refused_limit},
    {kRefused, kRefusedHelp, "rate", &TcpCounters::refused_rate},
    {kRefused, kRefusedHelp, "preamble", &TcpCounters::refused_preamble},
    {kRefused, kRefusedHelp, "lost", &TcpCounters::lost_in_handshake},
    {kRefused, kRefusedHelp, "proof", &TcpCounters::refused_proof},
    {kRefused, kRefusedHelp, "peer", &TcpCounters::refused_peer},
    {kEnded, kEndedHelp, "stalled", &TcpCounters::refused_stalled},
    {kEnded, kEndedHelp, "frame", &TcpCounters::refused_frame},
    {kEnded, kEndedHelp, "protocol", &TcpCounters::broke_protocol},
    {"rehearse_streams_refused_total",
     "Streams on connections that were refused: too many, or for no protocol.", nullptr,
     &TcpCounters::refused_streams},
    {"rehearse_listener_pauses_total",
     "Times that a listener rested, since the host was out of descriptors.", nullptr,
     &TcpCounters::exhausted},
};

void AddTransports(const std::vector<TransportFigures>& transports, Families& families) {
  NodeFamily standing = {"rehearse_connections", "Connections that stand.", false};
  for (const TransportFigures& one : transports) {
    standing.numbers.push_back({{{"transport", one.transport}}, one.connections});
  }
  families.push_back(std::move(standing));
  for (const TransportNumber& number : kTransportNumbers) {
    if (families.back().name != number.name) families.push_back({number.name, number.help});
    for (const TransportFigures& one : transports) {
      std::vector<NodeFamily::Label> labels = {{"transport", one.transport}};
      if (number.reason != nullptr) labels.emplace_back("reason", number.reason);
      families.back().numbers.push_back({std::move(labels), one.counters.*number.value});
    }
  }
}

void AddQuic(const QuicCounters& quic, Families& families) {
  Add("rehearse_quic_packets_received_total", "Datagrams of QUIC that were looked at.",
      quic.packets_in, families);
  Add("rehearse_quic_packets_sent_total", "Datagrams of QUIC that were sent.", quic.packets_out,
      families);
  families.push_back({"rehearse_quic_datagrams_discarded_total",
                      "Datagrams that were of no use, or too many.",
                      true,
                      {{{{"reason", "junk"}}, quic.junk}, {{{"reason", "full"}}, quic.dropped}}});
  families.push_back({"rehearse_quic_stateless_answers_total",
                      "Datagrams that were answered without keeping anything of their sender.",
                      true,
                      {{{{"kind", "retry"}}, quic.retries},
                       {{{"kind", "reset"}}, quic.resets},
                       {{{"kind", "version_negotiation"}}, quic.version_negotiations}}});
}

}  // namespace

std::vector<NodeFamily> FamiliesOf(const NodeFigures& figures) {
  Families families;
  Add("rehearse_dead_letters_total", "Messages that reached nobody.", figures.dead_letters,
      families);
  AddRemote(figures.remote, families);
  AddTransports(figures.transports, families);
  for (const TransportFigures& one : figures.transports) {
    if (one.quic.has_value()) AddQuic(*one.quic, families);
  }
  return families;
}

}  // namespace rehearse::net
