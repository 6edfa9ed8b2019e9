// This file speaks the node protocol of dsys, so that your own file is only the algorithm. Leave it
// beside your file; there is nothing to change in it.
//
// A program is a Node with three handlers, and a main that starts it:
//
//	func main() {
//		Run(func() Node { return &Server{} })
//	}
//
// messages.go declares what it exchanges with the world, and registers what can come in.
//
// dsys calls one handler at a time and waits for it: there is nothing to lock. A handler changes the
// node's own fields and asks its Context for effects. It never sleeps and never reads the machine's
// clock; time is virtual and stands still while a handler runs. What must survive a crash is written
// with Context.Write: a crash ends the process, and a restart begins a new one.
//
// When dsys explores (dsys PROBLEM check --explore NAME --exec CMD), the library keeps a copy of the
// node for each state that it was in, and puts it back before an event that belongs to that state. It
// copies all fields, also unexported ones, and whatever they point to; two slices of one array become
// two arrays. Package variables are not copied, and functions and channels in a node end the program.
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
	"sort"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// A Value is a message, a timer, a record or an output: a struct whose name and json tags are those of
// the protocol.
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
			fmt.Fprintf(os.Stderr, "%s\npanic: %v\n", debug.Stack(), reason) // the last lines are shown
			os.Exit(1)
		}
	}()
	node := create()
	context := &Context{}
	var states *stateTable // when dsys explores
	input := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 0 {
			e := readEvent(line)
			if e.Event == "init" && e.WantsState {
				states = &stateTable{numbers: map[string]int{}, seed: e.Seed}
			}
			if states != nil && e.Event != "init" {
				node = states.before(e, context, create)
			}
			context.play(node, e)
			if states != nil && e.Event != "init" {
				answerWith(context.effects, states.numberOf(node))
			} else {
				answerWith(context.effects, -1)
			}
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
	Event      string            `json:"event"`
	Self       string            `json:"self"`
	Nodes      []string          `json:"nodes"`
	Role       string            `json:"role"`
	Config     json.RawMessage   `json:"config"`
	Seed       int64             `json:"seed"`
	NowNs      int64             `json:"now_ns"`
	WallNs     int64             `json:"wall_ns"`
	From       string            `json:"from"`
	Message    json.RawMessage   `json:"message"`
	Timer      json.RawMessage   `json:"timer"`
	Disk       []json.RawMessage `json:"disk"`
	WantsState bool              `json:"wants_state"`
	State      int               `json:"state"`
}

func readEvent(line []byte) event {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		panic(fmt.Errorf("cannot understand the event %.200s: %w", line, err))
	}
	return e
}

func (c *Context) play(node Node, e event) {
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

// A state below 0 is none.
func answerWith(effects []byte, state int) {
	answers.WriteString(`{"effects":[`)
	answers.Write(effects)
	answers.WriteString("]")
	if state >= 0 {
		fmt.Fprintf(answers, `,"state":%d`, state)
	}
	answers.WriteString("}\n")
	if err := answers.Flush(); err != nil {
		panic(fmt.Errorf("cannot answer: %w", err))
	}
}

// --- States, when dsys explores ---

// The nodes as they were after each event, each different one once. A state is the place in the table.
type stateTable struct {
	numbers map[string]int // of a node's bytes, which are equal exactly for equal nodes
	nodes   []Node
	seed    int64
}

// The node that the event comes to. Chance begins anew: the same state and event must give the same
// answer.
func (t *stateTable) before(e event, c *Context, create func() Node) Node {
	c.random.Seed(t.seed)
	if e.Event == "start" {
		return create()
	}
	copier := stateCopier{copies: map[reference]reflect.Value{}}
	return copier.copy(reflect.ValueOf(&t.nodes[e.State]).Elem()).Interface().(Node)
}

func (t *stateTable) numberOf(node Node) int {
	writer := stateWriter{numbers: map[reference]int{}}
	writer.write(reflect.ValueOf(&node).Elem())
	number, known := t.numbers[string(writer.bytes)]
	if !known {
		number = len(t.nodes)
		t.numbers[string(writer.bytes)] = number
		t.nodes = append(t.nodes, node) // the next event gets a copy of it
	}
	return number
}

// What may be reached in two ways. A struct and its first field have one address, so the type counts.
type reference struct {
	place unsafe.Pointer
	kind  reflect.Type
}

// What only the library changes stays as it is: one source of chance for all copies, one Context.
func isShared(kind reflect.Type) bool {
	return kind == reflect.TypeOf(&rand.Rand{}) || kind == reflect.TypeOf(&Context{}) ||
		kind == reflect.TypeOf(time.UTC)
}

// An unexported field as if it were exported; the value must have an address.
func opened(value reflect.Value) reflect.Value {
	return reflect.NewAt(value.Type(), unsafe.Pointer(value.UnsafeAddr())).Elem()
}

// A value of a map or an interface at an address of its own.
func placed(value reflect.Value) reflect.Value {
	place := reflect.New(value.Type()).Elem()
	place.Set(value)
	return place
}

type stateCopier struct {
	copies map[reference]reflect.Value
}

// A copy of an addressable value with all that it points to, at an address of its own.
func (s stateCopier) copy(value reflect.Value) reflect.Value {
	result := reflect.New(value.Type()).Elem()
	result.Set(value)
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() || isShared(value.Type()) {
			break
		}
		at := reference{value.UnsafePointer(), value.Type()}
		if known, ok := s.copies[at]; ok {
			return known
		}
		target := reflect.New(value.Type().Elem())
		result.Set(target.Convert(value.Type()))
		s.copies[at] = result // before what it points to, which may point back
		target.Elem().Set(s.copy(value.Elem()))
	case reflect.Interface:
		if !value.IsNil() {
			result.Set(s.copy(placed(value.Elem())))
		}
	case reflect.Struct:
		for i := 0; i < value.NumField(); i++ {
			opened(result.Field(i)).Set(s.copy(opened(value.Field(i))))
		}
	case reflect.Array:
		for i := 0; i < value.Len(); i++ {
			result.Index(i).Set(s.copy(value.Index(i)))
		}
	case reflect.Slice:
		if value.IsNil() {
			break
		}
		result.Set(reflect.MakeSlice(value.Type(), value.Len(), value.Len()))
		for i := 0; i < value.Len(); i++ {
			result.Index(i).Set(s.copy(value.Index(i)))
		}
	case reflect.Map:
		if value.IsNil() {
			break
		}
		at := reference{value.UnsafePointer(), value.Type()}
		if known, ok := s.copies[at]; ok {
			return known
		}
		result.Set(reflect.MakeMapWithSize(value.Type(), value.Len()))
		s.copies[at] = result
		for each := value.MapRange(); each.Next(); {
			result.SetMapIndex(s.copy(placed(each.Key())), s.copy(placed(each.Value())))
		}
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if !value.IsNil() {
			panic(fmt.Errorf("a node with a field of type %s cannot be explored", value.Type()))
		}
	}
	return result
}

