// How a message queue decides into which queues a message goes.

#ifndef REHEARSE_ACTOR_PATTERNS_EXCHANGE_H_
#define REHEARSE_ACTOR_PATTERNS_EXCHANGE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/patterns/topic_pattern.h"

namespace rehearse {

enum class ExchangeKind : uint8_t {
  kDirect,   // to queues bound with the message's key
  kTopic,    // to queues bound with a pattern that matches the key, see topic_pattern.h
  kFanout,   // to all bound queues
  kHeaders,  // to queues bound with headers that the message has
};

enum class HeadersMatch : uint8_t {
  kAll,  // each of the binding's headers; none are always matched
  kAny,  // one of them at least; none are never matched
};

using Headers = std::map<std::string, std::string>;

// What else a kind does not look at may be left out.
struct Binding {
  std::string queue;
  std::string key = {};  // of kDirect and, as a pattern, kTopic
  Headers headers = {};  // of kHeaders
  HeadersMatch match = HeadersMatch::kAll;

  friend bool operator==(const Binding&, const Binding&) = default;
};

// One exchange's bindings. A value.
class Exchange {
 public:
  explicit Exchange(ExchangeKind kind) : kind_(kind) {}

  // Twice is as once.
  //   kInvalidArgument  the key of a topic exchange is no pattern.
  absl::Status Bind(Binding binding);
  // Whether it was bound.
  bool Unbind(const Binding& binding);
  void UnbindAll(absl::string_view queue);

  // Each once, in the order of their first bindings.
  std::vector<std::string> Route(absl::string_view key, const Headers& headers) const;

  ExchangeKind kind() const { return kind_; }

 private:
  struct Bound {
    Binding binding;
    std::optional<TopicPattern> pattern;
  };

  bool Matches(const Bound& bound, absl::string_view key, const Headers& headers) const;

  ExchangeKind kind_;
  std::vector<Bound> bound_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_EXCHANGE_H_
