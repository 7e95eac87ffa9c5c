#include "rehearse/net/node/metrics_server.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using Labels = std::vector<ClientMetric::Label>;

ClientMetric Number(MetricType type, Labels labels, uint64_t value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) =
      static_cast<double>(value);
  return metric;
}

double ToSeconds(uint64_t nanos) { return static_cast<double>(nanos) * 1e-9; }

ClientMetric Histogram(Labels labels, const DurationFigures& figures) {
  ClientMetric metric;
  metric.label = std::move(labels);
  uint64_t count = 0;
  for (size_t i = 0; i < DurationBuckets::kBounds; ++i) {
    count += figures.counts[i];
    const double bound = ToSeconds(static_cast<uint64_t>(DurationBuckets::BoundNanos(i)));
    metric.histogram.bucket.push_back({count, bound});
  }
  // The serializer adds what is beyond all bounds.
  metric.histogram.sample_count = count + figures.counts[DurationBuckets::kBounds];
  metric.histogram.sample_sum = ToSeconds(figures.sum_nanos);
  return metric;
}

// A number that each class of actors has.
struct ClassNumber {
  const char* name;
  const char* help;
  MetricType type;
  uint64_t (*value)(const ClassFigures& figures);
};

constexpr ClassNumber kClassNumbers[] = {
    {"rehearse_messages_handled_total", "Messages that actors of the class have handled.",
     MetricType::Counter, [](const ClassFigures& f) { return f.handled; }},
    {"rehearse_panics_total", "Exceptions that left a handler.", MetricType::Counter,
     [](const ClassFigures& f) { return f.panics; }},
    {"rehearse_actors_spawned_total", "Actors that have begun.", MetricType::Counter,
     [](const ClassFigures& f) { return f.spawned; }},
    {"rehearse_actors_ended_total", "Actors that have ended for good.", MetricType::Counter,
     [](const ClassFigures& f) { return f.ended; }},
    {"rehearse_actor_restarts_total", "Further lives that actors have begun.", MetricType::Counter,
     [](const ClassFigures& f) { return f.restarts; }},
    {"rehearse_actors_alive", "Actors that have begun and not ended.", MetricType::Gauge,
     [](const ClassFigures& f) { return f.alive(); }},
};

struct ClassDurations {
  const char* name;
  const char* help;
  DurationFigures ClassFigures::*durations;
};

constexpr ClassDurations kClassDurations[] = {
    {"rehearse_mailbox_seconds", "How long messages waited until they were handled.",
     &ClassFigures::waited},
    {"rehearse_handling_seconds", "How long handlers took, their waits included.",
     &ClassFigures::took},
};

MetricFamily OfNode(const NodeFamily& family, const std::string& node) {
  const MetricType type = family.grows ? MetricType::Counter : MetricType::Gauge;
  MetricFamily of_node{family.name, family.help, type, {}};
  for (const NodeFamily::Number& number : family.numbers) {
    Labels labels = {{"node", node}};
    for (const auto& [name, value] : number.labels) labels.push_back({name, value});
    of_node.metric.push_back(Number(type, std::move(labels), number.value));
  }
  return of_node;
}

class Scrape final : public prometheus::Collectable {
 public:
  explicit Scrape(MetricsSource source) : source_(std::move(source)) {}

  std::vector<MetricFamily> Collect() const override {
    const Figures actors = source_.actors();
    std::vector<MetricFamily> families;
    for (const ClassNumber& number : kClassNumbers) {
      MetricFamily family{number.name, number.help, number.type, {}};
      for (const auto& [of, figures] : actors) {
        family.metric.push_back(Number(number.type, LabelsOf(of.second), number.value(figures)));
      }
      families.push_back(std::move(family));
    }
    for (const ClassDurations& durations : kClassDurations) {
      MetricFamily family{durations.name, durations.help, MetricType::Histogram, {}};
      for (const auto& [of, figures] : actors) {
        family.metric.push_back(Histogram(LabelsOf(of.second), figures.*durations.durations));
      }
      families.push_back(std::move(family));
    }
    for (const NodeFamily& family : source_.whole_node()) {
      families.push_back(OfNode(family, source_.node));
    }
    return families;
  }

 private:
  Labels LabelsOf(const std::string& class_name) const {
    return {{"node", source_.node}, {"class", class_name}};
  }

  const MetricsSource source_;
};

class PrometheusServer final : public MetricsServer {
 public:
  PrometheusServer(const std::string& address, MetricsSource source)
      : host_(address.substr(0, address.rfind(':'))),
        scrape_(std::make_shared<Scrape>(std::move(source))),
        exposer_(address) {
    exposer_.RegisterCollectable(scrape_);
  }

  std::string address() const override {
    const std::vector<int> ports = exposer_.GetListeningPorts();
    return absl::StrCat(host_, ":", ports.empty() ? 0 : ports.front());
  }

 private:
  const std::string host_;
  const std::shared_ptr<Scrape> scrape_;
  prometheus::Exposer exposer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& address,
                                                                    MetricsSource source) {
  try {
    return std::make_unique<PrometheusServer>(address, std::move(source));
  } catch (const std::exception&) {
    // What it says names neither the address nor the reason.
    return absl::UnavailableError(absl::StrCat(
        "serve metrics at ", address,
        ": can't listen there; the port is taken, or the address is none of this host's"));
  }
}

}  // namespace rehearse::net
