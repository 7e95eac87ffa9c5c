// Where in a test a call stands, so that a failure names the test's line and not the kit's.

#ifndef REHEARSE_SIM_TESTKIT_PLACE_H_
#define REHEARSE_SIM_TESTKIT_PLACE_H_

namespace rehearse::sim {

//   void Expect(Place place = Place::Here());   // the caller's own file and line
struct Place {
  const char* file;
  int line;

  static constexpr Place Here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_TESTKIT_PLACE_H_
