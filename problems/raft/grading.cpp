// The rubric: what a program can earn, from the first election to the last nicety.
#include "problems/raft/parts.hpp"

#include <vector>

namespace dsys::raft {
namespace {

using check::Mishap;
using study::Check;
using study::Group;
using study::Hint;

// What a short run is tried with: those that matter to its promise.
const std::vector<Mishap> no_mishaps{};
const std::vector<Mishap> memory_mishaps{Mishap::crash, Mishap::blackout, Mishap::repeated};
const std::vector<Mishap> most_mishaps{Mishap::lost,  Mishap::repeated, Mishap::late,
                                       Mishap::crash, Mishap::blackout, Mishap::pause};
// Three processes a run: the dearest of them all.
const std::vector<Mishap> few_mishaps{Mishap::repeated, Mishap::late, Mishap::blackout};

// --- Stage 1: a leader is elected ---

const std::vector<Group> election_groups{
    {.id = "A1",
     .name = "One leader per term",
     .checks = {{.points = 10,
                 .properties = {"RF-S1", "RF-S11"},
                 .scenarios = {"election", "duplicate-votes", "old-request", "double-vote",
                               "crash-storm"},
                 .witnesses = {"RF-W5"},
                 .drills = {{"one-vote", memory_mishaps},
                            {"own-vote", memory_mishaps},
                            {"old-votes", no_mishaps}}}},
     .hint = "Who may be voted for a second time in one term, and whose vote counts twice?",
     .second_hint = "Keep voted_for for the term and write it to the disk before you answer; count "
                    "votes as a set of voters of the present term.",
     .section = "What can go wrong"},
    {.id = "A2",
     .name = "Up-to-date rule",
     .checks = {{.points = 8,
                 .properties = {"RF-S4", "RF-S12", "RF-L1"},
                 .scenarios = {"election", "longer-log", "partition"},
                 .witnesses = {"RF-W5"},
                 .drills = {{"better-logs", memory_mishaps}}}},
     .hint = "Which of two logs is the better one, and does the better one get the vote?",
     .second_hint = "Compare the last terms first; only if they are equal, the lengths. Equal logs "
                    "get the vote too.",
     .section = "Two-minute answer"},
    {.id = "A3",
     .name = "A leader is elected",
     .checks = {{.points = 8,
                 .properties = {"RF-L1", "RF-L6"},
                 .scenarios = {"election", "same-moment", "stale-candidate"},
                 .witnesses = {"RF-W5"},
                 .drills = {{"later-terms", no_mishaps}}}},
     .hint = "What starts an election, what ends it, and what must not restart the timer?",
     .second_hint = "Draw each election timeout anew; restart it only for a granted vote, a "
                    "message of the present leader, or an election of your own.",
     .section = "Design"},
    {.id = "A4",
     .name = "Term rules",
     .checks = {{.points = 6,
                 .properties = {"RF-S6", "RF-S15"},
                 .scenarios = {"election", "old-request", "late-append", "later-term"},
                 .witnesses = {"RF-W5"},
                 .drills = {{"one-vote", memory_mishaps},
                            {"later-terms", no_mishaps},
                            {"old-votes", no_mishaps}}}},
     .hint = "What does a server do with an earlier term, and with a later one?",
     .second_hint = "Refuse what has an earlier term, answers included; adopt a later term and "
                    "follow, whatever the message is.",
     .section = "Two-minute answer"}};

// --- Stage 2: entries are replicated ---

const std::vector<Group> replication_groups{
    {.id = "B1",
     .name = "Log matching and repair",
     .checks = {{.points = 9,
                 .properties = {"RF-S2", "RF-S3", "RF-S16", "RF-S19", "RF-L3"},
                 .scenarios = {"replication", "partition", "later-term"},
                 .witnesses = {"RF-W2"},
                 .drills = {{"follower-log", most_mishaps}}},
                {.points = 3,
                 .properties = {"RF-L2"},
                 .scenarios = {},
                 .witnesses = {"RF-W2"},
                 .drills = {{"long-tail", no_mishaps}}}},
     .hint = "What must a follower have before it takes an entry, and what if it has not?",
     .second_hint = "Refuse unless the entry at prev_log_index has prev_log_term; the leader steps "
                    "back until it does, then sends everything from there.",
     .section = "Design"},
    {.id = "B2",
     .name = "Truncation only on conflict",
     .checks = {{.points = 6,
                 .properties = {"RF-S4"},
                 .scenarios = {"late-duplicate"},
                 .witnesses = {"RF-W2"},
                 .drills = {{"follower-log", most_mishaps}}}},
     .hint = "What does an old AppendEntries do to a log that has grown since?",
     .second_hint = "Skip entries that you have with the same term; delete only from the first one "
                    "whose term differs.",
     .section = "What can go wrong"},
    {.id = "B3",
     .name = "Follower commit bound",
     .checks = {{.points = 6,
                 .properties = {"RF-S10", "RF-S5"},
                 .scenarios = {"stale-tail"},
                 .witnesses = {"RF-W2"},
                 .drills = {{"follower-log", most_mishaps}}}},
     .hint = "How much of its own log has a follower verified with this message?",
     .second_hint = "commit_index = max(commit_index, min(leader_commit, prev_log_index + number "
                    "of entries)).",
     .section = "What can go wrong"}};

// --- Stage 3: commitment ---

const std::vector<Group> commitment_groups{
    {.id = "C1",
     .name = "Majority before commit",
     .checks = {{.points = 8,
                 .properties = {"RF-S4", "RF-S8", "RF-S13", "RF-L2"},
                 .scenarios = {"tour", "partition", "slow-answers"},
                 .witnesses = {"RF-W2"},
                 .drills = {{"few-copies", no_mishaps}},
                 .searches = {"two-leaders", "late-entries", "longer-log"}}},
     .hint = "What exactly does an answer of a follower vouch for, and when may a client be told?",
     .second_hint = "Advance match_index only to what the answer names; answer a client once its "
                    "entry is applied.",
     .section = "Design"},
    {.id = "C2",
     .name = "Own-term rule",
     .checks = {{.points = 8,
                 .properties = {"RF-S4", "RF-S5", "RF-S20"},
                 .scenarios = {"figure-8"},
                 .witnesses = {"RF-W5"},
                 .drills = {{"old-entry", no_mishaps}},
                 .searches = {"figure-8"}}},
     .hint = "Figure 8: is an entry of an earlier term on a majority safe?",
     .second_hint = "By counting copies commit only entries of your own term; those before come "
                    "along.",
     .section = "What can go wrong"}};

// --- Stage 4: crashes and the disk ---

const std::vector<Group> disk_groups{
    {.id = "D1",
     .name = "Persistence",
     .checks = {{.points = 12,
                 .properties = {"RF-S7", "RF-S14"},
                 .scenarios = {"lost-entry", "double-vote", "crash-storm"},
                 .witnesses = {"RF-W5"},
                 .drills = {{"three-commands", few_mishaps},
                            {"follower-log", most_mishaps},
                            {"one-vote", memory_mishaps},
                            {"own-vote", memory_mishaps},
                            {"better-logs", memory_mishaps}},
                 .searches = {"elections", "lost-power"}}},
     .hint = "What has the disk when the answer leaves?",
     .second_hint = "Write term, vote and entries, then sync, then send; at the start read them "
                    "back, and sync what was not yet.",
     .section = "State"}};

// --- Stage 5: clients ---

const std::vector<Group> client_groups{
    {.id = "E1",
     .name = "Linearizable client",
     .checks = {{.points = 6,
                 .properties = {"RF-S8", "RF-S17", "RF-L2"},
                 .scenarios = {"partition", "stale-read", "quiet-leader"},
                 .witnesses = {"RF-W2"},
                 .drills = {{"early-reads", no_mishaps}},
                 .searches = {"old-leader-reads", "early-answer"}}},
     .hint = "How does a leader know that it still leads, and that it knows all that is committed?",
     .second_hint =
         "Append a no-op at the start of the term; before a read is answered, a round to "
         "a majority that began after the read came (ReadIndex), or an entry in the log.",
     .section = "Promise"},
    {.id = "E2",
     .name = "Exactly once",
     .checks = {{.points = 6,
                 .properties = {"RF-S9", "RF-S18"},
                 .scenarios = {"retries"},
                 .witnesses = {"RF-W2"},
                 .drills = {{"second-answer", no_mishaps}, {"three-commands", few_mishaps}},
                 .searches = {"lost-answer"}}},
     .hint = "What does a new leader do with a command that the old one has committed?",
     .second_hint =
         "The state machine remembers each client's last serial and its result; an entry "
         "with a serial that it has seen changes nothing.",
     .section = "Promise"}};

// --- Stage 6: no needless disruption ---

const std::vector<Group> disruption_groups{
    {.id = "F",
     .name = "No needless disruption",
     .checks = {{.points = 4,
                 .properties = {"RF-L2", "RF-L4", "RF-L5"},
                 .scenarios = {"rejoin"},
                 .witnesses = {"RF-W2"},
                 .drills = {{"deaf-leader", no_mishaps},
                            {"one-way", no_mishaps},
                            {"no-successor", no_mishaps}}}},
     .hint = "What does a server that was cut off do to its term meanwhile?",
     .second_hint = "Ask with PreVote before you raise your term; refuse it while you hear a "
                    "leader.",
     .section = "Trade-offs"}};

// --- By what was broken ---

const std::vector<Hint> property_hints{
    {"RF-S1", "What does a server remember of the votes that it gave and of those that it got?"},
    {"RF-S2",
     "Who leads only appends: what in your program cuts or overwrites the log of a leader?"},
    {"RF-S3", "What does a follower look at before it stores an entry?"},
    {"RF-S4", "Which entry was committed here, and why could a server without it win?"},
    {"RF-S5", "What did each of the two take for committed, and by what right?"},
    {"RF-S6",
     "Compare the term of each message with your own before anything else: lower, equal, higher?"},
    {"RF-S7", "It had said so before the crash: was what it rests on written and synced by then?"},
    {"RF-S8", "Which answer is older than what another client had been told before?"},
    {"RF-S9", "The client asked again: how does a server know that this command is done?"},
    {"RF-S10", "How far has this one message verified your log? No further may you apply."},
    {"RF-S11", "Whose votes made this leader: how many servers, and of which term?"},
    {"RF-S12", "Compare the last terms first; only if they are equal, the lengths."},
    {"RF-S13",
     "Which answers did the leader count: of its term, of different servers, up to what they "
     "name?"},
    {"RF-S14", "A power loss right after this message: what would the disk still know?"},
    {"RF-S15", "Which term does the answer carry, and is there a reason to refuse?"},
    {"RF-S16", "An entry replaced an older one: what about those behind it?"},
    {"RF-S17",
     "Who has obeyed this leader since the read came? And has it committed anything in its term?"},
    {"RF-S18", "Was the command applied when the answer left, and is this its own result?"},
    {"RF-S19", "match_index is what this one append has shown, neither more nor less."},
    {"RF-S20", "Of which term is the entry that it counted copies of? See figure 8."},
    {"RF-L1", "Who should stand for election now, and which timer or answer is missing?"},
    {"RF-L2",
     "Follow the open command: who had it last, and which message or timer should have come next?"},
    {"RF-L3",
     "What does the leader send to one who lags behind, and what does it make of the refusal?"},
    {"RF-L4",
     "What may a server that hears no leader do before it raises its term, and who must refuse "
     "it?"},
    {"RF-L5", "Whom has this leader heard since its last check?"},
    {"RF-L6", "Nothing was disturbed: which server stopped hearing its leader, and why?"}};

}  // namespace

study::Rubric rubric() {
  return {.stages = {{"a leader is elected", election_groups},
                     {"entries are replicated", replication_groups},
                     {"commitment", commitment_groups},
                     {"crashes and the disk", disk_groups},
                     {"clients", client_groups},
                     {"no needless disruption", disruption_groups}},
          .hints = property_hints,
          .efficiency_scenario = "tour"};
}

}  // namespace dsys::raft
