//! How exactly a manager can express a definition.

/// What of a [`Definition`](crate::Definition) a manager expresses otherwise, or
/// not at all. Shown before anything is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fidelity {
    /// In the order of the definition's fields.
    pub shortfalls: Vec<Shortfall>,
}

/// One property that is not expressed exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// It comes close.
    Approximated {
        /// The property, as the file calls it.
        property: &'static str,
        /// What happens instead, as a sentence.
        instead: String,
    },
    /// The manager has nothing like it.
    Missing {
        /// The property, as the file calls it.
        property: &'static str,
        /// What follows from it, as a sentence.
        consequence: String,
    },
}

impl Fidelity {
    /// Everything is expressed.
    pub fn is_exact(&self) -> bool {
        self.shortfalls.is_empty()
    }

    /// Notes that `property` is expressed by `instead`.
    pub fn approximated(&mut self, property: &'static str, instead: impl Into<String>) {
        let instead = instead.into();
        self.shortfalls
            .push(Shortfall::Approximated { property, instead });
    }

    /// Notes that `property` cannot be expressed, with the `consequence`.
    pub fn missing(&mut self, property: &'static str, consequence: impl Into<String>) {
        let consequence = consequence.into();
        self.shortfalls.push(Shortfall::Missing {
            property,
            consequence,
        });
    }
}
