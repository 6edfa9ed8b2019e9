// This file speaks the node protocol of dsys, so that your own file is only the algorithm. Leave it
// beside your file; there is nothing to change in it.
//
// A program is a Node with three handlers, and a main that starts it:
//
//	func main() {
//		Register(RequestVote{}, RequestVoteReply{})
//		Run(func() Node { return &Server{} })
//	}
//
// dsys calls one handler at a time and waits for it: there is nothing to lock. A handler changes the
// node's own fields and asks its Context for effects. It never sleeps and never reads the machine's
// clock; time is virtual and stands still while a handler runs. What must survive a crash is written
// with Context.Write: a crash ends the process, and a restart begins a new one.
//
// A mistake that the library can see (a value of an unknown type, a panic of a handler) ends the
// program with status 1 and a text on standard error, which dsys shows.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// A Value is a message, a timer, a record or an output: a struct of a type of your own, whose name
// and json tags are those of the protocol.
//
//	type RequestVote struct {
//		Term         uint64 `json:"term"`
//		LastLogIndex uint64 `json:"last_log_index"`
//		LastLogTerm  uint64 `json:"last_log_term"`
//	}
//
// Fields are whole numbers (64 bits, signed or not), booleans, strings, slices, structs, and pointers
// for what may be absent (null). An enumeration is a string type. A duration in nanoseconds may be
// a time.Duration. An empty string counts as left out: the field has its default then.
type Value = any

// A Node is what you write. Values come as structs, not as pointers to them:
//
//	switch m := message.(type) {
//	case RequestVote:
//		s.onRequestVote(context, from, m)
//	}
type Node interface {
	// OnStart is called once in each life of the process. The disk has the records that survived,
	// oldest first; it is empty at the first start.
	OnStart(context *Context, disk []Value)

	// OnMessage is called for each message. Messages may be lost, delayed, doubled and reordered.
	OnMessage(context *Context, from string, message Value)

	// OnTimer is called when a timer expires that SetTimer has set. It expires once.
	OnTimer(context *Context, timer Value)
}

// Register makes types known: one value of each type that this program receives, be it a message,
// a timer of its own or a record on its disk. Call it before Run.
func Register(values ...Value) {
	for _, value := range values {
		kind := reflect.TypeOf(value)
		fieldsOf(kind) // panics now rather than in the middle of a run
		registered[kind.Name()] = kind
	}
}

// Run plays the node that create returns until the input ends. It does not return before.
func Run(create func() Node) {
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Fprintf(os.Stderr, "panic: %v\n%s", reason, debug.Stack())
			os.Exit(1)
		}
	}()
	node := create()
	context := &Context{}
	input := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 0 {
			context.play(node, line)
			answerWith(context.effects)
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			panic(fmt.Errorf("cannot read the next event: %w", err))
		}
	}
}

// --- The context ---

// A Context is the only door from a node to the world. Effects are carried out in the order in which
// a handler asks for them; that order is their meaning.
type Context struct {
	self    string
	nodes   []string
	role    string
	config  json.RawMessage
	now     time.Duration
	wall    time.Time
	random  *rand.Rand
	effects []byte
}

// Self is this node's name, such as "n1".
func (c *Context) Self() string { return c.self }

// Nodes has the names of all nodes that are programs like this one, itself included.
func (c *Context) Nodes() []string { return c.nodes }

// Peers has the names of all nodes but this one.
func (c *Context) Peers() []string {
	peers := []string{}
	for _, name := range c.nodes {
		if name != c.self {
			peers = append(peers, name)
		}
	}
	return peers
}

// Role says which part of the problem this program plays.
func (c *Context) Role() string { return c.role }

// Config fills a struct of yours, whose json tags are the fields of the configuration, with what the
// task says. Fields that the struct does not have are skipped.
//
//	context.Config(&s.config)
func (c *Context) Config(target any) {
	if err := json.Unmarshal(c.config, target); err != nil {
		panic(fmt.Errorf("the configuration does not fit %T: %w", target, err))
	}
}

// Now is the node's own clock: the time since the run began. It may run fast or slow, never back.
func (c *Context) Now() time.Duration { return c.now }

