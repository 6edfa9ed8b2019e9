// A Raft server after Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm"
// (extended version); section numbers are the paper's. Pre-vote, check-quorum, leadership transfer,
// sessions and ReadIndex are from Ongaro's thesis. Snapshots and changes of the servers are left out.
//
// Invariants:
//  1. A message leaves only after the disk has what it depends on: term, vote, entries.
//  2. currentTerm, commitIndex and lastApplied never decrease, and lastApplied <= commitIndex.
//  3. A leader never changes or deletes an entry of its own log.
package main

import (
	"fmt"
	"math/rand"
	"sort"
	"time"
)

type (
	Term  = uint64 // logical time; at most one leader in each
	Index = uint64 // position in the log, from 1; 0 is before the first
	Round = uint64 // a broadcast of one leader; replies carry it back
)

// --- State ---

type Role int

const (
	Follower Role = iota
	PreCandidate
	Candidate
	Leader
)

// What a leader knows of one follower.
type Progress struct {
	nextIndex   Index
	matchIndex  Index // grows only
	answered    Round // the latest round that it answered
	heardLately bool  // since the last quorum check
}

// A read that waits until it is certain that nobody else led when it came.
type PendingRead struct {
	client  string
	command Command
	index   Index // the state machine must have applied this much
	round   Round // a majority must have answered this round or a later one
}

type Server struct {
	self   string
	peers  []string
	config ServerConfig

	// On disk, before anything that depends on it is said (figure 2).
	currentTerm Term
	votedFor    *string
	log         Log

	// In memory; learned again after a crash.
	role          Role
	leader        *string
	leaderHeardAt time.Duration
	commitIndex   Index
	lastApplied   Index
	machine       StateMachine

	// A candidate's and a pre-candidate's.
	votes map[string]bool

	// A leader's; new in each of its terms.
	progress  map[string]*Progress
	termStart Index // of its first own entry
	round     Round
	reads     []PendingRead
	successor *string // to whom the leadership is being handed
}

// --- Start, timers, messages ---

func (s *Server) OnStart(context *Context, disk []Value) {
	context.Config(&s.config)
	s.self = context.Self()
	for _, name := range s.config.Servers {
		if name != s.self {
			s.peers = append(s.peers, name)
		}
	}
	s.machine = newStateMachine()
	for _, record := range disk {
		s.recover(record)
	}
	if len(disk) > 0 {
		context.Sync() // the last records may have been written and never synced
	}
	s.resetElectionTimer(context)
}

func (s *Server) recover(record Value) {
	switch r := record.(type) {
	case HardState:
		s.currentTerm, s.votedFor = r.Term, r.VotedFor
	case AppendEntry:
		assert(r.Index == s.log.lastIndex()+1, "the disk's log has no holes")
		s.log.append(r.Entry)
	case TruncateFrom:
		s.log.truncate(r.Index)
	}
}

func (s *Server) OnTimer(context *Context, timer Value) {
	switch timer.(type) {
	case ElectionTimeout:
		s.askForPreVotes(context)
	case HeartbeatInterval:
		s.broadcast(context)
		context.SetTimer(HeartbeatInterval{}, s.config.HeartbeatInterval)
	case QuorumCheck:
		s.checkQuorum(context)
	}
}

func (s *Server) OnMessage(context *Context, from string, message Value) {
	switch m := message.(type) {
	case PreVote:
		s.onPreVote(context, from, m)
	case PreVoteReply:
		s.onPreVoteReply(context, from, m)
	case RequestVote:
		s.onRequestVote(context, from, m)
	case RequestVoteReply:
		s.onRequestVoteReply(context, from, m)
	case AppendEntries:
		s.onAppendEntries(context, from, m)
	case AppendEntriesReply:
		s.onAppendEntriesReply(context, from, m)
	case TransferLeadership:
		s.onTransferLeadership(context, m)
	case TimeoutNow:
		s.onTimeoutNow(context, m)
	case ClientRequest:
		s.onClientRequest(context, from, m.Command)
	}
}

