"""A node for dsys, in Python: the library between your code and the node protocol.

Write a class with your handlers and run it:

    from dsys import Message, Node, Output, Record, Timer, ms, run

    class Ping(Message):
        number = 0                      # a field, and what it is when it is left out

    class Pong(Message):
        number = 0

    class Wakeup(Timer):
        pass

    class Server(Node):
        def on_start(self, disk):
            self.set_timer(Wakeup(), ms(100))

        def on_Wakeup(self, timer):     # on_<Type>, found by the name of the type
            for peer in self.peers:
                self.send(peer, Ping(number=1))

        def on_Ping(self, sender, message):
            self.send(sender, Pong(number=message.number))

        def on_Pong(self, sender, message):
            self.note(f"{sender} answers {message.number}")

    if __name__ == "__main__":
        run(Server)

Everything happens inside a handler: time stands still while it runs, and what it asks for is
carried out in that order when it returns. Times and durations are whole nanoseconds: ms(150) makes
some. Never read the machine's clock, sleep, start threads, or use the module `random`: take
self.now, set_timer and self.random, so that a run can be repeated.

print() goes to standard error from the import on; dsys shows its last lines after a failure. An
exception ends the program.

Standard library only; Python 3.8 or later.
"""

import json
import os
import sys

__all__ = ["Message", "Node", "Output", "Record", "Timer", "Value", "ms", "run", "seconds"]


# --- Time ---

def ms(count):
    """Milliseconds as the protocol's nanoseconds, a whole number."""
    return int(count * 1_000_000)


def seconds(count):
    """Seconds as the protocol's nanoseconds, a whole number."""
    return int(count * 1_000_000_000)


# --- Values ---

class Value:
    """Some fields, read as attributes: Value(term=1, command=command).term is 1.

    Objects inside messages arrive as Values. Declare a subclass to give fields their defaults and
    to have slips of the pen told at once, by a TypeError that lists the fields:

        class Entry(Value):
            term = 0
            command = None

    A field holds None, a bool, a whole number, a str, a list or tuple, a dict, or a Value.
    """

    def __init__(self, **fields):
        unknown = self._fields and fields.keys() - self._fields
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}: "
                            f"it has {', '.join(sorted(self._fields))}")
        self.__dict__ = fields

    _fields = frozenset()  # of a declared type; Value itself takes any

    def __init_subclass__(cls):
        own = {name for name in vars(cls) if not name.startswith("_") and name != "type"}
        cls._fields = cls._fields | own

    def __getattr__(self, name):  # only for what is neither set nor declared
        raise AttributeError(f"{self!r} has no field {name}")

    def __eq__(self, other):
        return isinstance(other, Value) and vars(self) == vars(other)

    def __repr__(self):
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items()
                           if name != "type")
        return f"{vars(self).get('type', type(self).__name__)}({fields})"


class _Typed(Value):
    """A value whose type's name travels with it."""

    type = ""

    def __init__(self, **fields):
        unknown = fields.keys() - self._fields
        if unknown:
            raise TypeError(f"{self.type} has no field {', '.join(sorted(unknown))}: "
                            f"it has {', '.join(sorted(self._fields)) or 'none'}")
        self.__dict__ = {"type": self.type, **fields}

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.type = cls.__name__
        _declared[cls.__name__] = cls


_declared = {}


class Message(_Typed):
    """What nodes and clients send each other. Subclass it with the fields and their defaults."""


class Timer(_Typed):
    """What set_timer sets. Two timers are the same one if their type and all fields are equal."""


class Record(_Typed):
    """What write() puts on the disk, and what on_start gets back."""


class Output(_Typed):
    """What emit() tells the outside."""


for _kind in (Message, Timer, Record, Output):
    del _declared[_kind.__name__]


def _value_of(fields):
    value = _new(_declared.get(fields.get("type"), Value))
    value.__dict__ = fields
    return value


def _fields_of(value):
    if isinstance(value, Value):
        return value.__dict__
    raise TypeError(f"{value!r} cannot be sent or stored: a field holds None, a bool, a whole "
                    "number, a str, a list or tuple, a dict, or a Value")


_new = object.__new__
_decode = json.JSONDecoder(object_hook=_value_of).raw_decode
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=_fields_of).encode


# --- The node ---

