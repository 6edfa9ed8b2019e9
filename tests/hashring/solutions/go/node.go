// A node with a consistent-hash ring (Karger et al. 1997): virtual nodes, weights, preference lists
// (DeCandia et al. 2007) and bounded loads (Mirrokni, Thorup, Zadimoghaddam 2017).
//
// Invariants:
//  1. The points follow from the members alone, sorted by (position, name): nodes with equal members
//     give every key the same owner, whatever happened before.
//  2. The version never decreases.
//  3. A change or a write that was confirmed is on the disk.
package main

import (
	"sort"
	"strconv"
)

// --- State ---

type RingNode struct {
	// On disk, before a change or a write is confirmed.
	ring    Ring
	version uint64
	values  map[string]int64

	// In memory. After a crash a join begins again, and nothing is carried any more.
	joining map[string]Member
	loads   Loads
}

// --- Start and messages ---

func (n *RingNode) OnStart(context *Context, disk []Value) {
	var setup Setup
	context.Config(&setup)
	n.ring = newRing(setup)
	n.values = map[string]int64{}
	n.joining = map[string]Member{}
	n.loads = Loads{percent: uint64(setup.LoadPercent), of: map[string]uint64{}}
	for _, record := range disk {
		n.recover(record)
	}
	if len(disk) > 0 {
		context.Sync() // the last records may have been written and never synced
	}
}

func (n *RingNode) recover(record Value) {
	switch r := record.(type) {
	case Joined:
		n.ring.add(Member{r.Name, r.Weight, r.Address})
		n.learn(r.Version)
	case Left:
		n.ring.remove(r.Name)
		n.learn(r.Version)
	case Stored:
		n.values[r.Key] = r.Value
	}
}

// A node acts only when asked: it sets no timers.
func (n *RingNode) OnTimer(*Context, Value) {}

func (n *RingNode) OnMessage(context *Context, from string, message Value) {
	switch m := message.(type) {
	case AddNode:
		n.onAddNode(context, from, m)
	case RemoveNode:
		n.onRemoveNode(context, from, m)
	case JoinPart:
		n.onJoinPart(context, from, m)
	case CompleteJoin:
		n.onCompleteJoin(context, from, m)
	case Owners:
		n.onOwners(context, from, m)
	case Replicas:
		n.onReplicas(context, from, m)
	case Assign:
		n.onAssign(context, from, m)
	case Points:
		n.onPoints(context, from, m)
	case Positions:
		n.onPositions(context, from, m)
	case Put:
		n.onPut(context, from, m)
	}
}

// --- The membership changes ---

// A change that comes a second time finds its work done, and is confirmed again.
func (n *RingNode) onAddNode(context *Context, from string, m AddNode) {
	n.join(context, Member{m.Name, m.Weight, m.Address}, m.Version)
	context.Send(from, MembershipReply{m.Request, n.version})
}

func (n *RingNode) onRemoveNode(context *Context, from string, m RemoveNode) {
	delete(n.joining, m.Name)
	n.loads.forget(m.Name)
	hasLeft := n.ring.remove(m.Name)
	isLater := n.learn(m.Version)
	if hasLeft || isLater {
		context.Write(Left{m.Name, n.version})
		context.Sync()
		context.Note("%s leaves: %d points, version %d", m.Name, len(n.ring.points), n.version)
	}
	context.Send(from, MembershipReply{m.Request, n.version})
}

// The points follow from name and weight, so a part tells nothing but who is about to join. All of
// them appear at once, with CompleteJoin: a lookup must never meet half a join. Nothing is written,
// because half a join is worth nothing after a crash.
func (n *RingNode) onJoinPart(context *Context, from string, m JoinPart) {
	if !n.ring.has(m.Name) {
		n.joining[m.Name] = Member{m.Name, m.Weight, m.Address}
	}
	context.Send(from, MembershipReply{m.Request, n.version})
}

func (n *RingNode) onCompleteJoin(context *Context, from string, m CompleteJoin) {
	member, isKnown := n.joining[m.Name]
	if !isKnown {
		member, isKnown = n.ring.member(m.Name)
	}
	if isKnown { // else a crash took the parts: they have to come again
		n.join(context, member, m.Version)
	}
	context.Send(from, MembershipReply{m.Request, n.version})
}

