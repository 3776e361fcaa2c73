//! What looks like a secret. None of this is certain, and none of it is told
//! but the name.

use outlast_config::webhook;

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

/// Whether an address of a web server lets in whoever has it: with a password, or with
/// a piece that nobody would have chosen, as chat programs give out.
pub(crate) fn is_in_address(address: &str) -> bool {
    const LEAST: usize = 16;
    let is_random = |part: &str| {
        part.len() >= LEAST
            && part.contains(|c: char| c.is_ascii_digit())
            && part.contains(|c: char| c.is_ascii_alphabetic())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.%".contains(c))
    };
    has_password_in_address(address) || webhook::secret_parts(address).into_iter().any(is_random)
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
    fn an_address_is_a_secret_that_nobody_could_guess() {
        for address in [
            "https://hooks.example.com/services/T012AB/B034CD/x7Kq2mVb9RtYw3LpZs8N",
            "https://chat.example.com/hooks/9xuqwrwgstrb3mzrxb83nb357a",
            "https://example.com/hook?token=5b8f0f6e-6d2c-4f0b-9a55-7d1f2c3b4a59",
            "https://me:hunter2@example.com/hook",
        ] {
            assert!(is_in_address(address), "{address}");
        }
        for address in [
            "http://127.0.0.1:8080/hook",
            "https://example.com/services/alertmanager/incoming-webhooks",
            "https://example.com/api/v1/projects/2026",
        ] {
            assert!(!is_in_address(address), "{address}");
        }
    }

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
