// Your node with a hash ring. It runs as it is, and does nothing yet: fill the handlers in, from top to
// bottom.
//
//	dsys hashring grade .
//
// Point i of node n lies at the hash of the label "n#i"; it has VirtualNodes points for each unit of
// its weight. What dsys.go offers is at its Context.
package main

import (
	"strconv"
)

// --- Values ---

// Keys are those of the list, then Count numbered ones: key1, key2, ... for the prefix "key" and
// First 1.
type Keys struct {
	List   []string `json:"list"`
	Prefix string   `json:"prefix"`
	First  uint64   `json:"first"`
	Count  uint64   `json:"count"`
}

type PlacedPoint struct {
	Position uint64 `json:"position"`
	Node     string `json:"node"`
}

// Pin gives a label or a key a position instead of its hash.
type Pin struct {
	Text     string `json:"text"`
	Position uint64 `json:"position"`
}

// --- Membership ---

type AddNode struct {
	Request uint64 `json:"request"`
	Name    string `json:"name"`
	Weight  uint32 `json:"weight"`
	Address string `json:"address"` // may differ after a restart, so it decides nothing
	Version uint64 `json:"version"` // of the ring that the change leads to
}

type RemoveNode struct {
	Request uint64 `json:"request"`
	Name    string `json:"name"`
	Version uint64 `json:"version"`
}

// JoinPart announces some points of a node that owns nothing before CompleteJoin.
type JoinPart struct {
	Request uint64 `json:"request"`
	Name    string `json:"name"`
	Weight  uint32 `json:"weight"`
	Address string `json:"address"`
	First   uint32 `json:"first"`
	Count   uint32 `json:"count"`
}

type CompleteJoin struct {
	Request uint64 `json:"request"`
	Name    string `json:"name"`
	Version uint64 `json:"version"`
}

type MembershipReply struct {
	Request uint64 `json:"request"`
	Version uint64 `json:"version"`
}

// --- Lookups ---

type Owners struct {
	Request uint64 `json:"request"`
	Keys    Keys   `json:"keys"`
}

type OwnersReply struct {
	Request uint64    `json:"request"`
	Version uint64    `json:"version"`
	Owners  []*string `json:"owners"` // nil: the ring has no node
}

type Replicas struct {
	Request uint64 `json:"request"`
	Keys    Keys   `json:"keys"`
	Count   uint32 `json:"count"`
}

type ReplicasReply struct {
	Request uint64     `json:"request"`
	Nodes   [][]string `json:"nodes"`
}

type Assign struct {
	Request uint64 `json:"request"`
	Keys    Keys   `json:"keys"`
}

type AssignReply struct {
	Request uint64    `json:"request"`
	Nodes   []*string `json:"nodes"`
}

type Points struct {
	Request uint64 `json:"request"`
}

type PointsReply struct {
	Request uint64        `json:"request"`
	Points  []PlacedPoint `json:"points"`
}

type Positions struct {
	Request uint64 `json:"request"`
	Keys    Keys   `json:"keys"`
}

type PositionsReply struct {
	Request   uint64   `json:"request"`
	Positions []uint64 `json:"positions"`
}

// --- Storage ---

type Put struct {
	Request uint64 `json:"request"`
	Key     string `json:"key"`
	Value   int64  `json:"value"`
	Version uint64 `json:"version"` // of the ring by which the client chose this node
}

type PutStatus string

const (
	Accepted     PutStatus = "accepted"
	OtherVersion PutStatus = "other_version"
	NotOwner     PutStatus = "not_owner"
)

type PutReply struct {
	Request uint64    `json:"request"`
	Status  PutStatus `json:"status"`
	Version uint64    `json:"version"` // the node's own
}

// --- Records ---

type Joined struct {
	Name    string `json:"name"`
	Weight  uint32 `json:"weight"`
	Address string `json:"address"`
	Version uint64 `json:"version"`
}

type Left struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
}

type Stored struct {
	Key   string `json:"key"`
	Value int64  `json:"value"`
}

// --- Configuration ---

