// What can only be seen in a schema's text, as its binary form has lost it.

#ifndef REHEARSE_NET_CODEC_GENERATOR_SCHEMA_TEXT_H_
#define REHEARSE_NET_CODEC_GENERATOR_SCHEMA_TEXT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// flatc 2.0.8 keeps defaults in 63 bits and a sign, and makes any greater one 0 without a word: old
// and new programs would then disagree about a field that was left out.
//   kInvalidArgument  an integer over 9223372036854775807 stands outside comments and strings of
//                     `source`: names it, and its line.
absl::Status CheckSchemaText(absl::string_view text, absl::string_view source);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_SCHEMA_TEXT_H_
