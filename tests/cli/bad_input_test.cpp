// Whatever is typed: one line that names the argument and says what would be right, exit status 2;
// never an exception's text, a crash or a hang.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace dsys;

namespace {

void check_refused(const std::string& words, const std::string& part) {
  CAPTURE(words);
  check_refused(run_dsys(words), part);
}

}  // namespace

TEST_CASE("an unknown problem, verb, scenario, flaw or node is named, with what there is") {
  check_refused("rafft", "raft");
  check_refused("cap", "not here yet");
  check_refused("raft demmo", "one of demo, break");
  check_refused("raft demo --scenario nope", "one of tour");
  check_refused("raft break nope", "`dsys raft break` lists them");
  check_refused("raft break commit-old-term --property RF-S1", "RF-S5");
  check_refused("raft demo --impl nope", "flaw:NAME");
  check_refused("raft demo --impl flaw:nope", "no such flaw");
  check_refused("raft demo --fault '300ms crash n9'", "one of n1, n2");
  check_refused("raft demo --fault '300ms crash follower'", "leader");
  check_refused("raft read --section nope", "--list");
  check_refused("lock node --flaw fence-strict", "one of the resource");
}

TEST_CASE("a malformed fault says what would be right") {
  check_refused("raft demo --fault '300 crash n1'", "fault '300 crash n1'");
  check_refused("raft demo --fault ''", "for instance");
  check_refused("raft demo --fault '1s crsh n1'", "one of crash");
  check_refused("raft demo --fault 'drop n1->n2'", "30%");
  check_refused("raft demo --fault \"$(printf 'crash \\001n1')\"", "?n1");
}

TEST_CASE("numbers out of range are refused with the range") {
  check_refused("raft demo --nodes 0", "from 1 to");
  check_refused("raft demo --nodes 1000000000", "from 1 to");
  check_refused("raft demo --nodes 26", "1 to 25");
  check_refused("raft demo --nodes three", "whole number");
  check_refused("raft demo --nodes -3", "--nodes");
  check_refused("raft demo --scenario figure-8 --nodes 3", "takes 5 nodes");
  check_refused("raft demo --seed -1", "--seed");
  check_refused("raft demo --seed 1.5", "whole number");
  check_refused("raft demo --seed 99999999999999999999", "--seed");
  check_refused("raft demo --length 0s", "--length");
  check_refused("raft demo --length 99999h", "--length");
  check_refused("raft check --seeds 0", "--seeds");
  check_refused("raft check --jobs 0", "--jobs");
}

TEST_CASE("unknown options and stray words are named") {
  check_refused("raft demo --nope", "--nope");
  check_refused("raft --nope", "--nope");
  check_refused("raft demo stray", "stray");
  check_refused("raft demo --seed", "--seed");
  check_refused("raft demo --trace loud", "story, messages");
  check_refused("list nope", "nope");
  check_refused("raft demo --out /no/such/folder/file", "--out");
}

TEST_CASE("a script or a client that does not fit says what would be right") {
  check_refused("raft demo --script '300 crash n1'", "fault '300 crash n1'");
  check_refused("raft demo --script ''", "for instance");
  check_refused("raft demo --script", "--script");
  check_refused("raft demo --script '300ms crash n9'", "one of n1, n2");
  check_refused("raft demo --script none --script heal", "--script none: stands alone");
  check_refused("raft demo --without", "--without");
  check_refused("raft demo --without ''", "you can leave out c1");
  check_refused("raft demo --without c9", "'c9': nobody has this name; you can leave out c1");
  check_refused("raft demo --without n1", "'n1': a node under test cannot be left out");
  check_refused("raft demo --without c1,c2", "'c1,c2'");
  check_refused("raft demo --scenario election --without c1", "nobody can be left out");
  check_refused("raft check --without c1", "name it with --scenario");
  check_refused("raft check --script none", "name it with --scenario");
  check_refused("raft check --scenario retries --without c2", "you can leave out c1");
}

TEST_CASE("check validates the number of nodes like demo") {
  check_refused("raft check --scenario figure-8 --nodes 3", "takes 5 nodes");
}

TEST_CASE("keys that cannot be read are refused") {
  check_refused("hashring --keys /no/such/file", "--keys");
  check_refused("hashring --keys /", "--keys");
  check_refused("hashring --keys /dev/null", "--keys");
  check_refused("hashring --keys <(printf 'a\\0b\\n')", "--keys");
  check_refused("hashring --nodes 0", "--nodes");
  check_refused("hashring --nodes 1000000000", "--nodes");
  check_refused("hashring --virtual-nodes 0", "--virtual-nodes");
  check_refused("hashring --replicas -1", "--replicas");
  check_refused("hashring --weight server9=2", "--weight");
  check_refused("hashring --weight server1", "--weight");
  check_refused("hashring --algorithm nope", "one of");
  check_refused("hashring demo --scenario nope", "one of");
}

TEST_CASE("a reader that goes away ends the program quietly") {
  const Ran ran = run_shell(
      "dsys raft demo --scenario crash-storm --trace all | head -n 1; "
      "echo \"${PIPESTATUS[0]}\"");
  CHECK(ran.err.empty());
  CHECK(ran.out.find("Raft consensus") == 0);
  // 0, or 141 where the shell reports the signal of the closed pipe.
  CHECK((ran.out.ends_with("\n0\n") || ran.out.ends_with("\n141\n")));
}

TEST_CASE("a reader that goes away is no error even where the signal is ignored") {
  const Ran ran =
      run_shell("trap '' PIPE; dsys raft demo --scenario crash-storm --trace all | head -n 1");
  CHECK(ran.err.empty());
}

TEST_CASE("a full disk is said in one line") {
  const Ran ran = run_shell("dsys raft demo >/dev/full");
  CHECK(ran.status == 2);
  CHECK(ran.err == "dsys: standard output: cannot be written (No space left on device)\n");
}