class Node:
    """One process of a problem. Subclass it; set your own state up in on_start.

    name        this node's name, such as "n1"
    nodes       the names of all nodes that run this program, this one included
    peers       the same without this one
    part        which part of the problem this program plays, such as "server"
    config      what the task says, by attribute: self.config.heartbeat_interval
    now         this node's own clock, in nanoseconds since the run began
    wall_clock  the date as this node believes it, in nanoseconds since 1970; may jump either way
    random      a random.Random with the run's seed: the only source of chance
    """

    name = part = config = None
    nodes = peers = ()
    now = wall_clock = 0

    # --- What happens: override these, or write a handler on_<Type> for each type ---

    def on_start(self, disk):
        """The process starts. `disk` is the list of records that survived, oldest first."""

    def on_message(self, sender, message):
        """A message has arrived from the node or client named `sender`.

        Unless you override it, it calls self.on_<Type>(sender, message).
        """
        self._handler_of(message, "sender, message")(sender, message)

    def on_timer(self, timer):
        """A timer has expired; it is no longer set.

        Unless you override it, it calls self.on_<Type>(timer).
        """
        self._handler_of(timer, "timer")(timer)

    # --- What to do about it: carried out in this order when the handler returns ---

    def send(self, to, message):
        """Sends a message to a peer or a client, by name. It may be lost, late, or arrive twice."""
        if to == self.name:
            raise ValueError(f"{self.name} sends {message!r} to itself: call your own function")
        self._effects.append(_encode({"send": {"to": to, "message": message}}))

    def set_timer(self, timer, after_ns):
        """Calls on_timer once, `after_ns` nanoseconds from now. An equal timer is replaced."""
        self._effects.append(_encode({"set_timer": {"timer": timer, "after_ns": int(after_ns)}}))

    def cancel_timer(self, timer):
        """Takes a timer back; without one that is equal it does nothing."""
        self._effects.append(_encode({"cancel_timer": {"timer": timer}}))

    def write(self, record):
        """Appends a record to the disk. A power loss takes it unless a sync has followed."""
        self._effects.append(_encode({"write": record}))

    def sync(self):
        """Makes everything written before durable; what is sent behind it waits for the disk."""
        self._effects.append('{"sync":true}')

    def emit(self, output):
        """Tells the outside what the exercise asks to be told."""
        self._effects.append(_encode({"emit": output}))

    def note(self, text):
        """A sentence for the reader of the trace. It changes nothing."""
        self._effects.append(_encode({"note": text}))

    @property
    def random(self):
        if self._random is None:
            from random import Random  # costs more to load than everything else here
            self._random = Random(self._seed)
        return self._random

    # --- Between the protocol and the handlers ---

    _effects = []
    _random = None
    _seed = 0

    def _begin(self, init):
        self.name = init["self"]
        self.nodes = init["nodes"]
        self.peers = [node for node in self.nodes if node != self.name]
        self.part = init["role"]
        self.config = init["config"]
        self.wall_clock = init["wall_ns"]
        self._seed = init["seed"]

    def _answer(self, event):
        self.now = event["now_ns"]
        self.wall_clock = event["wall_ns"]
        self._effects = []
        kind = event["event"]
        if kind == "message":
            self.on_message(event["from"], event["message"])
        elif kind == "timer":
            self.on_timer(event["timer"])
        elif kind == "start":
            self.on_start(event["disk"])
        else:
            raise ValueError(f"the protocol has no event {kind!r}")
        return '{"effects":[' + ",".join(self._effects) + "]}\n"

    def _handler_of(self, value, arguments):
        handler = getattr(self, "on_" + value.type, None)
        if handler is None:
            raise NotImplementedError(
                f"{type(self).__name__} has no handler on_{value.type}(self, {arguments})")
        return handler


def run(node_class):
    """Answers events until the input ends. `node_class` is called without arguments, once.

    An exception in a handler prints its traceback to standard error and ends the program with
    status 1.
    """
    answers = _take_standard_output()
    node = None
    for line in sys.stdin.buffer:
        try:
            event = vars(_decode(line.decode())[0])
            if node is None:
                node = node_class()
                node._begin(event)
                answer = '{"effects":[]}\n'
            else:
                answer = node._answer(event)
        except Exception:
            shown = line.decode(errors="replace").strip()
            print("The program failed at this event:", shown[:1000], file=sys.stderr)
            raise
        answers.write(answer.encode())
        answers.flush()


def _take_standard_output():
    """Keeps standard output for answers alone, also from child processes and from C."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.__stdout__.flush()  # what was printed before the import
    return answers


sys.stdout = sys.stderr  # a stray print() must not look like an answer
