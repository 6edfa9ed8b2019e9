// A node for dsys, in JavaScript: the library between your code and the node protocol. Leave it
// beside your file; there is nothing to change in it.
//
// messages.mjs declares what the problem has: messages, timers, records, outputs. With Ping and
// Pong among its messages, and the timer Wakeup, a program is a class with handlers, and a call
// that runs it:
//
//   import { Node, ms, run } from "./dsys.mjs";
//   import { Ping, Pong, Wakeup } from "./messages.mjs";
//
//   class Server extends Node {
//     onStart(disk) {
//       this.setTimer(new Wakeup(), ms(100));
//     }
//
//     onWakeup(timer) {                  // on and the name of the type
//       for (const peer of this.peers) this.send(peer, new Ping({ number: 1 }));
//     }
//
//     onPing(from, message) {
//       this.send(from, new Pong({ number: message.number }));
//     }
//
//     onPong(from, message) {
//       this.note(`${from} answers ${message.number}`);
//     }
//   }
//
//   run(Server);
//
// Everything happens inside a handler: time stands still while it runs, and what it asks for is
// carried out in that order when it returns. So a handler is never async, and nothing is awaited.
// Times and durations are whole nanoseconds: ms(150) makes some. Never read the machine's clock
// (Date), use setTimeout or Math.random: take this.now, setTimer and this.random, so that a run can
// be repeated.
//
// A whole number is a Number up to 2^53, where these are exact; beyond it is a BigInt, be it read
// or written (positions on a hash ring). The two compare with < and ==, and BigInt(x) makes one of
// both. Fields that are called last_log_index in EXERCISE.md are called lastLogIndex here.
//
// console.log goes to standard error; dsys shows its last lines after a failure. An exception ends
// the program.
//
// When dsys explores (dsys PROBLEM check --explore NAME --exec CMD), the library keeps a copy of
// the node for each state that it was in, and puts it back before an event that belongs to that
// state. It copies the node's fields and whatever they hold: objects, classes of your own, arrays,
// Maps and Sets. A Map or Set comes back in the order of its keys, so that states which differ only
// in who came first are one; what depends on that order belongs in an array. Variables outside the
// node are not copied; functions and private fields (#log) in a node end the program.
//
// Node.js 18 or later, and nothing else.

