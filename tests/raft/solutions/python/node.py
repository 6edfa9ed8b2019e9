"""A Raft server: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm"
(extended version, 2014). Section numbers are the paper's, or the thesis's where marked.

With it: pre-vote and check-quorum (thesis 9.6, 6.2), leadership transfer (3.10), sessions (6.3),
ReadIndex (6.4). Without: snapshots and membership changes.

Invariants: current_term never decreases; last_applied <= commit_index <= log.last_index; a leader
only appends to its log; what a message promises is on the disk before the message leaves.
"""

import argparse
from bisect import bisect_left, bisect_right
from collections import deque

from dsys import Node, Value, run
from messages import (AppendEntries, AppendEntriesReply, AppendEntry, Applied, BecameLeader,
                      ClientReply, ElectionTimeout, HardState, HeartbeatInterval, PreVote,
                      PreVoteReply, QuorumCheck, RequestVote, RequestVoteReply, TimeoutNow,
                      TruncateFrom)


# --- The log ---

class Log:
    """Entries from index 1 on; index 0 is before the first and has term 0.

    Terms never fall along the log, so the ends of a term are found by bisection.
    """

    def __init__(self):
        self.entries = []
        self.terms = []

    @property
    def last_index(self):
        return len(self.terms)

    @property
    def last_term(self):
        return self.terms[-1] if self.terms else 0

    def term_at(self, index):
        return self.terms[index - 1] if index > 0 else 0

    def entry_at(self, index):
        return self.entries[index - 1]

    def between(self, first, count):
        """At most `count` entries from index `first` on."""
        return self.entries[first - 1:first - 1 + count]

    def append(self, entry):
        self.entries.append(entry)
        self.terms.append(entry.term)

    def truncate_from(self, index):
        del self.entries[index - 1:]
        del self.terms[index - 1:]

    def agrees(self, index, term):
        return index <= self.last_index and self.term_at(index) == term

    def first_index_of(self, term):
        return bisect_left(self.terms, term) + 1

    def last_index_of(self, term):
        """0 if the log has no entry of that term."""
        last = bisect_right(self.terms, term)
        return last if self.term_at(last) == term else 0


# --- The state machine ---

class StateMachine:
    """A map from keys to numbers, with a session for each client (thesis 6.3)."""

    def __init__(self):
        self.values = {}
        self.sessions = {}  # client -> (serial, result) of its last command

    def answered(self, command):
        """Whether the session's serial has reached this command's: it must not run again."""
        session = self.sessions.get(command.client)
        return session is not None and command.serial <= session[0]

    def apply(self, command):
        if command.operation == "noop":
            return None
        if not self.answered(command):
            self._execute(command)
            self.sessions[command.client] = (command.serial, self.values.get(command.key))
        return self.sessions[command.client][1]

    def _execute(self, command):
        if command.operation == "put":
            self.values[command.key] = command.value
        elif command.operation == "add":
            self.values[command.key] = self.values.get(command.key, 0) + command.value


# --- The server ---

FOLLOWER, PRE_CANDIDATE, CANDIDATE, LEADER = "follower", "pre-candidate", "candidate", "leader"
NOOP = Value(operation="noop")


class Progress:
    """What a leader knows of one follower."""

    def __init__(self, next_index):
        self.next_index = next_index  # the first entry to send next; may fall
        self.match_index = 0          # the logs agree up to here; only grows
        self.confirmed_round = 0      # the latest broadcast that it answered
        self.heard = False            # since the last quorum check


