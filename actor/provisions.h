// What other rooms provide to a node's programs, found again by its type.
//
// A node knows its clock, log and names. It does not know sockets: whoever carries it provides
// them, and the room that they belong to has the function that finds them (net::SocketsOf).

#ifndef REHEARSE_ACTOR_PROVISIONS_H_
#define REHEARSE_ACTOR_PROVISIONS_H_

#include <utility>
#include <vector>

namespace rehearse {

// At most one of each type. Filled before programs run; then read from any thread.
class Provisions {
 public:
  // `provided` outlives this, and takes the place of a T that was provided before.
  template <typename T>
  void Provide(T& provided) {
    for (auto& [key, kept] : kept_) {
      if (key == &kKey<T>) return static_cast<void>(kept = &provided);
    }
    kept_.emplace_back(&kKey<T>, &provided);
  }

  // Null: nobody provided one.
  template <typename T>
  T* Find() const {
    for (const auto& [key, kept] : kept_) {
      if (key == &kKey<T>) return static_cast<T*>(kept);
    }
    return nullptr;
  }

 private:
  // Each type's has an address of its own, which is all that it is for. Addresses are compared for
  // being the same, and give no order.
  template <typename T>
  static constexpr char kKey = 0;

  std::vector<std::pair<const char*, void*>> kept_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PROVISIONS_H_
