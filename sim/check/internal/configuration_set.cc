#include "rehearse/sim/check/internal/configuration_set.h"

namespace rehearse::sim {
namespace {

// A slot of the hash table just after it has grown, when a bit less than half of them are taken.
constexpr uint64_t kBytesAPrint = 64;

}  // namespace

bool ConfigurationSet::Insert(const Fingerprint& print, const BitSet& spent, uint64_t* steps) {
  const auto [place, is_new] = first_.try_emplace(print, kEnd);
  if (words_ == 0) return is_new;
  for (uint32_t node = place->second; node != kEnd; node = next_[node]) {
    ++*steps;
    if (Covers(node, spent)) return false;
  }
  next_.push_back(place->second);
  place->second = static_cast<uint32_t>(next_.size() - 1);
  spent_.insert(spent_.end(), spent.words().begin(), spent.words().end());
  return true;
}

bool ConfigurationSet::Covers(uint32_t node, const BitSet& spent) const {
  const uint64_t* words = &spent_[node * words_];
  for (size_t i = 0; i < words_; ++i) {
    if (words[i] & ~spent.words()[i]) return false;
  }
  return true;
}

void ConfigurationSet::Clear() {
  first_.clear();
  next_.clear();
  spent_.clear();
}

uint64_t ConfigurationSet::bytes() const {
  return first_.size() * kBytesAPrint + next_.capacity() * sizeof(uint32_t) +
         spent_.capacity() * sizeof(uint64_t);
}

}  // namespace rehearse::sim
