// In which order tables can be defined as C++ structs.

#ifndef REHEARSE_NET_CODEC_GENERATOR_DEFINITION_ORDER_H_
#define REHEARSE_NET_CODEC_GENERATOR_DEFINITION_ORDER_H_

#include "absl/status/status.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// Fills model.definition_order from model.tables: whoever is held comes before its holder. Where
// tables hold each other, one of them does so in a vector, and that one may come first.
//   kInvalidArgument  a table holds itself by value, perhaps through others: names the way round.
absl::Status OrderDefinitions(SchemaModel& model);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_DEFINITION_ORDER_H_