// --- Pre-vote (thesis 9.6) ---

// Nobody was heard for too long. Before it disturbs anyone with a new term, a server asks whether it
// could win; only a majority's yes raises its term.
func (s *Server) askForPreVotes(context *Context) {
	s.role = PreCandidate
	s.leader = nil
	s.votes = map[string]bool{s.self: true}
	s.resetElectionTimer(context)
	if len(s.votes) >= s.quorum() {
		s.startElection(context)
		return
	}
	for _, peer := range s.peers {
		context.Send(peer, PreVote{s.currentTerm + 1, s.log.lastIndex(), s.log.lastTerm()})
	}
}

func (s *Server) onPreVote(context *Context, from string, m PreVote) {
	isNewTerm := m.Term > s.currentTerm
	granted := isNewTerm && !s.hasLeader(context) && s.isUpToDate(m.LastLogIndex, m.LastLogTerm)
	context.Send(from, PreVoteReply{s.currentTerm, m.Term, granted})
}

func (s *Server) onPreVoteReply(context *Context, from string, m PreVoteReply) {
	if m.Term > s.currentTerm {
		s.becomeFollower(context, m.Term)
		return
	}
	isMine := s.role == PreCandidate && m.AskedTerm == s.currentTerm+1
	if !isMine || !m.Granted {
		return
	}
	s.votes[from] = true
	if len(s.votes) >= s.quorum() {
		s.startElection(context)
	}
}

// --- Election (5.2) ---

func (s *Server) startElection(context *Context) {
	s.role = Candidate
	s.leader = nil
	s.votes = map[string]bool{s.self: true} // a set: an answer that comes twice is one vote
	s.saveHardState(context, s.currentTerm+1, &s.self)
	s.resetElectionTimer(context)
	context.Note("stands for election in term %d", s.currentTerm)
	if len(s.votes) >= s.quorum() {
		s.becomeLeader(context)
		return
	}
	for _, peer := range s.peers {
		context.Send(peer, RequestVote{s.currentTerm, s.log.lastIndex(), s.log.lastTerm()})
	}
}

func (s *Server) onRequestVote(context *Context, from string, m RequestVote) {
	if m.Term < s.currentTerm {
		context.Send(from, RequestVoteReply{s.currentTerm, false})
		return
	}
	if m.Term > s.currentTerm {
		s.becomeFollower(context, m.Term)
	}
	hasVote := s.votedFor == nil || *s.votedFor == from
	granted := hasVote && s.isUpToDate(m.LastLogIndex, m.LastLogTerm)
	if granted {
		if s.votedFor == nil {
			s.saveHardState(context, s.currentTerm, &from)
		}
		s.becomeFollower(context, s.currentTerm)
		s.resetElectionTimer(context) // only now: who is refused must not keep others from standing
		context.Note("votes for %s in term %d", from, s.currentTerm)
	}
	context.Send(from, RequestVoteReply{s.currentTerm, granted})
}

func (s *Server) onRequestVoteReply(context *Context, from string, m RequestVoteReply) {
	if m.Term > s.currentTerm {
		s.becomeFollower(context, m.Term)
		return
	}
	isMine := s.role == Candidate && m.Term == s.currentTerm
	if !isMine || !m.Granted {
		return
	}
	s.votes[from] = true
	if len(s.votes) >= s.quorum() {
		s.becomeLeader(context)
	}
}

// --- Changes of role ---

func (s *Server) becomeLeader(context *Context) {
	s.role = Leader
	s.leader = &s.self
	s.termStart = s.log.lastIndex() + 1
	s.round = 0
	s.reads = nil
	s.successor = nil
	s.progress = map[string]*Progress{}
	for _, peer := range s.peers {
		s.progress[peer] = &Progress{nextIndex: s.termStart}
	}
	context.Note("becomes leader of term %d with %d votes", s.currentTerm, len(s.votes))
	context.Emit(BecameLeader{s.currentTerm})
	context.CancelTimer(ElectionTimeout{})
	context.SetTimer(HeartbeatInterval{}, s.config.HeartbeatInterval)
	context.SetTimer(QuorumCheck{}, s.config.ElectionTimeoutMax)
	// An empty entry of its own commits what earlier terms have left (5.4.2, 8).
	s.propose(context, Command{Operation: OperationNoop})
}