func (n *RingNode) join(context *Context, member Member, version uint64) {
	delete(n.joining, member.Name)
	isNew := n.ring.add(member)
	isLater := n.learn(version)
	if !isNew && !isLater {
		return
	}
	context.Write(Joined{member.Name, member.Weight, member.Address, n.version})
	context.Sync()
	context.Note("%s joins: %d points, version %d", member.Name, len(n.ring.points), n.version)
}

func (n *RingNode) learn(version uint64) bool {
	isLater := version > n.version
	if isLater {
		n.version = version
	}
	return isLater
}

// --- Somebody asks ---

func (n *RingNode) onOwners(context *Context, from string, m Owners) {
	owners := make([]*string, 0, m.Keys.size())
	m.Keys.each(func(key string) { owners = append(owners, n.ring.owner(key)) })
	context.Send(from, OwnersReply{m.Request, n.version, owners})
}

func (n *RingNode) onReplicas(context *Context, from string, m Replicas) {
	nodes := make([][]string, 0, m.Keys.size())
	m.Keys.each(func(key string) { nodes = append(nodes, n.ring.replicas(key, int(m.Count))) })
	context.Send(from, ReplicasReply{m.Request, nodes})
}

func (n *RingNode) onAssign(context *Context, from string, m Assign) {
	nodes := make([]*string, 0, m.Keys.size())
	m.Keys.each(func(key string) { nodes = append(nodes, n.loads.assign(&n.ring, key)) })
	context.Send(from, AssignReply{m.Request, nodes})
}

func (n *RingNode) onPoints(context *Context, from string, m Points) {
	points := make([]PlacedPoint, 0, len(n.ring.points))
	for _, point := range n.ring.points {
		points = append(points, PlacedPoint{point.position, point.node.Name})
	}
	context.Send(from, PointsReply{m.Request, points})
}

func (n *RingNode) onPositions(context *Context, from string, m Positions) {
	positions := make([]uint64, 0, m.Keys.size())
	m.Keys.each(func(key string) { positions = append(positions, n.ring.position(key)) })
	context.Send(from, PositionsReply{m.Request, positions})
}

// Only from who goes by the same ring, in either direction: one of us has yet to hear of a change.
func (n *RingNode) onPut(context *Context, from string, m Put) {
	owner := n.ring.owner(m.Key)
	isOwner := owner != nil && *owner == context.Self()
	status := PutStatusAccepted
	switch {
	case m.Version != n.version:
		status = PutStatusOtherVersion
	case !isOwner:
		status = PutStatusNotOwner
	default:
		n.values[m.Key] = m.Value
		context.Write(Stored{m.Key, m.Value})
		context.Sync()
	}
	context.Send(from, PutReply{m.Request, status, n.version})
}

// --- The ring ---

type Member struct {
	Name    string
	Weight  uint32
	Address string
}

// A Point is a virtual node. Points on one position all stay, the first by name owns it.
type Point struct {
	position uint64
	node     *Member
}

type Ring struct {
	virtualNodes uint32
	hashSeed     uint64
	pins         map[string]uint64
	members      map[string]*Member
	points       []Point // sorted by position, then name
	totalWeight  uint64
}

func newRing(setup Setup) Ring {
	ring := Ring{
		virtualNodes: setup.VirtualNodes,
		hashSeed:     setup.HashSeed,
		pins:         map[string]uint64{},
		members:      map[string]*Member{},
	}
	for _, pin := range setup.Pins {
		ring.pins[pin.Text] = pin.Position
	}
	return ring
}

func (r *Ring) has(name string) bool { return r.members[name] != nil }

func (r *Ring) member(name string) (Member, bool) {
	if !r.has(name) {
		return Member{}, false
	}
	return *r.members[name], true
}

// A heavier member is refused: each unit of weight costs virtualNodes points.
const weightMax = 1000

