// The rubric: what a program can earn, from the first lookup to stale views.
#include "problems/hashring/parts.hpp"

#include <vector>

namespace dsys::hashring {
namespace {

using check::Mishap;
using study::Group;
using study::Hint;

// What a learner meets before stage 3, which has the disk: only the network fails.
const std::vector<Mishap> messages_fail{Mishap::lost, Mishap::repeated};
const std::vector<Mishap> power_fails{Mishap::blackout};
const std::vector<Mishap> nothing_fails{};

// --- Stage 1: owners ---

const Group owners_group{
    .id = "A",
    .name = "Successor: wrap, equality, empty, single",
    .checks = {{.points = 8,
                .properties = {"HR-S2"},
                .scenarios = {"bank-ring", "join"},
                .witnesses = {"HR-W1"}},
               {.points = 6,
                .properties = {"HR-S2", "HR-S11", "HR-S12", "HR-S17"},
                .scenarios = {"edges"},
                .witnesses = {"HR-W1", "HR-W3"},
                .drills = {{"known-circle", nothing_fails}}},
               {.points = 6,
                .properties = {"HR-S8"},
                .scenarios = {"bank-ring", "edges"},
                .witnesses = {"HR-W1"}}},
    .hint = "Who owns a key that lies on a point, and one behind the last point?",
    .second_hint =
        "Binary search for the first point at or after the key's position; at the end "
        "of the list begin again at the first. No points: null.",
    .section = "Design"};

// --- Stage 2: joins and leaves ---

const Group joins_group{.id = "B",
                        .name = "Join moves a fair share, and only to the new node",
                        .checks = {{.points = 9,
                                    .properties = {"HR-S3", "HR-S11", "HR-S17"},
                                    .scenarios = {"join", "edges", "leave-and-return"},
                                    .witnesses = {"HR-W1", "HR-W2"},
                                    .drills = {{"weighted-joins", nothing_fails}}},
                                   {.points = 5,
                                    .properties = {"HR-Q2"},
                                    .scenarios = {"join"},
                                    .witnesses = {"HR-W1"}}},
                        .hint = "Does the owner of a key depend on how many nodes there are?",
                        .second_hint =
                            "Place points by the node's name alone; a join adds its points and "
                            "touches no other.",
                        .section = "Design"};

const Group leaves_group{
    .id = "C",
    .name = "Leave, and the way back",
    .checks = {{.points = 9,
                .properties = {"HR-S3", "HR-S4", "HR-S8", "HR-S11", "HR-S17"},
                .scenarios = {"leave-and-return", "collision"},
                .witnesses = {"HR-W1", "HR-W2"},
                .drills = {{"weighted-joins", nothing_fails}, {"repeats", messages_fail}}},
               {.points = 5,
                .properties = {"HR-S5"},
                .scenarios = {"leave-and-return", "collision"},
                .witnesses = {"HR-W1"}}},
    .hint = "Which points go when a node leaves, and where do they come back?",
    .second_hint =
        "Remove the points whose node it is, not those of a position; derive points from "
        "the stable name, never from the address.",
    .section = "What can go wrong"};

// --- Stage 3: the same everywhere ---

const Group determinism_group{
    .id = "D",
    .name = "Determinism",
    .checks = {{.points = 3,
                .properties = {"HR-S1", "HR-S17"},
                .scenarios = {"two-processes", "collision"},
                .witnesses = {"HR-W1"}},
               {.points = 3,
                .properties = {"HR-S1", "HR-S2", "HR-S3", "HR-S4", "HR-S5", "HR-S8", "HR-S11",
                               "HR-S12", "HR-S15", "HR-S17"},
                .scenarios = {},
                .witnesses = {"HR-W1"},
                .drills = {{"restarts", power_fails}, {"unsynced", nothing_fails}}},
               {.points = 2,
                .properties = {"HR-S11", "HR-S12"},
                .scenarios = {},
                .witnesses = {"HR-W1"},
                .drills = {{"seeds", nothing_fails}}},
               // Whoever knows no joins in parts yet loses nothing by them here.
               {.points = 2,
                .properties = {"HR-S11"},
                .scenarios = {},
                .witnesses = {"HR-W2"},
                .drills = {{"parts", power_fails}}}},
    .hint = "Do two processes that learned of the nodes in different orders agree?",
    .second_hint =
        "A fixed hash, seeded only with hash_seed of the configuration; points sorted "
        "by position and then by name.",
    .section = "What can go wrong"};

const Group collisions_group{
    .id = "E",
    .name = "Collisions",
    .checks = {{.points = 8,
                .properties = {"HR-S2", "HR-S5", "HR-S6", "HR-S11", "HR-S17"},
                .scenarios = {"collision"},
                .witnesses = {"HR-W1", "HR-W4"},
                .drills = {{"ties", nothing_fails}}}},
    .hint = "What happens to two points on one position?",
    .second_hint = "Keep both, ordered by name; remove by position and node.",
    .section = "What can go wrong"};

// --- Stage 4: balance ---

const Group balance_group{
    .id = "F",
    .name = "Balance and weights",
    .checks =
        {{.points = 12,
          .properties = {"HR-Q1"},
          .scenarios = {"balance", "bank-ring"},
          .witnesses = {"HR-W1"}},
         {.points = 4, .properties = {"HR-Q3"}, .scenarios = {"weights"}, .witnesses = {"HR-W1"}}},
    .hint = "How many points has a node, and are labels that differ in one digit far apart?",
    .second_hint =
        "virtual_nodes times weight points a node, and a hash that mixes its last byte "
        "well: a finaliser behind FNV-1a, or another good hash.",
    .section = "Numbers"};

// --- Stage 5: replicas, load, views ---

const Group replicas_group{.id = "G",
                           .name = "Replicas",
                           .checks = {{.points = 8,
                                       .properties = {"HR-S7", "HR-S17"},
                                       .scenarios = {"replicas"},
                                       .witnesses = {"HR-W1"},
                                       .drills = {{"walks", nothing_fails}}}},
                           .hint = "Are the next three points on three machines?",
                           .second_hint = "Walk on clockwise and skip nodes that you have already.",
                           .section = "What can go wrong"};

const Group hot_keys_group{.id = "H",
                           .name = "Hot key",
                           .checks = {{.points = 5,
                                       .properties = {"HR-S9", "HR-S13", "HR-S17"},
                                       .scenarios = {"hot-key"},
                                       .witnesses = {"HR-W1", "HR-W5"},
                                       .drills = {{"loads", {Mishap::lost}}}}},
                           .hint = "How much may one node carry of a key that everybody wants?",
                           .second_hint =
                               "Before assigning request m, a node has room while its load is "
                               "below ceil(c m / n); else go on clockwise.",
                           .section = "What can go wrong"};

const Group views_group{
    .id = "I",
    .name = "Changes and views",
    .checks = {{.points = 3,
                .properties = {"HR-S1", "HR-S2", "HR-S3", "HR-S4", "HR-S5", "HR-S8", "HR-S6",
                               "HR-S7", "HR-S9", "HR-S11", "HR-S13", "HR-S15", "HR-S17"},
                .scenarios = {"join-in-parts"},
                .witnesses = {"HR-W1", "HR-W2"},
                .drills = {{"parts", {Mishap::repeated, Mishap::blackout}}}},
               {.points = 2,
                .properties = {"HR-S1", "HR-S3", "HR-S4", "HR-S5", "HR-S8", "HR-S10", "HR-S11",
                               "HR-S14", "HR-S15", "HR-S16", "HR-S17"},
                .scenarios = {"stale-views"},
                .witnesses = {"HR-W1", "HR-W6"},
                .drills = {{"writes", power_fails}, {"two-askers", {Mishap::repeated}}}}},
    .hint = "What does a reader see while a join is under way, and who may write with an old ring?",
    .second_hint =
        "Show the points of a join all at once, when it is complete; refuse a write "
        "whose version is not yours.",
    .section = "What can go wrong"};

// --- By what was broken ---

const std::vector<Hint> property_hints{
    {"HR-S1", "Do two processes that learned of the nodes in different orders agree?"},
    {"HR-S2", "Which point is the first at or after the key, and what comes after the last one?"},
    {"HR-S3", "A key moved between two old members: which points changed though they should not?"},
    {"HR-S4", "A node left: whose points went with it, or stayed?"},
    {"HR-S5", "After a join and a leave the points must be those from before: which are not?"},
    {"HR-S6", "Two points on one position: who owns it, and what does a leave take away there?"},
    {"HR-S7", "Walk clockwise from the key: each member once, the owner first."},
    {"HR-S8", "Nobody is on the ring, or only one: what does the search find then?"},
    {"HR-S9", "What is m when this request is assigned, and how is the bound rounded?"},
    {"HR-S10",
     "By which version of the ring was this write sent, and by which does the node judge it?"},
    {"HR-S11",
     "Count the points of this member: virtual_nodes times its weight, after a restart too?"},
    {"HR-S12", "Where does the position of a text come from: its pin, or the hash with hash_seed?"},
    {"HR-S13", "Whose loads count here: what happens to them when a node leaves or crashes?"},
    {"HR-S14", "Version first, then the owner: which of the two answers belongs here?"},
    {"HR-S15", "Which is the highest version that a change carried, and does the disk know it?"},
    {"HR-S16",
     "Written and synced before the answer leaves: what would a power loss take back here?"},
    {"HR-S17",
     "Who asked, with which number, and how many keys? One answer to each question, also to a "
     "repeated one."},
    {"HR-Q1",
     "Is the hash good for short texts that differ in one digit, and are there enough points?"},
    {"HR-Q2", "How many keys should a join move, and which did?"},
    {"HR-Q3", "How many points has a member of weight w?"}};

}  // namespace

study::Rubric rubric() {
  return {.stages = {{"owners", {owners_group}},
                     {"joins and leaves", {joins_group, leaves_group}},
                     {"the same everywhere", {determinism_group, collisions_group}},
                     {"balance", {balance_group}},
                     {"replicas, load, views", {replicas_group, hot_keys_group, views_group}}},
          .hints = property_hints,
          .efficiency_scenario = "join"};
}

}  // namespace dsys::hashring
