#include "problems/hashring/parts.hpp"

#include "tests/problem/standard.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace dsys::hashring {

TEST_CASE("the flaw of the stale view lets two nodes take writes of one key") {
  const auto all = flaws();
  const auto flaw = std::find_if(all.begin(), all.end(),
                                 [](const Flaw& one) { return one.id == "ring.stale-view"; });
  trace::Recorder<RingProtocol> recorder(trace::Detail::story);
  (void)parts().run(scenario_named(parts(), "stale-views"), flaw->implementation, {}, {.seed = 1},
                    {&recorder});
  bool old_version_taken = false;
  bool new_version_taken = false;
  for (const trace::Entry& entry : recorder.take()) {
    const bool is_late = entry.time > 5s && entry.fields.find(" := ") != std::string::npos;
    const bool by_old = entry.fields.find("version 3") != std::string::npos;
    old_version_taken = old_version_taken || (is_late && by_old);
    new_version_taken = new_version_taken || (is_late && !by_old);
  }
  CHECK(old_version_taken);
  CHECK(new_version_taken);
}

}  // namespace dsys::hashring
