// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, dsys.go what its Context can do. Fill the handlers in, from top to
// bottom, and grade each stage when you think that it is done: dsys lock grade --stage 1
package main

import (
	"time"
)

type (
	Revision = int64  // of the whole store: each change makes it grow by one
	LeaseID  = int64  // 0: none
	Call     = uint64 // a number of yours: a new one for each call, the same for a retry
)

// --- What the store keeps ---

type KeyValue struct {
	Key            string   `json:"key"`
	Value          string   `json:"value"`
	CreateRevision Revision `json:"create_revision"` // removed and put again, it is a new key
	ModRevision    Revision `json:"mod_revision"`
	Version        int64    `json:"version"`
	Lease          LeaseID  `json:"lease"` // it goes when this lease ends
}

// --- Leases; a TTL is in whole seconds ---

type LeaseGrantRequest struct {
	Call Call  `json:"call"`
	TTL  int64 `json:"ttl"`
}

type LeaseGrantResponse struct {
	Call Call    `json:"call"`
	ID   LeaseID `json:"id"`
	TTL  int64   `json:"ttl"` // what was granted
}

type LeaseKeepAliveRequest struct {
	Call Call    `json:"call"`
	ID   LeaseID `json:"id"`
}

type LeaseKeepAliveResponse struct {
	Call Call    `json:"call"`
	ID   LeaseID `json:"id"`
	TTL  int64   `json:"ttl"` // counted anew; 0: there is no such lease
}

type LeaseRevokeRequest struct {
	Call Call    `json:"call"`
	ID   LeaseID `json:"id"`
}

type LeaseRevokeResponse struct {
	Call     Call     `json:"call"`
	Revision Revision `json:"revision"`
	Found    bool     `json:"found"`
}

// --- Keys ---

type SortOrder string

const (
	Unsorted SortOrder = "none"
	Ascend   SortOrder = "ascend"
	Descend  SortOrder = "descend"
)

type Target string // of sorting, and of comparing

const (
	ByKey     Target = "key" // sorts only
	ByVersion Target = "version"
	ByCreate  Target = "create"
	ByMod     Target = "mod"
	ByValue   Target = "value"
	ByLease   Target = "lease" // compares only
)

// The keys from Key up to but not including RangeEnd; without one, Key alone. All keys with a prefix:
// "lock/" to "lock0".
type RangeRequest struct {
	Call              Call      `json:"call"`
	Key               string    `json:"key"`
	RangeEnd          string    `json:"range_end"`
	Limit             int64     `json:"limit"` // 0: all
	SortOrder         SortOrder `json:"sort_order"`
	SortTarget        Target    `json:"sort_target"`
	MaxCreateRevision Revision  `json:"max_create_revision"` // only keys created no later; 0: all
}

type RangeResponse struct {
	Call     Call       `json:"call"`
	Revision Revision   `json:"revision"` // of the store when it looked
	Kvs      []KeyValue `json:"kvs"`
}

type PutRequest struct {
	Call  Call    `json:"call"`
	Key   string  `json:"key"`
	Value string  `json:"value"`
	Lease LeaseID `json:"lease"`
}

type PutResponse struct {
	Call     Call     `json:"call"`
	Revision Revision `json:"revision"`
	Error    string   `json:"error"` // "" or "requested lease not found"
}

type DeleteRangeRequest struct {
	Call     Call   `json:"call"`
	Key      string `json:"key"`
	RangeEnd string `json:"range_end"`
}

type DeleteRangeResponse struct {
	Call     Call     `json:"call"`
	Revision Revision `json:"revision"`
	Deleted  int64    `json:"deleted"`
}

// --- Transactions: compare, then one of two lists, in one step ---

type Result string

const (
	Equal    Result = "equal"
	Greater  Result = "greater"
	Less     Result = "less"
	NotEqual Result = "not_equal"
)

// Only the field of the target is looked at. A key that is not there has 0 and "" everywhere.
type Compare struct {
	Key            string   `json:"key"`
	Target         Target   `json:"target"`
	Result         Result   `json:"result"`
	Version        int64    `json:"version"`
	CreateRevision Revision `json:"create_revision"`
	ModRevision    Revision `json:"mod_revision"`
	Value          string   `json:"value"`
	Lease          LeaseID  `json:"lease"`
}

type Request string

const (
	Range       Request = "range"
	Put         Request = "put"
	DeleteRange Request = "delete_range"
)

