// The body of a generated function that goes through a table as it arrived.

#ifndef REHEARSE_NET_CODEC_GENERATOR_READER_TEXT_H_
#define REHEARSE_NET_CODEC_GENERATOR_READER_TEXT_H_

#include <functional>
#include <string>

#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// Opens the table at `at`, demands the required fields, and then calls what `call` says of each
// field, a member of TableReader, as long as all went well.
void AppendReaderBody(const TableModel& table,
                      const std::function<std::string(const FieldModel& field)>& call,
                      std::string& text);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_READER_TEXT_H_
