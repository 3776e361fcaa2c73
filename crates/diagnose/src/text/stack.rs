//! The frames of stacks, by the shape in which a language writes them.

/// The places in the backtrace of Rust at `from` and where it ends, with its notes.
pub(super) fn rust_frames<'a>(lines: &[&'a str], from: usize) -> (Vec<&'a str>, usize) {
    let mut frames = Vec::new();
    let mut end = from;
    while let Some(line) = lines.get(end) {
        let trimmed = line.trim_start();
        let number = trimmed.split_once(':').map_or("", |(number, _)| number);
        let frame = line.starts_with(' ')
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit());
        let place = line
            .starts_with("     ")
            .then(|| trimmed.strip_prefix("at "))
            .flatten();
        frames.extend(place);
        let note = trimmed.starts_with("note: ") && trimmed.contains("RUST_BACKTRACE")
            || trimmed.starts_with("note: Some details are omitted");
        let head = line.eq_ignore_ascii_case("stack backtrace:");
        if !(frame || place.is_some() || note || head) {
            break;
        }
        end += 1;
    }
    (frames, end)
}

/// Java, .NET and Node all write `at …`; what follows tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// `at shop.Main.load(Main.java:5)`
    Java,
    /// `at load (/srv/app.js:3:35)`, `at /srv/app.js:3:35`
    Node,
    /// `at Shop.Main.Load(String path) in /src/Main.cs:line 5`
    Dotnet,
}

/// The frame that `line` is: whose, and what stands after `at`.
pub(super) fn frame(line: &str) -> Option<(At, &str)> {
    let trimmed = line.trim_start();
    let rest = trimmed.strip_prefix("at ")?;
    if trimmed.len() == line.len() {
        return None;
    }
    let rest = rest.trim_end();
    if is_java(rest) {
        Some((At::Java, without_jar(rest)))
    } else if is_node(rest) {
        Some((At::Node, rest))
    } else if is_dotnet(rest) {
        Some((At::Dotnet, rest))
    } else {
        None
    }
}

/// A log may add from which archive a class is: `[shop.jar:1.0]`, `~[?:?]`.
fn without_jar(text: &str) -> &str {
    let jar = text.rsplit_once(" ~[").or_else(|| text.rsplit_once(" ["));
    jar.map_or(text, |(text, _)| text)
}

fn is_java(text: &str) -> bool {
    let text = without_jar(text);
    let Some((method, inside)) = text.strip_suffix(')').and_then(|text| text.split_once('('))
    else {
        return false;
    };
    let file = inside.split(':').next().unwrap_or_default();
    let is_file = file.rsplit_once('.').is_some_and(|(name, end)| {
        !name.is_empty() && ["java", "kt", "scala", "groovy", "clj", "kts"].contains(&end)
    });
    let known = [
        "Native Method",
        "Unknown Source",
        "<generated>",
        "SourceFile",
        "<Unknown>",
    ];
    let known = known.iter().any(|word| {
        inside == *word
            || inside.ends_with(&format!("/{word}"))
            || inside.starts_with(&format!("{word}:"))
    });
    let with_module = inside.contains('@') && inside.contains(".java:");
    !method.contains(' ') && method.contains('.') && (is_file || known || with_module)
}

fn is_node(text: &str) -> bool {
    let text = text.trim_end_matches([',', '{', ' ']);
    let place = match text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        Some((name, place)) if name.ends_with(' ') => place,
        Some(_) => return false,
        None => text,
    };
    let place = place.strip_prefix("async ").unwrap_or(place);
    let position = place.rsplit_once(':').is_some_and(|(rest, column)| {
        is_number(column)
            && rest
                .rsplit_once(':')
                .is_some_and(|(_, line)| is_number(line))
    });
    position
        || ["<anonymous>", "native", "unknown"].contains(&place)
        || place.starts_with("node:internal")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_dotnet(text: &str) -> bool {
    let Some((method, rest)) = text.split_once('(') else {
        return false;
    };
    let Some((_, after)) = rest.split_once(')') else {
        return false;
    };
    // Mono has a blank before the arguments, and an offset after them.
    let offset = after.starts_with(" [0x") || after.starts_with(" <0x");
    let method = method
        .strip_suffix(' ')
        .filter(|_| offset)
        .unwrap_or(method);
    let named = method.contains('.') && !method.contains(' ');
    named
        && (after.is_empty()
            || offset
            || after.starts_with(" in ")
            || after.starts_with(" +")
            || after.ends_with(')'))
}