// In the present term or in a later one.
func (s *Server) becomeFollower(context *Context, term Term) {
	if term > s.currentTerm {
		s.saveHardState(context, term, nil)
		s.leader = nil
	}
	if s.role == Leader {
		s.stopLeading(context)
	}
	s.role = Follower
}

func (s *Server) stopLeading(context *Context) {
	context.Note("leads no more; the term is %d", s.currentTerm)
	s.leader = nil
	for _, read := range s.reads {
		context.Send(read.client, s.refusal(read.command))
	}
	s.reads = nil
	s.progress = nil
	s.successor = nil
	context.CancelTimer(HeartbeatInterval{})
	context.CancelTimer(QuorumCheck{})
	s.resetElectionTimer(context)
}

// A leader that a majority has not answered for an election timeout may have been replaced
// (thesis 6.2). It is also how long a successor has to take over (thesis 3.10).
func (s *Server) checkQuorum(context *Context) {
	heard := 1
	for _, progress := range s.progress {
		if progress.heardLately {
			heard++
		}
		progress.heardLately = false
	}
	if heard < s.quorum() {
		context.Note("hears no majority and steps down")
		s.becomeFollower(context, s.currentTerm)
		return
	}
	s.successor = nil
	context.SetTimer(QuorumCheck{}, s.config.ElectionTimeoutMax)
}

// --- The leader replicates (5.3) ---

func (s *Server) propose(context *Context, command Command) {
	s.store(context, Entry{s.currentTerm, command})
	context.Sync()
	s.broadcast(context)
	s.advanceCommit(context) // alone it is a majority
}

func (s *Server) broadcast(context *Context) {
	s.round++
	for _, peer := range s.peers {
		s.sendAppend(context, peer)
	}
}

// Everything that the follower may lack, up to the limit; nothing of it makes a heartbeat.
func (s *Server) sendAppend(context *Context, peer string) {
	previous := s.progress[peer].nextIndex - 1
	context.Send(peer, AppendEntries{
		Term:         s.currentTerm,
		PrevLogIndex: previous,
		PrevLogTerm:  s.log.termAt(previous),
		Entries:      s.log.slice(previous+1, uint64(s.config.EntriesMax)),
		LeaderCommit: s.commitIndex,
		Round:        s.round,
	})
}

func (s *Server) onAppendEntriesReply(context *Context, from string, m AppendEntriesReply) {
	if m.Term > s.currentTerm {
		s.becomeFollower(context, m.Term)
		return
	}
	isMine := s.role == Leader && m.Term == s.currentTerm
	if !isMine {
		return
	}
	follower := s.progress[from]
	follower.heardLately = true
	follower.answered = max(follower.answered, m.Round)
	if m.Success {
		s.onMatch(context, from, m.MatchIndex)
	} else {
		s.onMismatch(context, from, m)
	}
	s.answerReads(context)
}

func (s *Server) onMatch(context *Context, from string, matchIndex Index) {
	follower := s.progress[from]
	hasProgress := matchIndex > follower.matchIndex
	follower.matchIndex = max(follower.matchIndex, matchIndex) // an old reply may come late
	follower.nextIndex = follower.matchIndex + 1
	s.advanceCommit(context)
	s.handOver(context, from)
	// A reply that tells nothing new sends nothing, or each duplicate would begin a stream of its own.
	if hasProgress && follower.matchIndex < s.log.lastIndex() {
		s.sendAppend(context, from)
	}
}

