// A node for dsys, in Java: the library between your code and the node protocol. Leave it beside
// your file; there is nothing to change in it.
//
// Messages.java declares what the problem has: messages, timers, records and outputs as records of
// Java, and the class Handlers with a method for each message and timer that can come in. With Ping
// and Pong among the messages, and the timer Wakeup, a program is
//
//   final class Server extends Handlers {
//     @Override
//     void onStart(List<Dsys.Record> disk) {
//       setTimer(new Wakeup(), ms(100));
//     }
//
//     @Override
//     void onWakeup(Wakeup timer) {
//       for (String peer : peers()) send(peer, new Ping(1));
//     }
//
//     @Override
//     void onPing(String from, Ping message) {
//       send(from, new Pong(message.number()));
//     }
//
//     @Override
//     void onPong(String from, Pong message) {
//       note(from + " answers " + message.number());
//     }
//   }
//
// with `Dsys.run(Server::new)` as its main. dsys calls one handler at a time and waits for it:
// there is nothing to lock. A handler changes the node's own fields and asks for effects, which are
// carried out in that order when it returns. Time stands still while it runs. Times and durations
// are whole nanoseconds: ms(150) makes some. Never read the machine's clock, sleep, start threads,
// or use Math.random or the order of Set.of, Map.of or a HashSet of enums, which differs from
// process to process: take now(), setTimer and random(), so that a run can be repeated.
//
// A component that is @Unsigned uses all 64 bits of its long: Long.compareUnsigned and its like.
//
// System.out is standard error; dsys shows its last lines after a failure. An exception ends the
// program.
//
// When dsys explores (dsys PROBLEM check --explore NAME --exec CMD), the library keeps a copy of
// the node for each state that it was in, and puts it back before an event that belongs to that
// state. It copies the node's fields, also private and final ones, and whatever they hold: objects
// of your own classes, records, arrays, and the collections of java.util. A HashMap or HashSet
// comes back in the order of its keys, so that states which differ only in who came first are one;
// what depends on that order belongs in a list. A view, such as a subList, becomes a list of its
// own. Static fields are not copied; lambdas, and what java.util has beside collections, end the
// program.
//
// Java 17 or later, and nothing else.

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** A whole number from 0 on in all 64 bits of a long. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE_USE)
@interface Unsigned {}

final class Dsys {
  private Dsys() {}

  // --- Values: records of Java ---

  /** What nodes and clients send each other. */
  interface Message {}

  /** What setTimer sets. Two timers are the same one if their type and all components are equal. */
  interface Timer {}

  /** What write() puts on the disk, and what onStart gets back. */
  interface Record {}

  /** What emit() tells the outside. */
  interface Output {}

  // --- The node ---

  /** One process of a problem. Extend Handlers, which Messages.java has, rather than this. */
  abstract static class Node {
    // --- What happens ---

    /** The process starts. The disk has the records that survived, oldest first. */
    void onStart(List<Record> disk) {}

    /** A message has come from the node or client of that name. Handlers calls on + its type. */
    abstract void onMessage(String from, Message message);

    /** A timer has expired; it is no longer set. Handlers calls on + its type. */
    abstract void onTimer(Timer timer);

    /** What Handlers does for a message or timer without a handler. */
    void unhandled(Object value) {
      String type = value.getClass().getSimpleName();
      String arguments = value instanceof Message ? "(String from, %s message)" : "(%s timer)";
      throw new IllegalStateException("%s has no handler on%s%s".formatted(
          getClass().getSimpleName(), type, arguments.formatted(type)));
    }

    // --- What it knows ---

    /** This node's name, such as "n1". */
    String self() {
      return context.self;
    }

    /** The names of all nodes that run this program, this one included. */
    List<String> nodes() {
      return context.nodes;
    }

    /** The same without this one. */
    List<String> peers() {
      return context.peers;
    }

    /** Which part of the problem this program plays, such as "server". */
    String part() {
      return context.part;
    }

    /**
     * This node's own clock, in nanoseconds since the run began: may run fast or slow, never back.
     */
    long now() {
      return context.now;
    }

    /** The date as this node believes it, in nanoseconds since 1970; may jump either way. */
    long wallClock() {
      return context.wallClock;
    }

    /** The only source of chance: random().between(low, high). */
    Random random() {
      return context.random;
    }

    // --- What to do about it: carried out in this order when the handler returns ---

