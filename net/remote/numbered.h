// Things that wait, each under a number, until somebody comes with that number.
//
// Numbers only grow, and what is added first is mostly taken first. So the entries stay in a row,
// in order; what is taken leaves a gap, and the gaps go when the row is full. A map would allocate
// and balance for each message.

#ifndef REHEARSE_NET_REMOTE_NUMBERED_H_
#define REHEARSE_NET_REMOTE_NUMBERED_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace rehearse::net {

// T is movable and has a default. Whoever shares it has a lock of their own.
template <typename T>
class Numbered {
 public:
  // Returns its number: 1 for the first, and so on.
  uint64_t Add(T value) {
    if (entries_.size() == entries_.capacity()) MakeRoom();
    entries_.push_back({next_, true, std::move(value)});
    return next_++;
  }

  // Takes it out, to `value`; false if it is not there, or no more.
  bool Take(uint64_t number, T& value) {
    const size_t place = Find(number);
    if (place == entries_.size()) return false;
    entries_[place].here = false;
    value = std::exchange(entries_[place].value, T());
    return true;
  }

  // Null if it is not there, or no more. Until the next Add.
  T* At(uint64_t number) {
    const size_t place = Find(number);
    return place == entries_.size() ? nullptr : &entries_[place].value;
  }

  bool Has(uint64_t number) const { return Find(number) != entries_.size(); }

  // Those that wait. Takes as long as there are.
  size_t size() const {
    return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(),
                                             [](const Entry& entry) { return entry.here; }));
  }

  // Whether nothing waits. Takes as long as there are gaps at the front.
  bool empty() const {
    return std::none_of(entries_.begin(), entries_.end(),
                        [](const Entry& entry) { return entry.here; });
  }

  // Takes out all, in order of their numbers.
  std::vector<T> TakeAll() {
    std::vector<T> values;
    for (Entry& entry : entries_) {
      if (entry.here) values.push_back(std::move(entry.value));
    }
    entries_.clear();
    return values;
  }

 private:
  struct Entry {
    uint64_t number;
    bool here;
    T value;
  };

  // Its place in the row; the row's end if it is not there, or no more.
  size_t Find(uint64_t number) const {
    const size_t place = PlaceOf(number);
    return place < entries_.size() && entries_[place].here ? place : entries_.size();
  }

  size_t PlaceOf(uint64_t number) const {
    if (entries_.empty() || number < entries_.front().number) return entries_.size();
    // As long as nothing waits much longer than the rest, no number is missing from the row.
    const uint64_t place = number - entries_.front().number;
    if (place < entries_.size() && entries_[place].number == number) return place;
    const auto at =
        std::lower_bound(entries_.begin(), entries_.end(), number,
                         [](const Entry& entry, uint64_t wanted) { return entry.number < wanted; });
    return at == entries_.end() || at->number != number
               ? entries_.size()
               : static_cast<size_t>(at - entries_.begin());
  }

  // Half of the row at least is free afterwards, so that each entry is moved once on average.
  void MakeRoom() {
    const auto is_here = [](const Entry& entry) { return entry.here; };
    entries_.erase(entries_.begin(), std::find_if(entries_.begin(), entries_.end(), is_here));
    if (2 * entries_.size() > entries_.capacity()) {
      std::erase_if(entries_, [](const Entry& entry) { return !entry.here; });
    }
    entries_.reserve(std::max(kEntriesMin, 2 * entries_.size()));
  }

  static constexpr size_t kEntriesMin = 16;

  std::vector<Entry> entries_;
  uint64_t next_ = 1;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_NUMBERED_H_
