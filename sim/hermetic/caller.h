// The name of a function further up the stack, for messages.

#ifndef REHEARSE_SIM_HERMETIC_CALLER_H_
#define REHEARSE_SIM_HERMETIC_CALLER_H_

#include <cstddef>
#include <string>
#include <vector>

namespace rehearse::sim {

// The nearest caller that is neither ours nor the standard library's; "an unnamed function" if the
// executable has no symbols. Needs absl::InitializeSymbolizer before.
std::string CallerName();

// The callers that have a name, ours too but not the standard library's, from the nearest on;
// `most` of them.
std::vector<std::string> CallerNames(size_t most);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_CALLER_H_
