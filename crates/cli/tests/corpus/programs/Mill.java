// A small mill in Java that goes wrong in the way its first argument names.

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

public class Mill {
    static class SackTornException extends RuntimeException {
        SackTornException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static class Stones {
        static final int WEIGHT = Integer.parseInt(System.getProperty("mill.stones"));
    }

    static int weight(String sack) {
        try {
            return Integer.parseInt(sack);
        } catch (NumberFormatException e) {
            throw new SackTornException("cannot weigh the sack", e);
        }
    }

    static long grind(long grains) {
        return grind(grains + 1) + 1;
    }

    static void fill(String path) throws Exception {
        try (FileOutputStream file = new FileOutputStream(path)) {
            byte[] page = new byte[65536];
            while (true) {
                file.write(page);
            }
        }
    }

    static void threads() {
        while (true) {
            Thread thread = new Thread(LockSupport::park);
            thread.setDaemon(true);
            thread.start();
        }
    }

    static void heap() {
        List<byte[]> sacks = new ArrayList<>();
        while (true) {
            sacks.add(new byte[1 << 20]);
        }
    }

    static void metaspace() throws Exception {
        byte[] code;
        try (var in = Mill.class.getResourceAsStream("Mill$SackTornException.class")) {
            code = in.readAllBytes();
        }
        List<Class<?>> kept = new ArrayList<>();
        while (true) {
            kept.add(new ClassLoader() {
                Class<?> define() {
                    return defineClass(null, code, 0, code.length);
                }
            }.define());
        }
    }

    static void deadlock() throws Exception {
        Object stones = new Object(), wheel = new Object();
        Thread other = new Thread(() -> {
            synchronized (wheel) {
                LockSupport.parkNanos(200_000_000L);
                synchronized (stones) {
                    System.out.println("never");
                }
            }
        });
        other.start();
        synchronized (stones) {
            LockSupport.parkNanos(400_000_000L);
            synchronized (wheel) {
                System.out.println("never");
            }
        }
    }

    public static void main(String[] words) throws Exception {
        String first = words.length > 1 ? words[1] : "";
        switch (words.length > 0 ? words[0] : "") {
            case "exception" -> System.out.println(weight("twelve"));
            case "null" -> System.out.println(System.getProperty("mill.river").length());
            case "deep" -> System.out.println(grind(0));
            case "class" -> Class.forName("mill.Windmill");
            case "native" -> System.loadLibrary("millstones");
            case "init" -> System.out.println(Stones.WEIGHT);
            case "denied" -> new FileOutputStream(first);
            case "array" -> System.out.println(words[7]);
            case "exit" -> {
                System.err.println("the river is dry, closing");
                System.exit(3);
            }
            case "heap" -> heap();
            case "metaspace" -> metaspace();
            case "threads" -> threads();
            case "fill" -> fill(first);
            case "read" -> new FileInputStream(first).read();
            case "serve" -> new ServerSocket(Integer.parseInt(first), 5, InetAddress.getByName("127.0.0.1")).accept();
            case "ask" -> new Socket("127.0.0.1", Integer.parseInt(first));
            case "resolve" -> new Socket(first, 80);
            case "deadlock" -> deadlock();
            case "thread" -> {
                new Thread(() -> weight("ten"), "sieve").start();
                Thread.sleep(1500);
                System.out.println("closing time");
            }
            case "wait" -> {
                System.out.println("waiting for corn");
                Thread.sleep(600_000);
            }
            default -> System.out.println("nothing to grind");
        }
    }
}
