// The rubric: what a client can earn, from taking the lock alone to the last nicety.
#include "problems/lock/parts.hpp"

#include <vector>

namespace dsys::lock {
namespace {

using check::Mishap;
using study::Drill;
using study::Group;
using study::Hint;

// Each drill again with one fault of these kinds at each moment. A client has no disk: a crash and
// a power loss are the same to it, so one of them is enough.
const std::vector<Mishap> messages{Mishap::lost, Mishap::repeated, Mishap::late};
const std::vector<Mishap> absences{Mishap::crash, Mishap::blackout, Mishap::pause};
const std::vector<Mishap> both{Mishap::lost,     Mishap::repeated, Mishap::late,   Mishap::crash,
                               Mishap::blackout, Mishap::pause,    Mishap::cut_off};

// --- Stage 1: one owner at a time ---

const std::vector<Group> exclusion_groups{
    {.id = "A1",
     .name = "One owner at a time",
     .checks = {{.points = 14,
                 .properties = {"LK-S1", "LK-S9"},
                 .scenarios = {"contention"},
                 .witnesses = {"LK-W2"},
                 .searches = {"contention"}}},
     .hint = "What decides who owns the lock, and can anything come between the look and the act?",
     .second_hint = "One transaction: put your key if its creation revision is 0, and read the "
                    "oldest key of the queue. The lowest creation revision owns.",
     .section = "Design"},
    {.id = "A2",
     .name = "The counter is exact",
     .checks = {{.points = 6,
                 .properties = {"LK-S8", "LK-S11"},
                 .scenarios = {"contention"},
                 .witnesses = {"LK-W3"},
                 .drills = {{"two-clients", {Mishap::lost, Mishap::late}}}}},
     .hint = "Reading, working and writing belong together: is the lock yours all the time?",
     .second_hint = "Read the counter after you own the lock, write it before you give it back, "
                    "and wait for the answer to the write.",
     .section = "Promise"}};

// --- Stage 2: it moves on ---

const std::vector<Group> progress_groups{
    {.id = "C1",
     .name = "Crash recovery",
     .checks = {{.points = 6,
                 .properties = {"LK-L1"},
                 .scenarios = {"holder-crash", "waiter-crash"},
                 .witnesses = {"LK-W2"},
                 .drills = {{"two-clients", {Mishap::crash, Mishap::blackout}}}},
                {.points = 2,
                 .properties = {"LK-L1"},
                 .scenarios = {"hung-work"},
                 .witnesses = {"LK-W2"}}},
     .hint = "Who removes the key of a client that is dead, and of one whose work hangs?",
     .second_hint = "Attach the key to a lease. Give the lock back when the work has taken "
                    "hold_max, instead of renewing for ever.",
     .section = "What can go wrong"},
    {.id = "C2",
     .name = "Long work",
     .checks = {{.points = 7,
                 .properties = {"LK-L5"},
                 .scenarios = {"long-hold"},
                 .witnesses = {"LK-W2"},
                 .drills = {{"kept-lease", {Mishap::lost, Mishap::late}}}}},
     .hint = "What keeps the lease alive while the work takes longer than its TTL?",
     .second_hint = "Send a LeaseKeepAliveRequest every third of the TTL that was granted.",
     .section = "Numbers"},
    {.id = "D2",
     .name = "Prompt release",
     .checks =
         {{.points = 6, .properties = {"LK-L2"}, .scenarios = {"release"}, .witnesses = {"LK-W2"}}},
     .hint = "Does the store know that you are done?",
     .second_hint = "Delete your key or revoke your lease. The waiter watches the key of its "
                    "predecessor, and does not poll.",
     .section = "Design"}};

// --- Stage 3: the queue ---

const std::vector<Group> queue_groups{
    {.id = "E1",
     .name = "An expired waiter does not enter",
     .checks = {{.points = 8,
                 .properties = {"LK-S5", "LK-L1"},
                 .scenarios = {"expired-waiter"},
                 .witnesses = {"LK-W2"},
                 .drills = {{"short-leases", absences}},
                 .searches = {"expiry"}}},
     .hint = "The predecessor is gone: is your own key still there?",
     .second_hint = "Read the queue again, then your own key: another creation revision, or none, "
                    "means that your session has ended. Begin anew.",
     .section = "What can go wrong"},
    {.id = "E3",
     .name = "No missed wake-up",
     .checks = {{.points = 5,
                 .properties = {"LK-L2", "LK-L1"},
                 .scenarios = {"missed-wakeup", "compaction"},
                 .witnesses = {"LK-W2"}}},
     .hint = "What if the predecessor goes between your look and your watch?",
     .second_hint = "Watch from the revision of the reading plus one.",
     .section = "What can go wrong"},
    {.id = "G",
     .name = "First come, first served, no herd",
     .checks = {{.points = 3,
                 .properties = {"LK-L3", "LK-L4"},
                 .scenarios = {"crowd"},
                 .witnesses = {"LK-W2"}}},
     .hint = "How many clients does one release wake?",
     .second_hint = "Watch only the key with the largest creation revision below your own.",
     .section = "Design"}};

// --- Stage 4: answers that do not come ---

const std::vector<Group> retry_groups{
    {.id = "D1",
     .name = "Removes only its own key",
     .checks = {{.points = 9,
                 .properties = {"LK-S4", "LK-S1", "LK-L6"},
                 .scenarios = {"late-release"},
                 .witnesses = {"LK-W2"},
                 .drills = {{"two-clients", both}}}},
     .hint = "Whose is the lock when your release arrives?",
     .second_hint = "Delete your key only if its creation revision is your token, or revoke your "
                    "lease. Never delete by the lock's name.",
     .section = "What can go wrong"},
    {.id = "E2",
     .name = "A lost answer leaves one key",
     .checks =
         {{.points = 6,
           .properties = {"LK-S7", "LK-S5", "LK-L1", "LK-L7"},
           .scenarios = {"lost-replies", "slow-answers", "cut-off-waiter"},
           .witnesses = {"LK-W2"},
           .drills = {{"two-clients", both}, {"short-leases", both}, {"compaction", messages}},
           .searches = {"lost-reply"}}},
     .hint = "No answer: was your key put, or not?",
     .second_hint = "Name the key by the lease, so that the same request again finds it.",
     .section = "What can go wrong"}};

// --- Stage 5: fencing and belief ---

const std::vector<Group> fencing_groups{
    {.id = "B1",
     .name = "Tokens increase",
     .checks = {{.points = 8,
                 .properties = {"LK-S3"},
                 .scenarios = {"contention", "pause", "failover"},
                 .witnesses = {"LK-W2"}}},
     .hint = "Which number grows with each ownership, whoever it is?",
     .second_hint = "The creation revision of your key.",
     .section = "Two-minute answer"},
    {.id = "B2",
     .name = "Late writes are refused",
     .checks = {{.points = 4,
                 .properties = {"LK-S2"},
                 .scenarios = {"contention"},
                 .witnesses = {"LK-W6"}},
                {.points = 6,
                 .properties = {"LK-S2"},
                 .scenarios = {"pause"},
                 .witnesses = {"LK-W4"},
                 .searches = {"zombie"}},
                {.points = 4,
                 .properties = {"LK-S2"},
                 .scenarios = {"late-write"},
                 .witnesses = {"LK-W4"}}},
     .hint = "How does the resource learn that there is a new owner?",
     .second_hint = "Show the token with every request, and first of all with a read, before you "
                    "rely on what is there.",
     .section = "What can go wrong"},
    {.id = "F1",
     .name = "Conservative deadline",
     .checks = {{.points = 4,
                 .properties = {"LK-S6", "LK-S9", "LK-S10", "LK-L8"},
                 .scenarios = {"slow-renewal", "wall-clock"},
                 .witnesses = {"LK-W2"},
                 .drills = {{"short-leases", both}}}},
     .hint = "From when on does the store count, and on which clock do you?",
     .second_hint = "Count on the monotonic clock from the sending of the renewal that was "
                    "answered, take off twice the clock error, and stop then.",
     .section = "Numbers"},
    {.id = "F2",
     .name = "Survives a failover of the store",
     .checks = {{.points = 2,
                 .properties = {"LK-S1", "LK-L1", "LK-L5"},
                 .scenarios = {"failover", "silent-store"},
                 .witnesses = {"LK-W2"},
                 .drills = {{"kept-lease", {Mishap::lost}}, {"silent-store", messages}},
                 .searches = {"storm"}}},
     .hint = "The store does not answer for half a second: what do you know?",
     .second_hint = "Nothing has changed until your deadline: repeat the renewal, and work on.",
     .section = "What can go wrong"}};

// --- By what was broken ---

const std::vector<Hint> property_hints{
    {"LK-S1",
     "What decides who owns the lock, and can anything come between the look and the act?"},
    {"LK-S2", "How does the resource learn that there is a new owner, before it matters?"},
    {"LK-S3", "Which number of the store grows with each owner, whatever is deleted?"},
    {"LK-S4",
     "Whose key does this request remove when it arrives, and has its owner reported the end?"},
    {"LK-S5", "Its turn came: was its own key still there, and of this session?"},
    {"LK-S6",
     "Until when does the lease surely live: counted from the sending or from the answer?"},
    {"LK-S7",
     "No answer: was the key put, or not? And what does the same request find when it comes "
     "again?"},
    {"LK-S8", "Read, work and write belong together: was the lock this client's all the time?"},
    {"LK-S9", "Each Acquired has one end: which report is missing here, or one too many?"},
    {"LK-S10", "In which state does the client ask the resource here? Only an owner may."},
    {"LK-S11",
     "Count the increments and the rounds: what is done once more, or left out, after the "
     "disturbance?"},
    {"LK-L1", "Who removes the key of a client that is dead, and who looks at the queue then?"},
    {"LK-L2", "The key of the one before it has gone: how does the waiter learn that?"},
    {"LK-L3", "Whose key is older: by creation revision, not by name?"},
    {"LK-L4", "Which clients look at the store when one key goes? One should."},
    {"LK-L5",
     "One answer was lost: how long does the lease still live, and when do you ask again?"},
    {"LK-L6", "The release had no answer: who sends it once more?"},
    {"LK-L7", "A round is over: which timer begins the next one, also after a loss or a restart?"},
    {"LK-L8", "The lease has ended: which timer tells this client, when no answer does?"}};

}  // namespace

study::Rubric rubric() {
  return {.stages = {{"one owner at a time", exclusion_groups},
                     {"it moves on", progress_groups},
                     {"the queue", queue_groups},
                     {"answers that do not come", retry_groups},
                     {"fencing and belief", fencing_groups}},
          .hints = property_hints,
          .efficiency_scenario = "contention"};
}

}  // namespace dsys::lock
