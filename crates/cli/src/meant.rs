//! Which services a name means where no guardian is asked.

/// Whether `service` is the one called `name`, or was made of it: `name.2` with
/// `instances`, `name@ann` in a session.
pub(crate) fn is_meant(name: &str, service: &str) -> bool {
    let Some(rest) = service.strip_prefix(name) else {
        return false;
    };
    let numbered = rest.split('@').next().unwrap_or_default();
    let number = numbered.strip_prefix('.');
    numbered.is_empty() || number.is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn a_name_means_what_was_made_of_it() {
        for service in ["web", "web.1", "web.12", "web@ann", "web.2@ann.3"] {
            assert!(is_meant("web", service), "{service}");
        }
        for service in [
            "web2",
            "web.x",
            "web.",
            "web.on-failure",
            "web.1a",
            "we",
            "a.web",
        ] {
            assert!(!is_meant("web", service), "{service}");
        }
        assert!(is_meant("web.1", "web.1") && !is_meant("web.1", "web.12"));
    }
}
