//! What programs tell while they work, in the manner of one logging library after the
//! other.

/// What happened, each with how grave it is: `I`, `W`, `E` or `F`.
pub(crate) struct Story {
    name: &'static str,
    lines: &'static [(char, &'static str)],
}

impl Story {
    /// The log that each library would have made of it.
    pub(crate) fn in_all_manners(&self) -> Vec<(String, String)> {
        let manners: [(&str, Manner); 9] = [
            ("iso", iso),
            ("json", json),
            ("logfmt", logfmt),
            ("syslog", syslog),
            ("python", python),
            ("log4j", log4j),
            ("klog", klog),
            ("compose", compose),
            ("kubernetes", kubernetes),
        ];
        let told = manners.iter().map(|(name, manner)| {
            let lines = self.lines.iter().enumerate();
            let lines = lines.map(|(at, &(level, text))| manner(at, level, text));
            let log = lines.collect::<Vec<_>>().join("\n");
            (format!("{} as {name}", self.name), log)
        });
        told.collect()
    }
}

type Manner = fn(usize, char, &str) -> String;

fn word(level: char) -> &'static str {
    match level {
        'I' => "INFO",
        'W' => "WARN",
        'E' => "ERROR",
        _ => "FATAL",
    }
}

fn iso(at: usize, level: char, text: &str) -> String {
    format!(
        "2026-11-27T02:12:{at:02}.123Z {:<5} shop: {text}",
        word(level)
    )
}

fn json(at: usize, level: char, text: &str) -> String {
    format!(
        "{{\"time\":\"2026-11-27T02:12:{at:02}Z\",\"level\":\"{}\",\"msg\":{text:?}}}",
        word(level).to_lowercase()
    )
}

fn logfmt(at: usize, level: char, text: &str) -> String {
    format!(
        "time=2026-11-27T02:12:{at:02}Z level={} msg={text:?}",
        word(level).to_lowercase()
    )
}

fn syslog(at: usize, _: char, text: &str) -> String {
    format!("Nov 27 02:12:{at:02} a shop[812]: {text}")
}

fn python(at: usize, level: char, text: &str) -> String {
    format!(
        "2026-11-27 02:12:{at:02},123 - shop - {} - {text}",
        word(level)
    )
}

fn log4j(at: usize, level: char, text: &str) -> String {
    format!(
        "[2026-11-27 02:12:{at:02},123] [worker-1] {:<5} c.e.s.Shop - {text}",
        word(level)
    )
}

fn klog(at: usize, level: char, text: &str) -> String {
    format!("{level}1127 02:12:{at:02}.123456     812 shop.go:17] {text}")
}

fn compose(_: usize, level: char, text: &str) -> String {
    format!("shop-1  | {}: {text}", word(level))
}

