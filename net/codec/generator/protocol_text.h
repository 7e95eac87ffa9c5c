// The protocol of a ref in a message, as a schema spells it: what the actor is sent, and answers.
//
//   subscriber: string (actor_ref: "void(Event), long(Count)");
//
// An answer is void, one of the schema's numbers, bool, string, or a table; a message is a table.

#ifndef REHEARSE_NET_CODEC_GENERATOR_PROTOCOL_TEXT_H_
#define REHEARSE_NET_CODEC_GENERATOR_PROTOCOL_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// "::rehearse::Protocol<void(::bank::Event), int64_t(::bank::Count)>". Names are looked for in
// `scope` first. The tables that it names are added to `model.mentioned`.
//   kInvalidArgument  it is malformed, or names what is no table with a message_id of the schema.
absl::StatusOr<std::string> ProtocolInCpp(absl::string_view text, absl::string_view scope,
                                          SchemaModel& model);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_PROTOCOL_TEXT_H_