class Server(Node):
    def __init__(self, style):
        self.style = style

        # On disk: must survive a crash (figure 2, persistent state).
        self.current_term = 0
        self.voted_for = None
        self.log = Log()

        # In memory, in every role.
        self.role = FOLLOWER
        self.leader = None
        self.leader_heard_at = 0
        self.commit_index = 0
        self.last_applied = 0
        self.machine = StateMachine()
        self.unsynced = False  # something was written since the last sync

        # As a candidate of either kind.
        self.votes = set()

        # As a leader.
        self.progress = {}
        self.term_start = 0  # the index of its first own entry
        self.round = 0       # of the latest broadcast
        self.reads = deque()  # (round, read index, command), oldest first
        self.successor = None
        self.handover_until = 0

    # --- The process starts ---

    def on_start(self, disk):
        for record in disk:
            if isinstance(record, HardState):
                self.current_term, self.voted_for = record.term, record.voted_for
            elif isinstance(record, AppendEntry):
                self.log.append(record.entry)
            else:
                self.log.truncate_from(record.index)
        # Records of a process that died before its sync are read back, but a power loss may still
        # take them: they must be synced before anything is promised on their strength.
        self.unsynced = bool(disk)
        self.reset_election_timer()

    def on_message(self, sender, message):
        # Rules for all servers (5.1). A pre-vote's term is one that nobody is in yet.
        is_of_later_term = getattr(message, "term", 0) > self.current_term
        if is_of_later_term and not isinstance(message, PreVote):
            self.become_follower(message.term)
        super().on_message(sender, message)

    # --- Pre-vote (thesis 9.6): ask first, without changing anybody's state ---

    def on_ElectionTimeout(self, timer):
        if self.style.pre_vote:
            self.ask_for_pre_votes()
        else:
            self.start_election()

    def ask_for_pre_votes(self):
        self.role = PRE_CANDIDATE
        self.leader = None
        self.reset_election_timer()
        self.votes = {self.name}
        if self.has_majority(self.votes):
            return self.start_election()
        self.note(f"hears no leader: asks whether it could win term {self.current_term + 1}")
        for peer in self.peers:
            self.send(peer, PreVote(term=self.current_term + 1, last_log_index=self.log.last_index,
                                    last_log_term=self.log.last_term))

    def on_PreVote(self, sender, message):
        granted = (message.term > self.current_term and self.is_up_to_date(message)
                   and not self.hears_leader())
        self.send(sender, PreVoteReply(term=self.current_term, asked_term=message.term,
                                       granted=granted))

    def on_PreVoteReply(self, sender, message):
        asked_now = self.role == PRE_CANDIDATE and message.asked_term == self.current_term + 1
        if not asked_now or not message.granted:
            return
        self.votes.add(sender)
        if self.has_majority(self.votes):
            self.start_election()

    def hears_leader(self):
        if self.role == LEADER:
            return True
        return (self.leader is not None
                and self.now - self.leader_heard_at < self.config.election_timeout_min)

    # --- Election (5.2) ---

    def start_election(self):
        self.role = CANDIDATE
        self.leader = None
        self.votes = {self.name}
        self.set_hard_state(self.current_term + 1, voted_for=self.name)
        self.reset_election_timer()
        if self.has_majority(self.votes):
            return self.become_leader()
        self.note(f"stands for election in term {self.current_term}")
        for peer in self.peers:
            self.send(peer, RequestVote(term=self.current_term, last_log_index=self.log.last_index,
                                        last_log_term=self.log.last_term))

    def on_RequestVote(self, sender, message):
        if message.term < self.current_term:
            return self.send(sender, RequestVoteReply(term=self.current_term, granted=False))
        has_vote_left = self.voted_for in (None, sender)
        granted = has_vote_left and self.is_up_to_date(message)
        if granted:
            self.set_hard_state(self.current_term, voted_for=sender)
            self.reset_election_timer()  # for a refused one it runs on
            self.note(f"votes for {sender} in term {self.current_term}")
        self.send(sender, RequestVoteReply(term=self.current_term, granted=granted))

    def on_RequestVoteReply(self, sender, message):
        asked_now = self.role == CANDIDATE and message.term == self.current_term
        if not asked_now or not message.granted:
            return
        self.votes.add(sender)  # a set: a reply that arrives twice is one vote
        if self.has_majority(self.votes):
            self.become_leader()

    def is_up_to_date(self, candidate):
        """The later last term wins, then the longer log (5.4.1)."""
        return ((candidate.last_log_term, candidate.last_log_index)
                >= (self.log.last_term, self.log.last_index))

    # --- Roles change ---

    def become_leader(self):
        self.role = LEADER
        self.leader = self.name
        self.successor = None
        self.term_start = self.log.last_index + 1
        self.progress = {peer: Progress(self.term_start) for peer in self.peers}
        self.note(f"becomes leader of term {self.current_term} with the votes of "
                  + ", ".join(sorted(self.votes)))
        self.emit(BecameLeader(term=self.current_term))
        self.cancel_timer(ElectionTimeout())
        self.set_timer(HeartbeatInterval(), self.config.heartbeat_interval)
        if self.style.check_quorum:
            self.set_timer(QuorumCheck(), self.config.election_timeout_max)
        if self.style.noop:
            self.append(NOOP)  # commits what earlier terms have left (5.4.2, 8)
        self.broadcast()
        self.advance_commit()

    def become_follower(self, term):
        """Gives up whatever role it had, and moves on to `term` if that is a later one."""
        if term > self.current_term:
            self.set_hard_state(term, voted_for=None)
            self.leader = None
        if self.role == LEADER:
            self.note(f"is leader no more; its term is now {self.current_term}")
            self.leader = None
            self.cancel_timer(HeartbeatInterval())
            self.cancel_timer(QuorumCheck())
            self.reset_election_timer()
            self.refuse_reads()
        self.role = FOLLOWER

    # Check-quorum (thesis 6.2): a leader that is cut off stops believing that it leads.
    def on_QuorumCheck(self, timer):
        heard = {self.name} | {peer for peer, one in self.progress.items() if one.heard}
        if not self.has_majority(heard):
            return self.become_follower(self.current_term)
        for one in self.progress.values():
            one.heard = False
        self.set_timer(QuorumCheck(), self.config.election_timeout_max)

    # --- Leadership transfer (thesis 3.10) ---

    def on_TransferLeadership(self, sender, message):
        can_hand_over = self.role == LEADER and message.to in self.progress
        if not can_hand_over:
            return  # not the leader, or nothing to do
        self.successor = message.to
        self.handover_until = self.now + self.config.election_timeout_max
        if not self.hand_over_if_ready():
            self.send_entries(self.successor)

    def is_handing_over(self):
        return self.successor is not None and self.now < self.handover_until

    def hand_over_if_ready(self):
        is_ready = (self.is_handing_over()
                    and self.progress[self.successor].match_index == self.log.last_index)
        if is_ready:
            self.send(self.successor, TimeoutNow(term=self.current_term))
        return is_ready

    def on_TimeoutNow(self, sender, message):
        is_chosen = self.role == FOLLOWER and message.term == self.current_term
        if is_chosen:
            self.start_election()  # without a pre-vote: the leader itself has asked

    # --- Clients ask (8; thesis 6.3, 6.4) ---

    def on_ClientRequest(self, sender, message):
        command = message.command
        if self.role != LEADER:
            return self.refuse(command, self.leader)
        if self.is_handing_over():
            return self.refuse(command, self.successor)
        if command.operation == "get" and self.style.noop:
            return self.read_later(command)
        if self.machine.answered(command):
            return self.answer(command, self.machine.apply(command))  # the session's: not run again
        self.append(command)
        if not self.style.heartbeat_only:
            self.broadcast()
        self.advance_commit()

    def answer(self, command, value):
        self.send(command.client, ClientReply(serial=command.serial, status="ok", value=value))

    def refuse(self, command, leader):
        self.send(command.client,
                  ClientReply(serial=command.serial, status="not_leader", leader=leader))

    def read_later(self, command):
        """ReadIndex: a broadcast that begins now must be confirmed by a majority.

        What earlier terms committed is known to be committed once this term's no-op is.
        """
        read_index = max(self.commit_index, self.term_start)
        self.reads.append((self.round + 1, read_index, command))
        if not self.style.heartbeat_only:
            self.broadcast()
        self.serve_reads()

    def serve_reads(self):
        confirmed = self.on_majority(self.round, (one.confirmed_round
                                                  for one in self.progress.values()))
        while self.reads:
            round_asked, read_index, command = self.reads[0]
            if round_asked > confirmed or read_index > self.last_applied:
                return
            self.reads.popleft()
            self.answer(command, self.machine.values.get(command.key))

    def refuse_reads(self):
        for _, _, command in self.reads:
            self.refuse(command, self.leader)
        self.reads.clear()

    # --- The leader sends (5.3) ---

    def append(self, command):
        self.store(Value(term=self.current_term, command=command))

    def on_HeartbeatInterval(self, timer):
        self.set_timer(HeartbeatInterval(), self.config.heartbeat_interval)
        self.broadcast()

    def broadcast(self):
        self.round += 1
        for peer in self.peers:
            self.send_entries(peer)

    def send_entries(self, peer):
        """What this follower lacks, as far as is known; a heartbeat if that is nothing."""
        first = self.progress[peer].next_index
        self.send(peer, AppendEntries(
            term=self.current_term,
            prev_log_index=first - 1,
            prev_log_term=self.log.term_at(first - 1),
            entries=self.log.between(first, self.config.entries_max),
            leader_commit=self.commit_index,
            round=self.round))

    # --- A follower receives (figure 2, AppendEntries) ---

    def on_AppendEntries(self, sender, message):
        if message.term < self.current_term:  # without its round: a later leader counts anew
            return self.send(sender, AppendEntriesReply(term=self.current_term))
        reply = AppendEntriesReply(term=self.current_term, success=False, round=message.round)
        self.follow(sender)
        prev_log_index = message.prev_log_index
        if not self.log.agrees(prev_log_index, message.prev_log_term):
            if self.style.conflict_hints:
                self.add_conflict(reply, prev_log_index)
            return self.send(sender, reply)
        self.store_new(prev_log_index, message.entries)
        # No further than this message has verified: what lies behind may be of another history.
        verified = prev_log_index + len(message.entries)
        self.commit_up_to(min(message.leader_commit, verified))
        reply.success = True
        reply.match_index = verified
        self.send(sender, reply)

    def follow(self, leader):
        self.become_follower(self.current_term)
        self.leader = leader
        self.leader_heard_at = self.now
        self.reset_election_timer()

    def store_new(self, prev_log_index, entries):
        """Deletes only on a conflict: the message may be old, and more may be counted already."""
        for index, entry in enumerate(entries, prev_log_index + 1):
            if self.log.agrees(index, entry.term):
                continue
            if index <= self.log.last_index:
                self.log.truncate_from(index)
                self.write(TruncateFrom(index=index))
                self.note(f"deletes its entries from index {index} on: they conflict")
            self.store(entry)

    def add_conflict(self, reply, prev_log_index):
        """Lets the leader step back over a whole term (5.3, end)."""
        if prev_log_index > self.log.last_index:
            reply.conflict_index = self.log.last_index + 1
        else:
            reply.conflict_term = self.log.term_at(prev_log_index)
            reply.conflict_index = self.log.first_index_of(reply.conflict_term)

    # --- The leader counts ---

    def on_AppendEntriesReply(self, sender, message):
        is_for_this_leader = self.role == LEADER and message.term == self.current_term
        if not is_for_this_leader:
            return
        follower = self.progress[sender]
        follower.heard = True
        follower.confirmed_round = max(follower.confirmed_round, message.round)
        if not message.success:
            self.step_back(follower, message)
            self.send_at_once(sender)
        elif message.match_index > follower.match_index:
            follower.match_index = message.match_index
            follower.next_index = max(follower.next_index, follower.match_index + 1)
            self.advance_commit()
            if follower.match_index < self.log.last_index:
                self.send_at_once(sender)
        if sender == self.successor:
            self.hand_over_if_ready()
        self.serve_reads()

    def send_at_once(self, peer):
        if not self.style.heartbeat_only:
            self.send_entries(peer)

    def step_back(self, follower, reply):
        if reply.conflict_index == 0:
            next_index = follower.next_index - 1
        else:
            own_last = self.log.last_index_of(reply.conflict_term) if reply.conflict_term else 0
            next_index = own_last + 1 if own_last else reply.conflict_index
        follower.next_index = max(min(next_index, follower.next_index), follower.match_index + 1)

    # --- The commit rule (5.3, 5.4.2) ---

    def advance_commit(self):
        if self.commit_index == self.log.last_index:
            return
        index = self.on_majority(self.log.last_index,
                                 (one.match_index for one in self.progress.values()))
        # An entry of an earlier term is never committed by counting: see figure 8.
        is_of_own_term = self.log.term_at(index) == self.current_term
        if is_of_own_term:
            self.sync_if_needed()  # its own copy counts only once it is on the disk
            self.commit_up_to(index)

    def commit_up_to(self, index):
        self.commit_index = max(self.commit_index, index)
        while self.last_applied < self.commit_index:
            self.last_applied += 1
            self.apply(self.last_applied, self.log.entry_at(self.last_applied))

    def apply(self, index, entry):
        command = entry.command
        result = self.machine.apply(command)
        self.emit(Applied(index=index, term=entry.term, command=command, result=result))
        if self.role == LEADER and command.operation != "noop":
            self.answer(command, result)

    # --- Small ---

    def send(self, to, message):
        """No message leaves before what it may promise is on the disk."""
        self.sync_if_needed()
        super().send(to, message)

    def store(self, entry):
        self.log.append(entry)
        self.write(AppendEntry(index=self.log.last_index, entry=entry))

    def set_hard_state(self, term, voted_for):
        if (term, voted_for) == (self.current_term, self.voted_for):
            return
        self.current_term, self.voted_for = term, voted_for
        self.write(HardState(term=term, voted_for=voted_for))

    def write(self, record):
        super().write(record)
        self.unsynced = True

    def sync_if_needed(self):
        if self.unsynced:
            self.sync()
            self.unsynced = False

    def reset_election_timer(self):
        self.set_timer(ElectionTimeout(), self.random.randint(self.config.election_timeout_min,
                                                              self.config.election_timeout_max))

    def quorum(self):
        return len(self.nodes) // 2 + 1

    def has_majority(self, servers):
        return len(servers) >= self.quorum()

    def on_majority(self, own, others):
        """The largest number that a majority has reached."""
        return sorted([own, *others], reverse=True)[self.quorum() - 1]


def style_from_command_line():
    parser = argparse.ArgumentParser(description="A Raft server for dsys.")
    parser.add_argument("--no-pre-vote", dest="pre_vote", action="store_false",
                        help="the paper's Raft: neither pre-vote nor check-quorum")
    parser.add_argument("--step-back-by-one", dest="conflict_hints", action="store_false",
                        help="refusals carry no hint where the logs conflict")
    parser.add_argument("--heartbeat-only", action="store_true",
                        help="entries travel only with heartbeats")
    parser.add_argument("--no-noop", dest="noop", action="store_false",
                        help="no empty entry; reads go through the log")
    style = parser.parse_args()
    style.check_quorum = style.pre_vote
    return style


if __name__ == "__main__":
    run(lambda: Server(style_from_command_line()))
