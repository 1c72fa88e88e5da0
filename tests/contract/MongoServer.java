// MongoServer.java - mongo-java-server in memory, for the tests. Run as source:
//   java -cp '.deps/mongo/*' tests/contract/MongoServer.java
// Prints its port, lives until its standard input ends.
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

public class MongoServer {
  // Clients want to talk to something newer than what it says it is.
  static class Version implements MongoVersion {
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    public int getWireVersion() {
      return 13;
    }
  }

  public static void main(String[] arguments) throws Exception {
    var server = new de.bwaldvogel.mongo.MongoServer(new MemoryBackend().version(new Version()));
    System.out.println(server.bind().getPort());
    System.out.flush();
    while (System.in.read() >= 0) {
    }
    server.shutdownNow();
  }
}
