/* A small book-keeping server in C that goes wrong in the way its first argument names. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

struct account {
    int number;
    char owner[16];
    struct account *next;
};

static volatile int zero;

static void fail(const char *what) {
    fprintf(stderr, "ledger: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int balance(struct account *account) { return account->next->number; }

static int depth(volatile char *above) {
    volatile char frame[4096];
    frame[0] = above ? above[0] : 1;
    return depth(frame) + frame[0];
}

static void copy_owner(const char *owner) {
    char copy[8];
    strcpy(copy, owner);
    printf("%s\n", copy);
}

static void *wait_for_both(void *locks) {
    pthread_mutex_t *both = locks;
    pthread_mutex_lock(&both[1]);
    usleep(100000);
    pthread_mutex_lock(&both[0]);
    return NULL;
}

static void *nothing(void *argument) {
    pause();
    return argument;
}

static struct sockaddr_in place(const char *address, int port) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &place.sin_addr);
    return place;
}

static void serve(const char *address, int port) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in own = place(address, port);
    char what[64];
    snprintf(what, sizeof what, "cannot bind to %s:%d", address, port);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) < 0) fail(what);
    if (listen(listener, 16) < 0) fail("listen");
    printf("serving at %s:%d\n", address, port);
    fflush(stdout);
    pause();
}

static void ask(int port) {
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in peer = place("127.0.0.1", port);
    if (connect(connection, (struct sockaddr *)&peer, sizeof peer) < 0) fail("cannot reach the database: connect");
}

static void fill(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT, 0644);
    if (file < 0) fail(path);
    static char page[65536];
    for (;;)
        if (write(file, page, sizeof page) < 0) fail(path);
}

static void open_all(const char *path) {
    for (;;)
        if (open(path, O_RDONLY) < 0) fail(path);
}

static void eat(size_t megabytes) {
    for (size_t taken = 0; taken < megabytes; taken++) {
        char *more = malloc(1 << 20);
        if (!more) fail("malloc");
        memset(more, 1, 1 << 20);
    }
    puts("loaded");
    pause();
}

static void filtered(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = 4, .filter = rules};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) fail("prctl");
    syscall(SYS_getppid);
}

static void cut_short(const char *path) {
    int file = open(path, O_RDWR | O_CREAT, 0644);
    if (file < 0 || ftruncate(file, 8192) < 0) fail(path);
    char *mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (ftruncate(file, 0) < 0) fail(path);
    mapped[4096] = 1;
}

static void map_on_full(const char *path) {
    int file = open(path, O_RDWR | O_CREAT, 0644);
    if (file < 0 || ftruncate(file, 8 << 20) < 0) fail(path);
    printf("opening %s\n", path);
    fflush(stdout);
    char *mapped = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    memset(mapped, 1, 8 << 20);
}

static void into_background(void) {
    if (daemon(1, 0) < 0) fail("daemon");
    sleep(30);
}

static void free_twice(void) {
    char *volatile name = malloc(2000);
    char *volatile other = malloc(2000);
    free(name);
    free(name);
    puts(other);
}

static void overrun_heap(void) {
    char *volatile name = malloc(24);
    char *volatile other = malloc(24);
    memset(name, 'x', 64);
    free(other);
    free(name);
    name = malloc(5000);
    free(name);
}

int main(int count, char **words) {
    const char *how = count > 1 ? words[1] : "";
    const char *first = count > 2 ? words[2] : "";
    const char *second = count > 3 ? words[3] : "";
    struct account account = {.number = 7};
    int is(const char *name) { return strcmp(how, name) == 0; }

    if (is("null")) return balance(&account);
    if (is("divide")) return account.number / zero;
    if (is("unreachable")) __builtin_trap();
    if (is("breakpoint")) raise(SIGTRAP);
    if (is("abort")) {
        fprintf(stderr, "ledger: inconsistent totals, giving up\n");
        abort();
    }
    if (is("assert")) assert(account.number == zero);
    if (is("deep")) return depth(NULL);
    if (is("smash")) copy_owner(first);
    if (is("free-twice")) free_twice();
    if (is("overrun")) overrun_heap();
    if (is("use-after-free")) {
        struct account *volatile gone = malloc(sizeof account);
        free(gone);
        printf("%d\n", gone->number);
    }
    if (is("overflow")) {
        volatile int most = 0x7fffffff;
        printf("%d\n", most + account.number);
    }
    if (is("serve")) serve(first, atoi(second));
    if (is("ask")) ask(atoi(first));
    if (is("fill")) fill(first);
    if (is("open-all")) open_all(first);
    if (is("eat")) eat(atoi(first));
    if (is("cut")) cut_short(first);
    if (is("map-full")) map_on_full(first);
    if (is("strict")) {
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
        syscall(SYS_getpid);
    }
    if (is("filtered")) filtered();
    if (is("spin")) {
        puts("computing");
        fflush(stdout);
        for (;;) zero = zero + 1;
    }
    if (is("pipe")) {
        int ends[2];
        if (pipe(ends) < 0) fail("pipe");
        close(ends[0]);
        if (write(ends[1], "x", 1) < 0) fail("write");
    }
    if (is("alarm")) {
        alarm(1);
        pause();
    }
    if (is("background")) into_background();
    if (is("threads")) {
        for (;;) {
            pthread_t thread;
            int error = pthread_create(&thread, NULL, nothing, NULL);
            if (error) {
                errno = error;
                fail("pthread_create failed");
            }
        }
    }
    if (is("lock-both")) {
        pthread_mutex_t both[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
        pthread_t other;
        for (int tick = 0; tick < 100; tick++) {
            printf("tick %d\n", tick);
            fflush(stdout);
            usleep(200000);
        }
        pthread_create(&other, NULL, wait_for_both, both);
        pthread_mutex_lock(&both[0]);
        usleep(100000);
        pthread_mutex_lock(&both[1]);
    }
    if (is("wait")) {
        puts("waiting for work");
        fflush(stdout);
        for (;;) pause();
    }
    fprintf(stderr, "usage: ledger HOW [PLACE [PORT]]\n");
    return 64;
}
