#include "rehearse/sim/hermetic/demangled.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace rehearse::sim {

std::string Demangled(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return text == nullptr ? name : std::string(text.get());
}

}  // namespace rehearse::sim
