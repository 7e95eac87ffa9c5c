// A node's figures, for Prometheus to scrape.

#ifndef REHEARSE_NET_NODE_METRICS_SERVER_H_
#define REHEARSE_NET_NODE_METRICS_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rehearse/actor/observe/metrics.h"
#include "rehearse/net/node/node_figures.h"

namespace rehearse::net {

struct MetricsSource {
  std::string node;  // its name, the label of all figures
  std::function<Figures()> actors;
  std::function<std::vector<NodeFamily>()> whole_node;
};

// Serves HTTP GET /metrics, in Prometheus's text format, on threads of its own.
class MetricsServer {
 public:
  // `address`: "127.0.0.1:9464"; port 0 finds a free one. The source's functions are called on the
  // server's threads, until it goes.
  //   kUnavailable  it can't listen there; the message names the address.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const std::string& address,
                                                              MetricsSource source);
  // Waits for answers that are being written.
  virtual ~MetricsServer() = default;

  // Where it listens.
  virtual std::string address() const = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_METRICS_SERVER_H_