type Setup struct {
	VirtualNodes uint32 `json:"virtual_nodes"` // points for each unit of weight
	HashSeed     uint64 `json:"hash_seed"`     // of the whole cluster
	LoadPercent  uint64 `json:"load_percent"`  // of its fair share a node may carry this much
	Pins         []Pin  `json:"pins"`
}

// --- State ---

type RingNode struct {
	setup Setup

	// On disk, before a change or a write is confirmed: the members with their weights, ...
	version uint64
	values  map[string]int64

	// In memory: the points, which follow from the members; joins under way; what each node carries.
}

// --- Start ---

func (n *RingNode) OnStart(context *Context, disk []Value) {
	context.Config(&n.setup)
	n.values = map[string]int64{}
	for _, record := range disk {
		n.recover(record)
	}
}

// Rebuilds what is on disk, one record at a time.
func (n *RingNode) recover(record Value) {
	switch record.(type) {
	case Joined:
	case Left:
	case Stored:
	}
}

// No timer is needed: a node acts when asked.
func (n *RingNode) OnTimer(*Context, Value) {}

func (n *RingNode) OnMessage(context *Context, from string, message Value) {
	switch m := message.(type) {
	case AddNode:
		n.onAddNode(context, from, m)
	case Owners:
		n.onOwners(context, from, m)
	case Points:
		n.onPoints(context, from, m)
	case Positions:
		n.onPositions(context, from, m)
	case RemoveNode:
		n.onRemoveNode(context, from, m)
	case Replicas:
		n.onReplicas(context, from, m)
	case JoinPart:
		n.onJoinPart(context, from, m)
	case CompleteJoin:
		n.onCompleteJoin(context, from, m)
	case Assign:
		n.onAssign(context, from, m)
	case Put:
		n.onPut(context, from, m)
	}
}

// --- The ring ---

// 1. Where a label or a key lies: at its pin, if it has one, else at its hash. The hash must be good,
// and the same in every process that has this seed.
func (n *RingNode) position(text string) uint64 {
	return 0
}

// 2. The node of the first point at or after the key's position; past the last point the circle
// closes. nil: the ring has no node.
func (n *RingNode) owner(key string) *string {
	return nil
}

// --- Messages: each question has its answer, with the same Request ---

// 3. A question may come twice: is the work done already? Write and Sync before the MembershipReply.
// Points on one position all stay, and the first by name owns it.
func (n *RingNode) onAddNode(context *Context, from string, m AddNode) {
}

func (n *RingNode) onOwners(context *Context, from string, m Owners) {
}

// All points, in the order in which lookups meet them.
func (n *RingNode) onPoints(context *Context, from string, m Points) {
}

func (n *RingNode) onPositions(context *Context, from string, m Positions) {
}

// 4. Whose points go, if another node has one on the same position?
func (n *RingNode) onRemoveNode(context *Context, from string, m RemoveNode) {
}

// 5. m.Count different nodes, or as many as there are, the owner first.
func (n *RingNode) onReplicas(context *Context, from string, m Replicas) {
}

// 6. A join in parts: what may a lookup see before it is complete? MembershipReply to both.
func (n *RingNode) onJoinPart(context *Context, from string, m JoinPart) {
}

func (n *RingNode) onCompleteJoin(context *Context, from string, m CompleteJoin) {
}

// 7. The first node clockwise that carries less than ceil(c m / n), with c = LoadPercent / 100.
func (n *RingNode) onAssign(context *Context, from string, m Assign) {
}

// 8. By which ring did the client choose this node? Write and Sync before the PutReply.
func (n *RingNode) onPut(context *Context, from string, m Put) {
}

// --- Keys ---

func (k Keys) each(visit func(key string)) {
	for _, key := range k.List {
		visit(key)
	}
	for i := uint64(0); i < k.Count; i++ {
		visit(k.Prefix + strconv.FormatUint(k.First+i, 10))
	}
}

func main() {
	Register(AddNode{}, RemoveNode{}, JoinPart{}, CompleteJoin{}, MembershipReply{},
		Owners{}, OwnersReply{}, Replicas{}, ReplicasReply{}, Assign{}, AssignReply{},
		Points{}, PointsReply{}, Positions{}, PositionsReply{}, Put{}, PutReply{},
		Joined{}, Left{}, Stored{})
	Run(func() Node { return &RingNode{} })
}
