// Drills: short runs about one promise each, most of them of one server under test, n1, among
// puppets. A grade runs them as they are, and many again with each fault at each moment.
//
// A clock of 1% keeps n1 from standing by itself; one of 500% makes it stand at once.
#include "problems/raft/given/puppet.hpp"
#include "problems/raft/scenarios/cast.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

constexpr NodeId n1 = node_id('n', 1);
constexpr NodeId n2 = node_id('n', 2);
constexpr NodeId c1 = node_id('c', 1);

constexpr Duration for_ever = 24h;
const sim::Link even_link{.delay = sim::Delay::fixed(2ms)};

// n1 is under test; the others, n2 and on, are these puppets. n1 is told the names of all.
Cast with_puppets(const Servers& implementation, const std::vector<Puppet>& puppets,
                  ServerConfig config = {}) {
  Cast cast = servers(implementation, static_cast<unsigned>(puppets.size()) + 1, std::move(config));
  for (std::size_t i = 0; i < puppets.size(); ++i) {
    cast[i + 1].factory = factory_of<RaftProtocol>(puppets[i]);
    cast[i + 1].is_scripted = true;
  }
  return cast;
}

// A client that keeps silent: entries of its commands may be in logs.
Client silent_client() {
  return {.requests = {{Operation::put, "x", 1}}, .first_after = for_ever};
}

Puppet voter() {
  return {.votes_until = 99};
}
Puppet good_follower() {
  return {.votes_until = 99, .confirms_until = for_ever};
}

Entry put_of(Term term, std::int64_t value) {
  return {term, {c1, static_cast<std::uint64_t>(value), Operation::put, "x", value}};
}

Act at(Duration time, RaftProtocol::Message message) {
  return {.at = time, .to = n1, .message = std::move(message)};
}

AppendEntries append_of(Term term, LogEnd before, std::vector<Entry> entries, Index commit = 0) {
  return {.term = term,
          .prev_log_index = before.index,
          .prev_log_term = before.term,
          .entries = std::move(entries),
          .leader_commit = commit};
}

// What all of these drills have in common.
Scenario drill(Scenario scenario) {
  scenario.link = even_link;
  const unsigned nodes = scenario.nodes;
  scenario.nodes_min = nodes;
  scenario.nodes_max = nodes;
  scenario.properties = safety_and({});
  return scenario;
}

// --- Elections ---

Scenario one_vote_drill() {
  return drill(
      {.id = "RF-SC1.6",
       .name = "one-vote",
       .title =
           "two candidates of one term ask n1 several times, before and after one of them leads",
       .look_for = "one vote a term, and the same answer each time",
       .length = 700ms,
       .script = {"clock n1 1%"},
       .cast = [](const Servers& implementation, unsigned /*nodes*/) {
         const RequestVote first{.term = 1};
         const RequestVote second{.term = 2};
         return with_puppets(implementation,
                             {{.acts = {at(10ms, first), at(30ms, first),
                                        at(50ms, append_of(1, {}, {})), at(90ms, second)}},
                              {.acts = {at(20ms, first), at(40ms, first), at(60ms, first),
                                        at(70ms, first), at(80ms, second), at(100ms, second)}}});
       }});
}

Scenario own_vote_drill() {
  return drill({.id = "RF-SC1.7",
                .name = "own-vote",
                .title = "n1 stands; afterwards others ask for its vote in the same term",
                .look_for = "who stands has voted for itself, also once it follows or has crashed",
                .length = 700ms,
                .script = {"clock n1 500%", "when n1 sends RequestVote clock n1 1%"},
                .cast = [](const Servers& implementation, unsigned /*nodes*/) {
                  const RequestVote asks{.term = 1};
                  return with_puppets(
                      implementation,
                      {{.acts = {at(160ms, asks), at(180ms, asks)}},
                       {.acts = {at(110ms, asks), at(130ms, append_of(1, {}, {{1, {}}})),
                                 at(150ms, append_of(1, {1, 1}, {}))}}});
                }});
}

Scenario old_votes_drill() {
  return drill({.id = "RF-SC1.8",
                .name = "old-votes",
                .title = "votes that n1 got in term 1 arrive when it stands in a later term",
                .look_for = "they count for nothing",
                .length = 700ms,
                .script = {"clock n1 500%", "when n2 sends RequestVoteReply delay-message 120ms",
                           "when n3 sends RequestVoteReply delay-message 170ms"},
                .cast = [](const Servers& implementation, unsigned /*nodes*/) {
                  return with_puppets(implementation, {{.votes_until = 1}, {.votes_until = 1}});
                }});
}

