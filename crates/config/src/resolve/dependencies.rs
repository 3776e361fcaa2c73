//! Who needs whom.

use std::collections::HashMap;

use outlast_model::service::{Dependency, RestartWhen, Until};
use outlast_model::{Service, ServiceName};

use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{DependencySetting, Entry};
use crate::report::Report;
use crate::resolve::cycles;
use crate::source::{Located, Span};
use crate::suggest;

/// What the services said they need, by their index in the file.
pub(super) struct Needs<'a> {
    names: &'a [Option<ServiceName>],
    /// Refused names as well: that a name is bad does not make it unknown.
    indexes: HashMap<String, Vec<usize>>,
    edges: Vec<Vec<Edge>>,
}

/// That one service needs another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) to: usize,
    pub(super) until: Until,
    pub(super) span: Span,
}

type Written = Located<Vec<Located<DependencySetting>>>;

impl<'a> Needs<'a> {
    pub(super) fn new(entries: &[Entry], names: &'a [Option<ServiceName>]) -> Self {
        let mut indexes: HashMap<String, Vec<usize>> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let names = [Some(&entry.name.value), entry.copy_of.as_ref()];
            for name in names.into_iter().flatten() {
                indexes.entry(name.clone()).or_default().push(index);
            }
        }
        Self {
            names,
            indexes,
            edges: vec![Vec::new(); entries.len()],
        }
    }

    /// What the service with this index needs; what was wrong is left out.
    pub(super) fn add(
        &mut self,
        index: usize,
        written: Option<Written>,
        report: &mut Report,
    ) -> Vec<Dependency> {
        let Some(written) = written else {
            return Vec::new();
        };
        let mut dependencies = Vec::with_capacity(written.value.len());
        for setting in written.value {
            for edge in self.edges(index, &setting, report) {
                self.edges[index].push(edge);
                dependencies.extend(self.names[edge.to].clone().map(|service| Dependency {
                    service,
                    until: edge.until,
                }));
            }
        }
        dependencies
    }

    /// Several if what is named stands for several services.
    fn edges(
        &self,
        index: usize,
        setting: &Located<DependencySetting>,
        report: &mut Report,
    ) -> Vec<Edge> {
        let (name, until, span) = match &setting.value {
            DependencySetting::Name(name) => (name, Until::Ready, setting.span),
            DependencySetting::Condition(keys) => (
                &keys.service.value,
                keys.until.map_or(Until::Ready, |until| until.value.0),
                keys.service.span,
            ),
        };
        let Some(named) = self.indexes.get(name) else {
            report.push(self.unknown(name, span, report.is_crowded()));
            return Vec::new();
        };
        if named.contains(&index) {
            report.push(itself(name, span));
            return Vec::new();
        }
        let mut before = self.edges[index].iter();
        if let Some(first) = before.find(|edge| named.contains(&edge.to)) {
            let message = format!("{} is listed twice", quoted(name));
            report.push(
                Diagnostic::error(span, message)
                    .also(first.span, "the first time")
                    .help("keep one of them"),
            );
            return Vec::new();
        }
        let each = named.iter().map(|&to| Edge { to, until, span });
        each.collect()
    }

    fn unknown(&self, name: &str, span: Span, crowded: bool) -> Diagnostic {
        let message = format!("there is no service {}", quoted(name));
        let diagnostic = Diagnostic::missing(span, message);
        let known = self.indexes.keys().map(String::as_str);
        // Sorted, because the order of a hash map is another each time.
        let meant = (!crowded)
            .then(|| {
                let mut known: Vec<&str> = known.collect();
                known.sort_unstable();
                suggest::nearest(name, known)
            })
            .flatten();
        match meant {
            Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
            None => diagnostic.help("add that service, or remove this dependency"),
        }
    }

    /// Checks what can only be seen when every service has been added.
    pub(super) fn check(&self, services: &[Service], report: &mut Report) {
        for cycle in cycles::find(&self.edges) {
            report.push(self.cycle(&cycle));
        }
        self.check_endings(services, report);
    }

    /// `cycle` has the services in the order of need; the last needs the first.
    fn cycle(&self, cycle: &[usize]) -> Diagnostic {
        const MAX_LABELS: usize = 8;
        let name = |index: usize| self.names[index].as_ref().map_or("?", ServiceName::as_str);
        let ring = || cycle.iter().copied().chain(cycle.first().copied());
        let path: Vec<&str> = ring().map(name).collect();
        let mut labels = ring().zip(ring().skip(1)).filter_map(|(from, to)| {
            let edge = self.edges[from].iter().find(|edge| edge.to == to)?;
            Some((edge.span, format!("{} needs {}", name(from), name(to))))
        });
        let (span, label) = labels.next().unwrap_or_default();
        let message = format!("the dependencies form a cycle: {}", path.join(" → "));
        let mut diagnostic = Diagnostic::error(span, message)
            .label(label)
            .help("no order of starting satisfies all of them; remove one");
        for (span, label) in labels.take(MAX_LABELS) {
            diagnostic = diagnostic.also(span, label);
        }
        diagnostic
    }

    /// A service that is always restarted has no end that others could build
    /// on. Indexes fit only if no service was left out.
    fn check_endings(&self, services: &[Service], report: &mut Report) {
        if services.len() != self.names.len() {
            return;
        }
        let awaited = self
            .edges
            .iter()
            .flatten()
            .filter(|edge| edge.until == Until::ExitedOk);
        for edge in awaited {
            let needed = &services[edge.to];
            if needed.restart.when == RestartWhen::Always {
                let name = quoted(needed.name.as_str());
                let message = format!("{name} is started again after each successful end");
                report.push(
                    Diagnostic::warning(edge.span, message)
                        .label("its end is waited for here")
                        .help(format!("give {name} restart = \"on-failure\"")),
                );
            }
        }
    }
}

fn itself(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(span, format!("{} depends on itself", quoted(name)))
        .help("remove it; a service that has it from [defaults] can have its own depends_on")
}
