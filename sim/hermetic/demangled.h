// Names of functions and types as people write them.

#ifndef REHEARSE_SIM_HERMETIC_DEMANGLED_H_
#define REHEARSE_SIM_HERMETIC_DEMANGLED_H_

#include <string>

namespace rehearse::sim {

// "_ZN3foo3barEv" is "foo::bar()", and "3foo", as typeid says it, "foo"; what is neither stays as
// it is. Abseil's symbolizer gives up on some names, those with ABI tags among them; this doesn't,
// but it allocates, so that no signal handler may call it.
std::string Demangled(const std::string& name);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_DEMANGLED_H_