import fs from "node:fs";
import { isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";
import { isMainThread, Worker } from "node:worker_threads";

// --- Time ---

/** Milliseconds as the protocol's nanoseconds, a whole number. */
export const ms = (count) => Math.round(count * 1_000_000);

/** Seconds as the protocol's nanoseconds, a whole number. */
export const seconds = (count) => Math.round(count * 1_000_000_000);

// --- Values ---

/** Some named fields. messages.mjs has a subclass for each type that is part of others. */
export class Value {}

/** What nodes and clients send each other. */
export class Message extends Value {}

/** What setTimer sets. Two timers are the same one if their type and all fields are equal. */
export class Timer extends Value {}

/** What write() puts on the disk, and what onStart gets back. */
export class Record extends Value {}

/** What emit() tells the outside. */
export class Output extends Value {}

/** Gives a new value its fields. A slip of the pen is told at once. */
export function fill(value, fields = {}) {
  for (const [name, field] of Object.entries(fields)) {
    if (!Object.hasOwn(value, name)) {
      const names = Object.keys(value).join(", ") || "none";
      throw new TypeError(`${value.constructor.name} has no field ${name}: it has ${names}`);
    }
    value[name] = field;
  }
}

/** Makes types known that can come in. */
export function register(...types) {
  for (const type of types) registered.set(type.name, type);
}

const registered = new Map();

// --- The node ---

/**
 * One process of a problem. Extend it; set your own state up in onStart, or as fields of the class.
 *
 * Write a handler on<Type> for each message (from, message) and each timer (timer).
 */
export class Node {
  // --- What it knows ---

  /** This node's name, such as "n1". */
  get name() {
    return context.name;
  }

  /** The names of all nodes that run this program, this one included. */
  get nodes() {
    return context.nodes;
  }

  /** The same without this one. */
  get peers() {
    return context.peers;
  }

  /** Which part of the problem this program plays, such as "server". */
  get part() {
    return context.part;
  }

  /** What the task says: this.config.heartbeatInterval. */
  get config() {
    return context.config;
  }

  /**
   * This node's own clock, in nanoseconds since the run began: may run fast or slow, never back.
   */
  get now() {
    return context.now;
  }

  /** The date as this node believes it: nanoseconds since 1970, a BigInt; may jump either way. */
  get wallClock() {
    return context.wallClock;
  }

  /** The only source of chance: this.random.between(low, high). */
  get random() {
    return context.random;
  }

  // --- What happens ---

  /** The process starts. The disk has the records that survived, oldest first. */
  onStart(disk) {}

  /**
   * A message has come from the node or client of that name. Calls this.on<Type>(from, message).
   */
  onMessage(from, message) {
    return handlerOf(this, message, "from, message").call(this, from, message);
  }

  /** A timer has expired; it is no longer set. Calls this.on<Type>(timer). */
  onTimer(timer) {
    return handlerOf(this, timer, "timer").call(this, timer);
  }

  // --- What to do about it: carried out in this order when the handler returns ---

  /** Sends a message to a peer or a client, by name. It may be lost, late, or arrive twice. */
  send(to, message) {
    if (to === context.name) {
      throw new Error(`${to} sends ${typeName(message)} to itself: call your own function`);
    }
    ask(`{"send":{"to":${JSON.stringify(to)},"message":${written(message)}}}`);
  }

  /** Calls onTimer once, so many nanoseconds from now. An equal timer is replaced. */
  setTimer(timer, after) {
    ask(`{"set_timer":{"timer":${written(timer)},"after_ns":${written(after)}}}`);
  }

  /** Takes a timer back; without one that is equal it does nothing. */
  cancelTimer(timer) {
    ask(`{"cancel_timer":{"timer":${written(timer)}}}`);
  }

  /** Appends a record to the disk. A power loss takes it unless a sync has followed. */
  write(record) {
    ask(`{"write":${written(record)}}`);
  }

  /** Makes everything written before durable; what is sent behind it waits for the disk. */
  sync() {
    ask('{"sync":true}');
  }

  /** Tells the outside what the exercise asks to be told. */
  emit(output) {
    ask(`{"emit":${written(output)}}`);
  }

  /** A sentence for the reader of the trace. It changes nothing. */
  note(text) {
    ask(`{"note":${JSON.stringify(String(text))}}`);
  }
}

/** Chance that is the same everywhere: the generator sfc32. */
class Random {
  constructor(seed) {
    this.seed(seed);
  }

  /** Begins anew. */
  seed(seed) {
    this.state = [seed % 2 ** 32 | 0, Math.floor(seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1];
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits, as a whole number. */
  bits() {
    let [a, b, c, d] = this.state;
    const result = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    this.state = [a, b, c, d];
    return result >>> 0;
  }

  /** A whole number from 0 up to but not including the bound, which is at most 2^53. */
  below(bound) {
    const upper = this.bits() % 2 ** 21;
    return (upper * 2 ** 32 + this.bits()) % bound;
  }

  /** A whole number from low to high, both included. */
  between(low, high) {
    return low + this.below(high - low + 1);
  }
}

function handlerOf(node, value, args) {
  const name = `on${typeName(value)}`;
  const handler = node[name];
  if (typeof handler === "function") return handler;
  const others = strayHandlers(node).join(", ");
  const hint = others && `; no message or timer has the name of ${others}`;
  throw new Error(`${typeName(node)} has no handler ${name}(${args})${hint}`);
}

// Methods that look like handlers and never are called by a message or a timer.
function strayHandlers(node) {
  const known = new Set(["onStart", "onMessage", "onTimer"]);
  for (const name of registered.keys()) known.add(`on${name}`);
  return prototypesOf(node).flatMap((prototype) => Object.getOwnPropertyNames(prototype))
      .filter((name) => /^on[A-Z]/.test(name) && !known.has(name));
}

function prototypesOf(value) {
  const prototypes = [];
  for (let one = Object.getPrototypeOf(value); one !== null; one = Object.getPrototypeOf(one)) {
    prototypes.push(one);
  }
  return prototypes;
}

// --- Values as JSON ---

const typeName = (value) => value?.constructor?.name ?? String(value);

// From the protocol's names to ours and back: last_log_index, lastLogIndex.
const converted = (convert) => {
  const known = new Map();
  return (name) => {
    let other = known.get(name);
    if (other === undefined) known.set(name, (other = convert(name)));
    return other;
  };
};
const fieldName = converted((wire) => {
  const field = wire.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  return field === "constructor" ? "constructor_" : field;
});
const wireName = converted((field) => {
  const wire = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return wire === "constructor_" ? "constructor" : wire;
});

function written(value) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (Number.isSafeInteger(value)) return String(value);
      throw new TypeError(`${value} is not a whole number below 2^53; beyond it, use a BigInt`);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `[${value.map(written).join(",")}]` : writtenFields(value);
  }
  throw new TypeError(`${String(value)} cannot be sent or stored: a field holds null, a boolean, ` +
                      "a whole number, a string, an array, or an object of such fields");
}

function writtenFields(value) {
  const isTyped = value instanceof Message || value instanceof Timer || value instanceof Record ||
                  value instanceof Output;
  let text = isTyped ? `{"type":"${value.constructor.name}"` : "{";
  for (const name of Object.keys(value)) {
    if (text.length > 1) text += ",";
    try {
      text += `"${wireName(name)}":${written(value[name])}`;
    } catch (error) {
      error.message = `${typeName(value)}.${name}: ${error.message}`;
      throw error;
    }
  }
  return `${text}}`;
}

// JSON.parse rounds whole numbers beyond 2^53: they are put into a string, and come out exact.
const mark = "\u0001";
const stringOrLongNumber = /"(?:[^"\\]|\\.)*"|-?\d{16,}/g;

