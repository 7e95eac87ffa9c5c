#include "rehearse/net/socket/node_sockets.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "rehearse/actor/testing/test_node.h"
#include "rehearse/net/socket/testing/memory_sockets.h"

namespace rehearse::net {
namespace {

TEST(NodeSocketsTest, AreThoseThatWereProvided) {
  TestNode node;
  MemorySockets sockets(node.world().scheduler());
  node->Provide<Sockets>(sockets);
  EXPECT_EQ(&SocketsOf(*node), &sockets);
}

TEST(NodeSocketsTest, WithoutAnyItIsAPanicThatSaysWhatToDo) {
  TestNode node;
  try {
    SocketsOf(*node);
    FAIL() << "there were none";
  } catch (const std::logic_error& thrown) {
    EXPECT_STREQ(thrown.what(),
                 "node node has no sockets: RunNode and sim::World provide them; elsewhere call "
                 "node.Provide<net::Sockets>");
  }
}

}  // namespace
}  // namespace rehearse::net
