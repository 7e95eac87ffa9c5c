// Whether a schema is still what programs that run already know.
//
// A lock file is committed beside the schemas of a program, or of all programs that talk to each
// other, and has a line for each table, by name:
//
//   bank.Deposit 3b9128f1-0593-44a0-b83a-f4188baa05bf 0=int64_t(5) 1=std::string
//   bank.Leaf - 0=std::string!
//
// the id of a message, and each field's number, type, default, and ! if it is required. Names of
// fields are nobody's business but the compiler's.

#ifndef REHEARSE_NET_CODEC_GENERATOR_LOCK_CHECK_H_
#define REHEARSE_NET_CODEC_GENERATOR_LOCK_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// The line of a table.
std::string LockLine(const TableModel& table);

// `lock` is the text of the file called `path`.
//   kInvalidArgument  a line is malformed; two messages there have one id; a message's id, or a
//                     field that is locked, is another in the schema; or the schema has more than
//                     the lock, and the lines to put there are named.
absl::Status CheckLock(const SchemaModel& model, absl::string_view lock, absl::string_view path);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_LOCK_CHECK_H_
