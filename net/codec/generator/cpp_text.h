// Which names C++ takes, and how it spells a value.

#ifndef REHEARSE_NET_CODEC_GENERATOR_CPP_TEXT_H_
#define REHEARSE_NET_CODEC_GENERATOR_CPP_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// True for a word of the language (C++20): it can't name a member, a type or a namespace.
bool IsCppKeyword(absl::string_view name);

// A literal that initialises a variable of `type` ("int64_t", "uint8_t", "bool") with `value`; of
// an unsigned type, `value` has its 64 bits.
std::string IntegerLiteral(absl::string_view type, int64_t value);

// The same for "float" and "double", to the last bit. Infinities and NaN need <limits>.
std::string FloatLiteral(absl::string_view type, double value);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_CPP_TEXT_H_
