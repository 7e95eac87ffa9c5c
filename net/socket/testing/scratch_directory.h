// A directory for one test, whose path leaves room for a socket's.

#ifndef REHEARSE_NET_SOCKET_TESTING_SCRATCH_DIRECTORY_H_
#define REHEARSE_NET_SOCKET_TESTING_SCRATCH_DIRECTORY_H_

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "rehearse/actor/env/check.h"

namespace rehearse::net {

// Gone with all that is in it when this goes.
class ScratchDirectory {
 public:
  ScratchDirectory() { REHEARSE_CHECK(mkdtemp(path_.data()) != nullptr, "no room in /tmp"); }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }
  // Of a file in it.
  std::string At(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/rehearse-XXXXXX";
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_TESTING_SCRATCH_DIRECTORY_H_
