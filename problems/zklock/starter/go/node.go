// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, dsys.go what its Context can do. Fill the handlers in, from top
// to bottom, and grade each stage when you think that it is done: dsys zklock grade --stage 1
package main

import (
	"time"
)

type (
	Zxid      = int64  // the place of a change in the one order of all changes
	SessionID = int64  // 0: none
	Call      = uint64 // a number of yours: higher with each request to the ensemble
	Version   = int64  // of a znode's data; -1 matches any
)

// --- What the ensemble keeps ---

type CreateMode string

const (
	Persistent           CreateMode = "persistent"
	PersistentSequential CreateMode = "persistent_sequential"
	Ephemeral            CreateMode = "ephemeral" // goes when its session ends
	EphemeralSequential  CreateMode = "ephemeral_sequential"
	Container            CreateMode = "container" // goes some time after its last child
)

type Error string

const (
	NoError                 Error = "none"
	NoNode                  Error = "no_node"
	NodeExists              Error = "node_exists"
	NotEmpty                Error = "not_empty"
	BadVersion              Error = "bad_version"
	NoChildrenForEphemerals Error = "no_children_for_ephemerals"
	SessionExpired          Error = "session_expired"
)

type Stat struct {
	Czxid          Zxid      `json:"czxid"` // when it was created; created again it is a new one
	Mzxid          Zxid      `json:"mzxid"`
	Pzxid          Zxid      `json:"pzxid"`
	Version        Version   `json:"version"`
	Cversion       Version   `json:"cversion"`
	EphemeralOwner SessionID `json:"ephemeral_owner"`
	NumChildren    int64     `json:"num_children"`
}

// --- Connections and sessions ---

type ConnectRequest struct {
	Call     Call          `json:"call"`
	Session  SessionID     `json:"session"`   // 0: a new one
	LastZxid Zxid          `json:"last_zxid"` // the highest that was seen in any answer
	Timeout  time.Duration `json:"timeout"`
}

type ConnectResponse struct {
	Call    Call          `json:"call"`
	Session SessionID     `json:"session"` // 0: it has expired
	Timeout time.Duration `json:"timeout"` // what was granted
}

type ConnectionClosed struct {
	Call Call `json:"call"` // a connection that was opened later is not meant
}

type PingRequest struct {
	Call Call `json:"call"`
}

type PingResponse struct {
	Call   Call   `json:"call"`
	Zxid   Zxid   `json:"zxid"`
	Events uint64 `json:"events"` // watched events on this connection so far
}

type CloseSessionRequest struct {
	Call Call `json:"call"`
}

type CloseSessionResponse struct {
	Call Call `json:"call"`
	Zxid Zxid `json:"zxid"`
}

// --- Writes ---

type CreateRequest struct {
	Call Call       `json:"call"`
	Path string     `json:"path"`
	Data string     `json:"data"`
	Mode CreateMode `json:"mode"` // always to be set: "" is none of them
}

type CreateResponse struct {
	Call  Call   `json:"call"`
	Zxid  Zxid   `json:"zxid"`
	Error Error  `json:"error"`
	Path  string `json:"path"` // as it was created
	Stat  Stat   `json:"stat"`
}

type DeleteRequest struct {
	Call    Call    `json:"call"`
	Path    string  `json:"path"`
	Version Version `json:"version"` // -1 matches any; 0 is a version like others
}

type DeleteResponse struct {
	Call  Call  `json:"call"`
	Zxid  Zxid  `json:"zxid"`
	Error Error `json:"error"`
}

type SetDataRequest struct {
	Call    Call    `json:"call"`
	Path    string  `json:"path"`
	Data    string  `json:"data"`
	Version Version `json:"version"`
}

type SetDataResponse struct {
	Call  Call  `json:"call"`
	Zxid  Zxid  `json:"zxid"`
	Error Error `json:"error"`
	Stat  Stat  `json:"stat"`
}

type OperationKind string

const (
	OpCheck   OperationKind = "check"
	OpCreate  OperationKind = "create"
	OpRemove  OperationKind = "remove"
	OpSetData OperationKind = "set_data"
)

type Operation struct {
	Operation OperationKind `json:"operation"`
	Path      string        `json:"path"`
	Data      string        `json:"data"`
	Mode      CreateMode    `json:"mode"` // always to be set: "" is none of them
	Version   Version       `json:"version"`
}

type MultiRequest struct {
	Call       Call        `json:"call"`
	Operations []Operation `json:"operations"` // all of them, or none
}

type MultiResponse struct {
	Call  Call     `json:"call"`
	Zxid  Zxid     `json:"zxid"`
	Error Error    `json:"error"`
	Paths []string `json:"paths"`
}

type SyncRequest struct {
	Call Call   `json:"call"`
	Path string `json:"path"`
}

type SyncResponse struct {
	Call Call `json:"call"`
	Zxid Zxid `json:"zxid"`
}

// --- Reads: what this server knows; with a watch you are told once of a change ---

type ExistsRequest struct {
	Call  Call   `json:"call"`
	Path  string `json:"path"`
	Watch bool   `json:"watch"`
}