// A value as bytes: maps in the order of their keys, and what was met before as its number.
type stateWriter struct {
	bytes   []byte
	numbers map[reference]int
}

func (w *stateWriter) write(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Map:
		if value.IsNil() || isShared(value.Type()) {
			w.bytes = append(w.bytes, '-')
			return
		}
		at := reference{value.UnsafePointer(), value.Type()}
		if number, met := w.numbers[at]; met {
			w.bytes = append(w.bytes, fmt.Sprintf("=%d;", number)...)
			return
		}
		w.numbers[at] = len(w.numbers)
		w.bytes = append(w.bytes, '&')
		if value.Kind() == reflect.Pointer {
			w.write(value.Elem())
			return
		}
		w.writeMap(value)
	case reflect.Interface:
		if value.IsNil() {
			w.bytes = append(w.bytes, '-')
			return
		}
		w.bytes = append(w.bytes, fmt.Sprintf("%s:", value.Elem().Type())...)
		w.write(placed(value.Elem()))
	case reflect.Struct:
		for i := 0; i < value.NumField(); i++ {
			w.write(opened(value.Field(i)))
		}
	case reflect.Slice, reflect.Array:
		if value.Kind() == reflect.Slice && value.IsNil() {
			w.bytes = append(w.bytes, '-')
			return
		}
		w.bytes = append(w.bytes, fmt.Sprintf("[%d:", value.Len())...)
		for i := 0; i < value.Len(); i++ {
			w.write(value.Index(i))
		}
	case reflect.String:
		w.bytes = append(w.bytes, fmt.Sprintf("%d:%s", value.Len(), value.String())...)
	case reflect.Bool:
		w.bytes = strconv.AppendBool(w.bytes, value.Bool())
	case reflect.Float32, reflect.Float64:
		w.bytes = append(strconv.AppendFloat(w.bytes, value.Float(), 'g', -1, 64), ';')
	case reflect.Complex64, reflect.Complex128:
		w.bytes = append(w.bytes, fmt.Sprintf("%v;", value.Complex())...)
	default: // not by its String method, which need not tell all
		if value.CanInt() {
			w.bytes = append(strconv.AppendInt(w.bytes, value.Int(), 10), ';')
		} else if value.CanUint() {
			w.bytes = append(strconv.AppendUint(w.bytes, value.Uint(), 10), ';')
		}
	}
}

func (w *stateWriter) writeMap(value reflect.Value) {
	keys := map[string]reflect.Value{}
	order := []string{}
	for _, key := range value.MapKeys() {
		alone := stateWriter{numbers: map[reference]int{}}
		alone.write(placed(key))
		keys[string(alone.bytes)] = key
		order = append(order, string(alone.bytes))
	}
	sort.Strings(order)
	w.bytes = append(w.bytes, fmt.Sprintf("{%d:", value.Len())...)
	for _, key := range order {
		w.bytes = append(w.bytes, key...)
		w.write(placed(value.MapIndex(keys[key])))
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
