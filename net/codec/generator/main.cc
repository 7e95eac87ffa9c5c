// The program that the rule rehearse_messages runs:
//
//   generator path/to/x.fbs out/x.bfbs path/to/x.h out/x.h out/x.cc [path/to/messages.lock]
//
// in order: the schema, what flatc made of it, how the header will be included, the two files to
// write, and what the schema must agree with. Exits with 1 and one line on stderr if the schema is
// refused.

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/generator/header_emitter.h"
#include "rehearse/net/codec/generator/lock_check.h"
#include "rehearse/net/codec/generator/schema_reader.h"
#include "rehearse/net/codec/generator/schema_text.h"
#include "rehearse/net/codec/generator/source_emitter.h"

namespace rehearse::net {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file || !bytes) return absl::NotFoundError(absl::StrCat("read ", path, ": can't"));
  return bytes.str();
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return absl::UnavailableError(absl::StrCat("write ", path, ": can't"));
  return absl::OkStatus();
}

// `lock`: null if there is none.
absl::Status Generate(char** argv, const char* lock) {
  const std::string source = argv[1];
  const std::string include_path = argv[3];
  REHEARSE_ASSIGN_OR_RETURN(const std::string text, ReadFile(source));
  REHEARSE_ASSIGN_OR_RETURN(const std::string bfbs, ReadFile(argv[2]));
  REHEARSE_RETURN_IF_ERROR(CheckSchemaText(text, source));
  REHEARSE_ASSIGN_OR_RETURN(const SchemaModel model, ReadSchema(bfbs, source));
  if (lock != nullptr) {
    REHEARSE_ASSIGN_OR_RETURN(const std::string locked, ReadFile(lock));
    REHEARSE_RETURN_IF_ERROR(CheckLock(model, locked, lock));
  }
  REHEARSE_RETURN_IF_ERROR(WriteFile(argv[4], EmitHeader(model, include_path)));
  return WriteFile(argv[5], EmitSource(model, include_path));
}

}  // namespace
}  // namespace rehearse::net

int main(int argc, char** argv) {
  if (argc != 6 && argc != 7) {
    std::cerr << "usage: generator FBS BFBS INCLUDE_PATH HEADER_OUT SOURCE_OUT [LOCK]\n";
    return 2;
  }
  const absl::Status status = rehearse::net::Generate(argv, argc == 7 ? argv[6] : nullptr);
  if (status.ok()) return 0;
  std::cerr << status.message() << "\n";
  return 1;
}
