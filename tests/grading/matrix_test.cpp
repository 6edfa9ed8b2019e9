// Every flaw against every group of the rubric. The table in each problem's README is made here:
// DSYS_UPDATE_GOLDEN=1 writes it.
#include "apps/dsys/problems.hpp"
#include "common/cli/problem.hpp"
#include "common/study/grading.hpp"
#include "tests/grading/problem_named.hpp"
#include "tests/grading/written.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dsys {
namespace {

using study::Grade;
using study::GroupResult;
using study::Loss;

Grade grade_of(const cli::Problem& problem, const std::optional<std::string>& flaw) {
  return study::grade(problem.rubric, {.jobs = 2, .run = [&](const study::GradedRun& run) {
                                         cli::RunRequest request{
                                             .scenario = std::string(run.scenario),
                                             .flaw = flaw,
                                             .properties = run.properties,
                                             .options = {.seed = run.seed}};
                                         return problem.run(request).result;
                                       }});
}

// What the facts say: who loses in which group.
using Losers = std::map<std::string_view, std::vector<std::string_view>>;

const Losers raft_losers{
    {"A1", {"no-voted-for", "vote-not-durable", "count-duplicate-votes", "no-persist"}},
    {"A2", {"self-compare", "length-only"}},
    {"A3",
     {"self-compare", "votes-not-counted", "fixed-timeout", "reply-to-leader", "broadcast-storm",
      "timer-any-rpc"}},
    {"A4", {"term-goes-back", "accept-stale-term", "step-down-missing"}},
    {"B1", {"no-prev-check", "heartbeat-appends", "no-replication"}},
    {"B2", {"truncate-always"}},
    {"B3", {"commit-last-index"}},
    {"C1", {"ack-first", "match-from-now", "no-replication"}},
    {"C2", {"commit-old-term"}},
    {"D1", {"no-persist", "vote-not-durable", "ack-before-fsync"}},
    {"E1", {"local-read", "no-noop", "ack-first"}},
    {"E2", {"no-session"}}};

const Losers hashring_losers{
    {"A", {"get-last", "no-wrap", "strict-greater", "remove-by-hash", "mod-n", "signed"}},
    {"B", {"mod-n", "get-last", "weak-hash"}},
    {"C", {"remove-by-hash", "remove-collision", "unstable-label"}},
    {"D", {"unstable-hash", "order-dependent"}},
    {"E", {"overwrite", "remove-collision", "order-dependent"}},
    {"F", {"mod-xor", "fnv-add", "no-vnodes", "weak-hash"}},
    {"G", {"replica-same-node"}},
    {"H", {"hot-key"}},
    {"I", {"unsorted-publish", "stale-view"}}};

const Losers lock_losers{
    {"A1", {"unconditional-put", "exists-check", "check-then-set"}},
    // The token keeps the counter exact where two own at once, unless both have the same.
    {"A2", {"exists-check"}},
    {"B1", {"token-random", "async-replica", "no-fencing"}},
    {"B2", {"no-fencing", "token-random", "fence-writes-only", "fence-strict"}},
    {"C1", {"no-lease", "renew-forever"}},
    {"C2", {"ttl-mismatch"}},
    {"D1", {"delete-foreign"}},
    {"D2", {"cancel-not-revoke"}},
    {"E1", {"no-recheck"}},
    {"E2", {"retry-new-key"}},
    {"E3", {"watch-gap"}},
    {"F1", {"lease-from-receipt", "wall-clock"}},
    {"F2", {"async-replica"}},
    {"G", {"herd"}}};

const Losers zklock_losers{
    // Who watches the lowest looks again before it owns, so only the herd shows.
    {"A1", {"create-is-lock", "no-recheck", "string-sort"}},
    // The token keeps the counter exact where two own at once.
    {"A2", {"fence-strict"}},
    {"B", {"discard-name", "delete-by-name"}},
    {"C", {"persistent"}},
    {"D1", {"no-fencing", "fence-strict"}},
    {"D2", {"no-fencing", "seq-token"}},
    {"E1", {"ignore-disconnect", "session-too-short"}},
    {"E2", {"shared-session"}},
    {"F", {"retry-create", "no-sync", "disconnect-is-loss"}},
    {"G1", {"exists-race"}},
    {"G2", {"herd", "watch-lowest"}},
    {"G3", {"string-sort"}},
    {"H1", {"timeout-leaves-node"}},
    {"H2", {"event-thread", "no-parent"}},
    {"I", {"session-too-short"}}};

struct Row {
  std::string flaw;
  Grade grade;
};

// Graded once for all tests of a problem.
const std::vector<Row>& matrix_of(const cli::Problem& problem) {
  static std::map<std::string_view, std::vector<Row>> matrices;
  std::vector<Row>& rows = matrices[problem.name];
  if (!rows.empty()) return rows;
  for (const cli::FlawText& flaw : problem.flaws) {
    rows.push_back({std::string(flaw.id), grade_of(problem, std::string(flaw.id))});
  }
  return rows;
}

bool loses_in(const Grade& grade, std::string_view group) {
  return std::any_of(grade.groups.begin(), grade.groups.end(), [&](const GroupResult& one) {
    return one.group->id == group && !one.losses.empty();
  });
}

void check_losers(const cli::Problem& problem, const Losers& losers) {
  std::set<std::string> seen;
  for (const Row& row : matrix_of(problem)) {
    const std::string name = row.flaw.substr(row.flaw.find('.') + 1);
    for (const auto& losing : losers) {
      const auto& flaws = losing.second;
      if (std::find(flaws.begin(), flaws.end(), name) == flaws.end()) continue;
      CAPTURE(row.flaw);
      CAPTURE(std::string(losing.first));
      CHECK(loses_in(row.grade, losing.first));
      seen.insert(name);
    }
  }
  CHECK(seen.size() == problem.flaws.size());  // each flaw loses somewhere
}

// The properties that a flaw is said to break, and those that its stories name.
void check_stories(const cli::Problem& problem) {
  const auto& rows = matrix_of(problem);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::set<std::string_view> told;
    for (const GroupResult& group : rows[i].grade.groups) {
      for (const Loss& loss : group.losses) {
        if (loss.kind == Loss::Kind::broken) told.insert(loss.verdict.text.id);
      }
    }
    CAPTURE(rows[i].flaw);
    CHECK(std::any_of(problem.flaws[i].exposures.begin(), problem.flaws[i].exposures.end(),
                      [&](const check::Exposure& one) { return told.contains(one.property); }));
  }
}

