// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.go what it exchanges with the world, dsys.go what its
// Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys zklock grade --stage 1
package main

import "time"

type (
	Zxid      = int64  // the place of a change in the one order of all changes
	SessionID = int64  // 0: none
	Call      = uint64 // a number of yours: higher with each request to the ensemble
	Version   = int64  // of a znode's data; -1 matches any
)

// --- State: nothing survives a crash ---

type Client struct {
	config     LockConfig
	roundsDone uint32
	lastCall   Call

	// Of the connection.
	serverIndex int
	openedBy    Call
	lastZxid    Zxid // seen in any answer

	// Of the session.
	session  SessionID
	timeout  time.Duration // as granted
	deadline time.Duration // until when it may be relied on

	// Of the queue.
	path  string // as the ensemble has called it
	czxid Zxid

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
	case ReconnectPause:
		c.onReconnectPause(context)
	case RequestTimeout:
		c.onRequestTimeout(context)
	case PingInterval:
		c.onPingInterval(context)
	case ReadTimeout:
		c.onReadTimeout(context)
	case SessionDeadline:
		c.onSessionDeadline(context)
	case AcquireTimeout:
		c.onAcquireTimeout(context)
	case WorkDone:
		c.onWorkDone(context)
	}
}

func (c *Client) OnMessage(context *Context, from string, message Value) {
	switch m := message.(type) {
	case ConnectResponse:
		c.onConnectResponse(context, m)
	case ConnectionClosed:
		c.onConnectionClosed(context, m)
	case PingResponse:
		c.onPingResponse(context, m)
	case CloseSessionResponse:
		c.onCloseSessionResponse(context, m)
	case CreateResponse:
		c.onCreateResponse(context, m)
	case DeleteResponse:
		c.onDeleteResponse(context, m)
	case SetDataResponse:
		c.onSetDataResponse(context, m)
	case MultiResponse:
		c.onMultiResponse(context, m)
	case SyncResponse:
		c.onSyncResponse(context, m)
	case ExistsResponse:
		c.onExistsResponse(context, m)
	case GetDataResponse:
		c.onGetDataResponse(context, m)
	case GetChildrenResponse:
		c.onGetChildrenResponse(context, m)
	case WatchedEvent:
		c.onWatchedEvent(context, m)
	case ResourceReply:
		c.onResourceReply(context, m)
	}
}

// --- Stage 1: one owner at a time ---

// Emit(Requested{...}). Not connected? Send a ConnectRequest to the first of Servers.
func (c *Client) onNextRound(context *Context) {
}

// Create your znode, CreateModeEphemeralSequential, as a child of /locks/NAME.
func (c *Client) onConnectResponse(context *Context, m ConnectResponse) {
}

// ErrorNoNode: first create the directory. Else keep the path and the stat, and list.
func (c *Client) onCreateResponse(context *Context, m CreateResponse) {
}

// Is yours the lowest number? Then Emit(Acquired{...}), and read the resource. If not: list again
// after a while, until stage 2 knows better.
func (c *Client) onGetChildrenResponse(context *Context, m GetChildrenResponse) {
}

// What was read: wait Work. What was written: the next one, or give the lock back.
func (c *Client) onResourceReply(context *Context, m ResourceReply) {
}

// Write what was read, plus one.
func (c *Client) onWorkDone(context *Context) {
}

// You have emitted Released{...} and deleted your znode: the round is done.
func (c *Client) onDeleteResponse(context *Context, m DeleteResponse) {
}

// --- Stage 2: the queue moves on ---

// Every third of the timeout that was granted. A timer expires once: set it again.
func (c *Client) onPingInterval(context *Context) {
}

// More events than you have counted: one was lost, and so is the connection.
func (c *Client) onPingResponse(context *Context, m PingResponse) {
}

// You have asked to be told when the one before you goes. Is it there at all?
func (c *Client) onExistsResponse(context *Context, m ExistsResponse) {
}

// Another way to ask.
func (c *Client) onGetDataResponse(context *Context, m GetDataResponse) {
}

// The one before you has gone: had it owned the lock, or only waited?
func (c *Client) onWatchedEvent(context *Context, m WatchedEvent) {
}

// --- Stage 3: a fair queue ---

// Emit(GaveUp{...}), and leave nothing behind.
func (c *Client) onAcquireTimeout(context *Context) {
}

// --- Stage 4: connections and sessions ---

// Is it this connection? Then wait ReconnectPause.
func (c *Client) onConnectionClosed(context *Context, m ConnectionClosed) {
}

// The next server, the same session. Then: what had become of the last request?
func (c *Client) onReconnectPause(context *Context) {
}

// No answer for two thirds of the timeout: the connection is lost.
func (c *Client) onReadTimeout(context *Context) {
}

// From now on this server knows what was done before. Is your znode there?
func (c *Client) onSyncResponse(context *Context, m SyncResponse) {
}

// The session may have ended: the lock is lost.
func (c *Client) onSessionDeadline(context *Context) {
}

// The resource is silent: ask it the same again, with the same call.
func (c *Client) onRequestTimeout(context *Context) {
}

// If you close your session in the end. What else hangs on it?
func (c *Client) onCloseSessionResponse(context *Context, m CloseSessionResponse) {
}

// Not needed.
func (c *Client) onSetDataResponse(context *Context, m SetDataResponse) {
}

// Not needed either.
func (c *Client) onMultiResponse(context *Context, m MultiResponse) {
}

// --- Stage 5: fencing: which token does each request to the resource show? ---

func main() {
	Run(func() Node { return &Client{} })
}
