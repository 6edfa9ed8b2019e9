// Your Raft server. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.go what it exchanges with the world, dsys.go what its
// Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys raft grade --stage 1
//
// Section numbers are those of the Raft paper (extended version); its figure 2 is the rule.
package main

type (
	Term  = uint64 // logical time; at most one leader in each
	Index = uint64 // position in the log, from 1; 0 is before the first
	Round = uint64 // a broadcast of one leader; replies carry it back
)

// --- State ---

type Role int

const (
	Follower Role = iota
	Candidate
	Leader
)

type Server struct {
	config ServerConfig

	// On disk, before anything that depends on it is said.
	currentTerm Term
	votedFor    *string
	log         []Entry // log[0] has index 1

	// In memory; learned again after a crash.
	role        Role
	leader      *string
	commitIndex Index
	lastApplied Index

	// A candidate's: who has voted for it in this term.
	votes map[string]bool

	// A leader's, for each follower; new in each of its terms.
	nextIndex  map[string]Index
	matchIndex map[string]Index
}

// --- The three entries ---

func (s *Server) OnStart(context *Context, disk []Value) {
	context.Config(&s.config)
	for _, record := range disk {
		s.recover(record)
	}
	// Then wait for a leader: SetTimer(ElectionTimeout{}, ...), random between ElectionTimeoutMin and
	// ElectionTimeoutMax, a new draw each time (5.2).
}

func (s *Server) OnTimer(context *Context, timer Value) {
	switch timer.(type) {
	case ElectionTimeout:
		s.onElectionTimeout(context)
	case HeartbeatInterval:
		s.onHeartbeatInterval(context)
	case QuorumCheck:
		s.onQuorumCheck(context)
	}
}

func (s *Server) OnMessage(context *Context, from string, message Value) {
	switch m := message.(type) {
	case RequestVote:
		s.onRequestVote(context, from, m)
	case RequestVoteReply:
		s.onRequestVoteReply(context, from, m)
	case AppendEntries:
		s.onAppendEntries(context, from, m)
	case AppendEntriesReply:
		s.onAppendEntriesReply(context, from, m)
	case ClientRequest:
		s.onClientRequest(context, from, m)
	case PreVote:
		s.onPreVote(context, from, m)
	case PreVoteReply:
		s.onPreVoteReply(context, from, m)
	case TransferLeadership:
		s.onTransferLeadership(context, m)
	case TimeoutNow:
		s.onTimeoutNow(context, m)
	}
}

// --- Stage 1: a leader is elected (5.2, 5.4.1) ---

// Nobody leads: stand for election in the next term.
func (s *Server) onElectionTimeout(context *Context) {
}

// A stale term? A newer one? One vote a term, for a log that is at least as up to date. Write the vote
// and Sync before you Send. Answer every request.
func (s *Server) onRequestVote(context *Context, from string, m RequestVote) {
}

// Count the voters of this term. With a majority: Emit(BecameLeader{...}), send heartbeats. A later term
// in any message or reply makes this server a follower of that term.
func (s *Server) onRequestVoteReply(context *Context, from string, m RequestVoteReply) {
}

// Only a leader has this timer. It expires once: set it again.
func (s *Server) onHeartbeatInterval(context *Context) {
}

// Its sender leads: set the election timer. In stage 2, guards first: the term, the entry before the
// first one. Where does an entry conflict? Write and Sync before the answer. How far has this message
// verified the log?
func (s *Server) onAppendEntries(context *Context, from string, m AppendEntries) {
}

// A later term ends the leadership. In stage 2: this follower's log agrees up to MatchIndex, or the
// leader steps back. A reply may be old.
func (s *Server) onAppendEntriesReply(context *Context, from string, m AppendEntriesReply) {
}

// --- Stage 2: entries are replicated (5.3) ---

// Not the leader: say who is. Else append, and answer when it is applied. In stage 5 (section 8;
// Ongaro's thesis 6.3, 6.4): a retry keeps its serial and has no second effect; a read must not be
// older than what others have been told.
func (s *Server) onClientRequest(context *Context, from string, m ClientRequest) {
}

// --- Stage 3: commitment (5.4.2) ---

// What may a leader count, and of which term must the entry be?
func (s *Server) advanceCommit(context *Context) {
}

// For each entry in its order: Emit(Applied{...}); a leader answers the client that waits for it.
func (s *Server) applyCommitted(context *Context) {
}

// --- Stage 4: crashes and the disk ---

// Rebuilds what is on disk, one record at a time.
func (s *Server) recover(record Value) {
	switch record.(type) {
	case HardState:
	case AppendEntry:
	case TruncateFrom:
	}
}

// --- Stage 6: no needless disruption (thesis 6.2, 9.6) ---

// Could the sender win that term? The question changes nothing here.
func (s *Server) onPreVote(context *Context, from string, m PreVote) {
}

// With a majority, stand for election.
func (s *Server) onPreVoteReply(context *Context, from string, m PreVoteReply) {
}

// A leader that no majority has answered since the last check steps down.
func (s *Server) onQuorumCheck(context *Context) {
}

// --- An operator moves the leadership (thesis 3.10; not graded by itself) ---

// Bring that server up to date, then tell it TimeoutNow.
func (s *Server) onTransferLeadership(context *Context, m TransferLeadership) {
}

// The leader asks this server to stand for election at once.
func (s *Server) onTimeoutNow(context *Context, m TimeoutNow) {
}

func main() {
	Run(func() Node { return &Server{} })
}
