//! Who sent a signal, where the audit daemon has recorded it: `SYSCALL` says who made the
//! call, `OBJ_PID` of the same event to whom (audit.log; audit(8) of Linux).

use crate::sign::Sign;

/// Who sent the process `pid` a signal last, by the lines of an audit log.
pub fn sender(log: &str, pid: u32) -> Option<Sign> {
    let pid = pid.to_string();
    let is_to_it = |line: &&str| {
        field(line, "type") == Some("OBJ_PID") && field(line, "opid") == Some(pid.as_str())
    };
    let object = log.lines().rev().find(is_to_it)?;
    let event = event(object)?;
    let is_the_call =
        |line: &&str| field(line, "type") == Some("SYSCALL") && self::event(line) == Some(event);
    let call = log.lines().rev().find(is_the_call)?;
    let program = field(call, "exe").or_else(|| field(call, "comm"))?;
    let sender = field(call, "pid").unwrap_or_default();
    let user = field(call, "uid").unwrap_or_default();
    let text = format!("{program} (pid {sender}, uid {user}) sent it a signal");
    Some(
        Sign::new("sender", "audit", text)
            .with("name", program)
            .with("pid", sender)
            .with("user", user),
    )
}

/// `msg=audit(SECONDS:NUMBER):`.
fn event(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("msg=audit(")?;
    rest.split(')').next()
}

/// The value of a field, without the quotes that text has.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let mut words = line.split(' ');
    let value = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    const LOG: &str = "type=SYSCALL msg=audit(1764205200.123:457): arch=c000003e syscall=62 success=yes a0=1267 a1=9 ppid=1 pid=812 auid=0 uid=1000 comm=\"kill\" exe=\"/usr/bin/kill\" key=\"kills\"\n\
        type=OBJ_PID msg=audit(1764205200.123:457): opid=4711 oauid=-1 ouid=0 oses=-1 ocomm=\"app\"\n\
        type=OBJ_PID msg=audit(1764205200.123:458): opid=4712 ocomm=\"other\"\n";

    #[test]
    fn the_call_of_the_same_event_tells_who() {
        let sender = super::sender(LOG, 4711).expect("it is recorded");
        assert_eq!(sender.field("name"), Some("/usr/bin/kill"));
        assert_eq!(sender.field("pid"), Some("812"));
        assert_eq!(sender.field("user"), Some("1000"));
    }

    #[test]
    fn what_is_not_recorded_is_not_known() {
        assert_eq!(super::sender(LOG, 471), None);
        assert_eq!(super::sender(LOG, 4712), None, "its call is missing");
        assert_eq!(super::sender("type=OBJ_PID opid=1", 1), None);
    }
}
