#include "rehearse/net/kademlia/kad_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {
namespace {

constexpr size_t kKeyBytesMax = 1024;

// Of what a provider says of itself, those addresses that can be read.
std::vector<std::string> Readable(const std::vector<std::string>& addresses) {
  std::vector<std::string> readable;
  for (const std::string& address : addresses) {
    if (Multiaddr::FromBytes(address).ok()) readable.push_back(address);
  }
  return readable;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> KadService::Answer(const KadPeer& from,
                                                              absl::string_view request,
                                                              Instant now) {
  if (!budget_.Take(from.id, now)) {
    ++counters_.throttled;
    return absl::ResourceExhaustedError(absl::StrCat("kademlia: ", from.id.ToString(),
                                                     " makes more requests than ",
                                                     options_.budget.per_second, " a second"));
  }
  absl::StatusOr<KadMessage> read = KadMessage::Decode(request);
  if (read.ok() && read->key.size() > kKeyBytesMax) {
    read = absl::DataLossError(
        absl::StrCat("kademlia: a key of ", read->key.size(), " bytes, at most ", kKeyBytesMax));
  }
  absl::StatusOr<std::optional<std::string>> answer =
      read.ok() ? AnswerRead(from, *read, now) : read.status();
  ++(answer.ok() ? counters_.answered : counters_.refused);
  return answer;
}

absl::StatusOr<std::optional<std::string>> KadService::AnswerRead(const KadPeer& from,
                                                                  const KadMessage& request,
                                                                  Instant now) {
  KadMessage answer{.type = request.type, .key = request.key};
  std::vector<const KadPeer*> closer;
  switch (request.type) {
    case KadType::kAddProvider: {
      REHEARSE_RETURN_IF_ERROR(AddProvider(from, request, now));
      return std::nullopt;
    }
    case KadType::kPutValue: {
      REHEARSE_RETURN_IF_ERROR(PutValue(from, request, now));
      answer.record = request.record;
      break;
    }
    case KadType::kGetValue:
      answer.record = store_.Value(request.key, now);
      closer = CloserTo(request.key, from);
      break;
    case KadType::kGetProviders:
      answer.providers = store_.Providers(request.key, now);
      closer = CloserTo(request.key, from);
      break;
    case KadType::kFindNode:
      if (request.key == self_.id.bytes()) answer.closer.push_back(self_);
      closer = CloserTo(request.key, from);
      break;
    case KadType::kPing: break;
  }
  REHEARSE_ASSIGN_OR_RETURN(std::string bytes, answer.Encode(closer));
  return std::optional<std::string>(std::move(bytes));
}

absl::Status KadService::AddProvider(const KadPeer& from, const KadMessage& request, Instant now) {
  for (const KadPeer& provider : request.providers) {
    if (provider.id != from.id) continue;  // speaks for somebody else
    KadPeer kept{from.id, Readable(provider.addresses)};
    if (kept.addresses.empty()) kept.addresses = from.addresses;
    return store_.AddProvider(request.key, kept, now);
  }
  return absl::OkStatus();
}

absl::Status KadService::PutValue(const KadPeer& from, const KadMessage& request, Instant now) {
  if (!request.record.has_value() || request.record->key != request.key) {
    return absl::InvalidArgumentError("kademlia PUT_VALUE: without a record of the same key");
  }
  return store_.PutValue(from.id, *request.record, now);
}

std::vector<const KadPeer*> KadService::CloserTo(absl::string_view key, const KadPeer& from) const {
  std::vector<const KadPeer*> closer = table_.Nearest(NodeKey::Of(key), options_.k + 1);
  std::erase_if(closer, [&from](const KadPeer* peer) {
    return peer->id == from.id || peer->addresses.empty();
  });
  if (closer.size() > options_.k) closer.resize(options_.k);
  return closer;
}

}  // namespace rehearse::net
