// RF-SC1 to RF-SC8, a tour before them, and beside them the scripted schedules (RF-SC1.2, ...)
// that famous mistakes need: random runs find those once in thousands, or never.
//
// Scripts steer by what any server does under a fault, never by looking inside. A fast clock makes
// one server stand for election first; a lost type of message keeps an entry from spreading.
#include "problems/raft/scenarios.hpp"

#include "problems/raft/clients.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

using Cast = std::vector<sim::Participant<RaftProtocol>>;
using Servers = sim::Implementation<RaftProtocol>;
using sim::Delay;

// --- Who takes part ---

std::vector<NodeId> server_names(unsigned count) {
  std::vector<NodeId> names;
  for (unsigned i = 1; i <= count; ++i) names.push_back(node_id('n', i));
  return names;
}

Cast servers(const Servers& implementation, unsigned count, ServerConfig config = {}) {
  config.servers = server_names(count);
  Cast cast;
  for (const NodeId name : config.servers) cast.push_back({name, implementation(name, config)});
  return cast;
}

Cast with_client(Cast cast, Client client) {
  std::uint32_t number = 1;
  for (const auto& one : cast) {
    if (node_letter(one.id) == 'n') client.servers.push_back(one.id);
    if (node_letter(one.id) == 'c') ++number;
  }
  cast.push_back({node_id('c', number), factory_of<RaftProtocol>(std::move(client))});
  return cast;
}

std::vector<Request> repeated(Operation operation, std::string_view key, int count) {
  std::vector<Request> requests;
  for (int i = 1; i <= count; ++i) {
    requests.push_back({operation, std::string(key), operation == Operation::get ? 0 : i});
  }
  return requests;
}

// --- What is judged ---

using Ids = std::vector<std::string_view>;

Ids safety_and(const Ids& others) {
  Ids ids{"RF-S1", "RF-S2", "RF-S3", "RF-S4", "RF-S5",
          "RF-S6", "RF-S7", "RF-S8", "RF-S9", "RF-S10"};
  ids.insert(ids.end(), others.begin(), others.end());
  return ids;
}

void track_leader(const Event<RaftProtocol>& event, sim::Roles& roles) {
  if (output_of<BecameLeader>(event) != nullptr) roles["leader"] = event.node;
}

RaftScenario with_leader_role(RaftScenario scenario) {
  scenario.roles = {"leader"};
  scenario.track_roles = track_leader;
  return scenario;
}

// --- The tour ---

