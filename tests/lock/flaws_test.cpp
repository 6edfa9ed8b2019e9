#include "problems/lock/flaws.hpp"

#include "tests/lock/subject.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

using namespace dsys;
using namespace dsys::lock;

TEST_CASE("every flaw of the lock breaks what it is said to break, and the reference does not") {
  check_exposures(subject());
}

TEST_CASE("a flaw of the lock shows under other seeds as well") {
  check_other_seeds(subject());
}

// Two of the question bank's are two decisions at once: its key has one name for everybody, and a
// lease that is too short is harmless to a client that knows when it ends.
TEST_CASE("no flaw of the lock is a copy: each is the reference with one thing replaced") {
  const std::map<std::string_view, int> more_than_one{
      {"lock.unconditional-put", 3}, {"lock.exists-check", 2}, {"lock.ttl-mismatch", 2}};
  std::set<std::string_view> names;
  for (const Replacement& one : replacements()) {
    CAPTURE(std::string(one.flaw));
    CHECK(names.insert(one.flaw).second);
    const int replaced = swapped_rules(*one.rules, reference_rules) +
                         (one.client_bend != nullptr ? 1 : 0) +
                         (one.store_bend != nullptr ? 1 : 0) + (one.asks_in_two_steps ? 1 : 0);
    const auto known = more_than_one.find(one.flaw);
    CHECK(replaced == (known == more_than_one.end() ? 1 : known->second));
  }
  CHECK(replacements().size() == all_flaws().size());
}

TEST_CASE("all flaws of the lock, from the question bank and the classics, are here") {
  check_flaw_names(
      subject(),
      {"lock.unconditional-put", "lock.exists-check", "lock.ttl-mismatch", "lock.cancel-not-revoke",
       "lock.no-fencing", "lock.check-then-set", "lock.no-lease", "lock.delete-foreign",
       "lock.token-random", "lock.no-recheck", "lock.watch-gap", "lock.herd", "lock.retry-new-key",
       "lock.wall-clock", "lock.lease-from-receipt", "lock.async-replica", "lock.fence-strict",
       "lock.fence-writes-only", "lock.renew-forever"});
}

TEST_CASE("every property of the lock but the witnesses has a flaw that breaks it") {
  check_every_property_is_broken(subject());
}
