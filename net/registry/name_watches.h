// What an engine tells those who watch its names.

#ifndef REHEARSE_NET_REGISTRY_NAME_WATCHES_H_
#define REHEARSE_NET_REGISTRY_NAME_WATCHES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/names.h"

namespace rehearse::net {

// Any fiber of the node. Watches may outlive it; then they end as if it had been closed.
class NameWatches {
 public:
  NameWatches();
  ~NameWatches();
  NameWatches(const NameWatches&) = delete;
  NameWatches& operator=(const NameWatches&) = delete;

  // Changes that a watch keeps for its reader. Of more, he is told the differences alone between
  // what he knows and what is.
  static constexpr size_t kUntoldMax = 256;

  // A watch of `name`, which is what Update said last; nothing, as long as nobody has. It tells
  // each change, also of what came and went before its reader looked: an owner that has lost its
  // name already when it first looks learns that it had it.
  std::unique_ptr<NameWatch> Add(absl::string_view name);

  // Numbers a look at who has names. Two may look at once: what came of the later one counts.
  uint64_t BeginLook();

  // `name` is this, by a look of that number. Of names that nobody watches, nothing is kept.
  void Update(absl::string_view name, std::vector<Location> locations, uint64_t look);
  // `location` has it, too: that is known without a look.
  void Insert(absl::string_view name, const Location& location);

  bool watches(absl::string_view name) const;
  // Names that are watched, in their order.
  std::vector<std::string> watched() const;

  // There will be no changes any more: all who wait get kUnavailable.
  void Close();

 private:
  struct Shared;
  class Watch;

  const std::shared_ptr<Shared> shared_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_NAME_WATCHES_H_
