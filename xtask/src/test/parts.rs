//! The table of parts.

use crate::error::Error;
use crate::process::Log;
use crate::test::outcome::Outcome;
use crate::test::{
    Context, clock_part, container_parts, corpus_part, cross_parts, example_parts, host_parts,
    logind_part, network_part, strangers_part, tools_part, unix_parts,
};

/// Which of the two threads runs a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// This machine's compiler, and what runs tests here and under Wine.
    Front,
    /// What is built for other systems, and the containers, beside the front lane.
    Back,
}

/// Something that passes or fails as a whole.
pub(crate) struct Part {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// One line for `--list`.
    pub(crate) about: &'static str,
    /// Where it runs.
    pub(crate) lane: Lane,
    /// Parts that have to end before it starts; if one of them fails, this one is skipped.
    pub(crate) after: &'static [&'static str],
    /// Does it; an error is a failure.
    pub(crate) run: fn(&Context<'_>, &Log) -> Result<Outcome, Error>,
}

/// Every part. A part stands below those it waits for; what is quick and often fails comes first. The front lane
/// makes the release while it would wait for the Windows build, so that the containers run beside Wine: both wait
/// more than they compute.
pub(crate) const PARTS: &[Part] = &[
    Part {
        name: "fmt",
        about: "the code is formatted",
        lane: Lane::Front,
        after: &[],
        run: host_parts::fmt,
    },
    Part {
        name: "tidy",
        about: "crate edges, OS code in its place, documents, links",
        lane: Lane::Front,
        after: &[],
        run: host_parts::tidy,
    },
    Part {
        name: "tools",
        about: "the cross toolchain, Wine, Go, Node, containers and strangers are there, installed with apt-get if they can be",
        lane: Lane::Back,
        after: &[],
        run: tools_part::tools,
    },
    Part {
        name: "clippy",
        about: "no lint fires, in tests neither",
        lane: Lane::Front,
        after: &[],
        run: host_parts::clippy,
    },
    Part {
        name: "fuzz-targets",
        about: "what gives foreign bytes to the parsers compiles",
        lane: Lane::Back,
        after: &[],
        run: host_parts::fuzz_targets,
    },
    Part {
        name: "go-examples",
        about: "the Go programs in examples/ compile for Linux and for Windows",
        lane: Lane::Back,
        after: &["tools"],
        run: example_parts::go_build,
    },
    Part {
        name: "systemd-base",
        about: "a small Debian with systemd, to boot containers from",
        lane: Lane::Back,
        after: &["tools"],
        run: container_parts::base,
    },
    Part {
        name: "windows-build",
        about: "outlast.exe and the tests compile for Windows",
        lane: Lane::Back,
        after: &["tools"],
        run: cross_parts::windows_build,
    },
    Part {
        name: "tests",
        about: "unit, integration and documentation tests on this machine",
        lane: Lane::Front,
        after: &[],
        run: host_parts::tests,
    },
    Part {
        name: "logind",
        about: "a guardian hears of sleep and sessions, from a logind of the test's own",
        lane: Lane::Front,
        after: &["tools", "tests"],
        run: logind_part::run,
    },
    Part {
        name: "clock",
        about: "somebody sets the wall clock of a guardian by hours",
        lane: Lane::Front,
        after: &["tools", "tests"],
        run: clock_part::run,
    },
    Part {
        name: "network",
        about: "the network of a guardian comes and goes, in a namespace of its own",
        lane: Lane::Front,
        after: &["tools", "tests"],
        run: network_part::run,
    },
    Part {
        name: "unix-managers",
        about: "services are registered with OpenRC, SysV init, runit and s6, for real",
        lane: Lane::Front,
        after: &["systemd-base", "tests"],
        run: unix_parts::managers,
    },
    Part {
        name: "examples",
        about: "the Go, Python, Node and shell programs in examples/ are guarded",
        lane: Lane::Front,
        after: &["tests", "go-examples"],
        run: example_parts::run,
    },
    Part {
        name: "strangers",
        about: "Debian's daemons, Go's and Python's libraries for systemd run unchanged",
        lane: Lane::Front,
        after: &["tests", "go-examples"],
        run: strangers_part::run,
    },
    Part {
        name: "corpus",
        about: "programs in ten languages die of two hundred causes, and that is what is found",
        lane: Lane::Front,
        after: &["tests", "go-examples"],
        run: corpus_part::run,
    },
    Part {
        name: "release",
        about: "the release binary",
        lane: Lane::Front,
        after: &[],
        run: container_parts::release,
    },
    Part {
        name: "darwin",
        about: "the workspace type-checks for macOS",
        lane: Lane::Back,
        after: &["tools"],
        run: cross_parts::darwin,
    },
    Part {
        name: "freebsd",
        about: "the workspace type-checks for FreeBSD",
        lane: Lane::Back,
        after: &["tools"],
        run: cross_parts::freebsd,
    },
    Part {
        name: "windows-tests",
        about: "the Windows programs pass their tests under Wine",
        lane: Lane::Front,
        after: &["windows-build"],
        run: cross_parts::windows_tests,
    },
    Part {
        name: "systemd-tests",
        about: "services are installed under systemd and survive reboots, in containers",
        lane: Lane::Back,
        after: &["go-examples", "systemd-base", "release"],
        run: container_parts::tests,
    },
    Part {
        name: "windows-reboot",
        about: "services are installed under Wine and survive reboots, driven from outside",
        lane: Lane::Front,
        after: &["windows-build", "go-examples"],
        run: cross_parts::windows_reboot,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Without this the two lanes could wait for each other for ever.
    #[test]
    fn every_part_stands_below_those_it_waits_for() {
        for (index, part) in PARTS.iter().enumerate() {
            for needed in part.after {
                assert!(
                    PARTS[..index].iter().any(|earlier| earlier.name == *needed),
                    "{} waits for {needed}, which does not stand above it",
                    part.name
                );
            }
        }
    }
}
