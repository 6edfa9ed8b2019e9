// Golden traces are documents: read them from top to bottom. DSYS_UPDATE_GOLDEN=1 rewrites them;
// understand the difference before you do. Each preset compares with the same files, so they also
// hold that debug and release builds of both compilers print the same bytes.
#include "common/core/hash.hpp"
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace dsys;

namespace {

struct Golden {
  const char* file;
  const char* words;
};

const std::vector<Golden> documents{
    {"hashring-5.txt", "hashring --nodes 5"},
    {"hashring-collision.txt", "hashring demo --scenario collision"},
    {"hashring-replica-same-node-flaw.txt", "hashring break replica-same-node"},
    {"lock-tour.txt", "lock demo"},
    {"lock-pause-all.txt", "lock demo --scenario pause --length 6200ms --trace messages"},
    {"lock-fence-writes-only-search.txt", "lock break fence-writes-only"},
    {"raft-tour.txt", "raft demo"},
    {"raft-figure-8.txt", "raft demo --scenario figure-8"},
    {"raft-figure-8-flaw.txt", "raft break commit-old-term --schedule"},
    {"raft-stale-read-flaw.txt", "raft break local-read --schedule"},
    {"raft-longer-log-search.txt", "raft break length-only"},
    {"raft-election-lanes.txt",
     "raft demo --scenario election --length 600ms --trace messages --lanes"},
    {"raft-later-term-all.txt", "raft demo --scenario later-term --length 520ms --trace all"},
    {"raft-retries.jsonl", "raft demo --scenario retries --length 450ms --trace json"},
    {"zklock-tour.txt", "zklock demo"},
    {"zklock-no-recheck-search.txt", "zklock break no-recheck"},
    {"zklock-pause-all.txt", "zklock demo --scenario pause --length 7s --trace messages"}};

const std::string folder = std::string(DSYS_GOLDEN) + "/";

bool updates() {
  return std::getenv("DSYS_UPDATE_GOLDEN") != nullptr;
}

// The first line that differs, for a reader of the failure.
std::string first_difference(const std::string& left, const std::string& right) {
  std::size_t start = 0;
  std::size_t line = 1;
  while (start < left.size() && start < right.size()) {
    const std::string one = left.substr(start, left.find('\n', start) - start);
    const std::string other = right.substr(start, right.find('\n', start) - start);
    if (one != other) return "line " + std::to_string(line) + ": " + one + "  |  " + other;
    start += one.size() + 1;
    ++line;
  }
  return "one is longer";
}

}  // namespace

TEST_CASE("golden traces have not changed") {
  for (const Golden& golden : documents) {
    CAPTURE(golden.words);
    const std::string printed = run_dsys(golden.words).out;
    if (updates()) std::ofstream(folder + golden.file, std::ios::binary) << printed;
    const std::string expected = read_file(folder + golden.file);
    CAPTURE(first_difference(expected, printed));
    CHECK(printed == expected);
  }
}

// Of whole traces only the digests are kept: each must be the same with every compiler and in
// every build.
TEST_CASE("the same seed gives the same bytes in every build") {
  std::string digests;
  for (const char* words :
       {"raft demo --scenario crash-storm --seed 1", "raft demo --scenario crash-storm --seed 2",
        "raft demo --scenario replication --seed 3", "raft demo --scenario partition --seed 4",
        "raft demo --fault 'random 9' --length 6s --seed 5",
        "raft demo --scenario election --nodes 9 --seed 6", "lock demo --scenario crowd --seed 1",
        "lock demo --scenario failover --seed 2", "hashring demo --scenario balance --seed 7",
        "hashring demo --scenario stale-views --seed 8",
        "zklock demo --scenario leader-change --seed 1", "zklock demo --scenario reuse --seed 2"}) {
    const std::string trace = run_dsys(std::string(words) + " --trace all").out;
    CHECK(trace.size() > 1000);
    digests += std::to_string(hash_text(trace)) + "  " + words + "\n";
  }
  if (updates()) std::ofstream(folder + "digests.txt", std::ios::binary) << digests;
  CHECK(digests == read_file(folder + "digests.txt"));
}