    /** Sends a message to a peer or a client, by name. It may be lost, late, or arrive twice. */
    void send(String to, Message message) {
      if (to.equals(context.self)) {
        throw new IllegalArgumentException(
            to + " sends " + message + " to itself: call your own function");
      }
      StringBuilder line = ask("send").append("{\"to\":");
      Json.quote(line, to);
      Shape.append(line.append(",\"message\":"), message);
      line.append("}}");
    }

    /** Calls the timer's handler once, so many nanoseconds from now. An equal timer is replaced. */
    void setTimer(Timer timer, long after) {
      StringBuilder line = ask("set_timer").append("{\"timer\":");
      Shape.append(line, timer);
      line.append(",\"after_ns\":").append(after).append("}}");
    }

    /** Takes a timer back; without one that is equal it does nothing. */
    void cancelTimer(Timer timer) {
      StringBuilder line = ask("cancel_timer").append("{\"timer\":");
      Shape.append(line, timer);
      line.append("}}");
    }

    /** Appends a record to the disk. A power loss takes it unless a sync has followed. */
    void write(Record record) {
      StringBuilder line = ask("write");
      Shape.append(line, record);
      line.append('}');
    }

    /** Makes everything written before durable; what is sent behind it waits for the disk. */
    void sync() {
      ask("sync").append("true}");
    }

    /** Tells the outside what the exercise asks to be told. */
    void emit(Output output) {
      StringBuilder line = ask("emit");
      Shape.append(line, output);
      line.append('}');
    }

    /** A sentence for the reader of the trace. It changes nothing. */
    void note(String text) {
      StringBuilder line = ask("note");
      Json.quote(line, text);
      line.append('}');
    }

    /** Milliseconds as the protocol's nanoseconds. */
    static long ms(long count) {
      return count * 1_000_000;
    }

    /** Seconds as the protocol's nanoseconds. */
    static long seconds(long count) {
      return count * 1_000_000_000;
    }

    private static StringBuilder ask(String effect) {
      StringBuilder line = context.effects;
      if (!line.isEmpty()) line.append(',');
      return line.append("{\"").append(effect).append("\":");
    }
  }

  /** Chance that is the same on every machine. */
  static final class Random extends java.util.Random {
    private static final long serialVersionUID = 1;

    Random(long seed) {
      super(seed);
    }

    /** A whole number from low to high, both included. */
    long between(long low, long high) {
      return low + Long.remainderUnsigned(nextLong(), high - low + 1);
    }
  }

  /** What the task says, as a record that Messages.java declares. */
  static <T> T config(Class<T> type) {
    if (context.config == null) context.config = Shape.of(type).read(context.configJson);
    return type.cast(context.config);
  }

  // --- The conversation with dsys ---

  /** What the one node of this process knows, and what it has asked for. */
  private static final class Context {
    String self = "";
    List<String> nodes = List.of();
    List<String> peers = List.of();
    String part = "";
    Object configJson;
    Object config;
    long seed;
    long now;
    long wallClock;
    Random random = new Random(0);
    StringBuilder effects = new StringBuilder();

    void begin(Map<?, ?> event) {
      self = (String) member(event, "self");
      List<String> all = new ArrayList<>();
      for (Object node : (List<?>) member(event, "nodes")) all.add((String) node);
      nodes = List.copyOf(all);
      all.remove(self);
      peers = List.copyOf(all);
      part = (String) member(event, "role");
      configJson = member(event, "config");
      seed = (Long) member(event, "seed");
      random = new Random(seed);
    }
  }

  private static final Context context = new Context();

  /**
   * Answers events until the input ends. The node is made once, or for every start when dsys
   * explores. An exception in a handler is shown on standard error and ends the program with
   * status 1.
   */
  static void run(Supplier<? extends Node> create) {
    System.setOut(System.err); // a stray println must not look like an answer
    live(create);
    if (Dsys.class.getClassLoader() != ClassLoader.getSystemClassLoader()) return;
    while (true) liveAgain();
  }

  // Until the life of the node is over.
  private static void live(Supplier<? extends Node> create) {
    OutputStream answers = new FileOutputStream(FileDescriptor.out);
    Lines lines = new Lines(System.in);
    Talk talk = new Talk(create);
    String line = null;
    try {
      while ((line = lines.next()) != null) {
        answers.write(talk.answer(line).getBytes(StandardCharsets.UTF_8));
        if (talk.isOver) return;
      }
    } catch (Throwable failure) {
      tell(failure);
      Runtime.getRuntime().halt(1);
    }
    System.exit(0);
  }