function read(text) {
  let hasLong = false;
  const marked = text.replace(stringOrLongNumber, (found) => {
    if (found.startsWith('"')) return found;
    hasLong = true;
    return `"\\u0001${found}"`;
  });
  return hasLong ? JSON.parse(marked, (_, value) => isLong(value) ? exact(value) : value)
                 : JSON.parse(marked);
}

const isLong = (value) => typeof value === "string" && value.startsWith(mark);

function exact(marked) {
  const number = Number(marked.slice(1));
  return Number.isSafeInteger(number) ? number : BigInt(marked.slice(1));
}

// Objects with our names for the fields. What has a type becomes one of that type.
function received(json) {
  if (Array.isArray(json)) return json.map(received);
  if (json === null || typeof json !== "object") return json;
  const { type, ...fields } = json;
  if (type !== undefined && !registered.has(type)) {
    throw new Error(`a value of type ${type} has come in: messages.mjs has none such, or is not ` +
                    "imported");
  }
  const value = type === undefined ? {} : new (registered.get(type))();
  for (const name of Object.keys(fields)) value[fieldName(name)] = received(fields[name]);
  return value;
}

// --- The conversation with dsys ---

// Standard output is for answers alone: a forgotten console.log ends up among the program's own
// words.
Object.defineProperty(process, "stdout", { get: () => process.stderr });

// What the one node of this process knows, and what it has asked for.
const context = { effects: [] };

function ask(effect) {
  context.effects.push(effect);
}

/**
 * Answers events until the input ends. `NodeClass` is made once, or for every start when dsys
 * explores. An exception in a handler is shown on standard error and ends the program with status
 * 1.
 */
export function run(NodeClass) {
  live(NodeClass);
  if (!isMainThread) process.exit(lifeOver);
  if (lives === 1) liveAgain();
}

// Until the life of the node is over.
function live(NodeClass) {
  lives += 1;
  let node = null;
  let states = null; // when dsys explores
  for (const line of linesOf(0)) {
    try {
      const event = read(line);
      if (event.event === "end") {
        return answer('{"effects":[]}\n');
      }
      context.effects = [];
      context.now = event.now_ns;
      context.wallClock = BigInt(event.wall_ns);
      if (event.event === "init") {
        begin(event);
        node = new NodeClass();
        if (!(node instanceof Node)) throw new Error(`${typeName(node)} must extend Node`);
        if (event.wants_state) states = new States(event.seed);
        answer('{"effects":[],"renews":true}\n');
        continue;
      }
      if (states !== null) node = states.before(event, NodeClass);
      play(node, event);
      const state = states === null ? "" : `,"state":${states.numberOf(node)}`;
      answer(`{"effects":[${context.effects.join(",")}]${state}}\n`);
    } catch (error) {
      fail(error);
    }
  }
  process.exit(0);
}