type RequestOp struct {
	Request           Request   `json:"request"`
	Key               string    `json:"key"`
	RangeEnd          string    `json:"range_end"`
	Value             string    `json:"value"`
	Lease             LeaseID   `json:"lease"`
	Limit             int64     `json:"limit"`
	SortOrder         SortOrder `json:"sort_order"`
	SortTarget        Target    `json:"sort_target"`
	MaxCreateRevision Revision  `json:"max_create_revision"`
}

type ResponseOp struct {
	Kvs     []KeyValue `json:"kvs"`     // of a range
	Deleted int64      `json:"deleted"` // of a delete_range
}

type TxnRequest struct {
	Call    Call        `json:"call"`
	Compare []Compare   `json:"compare"` // if all hold ...
	Success []RequestOp `json:"success"` // ... these are done
	Failure []RequestOp `json:"failure"` // and else these
}

type TxnResponse struct {
	Call      Call         `json:"call"`
	Revision  Revision     `json:"revision"` // what was put has this revision
	Succeeded bool         `json:"succeeded"`
	Responses []ResponseOp `json:"responses"` // one for each operation done
	Error     string       `json:"error"`     // "" or "requested lease not found"
}

// --- Watches ---

type WatchEventType string

const (
	KeyPut     WatchEventType = "put"
	KeyRemoved WatchEventType = "remove"
)

type WatchEvent struct {
	Event WatchEventType `json:"event"`
	Kv    KeyValue       `json:"kv"`
}

type WatchCreateRequest struct {
	WatchID       Call     `json:"watch_id"`
	Key           string   `json:"key"`
	RangeEnd      string   `json:"range_end"`
	StartRevision Revision `json:"start_revision"` // past changes first; 0: from when it arrives
}

type WatchCancelRequest struct {
	WatchID Call `json:"watch_id"`
}

type WatchResponse struct {
	WatchID         Call         `json:"watch_id"`
	Revision        Revision     `json:"revision"`
	Created         bool         `json:"created"`
	Canceled        bool         `json:"canceled"`
	CompactRevision Revision     `json:"compact_revision"`
	Events          []WatchEvent `json:"events"`
}

// --- The resource ---

type ReadRequest struct {
	Call  Call     `json:"call"`
	Token Revision `json:"token"`
}

type WriteRequest struct {
	Call  Call     `json:"call"`
	Token Revision `json:"token"`
	Value int64    `json:"value"`
}

type ResourceReply struct {
	Call         Call     `json:"call"`
	Accepted     bool     `json:"accepted"`
	Value        int64    `json:"value"` // of the counter now
	HighestToken Revision `json:"highest_token"`
}

// --- Timers: use each for what you like ---

type NextRound struct{}
type RequestTimeout struct{}
type RenewalInterval struct{}
type SessionDeadline struct{}
type WorkDone struct{}
type HoldLimit struct{}

// --- Outputs ---

type Requested struct{}

type Acquired struct {
	Token Revision `json:"token"`
	Lease LeaseID  `json:"lease"`
}

type Released struct {
	Token Revision `json:"token"`
}

type Lost struct {
	Token Revision `json:"token"`
}

// --- Configuration ---

type LockConfig struct {
	Store             string        `json:"store"`
	Resource          string        `json:"resource"`
	Lock              string        `json:"lock"`    // keys begin with this and a slash
	TTL               int64         `json:"ttl"`     // to ask for, in seconds
	TTLMin            int64         `json:"ttl_min"` // what the store grants at least
	ClockErrorPercent int64         `json:"clock_error_percent"`
	FirstAfter        time.Duration `json:"first_after"`
	Rounds            uint32        `json:"rounds"`
	PauseBetween      time.Duration `json:"pause_between"`
	Increments        uint32        `json:"increments"`
	Work              time.Duration `json:"work"`
	HoldMax           time.Duration `json:"hold_max"`
	RequestTimeout    time.Duration `json:"request_timeout"`
}

// --- State: nothing survives a crash ---

type Client struct {
	config     LockConfig
	roundsDone uint32
	lastCall   Call

	// Of the session.
	lease    LeaseID
	deadline time.Duration // until when it may be relied on

	// Of the queue.
	key            string
	createRevision Revision // of the key: its place in the queue, and the token

	// As the owner.
	incrementsDone uint32
	counter        int64 // as last read
}

// --- The three entries ---

