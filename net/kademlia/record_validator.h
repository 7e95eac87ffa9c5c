// What may be stored as a value, and which of two values counts.

#ifndef REHEARSE_NET_KADEMLIA_RECORD_VALIDATOR_H_
#define REHEARSE_NET_KADEMLIA_RECORD_VALIDATOR_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// The rules of one namespace. Asked by those who store and, again, by those who read: what a node
// answers is worth no more than what the validator says of it. Any fiber of the node.
class RecordValidator {
 public:
  virtual ~RecordValidator() = default;

  // Whether `value`, from anybody, may stand under `key`. It must depend on these and the calendar
  // alone, never on who sent it, or honest copies would be refused.
  //   kInvalidArgument     never.
  //   kFailedPrecondition  not any more: it has expired.
  virtual absl::Status Validate(absl::string_view key, absl::string_view value) const = 0;

  // Whether `value` takes the place of `held`; both are valid. A strict order. Where values are
  // read by Dht::GetValue, a total one: of two that differ, one wins, whoever asks.
  virtual bool Wins(absl::string_view key, absl::string_view value,
                    absl::string_view held) const = 0;
};

// The rules of all namespaces that a node stores values of. "/orders/42" is of "orders".
class RecordValidators final {
 public:
  // `validator` outlives this. Before the node serves.
  void Add(absl::string_view name_space, const RecordValidator& validator);

  //   kInvalidArgument  besides what the validator says: no key of a namespace that has one.
  absl::Status Validate(absl::string_view key, absl::string_view value) const;
  // Only of values that are valid.
  bool Wins(absl::string_view key, absl::string_view value, absl::string_view held) const;

 private:
  const RecordValidator* Find(absl::string_view key) const;

  std::map<std::string, const RecordValidator*, std::less<>> validators_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_RECORD_VALIDATOR_H_
