#include "rehearse/net/registry/name_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/names.h"

namespace rehearse::net {

absl::Status CheckName(absl::string_view name) {
  const char* why = nullptr;
  if (name.empty() || name.size() > Names::kNameBytesMax) {
    why = "a name has 1 to 255 bytes";
  } else if (name.find_first_of("@#") != absl::string_view::npos) {
    why = "a name has no @ and no #";
  } else if (std::any_of(name.begin(), name.end(), absl::ascii_iscntrl)) {
    why = "a name has no control characters";
  }
  if (why == nullptr) return absl::OkStatus();
  return FrameworkError(absl::InvalidArgumentError(absl::StrCat(
                            "name \"", absl::CHexEscape(name.substr(0, 64)), "\": ", why)),
                        Effect::kNone);
}

}  // namespace rehearse::net
