// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.go what it exchanges with the world, dsys.go what its
// Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys lock grade --stage 1
package main

import "time"

type (
	Revision = int64  // of the whole store: each change makes it grow by one
	LeaseID  = int64  // 0: none
	Call     = uint64 // a number of yours: a new one for each call, the same for a retry
)

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
	Run(func() Node { return &Client{} })
}
