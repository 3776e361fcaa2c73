//! Windows' event log, as `wevtutil` and the Event Viewer write it: XML with an `<Event>`
//! for each record, or text.

use crate::sign::Sign;

/// So many records of a log are looked at, from its end.
const MOST: usize = 2000;

/// A record.
#[derive(Debug, Default, PartialEq, Eq)]
struct Record {
    provider: String,
    id: String,
    time: String,
    /// Names, which may be empty, and values.
    data: Vec<(String, String)>,
    /// What the Event Viewer shows, where it was written.
    description: String,
}

/// The signs of the records in `text`, in their order; empty where it is no such log.
pub fn signs(text: &str) -> Vec<Sign> {
    let records = if text.contains("<Event ") || text.contains("<Event>") {
        from_xml(text)
    } else if text.contains("Event ID:") && text.contains("Source:") {
        from_text(text)
    } else {
        Vec::new()
    };
    let last = records.len().saturating_sub(MOST);
    records[last..].iter().flat_map(Record::signs).collect()
}

fn from_xml(text: &str) -> Vec<Record> {
    let records = text.split("</Event>");
    let records = records.filter(|part| part.contains("<System"));
    records.map(record_of_xml).collect()
}

fn record_of_xml(part: &str) -> Record {
    let data = part.split("<Data").skip(1).filter_map(|data| {
        let (attributes, rest) = data.split_once('>')?;
        if attributes.ends_with('/') {
            return Some((attribute(attributes, "Name"), String::new()));
        }
        let value = rest.split_once("</Data>")?.0;
        Some((attribute(attributes, "Name"), unescaped(value)))
    });
    Record {
        provider: part
            .split_once("<Provider")
            .map_or_else(String::new, |(_, rest)| attribute(rest, "Name")),
        id: element(part, "EventID"),
        time: part
            .split_once("<TimeCreated")
            .map_or_else(String::new, |(_, rest)| attribute(rest, "SystemTime")),
        data: data.collect(),
        description: element(part, "Message"),
    }
}

/// The text of the first element of this name.
fn element(text: &str, name: &str) -> String {
    let Some((_, rest)) = text.split_once(&format!("<{name}")) else {
        return String::new();
    };
    let Some((_, rest)) = rest.split_once('>') else {
        return String::new();
    };
    unescaped(rest.split_once("</").map_or("", |(value, _)| value))
}

/// The value of an attribute of the tag that `text` begins in.
fn attribute(text: &str, name: &str) -> String {
    let tag = text.split('>').next().unwrap_or_default();
    let Some((_, rest)) = tag.split_once(&format!("{name}=")) else {
        return String::new();
    };
    let quote = rest.chars().next().unwrap_or(' ');
    rest.get(1..)
        .and_then(|rest| rest.split(quote).next())
        .map(unescaped)
        .unwrap_or_default()
}

fn unescaped(text: &str) -> String {
    const NAMES: [(&str, &str); 5] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let text = text.trim();
    NAMES
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// As `wevtutil qe /f:text` writes: fields, then the description to the next record.
fn from_text(text: &str) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut describes = false;
    for line in text.lines() {
        let field = line.trim();
        if field.starts_with("Event[") || (field.starts_with("Log Name:") && describes) {
            records.push(Record::default());
            describes = false;
            continue;
        }
        if records.is_empty() {
            records.push(Record::default());
        }
        let Some(record) = records.last_mut() else {
            continue;
        };
        if describes {
            record.description.push_str(field);
            record.description.push('\n');
        } else if let Some(source) = field.strip_prefix("Source:") {
            source.trim().clone_into(&mut record.provider);
        } else if let Some(id) = field.strip_prefix("Event ID:") {
            id.trim().clone_into(&mut record.id);
        } else if let Some(date) = field.strip_prefix("Date:") {
            date.trim().clone_into(&mut record.time);
        } else if let Some(rest) = field.strip_prefix("Description:") {
            describes = true;
            record.description.push_str(rest.trim());
        }
    }
    records
}

impl Record {
    /// What it says of the end of a process or of the machine.
    fn signs(&self) -> Vec<Sign> {
        let provider = self.provider.to_ascii_lowercase();
        let of = |name: &str| provider.contains(name);
        let id = self.id.as_str();
        let is_telling = match id {
            "7000" | "7001" | "7009" | "7011" | "7022" | "7023" | "7024" | "7031" | "7034"
            | "7038" | "7041" | "7043" => of("service control manager"),
            "1000" => of("application error"),
            "1002" => of("application hang"),
            "1026" | "1023" | "1025" => of(".net runtime"),
            "41" => of("kernel-power"),
            "6008" => of("eventlog"),
            "1074" => of("user32"),
            "2004" => of("resource-exhaustion"),
            "1116" | "1117" | "1121" | "1123" => of("windows defender"),
            "3033" | "3077" => of("codeintegrity"),
            "8004" => of("applocker"),
            _ => false,
        };
        if !is_telling {
            return Vec::new();
        }
        let sign = Sign::new(
            "event-log",
            format!("event log, {}", self.provider),
            self.told(),
        )
        .with("id", id)
        .with("provider", &self.provider)
        .with("service", self.service())
        .with("module", self.value("ModuleName", 3).unwrap_or_default())
        .with("code", self.code())
        .with("why", self.why());
        let mut signs = vec![sign];
        signs.extend(self.exit());
        signs
    }

