//! What looks like a secret. None of this is certain, and none of it is told
//! but the name.

/// Words that name a secret when they are part of a name.
const SECRETS: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "credential",
    "credentials",
    "pass",
];
/// Pairs of words that do.
const PAIRS: [(&str, &str); 4] = [
    ("api", "key"),
    ("private", "key"),
    ("access", "key"),
    ("encryption", "key"),
];
/// A name that ends so is about a secret and has none.
const HARMLESS_ENDS: [&str; 16] = [
    "file", "path", "dir", "ttl", "timeout", "expiry", "length", "size", "name", "id", "type",
    "url", "endpoint", "min", "max", "count",
];

/// Whether a name is that of a secret.
pub(crate) fn is_name(name: &str) -> bool {
    let folded = name.to_lowercase();
    let parts: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    if parts
        .last()
        .is_some_and(|last| HARMLESS_ENDS.contains(last))
    {
        return false;
    }
    let has_pair = |pair: &[&str]| PAIRS.contains(&(pair[0], pair[1]));
    parts
        .iter()
        .any(|part| SECRETS.contains(part) || part.ends_with("password"))
        || parts.windows(2).any(has_pair)
}

/// Whether something is there that is no reference to elsewhere.
pub(crate) fn is_value(value: &str) -> bool {
    let is_word = matches!(value, "" | "true" | "false" | "none" | "null" | "0" | "1");
    let is_reference = value.starts_with(['$', '%', '/', '.', '~'])
        || value.get(1..3).is_some_and(|start| start == ":\\");
    !is_word && !is_reference
}

/// Whether it is a secret whatever its name: a key, a well-known kind of token,
/// or an address with a password in it.
pub(crate) fn is_itself(value: &str) -> bool {
    const KINDS: [&str; 8] = [
        "-----BEGIN",
        "ghp_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "sk_live_",
        "AKIA",
    ];
    KINDS
        .iter()
        .any(|kind| value.starts_with(kind) && value.len() >= 16)
        || has_password_in_address(value)
}

fn has_password_in_address(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let password = user
        .and_then(|user| user.split_once(':'))
        .map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && !password.starts_with('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "DB_PASSWORD",
            "PGPASSWORD",
            "ApiKey",
            "API_KEY",
            "github-token",
            "AWS_SECRET_ACCESS_KEY",
            "--password",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "PATH",
            "KEY",
            "MONKEY",
            "TOKEN_TTL",
            "PASSWORD_FILE",
            "SECRET_NAME",
            "COMPASS",
            "TOKENIZER",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn references_are_no_values() {
        for value in [
            "",
            "true",
            "$SECRET",
            "%SECRET%",
            "/run/secrets/db",
            r"C:\secrets\db",
        ] {
            assert!(!is_value(value), "{value}");
        }
        assert!(is_value("hunter2"));
    }

    #[test]
    fn an_address_with_a_password_is_one_whatever_its_name() {
        assert!(is_itself("postgres://shop:hunter2@db/shop"));
        for value in [
            "postgres://db/shop",
            "postgres://shop@db/shop",
            "http://host/a:b@c",
            "postgres://shop:$PASS@db",
        ] {
            assert!(!is_itself(value), "{value}");
        }
    }
}
