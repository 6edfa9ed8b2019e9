"""A Raft server: your answer. It runs as it is, and does nothing yet.

EXERCISE.md says what it must do, messages.py what it exchanges with the world, dsys.py what `self`
can do. Fill the handlers from top to bottom, and grade each stage when you think it is done:
dsys raft grade --stage 1
"""

from dsys import Node, run
from messages import *


class Server(Node):

    # --- Stage 1: a leader is elected. Stage 4: what the disk kept ---

    def on_start(self, disk):
        self.current_term = 0
        self.voted_for = None
        self.log = []  # of Entry; the first one has index 1
        # Read the records back; set the election timer.

    def on_ElectionTimeout(self, timer):
        pass  # Nobody leads: stand for election in the next term.

    def on_RequestVote(self, sender, message):
        pass  # One vote a term, for a log that is at least as up to date. Answer every request.

    def on_RequestVoteReply(self, sender, message):
        pass  # Count voters of this term. With a majority: emit BecameLeader, send heartbeats.

    def on_HeartbeatInterval(self, timer):
        pass  # Only a leader has this timer. It expires once: set it again.

    def on_AppendEntries(self, sender, message):
        pass  # Term? Then the sender leads: set the election timer. Stage 2: is the entry before
        # the first one there? Conflicts? Then store, commit, apply, answer.

    def on_AppendEntriesReply(self, sender, message):
        pass  # A later term: lead no more. Stage 2: move next_index and match_index of this
        # follower; stage 3: what is committed now?

    # --- Stage 2: entries are replicated; stage 3: which are committed ---

    def on_ClientRequest(self, sender, message):
        pass  # Not the leader: say who is. Else append; answer when it is applied. In stage 5
        # retries and reads.

    # --- Stage 6: no needless disruption ---

    def on_PreVote(self, sender, message):
        pass  # Could the sender win that term? Changes nothing here.

    def on_PreVoteReply(self, sender, message):
        pass  # With a majority, stand for election.

    def on_QuorumCheck(self, timer):
        pass  # A leader that no majority has answered since the last check steps down.

    # --- An operator moves the leadership (not graded by itself) ---

    def on_TransferLeadership(self, sender, message):
        pass  # Bring that server up to date, then tell it TimeoutNow.

    def on_TimeoutNow(self, sender, message):
        pass  # The leader asks you to stand for election at once.


if __name__ == "__main__":
    run(Server)