// Steps back over a whole term at a time (end of 5.3).
func (s *Server) onMismatch(context *Context, from string, m AppendEntriesReply) {
	follower := s.progress[from]
	hint := m.ConflictIndex
	if m.ConflictTerm != 0 {
		if last := s.log.lastOfTerm(m.ConflictTerm, follower.nextIndex-1); last != 0 {
			hint = last + 1
		}
	}
	isOld := hint <= follower.matchIndex || hint >= follower.nextIndex
	if isOld {
		return // the follower has answered more recently than this; a heartbeat will tell
	}
	follower.nextIndex = hint
	s.sendAppend(context, from)
}

// --- The follower stores (5.3) ---

func (s *Server) onAppendEntries(context *Context, from string, m AppendEntries) {
	if m.Term < s.currentTerm {
		// Without its round: a later leader counts anew.
		context.Send(from, AppendEntriesReply{Term: s.currentTerm})
		return
	}
	s.follow(context, from, m.Term)
	agrees := m.PrevLogIndex <= s.log.lastIndex() && s.log.termAt(m.PrevLogIndex) == m.PrevLogTerm
	if !agrees {
		context.Send(from, s.mismatch(m))
		return
	}
	s.storeAll(context, m.PrevLogIndex, m.Entries)
	// What lies behind the message's last entry has not been compared with the leader's log.
	verified := m.PrevLogIndex + Index(len(m.Entries))
	s.commitIndex = max(s.commitIndex, min(m.LeaderCommit, verified))
	s.applyCommitted(context)
	context.Send(from, AppendEntriesReply{
		Term: s.currentTerm, Success: true, MatchIndex: verified, Round: m.Round})
}

// Only the leader of a term sends entries in it, so the sender is that leader.
func (s *Server) follow(context *Context, leader string, term Term) {
	assert(term > s.currentTerm || s.role != Leader, "a term has one leader")
	s.becomeFollower(context, term)
	s.leader = &leader
	s.leaderHeardAt = context.Now()
	s.resetElectionTimer(context)
}

func (s *Server) mismatch(m AppendEntries) AppendEntriesReply {
	reply := AppendEntriesReply{Term: s.currentTerm, Round: m.Round}
	if m.PrevLogIndex > s.log.lastIndex() {
		reply.ConflictIndex = s.log.lastIndex() + 1
		return reply
	}
	reply.ConflictTerm = s.log.termAt(m.PrevLogIndex)
	reply.ConflictIndex = s.log.firstOfTerm(reply.ConflictTerm)
	return reply
}

// Skips what is there already, and deletes only where something conflicts: the message may be old,
// and what lies behind it may be committed.
func (s *Server) storeAll(context *Context, previous Index, entries []Entry) {
	known := 0
	for known < len(entries) {
		index := previous + Index(known) + 1
		if index > s.log.lastIndex() || s.log.termAt(index) != entries[known].Term {
			break
		}
		known++
	}
	if known == len(entries) {
		return
	}
	first := previous + Index(known) + 1
	if first <= s.log.lastIndex() {
		assert(first > s.commitIndex, "what is committed stays")
		s.log.truncate(first)
		context.Write(TruncateFrom{first})
	}
	for _, entry := range entries[known:] {
		s.store(context, entry)
	}
	context.Sync()
}

// --- Committing and applying (5.3, 5.4) ---

// The largest index that a majority has, if its entry is of the leader's own term. An older entry on
// a majority may still be overwritten (figure 8); it is committed with a newer one behind it.
func (s *Server) advanceCommit(context *Context) {
	matches := []Index{s.log.lastIndex()}
	for _, follower := range s.progress {
		matches = append(matches, follower.matchIndex)
	}
	sort.Slice(matches, func(i, j int) bool { return matches[i] > matches[j] })
	onMajority := matches[s.quorum()-1]
	mayCommit := onMajority > s.commitIndex && s.log.termAt(onMajority) == s.currentTerm
	if !mayCommit {
		return
	}
	s.commitIndex = onMajority
	s.applyCommitted(context)
	s.answerReads(context)
}