// Node.js starts once. For every later life of the node the program is loaded anew, so that no life
// knows anything of another: a program of one file beside this library as a further module, which is
// quick, and any other as a worker.
let lives = 0;
const livesMax = 500; // of a process: what was loaded stays
const lifeOver = 99;

async function liveAgain() {
  const program = fs.realpathSync(process.argv[1]);
  if (!isOfOneFile(fs.readFileSync(program, "utf8"))) return liveInWorkers(program);
  while (lives < livesMax) await import(`${pathToFileURL(program).href}?life=${lives}`);
  process.exit(0);
}

function liveInWorkers(program) {
  new Worker(program).on("exit", (status) => {
    if (status !== lifeOver) process.exit(status);
    liveInWorkers(program);
  });
}

// It imports nothing else that may remember, and does not reach for what all modules share.
function isOfOneFile(source) {
  if (/\bimport\s*\(|\brequire\b|\bglobal|\bprocess\b|\bprototype\b|\bsetTimeout\b/.test(source)) {
    return false;
  }
  const imported = [...source.matchAll(/\b(?:from|import)\s*["']([^"']+)["']/g)];
  return imported.every(([, name]) => name === "./dsys.mjs" || name === "./messages.mjs" ||
                                      isBuiltin(name));
}

function begin(event) {
  context.name = event.self;
  context.nodes = event.nodes;
  context.peers = event.nodes.filter((node) => node !== event.self);
  context.part = event.role;
  context.config = received(event.config);
  context.random = new Random(event.seed);
}

function play(node, event) {
  const result = handle(node, event);
  if (result instanceof Promise) {
    throw new Error("a handler is async: what it asks for after its first await comes too late");
  }
}

function handle(node, event) {
  switch (event.event) {
    case "start":
      return node.onStart(event.disk.map(received));
    case "message":
      return node.onMessage(event.from, received(event.message));
    case "timer":
      return node.onTimer(received(event.timer));
  }
  throw new Error(`the protocol has no event ${event.event}`);
}

function fail(error) {
  const shown = (error instanceof Error ? error.stack : String(error)).replace(/\?life=\d+/g, "");
  fs.writeSync(2, `${shown}\n`);
  process.exit(1);
}

function* linesOf(file) {
  const part = Buffer.alloc(65536);
  let rest = [];
  for (;;) {
    const size = patiently(() => fs.readSync(file, part));
    if (size === 0) return;
    for (let begin = 0; begin < size; ) {
      const end = part.indexOf(10, begin);
      const isWhole = end >= 0 && end < size;
      rest.push(Buffer.from(part.subarray(begin, isWhole ? end : size)));
      begin = isWhole ? end + 1 : size;
      if (!isWhole) continue;
      const line = Buffer.concat(rest).toString("utf8");
      rest = [];
      yield line;
    }
  }
}

function answer(line) {
  for (let rest = Buffer.from(line); rest.length > 0; ) {
    rest = rest.subarray(patiently(() => fs.writeSync(1, rest)));
  }
}

// A terminal, or a pipe that does not block, may have to be asked again.
function patiently(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code === "EOF") return 0;
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

// --- States, when dsys explores ---

// The nodes as they were after each event, each different one once. A state is the place in the
// table.
class States {
  constructor(seed) {
    this.seed = seed;
    this.numbers = new Map(); // of a node's text, which is equal exactly for equal nodes
    this.nodes = [];
  }

  // The node that the event comes to. Chance begins anew: the same state and event must give the
  // same answer.
  before(event, NodeClass) {
    context.random.seed(this.seed);
    return event.event === "start" ? new NodeClass() : new Copier().copy(this.nodes[event.state]);
  }

  numberOf(node) {
    const text = new StateWriter().text(node);
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.nodes.length;
      this.numbers.set(text, number);
      this.nodes.push(node); // the next event gets a copy of it
    }
    return number;
  }
}

// What only the library changes stays as it is.
const isShared = (value) => value === context.config || value === context.nodes ||
                            value === context.peers || value === context.random;