RaftScenario tour() {
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

RaftScenario handover() {
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

RaftScenario election() {
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

RaftScenario stale_candidate() {
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

RaftScenario double_counting() {
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

RaftScenario same_moment() {
  return {.id = "RF-SC1.4",
          .name = "same-moment",
          .title = "all servers start at one moment, and every message takes equally long",
          .look_for = "ties: only unequal timeouts can break them",
          .nodes = 3,
          .nodes_min = 3,
          .length = 4s,
          .link = {.delay = Delay::fixed(5ms)},
          .script = {},
          .properties = safety_and({"RF-L1"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return servers(implementation, nodes);
          }};
}

RaftScenario old_request() {
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

// --- RF-SC2: replication ---

RaftScenario replication() {
  return {.id = "RF-SC2",
          .name = "replication",
          .title = "100 commands while 20% of messages are lost, and others doubled or held back",
          .look_for = "refusals, steps back and repairs; in the end all logs are equal",
          .nodes = 3,
          .nodes_min = 2,
          .length = 10s,
          .link = {.loss_percent = 20, .duplicate_percent = 10, .reorder_percent = 10},
          .script = {"4s crash leader", "after 500ms restart *"},
          .properties = safety_and({"RF-L1", "RF-L3", "RF-W2", "RF-W3"}),
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

RaftScenario late_duplicate() {
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

// --- RF-SC3: figure 8 of the paper ---

RaftScenario figure_8() {
  return {
      .id = "RF-SC3",
      .name = "figure-8",
      .title = "figure 8 of the paper: an entry of an old term on a majority is not yet committed",
      .look_for = "index 2: on three of five servers, and overwritten all the same",
      .nodes = 5,
      .nodes_min = 5,
      .nodes_max = 5,
      .length = 8s,
      .script =
          {"clock n1 500%",
           "when n1 emits BecameLeader clock n1 100%",
           "say Term 1: n1 leads; its first entry, index 1, reaches everybody",
           "when n1 emits Applied index=1 say Now n3, n4 and n5 are cut off from n1",
           "after 60ms drop n1->n3 100%",
           "drop n1->n4 100%",
           "drop n1->n5 100%",
           "when n2 sends AppendEntriesReply match_index=2 crash n1",
           "pause c1",
           "say Index 2 of term 1 is on n1 and n2 only",
           "heal",
           "clock n2 50%",
           "clock n3 50%",
           "clock n4 50%",
           "clock n5 500%",
           "drop n5->* 100% AppendEntries",
           "when n5 emits BecameLeader say Term 2: n5 leads; its index 2 reaches nobody",
           "after 1ms crash n5",
           "heal",
           "restart n1",
           "clock n1 500%",
           "drop n1->n4 100% AppendEntries",
           "when n1 emits BecameLeader say Term 3: n1 leads again and sends its old index 2 to n3",
           "when n1 receives AppendEntriesReply match_index=2 from n3 drop n1->n3 100%",
           "say Index 2 of term 1 is on n1, n2 and n3: a majority, but of an old term",
           "after 1ms crash n1",
           "restart n5",
           "when n5 emits BecameLeader say Term 4: n5 leads and overwrites index 2",
           "after 300ms heal",
           "restart n1",
           "clock * 100%",
           "resume c1"},
      .properties = safety_and({"RF-L1", "RF-L3"}),
      .cast = [](const Servers& implementation, unsigned nodes) {
        return with_client(
            servers(implementation, nodes, {.entries_max = 1}),
            {.requests = repeated(Operation::put, "x", 2), .first_after = 300ms, .tells = true});
      }};
}

// --- RF-SC4: crashes ---

RaftScenario crash_storm() {
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

RaftScenario double_vote() {
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

RaftScenario lost_acknowledgement() {
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

// --- RF-SC5: split networks ---

RaftScenario partition() {
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

RaftScenario stale_tail() {
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

RaftScenario late_append() {
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
                 "after 15ms crash n1", "pause c1", "clock n3 500%",
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

RaftScenario longer_log() {
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

RaftScenario slow_answers() {
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

// --- RF-SC6: retries ---

RaftScenario retries() {
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

RaftScenario stale_read() {
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

RaftScenario quiet_leader() {
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

// --- RF-SC8: disruption ---

RaftScenario rejoin() {
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

RaftScenario later_term() {
  return {.id = "RF-SC8.2",
          .name = "later-term",
          .title = "a server with a later term hears the leader, but its own requests are lost",
          .look_for = "its refusal carries the later term: the leader must step down for it",
          .nodes = 3,
          .nodes_min = 3,
          .nodes_max = 3,
          .length = 6s,
          .script = {"clock n3 500%", "drop n3->* 100% RequestVote",
                     "when n3 sends RequestVote term=3 clock n3 1%",
                     "say n3 is in term 3 and will not ask any more", "after 50ms heal"},
          .properties = safety_and({"RF-L1", "RF-L2", "RF-L3", "RF-W2"}),
          .cast = [](const Servers& implementation, unsigned nodes) {
            return with_client(servers(implementation, nodes),
                               {.random_requests = 10, .pause_between = 200ms});
          }};
}

}  // namespace

std::vector<RaftScenario> all_scenarios() {
  std::vector<RaftScenario> all;
  for (const RaftScenario& one : {tour(),
                                  handover(),
                                  election(),
                                  stale_candidate(),
                                  double_counting(),
                                  same_moment(),
                                  old_request(),
                                  replication(),
                                  late_duplicate(),
                                  figure_8(),
                                  crash_storm(),
                                  double_vote(),
                                  lost_acknowledgement(),
                                  partition(),
                                  stale_tail(),
                                  late_append(),
                                  longer_log(),
                                  slow_answers(),
                                  retries(),
                                  stale_read(),
                                  quiet_leader(),
                                  rejoin(),
                                  later_term()}) {
    all.push_back(with_leader_role(one));
  }
  return all;
}

}  // namespace dsys::raft
