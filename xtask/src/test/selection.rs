//! Which parts `--only` means.

use crate::error::Error;
use crate::test::parts::Part;

/// The parts with these names in the table's order; all of them when no name is given.
pub(crate) fn select<'a>(parts: &'a [Part], only: &[String]) -> Result<Vec<&'a Part>, Error> {
    if let Some(unknown) = only
        .iter()
        .find(|name| !parts.iter().any(|part| part.name == name.as_str()))
    {
        let known = parts
            .iter()
            .map(|part| part.name)
            .collect::<Vec<_>>()
            .join(", ");
        return Err(Error::UnknownPart {
            name: unknown.clone(),
            known,
        });
    }
    Ok(parts
        .iter()
        .filter(|part| only.is_empty() || only.iter().any(|name| name == part.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::parts::PARTS;

    fn names(only: &[&str]) -> Result<Vec<&'static str>, Error> {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        Ok(select(PARTS, &only)?.iter().map(|part| part.name).collect())
    }

    #[test]
    fn no_name_means_all() {
        assert_eq!(names(&[]).expect("valid").len(), PARTS.len());
    }

    #[test]
    fn keeps_the_order_of_the_table() {
        assert_eq!(names(&["clippy", "fmt"]).expect("valid"), ["fmt", "clippy"]);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let message = names(&["fmt", "wine"])
            .expect_err("no such part")
            .to_string();
        assert!(
            message.contains("`wine`") && message.contains("windows-tests"),
            "{message}"
        );
    }
}
