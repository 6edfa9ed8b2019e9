// A tour, and RF-SC1 to RF-SC8. schedules.cpp has the scripted ones beside them.
//
// Scripts steer by what any server does under a fault, never by looking inside, so that they fit a
// learner's program as well.
#include "problems/raft/parts.hpp"

#include "problems/raft/scenarios/cast.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

void track_leader(const Event& event, sim::Roles& roles) {
  if (output_of<BecameLeader>(event) != nullptr) roles["leader"] = event.node;
}

// --- The tour ---

Scenario tour_scenario() {
  return {.id = "RF-SC0",
          .name = "tour",
          .title = "a leader is elected, commits, crashes, and comes back as a follower",
          .look_for =
              "who becomes leader and why; what a majority has; how the old leader learns "
              "what it missed",
          .nodes = 5,
          .length = 2500ms,
          .script = {"when c1 emits Completed serial=2 crash leader",
                     "when c1 emits Completed serial=4 restart *"},
          .properties = safety_and({"RF-L2", "RF-W1", "RF-W2"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return with_client(servers(implementation, nodes),
                               {.requests = {{Operation::put, "x", 1},
                                             {Operation::add, "x", 10},
                                             {Operation::add, "x", 100},
                                             {Operation::get, "x"},
                                             {Operation::put, "y", 7}},
                                .first_after = 350ms,
                                .pause_between = 100ms,
                                .tells = true});
          }};
}

Scenario handover_scenario() {
  return {.id = "RF-SC0.2",
          .name = "handover",
          .title = "an operator moves the leadership, without a gap of an election timeout",
          .look_for = "the successor gets the whole log, and only then is told to stand",
          .nodes = 3,
          .nodes_min = 3,
          .length = 5s,
          .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W1", "RF-W2"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            Cast cast = with_client(servers(implementation, nodes),
                                    {.requests = repeated(Operation::add, "x", 12), .tells = true});
            const Operator asker{
                .servers = server_names(nodes), .to = node_id('n', 2), .after = 600ms};
            cast.push_back({node_id('o', 1), factory_of<RaftProtocol>(asker)});
            return cast;
          }};
}

// --- RF-SC1: election ---

Scenario election_scenario() {
  return {.id = "RF-SC1",
          .name = "election",
          .title = "a cold start, and two leaders that crash, while messages arrive twice",
          .look_for = "terms and votes: one leader a term, the next one within a few timeouts",
          .nodes = 5,
          .nodes_min = 3,
          .length = 6500ms,
          .link = {.duplicate_percent = 30},
          .script = {"when emits BecameLeader say The first leader: it will crash in 300ms",
                     "after 300ms crash leader", "after 900ms restart *",
                     "after 600ms crash leader", "after 900ms restart *"},
          .properties = safety_and({"RF-L1", "RF-L3", "RF-W1"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return servers(implementation, nodes);
          }};
}

// --- RF-SC2: replication ---

Scenario replication_scenario() {
  return {.id = "RF-SC2",
          .name = "replication",
          .title = "100 commands while 20% of messages are lost, and others doubled or held back",
          .look_for = "refusals, steps back and repairs; in the end all logs are equal",
          .nodes = 3,
          .nodes_min = 2,
          .length = 10s,
          .link = {.loss_percent = 20, .duplicate_percent = 10, .reorder_percent = 10},
          .script = {"4s crash leader", "after 500ms restart *"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W2", "RF-W3"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            Cast cast = servers(implementation, nodes);
            for (int i = 0; i < 2; ++i) {
              cast = with_client(
                  std::move(cast),
                  {.random_requests = 50, .pause_between = 20ms, .request_timeout = 100ms});
            }
            return cast;
          }};
}

// --- RF-SC3: figure 8 of the paper ---

std::vector<std::string_view> figure_8_script() {
  return {"clock n1 500%",
          "when n1 emits BecameLeader clock n1 100%",
          "say n1 leads; its first entry, index 1, reaches everybody",
          "when n1 emits Applied index=1 say Now n3, n4 and n5 are cut off from n1",
          "after 60ms drop n1->n3 100%",
          "drop n1->n4 100%",
          "drop n1->n5 100%",
          "when n2 sends AppendEntriesReply match_index=2 crash n1",
          "pause c1",
          "say Index 2 of term 1 is on n1 and n2 only; the others restart and wait for no leader",
          "heal",
          "crash n3",
          "crash n4",
          "restart n3",
          "restart n4",
          "clock n2 50%",
          "clock n3 50%",
          "clock n4 50%",
          "clock n5 500%",
          "drop n5->* 100% AppendEntries",
          "when n5 emits BecameLeader say Now n5 leads; its index 2 reaches nobody",
          "after 20ms crash n5",
          "heal",
          "restart n1",
          "clock n1 500%",
          "drop n1->n4 100% AppendEntries",
          "when n1 emits BecameLeader say Now n1 leads again and sends its old index 2 to n3",
          "when n1 receives AppendEntriesReply match_index=2 from n3 drop n1->n3 100%",
          "say Index 2 of term 1 is on n1, n2 and n3: a majority, but of an old term",
          "after 1ms crash n1",
          "crash n2",
          "crash n3",
          "restart n2",
          "restart n3",
          "restart n5",
          "when n5 emits BecameLeader say Now n5 leads and sends its own index 2",
          "after 300ms heal",
          "restart n1",
          "clock * 100%",
          "resume c1"};
}

Scenario figure_8_scenario() {
  return {
      .id = "RF-SC3",
      .name = "figure-8",
      .title = "figure 8 of the paper: an entry of an old term on a majority is not yet committed",
      .look_for = "index 2: on three of five servers, and overwritten all the same",
      .nodes = 5,
      .nodes_min = 5,
      .nodes_max = 5,
      .length = 8s,
      .script = figure_8_script(),
      .properties = safety_and({"RF-L1", "RF-L3"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        Cast cast = with_client(
            servers(implementation, nodes, {.entries_max = 1}),
            {.requests = repeated(Operation::put, "x", 2), .first_after = 180ms, .tells = true});
        // It asks n5 all the time, so that n5 gets an entry of its own term, no-op or not.
        return with_client(std::move(cast), {.requests = {{Operation::put, "y", 1}},
                                             .request_timeout = 5ms,
                                             .follows_hints = false,
                                             .target = 4});
      }};
}

// --- RF-SC4: crashes ---

Scenario crash_storm_scenario() {
  return {.id = "RF-SC4",
          .name = "crash-storm",
          .title = "crashes, power losses and pauses at random moments, while clients write",
          .look_for = "what a server remembers after it comes back, and what it promised before",
          .nodes = 5,
          .nodes_min = 2,
          .length = 8s,
          .sync_delay = 2ms,
          .script = {"random 14 crash,power-loss,pause until 4s"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W1", "RF-W4"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            Cast cast = servers(implementation, nodes);
            for (int i = 0; i < 3; ++i) {
              cast = with_client(
                  std::move(cast),
                  {.random_requests = 40, .pause_between = 20ms, .request_timeout = 100ms});
            }
            return cast;
          }};
}

// --- RF-SC5: split networks ---

Scenario partition_scenario() {
  return {.id = "RF-SC5",
          .name = "partition",
          .title = "the leader is on the smaller side of a split, with clients on both sides",
          .look_for = "nothing is promised on the smaller side; its tail is replaced after healing",
          .nodes = 5,
          .nodes_min = 5,
          .nodes_max = 5,
          .length = 7s,
          .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                     "500ms slow n1->n4 1700ms", "600ms split n1,n2,c1|n3,n4,n5,c2", "2s heal"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W1", "RF-W3"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            Cast cast = servers(implementation, nodes);
            for (int i = 0; i < 2; ++i) {
              cast =
                  with_client(std::move(cast),
                              {.random_requests = 40, .random_keys = 1, .request_timeout = 100ms});
            }
            return cast;
          }};
}

// --- RF-SC6: retries ---

Scenario retries_scenario() {
  return {
      .id = "RF-SC6",
      .name = "retries",
      .title = "a command is committed, its answer is lost, the client asks the next leader again",
      .look_for = "the value changes once, and the client gets the same answer",
      .nodes = 3,
      .nodes_min = 3,
      .length = 6s,
      .script = {"when c1 emits Invoked serial=2 drop *->c1 100%",
                 "when leader emits Applied index=3 say The command is done; its answer is lost",
                 "after 60ms crash leader", "after 100ms heal", "after 900ms restart *"},
      .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W1", "RF-W2"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return with_client(servers(implementation, nodes), {.requests = {{Operation::put, "x", 1},
                                                                         {Operation::add, "x", 10},
                                                                         {Operation::get, "x"}},
                                                            .tells = true});
      }};
}

