//! What a row of the table asks for: `exit signal=KILL|TERM core=yes`.

use crate::sign::{self, Sign};

/// One sign that has to be there, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    name: String,
    tests: Vec<Test>,
    /// Whether it must not be there.
    is_absent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Test {
    field: String,
    compare: Compare,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    /// `=`: it is one of the values.
    Is,
    /// `!=`: it is none of them, or not known.
    IsNot,
    /// `~`: one of them stands in it.
    Contains,
    /// `>=`, as numbers.
    AtLeast,
    /// `<`, as numbers.
    Below,
}

impl Condition {
    /// Reads `[!]NAME [FIELD=VALUE|VALUE]…`; values with blanks stand in `'…'`.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut words = words(text);
        let first = words.next().ok_or("a condition is empty")?;
        let (name, is_absent) = first
            .strip_prefix('!')
            .map_or((first, false), |name| (name, true));
        if !sign::is_known(name, None) {
            return Err(format!("there is no sign called {name:?}"));
        }
        let tests = words.map(Test::parse).collect::<Result<Vec<_>, _>>()?;
        for test in &tests {
            if !sign::is_known(name, Some(&test.field)) {
                return Err(format!("{name} has no field called {:?}", test.field));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            tests,
            is_absent,
        })
    }

    /// Whether it asks for something to be missing.
    pub(crate) const fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// The first of `signs` that is as it asks, whether that shall be or not.
    pub(crate) fn find<'a>(&self, mut signs: impl Iterator<Item = &'a Sign>) -> Option<&'a Sign> {
        signs.find(|sign| sign.name == self.name && self.tests.iter().all(|test| test.holds(sign)))
    }
}

/// Conditions that stand together: `exit signal=KILL + limit name=memory`.
pub(crate) fn all_of(text: &str) -> Result<Vec<Condition>, String> {
    text.split(" + ").map(Condition::parse).collect()
}

impl Test {
    fn parse(text: &str) -> Result<Self, String> {
        const COMPARES: [(&str, Compare); 5] = [
            ("!=", Compare::IsNot),
            (">=", Compare::AtLeast),
            ("=", Compare::Is),
            ("~", Compare::Contains),
            ("<", Compare::Below),
        ];
        let at = text
            .find(['!', '>', '=', '~', '<'])
            .ok_or_else(|| format!("{text:?} compares nothing"))?;
        let (field, rest) = text.split_at(at);
        let (sign, compare) = COMPARES
            .into_iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .ok_or_else(|| format!("{text:?} compares nothing"))?;
        let values = rest[sign.len()..].trim_matches('\'');
        Ok(Self {
            field: field.to_owned(),
            compare,
            values: values.split('|').map(str::to_owned).collect(),
        })
    }

    fn holds(&self, sign: &Sign) -> bool {
        let Some(value) = sign.field(&self.field) else {
            return self.compare == Compare::IsNot;
        };
        let mut values = self.values.iter();
        match self.compare {
            Compare::Is => values.any(|wanted| wanted == value),
            Compare::IsNot => values.all(|unwanted| unwanted != value),
            Compare::Contains => {
                let value = value.to_ascii_lowercase();
                values.any(|part| value.contains(&part.to_ascii_lowercase()))
            }
            Compare::AtLeast => numbers(value, &self.values).is_some_and(|(is, than)| is >= than),
            Compare::Below => numbers(value, &self.values).is_some_and(|(is, than)| is < than),
        }
    }
}

fn numbers(value: &str, wanted: &[String]) -> Option<(f64, f64)> {
    Some((value.parse().ok()?, wanted.first()?.parse().ok()?))
}

/// At blanks that stand in no `'…'`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let words = text.split(move |letter: char| {
        quoted ^= letter == '\'';
        letter == ' ' && !quoted
    });
    words.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, sign: &Sign) -> bool {
        let condition = Condition::parse(condition).expect("in order");
        condition.find(std::iter::once(sign)).is_some()
    }

    #[test]
    fn fields_are_compared_as_words_parts_and_numbers() {
        let exit = Sign::new("exit", "exit", "signal 9")
            .with("signal", "KILL")
            .with("code", 9);
        assert!(holds("exit", &exit));
        assert!(holds("exit signal=TERM|KILL", &exit));
        assert!(!holds("exit signal=TERM", &exit));
        assert!(holds("exit signal!=TERM core!=yes", &exit));
        assert!(!holds("exit core=yes", &exit));
        assert!(holds("exit code>=9 code<10 signal~ill", &exit));
        assert!(!holds("brief", &exit));
        let block = Sign::new("block", "stderr", "…").with("message", "unable to create thread");
        assert!(holds("block message~'nothing|to create'", &block));
    }

    #[test]
    fn what_would_never_be_seen_is_refused() {
        for wrong in [
            "",
            "exits",
            "exit colour=red",
            "exit code",
            "exit code>3",
            "!nothing",
        ] {
            assert!(Condition::parse(wrong).is_err(), "{wrong}");
        }
        assert!(all_of("exit code=1 + !asked").expect("in order")[1].is_absent());
    }
}