// The leader that took a command from its client answers it; its entries are those of its own term.
func (s *Server) applyCommitted(context *Context) {
	for s.lastApplied < s.commitIndex {
		s.lastApplied++
		entry := s.log.at(s.lastApplied)
		result := s.machine.apply(entry.Command)
		context.Emit(Applied{s.lastApplied, entry.Term, entry.Command, result})
		isMine := s.role == Leader && entry.Term == s.currentTerm && entry.Command.Operation != OperationNoop
		if isMine {
			context.Send(entry.Command.Client, success(entry.Command, result))
		}
	}
}

// --- Clients (8; thesis 6) ---

func (s *Server) onClientRequest(context *Context, from string, command Command) {
	canServe := s.role == Leader && s.successor == nil
	if !canServe {
		context.Send(from, s.refusal(command))
		return
	}
	if command.Operation == OperationGet {
		s.beginRead(context, from, command)
		return
	}
	if session, done := s.machine.executed(command); done {
		context.Send(from, success(command, session.result))
		return
	}
	s.propose(context, command)
}

// ReadIndex (thesis 6.4): a read needs no entry, but the certainty that this server still led after
// the read came, and that it knows everything that was committed before. The first own entry of its
// term gives the latter.
func (s *Server) beginRead(context *Context, from string, command Command) {
	s.broadcast(context)
	s.reads = append(s.reads, PendingRead{
		client:  from,
		command: command,
		index:   max(s.commitIndex, s.termStart),
		round:   s.round,
	})
	s.answerReads(context)
}

func (s *Server) answerReads(context *Context) {
	waiting := s.reads[:0]
	for _, read := range s.reads {
		isReady := s.lastApplied >= read.index && s.hasQuorumAnswered(read.round)
		if isReady {
			context.Send(read.client, success(read.command, s.machine.value(read.command.Key)))
		} else {
			waiting = append(waiting, read)
		}
	}
	s.reads = waiting
}

func (s *Server) hasQuorumAnswered(round Round) bool {
	count := 1
	for _, follower := range s.progress {
		if follower.answered >= round {
			count++
		}
	}
	return count >= s.quorum()
}

func success(command Command, value *int64) ClientReply {
	return ClientReply{Serial: command.Serial, Status: StatusOK, Value: value}
}

func (s *Server) refusal(command Command) ClientReply {
	hint := s.leader
	if s.successor != nil {
		hint = s.successor
	}
	return ClientReply{Serial: command.Serial, Status: StatusNotLeader, Leader: hint}
}

// --- Leadership transfer (thesis 3.10) ---

func (s *Server) onTransferLeadership(context *Context, m TransferLeadership) {
	canHandOver := s.role == Leader && s.progress[m.To] != nil
	if !canHandOver {
		return
	}
	context.Note("hands over to %s once its log is complete", m.To)
	s.successor = &m.To // no new commands from now on, so that it can catch up
	s.sendAppend(context, m.To)
	s.handOver(context, m.To)
}

func (s *Server) handOver(context *Context, peer string) {
	isSuccessor := s.successor != nil && *s.successor == peer
	if !isSuccessor || s.progress[peer].matchIndex < s.log.lastIndex() {
		return
	}
	context.Send(peer, TimeoutNow{s.currentTerm})
}

// The leader itself asks for this election, so no pre-vote is needed.
func (s *Server) onTimeoutNow(context *Context, m TimeoutNow) {
	if m.Term < s.currentTerm {
		return
	}
	if m.Term > s.currentTerm {
		s.becomeFollower(context, m.Term)
	}
	if s.role != Leader {
		s.startElection(context)
	}
}

// --- Small ---

func (s *Server) quorum() int { return len(s.config.Servers)/2 + 1 }

// Later term first, then length (5.4.1).
func (s *Server) isUpToDate(lastIndex Index, lastTerm Term) bool {
	if lastTerm != s.log.lastTerm() {
		return lastTerm > s.log.lastTerm()
	}
	return lastIndex >= s.log.lastIndex()
}

// Whether it leads, or has heard a leader so lately that nobody can have timed out.
func (s *Server) hasLeader(context *Context) bool {
	if s.role == Leader {
		return true
	}
	return s.leader != nil && context.Now()-s.leaderHeardAt < s.config.ElectionTimeoutMin
}

