// The code behind the header: how each table is written and read.

#ifndef REHEARSE_NET_CODEC_GENERATOR_SOURCE_EMITTER_H_
#define REHEARSE_NET_CODEC_GENERATOR_SOURCE_EMITTER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// The text of the source that implements the header included as `include_path`, by calls on
// MessageWriter and MessageReader: one line a field, in both directions.
std::string EmitSource(const SchemaModel& model, absl::string_view include_path);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_SOURCE_EMITTER_H_
