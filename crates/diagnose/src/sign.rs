//! A sign: one thing that was seen of an incident.

use outlast_model::RealTime;
use outlast_model::verdict::Quote;

/// One thing that was seen of an incident: a name, fields, and the words it was
/// taken from. [`VOCABULARY`] lists them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What kind of thing.
    pub name: &'static str,
    /// What is known about it.
    pub fields: Vec<(String, String)>,
    /// The words.
    pub quote: Quote,
}

impl Sign {
    /// A sign without fields. `text` is what a person is shown.
    pub fn new(name: &'static str, source: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name,
            fields: Vec::new(),
            quote: Quote {
                source: source.into(),
                at: None,
                text: text.into(),
            },
        }
    }

    /// The same with one more field. An empty value is left out: it is not known.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "texts and numbers, as they come"
    )]
    pub fn with(mut self, field: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.fields.push((field.to_owned(), value));
        }
        self
    }

    /// The same with the moment of its words.
    #[must_use]
    pub const fn at(mut self, at: Option<RealTime>) -> Self {
        self.quote.at = at;
        self
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let (_, value) = fields.find(|(field, _)| field == name)?;
        Some(value)
    }
}

/// Every sign that there is, with its fields. What a row of the table asks for that is
/// not here would never be seen.
pub const VOCABULARY: &[(&str, &[&str])] = &[
    // What became of the process.
    (
        "exit",
        &[
            "kind", "code", "signal", "core", "status", "like", "success",
        ],
    ),
    ("start-failed", &["step", "error", "subject"]),
    ("failed", &["how"]),
    ("asked", &["by"]),
    ("killed-late", &["after"]),
    ("stalled", &["how", "for", "seen"]),
    ("gave-up", &["starts"]),
    ("vanished", &[]),
    ("brief", &["seconds"]),
    ("left-behind", &["processes"]),
    // What it printed.
    (
        "block",
        &[
            "language",
            "kind",
            "name",
            "message",
            "root",
            "root_message",
            "names",
            "place",
            "thread",
            "fatality",
            "position",
            "logged",
        ],
    ),
    ("said", &["where", "*"]),
    // The same in the first lines, in the code that a stack shows, and in a warning.
    ("began", &["*"]),
    ("shown", &["*"]),
    ("warned", &["*"]),
    ("last-words", &["text"]),
    ("no-output", &[]),
    // What the system says of it.
    ("limit", &["name", "at_most", "killed", "refused", "near"]),
    (
        "kernel",
        &[
            "event",
            "constraint",
            "pid",
            "group",
            "name",
            "object",
            "what",
            "device",
            "task_memory",
            "at",
        ],
    ),
    (
        "manager",
        &["event", "result", "unit", "code", "status", "seconds"],
    ),
    ("memory-daemon", &["name", "why"]),
    ("program", &["is", "path", "interpreter", "machine", "here"]),
    ("port", &["port", "owner", "owner_pid", "own"]),
    ("disk", &["is", "mount", "free"]),
    ("processor-time", &["used", "limit", "near"]),
    ("memory", &["used", "curve", "peak"]),
    ("pressure", &["of", "some", "full"]),
    ("core", &["path"]),
    ("threads", &["state", "waits_in", "share"]),
    ("sender", &["name", "pid", "user"]),
    // What happened around it.
    ("slept", &["seconds", "ago"]),
    ("frozen", &["seconds"]),
    ("log-off", &["user", "session"]),
    ("session-ends", &["why"]),
    ("machine-stopping", &[]),
    ("booted", &["clean", "ago"]),
    ("clock-set", &["by"]),
    ("network", &["state"]),
    ("changed", &["path", "ago"]),
    ("requested", &["verb", "ago"]),
    ("others", &["first", "count", "together"]),
    (
        "event-log",
        &["id", "provider", "service", "module", "code", "why"],
    ),
];

/// Whether a row may ask for this field of this sign.
pub fn is_known(name: &str, field: Option<&str>) -> bool {
    VOCABULARY.iter().any(|(known, fields)| {
        *known == name && field.is_none_or(|field| fields.contains(&field) || fields.contains(&"*"))
    })
}
