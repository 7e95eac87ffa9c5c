// The header that a user includes: plain aggregates.

#ifndef REHEARSE_NET_CODEC_GENERATOR_HEADER_EMITTER_H_
#define REHEARSE_NET_CODEC_GENERATOR_HEADER_EMITTER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// The text of the header that is included as `include_path`. It mentions the standard library,
// absl and rehearse::MessageId, and nothing of the format.
std::string EmitHeader(const SchemaModel& model, absl::string_view include_path);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_HEADER_EMITTER_H_
