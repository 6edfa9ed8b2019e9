import { Node, run } from "./dsys.mjs";
import "./messages.mjs";

let lives = 0;

class Server extends Node {
  onStart(disk) {
    lives += 1;
    console.log("this is not an answer");
    this.note(`life ${lives}`);
  }

  onMessage(from, message) {}
}

run(Server);
