// The schedules that famous mistakes need. Random runs find those once in thousands, or never.
//
// A fast clock makes one server stand for election first; a lost type of message keeps an entry
// from spreading. Each schedule is fair: a correct server passes it, whatever it draws.
#include "problems/raft/scenarios/cast.hpp"

#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

Scenario stale_candidate_scenario() {
  return {
      .id = "RF-SC1.2",
      .name = "stale-candidate",
      .title = "two of five are down, and a candidate with a stale log asks twice as often",
      .look_for = "n3, the only one that can win, must come to ask although n5 asks all the time",
      .nodes = 5,
      .nodes_min = 5,
      .nodes_max = 5,
      .length = 5s,
      .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                 "after 100ms split n1,n2,n3|n4,n5", "when c1 emits Completed serial=2 crash n1",
                 "crash n2", "clock n5 200%", "heal"},
      .properties = safety_and({"RF-L1"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return with_client(servers(implementation, nodes),
                           {.requests = repeated(Operation::put, "x", 2)});
      }};
}

Scenario double_counting_scenario() {
  return {.id = "RF-SC1.3",
          .name = "duplicate-votes",
          .title = "five servers fall apart into two and three; what n2 answers n1 arrives twice",
          .look_for = "n1 gets two votes, one of them twice: that is no majority of five",
          .nodes = 5,
          .nodes_min = 5,
          .nodes_max = 5,
          .length = 6s,
          .script = {"split n1,n2|n3,n4,n5", "duplicate n2->n1 100% 5ms", "clock n2 30%",
                     "clock n3 300%", "2s clock n2 100%", "clock n3 100%", "heal"},
          .properties = safety_and({"RF-L1", "RF-L3"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return servers(implementation, nodes);
          }};
}

Scenario same_moment_scenario() {
  return {.id = "RF-SC1.4",
          .name = "same-moment",
          .title = "all servers start at one moment, and every message takes equally long",
          .look_for = "ties: only unequal timeouts can break them",
          .nodes = 3,
          .nodes_min = 3,
          .length = 4s,
          .link = {.delay = sim::Delay::fixed(5ms)},
          .script = {},
          .properties = safety_and({"RF-L1"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return servers(implementation, nodes);
          }};
}

Scenario old_request_scenario() {
  return {
      .id = "RF-SC1.5",
      .name = "old-request",
      .title = "a vote request of an old term arrives when its voter is in a later one",
      .look_for = "n2 has moved on: it must not go back to the old term and vote there again",
      .nodes = 3,
      .nodes_min = 3,
      .nodes_max = 3,
      .length = 5s,
      .script = {"drop n1<->n3 100%", "drop n1->n2 100% AppendEntries", "hold n3->n2 RequestVote",
                 "clock n2 10%", "clock n3 300%", "when n3 sends RequestVote clock n3 1%",
                 "say n3 waits for votes of term 1; its request to n2 is held up",
                 "when n1 emits BecameLeader crash n1", "after 50ms restart n1",
                 "when n1 emits BecameLeader release n3->n2", "after 200ms heal", "clock * 100%"},
      .properties = safety_and({"RF-L1", "RF-L3"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return servers(implementation, nodes);
      }};
}

Scenario late_duplicate_scenario() {
  return {.id = "RF-SC2.2",
          .name = "late-duplicate",
          .title = "an old AppendEntries arrives a second time, after newer entries were counted",
          .look_for = "n2 must keep what lies behind the old message's last entry",
          .nodes = 3,
          .nodes_min = 3,
          .nodes_max = 3,
          .length = 6s,
          .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                     "after 60ms drop n1<->n3 100%",
                     "when c1 emits Completed serial=1 duplicate n1->n2 100% 250ms",
                     "when c1 emits Completed serial=4 crash n1", "after 1s heal", "restart n1"},
          .properties = safety_and({"RF-L1", "RF-L3"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return with_client(servers(implementation, nodes),
                               {.requests = repeated(Operation::put, "x", 4),
                                .first_after = 180ms,
                                .pause_between = 20ms,
                                .tells = true});
          }};
}

Scenario double_vote_scenario() {
  return {
      .id = "RF-SC4.2",
      .name = "double-vote",
      .title = "two candidates of one term; the voter between them loses power and returns",
      .look_for = "n2 must remember to whom it gave its vote",
      .nodes = 3,
      .nodes_min = 3,
      .nodes_max = 3,
      .length = 5s,
      .script = {"drop n1<->n3 100%", "hold n1->n2", "hold n3->n2", "clock n2 10%",
                 "700ms release n1->n2", "release n3->n2", "when n3 sends RequestVote hold n3->n2",
                 "when n1 emits BecameLeader power-loss n2", "drop n1->n2 100%",
                 "after 15ms restart n2", "release n3->n2", "after 300ms clock n2 100%", "heal"},
      .properties = safety_and({"RF-L1", "RF-L3"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return servers(implementation, nodes);
      }};
}

Scenario lost_acknowledgement_scenario() {
  return {
      .id = "RF-SC4.3",
      .name = "lost-entry",
      .title = "a follower confirms an entry and loses power at that moment",
      .look_for = "the client was told that its command is done: it must survive",
      .nodes = 3,
      .nodes_min = 3,
      .nodes_max = 3,
      .length = 6s,
      .sync_delay = 5ms,
      .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                 "after 60ms drop n1<->n3 100%",
                 "when n2 sends AppendEntriesReply match_index=2 power-loss n2",
                 "when c1 emits Completed serial=1 drop *->c1 100%", "after 10ms restart n2",
                 "after 400ms crash n1", "after 1s heal", "restart n1"},
      .properties = safety_and({"RF-L1", "RF-L3"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return with_client(
            servers(implementation, nodes),
            {.requests = repeated(Operation::put, "x", 3), .first_after = 180ms, .tells = true});
      }};
}

Scenario stale_tail_scenario() {
  return {.id = "RF-SC5.2",
          .name = "stale-tail",
          .title = "an old leader with an entry of its own hears the new leader's heartbeat",
          .look_for = "a heartbeat says how much is committed, but verifies only what it covers",
          .nodes = 5,
          .nodes_min = 3,
          .length = 6s,
          .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                     "after 150ms isolate n1", "after 50ms split n1,c1|*", "after 1200ms heal"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W1"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return with_client(servers(implementation, nodes),
                               {.requests = repeated(Operation::put, "x", 2),
                                .first_after = 330ms,
                                .request_timeout = 2s,
                                .tells = true});
          }};
}

Scenario late_append_scenario() {
  return {
      .id = "RF-SC5.3",
      .name = "late-append",
      .title = "an append of a dead leader arrives when a later leader has committed",
      .look_for = "n2 must refuse the message of the earlier term",
      .nodes = 3,
      .nodes_min = 3,
      .nodes_max = 3,
      .length = 6s,
      .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                 "after 60ms drop n1->n3 100%", "hold n1->n2",
                 "when c1 emits Invoked serial=1 say n1 alone has index 2 of term 1",
                 "after 15ms crash n1", "pause c1", "crash n2", "restart n2", "clock n3 500%",
                 "when n3 emits BecameLeader clock n3 100%",
                 "when n2 emits Applied index=2 release n1->n2", "after 12ms crash n3", "heal",
                 "restart n1", "resume c1", "after 1s restart n3"},
      .properties = safety_and({"RF-L1", "RF-L3"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return with_client(
            servers(implementation, nodes),
            {.requests = repeated(Operation::put, "x", 2), .first_after = 180ms, .tells = true});
      }};
}

Scenario longer_log_scenario() {
  return {.id = "RF-SC5.4",
          .name = "longer-log",
          .title = "a cut-off leader gathers many entries, the others commit one of a later term",
          .look_for = "after healing, the longer log must lose against the later one",
          .nodes = 3,
          .nodes_min = 3,
          .nodes_max = 3,
          .length = 6s,
          .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                     "400ms split n1,c1,c2,c3|n2,n3",
                     "when emits BecameLeader say A later term commits", "after 60ms crash leader",
                     "pause c1", "pause c2", "pause c3", "clock n1 500%", "heal",
                     "after 1s restart *", "clock n1 100%", "resume c1", "resume c2", "resume c3"},
          .properties = safety_and({"RF-L1", "RF-L3"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            Cast cast = servers(implementation, nodes);
            for (int i = 0; i < 3; ++i) {
              cast = with_client(std::move(cast), {.requests = repeated(Operation::put, "x", 2),
                                                   .first_after = 420ms,
                                                   .request_timeout = 2s});
            }
            return cast;
          }};
}

Scenario slow_answers_scenario() {
  return {
      .id = "RF-SC5.5",
      .name = "slow-answers",
      .title = "a follower's answers travel slowly while new commands arrive, then the leader dies",
      .look_for = "an answer vouches for what it saw, not for what the leader has by now",
      .nodes = 3,
      .nodes_min = 3,
      .nodes_max = 3,
      .length = 7s,
      .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                 "after 60ms drop n1<->n3 100%", "slow n2->n1 60ms",
                 "when c2 emits Invoked serial=1 drop n1->n2 100% AppendEntries",
                 "after 150ms crash n1", "after 1s heal", "restart n1"},
      .properties = safety_and({"RF-L1", "RF-L3"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        Cast cast = servers(implementation, nodes);
        for (const Duration first : {180ms, 210ms}) {
          cast = with_client(
              std::move(cast),
              {.requests = repeated(Operation::put, "x", 2), .first_after = first, .tells = true});
        }
        return cast;
      }};
}

Scenario quiet_leader_scenario() {
  return {
      .id = "RF-SC7.2",
      .name = "quiet-leader",
      .title = "the leader crashes; afterwards clients only read",
      .look_for = "the new leader must find out what is committed before it answers a read",
      .nodes = 3,
      .nodes_min = 3,
      .length = 7s,
      .script = {"when c1 emits Completed serial=1 crash leader", "after 1s restart *"},
      .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W1"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return with_client(
            servers(implementation, nodes),
            {.requests = {{Operation::put, "x", 1}, {Operation::get, "x"}, {Operation::get, "x"}},
             .tells = true});
      }};
}

Scenario later_term_scenario() {
  return {.id = "RF-SC8.2",
          .name = "later-term",
          .title = "a server with a later term hears the leader, but its own requests are lost",
          .look_for = "its refusal carries the later term: the leader must step down for it",
          .nodes = 3,
          .nodes_min = 3,
          .nodes_max = 3,
          .length = 6s,
          .script = {"clock n3 500%", "drop n3->* 100% RequestVote",
                     "when n3 sends RequestVote term>=3 clock n3 1%",
                     "say n3 is in a later term and will not ask any more", "after 50ms heal"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W2"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return with_client(servers(implementation, nodes),
                               {.random_requests = 10, .pause_between = 200ms});
          }};
}

}  // namespace

std::vector<Scenario> scripted_schedules() {
  return {stale_candidate_scenario(),
          double_counting_scenario(),
          same_moment_scenario(),
          old_request_scenario(),
          late_duplicate_scenario(),
          double_vote_scenario(),
          lost_acknowledgement_scenario(),
          stale_tail_scenario(),
          late_append_scenario(),
          longer_log_scenario(),
          slow_answers_scenario(),
          quiet_leader_scenario(),
          later_term_scenario()};
}

}  // namespace dsys::raft