// add gives false, and changes nothing, if the member is not valid or its name is taken.
func (r *Ring) add(member Member) bool {
	isValid := member.Name != "" && member.Weight >= 1 && member.Weight <= weightMax
	if !isValid || r.has(member.Name) {
		return false
	}
	r.members[member.Name] = &member
	r.totalWeight += uint64(member.Weight)
	for i := uint32(0); i < r.virtualNodes*member.Weight; i++ {
		label := member.Name + "#" + strconv.FormatUint(uint64(i), 10)
		r.points = append(r.points, Point{r.position(label), &member})
	}
	sort.Slice(r.points, func(i, j int) bool {
		left, right := r.points[i], r.points[j]
		if left.position != right.position {
			return left.position < right.position
		}
		return left.node.Name < right.node.Name
	})
	return true
}

// remove takes the points of this member; a neighbour on the same position keeps its own.
func (r *Ring) remove(name string) bool {
	member := r.members[name]
	if member == nil {
		return false
	}
	delete(r.members, name)
	r.totalWeight -= uint64(member.Weight)
	kept := r.points[:0]
	for _, point := range r.points {
		if point.node != member {
			kept = append(kept, point)
		}
	}
	r.points = kept
	return true
}

func (r *Ring) owner(key string) *string {
	var owner *string
	r.walk(key, func(node *Member) bool {
		owner = &node.Name
		return false
	})
	return owner
}

// replicas gives the preference list: the owner, then the next different nodes clockwise.
func (r *Ring) replicas(key string, count int) []string {
	if count > len(r.members) {
		count = len(r.members)
	}
	names := make([]string, 0, count)
	if count == 0 {
		return names
	}
	r.walk(key, func(node *Member) bool {
		if !contains(names, node.Name) {
			names = append(names, node.Name)
		}
		return len(names) < count
	})
	return names
}

func contains(names []string, name string) bool {
	for _, one := range names {
		if one == name {
			return true
		}
	}
	return false
}

// walk visits the nodes of the points clockwise, once around, from the first point at or after the
// key's position; past the last point the circle closes. It ends when visit says false.
func (r *Ring) walk(key string, visit func(node *Member) bool) {
	position := r.position(key)
	first := sort.Search(len(r.points), func(i int) bool { return r.points[i].position >= position })
	for step := range r.points {
		if !visit(r.points[(first+step)%len(r.points)].node) {
			return
		}
	}
}

func (r *Ring) position(text string) uint64 {
	if position, isPinned := r.pins[text]; isPinned {
		return position
	}
	return mix(fnv1a(text) ^ r.hashSeed)
}

// FNV-1a (RFC 9923) is the same in every process, but texts that differ only at their end stay close
// together ...
func fnv1a(text string) uint64 {
	hash := uint64(0xcbf29ce484222325)
	for i := 0; i < len(text); i++ {
		hash ^= uint64(text[i])
		hash *= 0x00000100000001b3
	}
	return hash
}

// ... so the finaliser of MurmurHash3 spreads every bit over all others.
func mix(hash uint64) uint64 {
	hash ^= hash >> 33
	hash *= 0xff51afd7ed558ccd
	hash ^= hash >> 33
	hash *= 0xc4ceb9fe1a85ec53
	hash ^= hash >> 33
	return hash
}

// --- Bounded loads ---

// Loads counts what each node carries, and sends a key past the nodes that are full.
type Loads struct {
	percent  uint64
	of       map[string]uint64
	assigned uint64 // the sum of the loads
}

func (l *Loads) assign(ring *Ring, key string) *string {
	var chosen *string
	ring.walk(key, func(node *Member) bool {
		if l.of[node.Name] < l.capacity(ring, node) {
			chosen = &node.Name
		}
		return chosen == nil
	})
	if chosen != nil {
		l.of[*chosen]++
		l.assigned++
	}
	return chosen
}

// capacity is ceil(c m w / W), with the key that is being placed among the m: for equal weights
// ceil(c m / n). With c >= 1 somebody always has room.
func (l *Loads) capacity(ring *Ring, node *Member) uint64 {
	dividend := l.percent * (l.assigned + 1) * uint64(node.Weight)
	divisor := 100 * ring.totalWeight
	return (dividend + divisor - 1) / divisor
}

// forget is for a node that left: what it carried ended with it.
func (l *Loads) forget(name string) {
	l.assigned -= l.of[name]
	delete(l.of, name)
}

// --- Keys ---

func (k Keys) size() int { return len(k.List) + int(k.Count) }

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