    fn told(&self) -> String {
        let values: Vec<&str> = self
            .data
            .iter()
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
            .collect();
        let what = if self.description.trim().is_empty() {
            values.join(", ")
        } else {
            self.description.trim().to_owned()
        };
        format!("{} {}: {what}", self.time, self.id)
            .trim_start()
            .to_owned()
    }

    /// By its name, or by its place where the record has none.
    fn value(&self, name: &str, place: usize) -> Option<&str> {
        let named = self.data.iter().find(|(known, _)| known == name);
        let placed = || self.data.get(place).filter(|(name, _)| name.is_empty());
        named.or_else(placed).map(|(_, value)| value.as_str())
    }

    /// `The X service terminated unexpectedly.`
    fn service(&self) -> String {
        if !self.provider.contains("Service Control Manager") {
            return self.value("AppName", 0).unwrap_or_default().to_owned();
        }
        let described = self
            .description
            .split_once("The ")
            .and_then(|(_, rest)| rest.split_once(" service "))
            .map(|(name, _)| name);
        let place = usize::from(matches!(self.id.as_str(), "7009" | "7011"));
        self.value(&format!("param{}", place + 1), place)
            .or(described)
            .unwrap_or_default()
            .to_owned()
    }

    /// The code of an exception, an error or a bug check.
    fn code(&self) -> String {
        let code = match self.id.as_str() {
            "1000" => self
                .value("ExceptionCode", 6)
                .map(str::to_owned)
                .or_else(|| after(&self.description, "Exception code: ")),
            "41" => self.value("BugcheckCode", 0).map(str::to_owned),
            "7000" | "7023" | "7038" => self
                .value("param2", 1)
                .map(|code| code.trim_start_matches("%%").to_owned()),
            "7024" => self.value("param2", 1).map(str::to_owned),
            _ => None,
        };
        code.unwrap_or_default()
    }

    fn why(&self) -> String {
        match self.id.as_str() {
            "1074" => self
                .value("param5", 4)
                .or_else(|| self.value("param1", 0))
                .unwrap_or_default()
                .to_owned(),
            "1026" => after(&self.description, "Exception Info: ")
                .or_else(|| {
                    self.data
                        .iter()
                        .find_map(|(_, value)| after(value, "Exception Info: "))
                })
                .unwrap_or_default(),
            "1116" | "1117" => self.value("Threat Name", 7).unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }

    /// An application error names the status that the process ended with.
    fn exit(&self) -> Option<Sign> {
        if self.id != "1000" {
            return None;
        }
        let code = self.code();
        let digits = code.trim_start_matches("0x");
        let bits = u32::from_str_radix(digits, 16).ok()?;
        let exit = outlast_model::Exit::Code(bits.cast_signed());
        Some(crate::ending::exit(exit, crate::Platform::Windows, None))
    }
}

/// The word after `key`.
fn after(text: &str, key: &str) -> Option<String> {
    let (_, rest) = text.split_once(key)?;
    Some(rest.split_whitespace().next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(sign: &Sign, name: &str) -> String {
        sign.field(name).unwrap_or_default().to_owned()
    }

    #[test]
    fn a_service_that_ended_is_told_in_xml() {
        let text = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
            <Provider Name='Service Control Manager' Guid='{5}'/><EventID Qualifiers='49152'>7034</EventID>\
            <TimeCreated SystemTime='2026-11-27T01:02:03.4Z'/></System><EventData>\
            <Data Name='param1'>Shop &amp; Co</Data><Data Name='param2'>2</Data></EventData></Event>";
        let signs = signs(text);
        assert_eq!(signs.len(), 1);
        assert_eq!(field(&signs[0], "id"), "7034");
        assert_eq!(field(&signs[0], "service"), "Shop & Co");
    }

    #[test]
    fn an_application_error_has_its_status_and_its_module() {
        let text = "<Event><System><Provider Name=\"Application Error\"/><EventID>1000</EventID></System>\
            <EventData><Data>app.exe</Data><Data>1.0</Data><Data>5</Data><Data>bad.dll</Data><Data>1</Data><Data>5</Data>\
            <Data>c0000005</Data></EventData></Event>";
        let signs = signs(text);
        assert_eq!(field(&signs[0], "module"), "bad.dll");
        assert_eq!(field(&signs[1], "status"), "0xC0000005");
    }

    #[test]
    fn text_is_read_as_well_and_others_say_nothing() {
        let text = "Event[0]:\n  Log Name: System\n  Source: Service Control Manager\n  Date: 2026-11-27T01:02:03\n  Event ID: 7031\n  Description: \n\
            The Shop service terminated unexpectedly.  It has done this 1 time(s).\n\nEvent[1]:\n  Source: Microsoft-Windows-Kernel-General\n  Event ID: 1\n  Description:\nx\n";
        let signs = signs(text);
        assert_eq!(signs.len(), 1);
        assert_eq!(field(&signs[0], "service"), "Shop");
        assert!(super::signs("<Event").is_empty());
        assert!(super::signs("<Event ><Data").is_empty());
    }
}
