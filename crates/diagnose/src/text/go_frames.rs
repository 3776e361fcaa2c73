//! The stacks that Go dumps.

/// What a dump of goroutines says.
pub(super) struct Dump {
    /// The innermost frame of the program in the first goroutine that has one.
    pub(super) place: Option<String>,
    /// The first goroutine: `goroutine 7`.
    pub(super) thread: Option<String>,
    /// Where it ends.
    pub(super) end: usize,
}

/// Whether `line` is the head of a goroutine's stack.
pub(super) fn is_goroutine(line: &str) -> bool {
    let rest = line.strip_prefix("goroutine ").unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(" [") && rest.ends_with(':')
}

/// Reads the dump that begins at `from`.
pub(super) fn dump(lines: &[&str], from: usize) -> Dump {
    let mut dump = Dump {
        place: None,
        thread: None,
        end: from,
    };
    let mut foreign = None;
    let mut index = from;
    while let Some(line) = lines.get(index) {
        if is_goroutine(line) {
            dump.thread = dump.thread.or_else(|| Some(number_of(line)));
        } else if let Some(file) = lines
            .get(index + 1)
            .and_then(|next| file(next))
            .filter(|_| is_function(line))
        {
            let place = || format!("{} ({file})", without_arguments(line));
            if dump.place.is_none() && !line.starts_with("created by ") {
                if is_own(line, file) {
                    dump.place = Some(place());
                } else if foreign.is_none() {
                    foreign = Some(place());
                }
            }
            index += 1;
        } else if !belongs(line) {
            break;
        }
        index += 1;
    }
    dump.place = dump.place.or(foreign);
    dump.end = index.min(lines.len());
    dump
}

/// `goroutine 7`, without the addresses that newer ones tell.
fn number_of(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').take(2).collect();
    words.join(" ")
}

fn file(line: &str) -> Option<&str> {
    let path = line.strip_prefix('\t')?;
    let path = path.split(" +0x").next()?.split(" fp=0x").next()?.trim();
    path.rsplit_once(':')
        .filter(|(_, number)| number.parse::<u32>().is_ok())
        .map(|_| path)
}

fn is_function(line: &str) -> bool {
    (line.ends_with(')') && line.contains('(')) || line.starts_with("created by ")
}

fn without_arguments(line: &str) -> &str {
    // The last opening bracket that closes at the end; a receiver has its own.
    let mut depth = 0;
    for (at, byte) in line.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &line[..at];
        }
    }
    line
}

fn belongs(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("runtime stack:")
        || line.starts_with("created by ")
        || line.starts_with("goroutine running on other thread")
        || line.starts_with("...additional frames elided")
        || line.starts_with("...") && line.ends_with("frames elided...")
        || line.starts_with("exit status ")
        || line.starts_with('\t')
        || line.starts_with("PC=0x")
        || line.starts_with("[signal ")
        || line.starts_with("[originating from goroutine ")
        || is_register(line)
        || is_function(line) && line.contains('.') && !line.contains(": ")
}

/// `rax    0xca`
fn is_register(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (Some(name), Some(value), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    name.len() <= 6 && value.starts_with("0x")
}

fn is_own(function: &str, file: &str) -> bool {
    const STANDARD: [&str; 40] = [
        "runtime",
        "sync",
        "net",
        "os",
        "io",
        "fmt",
        "time",
        "encoding",
        "reflect",
        "bytes",
        "strings",
        "strconv",
        "context",
        "bufio",
        "log",
        "database",
        "sort",
        "syscall",
        "internal",
        "testing",
        "crypto",
        "math",
        "errors",
        "html",
        "text",
        "regexp",
        "path",
        "unsafe",
        "iter",
        "slices",
        "maps",
        "container",
        "compress",
        "archive",
        "hash",
        "go",
        "image",
        "mime",
        "flag",
        "vendor",
    ];
    let file = file.replace('\\', "/");
    if ["/pkg/mod/", "/vendor/", "/src/runtime/"]
        .iter()
        .any(|part| file.contains(part))
        || file.starts_with("_cgo_")
    {
        return false;
    }
    let package = function.split(['/', '.']).next().unwrap_or_default();
    if package == "panic" || package.starts_with("panic(") {
        return false;
    }
    let standard = STANDARD.contains(&package)
        && !function
            .split('/')
            .next()
            .unwrap_or_default()
            .contains(".com");
    // With `-trimpath` a file of the library has its package's name and no more.
    let short = file.starts_with(&format!("{package}/")) && !file.contains('@');
    let in_library = short || file.contains(&format!("/src/{package}/"));
    let dependency = file.contains('@') && !file.starts_with('/');
    !(dependency || standard && in_library)
}
