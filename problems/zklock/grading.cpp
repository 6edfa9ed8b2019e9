// The rubric: what a client can earn, from taking the lock alone to the last nicety.
//
// Drills are run with faults at each of their moments. What is lost between a client and the
// ensemble is lost with the connection, but for events, which a ping counts. Faults that a client
// meets only in a later stage are not in the checks of an earlier one: before stage 4 it connects
// once, so that only crashes are in question; and what becomes of somebody who was paused at its
// work is what stage 5 is about. What must always hold is judged in all runs, and costs the group
// that names it.
#include "problems/zklock/parts.hpp"

#include <vector>

namespace dsys::zklock {
namespace {

using check::Mishap;
using study::Group;
using study::Hint;

const std::vector<Mishap> crashes{Mishap::crash, Mishap::power_loss};
const std::vector<Mishap> breaks{Mishap::broken_off};
const std::vector<Mishap> pauses{Mishap::pause};
const std::vector<Mishap> none{};

// --- Stage 1: one owner at a time ---

const std::vector<Group> exclusion_groups{
    {.id = "A1",
     .name = "The lowest number owns",
     .checks = {{.points = 8,
                 .properties = {"ZK-S1"},
                 .scenarios = {"queue"},
                 .witnesses = {"ZK-W2"},
                 .searches = {"contention"}},
                {.points = 6,
                 .properties = {"ZK-S1"},
                 .scenarios = {"give-up"},
                 .witnesses = {"ZK-W2"},
                 .searches = {"give-up"}}},
     .hint = "A sequential creation never fails: what does it tell about the lock?",
     .second_hint = "List the directory, sort by the ten digits at the end of the names, and own "
                    "the lock only if yours is the lowest. When the one before you has gone, list "
                    "again.",
     .section = "Design"},
    {.id = "A2",
     .name = "The counter is exact",
     .checks = {{.points = 6,
                 .properties = {"ZK-S7", "ZK-S8"},
                 .scenarios = {"queue"},
                 .witnesses = {"ZK-W3"}}},
     .hint = "Reading, working and writing belong together: is the lock yours all the time?",
     .second_hint = "Read the counter after you own the lock, write it before you give it back, "
                    "and wait for the answer to the write.",
     .section = "Promise"},
    {.id = "B",
     .name = "Keeps and deletes its own znode",
     .checks =
         {{.points = 5,
           .properties = {"ZK-S4", "ZK-S9"},
           .scenarios = {"queue"},
           .witnesses = {"ZK-W2"}},
          {.points = 3, .properties = {"ZK-S4"}, .scenarios = {"give-up"}, .witnesses = {"ZK-W2"}}},
     .hint = "What is your znode called, and who is the first of the queue now?",
     .second_hint = "Keep the path of the CreateResponse, and delete that path, with version -1. "
                    "That it is not there is as good as having deleted it.",
     .section = "Promise"}};

// --- Stage 2: the queue moves on ---

const std::vector<Group> progress_groups{
    {.id = "C",
     .name = "Crash release",
     .checks = {{.points = 8,
                 .properties = {"ZK-L1"},
                 .scenarios = {"holder-crash", "waiter-crash"},
                 .witnesses = {"ZK-W2"},
                 .drills = {{"holding", {Mishap::crash}}, {"gives-up", crashes}}}},
     .hint = "Who removes the znode of a client that is dead?",
     .second_hint = "Create it ephemeral_sequential, and send a ping every third of the timeout "
                    "that was granted, so that the session of a living client does not expire.",
     .section = "What can go wrong"},
    {.id = "G1",
     .name = "No lost wake-up",
     .checks = {{.points = 7,
                 .properties = {"ZK-L5"},
                 .scenarios = {"vanishing", "waiter-crash"},
                 .witnesses = {"ZK-W2"}}},
     .hint = "What if the znode before yours goes between your listing and your watch?",
     .second_hint = "When the answer to exists with a watch is no_node, list again at once.",
     .section = "What can go wrong"},
    {.id = "H2",
     .name = "Prompt release",
     .checks = {{.points = 3,
                 .properties = {"ZK-L2", "ZK-L8"},
                 .scenarios = {"queue", "two-locks", "vanishing"},
                 .witnesses = {"ZK-W2"}}},
     .hint = "Is each lock a queue of its own, and are you told when it is your turn?",
     .second_hint = "The znodes of a lock are children of /locks/NAME. Watch, and do not poll.",
     .section = "Design"}};

// --- Stage 3: a fair queue ---

const std::vector<Group> queue_groups{
    {.id = "G2",
     .name = "No herd",
     .checks =
         {{.points = 4, .properties = {"ZK-L4"}, .scenarios = {"crowd"}, .witnesses = {"ZK-W2"}}},
     .hint = "How many clients does one release wake?",
     .second_hint = "List without a watch, and watch only the znode just before your own.",
     .section = "Design"},
    {.id = "G3",
     .name = "First come, first served",
     .checks = {{.points = 2,
                 .properties = {"ZK-L3", "ZK-S10"},
                 .scenarios = {"queue", "crowd"},
                 .witnesses = {"ZK-W2"}},
                {.points = 1,
                 .properties = {"ZK-L1"},
                 .scenarios = {"readers", "read-between-writes"},
                 .witnesses = {"ZK-W2"}}},
     .hint = "What are the names sorted by?",
     .second_hint = "By the number after the last dash, and by nothing else.",
     .section = "Design"},
    {.id = "H1",
     .name = "Timed acquisition",
     .checks =
         {{.points = 2, .properties = {"ZK-L6"}, .scenarios = {"give-up"}, .witnesses = {"ZK-W7"}},
          {.points = 1,
           .properties = {"ZK-L6"},
           .scenarios = {"late-turn"},
           .witnesses = {"ZK-W2"}}},
     .hint = "You go away: does your znode?",
     .second_hint = "Emit GaveUp when acquire_timeout is over, and delete your znode.",
     .section = "What can go wrong"}};

// --- Stage 4: connections and sessions ---

const std::vector<Group> session_groups{
    {.id = "F",
     .name = "A lost connection leaves one znode",
     .checks = {{.points = 5,
                 .properties = {"ZK-S6", "ZK-L1", "ZK-L8"},
                 .scenarios = {"lost-create"},
                 .witnesses = {"ZK-W2"},
                 .drills = {{"hand-over",
                             {Mishap::broken_off, Mishap::crash, Mishap::power_loss,
                              Mishap::blackout}},
                            {"lagging", breaks},
                            {"lost-event", none},
                            {"lost-again", none}},
                 .searches = {"lost-message"}},
                {.points = 5,
                 .properties = {"ZK-S6", "ZK-L1", "ZK-L8"},
                 .scenarios = {"blip"},
                 .witnesses = {"ZK-W2"},
                 .drills = {{"holding", {Mishap::broken_off, Mishap::pause}},
                            {"gives-up", {Mishap::broken_off, Mishap::blackout, Mishap::pause}},
                            {"left-waiting", breaks}}}},
     .hint = "No answer: was your znode created, or not?",
     .second_hint = "Connect to the next server with the same session, sync, list, and look for "
                    "your guid. Create again only if it is not there.",
     .section = "What can go wrong"},
    {.id = "E1",
     .name = "Disconnected is suspect",
     .checks = {{.points = 8,
                 .properties = {"ZK-S5"},
                 .scenarios = {"blip", "partition"},
                 .witnesses = {"ZK-W2"},
                 .drills = {{"reconnect", {Mishap::broken_off, Mishap::cut_off}},
                            {"leaderless", none}},
                 .searches = {"expiry", "pause"}},
                {.points = 2,
                 .properties = {"ZK-S5"},
                 .scenarios = {"long-session"},
                 .witnesses = {"ZK-W2"}}},
     .hint = "You hear nothing of your server: what do you still know?",
     .second_hint = "After two thirds of the timeout without an answer ask the resource for "
                    "nothing, until you are connected again and have seen your znode. When the "
                    "whole timeout is over, the lock is lost. The timeout is the one granted.",
     .section = "What can go wrong"},
    {.id = "E2",
     .name = "One session, several locks",
     .checks = {{.points = 4,
                 .properties = {"ZK-S5", "ZK-S1", "ZK-L8"},
                 .scenarios = {"errand"},
                 .witnesses = {"ZK-W2", "ZK-W6"},
                 .drills = {{"side-errand", {Mishap::broken_off, Mishap::blackout}}},
                 .searches = {"errand"}}},
     .hint = "What else hangs on the session that you close?",
     .second_hint = "Give a lock back by deleting its znode. Close the session at the very end.",
     .section = "What can go wrong"},
    {.id = "I",
     .name = "Survives a change of the leader",
     .checks = {{.points = 3,
                 .properties = {"ZK-S1", "ZK-L7"},
                 .scenarios = {"leader-change"},
                 .witnesses = {"ZK-W2", "ZK-W8"},
                 .searches = {"next-server"}},
                {.points = 1,
                 .properties = {"ZK-L7", "ZK-L8"},
                 .scenarios = {},
                 .witnesses = {"ZK-W2", "ZK-W11"},
                 .drills = {{"election", none}, {"reconnect", breaks}}}},
     .hint = "For how long may the ensemble be silent before your session is lost?",
     .second_hint = "For the timeout of the ConnectResponse, which is not what you have asked for.",
     .section = "Numbers"}};

// --- Stage 5: fencing ---

const std::vector<Group> fencing_groups{
    {.id = "D1",
     .name = "Late writes are refused",
     .checks =
         {{.points = 3, .properties = {"ZK-S2"}, .scenarios = {"queue"}, .witnesses = {"ZK-W3"}},
          {.points = 5,
           .properties = {"ZK-S2"},
           .scenarios = {"pause"},
           .witnesses = {"ZK-W4"},
           .searches = {"zombie"}},
          {.points = 3,
           .properties = {"ZK-S2"},
           .scenarios = {"late-write"},
           .witnesses = {"ZK-W4"}}},
     .hint = "How does the resource learn that there is a new owner?",
     .second_hint = "Show the czxid of your znode with every request, and first of all with a "
                    "read, before you rely on what is there.",
     .section = "What can go wrong"},
    {.id = "D2",
     .name = "Tokens increase",
     .checks = {{.points = 5,
                 .properties = {"ZK-S3"},
                 .scenarios = {"queue", "reuse"},
                 .witnesses = {"ZK-W2"},
                 .drills = {{"short-lived", breaks},
                            {"slow-answers", none},
                            {"hand-over", pauses},
                            {"reconnect", pauses},
                            {"side-errand", pauses}},
                 .searches = {"reuse", "storm"}}},
     .hint = "Which number grows with each owner, even when the directory was removed?",
     .second_hint = "The czxid of your znode. Its number begins anew with the directory.",
     .section = "Two-minute answer"}};

// --- By what was broken ---

const std::vector<Hint> property_hints{
    {"ZK-S1", "Whose znode has the lowest number, and how does the client know at this moment?"},
    {"ZK-S2", "How does the resource learn that there is a new owner, before it matters?"},
    {"ZK-S3", "Which number grows with each owner, even when the directory was removed?"},
    {"ZK-S4", "Which path does it delete, and has Released been reported by then?"},
    {"ZK-S5",
     "What does the client know of its session here, and over which connection did it last see its "
     "znode?"},
    {"ZK-S6",
     "The answer was lost: is the znode there already? How would the client recognise it?"},
    {"ZK-S7", "Reading, working and writing belong together: is the lock yours all the time?"},
    {"ZK-S8", "Count what was done under this ownership: what is missing, or done twice?"},
    {"ZK-S9", "Which report has no place here: after what did it come, and with which token?"},
    {"ZK-S10",
     "Is the round before it over? Who waits through a lost session is still in the same round."},
    {"ZK-L1", "Who removes the znode of a client that is dead, and who is told?"},
    {"ZK-L2", "The znode before it has gone: how does the waiter learn that?"},
    {"ZK-L3",
     "The ten digits at the end give the order: what comes before them in the name does not."},
    {"ZK-L4", "Which clients does one change wake? One should be."},
    {"ZK-L5",
     "It has the first znode and waits: which event does it wait for, and can that still come?"},
    {"ZK-L6", "When is its time over, and what must have gone by then?"},
    {"ZK-L7", "The connection is lost, the session lives: what ends only with the session?"},
    {"ZK-L8", "What should it do next, and which answer, event or timer would make it?"}};

}  // namespace

study::Rubric rubric() {
  return {.stages = {{"one owner at a time", exclusion_groups},
                     {"the queue moves on", progress_groups},
                     {"a fair queue", queue_groups},
                     {"connections and sessions", session_groups},
                     {"fencing", fencing_groups}},
          .hints = property_hints,
          .efficiency_scenario = "queue"};
}

}  // namespace dsys::zklock
