#include "rehearse/actor/host.h"

#include <stdexcept>

#include "absl/strings/str_cat.h"

namespace rehearse {
namespace {

template <typename T>
T& Provided(const Node& node, absl::string_view what) {
  T* const found = node.Find<T>();
  if (found == nullptr) {
    throw std::logic_error(absl::StrCat("node ", node.name(), " has no ", what,
                                        ": RunNode and sim::World provide them"));
  }
  return *found;
}

}  // namespace

Files& FilesOf(const Node& node) { return Provided<Files>(node, "files"); }

Processes& ProcessesOf(const Node& node) { return Provided<Processes>(node, "processes"); }

}  // namespace rehearse
