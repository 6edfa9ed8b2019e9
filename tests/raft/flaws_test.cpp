#include "problems/raft/flaws.hpp"

#include "tests/raft/subject.hpp"

#include <set>
#include <string>
#include <string_view>

using namespace dsys;
using namespace dsys::raft;

TEST_CASE("every flaw breaks each property that it is said to break, and the reference does not") {
  check_exposures(subject());
}

TEST_CASE("no flaw is a copy: each is the reference with exactly one thing replaced") {
  std::set<std::string_view> names;
  for (const Replacement& one : replacements()) {
    CAPTURE(std::string(one.flaw));
    CHECK(names.insert(one.flaw).second);
    CHECK(swapped_rules(*one.rules, reference_rules) + (one.bend != nullptr ? 1 : 0) == 1);
  }
  CHECK(replacements().size() == all_flaws().size());
}

TEST_CASE("all flaws of the question bank and of the classics are here") {
  check_flaw_names(subject(),
                   {"raft.self-compare",      "raft.no-voted-for",     "raft.term-goes-back",
                    "raft.votes-not-counted", "raft.fixed-timeout",    "raft.accept-stale-term",
                    "raft.no-prev-check",     "raft.ack-first",        "raft.heartbeat-appends",
                    "raft.broadcast-storm",   "raft.no-replication",   "raft.reply-to-leader",
                    "raft.no-persist",        "raft.commit-old-term",  "raft.vote-not-durable",
                    "raft.ack-before-fsync",  "raft.truncate-always",  "raft.commit-last-index",
                    "raft.length-only",       "raft.timer-any-rpc",    "raft.count-duplicate-votes",
                    "raft.match-from-now",    "raft.local-read",       "raft.no-noop",
                    "raft.no-session",        "raft.step-down-missing"});
}