type ExistsResponse struct {
	Call  Call  `json:"call"`
	Zxid  Zxid  `json:"zxid"`
	Error Error `json:"error"`
	Stat  Stat  `json:"stat"`
}

type GetDataRequest struct {
	Call  Call   `json:"call"`
	Path  string `json:"path"`
	Watch bool   `json:"watch"`
}

type GetDataResponse struct {
	Call  Call   `json:"call"`
	Zxid  Zxid   `json:"zxid"`
	Error Error  `json:"error"`
	Data  string `json:"data"`
	Stat  Stat   `json:"stat"`
}

type GetChildrenRequest struct {
	Call  Call   `json:"call"`
	Path  string `json:"path"`
	Watch bool   `json:"watch"`
}

type GetChildrenResponse struct {
	Call     Call     `json:"call"`
	Zxid     Zxid     `json:"zxid"`
	Error    Error    `json:"error"`
	Children []string `json:"children"` // names without the path
	Stat     Stat     `json:"stat"`
}

type WatchEventType string

const (
	NodeCreated         WatchEventType = "node_created"
	NodeDeleted         WatchEventType = "node_deleted"
	NodeDataChanged     WatchEventType = "node_data_changed"
	NodeChildrenChanged WatchEventType = "node_children_changed"
)

type WatchedEvent struct {
	Event WatchEventType `json:"event"`
	Path  string         `json:"path"`
	Zxid  Zxid           `json:"zxid"`
}

// --- The resource ---

type ReadRequest struct {
	Call  Call `json:"call"`
	Token Zxid `json:"token"`
}

type WriteRequest struct {
	Call  Call  `json:"call"`
	Token Zxid  `json:"token"`
	Value int64 `json:"value"`
}

type ResourceReply struct {
	Call         Call  `json:"call"`
	Accepted     bool  `json:"accepted"`
	Value        int64 `json:"value"` // of the counter now
	HighestToken Zxid  `json:"highest_token"`
}

// --- Timers: use each for what you like ---

type NextRound struct{}
type ReconnectPause struct{}
type RequestTimeout struct{}
type PingInterval struct{}
type ReadTimeout struct{}
type SessionDeadline struct{}
type AcquireTimeout struct{}
type WorkDone struct{}

// --- Outputs ---

type LockKind string

const (
	Plain LockKind = "plain"
	Read  LockKind = "read"
	Write LockKind = "write"
)

type Requested struct {
	Lock string `json:"lock"`
}

type Acquired struct {
	Lock    string    `json:"lock"`
	Token   Zxid      `json:"token"`
	Session SessionID `json:"session"`
	Kind    LockKind  `json:"kind"` // always to be set: Plain, or that of the config
}

type Released struct {
	Lock  string `json:"lock"`
	Token Zxid   `json:"token"`
}

type Lost struct {
	Lock  string `json:"lock"`
	Token Zxid   `json:"token"`
}

type GaveUp struct {
	Lock string `json:"lock"`
}

// --- Configuration ---

type LockConfig struct {
	Servers           []string      `json:"servers"` // in the order in which this client tries them
	Resource          string        `json:"resource"`
	Lock              string        `json:"lock"` // its znodes are children of /locks/ and this
	Kind              LockKind      `json:"kind"`
	Errand            string        `json:"errand"` // another lock, or none
	SessionTimeout    time.Duration `json:"session_timeout"`
	Tick              time.Duration `json:"tick"`
	ContainerCheck    time.Duration `json:"container_check"`
	ClockErrorPercent int64         `json:"clock_error_percent"`
	FirstAfter        time.Duration `json:"first_after"`
	Rounds            uint32        `json:"rounds"`
	PauseBetween      time.Duration `json:"pause_between"`
	AcquireTimeout    time.Duration `json:"acquire_timeout"` // 0: never gives up
	Increments        uint32        `json:"increments"`
	Work              time.Duration `json:"work"`
	RequestTimeout    time.Duration `json:"request_timeout"`
	ReconnectPause    time.Duration `json:"reconnect_pause"`
}

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

// Create your znode, EphemeralSequential, as a child of /locks/NAME.
func (c *Client) onConnectResponse(context *Context, m ConnectResponse) {
}

// NoNode: first create the directory. Else keep the path and the stat, and list.
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
	Register(
		ConnectRequest{}, PingRequest{}, CloseSessionRequest{}, CreateRequest{},
		DeleteRequest{}, SetDataRequest{}, MultiRequest{}, SyncRequest{}, ExistsRequest{},
		GetDataRequest{}, GetChildrenRequest{}, ReadRequest{}, WriteRequest{},
		ConnectResponse{}, ConnectionClosed{}, PingResponse{}, CloseSessionResponse{},
		CreateResponse{}, DeleteResponse{}, SetDataResponse{}, MultiResponse{}, SyncResponse{},
		ExistsResponse{}, GetDataResponse{}, GetChildrenResponse{}, WatchedEvent{},
		ResourceReply{},
		NextRound{}, ReconnectPause{}, RequestTimeout{}, PingInterval{}, ReadTimeout{},
		SessionDeadline{}, AcquireTimeout{}, WorkDone{})
	Run(func() Node { return &Client{} })
}
