// A node with an evening's talk, as one of the guests heard it.

#include <cstdio>

#include "examples/pubsub_chat/pubsub_chat.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  return rehearse::net::RunNode(argc, argv, [](rehearse::Node& node) {
    const auto heard = examples::pubsub_chat::Chat(node);
    if (heard.ok()) {
      for (const std::string& line : *heard) std::printf("%s\n", line.c_str());
    }
    node.Shutdown();
    return heard.status();
  });
}
