//! Property lists, as far as launchd's need it: one element a line.

use crate::manager::Error;
use crate::script::inexpressible;
use crate::text::xml;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n";

/// What a key can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `<string>`.
    Text(String),
    /// `<integer>`.
    Number(u64),
    /// `<true/>`.
    Yes,
    /// `<false/>`.
    No,
    /// An `<array>` of texts.
    List(Vec<String>),
    /// A `<dict>`.
    Table(Vec<(String, Value)>),
}

/// A property list that is a table, with `remark` before it.
///
/// # Errors
/// When a text has a character that no property list can have.
pub fn render(remark: &str, table: &[(String, Value)]) -> Result<String, Error> {
    let mut text = format!("{HEAD}<!-- {} -->\n", comment(remark));
    text.push_str("<plist version=\"1.0\">\n");
    write_table(&mut text, "", table)?;
    text.push_str("</plist>\n");
    Ok(text)
}

fn write(text: &mut String, indent: &str, value: &Value) -> Result<(), Error> {
    let line = match value {
        Value::Text(value) => format!("<string>{}</string>", escape(value)?),
        Value::Number(number) => format!("<integer>{number}</integer>"),
        Value::Yes => "<true/>".to_owned(),
        Value::No => "<false/>".to_owned(),
        Value::List(items) => return write_list(text, indent, items),
        Value::Table(table) => return write_table(text, indent, table),
    };
    text.push_str(&format!("{indent}{line}\n"));
    Ok(())
}

fn write_list(text: &mut String, indent: &str, items: &[String]) -> Result<(), Error> {
    text.push_str(&format!("{indent}<array>\n"));
    for item in items {
        text.push_str(&format!("{indent}\t<string>{}</string>\n", escape(item)?));
    }
    text.push_str(&format!("{indent}</array>\n"));
    Ok(())
}

/// On one line, as [`values`] takes any line for an element. Two hyphens would end
/// it.
fn comment(remark: &str) -> String {
    let is_odd = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    let mut text = remark.replace(is_odd, " ");
    while text.contains("--") {
        text = text.replace("--", "-");
    }
    text
}

fn write_table(text: &mut String, indent: &str, table: &[(String, Value)]) -> Result<(), Error> {
    text.push_str(&format!("{indent}<dict>\n"));
    let inside = format!("{indent}\t");
    for (key, value) in table {
        text.push_str(&format!("{inside}<key>{}</key>\n", escape(key)?));
        write(text, &inside, value)?;
    }
    text.push_str(&format!("{indent}</dict>\n"));
    Ok(())
}

fn escape(text: &str) -> Result<String, Error> {
    xml::escape(text).ok_or_else(|| {
        let reason = format!("{text:?} has a control character, which no property list can have");
        inexpressible(super::NAME, reason)
    })
}

/// The texts, numbers and list items below `key` of the outermost table of a
/// list that was rendered here.
pub fn values(text: &str, key: &str) -> Vec<String> {
    let key = format!("\t<key>{key}</key>");
    let mut found = Vec::new();
    for line in text.lines().skip_while(|line| *line != key).skip(1) {
        if line.starts_with("\t<key>") || line == "</dict>" {
            break;
        }
        let line = line.trim_start();
        let content = [("<string>", "</string>"), ("<integer>", "</integer>")]
            .into_iter()
            .find_map(|(start, end)| line.strip_prefix(start)?.strip_suffix(end));
        found.extend(content.and_then(xml::unescape));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Value, render, values};

    #[test]
    fn a_remark_is_no_part_of_the_list() {
        let remark = "made by\n\t<key>Label</key>\n\t<string>other</string> -- \u{1b} -->";
        let table = [("Label".to_owned(), Value::Text("shop".to_owned()))];
        let list = render(remark, &table).expect("it can be expressed");
        assert_eq!(values(&list, "Label"), ["shop"]);
        // XML has no spelling for it, in comments neither.
        assert!(!list.contains('\u{1b}'));
    }
}
