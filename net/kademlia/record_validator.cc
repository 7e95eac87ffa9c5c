#include "rehearse/net/kademlia/record_validator.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {

void RecordValidators::Add(absl::string_view name_space, const RecordValidator& validator) {
  validators_[std::string(name_space)] = &validator;
}

absl::Status RecordValidators::Validate(absl::string_view key, absl::string_view value) const {
  const RecordValidator* const validator = Find(key);
  if (validator == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("store \"", absl::CHexEscape(key.substr(0, 64)),
                     "\": its namespace has no validator here; a key is \"/namespace/name\", and "
                     "RecordValidators::Add says who judges its values"));
  }
  return validator->Validate(key, value);
}

bool RecordValidators::Wins(absl::string_view key, absl::string_view value,
                            absl::string_view held) const {
  const RecordValidator* const validator = Find(key);
  return validator != nullptr && validator->Wins(key, value, held);
}

const RecordValidator* RecordValidators::Find(absl::string_view key) const {
  if (key.empty() || key.front() != '/') return nullptr;
  key.remove_prefix(1);
  const size_t end = key.find('/');
  if (end == absl::string_view::npos || end == 0 || end + 1 == key.size()) return nullptr;
  const auto found = validators_.find(key.substr(0, end));
  return found == validators_.end() ? nullptr : found->second;
}

}  // namespace rehearse::net