// --- The table ---

std::string table_of(const cli::Problem& problem) {
  std::string head = "| flaw | score |";
  std::string rule = "|---|---|";
  for (const study::Group& group : problem.rubric.groups) {
    head += fmt::format(" {} |", group.id);
    rule += "---|";
  }
  std::string table = head + "\n" + rule + "\n";
  for (const Row& row : matrix_of(problem)) {
    table +=
        fmt::format("| `{}` | {} |", row.flaw.substr(row.flaw.find('.') + 1), row.grade.points);
    for (const GroupResult& one : row.grade.groups) {
      const unsigned lost = study::points_of(*one.group) - one.points;
      table += lost == 0 ? "  |" : fmt::format(" -{} |", lost);
    }
    table += "\n";
  }
  return table;
}

void check_matrix(const cli::Problem& problem, const Losers& losers) {
  check_losers(problem, losers);
  check_stories(problem);
  check_written(problem, "matrix", table_of(problem));
}

}  // namespace

TEST_CASE("the rubrics have 100 points, and ask only for what the problem has") {
  for (const cli::PlannedProblem& planned : all_problems()) {
    if (planned.problem == nullptr) continue;
    const cli::Problem& problem = *planned.problem;
    CAPTURE(std::string(problem.name));
    unsigned points = 0;
    unsigned stage = 1;
    for (const study::Group& group : problem.rubric.groups) {
      points += study::points_of(group);
      CHECK(group.stage >= stage);
      stage = group.stage;
      CHECK(problem.reading.find(fmt::format("\n## {}", group.section)) != std::string_view::npos);
      for (const study::Check& check : group.checks) {
        CHECK_FALSE(check.witnesses.empty());
        for (const auto scenario : check.scenarios) CHECK(cli::find_scenario(problem, scenario));
        for (const auto id : check.properties) CHECK(cli::find_property(problem, id));
        for (const auto id : check.witnesses) CHECK(cli::find_property(problem, id));
      }
    }
    CHECK(points == 100);
    CHECK(stage == problem.rubric.stages.size());
  }
}

TEST_CASE("the references have 100 of 100") {
  for (const cli::PlannedProblem& planned : all_problems()) {
    if (planned.problem == nullptr) continue;
    const Grade grade = grade_of(*planned.problem, std::nullopt);
    CAPTURE(std::string(planned.name));
    CHECK(grade.points == 100);
    CHECK(grade.stage_reached == planned.problem->rubric.stages.size());
  }
}

TEST_CASE("every flaw of raft loses where the rubric says, and its story names the property") {
  check_matrix(problem_named("raft"), raft_losers);
}

TEST_CASE("every flaw of lock loses where the rubric says, and its story names the property") {
  check_matrix(problem_named("lock"), lock_losers);
}

TEST_CASE("every flaw of zklock loses where the rubric says, and its story names the property") {
  check_matrix(problem_named("zklock"), zklock_losers);
}

TEST_CASE("every flaw of hashring loses where the rubric says, and its story names the property") {
  check_matrix(problem_named("hashring"), hashring_losers);
}

}  // namespace dsys
