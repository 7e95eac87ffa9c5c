#include "rehearse/sim/runner/build_identity.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace rehearse::sim {
namespace {

namespace fs = std::filesystem;

constexpr char kUnknown[] = "unknown";

std::optional<std::string> FirstLine(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return std::string(absl::StripAsciiWhitespace(line));
}

bool IsCommit(absl::string_view text) {
  return text.size() >= 40 && std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

// The commit of the branch `ref` ("refs/heads/main"), loose or packed.
std::optional<std::string> CommitOf(const fs::path& git, const std::string& ref) {
  if (auto loose = FirstLine(git / ref)) return loose;
  std::ifstream packed(git / "packed-refs");
  for (std::string line; std::getline(packed, line);) {
    absl::string_view rest = line;
    if (absl::ConsumeSuffix(&rest, " " + ref)) return std::string(rest);
  }
  return std::nullopt;
}

// A work tree that is not the first has a file there, which names the folder.
fs::path GitFolderAt(const fs::path& folder) {
  const fs::path git = folder / ".git";
  std::error_code ignored;
  if (!fs::is_regular_file(git, ignored)) return git;
  std::string line = FirstLine(git).value_or("");
  absl::string_view named = line;
  return absl::ConsumePrefix(&named, "gitdir: ") ? folder / std::string(named) : git;
}

int FindBuildId(dl_phdr_info* info, size_t, void* found) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    const char* const end = at + header.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) < end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof(note));
      const char* const name = at + sizeof(note);
      const char* const bytes = name + (note.n_namesz + 3) / 4 * 4;
      if (note.n_type == NT_GNU_BUILD_ID && std::strcmp(name, "GNU") == 0) {
        *static_cast<std::string*>(found) =
            absl::BytesToHexString(absl::string_view(bytes, note.n_descsz));
        return 1;
      }
      at = bytes + (note.n_descsz + 3) / 4 * 4;
    }
  }
  return 1;  // the first is the program; libraries are not asked
}

}  // namespace

std::string CommitAround(const std::string& folder) {
  std::error_code ignored;
  for (fs::path at = fs::absolute(folder, ignored);; at = at.parent_path()) {
    const fs::path git = GitFolderAt(at);
    if (auto head = FirstLine(git / "HEAD")) {
      absl::string_view ref = *head;
      if (!absl::ConsumePrefix(&ref, "ref: ")) return IsCommit(*head) ? *head : kUnknown;
      // The branches of a second work tree are the first one's.
      const fs::path common = git / FirstLine(git / "commondir").value_or(".");
      const std::string commit = CommitOf(common, std::string(ref)).value_or("");
      return IsCommit(commit) ? commit : kUnknown;
    }
    if (at == at.parent_path()) return kUnknown;
  }
}

BuildIdentity IdentifyBuild(const std::function<const char*(const char*)>& environment) {
  const char* const workspace = environment("BUILD_WORKSPACE_DIRECTORY");
  BuildIdentity identity = {.commit = CommitAround(workspace == nullptr ? "." : workspace),
                            .build = ""};
  dl_iterate_phdr(&FindBuildId, &identity.build);
  if (identity.build.empty()) identity.build = kUnknown;
  return identity;
}

}  // namespace rehearse::sim
