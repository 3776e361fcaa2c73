//! The table is in order, and each row of it can be of use.

use std::collections::BTreeSet;

use outlast_diagnose::{Platform, Table};

#[test]
fn the_tables_own_rows_are_in_order() {
    let table = Table::own();
    assert!(table.causes(Platform::Linux).count() > 80);
}

/// A command or a setting stands in backquotes.
#[test]
fn every_cause_has_a_remedy_that_names_something_everywhere_it_can_be() {
    let table = Table::own();
    for platform in Platform::ALL {
        for (cause, remedies) in table.causes(platform) {
            assert!(!remedies.is_empty(), "{cause} on {platform:?}");
            for remedy in remedies {
                let names = remedy.split('`').count();
                assert!(
                    names >= 3 && names % 2 == 1,
                    "{cause} on {platform:?}: {remedy}"
                );
            }
        }
    }
}

/// What begins a command in backquotes is a program of that system, a setting, or an
/// option of the program that is talked of.
#[test]
fn commands_are_those_of_their_system() {
    let table = Table::own();
    let of_linux = [
        "journalctl",
        "systemctl",
        "ausearch",
        "auditctl",
        "apt-file",
        "resolvectl",
        "ldd",
        "findmnt",
        "namei",
    ];
    let of_windows = [
        "wevtutil", "icacls", "reg", "netstat", "powercfg", "tasklist", "certutil", "chkdsk",
    ];
    for platform in Platform::ALL {
        for (cause, remedies) in table.causes(platform) {
            let commands: BTreeSet<&str> = remedies
                .iter()
                .flat_map(|remedy| remedy.split('`').skip(1).step_by(2))
                .filter_map(|command| command.split(' ').next())
                .collect();
            let foreign: &[&str] = match platform {
                Platform::Windows => &of_linux,
                Platform::Linux => &of_windows,
                Platform::MacOs => &[
                    "journalctl",
                    "systemctl",
                    "ausearch",
                    "ldd",
                    "wevtutil",
                    "reg",
                ],
                Platform::FreeBsd => &["journalctl", "systemctl", "ausearch", "wevtutil", "reg"],
            };
            for command in foreign {
                assert!(
                    !commands.contains(command),
                    "{cause} on {platform:?}: {command}"
                );
            }
        }
    }
}

#[test]
fn a_users_rows_come_first_and_a_wrong_one_is_refused_by_name() {
    let own = Table::own().causes(Platform::Linux).count();
    let text = "[[cause]]\nid = 'shop.licence'\nsays = 'no licence'\nsaid = ['licence expired']\n";
    let table = Table::with_rows_of(text).expect("in order");
    assert_eq!(table.causes(Platform::Linux).count(), own + 1);
    assert_eq!(
        table.causes(Platform::Linux).next().map(|(cause, _)| cause),
        Some("shop.licence")
    );
    for wrong in [
        "[[cause]]\nid = 'x'\nsays = ''\nhigh = ['nothing such']",
        "[[cause]]\nid = 'x'\nsays = ''\nhigh = ['exit colour=red']",
        "[[cause]]\nid = 'x'\nsays = ''\nsaid = ['{only}']",
    ] {
        let error = Table::with_rows_of(wrong).expect_err("it is wrong");
        assert!(error.to_string().contains("\"x\""), "{error}");
    }
    assert!(Table::with_rows_of("[[cause]]\nid = 'x'\nsays = ''\nsaids = []").is_err());
}