  // Every later life of the node has all classes of the program anew, with their static fields: so
  // the virtual machine starts once, and no life knows anything of another.
  private static void liveAgain() {
    StackTraceElement[] frames = Thread.currentThread().getStackTrace();
    String main = frames[frames.length - 1].getClassName();
    try (Life life = new Life()) {
      Method start = life.loadClass(main).getDeclaredMethod("main", String[].class);
      start.setAccessible(true);
      start.invoke(null, (Object) new String[0]);
    } catch (ReflectiveOperationException | IOException error) {
      tell(error);
      Runtime.getRuntime().halt(1);
    }
  }

  private static final class Life extends URLClassLoader {
    Life() {
      super(classPath(), ClassLoader.getPlatformClassLoader());
    }

    private static URL[] classPath() {
      String[] parts = System.getProperty("java.class.path").split(File.pathSeparator);
      URL[] urls = new URL[parts.length];
      try {
        for (int i = 0; i < parts.length; i++) urls[i] = Path.of(parts[i]).toUri().toURL();
      } catch (MalformedURLException error) {
        throw new IllegalStateException(error);
      }
      return urls;
    }
  }

  // Briefly: only the end of what a program says is shown.
  private static void tell(Throwable failure) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      System.err.println(one);
      StackTraceElement[] frames = one.getStackTrace();
      for (int i = 0; i < Math.min(frames.length, 12); i++) System.err.println("\tat " + frames[i]);
    }
  }

  private static final class Talk {
    private final Supplier<? extends Node> create;
    private Node node;
    private States states; // when dsys explores
    boolean isOver;

    Talk(Supplier<? extends Node> create) {
      this.create = create;
    }

    String answer(String line) {
      Map<?, ?> event = (Map<?, ?>) new Json(line).read();
      String kind = (String) member(event, "event");
      if (kind.equals("end")) {
        isOver = true;
        return "{\"effects\":[]}\n";
      }
      context.effects.setLength(0);
      context.wallClock = (Long) member(event, "wall_ns");
      if (kind.equals("init")) {
        context.begin(event);
        node = create.get();
        if (event.containsKey("wants_state")) states = new States();
        return "{\"effects\":[],\"renews\":true}\n";
      }
      context.now = (Long) member(event, "now_ns");
      if (states != null) node = states.before(event, kind, create);
      play(event, kind);
      String state = states == null ? "" : ",\"state\":" + states.numberOf(node);
      return "{\"effects\":[" + context.effects + "]" + state + "}\n";
    }

    private void play(Map<?, ?> event, String kind) {
      switch (kind) {
        case "start" -> {
          List<Record> disk = new ArrayList<>();
          for (Object one : (List<?>) member(event, "disk")) disk.add(value(one, Record.class));
          node.onStart(disk);
        }
        case "message" -> node.onMessage(
            (String) member(event, "from"), value(member(event, "message"), Message.class));
        case "timer" -> node.onTimer(value(member(event, "timer"), Timer.class));
        default -> throw new IllegalStateException("the protocol has no event " + kind);
      }
    }
  }

  private static Object member(Map<?, ?> object, String name) {
    if (object.containsKey(name)) return object.get(name);
    throw new IllegalStateException("an event lacks " + name);
  }

  // A value of the type that it names.
  private static <T> T value(Object json, Class<T> kind) {
    String name = String.valueOf(((Map<?, ?>) json).get("type"));
    try {
      Class<?> type = Class.forName(name);
      if (type.isRecord() && kind.isAssignableFrom(type)) {
        return kind.cast(Shape.of(type).read(json));
      }
    } catch (ClassNotFoundException unknown) {
      // The same is said of it as of a class that is something else.
    }
    throw new IllegalStateException("a %s of type %s has come in, which Messages.java does not have"
        .formatted(kind.getSimpleName().toLowerCase(Locale.ROOT), name));
  }

  private static final class Lines {
    private final InputStream input;
    private byte[] bytes = new byte[65536];
    private int begin; // of what has not been given
    private int end;

    Lines(InputStream input) {
      this.input = input;
    }

    /** Without its end; null after the last one. */
    String next() throws IOException {
      for (int searched = begin;;) {
        for (; searched < end; searched++) {
          if (bytes[searched] != '\n') continue;
          String line = new String(bytes, begin, searched - begin, StandardCharsets.UTF_8);
          begin = searched + 1;
          return line;
        }
        searched -= begin;
        System.arraycopy(bytes, begin, bytes, 0, end - begin);
        end -= begin;
        begin = 0;
        if (end == bytes.length) bytes = Arrays.copyOf(bytes, 2 * end);
        int size = input.read(bytes, end, bytes.length - end);
        if (size < 0) return null;
        end += size;
      }
    }
  }

  // --- JSON: maps, lists, strings, Longs, Booleans and null ---

  private static final class Json {
    private final String text;
    private int place;

    Json(String text) {
      this.text = text;
    }

    Object read() {
      Object value = readValue();
      if (skipBlanks() != '\0') throw expected("the end");
      return value;
    }

    private Object readValue() {
      switch (skipBlanks()) {
        case '{':
          return readObject();
        case '[':
          return readList();
        case '"':
          return readString();
        case 't':
          take("true");
          return true;
        case 'f':
          take("false");
          return false;
        case 'n':
          take("null");
          return null;
        default:
          return readNumber();
      }
    }

    private Map<String, Object> readObject() {
      Map<String, Object> members = new LinkedHashMap<>();
      take("{");
      if (skipBlanks() == '}') {
        take("}");
        return members;
      }
      for (;;) {
        skipBlanks();
        String name = readString();
        skipBlanks();
        take(":");
        members.put(name, readValue());
        if (skipBlanks() == '}') break;
        take(",");
      }
      take("}");
      return members;
    }

    private List<Object> readList() {
      List<Object> elements = new ArrayList<>();
      take("[");
      if (skipBlanks() == ']') {
        take("]");
        return elements;
      }
      for (;;) {
        elements.add(readValue());
        if (skipBlanks() == ']') break;
        take(",");
      }
      take("]");
      return elements;
    }

    // Of 64 bits, signed or not.
    private Long readNumber() {
      int first = place;
      boolean isNegative = peek() == '-';
      if (isNegative) place++;
      while (peek() >= '0' && peek() <= '9') place++;
      boolean isWhole = peek() != '.' && peek() != 'e' && peek() != 'E';
      if (place == first || !isWhole) throw expected("a whole number");
      String digits = text.substring(first, place);
      try {
        return isNegative ? Long.parseLong(digits) : Long.parseUnsignedLong(digits);
      } catch (NumberFormatException error) {
        place = first;
        throw expected("a number of 64 bits");
      }
    }

    private String readString() {
      take("\"");
      int end = text.indexOf('"', place);
      int escape = text.indexOf('\\', place);
      if (end >= 0 && (escape < 0 || escape > end)) {
        String plain = text.substring(place, end);
        place = end + 1;
        return plain;
      }
      StringBuilder read = new StringBuilder();
      for (;;) {
        char letter = peek();
        if (place >= text.length()) throw expected("a closing quote");
        place++;
        if (letter == '"') return read.toString();
        read.append(letter == '\\' ? readEscape() : letter);
      }
    }

    private char readEscape() {
      char letter = peek();
      place++;
      if (letter == 'u') {
        if (place + 4 > text.length()) throw expected("four hexadecimal digits");
        place += 4;
        return (char) Integer.parseInt(text.substring(place - 4, place), 16);
      }
      int known = "\"\\/bfnrt".indexOf(letter);
      if (known < 0) throw expected("an escape");
      return "\"\\/\b\f\n\r\t".charAt(known);
    }

    private char peek() {
      return place < text.length() ? text.charAt(place) : '\0';
    }

    private char skipBlanks() {
      while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') place++;
      return peek();
    }

    private void take(String wanted) {
      if (!text.startsWith(wanted, place)) throw expected(wanted);
      place += wanted.length();
    }

    private IllegalStateException expected(String wanted) {
      return new IllegalStateException("not JSON: at " + place + " there should be " + wanted);
    }

    static void quote(StringBuilder line, String string) {
      line.append('"');
      for (int i = 0; i < string.length(); i++) {
        char letter = string.charAt(i);
        if (letter == '"' || letter == '\\') {
          line.append('\\').append(letter);
        } else if (letter < ' ' || Character.isSurrogate(letter)) {
          line.append(String.format("\\u%04x", (int) letter));
        } else {
          line.append(letter);
        }
      }
      line.append('"');
    }
  }

  // --- Records as JSON ---

  /** How a record, or a component of one, looks on the wire. Looked up by reflection, once. */
  private static final class Shape {
    private static final Map<Class<?>, Shape> known = new HashMap<>();

    private final Class<?> type;
    private final List<Part> parts = new ArrayList<>();
    private Constructor<?> constructor;
    private Object standard; // what a component is when it is left out

    private record Part(String name, String wire, Method accessor, Kind kind) {}

    static Shape of(Class<?> type) {
      Shape shape = known.get(type);
      if (shape == null) {
        shape = new Shape(type);
        known.put(type, shape); // before its components, which may be of the same type
        shape.explore();
      }
      return shape;
    }

    private Shape(Class<?> type) {
      if (!type.isRecord()) throw new IllegalStateException(type.getSimpleName() + " is no record");
      this.type = type;
    }

    private void explore() {
      try {
        List<Class<?>> types = new ArrayList<>();
        for (RecordComponent one : type.getRecordComponents()) {
          types.add(one.getType());
          one.getAccessor().setAccessible(true);
          parts.add(new Part(one.getName(), wireName(one.getName()), one.getAccessor(),
              Kind.of(one.getAnnotatedType())));
        }
        constructor = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
        constructor.setAccessible(true);
        Constructor<?> empty = type.getDeclaredConstructor();
        empty.setAccessible(true);
        standard = empty.newInstance();
      } catch (ReflectiveOperationException error) {
        throw new IllegalStateException(type.getSimpleName() + " cannot be read or sent", error);
      }
    }

    // lastLogIndex is last_log_index; a word that Java keeps for itself has an underscore behind
    // it.
    private static String wireName(String name) {
      StringBuilder wire = new StringBuilder();
      for (char letter : name.toCharArray()) {
        if (Character.isUpperCase(letter)) wire.append('_');
        wire.append(Character.toLowerCase(letter));
      }
      if (name.endsWith("_")) wire.setLength(wire.length() - 1);
      return wire.toString();
    }

    Object read(Object json) {
      if (!(json instanceof Map<?, ?> members)) {
        throw new IllegalStateException("there should be a " + type.getSimpleName());
      }
      Object[] values = new Object[parts.size()];
      for (int i = 0; i < values.length; i++) {
        Part part = parts.get(i);
        values[i] = members.containsKey(part.wire) ? part.kind.read(members.get(part.wire))
                                                   : invoke(part.accessor, standard);
      }
      return construct(values);
    }

    Object construct(Object[] values) {
      try {
        return constructor.newInstance(values);
      } catch (InvocationTargetException error) {
        throw new IllegalStateException(type.getSimpleName() + " refuses its components",
            error.getCause());
      } catch (ReflectiveOperationException error) {
        throw new IllegalStateException(error);
      }
    }

    Object[] valuesOf(Object record) {
      Object[] values = new Object[parts.size()];
      for (int i = 0; i < values.length; i++) values[i] = invoke(parts.get(i).accessor, record);
      return values;
    }

    // An object that begins with its type.
    static void append(StringBuilder line, Object record) {
      Shape shape = of(record.getClass());
      line.append("{\"type\":\"").append(shape.type.getSimpleName()).append('"');
      shape.appendParts(line, record, true);
    }

    private void appendParts(StringBuilder line, Object record, boolean continues) {
      for (Part part : parts) {
        if (continues) line.append(',');
        continues = true;
        line.append('"').append(part.wire).append("\":");
        try {
          part.kind.append(line, invoke(part.accessor, record));
        } catch (IllegalArgumentException error) {
          throw new IllegalArgumentException(
              type.getSimpleName() + "." + part.name + ": " + error.getMessage());
        }
      }
      line.append('}');
    }

    private static Object invoke(Method accessor, Object record) {
      try {
        return accessor.invoke(record);
      } catch (ReflectiveOperationException error) {
        throw new IllegalStateException(error);
      }
    }

    /** What a component holds: a list of something, an enumeration, a record, or what JSON has. */
    private record Kind(Class<?> type, boolean isUnsigned, Kind inside) {
      static Kind of(AnnotatedType annotated) {
        boolean isUnsigned = annotated.isAnnotationPresent(Unsigned.class);
        Type type = annotated.getType();
        if (!(type instanceof ParameterizedType list)) {
          return new Kind((Class<?>) type, isUnsigned, null);
        }
        AnnotatedType[] inside =
            ((AnnotatedParameterizedType) annotated).getAnnotatedActualTypeArguments();
        return new Kind((Class<?>) list.getRawType(), isUnsigned, of(inside[0]));
      }

      Object read(Object json) {
        if (json == null) return null;
        if (inside != null) return readList((List<?>) json);
        if (type.isEnum()) return constantOf(json);
        return type.isRecord() ? Shape.of(type).read(json) : json;
      }

      private List<Object> readList(List<?> json) {
        List<Object> elements = new ArrayList<>(json.size());
        for (Object one : json) elements.add(inside.read(one));
        return Collections.unmodifiableList(elements);
      }

      private Object constantOf(Object json) {
        for (Object constant : type.getEnumConstants()) {
          if (wireName((Enum<?>) constant).equals(json)) return constant;
        }
        throw new IllegalStateException(json + " is no " + type.getSimpleName());
      }

      private static String wireName(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
      }

      void append(StringBuilder line, Object value) {
        if (value == null) {
          line.append("null");
        } else if (value instanceof List<?> list) {
          appendList(line, list);
        } else if (value instanceof Enum<?> constant) {
          Json.quote(line, wireName(constant));
        } else if (value instanceof String string) {
          Json.quote(line, string);
        } else if (value instanceof Long number) {
          line.append(isUnsigned ? Long.toUnsignedString(number) : number.toString());
        } else if (value instanceof Boolean) {
          line.append(value);
        } else if (value instanceof java.lang.Record) {
          Shape.of(value.getClass()).appendParts(line.append('{'), value, false);
        } else {
          throw new IllegalArgumentException(value.getClass() + " has no place in a value");
        }
      }

      private void appendList(StringBuilder line, List<?> list) {
        line.append('[');
        boolean continues = false;
        for (Object one : list) {
          if (continues) line.append(',');
          continues = true;
          inside.append(line, one);
        }
        line.append(']');
      }
    }
  }

  // --- States, when dsys explores ---

  /**
   * The nodes as they were after each event, each different one once. A state is the place in the
   * table.
   */
  private static final class States {
    private final Map<String, Integer> numbers = new HashMap<>(); // equal exactly for equal nodes
    private final List<Node> nodes = new ArrayList<>();

    // The node that the event comes to. Chance begins anew: the same state and event must give the
    // same answer.
    Node before(Map<?, ?> event, String kind, Supplier<? extends Node> create) {
      context.random.setSeed(context.seed);
      if (kind.equals("start")) return create.get();
      int number = Math.toIntExact((Long) member(event, "state"));
      return (Node) new Copier().copy(nodes.get(number));
    }

    int numberOf(Node node) {
      String text = new StateWriter().textOf(node);
      Integer number = numbers.get(text);
      if (number != null) return number;
      numbers.put(text, nodes.size());
      nodes.add(node); // the next event gets a copy of it
      return nodes.size() - 1;
    }
  }

  // What only the library changes, or nobody, stays as it is.
  private static boolean isShared(Object value) {
    return value == null || value == context.config || value == context.nodes
        || value == context.peers || value == context.random;
  }

  private static boolean isConstant(Object value) {
    return value instanceof String || value instanceof Number && isOfLanguage(value)
            && !value.getClass().getName().startsWith("java.util.")
        || value instanceof Boolean || value instanceof Character || value instanceof Enum<?>
        || value instanceof Class<?> || value.getClass().getName().startsWith("java.time.");
  }

  private static boolean isOfLanguage(Object value) {
    String name = value.getClass().getName();
    return name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith("sun.");
  }

  private static boolean isCollection(Object value) {
    return (value instanceof Collection<?> || value instanceof Map<?, ?>) && isOfLanguage(value);
  }

  private static IllegalStateException unexplored(Object value) {
    String what = value.getClass().isHidden() ? "a lambda" : "a " + value.getClass().getName();
    return new IllegalStateException("a node that holds " + what + " cannot be explored");
  }

  // Whether its elements come in an order that means something.
  private static boolean isOrdered(Object collection) {
    return collection instanceof List<?> || collection instanceof Queue<?>
        || collection instanceof SortedSet<?> || collection instanceof SortedMap<?, ?>
        || collection instanceof LinkedHashSet<?> || collection instanceof LinkedHashMap<?, ?>
        || collection instanceof EnumSet<?> || collection instanceof EnumMap<?, ?>;
  }

  private static boolean isUnmodifiable(Object collection) {
    String name = collection.getClass().getName();
    return name.contains("Immutable") || name.contains("Unmodifiable") || name.contains("$Empty")
        || name.contains("$Singleton");
  }

  // An empty one of its kind, as it comes back. A view becomes a collection of its own.
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Object emptyLike(Object collection) {
    if (collection instanceof EnumMap map) {
      EnumMap copy = map.clone();
      copy.clear();
      return copy;
    }
    if (collection instanceof EnumSet set) {
      EnumSet copy = set.clone();
      copy.clear();
      return copy;
    }
    if (collection instanceof PriorityQueue queue) return new PriorityQueue(queue.comparator());
    if (collection instanceof SortedMap map) return new TreeMap(map.comparator());
    if (collection instanceof SortedSet set) return new TreeSet(set.comparator());
    Class<?> type = collection.getClass();
    if (Modifier.isPublic(type.getModifiers())) {
      try {
        return type.getConstructor().newInstance();
      } catch (ReflectiveOperationException error) {
        throw unexplored(collection);
      }
    }
    if (collection instanceof Map) return new LinkedHashMap<>();
    return collection instanceof Set ? new LinkedHashSet<>() : new ArrayList<>();
  }

  private static List<?> sorted(Collection<?> keys) {
    List<Object> all = new ArrayList<>(keys);
    Map<Object, String> texts = new IdentityHashMap<>();
    for (Object one : all) texts.put(one, new StateWriter().textOf(one));
    all.sort((one, other) -> texts.get(one).compareTo(texts.get(other)));
    return all;
  }

  private static Collection<?> inOrder(Object collection) {
    Collection<?> elements =
        collection instanceof Map<?, ?> map ? map.keySet() : (Collection<?>) collection;
    return isOrdered(collection) ? elements : sorted(elements);
  }

  // All fields of an object of the learner's classes, also private ones.
  private static final Map<Class<?>, List<Field>> knownFields = new HashMap<>();

  private static List<Field> fieldsOf(Class<?> type) {
    List<Field> fields = knownFields.get(type);
    if (fields != null) return fields;
    fields = new ArrayList<>();
    for (Class<?> one = type; one != Object.class; one = one.getSuperclass()) {
      for (Field field : one.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())) continue;
        field.setAccessible(true);
        fields.add(field);
      }
    }
    knownFields.put(type, fields);
    return fields;
  }

  private static Object valueOf(Field field, Object object) {
    try {
      return field.get(object);
    } catch (IllegalAccessException error) {
      throw new IllegalStateException(error);
    }
  }

  /** A value as text: what was met before as its number, unordered collections by their keys. */
  private static final class StateWriter {
    private final Map<Object, Integer> met = new IdentityHashMap<>();
    private final StringBuilder text = new StringBuilder();

    String textOf(Object value) {
      write(value);
      return text.toString();
    }

    private void write(Object value) {
      if (isShared(value)) {
        text.append(value == null ? "-" : "*");
      } else if (value instanceof String string) {
        text.append(string.length()).append(':').append(string);
      } else if (value instanceof Enum<?> constant) {
        text.append(constant.getDeclaringClass().getName()).append('.').append(constant.name());
        text.append(';');
      } else if (isConstant(value)) {
        text.append(value.getClass().getSimpleName()).append(' ').append(value).append(';');
      } else if (value instanceof Optional<?> optional) {
        text.append('?');
        write(optional.orElse(null));
      } else if (value instanceof java.lang.Record) {
        text.append(value.getClass().getName()).append('(');
        for (Object one : Copier.componentsOf(value)) write(one);
      } else if (met.containsKey(value)) {
        text.append('=').append(met.get(value)).append(';');
      } else {
        met.put(value, met.size());
        writeNew(value);
      }
    }

    private void writeNew(Object value) {
      if (value.getClass().isArray()) {
        int length = Array.getLength(value);
        text.append(value.getClass().getName()).append(length).append('[');
        for (int i = 0; i < length; i++) write(Array.get(value, i));
      } else if (value instanceof BitSet) {
        text.append(value);
      } else if (isCollection(value)) {
        writeCollection(value);
      } else if (isOfLanguage(value) || value.getClass().isHidden()
          || value instanceof Collection<?> || value instanceof Map<?, ?>) {
        throw unexplored(value);
      } else {
        text.append(value.getClass().getName()).append('{');
        for (Field field : fieldsOf(value.getClass())) write(valueOf(field, value));
      }
    }

    private void writeCollection(Object value) {
      Collection<?> elements = inOrder(value);
      Object like = isUnmodifiable(value) ? "fixed" : emptyLike(value).getClass().getSimpleName();
      text.append(like).append(elements.size()).append('[');
      for (Object one : elements) {
        if (isOrdered(value)) {
          write(one);
        } else {
          text.append(new StateWriter().textOf(one));
        }
        if (value instanceof Map<?, ?> map) write(map.get(one));
      }
    }
  }

  private static final class Copier {
    private final Map<Object, Object> copies = new IdentityHashMap<>();

    Object copy(Object value) {
      if (isShared(value) || isConstant(value)) return value;
      if (value instanceof Optional<?> optional) return optional.map(this::copy);
      if (value instanceof java.lang.Record) return copyRecord(value);
      Object known = copies.get(value);
      return known != null ? known : copyNew(value);
    }

    static Object[] componentsOf(Object record) {
      try {
        RecordComponent[] components = record.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
          components[i].getAccessor().setAccessible(true);
          values[i] = components[i].getAccessor().invoke(record);
        }
        return values;
      } catch (ReflectiveOperationException error) {
        throw new IllegalStateException(error);
      }
    }

    // A record cannot change, only what it holds.
    private Object copyRecord(Object record) {
      Object[] values = componentsOf(record);
      boolean isSame = true;
      for (int i = 0; i < values.length; i++) {
        Object mine = copy(values[i]);
        isSame &= mine == values[i];
        values[i] = mine;
      }
      if (isSame) return record;
      try {
        RecordComponent[] components = record.getClass().getRecordComponents();
        Class<?>[] types =
            Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Constructor<?> constructor = record.getClass().getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
      } catch (ReflectiveOperationException error) {
        throw new IllegalStateException(error);
      }
    }

    private Object copyNew(Object value) {
      if (value instanceof BitSet bits) return begun(value, bits.clone());
      if (value.getClass().isArray()) {
        int length = Array.getLength(value);
        Object mine = begun(value, Array.newInstance(value.getClass().getComponentType(), length));
        for (int i = 0; i < length; i++) Array.set(mine, i, copy(Array.get(value, i)));
        return mine;
      }
      if (isCollection(value) && isUnmodifiable(value)) return copyFixed(value);
      if (isCollection(value)) return fill(value, begun(value, emptyLike(value)));
      Object mine = begun(value, Blank.of(value.getClass()));
      try {
        for (Field field : fieldsOf(value.getClass())) field.set(mine, copy(field.get(value)));
      } catch (IllegalAccessException error) {
        throw new IllegalStateException(error);
      }
      return mine;
    }

    // Before what it holds is copied, since that may lead back.
    private Object begun(Object value, Object mine) {
      copies.put(value, mine);
      return mine;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Object fill(Object value, Object mine) {
      for (Object one : inOrder(value)) {
        if (value instanceof Map map) {
          ((Map) mine).put(copy(one), copy(map.get(one)));
        } else {
          ((Collection) mine).add(copy(one));
        }
      }
      return mine;
    }

    private Object copyFixed(Object value) {
      Object filled = fill(value, emptyLike(value));
      if (filled instanceof Map<?, ?> map) return begun(value, Collections.unmodifiableMap(map));
      if (filled instanceof Set<?> set) return begun(value, Collections.unmodifiableSet(set));
      return begun(value, Collections.unmodifiableList((List<?>) filled));
    }
  }

  /** Objects without a call of their constructors, as deserialisation makes them. */
  private static final class Blank {
    private static final Map<Class<?>, Constructor<?>> known = new HashMap<>();

    static Object of(Class<?> type) {
      try {
        Constructor<?> constructor = known.get(type);
        if (constructor == null) {
          constructor = constructorOf(type);
          known.put(type, constructor);
        }
        return constructor.newInstance();
      } catch (ReflectiveOperationException error) {
        throw new IllegalStateException(error);
      }
    }

    private static Constructor<?> constructorOf(Class<?> type) throws ReflectiveOperationException {
      Class<?> factoryType = Class.forName("sun.reflect.ReflectionFactory");
      Object factory = factoryType.getMethod("getReflectionFactory").invoke(null);
      return (Constructor<?>) factoryType
          .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
          .invoke(factory, type, Object.class.getDeclaredConstructor());
    }
  }
}
