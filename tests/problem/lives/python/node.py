from dsys import Node, run
from messages import *

lives = 0


class Server(Node):
    def on_start(self, disk):
        global lives
        lives += 1
        self.note(f"life {lives}")

    def on_message(self, sender, message):
        pass


run(Server)
