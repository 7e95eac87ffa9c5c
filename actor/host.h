// What a node's host gives its programs besides time and names.

#ifndef REHEARSE_ACTOR_HOST_H_
#define REHEARSE_ACTOR_HOST_H_

#include "rehearse/actor/env/files.h"
#include "rehearse/actor/env/processes.h"
#include "rehearse/actor/node.h"

namespace rehearse {

// Of a node that RunNode or sim::World carries; elsewhere provide one (Node::Provide). On the
// node's fibers. Throws std::logic_error if there is none.
Files& FilesOf(const Node& node);
Processes& ProcessesOf(const Node& node);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_HOST_H_
