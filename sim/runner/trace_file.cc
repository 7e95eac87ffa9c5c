#include "rehearse/sim/runner/trace_file.h"

#include <errno.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/runner/seed_series.h"

namespace rehearse::sim {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path, int error) {
  return absl::UnavailableError(
      absl::StrCat("write ", what, " ", path, ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TraceFile>> TraceFile::Create(const char* what,
                                                             const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return Failed(what, path, errno);
  return std::unique_ptr<TraceFile>(new TraceFile(what, path, file));
}

void TraceFile::BeginRun(absl::string_view test, uint64_t seed) {
  Write(absl::StrCat("# ", test, " seed=", Hex(seed)));
}

void TraceFile::Write(absl::string_view line) {
  std::fwrite(line.data(), 1, line.size(), file_.get());
  std::fputc('\n', file_.get());
}

absl::Status TraceFile::Close() {
  const bool wrong = std::ferror(file_.get()) != 0;
  if (std::fclose(file_.release()) != 0 || wrong) return Failed(what_, path_, errno);
  return absl::OkStatus();
}

}  // namespace rehearse::sim