// WallClock is the date as this node believes it. It may be wrong, and may jump either way.
func (c *Context) WallClock() time.Time { return c.wall }

// Random is the only source of chance that a node may use: from it, a run can be repeated.
func (c *Context) Random() *rand.Rand { return c.random }

// Send sends a message to another node or to a client. To oneself is not allowed: call the function.
func (c *Context) Send(to string, message Value) {
	c.begin("send")
	c.effects = append(c.effects, `{"to":`...)
	c.effects = appendString(c.effects, to)
	c.effects = append(c.effects, `,"message":`...)
	c.effects = appendNamed(c.effects, message)
	c.effects = append(c.effects, "}}"...)
}

// SetTimer makes OnTimer be called with this timer after a time on the node's own clock. A timer that
// is equal, with all its fields, to one that is set already replaces it.
func (c *Context) SetTimer(timer Value, after time.Duration) {
	c.begin("set_timer")
	c.effects = append(c.effects, `{"timer":`...)
	c.effects = appendNamed(c.effects, timer)
	c.effects = append(c.effects, `,"after_ns":`...)
	c.effects = strconv.AppendInt(c.effects, int64(after), 10)
	c.effects = append(c.effects, "}}"...)
}

// CancelTimer takes back the timer that is equal to this one. If none is set it does nothing.
func (c *Context) CancelTimer(timer Value) {
	c.begin("cancel_timer")
	c.effects = append(c.effects, `{"timer":`...)
	c.effects = appendNamed(c.effects, timer)
	c.effects = append(c.effects, "}}"...)
}

// Write appends a record to the node's disk. A power loss takes it unless a Sync came between.
func (c *Context) Write(record Value) {
	c.begin("write")
	c.effects = append(appendNamed(c.effects, record), '}')
}

// Sync makes everything written before it durable. What is sent behind it leaves only after that.
func (c *Context) Sync() {
	c.begin("sync")
	c.effects = append(c.effects, "true}"...)
}

// Emit tells the outside what properties judge; the exercise says what to emit and when.
func (c *Context) Emit(output Value) {
	c.begin("emit")
	c.effects = append(appendNamed(c.effects, output), '}')
}

// Note leaves a sentence for the reader of the trace. It takes arguments as fmt.Sprintf does.
func (c *Context) Note(format string, arguments ...any) {
	c.begin("note")
	c.effects = append(appendString(c.effects, fmt.Sprintf(format, arguments...)), '}')
}

func (c *Context) begin(effect string) {
	if len(c.effects) > 0 {
		c.effects = append(c.effects, ',')
	}
	c.effects = append(c.effects, `{"`...)
	c.effects = append(c.effects, effect...)
	c.effects = append(c.effects, `":`...)
}

// --- The conversation with dsys ---

type event struct {
	Event   string            `json:"event"`
	Self    string            `json:"self"`
	Nodes   []string          `json:"nodes"`
	Role    string            `json:"role"`
	Config  json.RawMessage   `json:"config"`
	Seed    int64             `json:"seed"`
	NowNs   int64             `json:"now_ns"`
	WallNs  int64             `json:"wall_ns"`
	From    string            `json:"from"`
	Message json.RawMessage   `json:"message"`
	Timer   json.RawMessage   `json:"timer"`
	Disk    []json.RawMessage `json:"disk"`
}

func (c *Context) play(node Node, line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		panic(fmt.Errorf("cannot understand the event %.200s: %w", line, err))
	}
	c.effects = c.effects[:0]
	c.now = time.Duration(e.NowNs)
	c.wall = time.Unix(0, e.WallNs).UTC()
	switch e.Event {
	case "init":
		c.self, c.nodes, c.role, c.config = e.Self, e.Nodes, e.Role, e.Config
		c.random = rand.New(rand.NewSource(e.Seed))
	case "start":
		disk := make([]Value, 0, len(e.Disk))
		for _, record := range e.Disk {
			disk = append(disk, decode(record))
		}
		node.OnStart(c, disk)
	case "message":
		node.OnMessage(c, e.From, decode(e.Message))
	case "timer":
		node.OnTimer(c, decode(e.Timer))
	default:
		panic(fmt.Errorf("cannot play an event of the kind %q", e.Event))
	}
}

