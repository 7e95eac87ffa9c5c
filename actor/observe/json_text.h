// Text as JSON writes it.

#ifndef REHEARSE_ACTOR_OBSERVE_JSON_TEXT_H_
#define REHEARSE_ACTOR_OBSERVE_JSON_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rehearse {

// Appends `text` to `out` in quotes. What is beyond ASCII stays as it is.
void AppendJsonString(absl::string_view text, std::string& out);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OBSERVE_JSON_TEXT_H_