// A new draw each time, so that split votes end (5.2).
func (s *Server) resetElectionTimer(context *Context) {
	least, most := s.config.ElectionTimeoutMin, s.config.ElectionTimeoutMax
	context.SetTimer(ElectionTimeout{}, least+between0And(most-least, context.Random()))
}

func between0And(most time.Duration, random *rand.Rand) time.Duration {
	return time.Duration(random.Int63n(int64(most) + 1))
}

func (s *Server) saveHardState(context *Context, term Term, votedFor *string) {
	assert(term >= s.currentTerm, "terms only grow")
	s.currentTerm, s.votedFor = term, votedFor
	context.Write(HardState{term, votedFor})
	context.Sync()
}

func (s *Server) store(context *Context, entry Entry) {
	s.log.append(entry)
	context.Write(AppendEntry{s.log.lastIndex(), entry})
}

func assert(holds bool, rule string) {
	if !holds {
		panic(fmt.Sprintf("assertion: %s", rule))
	}
}

func min(a, b Index) Index {
	if a < b {
		return a
	}
	return b
}

func max(a, b Index) Index {
	if a > b {
		return a
	}
	return b
}

// --- The log ---

// Entries from index 1 on. Terms never decrease along it, so they can be searched.
type Log struct {
	entries []Entry
}

func (l *Log) lastIndex() Index { return Index(len(l.entries)) }
func (l *Log) lastTerm() Term   { return l.termAt(l.lastIndex()) }
func (l *Log) at(i Index) Entry { return l.entries[i-1] }

func (l *Log) termAt(index Index) Term {
	if index == 0 {
		return 0
	}
	return l.entries[index-1].Term
}

func (l *Log) append(entry Entry) {
	assert(entry.Term >= l.lastTerm(), "terms never decrease along the log")
	l.entries = append(l.entries, entry)
}

// Deletes the entry at the index and everything behind it.
func (l *Log) truncate(index Index) { l.entries = l.entries[:index-1] }

// At most count entries from the index on.
func (l *Log) slice(first Index, count uint64) []Entry {
	last := min(l.lastIndex(), first-1+count)
	return l.entries[first-1 : last]
}

func (l *Log) firstOfTerm(term Term) Index {
	return Index(sort.Search(len(l.entries), func(i int) bool { return l.entries[i].Term >= term })) + 1
}

// The last entry of the term at or before the index; 0: there is none.
func (l *Log) lastOfTerm(term Term, end Index) Index {
	last := Index(sort.Search(int(end), func(i int) bool { return l.entries[i].Term > term }))
	if l.termAt(last) != term {
		return 0
	}
	return last
}

// --- The state machine ---

// A map from keys to numbers, and what each client was told last (thesis 6.3). Equal commands in
// equal order give equal states, sessions included, so the next leader knows them too.
type StateMachine struct {
	values   map[string]int64
	sessions map[string]Session
}

type Session struct {
	serial uint64
	result *int64
}

func newStateMachine() StateMachine {
	return StateMachine{values: map[string]int64{}, sessions: map[string]Session{}}
}

// The client's session, and whether it covers this command: a retry of what was done before.
func (m *StateMachine) executed(command Command) (Session, bool) {
	session, known := m.sessions[command.Client]
	return session, known && command.Serial <= session.serial
}

// Executes each serial of a client once, and gives the key's value after it.
func (m *StateMachine) apply(command Command) *int64 {
	if command.Operation == OperationNoop {
		return nil
	}
	if session, done := m.executed(command); done {
		return session.result
	}
	switch command.Operation {
	case OperationPut:
		m.values[command.Key] = command.Value
	case OperationAdd:
		m.values[command.Key] += command.Value
	}
	result := m.value(command.Key)
	m.sessions[command.Client] = Session{command.Serial, result}
	return result
}

func (m *StateMachine) value(key string) *int64 {
	value, known := m.values[key]
	if !known {
		return nil
	}
	return &value
}

func main() {
	Run(func() Node { return &Server{} })
}
