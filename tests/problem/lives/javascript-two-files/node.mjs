import { next } from "./count.mjs";
import { Node, run } from "./dsys.mjs";
import "./messages.mjs";

class Server extends Node {
  onStart(disk) {
    this.note(`life ${next()}`);
  }

  onMessage(from, message) {}
}

run(Server);
