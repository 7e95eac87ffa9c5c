// Reads what `flatc -b --schema --bfbs-comments --bfbs-filenames .` makes of a message schema.

#ifndef REHEARSE_NET_CODEC_GENERATOR_SCHEMA_READER_H_
#define REHEARSE_NET_CODEC_GENERATOR_SCHEMA_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// `bfbs` is the binary schema, `source` the .fbs file's name, for messages.
//   kInvalidArgument  the schema has something that messages can't: says which file, table and
//                     field, and what to write instead.
//   kDataLoss         the bytes are no binary schema.
absl::StatusOr<SchemaModel> ReadSchema(absl::string_view bfbs, absl::string_view source);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_SCHEMA_READER_H_
