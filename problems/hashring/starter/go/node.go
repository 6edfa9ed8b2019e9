// Your node with a hash ring. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.go what it exchanges with the world, dsys.go what its
// Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys hashring grade --stage 1
package main

import "strconv"

// --- State ---

type RingNode struct {
	setup Setup

	// On disk, before a change or a write is confirmed: the members with their weights, ...
	version uint64
	values  map[string]int64

	// In memory: the points, which follow from the members; joins under way; what each node carries.
}

// --- The three entries ---

func (n *RingNode) OnStart(context *Context, disk []Value) {
	context.Config(&n.setup)
	n.values = map[string]int64{}
	for _, record := range disk {
		n.recover(record)
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
	case Assign:
		n.onAssign(context, from, m)
	case JoinPart:
		n.onJoinPart(context, from, m)
	case CompleteJoin:
		n.onCompleteJoin(context, from, m)
	case Put:
		n.onPut(context, from, m)
	}
}

// --- Stage 1: owners ---

// Where a label or a key lies: at its pin, if it has one, else at its hash.
func (n *RingNode) position(text string) uint64 {
	return 0
}

// The node of the first point at or after the key's position; mind both ends of the list.
func (n *RingNode) owner(key string) *string {
	return nil
}

// Its points, by label. Write Joined and Sync, then MembershipReply. The same request may come again.
func (n *RingNode) onAddNode(context *Context, from string, m AddNode) {
}

func (n *RingNode) onOwners(context *Context, from string, m Owners) {
}

// All points, in the order in which lookups meet them.
func (n *RingNode) onPoints(context *Context, from string, m Points) {
}

func (n *RingNode) onPositions(context *Context, from string, m Positions) {
}

// --- Stage 2: joins and leaves ---

// Its points and no others. Write Left and Sync, then MembershipReply.
func (n *RingNode) onRemoveNode(context *Context, from string, m RemoveNode) {
}

// --- Stage 3: the same everywhere. Stage 4, balance, brings no new messages ---

// Rebuilds what is on disk, one record at a time.
func (n *RingNode) recover(record Value) {
	switch record.(type) {
	case Joined:
	case Left:
	case Stored:
	}
}

// --- Stage 5: replicas, load, views ---

// Walk on clockwise: different nodes, the owner first.
func (n *RingNode) onReplicas(context *Context, from string, m Replicas) {
}

// Walk on clockwise: the first node that has room.
func (n *RingNode) onAssign(context *Context, from string, m Assign) {
}

// Lookups must not see half a join. MembershipReply all the same.
func (n *RingNode) onJoinPart(context *Context, from string, m JoinPart) {
}

// Now they must see all of it.
func (n *RingNode) onCompleteJoin(context *Context, from string, m CompleteJoin) {
}

// The same version? This node's key? Then write Stored and Sync, and answer.
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
	Run(func() Node { return &RingNode{} })
}