Scenario better_logs_drill() {
  return drill(
      {.id = "RF-SC1.9",
       .name = "better-logs",
       .title = "candidates with longer, later, equal and worse logs ask n1 for its vote",
       .look_for = "the term of the last entry decides, then the length; equal is good enough",
       .length = 1500ms,
       .script = {"clock n1 1%"},
       .cast = [](const Servers& implementation, unsigned /*nodes*/) {
         const auto asks = [](Term term, LogEnd log) {
           return RequestVote{.term = term, .last_log_index = log.index, .last_log_term = log.term};
         };
         Cast cast = with_puppets(
             implementation,
             {{.acts = {at(10ms, append_of(2, {}, {put_of(1, 1), put_of(2, 2), put_of(2, 3)})),
                        at(740ms, asks(3, {2, 3})), at(780ms, asks(5, {3, 1})),
                        at(820ms, asks(7, {2, 4}))}},
              {.acts = {at(720ms, asks(3, {1, 9})), at(760ms, asks(4, {2, 2})),
                        at(800ms, asks(6, {}))}}});
         return with_client(std::move(cast), silent_client());
       }});
}

Scenario later_terms_drill() {
  return drill({.id = "RF-SC8.3",
                .name = "later-terms",
                .title = "answers of later terms reach n1 while it leads",
                .look_for = "it adopts the term, follows, and stands again when it hears no leader",
                .length = 4500ms,
                .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
                .cast = [](const Servers& implementation, unsigned /*nodes*/) {
                  Puppet n2_plays = good_follower();
                  n2_plays.acts = {at(150ms, AppendEntriesReply{.term = 5})};
                  Puppet n3_plays = good_follower();
                  n3_plays.acts = {at(600ms, RequestVoteReply{.term = 9}),
                                   at(1100ms, PreVoteReply{.term = 14})};
                  return with_puppets(implementation, {n2_plays, n3_plays});
                }});
}

// --- Replication ---

Scenario follower_log_drill() {
  return drill(
      {.id = "RF-SC2.3",
       .name = "follower-log",
       .title = "old, repeated, conflicting and gapping appends of two leaders reach n1",
       .look_for = "what n1 keeps, deletes, confirms and applies",
       .length = 800ms,
       .script = {"clock n1 1%"},
       .cast = [](const Servers& implementation, unsigned /*nodes*/) {
         const Entry a1 = put_of(1, 1);
         const Entry a2 = put_of(1, 2);
         const Entry a3 = put_of(1, 3);
         const Entry b2 = put_of(2, 4);
         const Entry b3 = put_of(2, 5);
         const Entry b4 = put_of(2, 6);
         const RequestVote worse{.term = 3, .last_log_index = 9, .last_log_term = 1};
         Cast cast = with_puppets(
             implementation,
             {{.acts = {at(10ms, append_of(1, {}, {a1, a2, a3})), at(20ms, append_of(1, {}, {a1})),
                        at(30ms, append_of(1, {1, 3}, {})),
                        at(40ms, append_of(1, {1, 5}, {put_of(1, 9)})),
                        at(95ms, append_of(1, {1, 1}, {a2, a3}, 1)), at(150ms, worse)}},
              {.acts = {
                   at(50ms, append_of(2, {1, 1}, {}, 3)), at(60ms, append_of(2, {2, 3}, {b4}, 3)),
                   at(70ms, append_of(2, {}, {a1, b2}, 1)), at(80ms, append_of(2, {2, 2}, {b3}, 2)),
                   at(90ms, append_of(2, {2, 3}, {}, 3)), at(100ms, append_of(2, {}, {a1}, 1)),
                   at(110ms, append_of(2, {2, 3}, {b4}, 3)),
                   at(120ms, append_of(2, {1, 1}, {b2, b3}, 4)),
                   at(130ms, append_of(2, {2, 4}, {}, 4)), at(140ms, append_of(2, {2, 4}, {}, 4)),
                   at(700ms, append_of(2, {2, 4}, {}, 4))}}});
         return with_client(std::move(cast), silent_client());
       }});
}

