// What replicas have promised, for a rehearsal to notice when one answers from a state that it has
// lost.
//
// That is long before it costs a reader the newest value: other replicas hold it, too, and the next
// write hides the loss. Clients use the one that their node is provided with (Node::Provide);
// in production there is none.

#ifndef EXAMPLES_REPLICATED_REGISTER_PROMISES_H_
#define EXAMPLES_REPLICATED_REGISTER_PROMISES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "examples/replicated_register/register.h"
#include "examples/replicated_register/replica.h"

namespace examples::replicated_register {

struct Promise {
  uint64_t life = 0;  // that made it; what a later one holds is another matter
  Tagged tagged;
};

// Of all replicas to all clients, which are in one thread.
class Promises {
 public:
  // Replica number `replica` has acknowledged `tagged` in that life.
  void Add(size_t replica, uint64_t life, const std::string& key, const Tagged& tagged) {
    Promise& newest = promised_[{replica, key}];
    if (life < newest.life) return;
    if (life > newest.life || Newer(tagged, newest.tagged)) newest = {life, tagged};
  }

  // The newest that it has acknowledged: what it holds from now on, if not something newer.
  Promise Of(size_t replica, const std::string& key) const {
    const auto promised = promised_.find({replica, key});
    return promised == promised_.end() ? Promise() : promised->second;
  }

 private:
  std::map<std::pair<size_t, std::string>, Promise> promised_;
};

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_PROMISES_H_
