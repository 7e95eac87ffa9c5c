// Finds answers that come twice.
//
// A late answer is none: an asker may give up. So what askers gave up is kept in mind, until its
// answer comes; any other answer that nobody waits for is a second one.

#ifndef REHEARSE_SIM_WORLD_REPLY_ORACLE_H_
#define REHEARSE_SIM_WORLD_REPLY_ORACLE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply_watch.h"

namespace rehearse::sim {

// One world's.
class ReplyOracle final : public ReplyWatch {
 public:
  // `found` is told, in words, who has answered twice.
  explicit ReplyOracle(std::function<void(const std::string& what)> found)
      : found_(std::move(found)) {}

  void GivenUp(const Node& node, ReplyId ask) override { given_up_.insert(KeyOf(node, ask)); }
  void Unwanted(const Node& node, ReplyId ask) override;
  void AnsweredAgain(const Node& node, absl::string_view peer, uint64_t request) override;

 private:
  // Of each node's life; another life's answers are never heard of.
  using Key = std::pair<const Node*, uint64_t>;
  static Key KeyOf(const Node& node, ReplyId ask) { return {&node, ask.value}; }

  const std::function<void(const std::string&)> found_;
  absl::flat_hash_set<Key> given_up_;  // order-free: looked up by key only
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_REPLY_ORACLE_H_