// One follower has a long tail that conflicts, and says where the logs part only if it `hints`.
Cast repairing_cast(const Servers& implementation, bool hints) {
  Log stale{put_of(11, 1)};
  for (std::int64_t value = 2; value <= 7; ++value) stale.push_back(put_of(12, 10 + value));
  Puppet n2_plays = good_follower();
  n2_plays.log = stale;
  n2_plays.hints = hints;
  Puppet n3_plays = voter();
  n3_plays.acts = {
      at(5ms, append_of(13, {}, {put_of(11, 1), put_of(11, 2), put_of(13, 3), put_of(13, 4)}))};
  return with_client(
      with_puppets(implementation, {n2_plays, n3_plays}),
      {.requests = repeated(Operation::put, "y", 2), .first_after = 400ms, .pause_between = 1ms});
}

Scenario long_tail_drill() {
  return drill({.id = "RF-SC2.4",
                .name = "long-tail",
                .title = "n1 leads; the only follower that answers has a longer log that conflicts",
                .look_for = "n1 steps back until the logs agree, and sends everything from there",
                .length = 5s,
                .script = {"20ms clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
                .cast = [](const Servers& implementation, unsigned /*nodes*/) {
                  return repairing_cast(implementation, true);
                }});
}

Scenario no_hints_drill() {
  return drill({.id = "RF-SC2.5",
                .name = "no-hints",
                .title = "the same, and its refusals do not say where the logs part",
                .look_for = "n1 steps back one by one",
                .length = 5s,
                .script = {"20ms clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
                .cast = [](const Servers& implementation, unsigned /*nodes*/) {
                  return repairing_cast(implementation, false);
                }});
}

// --- Commitment ---

Scenario old_entry_drill() {
  return drill(
      {.id = "RF-SC3.2",
       .name = "old-entry",
       .title = "n1 leads; a majority confirms an entry of an earlier term, and no later one",
       .look_for = "counting copies of an old entry commits nothing",
       .length = 800ms,
       .script = {"20ms clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
       .cast = [](const Servers& implementation, unsigned /*nodes*/) {
         Puppet n2_plays = voter();
         n2_plays.acts = {at(5ms, append_of(7, {}, {put_of(7, 1)}))};
         Puppet n3_plays = good_follower();
         n3_plays.confirms_to = 1;
         return with_client(with_puppets(implementation, {n2_plays, n3_plays}, {.entries_max = 1}),
                            silent_client());
       }});
}

Scenario few_copies_drill() {
  return drill(
      {.id = "RF-SC5.6",
       .name = "few-copies",
       .title =
           "one of four followers confirms, twice each time; n1 leads, follows and leads again",
       .look_for = "two of five are no majority, nor is what was confirmed in an earlier term",
       .nodes = 5,
       .length = 1200ms,
       .script = {"duplicate n2->n1 100% 5ms", "clock n1 500%",
                  "when n1 emits BecameLeader clock n1 100%", "280ms clock n1 500%",
                  "when n1 emits BecameLeader clock n1 100%"},
       .cast = [](const Servers& implementation, unsigned /*nodes*/) {
         Puppet n2_plays = good_follower();
         n2_plays.confirms_until = 240ms;
         Puppet n3_plays = good_follower();
         n3_plays.confirms_from = 260ms;
         Puppet n4_plays;
         n4_plays.acts = {at(250ms, append_of(50, {}, {{50, {}}, {50, {}}}))};
         return with_client(with_puppets(implementation, {n2_plays, n3_plays, n4_plays, Puppet{}}),
                            {.requests = repeated(Operation::put, "x", 9),
                             .first_after = 90ms,
                             .request_timeout = 20ms,
                             .follows_hints = false});
       }});
}

// --- Clients ---

Scenario second_answer_drill() {
  return drill({.id = "RF-SC6.2",
                .name = "second-answer",
                .title = "a client hears nothing of its command; then its leader crashes",
                .look_for = "the next leader knows that the command is done, and what it gave",
                .length = 1300ms,
                .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                           "when c1 emits Invoked serial=2 drop *->c1 100%",
                           "when n1 sends ClientReply serial=2 crash n1", "after 350ms heal",
                           "after 300ms restart n1"},
                .cast = [](const Servers& implementation, unsigned nodes) {
                  return with_client(servers(implementation, nodes),
                                     {.requests = {{Operation::put, "x", 1},
                                                   {Operation::add, "x", 10},
                                                   {Operation::add, "x", 100},
                                                   {Operation::get, "x"}},
                                      .first_after = 80ms,
                                      .pause_between = 20ms,
                                      .request_timeout = 90ms});
                }});
}

Scenario early_reads_drill() {
  return drill(
      {.id = "RF-SC7.3",
       .name = "early-reads",
       .title = "a client reads from a new leader whose first entry nobody confirms for a while",
       .look_for = "heartbeats are answered, but what is committed is not known yet",
       .length = 1s,
       .script = {"20ms clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
       .cast = [](const Servers& implementation, unsigned /*nodes*/) {
         Puppet n2_plays = good_follower();
         n2_plays.log = {{7, {}}};
         n2_plays.confirms_to = 1;
         n2_plays.acts = {at(5ms, append_of(7, {}, {{7, {}}}))};
         Puppet n3_plays = good_follower();
         n3_plays.confirms_from = 500ms;
         Cast cast =
             with_client(with_puppets(implementation, {n2_plays, n3_plays}), silent_client());
         return with_client(std::move(cast), {.requests = repeated(Operation::get, "x", 3),
                                              .first_after = 150ms,
                                              .request_timeout = 60ms,
                                              .follows_hints = false});
       }});
}

// --- All of it, with every fault ---

Scenario three_commands_drill() {
  return drill({.id = "RF-SC4.4",
                .name = "three-commands",
                .title = "three servers, two clients, a few commands",
                .look_for = "whatever fault strikes at whatever moment, what was promised holds",
                .length = 1s,
                .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
                .cast = [](const Servers& implementation, unsigned nodes) {
                  Cast cast = with_client(servers(implementation, nodes),
                                          {.requests = {{Operation::put, "x", 1},
                                                        {Operation::add, "x", 10},
                                                        {Operation::get, "x"},
                                                        {Operation::add, "x", 100}},
                                           .first_after = 70ms,
                                           .pause_between = 20ms,
                                           .request_timeout = 90ms});
                  return with_client(std::move(cast), {.requests = repeated(Operation::add, "x", 2),
                                                       .first_after = 90ms,
                                                       .pause_between = 150ms,
                                                       .request_timeout = 90ms});
                }});
}

// --- Leaders that should go on, and leaders that should not ---

Scenario deaf_leader_drill() {
  Scenario scenario =
      drill({.id = "RF-SC8.4",
             .name = "deaf-leader",
             .title = "n1 is elected, and then nobody answers it",
             .look_for = "a leader whom no majority answers steps down",
             .length = 2200ms,
             .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
             .cast = [](const Servers& implementation, unsigned /*nodes*/) {
               return with_puppets(implementation, {voter(), voter()});
             }});
  scenario.properties = safety_and({"RF-L5"});
  return scenario;
}

Scenario one_way_drill() {
  Scenario scenario = drill({.id = "RF-SC8.5",
                             .name = "one-way",
                             .title = "n3 hears nobody for a while, and everybody hears n3",
                             .look_for = "it may ask as often as it likes: the leader stays",
                             .length = 3500ms,
                             .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%",
                                        "after 1200ms drop *->n3 100%", "after 800ms heal"},
                             .cast = [](const Servers& implementation, unsigned nodes) {
                               return with_client(servers(implementation, nodes),
                                                  {.requests = repeated(Operation::put, "x", 20),
                                                   .first_after = 200ms,
                                                   .pause_between = 150ms});
                             }});
  scenario.properties = safety_and({"RF-L1", "RF-L4", "RF-L6"});
  return scenario;
}

Scenario no_successor_drill() {
  Scenario scenario =
      drill({.id = "RF-SC8.6",
             .name = "no-successor",
             .title = "n1 is to hand its leadership to n2, which does not answer",
             .look_for = "after an election timeout n1 takes commands again",
             .length = 5500ms,
             .script = {"clock n1 500%", "when n1 emits BecameLeader clock n1 100%"},
             .cast = [](const Servers& implementation, unsigned /*nodes*/) {
               Cast cast = with_client(with_puppets(implementation, {voter(), good_follower()}),
                                       {.requests = repeated(Operation::put, "x", 8),
                                        .first_after = 100ms,
                                        .pause_between = 100ms});
               const Operator asker{.servers = server_names(3), .to = n2, .after = 300ms};
               cast.push_back({node_id('o', 1), factory_of<RaftProtocol>(asker)});
               return cast;
             }});
  scenario.properties = safety_and({"RF-L2"});
  return scenario;
}

}  // namespace

std::vector<Scenario> drills() {
  return {one_vote_drill(),    own_vote_drill(),     old_votes_drill(),      better_logs_drill(),
          later_terms_drill(), follower_log_drill(), long_tail_drill(),      no_hints_drill(),
          old_entry_drill(),   few_copies_drill(),   three_commands_drill(), second_answer_drill(),
          early_reads_drill(), deaf_leader_drill(),  one_way_drill(),        no_successor_drill()};
}

}  // namespace dsys::raft