// Answers go where standard output went at the start. From then on standard output is standard
// error, so that a forgotten fmt.Println ends up among the program's own words.
var answers = func() *bufio.Writer {
	protocol := os.Stdout
	os.Stdout = os.Stderr
	return bufio.NewWriterSize(protocol, 1<<16)
}()

func answerWith(effects []byte) {
	answers.WriteString(`{"effects":[`)
	answers.Write(effects)
	answers.WriteString("]}\n")
	if err := answers.Flush(); err != nil {
		panic(fmt.Errorf("cannot answer: %w", err))
	}
}

// --- Values as JSON ---

var registered = map[string]reflect.Type{}

// Gives a struct of the registered type that the value names.
func decode(text json.RawMessage) Value {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		panic(fmt.Errorf("cannot understand %.200s: %w", text, err))
	}
	kind, known := registered[head.Type]
	if !known {
		panic(fmt.Errorf("a value of type %s came in, but there was no Register(%s{})", head.Type, head.Type))
	}
	value := reflect.New(kind)
	if err := json.Unmarshal(text, value.Interface()); err != nil {
		panic(fmt.Errorf("a value does not fit the struct %s: %w", kind, err))
	}
	return value.Elem().Interface()
}

// Appends a struct as an object that begins with its type.
func appendNamed(buffer []byte, value Value) []byte {
	structure := reflect.ValueOf(value)
	if structure.Kind() == reflect.Pointer && !structure.IsNil() {
		structure = structure.Elem()
	}
	if structure.Kind() != reflect.Struct {
		panic(fmt.Errorf("a value must be a struct, and %T is none", value))
	}
	buffer = append(buffer, `{"type":`...)
	buffer = appendString(buffer, structure.Type().Name())
	return append(appendFields(buffer, structure, true), '}')
}

func appendFields(buffer []byte, structure reflect.Value, continues bool) []byte {
	for _, one := range fieldsOf(structure.Type()) {
		field := structure.Field(one.index)
		if field.Kind() == reflect.String && field.Len() == 0 {
			continue // the default: no text, nobody, or the first of an enumeration
		}
		if continues {
			buffer = append(buffer, ',')
		}
		continues = true
		buffer = append(buffer, one.key...)
		buffer = appendValue(buffer, field)
	}
	return buffer
}

// Unlike encoding/json it writes a nil slice as an empty list, and refuses fractions.
func appendValue(buffer []byte, value reflect.Value) []byte {
	switch value.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(buffer, value.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(buffer, value.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(buffer, value.Uint(), 10)
	case reflect.String:
		return appendString(buffer, value.String())
	case reflect.Struct:
		return append(appendFields(append(buffer, '{'), value, false), '}')
	case reflect.Pointer:
		if value.IsNil() {
			return append(buffer, "null"...)
		}
		return appendValue(buffer, value.Elem())
	case reflect.Slice, reflect.Array:
		buffer = append(buffer, '[')
		for i := 0; i < value.Len(); i++ {
			if i > 0 {
				buffer = append(buffer, ',')
			}
			buffer = appendValue(buffer, value.Index(i))
		}
		return append(buffer, ']')
	}
	panic(fmt.Errorf("a field of type %s has no place in a value", value.Type()))
}

func appendString(buffer []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\' {
			quoted, _ := json.Marshal(text) // of a string it cannot fail
			return append(buffer, quoted...)
		}
	}
	buffer = append(buffer, '"')
	buffer = append(buffer, text...)
	return append(buffer, '"')
}

type field struct {
	index int
	key   string // with quotes and colon
}

var knownFields = map[reflect.Type][]field{}

func fieldsOf(kind reflect.Type) []field {
	fields, known := knownFields[kind]
	if known {
		return fields
	}
	if kind == nil || kind.Kind() != reflect.Struct {
		panic(fmt.Errorf("a value must be a struct, and %v is none", kind))
	}
	for i := 0; i < kind.NumField(); i++ {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		if name == "" || !kind.Field(i).IsExported() {
			panic(fmt.Errorf("the field %s of %s needs a json tag and a capital letter", kind.Field(i).Name, kind))
		}
		fields = append(fields, field{i, strconv.Quote(name) + ":"})
	}
	knownFields[kind] = fields
	return fields
}