func (c *Client) OnStart(context *Context, disk []Value) {
	context.Config(&c.config)
	// SetTimer(NextRound{}, ...) for FirstAfter. A client keeps nothing on its disk.
}

func (c *Client) OnTimer(context *Context, timer Value) {
	switch timer.(type) {
	case NextRound:
		c.onNextRound(context)
	case RequestTimeout:
		c.onRequestTimeout(context)
	case RenewalInterval:
		c.onRenewalInterval(context)
	case SessionDeadline:
		c.onSessionDeadline(context)
	case WorkDone:
		c.onWorkDone(context)
	case HoldLimit:
		c.onHoldLimit(context)
	}
}

func (c *Client) OnMessage(context *Context, from string, message Value) {
	switch m := message.(type) {
	case LeaseGrantResponse:
		c.onLeaseGrantResponse(context, m)
	case LeaseKeepAliveResponse:
		c.onLeaseKeepAliveResponse(context, m)
	case LeaseRevokeResponse:
		c.onLeaseRevokeResponse(context, m)
	case RangeResponse:
		c.onRangeResponse(context, m)
	case PutResponse:
		c.onPutResponse(context, m)
	case DeleteRangeResponse:
		c.onDeleteRangeResponse(context, m)
	case TxnResponse:
		c.onTxnResponse(context, m)
	case WatchResponse:
		c.onWatchResponse(context, m)
	case ResourceReply:
		c.onResourceReply(context, m)
	}
}

// --- Stage 1: one owner at a time ---

// Emit(Requested{}). Ask the store for a lease of TTL seconds.
func (c *Client) onNextRound(context *Context) {
}

// The answer to the last call? Then put your key, if it is absent, in a transaction.
func (c *Client) onLeaseGrantResponse(context *Context, m LeaseGrantResponse) {
}

// Is the lock yours? Then Emit(Acquired{...}), and read the resource. If not: stage 3.
func (c *Client) onTxnResponse(context *Context, m TxnResponse) {
}

// What was read: wait Work. What was written: the next one, or give the lock back.
func (c *Client) onResourceReply(context *Context, m ResourceReply) {
}

// Write what was read, plus one.
func (c *Client) onWorkDone(context *Context) {
}

// --- Stage 2: it moves on ---

// Keep the lease alive. A timer expires once: set it again.
func (c *Client) onRenewalInterval(context *Context) {
}

// TTL 0: the lease has ended, and your key with it.
func (c *Client) onLeaseKeepAliveResponse(context *Context, m LeaseKeepAliveResponse) {
}

// The work hangs: give the lock back.
func (c *Client) onHoldLimit(context *Context) {
}

// If you give the lock back so. Emit(Released{...}) before you ask for it.
func (c *Client) onLeaseRevokeResponse(context *Context, m LeaseRevokeResponse) {
}

// Or so. Does it ask whose key it is?
func (c *Client) onDeleteRangeResponse(context *Context, m DeleteRangeResponse) {
}

// --- Stage 3: the queue ---

// Who is before you? Nobody: is your own key still there?
func (c *Client) onRangeResponse(context *Context, m RangeResponse) {
}

// The first one only says Created. Has the key gone, or was the watch canceled?
func (c *Client) onWatchResponse(context *Context, m WatchResponse) {
}

// A put without a condition always succeeds. Do you need one?
func (c *Client) onPutResponse(context *Context, m PutResponse) {
}

// --- Stage 4: answers that do not come ---

// Nothing is known: ask the same again, with the same call and the same key.
func (c *Client) onRequestTimeout(context *Context) {
}

// --- Stage 5: fencing and belief ---

// The lease may have ended at the store: stop, and Emit(Lost{...}).
func (c *Client) onSessionDeadline(context *Context) {
}

func main() {
	Register(
		LeaseGrantRequest{}, LeaseGrantResponse{}, LeaseKeepAliveRequest{}, LeaseKeepAliveResponse{},
		LeaseRevokeRequest{}, LeaseRevokeResponse{}, RangeRequest{}, RangeResponse{}, PutRequest{},
		PutResponse{}, DeleteRangeRequest{}, DeleteRangeResponse{}, TxnRequest{}, TxnResponse{},
		WatchCreateRequest{}, WatchCancelRequest{}, WatchResponse{}, ReadRequest{}, WriteRequest{},
		ResourceReply{},
		NextRound{}, RequestTimeout{}, RenewalInterval{}, SessionDeadline{}, WorkDone{}, HoldLimit{})
	Run(func() Node { return &Client{} })
}
