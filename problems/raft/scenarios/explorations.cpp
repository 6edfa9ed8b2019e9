#include "problems/raft/parts.hpp"

#include "problems/raft/scenarios/cast.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

// A long wait makes a server forget that it has just heard of a leader: without one it refuses
// pre-votes, and only those who time out themselves elect another.
constexpr std::string_view n1_stands = "fire n1 ElectionTimeout";
constexpr std::string_view settle = "settle";

Cast with_clients(const Servers& implementation, unsigned nodes, std::vector<Client> clients,
                  const ServerConfig& config = {}) {
  Cast cast = servers(implementation, nodes, config);
  for (Client& one : clients) cast = with_client(std::move(cast), std::move(one));
  return cast;
}

Client putting(std::size_t first_server) {
  return {.requests = {{Operation::put, "x", 1}}, .target = first_server};
}
Client reading(std::size_t first_server) {
  return {.requests = {{Operation::get, "x", 0}}, .target = first_server};
}

Cast with_one_put(const Servers& implementation, unsigned nodes) {
  return with_clients(implementation, nodes, {putting(0)});
}

Exploration elections() {
  return {.name = "elections",
          .title = "two servers stand for election at any moment; one of the three may crash",
          .cast = [](const Servers& implementation,
                     unsigned nodes) { return servers(implementation, nodes); },
          .properties = {"RF-S1", "RF-S6", "RF-S7"},
          .timers = {{.type = "ElectionTimeout", .most = 2, .early = true}},
          .faults = {.crashes = 1},
          .depth = 12,
          .symmetric = server_names(3)};
}

Exploration two_leaders() {
  return {.name = "two-leaders",
          .title =
              "n1 leads and has a command; others stand for election while its messages are "
              "under way",
          .cast = with_one_put,
          .properties = {"RF-S3", "RF-S4", "RF-S5", "RF-S6", "RF-S10"},
          .timers = {{.type = "ElectionTimeout", .most = 2, .early = true},
                     {.type = "HeartbeatInterval", .most = 1, .early = true},
                     {.type = "NextOperation", .most = 1, .early = true}},
          .faults = {},
          .opening = {n1_stands, settle},
          .depth = 13};
}

Exploration late_entries() {
  return {.name = "late-entries",
          .title =
              "n1 leads and has two commands at once; appends arrive in any order, and "
              "another server may take over",
          .cast =
              [](const Servers& implementation, unsigned nodes) {
                return with_clients(implementation, nodes, {putting(0), putting(0)});
              },
          .properties = {"RF-S2", "RF-S3", "RF-S4", "RF-S5"},
          .timers = {{.type = "ElectionTimeout", .most = 1, .early = true},
                     {.type = "NextOperation", .most = 2, .early = true}},
          .faults = {.waits = 1},
          .opening = {n1_stands, settle},
          .depth = 15};
}

Exploration lost_power() {
  return {.name = "lost-power",
          .title = "n1 leads and has a command; a server may lose power at any moment",
          .cast = with_one_put,
          .properties = {"RF-S4", "RF-S6", "RF-S7"},
          .timers = {{.type = "ElectionTimeout", .most = 1},
                     {.type = "HeartbeatInterval", .most = 1},
                     {.type = "NextOperation", .most = 1}},
          .faults = {.power_losses = 1},
          .opening = {n1_stands, settle},
          .depth = 16};
}

// n1 leads and n2 may take over; clients at both.
Exploration takeover(Exploration exploration) {
  exploration.properties = {"RF-S8"};
  exploration.timers = {{.type = "ElectionTimeout", .most = 1, .early = true},
                        {.type = "NextOperation", .most = 2, .early = true}};
  exploration.faults = {.waits = 1};
  exploration.opening = {n1_stands, settle};
  exploration.depth = 17;
  return exploration;
}

Exploration old_leader_reads() {
  return takeover(
      {.name = "old-leader-reads",
       .title = "n1 leads, n2 may take over; one client writes by n2, another reads from n1",
       .cast = [](const Servers& implementation, unsigned nodes) {
         return with_clients(implementation, nodes, {putting(1), reading(0)});
       }});
}

Exploration early_answer() {
  return takeover(
      {.name = "early-answer",
       .title = "n1 leads, n2 may take over; one client writes by n1, another reads from n2",
       .cast = [](const Servers& implementation, unsigned nodes) {
         return with_clients(implementation, nodes, {putting(0), reading(1)});
       }});
}

Exploration lost_answer() {
  return {
      .name = "lost-answer",
      .title = "a client adds 1; one message is lost, and the client asks again",
      .cast =
          [](const Servers& implementation, unsigned nodes) {
            return with_clients(implementation, nodes, {{.requests = {{Operation::add, "x", 1}}}});
          },
      .properties = {"RF-S5", "RF-S8", "RF-S9"},
      .timers = {{.type = "NextOperation", .most = 2},
                 {.type = "RequestTimeout", .most = 1},
                 {.type = "HeartbeatInterval", .most = 1}},
      .faults = {.losses = 1},
      .opening = {n1_stands, settle}};
}

// n1 leads and has a command that nobody else has got.
const search::Opening n1_has_more{n1_stands, settle, "fire c1 NextOperation",
                                  "settle but AppendEntries", "lose AppendEntries"};

Exploration longer_log() {
  return {.name = "longer-log",
          .title = "n1 leads and alone has a command; two elections may follow, at any moment",
          .cast = with_one_put,
          .properties = {"RF-S1", "RF-S4"},
          .timers = {{.type = "ElectionTimeout", .most = 2, .early = true}},
          .faults = {.waits = 2},
          .opening = n1_has_more,
          .depth = 15};
}

// Figure 8 of the paper with three servers, from the moment when n1 alone has an entry of term 1
// and leads again, in term 3, and n2 alone has one of term 2, which it led: a command, if it began
// its term with no entry of its own. What follows is left to the search.
Exploration figure_8() {
  search::Opening opening = n1_has_more;
  for (const std::string_view step :
       {"wait n3", "fire n2 ElectionTimeout", "settle but AppendEntries", "fire c2 NextOperation",
        "settle but AppendEntries", "lose AppendEntries", "wait n3", "fire n1 ElectionTimeout",
        "settle but AppendEntries"}) {
    opening.push_back(step);
  }
  return {
      .name = "figure-8",
      .title =
          "n1 leads in term 3 and alone has an entry of term 1, n2 alone one of term 2; another "
          "election may follow, and an append carries one entry",
      .cast =
          [](const Servers& implementation, unsigned nodes) {
            return with_clients(implementation, nodes, {putting(0), putting(1)},
                                {.entries_max = 1});
          },
      .properties = {"RF-S4", "RF-S5"},
      .timers = {{.type = "ElectionTimeout", .most = 1, .early = true},
                 {.type = "HeartbeatInterval", .most = 3}},
      .faults = {.waits = 1},
      .opening = std::move(opening),
      .depth = 17};
}

}  // namespace

std::vector<Exploration> explorations() {
  return {elections(),    two_leaders(), late_entries(), lost_power(), old_leader_reads(),
          early_answer(), lost_answer(), longer_log(),   figure_8()};
}

}  // namespace dsys::raft