// Classes by the order in which they were met: two may have one name.
const classes = new Map();

function classNumber(prototype) {
  if (!classes.has(prototype)) {
    const hasPrivate = /\bthis\.#/.test(String(prototype?.constructor));
    if (hasPrivate) {
      throw new Error(`${prototype.constructor.name} has private fields (#): they cannot be seen ` +
                      "from outside, so a node that has them cannot be explored");
    }
    classes.set(prototype, classes.size);
  }
  return classes.get(prototype);
}

// Objects of the language itself, a Date for instance, hold more than their fields.
const isOpen = (value) => prototypesOf(value).every((prototype) => prototype === Object.prototype ||
    !/\[native code\]/.test(Function.prototype.toString.call(prototype.constructor)));

function refuse(value) {
  throw new Error(`a node that holds ${typeof value === "object" ? `a ${typeName(value)}`
                  : `the ${typeof value} ${String(value).slice(0, 40)}`} cannot be explored`);
}

const sortedKeys = (map) => [...map.keys()].map((key) => [new StateWriter().text(key), key])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

// A value as text: what was met before as its number, Maps, Sets and fields in the order of their
// keys.
class StateWriter {
  constructor() {
    this.met = new Map();
    this.parts = [];
  }

  text(value) {
    this.write(value);
    return this.parts.join("");
  }

  write(value) {
    switch (typeof value) {
      case "string":
        this.parts.push(`"${value.length}:`, value);
        return;
      case "number":
        this.parts.push(Object.is(value, -0) ? "-0;" : `${value};`);
        return;
      case "bigint":
        this.parts.push(`${value}n`);
        return;
      case "boolean":
      case "undefined":
        this.parts.push(String(value));
        return;
      case "object":
        this.writeObject(value);
        return;
    }
    refuse(value);
  }

  writeObject(value) {
    if (value === null || isShared(value)) {
      this.parts.push(value === null ? "null" : "shared");
    } else if (this.met.has(value)) {
      this.parts.push(`=${this.met.get(value)};`);
    } else {
      this.met.set(value, this.met.size);
      this.writeNew(value);
    }
  }

  writeNew(value) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Array.prototype) {
      this.parts.push(`[${value.length}:`);
      for (const one of value) this.write(one);
    } else if (prototype === Map.prototype) {
      this.parts.push(`M${value.size}:`);
      for (const [text, key] of sortedKeys(value)) {
        this.parts.push(text);
        this.write(value.get(key));
      }
    } else if (prototype === Set.prototype) {
      this.parts.push(`S${value.size}:`, ...sortedKeys(value).map(([text]) => text));
    } else if (ArrayBuffer.isView(value) && value.length !== undefined) {
      this.parts.push(`${typeName(value)}${value.length}:${value.join()};`);
    } else if (isOpen(value)) {
      const names = Object.keys(value).sort();
      this.parts.push(`{${classNumber(prototype)},${names.length}:`);
      for (const name of names) {
        this.write(name);
        this.write(value[name]);
      }
    } else {
      refuse(value);
    }
  }
}

class Copier {
  constructor() {
    this.copies = new Map();
  }

  copy(value) {
    if (typeof value !== "object" || value === null || isShared(value)) return value;
    return this.copies.get(value) ?? this.copyNew(value);
  }

  copyNew(value) {
    const prototype = Object.getPrototypeOf(value);
    const begun = (mine) => {
      this.copies.set(value, mine); // before what it holds, which may lead back
      return mine;
    };
    if (prototype === Array.prototype) {
      const mine = begun([]);
      for (const one of value) mine.push(this.copy(one));
      return mine;
    }
    if (prototype === Map.prototype) {
      const mine = begun(new Map());
      for (const [, key] of sortedKeys(value)) mine.set(this.copy(key), this.copy(value.get(key)));
      return mine;
    }
    if (prototype === Set.prototype) {
      const mine = begun(new Set());
      for (const [, key] of sortedKeys(value)) mine.add(this.copy(key));
      return mine;
    }
    if (ArrayBuffer.isView(value)) return begun(value.slice());
    const mine = begun(Object.create(prototype));
    for (const name of Object.keys(value).sort()) mine[name] = this.copy(value[name]);
    return mine;
  }
}