// --- RF-SC7: reads ---

Scenario stale_read_scenario() {
  return {.id = "RF-SC7",
          .name = "stale-read",
          .title = "the leader is cut off and does not know it; a client keeps reading from it",
          .look_for = "no answer, or another server's; never the old value",
          .nodes = 5,
          .nodes_min = 3,
          .length = 7s,
          .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                     "when c1 emits Completed serial=1 split n1,c2|*", "after 1500ms heal"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W1"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            Cast cast = with_client(servers(implementation, nodes),
                                    {.requests = repeated(Operation::put, "x", 3),
                                     .pause_between = 20ms,
                                     .request_timeout = 60ms,
                                     .tells = true});
            return with_client(std::move(cast), {.requests = repeated(Operation::get, "x", 40),
                                                 .first_after = 500ms,
                                                 .pause_between = 15ms,
                                                 .request_timeout = 2s});
          }};
}

// --- RF-SC8: disruption ---

Scenario rejoin_scenario() {
  return {.id = "RF-SC8",
          .name = "rejoin",
          .title = "a server is cut off for 50 election timeouts and comes back",
          .look_for = "its term did not grow meanwhile, so the leader stays",
          .nodes = 5,
          .nodes_min = 3,
          .length = 12s,
          .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                     "after 200ms isolate n3", "after 7500ms heal"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-L4", "RF-W2"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return with_client(servers(implementation, nodes),
                               {.random_requests = 20, .pause_between = 400ms});
          }};
}

}  // namespace

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all{tour_scenario(),        handover_scenario(), election_scenario(),
                            replication_scenario(), figure_8_scenario(), crash_storm_scenario(),
                            partition_scenario(),   retries_scenario(),  stale_read_scenario(),
                            rejoin_scenario()};
  for (Scenario& one : scripted_schedules()) all.push_back(std::move(one));
  for (Scenario& one : drills()) all.push_back(std::move(one));
  for (Scenario& one : all) {
    one.roles = {"leader"};
    one.track_roles = track_leader;
  }
  // RF-SC1.2 behind RF-SC1: in the order of their ids.
  std::stable_sort(all.begin(), all.end(),
                   [](const Scenario& left, const Scenario& right) { return left.id < right.id; });
  return all;
}

}  // namespace dsys::raft
