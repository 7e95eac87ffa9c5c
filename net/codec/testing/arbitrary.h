// Arbitrary messages of everything.fbs, for properties.

#ifndef REHEARSE_NET_CODEC_TESTING_ARBITRARY_H_
#define REHEARSE_NET_CODEC_TESTING_ARBITRARY_H_

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/codec/testing/everything.h"

namespace rehearse::codec_test {

// Draw within a property. Enumerators are any number of their type; no real number is a NaN.
Numbers DrawNumbers();
Parts DrawParts();
Tree DrawTree();
Drawing DrawDrawing();

// `bytes` with one to four bits flipped; not empty.
std::string DrawFlipped(std::string bytes);

}  // namespace rehearse::codec_test

#endif  // REHEARSE_NET_CODEC_TESTING_ARBITRARY_H_
