// Whether a schema is still what programs that run already know.
//
// A lock file is committed beside the schemas of a program, or of all programs that talk to each
// other, and has a line for each table, enum and union, by name:
//
//   bank.Deposit 3b9128f1-0593-44a0-b83a-f4188baa05bf 0=amount:int64_t(5) 1=who:std::string
//   bank.Leaf - 0=name:std::string!
//   bank.Color enum 1=Red 2=Green
//   bank.Shape union 1=bank.Circle 2=bank.Box
//
// the id of a message, and each field's number, name, type, default, and ! if it is required; each
// value of an enum, each table of a union. Programs know fields and values by number alone. But a
// number with another name is either the same by a better one, or used again for something else,
// and only a person can tell: so that is refused too, until the lock is changed as well.

#ifndef REHEARSE_NET_CODEC_GENERATOR_LOCK_CHECK_H_
#define REHEARSE_NET_CODEC_GENERATOR_LOCK_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// The lines of a schema, by name.
std::vector<std::string> LockLines(const SchemaModel& model);

// `lock` is the text of the file called `path`.
//   kInvalidArgument  a line is malformed; two messages there have one id; a message's id, or a
//                     field, value or table that is locked, is another in the schema; or the schema
//                     has more than the lock, and the lines to put there are named.
absl::Status CheckLock(const SchemaModel& model, absl::string_view lock, absl::string_view path);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_LOCK_CHECK_H_
