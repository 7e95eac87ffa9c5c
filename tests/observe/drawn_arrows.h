// The arrows of a drawing, and what stands at their ends.

#ifndef REHEARSE_TESTS_OBSERVE_DRAWN_ARROWS_H_
#define REHEARSE_TESTS_OBSERVE_DRAWN_ARROWS_H_

#include <map>
#include <string>
#include <vector>

#include "rehearse/tests/observe/json_value.h"

namespace rehearse {

struct DrawnSlice {
  std::string process;  // its node's name
  std::string track;    // "Counter#3"
  std::string name;
};

struct DrawnArrow {
  DrawnSlice from;
  DrawnSlice to;
};

// Of one or more drawings' events together. An arrow's end that meets no slice has an empty name.
class DrawnArrows {
 public:
  explicit DrawnArrows(const std::vector<JsonValue>& events) {
    for (const JsonValue& event : events) Learn(event);
    std::map<std::string, DrawnArrow> by_id;
    for (const JsonValue& event : events) {
      const std::string& phase = event["ph"].text;
      if (phase == "s") by_id[event["id"].text].from = SliceAt(events, event);
      if (phase == "f") by_id[event["id"].text].to = SliceAt(events, event);
    }
    for (const auto& [id, arrow] : by_id) arrows_.push_back(arrow);
  }

  const std::vector<DrawnArrow>& arrows() const { return arrows_; }
  // Of those that end in a slice of this name.
  std::vector<DrawnArrow> To(const std::string& slice) const {
    std::vector<DrawnArrow> found;
    for (const DrawnArrow& arrow : arrows_) {
      if (arrow.to.name == slice) found.push_back(arrow);
    }
    return found;
  }

 private:
  // Half a nanosecond: times are sums of decimal fractions.
  static constexpr double kRounding = 0.0005;

  void Learn(const JsonValue& event) {
    const std::string& what = event["name"].text;
    const double process = event["pid"].number;
    if (what == "process_name") processes_[process] = event["args"]["name"].text;
    if (what == "thread_name") tracks_[{process, event["tid"].number}] = event["args"]["name"].text;
  }

  DrawnSlice SliceAt(const std::vector<JsonValue>& events, const JsonValue& end) const {
    const double process = end["pid"].number;
    const double track = end["tid"].number;
    const double at = end["ts"].number;
    DrawnSlice found;
    const auto name = processes_.find(process);
    if (name != processes_.end()) found.process = name->second;
    const auto named = tracks_.find({process, track});
    if (named != tracks_.end()) found.track = named->second;
    for (const JsonValue& event : events) {
      const double begin = event["ts"].number;
      if (event["ph"].text == "X" && event["pid"].number == process &&
          event["tid"].number == track && begin <= at &&
          at <= begin + event["dur"].number + kRounding) {
        found.name = event["name"].text;
      }
    }
    return found;
  }

  std::map<double, std::string> processes_;
  std::map<std::pair<double, double>, std::string> tracks_;
  std::vector<DrawnArrow> arrows_;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_OBSERVE_DRAWN_ARROWS_H_
