import java.util.List;

final class Server extends Handlers {
  private static int lives = 0;

  @Override
  void onStart(List<Dsys.Record> disk) {
    lives += 1;
    System.out.println("this is not an answer");
    note("life " + lives);
  }

  @Override
  void onMessage(String from, Dsys.Message message) {}
}

class Node {
  public static void main(String[] words) {
    Dsys.run(Server::new);
  }
}
