// Whether each message of a schema has a name of its own.

#ifndef REHEARSE_NET_CODEC_GENERATOR_MESSAGE_ID_CHECK_H_
#define REHEARSE_NET_CODEC_GENERATOR_MESSAGE_ID_CHECK_H_

#include "absl/status/status.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

//   kInvalidArgument  two messages have one id, or a table has none although no other table holds
//                     it (then it can only be meant as a message): names the file and the table.
absl::Status CheckMessageIds(const SchemaModel& model);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_MESSAGE_ID_CHECK_H_
