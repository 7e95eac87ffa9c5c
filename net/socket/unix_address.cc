#include "rehearse/net/socket/unix_address.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kPrefix = "unix:";

}  // namespace

std::optional<absl::string_view> UnixName(absl::string_view host) {
  if (!absl::ConsumePrefix(&host, kPrefix)) return std::nullopt;
  return host;
}

std::string UnixHost(absl::string_view name) { return absl::StrCat(kPrefix, name); }

const char* WhyNoUnixName(absl::string_view name) {
  if (name.size() > kUnixNameBytesMax) return "the name is longer than 107 bytes: shorten it";
  if (name.find('\0') != absl::string_view::npos) return "the name has a zero byte";
  if (IsUnixPath(name) || (!name.empty() && name[0] == '@')) return nullptr;
  return "write unix:/path/to/socket or unix:@name";
}

}  // namespace rehearse::net
