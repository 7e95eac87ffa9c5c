// What a whole node counts of its traffic, as it is told to Prometheus: names, reasons, numbers.

#ifndef REHEARSE_NET_NODE_NODE_FIGURES_H_
#define REHEARSE_NET_NODE_NODE_FIGURES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/net/quic/quic_options.h"
#include "rehearse/net/remote/remote_counters.h"
#include "rehearse/net/tcp/tcp_options.h"

namespace rehearse::net {

// Of TCP, of whichever security, or of QUIC.
struct TransportFigures {
  std::string transport;     // "tcp", "quic"
  uint64_t connections = 0;  // that stand
  TcpCounters counters;      // of connections, and of the streams of frames on them
  std::optional<QuicCounters> quic = {};
};

// As they are now.
struct NodeFigures {
  uint64_t dead_letters = 0;
  const RemoteCounters& remote;  // the node's own, read while this is used
  std::vector<TransportFigures> transports = {};
};

// Numbers that are told apart by their labels, under one name.
struct NodeFamily {
  using Label = std::pair<std::string, std::string>;
  struct Number {
    std::vector<Label> labels;
    uint64_t value = 0;
  };

  std::string name;
  std::string help;
  bool grows = true;  // counted since the node began; else it is as it is at present
  std::vector<Number> numbers = {};
};

// The same families, names and labels each time, for the same transports.
std::vector<NodeFamily> FamiliesOf(const NodeFigures& figures);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_NODE_FIGURES_H_
