//! What the kernel shows of processes that others have started, taken apart.
//!
//! Pure, and for any bytes: a process can write what it likes over its environment,
//! and name its control groups as it likes.

/// The variables in an environment as `proc_pid_environ(5)` shows it, in their
/// order. What is no variable with a plain name (letters, digits, underscores) is
/// left out: a title that was written over them, a function of a shell.
///
/// `is_whole` says whether all of it was read: else the last one is cut off, and
/// left out as well.
pub fn variables(environment: &[u8], is_whole: bool) -> Vec<(&[u8], &[u8])> {
    let end = if is_whole {
        environment.len()
    } else {
        let zero = environment.iter().rposition(|byte| *byte == 0);
        zero.unwrap_or(0)
    };
    let entries = environment[..end].split(|byte| *byte == 0);
    entries.filter_map(variable).collect()
}

fn variable(entry: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = entry.iter().position(|byte| *byte == b'=')?;
    let (name, value) = (&entry[..equals], &entry[equals + 1..]);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let begins_well = name.first().is_some_and(|byte| !byte.is_ascii_digit());
    (begins_well && name.iter().all(is_plain)).then_some((name, value))
}

/// Whether a process with this `/proc/PID/cgroup` belongs to systemd's unit of this
/// name, or to one below it. systemd's own hierarchy counts: the only one of
/// version 2 (`0::`), or the one of version 1 with its name.
pub fn is_in_unit(cgroup: &[u8], unit: &str) -> bool {
    let mut lines = cgroup.split(|byte| *byte == b'\n');
    lines.any(|line| {
        let mut fields = line.splitn(3, |byte| *byte == b':');
        let (Some(number), Some(kind), Some(path)) = (fields.next(), fields.next(), fields.next())
        else {
            return false;
        };
        let is_systemds = kind == b"name=systemd" || (number == b"0" && kind.is_empty());
        is_systemds
            && path
                .split(|byte| *byte == b'/')
                .any(|part| part == unit.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(environment: &[u8], is_whole: bool) -> Vec<String> {
        let name = |(name, value): (&[u8], &[u8])| {
            let text = String::from_utf8_lossy;
            format!("{}>{}", text(name), text(value))
        };
        variables(environment, is_whole)
            .into_iter()
            .map(name)
            .collect()
    }

    #[test]
    fn variables_are_told_from_what_was_written_over_them() {
        let environment =
            b"A=1\0sshd: ann@pts/0\0\0=x\09A=2\0B_2=c=d\nE=f\0BASH_FUNC_g%%=() {\0C=\0";
        assert_eq!(names(environment, true), ["A>1", "B_2>c=d\nE=f", "C>"]);
    }

    #[test]
    fn what_is_cut_off_is_not_half_a_value() {
        assert_eq!(names(b"A=1\0B=/home/an", false), ["A>1"]);
        assert_eq!(names(b"A=1\0B=/home/an", true), ["A>1", "B>/home/an"]);
        assert_eq!(names(b"B=/home/an", false), [""; 0]);
    }

    #[test]
    fn a_process_belongs_to_the_units_in_its_path() {
        let is_in = |text: &str| is_in_unit(text.as_bytes(), "session-3.scope");
        assert!(is_in("0::/user.slice/user-1000.slice/session-3.scope\n"));
        assert!(is_in(
            "0::/user.slice/user-1000.slice/session-3.scope/app\n"
        ));
        assert!(is_in(
            "4:pids:/\n1:name=systemd:/user.slice/session-3.scope\n0::/\n"
        ));
        assert!(!is_in("0::/user.slice/user-1000.slice/session-33.scope\n"));
        assert!(!is_in("4:pids:/session-3.scope\n"));
        assert!(!is_in("session-3.scope"));
    }

    proptest! {
        #[test]
        fn nothing_is_too_strange(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            is_whole: bool,
        ) {
            variables(&bytes, is_whole);
            is_in_unit(&bytes, "a");
        }
    }
}
