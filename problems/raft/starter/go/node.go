// Your Raft server. It runs as it is, and does nothing yet: fill the handlers in, from top to bottom.
//
//	dsys raft grade .
//
// Figure 2 of the Raft paper (extended version) is the rule; section numbers are the paper's. What
// dsys.go offers is at its Context.
package main

import (
	"time"
)

type (
	Term  = uint64 // logical time; at most one leader in each
	Index = uint64 // position in the log, from 1; 0 is before the first
	Round = uint64 // a broadcast of one leader; replies carry it back
)

// --- Commands ---

type Operation string

const (
	Noop Operation = "noop"
	Get  Operation = "get"
	Put  Operation = "put"
	Add  Operation = "add"
)

type Command struct {
	Client    string    `json:"client"`
	Serial    uint64    `json:"serial"` // grows with each command of a client; a retry keeps it
	Operation Operation `json:"operation"`
	Key       string    `json:"key"`
	Value     int64     `json:"value"`
}

type Entry struct {
	Term    Term    `json:"term"`
	Command Command `json:"command"`
}

// --- Messages ---

type PreVote struct {
	Term         Term  `json:"term"` // the term that the sender would stand in
	LastLogIndex Index `json:"last_log_index"`
	LastLogTerm  Term  `json:"last_log_term"`
}

type PreVoteReply struct {
	Term      Term `json:"term"`       // the replier's own
	AskedTerm Term `json:"asked_term"` // the one in the request
	Granted   bool `json:"granted"`
}

type RequestVote struct {
	Term         Term  `json:"term"`
	LastLogIndex Index `json:"last_log_index"`
	LastLogTerm  Term  `json:"last_log_term"`
}

type RequestVoteReply struct {
	Term    Term `json:"term"`
	Granted bool `json:"granted"`
}

type AppendEntries struct {
	Term         Term    `json:"term"`
	PrevLogIndex Index   `json:"prev_log_index"`
	PrevLogTerm  Term    `json:"prev_log_term"`
	Entries      []Entry `json:"entries"`
	LeaderCommit Index   `json:"leader_commit"`
	Round        Round   `json:"round"`
}

type AppendEntriesReply struct {
	Term          Term  `json:"term"`
	Success       bool  `json:"success"`
	MatchIndex    Index `json:"match_index"`    // on success: up to here the logs agree
	ConflictIndex Index `json:"conflict_index"` // on failure: where the conflicting term begins
	ConflictTerm  Term  `json:"conflict_term"`  // 0: no entry there, the log ends before
	Round         Round `json:"round"`
}

type TransferLeadership struct {
	To string `json:"to"`
}

type TimeoutNow struct {
	Term Term `json:"term"`
}

type ClientRequest struct {
	Command Command `json:"command"`
}

type Status string

const (
	OK        Status = "ok"
	NotLeader Status = "not_leader"
)

type ClientReply struct {
	Serial uint64  `json:"serial"`
	Status Status  `json:"status"`
	Value  *int64  `json:"value"`  // of the key, after the command; nil: no such key
	Leader *string `json:"leader"` // who it is, if known
}

// --- Timers ---

type ElectionTimeout struct{}
type HeartbeatInterval struct{}
type QuorumCheck struct{}

// --- Records ---

type HardState struct {
	Term     Term    `json:"term"`
	VotedFor *string `json:"voted_for"`
}

type AppendEntry struct {
	Index Index `json:"index"`
	Entry Entry `json:"entry"`
}

type TruncateFrom struct {
	Index Index `json:"index"`
}

// --- Outputs ---

type BecameLeader struct {
	Term Term `json:"term"`
}

type Applied struct {
	Index   Index   `json:"index"`
	Term    Term    `json:"term"`
	Command Command `json:"command"`
	Result  *int64  `json:"result"`
}

// --- Configuration ---

type ServerConfig struct {
	Servers            []string      `json:"servers"`
	ElectionTimeoutMin time.Duration `json:"election_timeout_min"`
	ElectionTimeoutMax time.Duration `json:"election_timeout_max"`
	HeartbeatInterval  time.Duration `json:"heartbeat_interval"`
	EntriesMax         uint64        `json:"entries_max"` // in one AppendEntries
}

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

// --- Start and timers ---

func (s *Server) OnStart(context *Context, disk []Value) {
	context.Config(&s.config)
	for _, record := range disk {
		s.recover(record)
	}
	// Then wait for a leader: SetTimer(ElectionTimeout{}, ...), random in
	// [s.config.ElectionTimeoutMin, s.config.ElectionTimeoutMax], a new draw each time (5.2).
}

// Rebuilds what is on disk, one record at a time.
func (s *Server) recover(record Value) {
	switch record.(type) {
	case HardState:
	case AppendEntry:
	case TruncateFrom:
	}
}

func (s *Server) OnTimer(context *Context, timer Value) {
	switch timer.(type) {
	case ElectionTimeout:
		// Nobody was heard for too long: stand for election.
	case HeartbeatInterval:
		// A leader tells everybody that it is there. A timer expires once: set it again.
	case QuorumCheck:
		// A leader that no majority has answered since the last check steps down.
	}
}

// --- Messages ---

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

// 1. Election (5.2, 5.4.1). A stale term? A newer one? Has it the vote, and is the log good enough?
// Write the vote, Sync, and only then Send the answer.
func (s *Server) onRequestVote(context *Context, from string, m RequestVote) {
}

// A later term in any message or reply makes this server a follower of that term.
// With a majority: Emit(BecameLeader{...}), heartbeats, an empty entry (Noop) of its own term.
func (s *Server) onRequestVoteReply(context *Context, from string, m RequestVoteReply) {
}

// 2. Replication (5.3). Guards first; then: is the entry before the first one there? Delete only
// where an entry conflicts. Write and Sync before the answer. How far has the message verified the log?
func (s *Server) onAppendEntries(context *Context, from string, m AppendEntries) {
}

// The logs agree up to m.MatchIndex, or the leader steps back. Replies may be old.
func (s *Server) onAppendEntriesReply(context *Context, from string, m AppendEntriesReply) {
}

// 3. Commitment (5.4.2). What may a leader count, and of which term must the entry be?
func (s *Server) advanceCommit(context *Context) {
}

// For each entry in order: Emit(Applied{...}); a leader answers the client that waits for it.
func (s *Server) applyCommitted(context *Context) {
}

// 4. Clients (8; thesis 6.3, 6.4). Not the leader: say who is. A retry keeps its serial and must have
// no second effect. A read must not be older than what others have been told.
func (s *Server) onClientRequest(context *Context, from string, m ClientRequest) {
}

// 5. Pre-vote (thesis 9.6): could the sender win? The question changes nothing here.
func (s *Server) onPreVote(context *Context, from string, m PreVote) {
}

func (s *Server) onPreVoteReply(context *Context, from string, m PreVoteReply) {
}

// 6. Leadership transfer (thesis 3.10): when the other's log is complete, Send(to, TimeoutNow{...}).
func (s *Server) onTransferLeadership(context *Context, m TransferLeadership) {
}

func (s *Server) onTimeoutNow(context *Context, m TimeoutNow) {
}

func main() {
	Register(
		PreVote{}, PreVoteReply{}, RequestVote{}, RequestVoteReply{}, AppendEntries{},
		AppendEntriesReply{}, TransferLeadership{}, TimeoutNow{}, ClientRequest{}, ClientReply{},
		ElectionTimeout{}, HeartbeatInterval{}, QuorumCheck{},
		HardState{}, AppendEntry{}, TruncateFrom{})
	Run(func() Node { return &Server{} })
}