fn kubernetes(at: usize, level: char, text: &str) -> String {
    format!(
        "2026-11-27T02:12:{at:02}.123456789Z stderr F {} {text}",
        word(level)
    )
}

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "handlers",
        lines: &[
            ('I', "out of memory handler installed"),
            ('I', "panic handler installed, panic mode: off"),
            ('I', "segmentation fault handler installed"),
            ('I', "fatal: 0, errors: 0, killed: 0"),
            ('W', "core dumps are off"),
            ('I', "exit code of the last run: 137"),
            ('E', "error: none"),
            ('I', "listening at 127.0.0.1:8080"),
            ('I', "killed 3 stale sessions"),
            ('I', "GET / 200"),
            ('I', "GET /crash 404"),
        ],
    },
    Story {
        name: "retries",
        lines: &[
            ('I', "starting"),
            ('E', "dial tcp 10.0.0.7:5432: connect: connection refused"),
            ('W', "attempt 1 failed, another in 1 s"),
            ('E', "dial tcp 10.0.0.7:5432: connect: connection refused"),
            ('W', "attempt 2 failed, another in 2 s"),
            (
                'E',
                "lookup database.internal: Temporary failure in name resolution",
            ),
            ('W', "attempt 3 failed, another in 4 s"),
            ('I', "connected to 10.0.0.7:5432"),
            ('I', "migrations: nothing to do"),
            ('I', "ready"),
            ('E', "read tcp 10.0.0.7:5432: i/o timeout"),
            ('I', "connected to 10.0.0.7:5432 again"),
        ],
    },
    Story {
        name: "still-retrying",
        lines: &[
            ('I', "starting"),
            ('I', "cache is cold"),
            ('I', "listening at 127.0.0.1:8080"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
            ('E', "connect ECONNREFUSED 127.0.0.1:6379"),
        ],
    },
    Story {
        name: "disk-of-another",
        lines: &[
            ('I', "watching 4 hosts"),
            ('W', "host b: /var is 97 % full"),
            ('E', "host b: write /var/log/x: No space left on device"),
            ('F', "host b: disk full"),
            ('I', "paged the person on call"),
            ('E', "host c: Killed process 4711 (java), says its kernel"),
            ('F', "host c: out of memory"),
            ('I', "host b: /var is 40 % full"),
            ('I', "host c: java runs again"),
            ('I', "all 4 hosts are well"),
            ('I', "0 alarms"),
        ],
    },
    Story {
        name: "sessions",
        lines: &[
            ('I', "session 1 opened"),
            ('I', "session 2 opened"),
            ('W', "session 1: broken pipe"),
            ('I', "session 1 killed by its owner"),
            ('W', "session 2: connection reset by peer"),
            ('I', "session 2 terminated"),
            ('E', "session 3: permission denied for user mallory"),
            (
                'E',
                "session 4: too many open files in its archive, refused",
            ),
            ('I', "killed 3 stale sessions"),
            ('I', "0 sessions"),
            ('I', "waiting for sessions"),
        ],
    },
    Story {
        name: "jobs",
        lines: &[
            ('I', "job 1 begun"),
            ('E', "job 1 failed: exit status 137"),
            ('I', "job 1 put back"),
            ('I', "job 1 begun"),
            ('E', "job 1 failed: signal: killed"),
            ('W', "job 1 given up"),
            ('I', "job 2 begun"),
            ('E', "job 2: Segmentation fault (core dumped)"),
            ('I', "job 2 put back"),
            ('I', "job 3 begun"),
            ('I', "job 3 done"),
            ('I', "job 2 done"),
        ],
    },
    Story {
        name: "recovered-panics",
        lines: &[
            ('I', "listening at :8080"),
            (
                'E',
                "panic recovered: runtime error: index out of range [7] with length 3",
            ),
            ('I', "POST /orders 500"),
            (
                'E',
                "http: panic serving 192.0.2.7:4711: assignment to entry in nil map",
            ),
            ('I', "POST /orders 500"),
            ('W', "2 panics were recovered in this minute"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            ('I', "0 panics were recovered in this minute"),
            ('I', "GET / 200"),
        ],
    },
    Story {
        name: "garbage-collector",
        lines: &[
            ('I', "gc 1: 4 MB, pause 0.1 ms"),
            ('W', "heap is at 91 %"),
            ('W', "heap is at 97 %, out of memory is near"),
            ('I', "cache emptied"),
            ('I', "heap is at 40 %"),
            (
                'E',
                "java.lang.OutOfMemoryError was caught in the image cache, it is smaller now",
            ),
            ('I', "gc 2: 4 MB, pause 0.1 ms"),
            ('W', "std::bad_alloc caught, request refused"),
            ('I', "gc 3: 4 MB, pause 0.1 ms"),
            ('I', "gc 4: 4 MB, pause 0.1 ms"),
            ('I', "no deadlock was found"),
        ],
    },
    Story {
        name: "settings",
        lines: &[
            ('I', "reading shop.toml"),
            ('W', "unknown option colour, left out"),
            (
                'W',
                "environment variable SHOP_THEME is not set, taking the usual one",
            ),
            ('W', "config error in [mail]: no server, mail is off"),
            ('I', "usage: 4 %"),
            (
                'E',
                "cannot open /etc/shop/extra.toml: No such file or directory (it may be missing)",
            ),
            ('I', "on_error = \"restart\""),
            ('I', "on_panic = \"abort\""),
            ('I', "kill_after = 30"),
            ('I', "settings read: 0 errors, 3 warnings"),
            ('I', "ready"),
        ],
    },
    Story {
        name: "last-line-is-an-error",
        lines: &[
            ('I', "ready"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            ('I', "GET / 200"),
            (
                'E',
                "GET /orders 500: could not connect to server: Connection refused",
            ),
            ('E', "GET /orders 500: EMFILE: too many open files"),
        ],
    },
    Story {
        name: "peer-is-fatal",
        lines: &[
            ('I', "replica b follows"),
            ('F', "replica b reports a fatal error: disk full"),
            ('E', "replica b is gone: killed"),
            ('W', "2 of 3 replicas"),
            ('I', "replica c follows"),
            ('I', "3 of 3 replicas"),
            ('I', "checkpoint 17"),
            ('I', "checkpoint 18"),
            (
                'F',
                "this level is fatal because the test of alarms says so",
            ),
            ('I', "checkpoint 19"),
        ],
    },
    Story {
        name: "locks",
        lines: &[
            ('I', "lock taken"),
            ('W', "lock is held by worker 2, waiting"),
            ('E', "database is locked"),
            ('W', "deadlock detected, transaction 7 rolled back"),
            ('I', "transaction 7 tried again"),
            ('I', "transaction 7 done"),
            ('W', "another instance holds the lease, standing by"),
            ('E', "address already in use at :9090, metrics are at :9091"),
            ('I', "lease taken"),
            ('I', "leader"),
            ('I', "lock given back"),
        ],
    },
    Story {
        name: "stop-and-start",
        lines: &[
            ('I', "SIGTERM received, stopping"),
            ('I', "3 requests are waited for"),
            ('W', "1 request was aborted"),
            ('I', "stopped, exit code 0"),
            ('I', "starting"),
            ('W', "the last run was killed (exit code 137)"),
            ('W', "recovering what was not written"),
            ('E', "1 entry is corrupt, left out"),
            ('I', "recovered"),
            ('I', "ready"),
            ('I', "GET / 200"),
        ],
    },
];
