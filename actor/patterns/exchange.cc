#include "rehearse/actor/patterns/exchange.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"

namespace rehearse {
namespace {

bool HeadersMatchBinding(const Binding& binding, const Headers& headers) {
  const auto has = [&](const auto& header) {
    const auto at = headers.find(header.first);
    return at != headers.end() && at->second == header.second;
  };
  return binding.match == HeadersMatch::kAll
             ? std::all_of(binding.headers.begin(), binding.headers.end(), has)
             : std::any_of(binding.headers.begin(), binding.headers.end(), has);
}

}  // namespace

absl::Status Exchange::Bind(Binding binding) {
  std::optional<TopicPattern> pattern;
  if (kind_ == ExchangeKind::kTopic) {
    absl::StatusOr<TopicPattern> parsed = TopicPattern::Parse(binding.key);
    if (!parsed.ok()) return parsed.status();
    pattern = *std::move(parsed);
  }
  Unbind(binding);
  bound_.push_back({std::move(binding), std::move(pattern)});
  return absl::OkStatus();
}

bool Exchange::Unbind(const Binding& binding) {
  return std::erase_if(bound_, [&](const Bound& bound) { return bound.binding == binding; }) != 0;
}

void Exchange::UnbindAll(absl::string_view queue) {
  std::erase_if(bound_, [&](const Bound& bound) { return bound.binding.queue == queue; });
}

std::vector<std::string> Exchange::Route(absl::string_view key, const Headers& headers) const {
  std::vector<std::string> queues;
  for (const Bound& bound : bound_) {
    const std::string& queue = bound.binding.queue;
    if (std::find(queues.begin(), queues.end(), queue) != queues.end()) continue;
    if (Matches(bound, key, headers)) queues.push_back(queue);
  }
  return queues;
}

bool Exchange::Matches(const Bound& bound, absl::string_view key, const Headers& headers) const {
  switch (kind_) {
    case ExchangeKind::kDirect: return bound.binding.key == key;
    case ExchangeKind::kTopic: return bound.pattern->Matches(key);
    case ExchangeKind::kFanout: return true;
    case ExchangeKind::kHeaders: return HeadersMatchBinding(bound.binding, headers);
  }
  return false;
}

}  // namespace rehearse
