//! What constants that a statement writes look like: examples, secrets.

use crate::statement::{Expr, ExprKind, InsertSource, Literal, Name, Values};
use smol_str::SmolStr;

/// What is remarkable of the constants that a statement writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Remarkable {
    /// The first that looks like an example.
    pub(super) sample: SmolStr,
    /// The first column that gets a secret.
    pub(super) secret: SmolStr,
}

impl Remarkable {
    /// Of a constant for a column.
    pub(super) fn look(&mut self, column: Option<&Name>, value: &Expr) {
        let mut inner = value;
        while let ExprKind::Cast(within, _) = &inner.kind {
            inner = within;
        }
        let ExprKind::Literal(Literal::String(text)) = &inner.kind else {
            return;
        };
        if self.sample.is_empty() && is_example(text) {
            self.sample = text.clone();
        }
        if self.secret.is_empty()
            && let Some(column) = column
            && holds_secrets(column)
            && is_secret(text)
        {
            self.secret = column.clone();
        }
    }

    /// Of rows.
    pub(super) fn look_at_rows(&mut self, columns: &[&Name], values: &Values) {
        for row in values.rows() {
            row.iter().enumerate().for_each(|(at, value)| self.look(columns.get(at).copied(), value));
        }
    }

    /// Of the source of an INSERT.
    pub(super) fn look_at_source(&mut self, columns: &[&Name], source: &InsertSource) {
        match source {
            InsertSource::Values(values) => self.look_at_rows(columns, values),
            InsertSource::Query(query) => {
                query.select_list.iter().enumerate().for_each(|(at, value)| self.look(columns.get(at).copied(), value));
            }
        }
    }
}

/// Whether a text is an example: an address of a domain that is kept for examples (RFC 2606), a placeholder person or text.
fn is_example(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    if let Some((user, domain)) = text.split_once('@') {
        let address = !user.is_empty() && !text.contains(' ');
        let reserved = ["example.com", "example.org", "example.net", "test.com", "localhost", "acme.com"];
        let suffixes = [".example", ".test", ".invalid", ".example.com", ".example.org", ".localhost"];
        return address && (reserved.contains(&domain) || suffixes.iter().any(|suffix| domain.ends_with(suffix)));
    }
    text.starts_with("lorem ipsum") || ["john doe", "jane doe", "max mustermann", "test user"].contains(&text.as_str())
}

/// Whether a column is one for secrets, by its name.
fn holds_secrets(column: &str) -> bool {
    let name: String = column.chars().filter(|letter| *letter != '_').collect::<String>().to_ascii_lowercase();
    let secrets = ["password", "passwd", "secret", "secretkey", "apikey", "privatekey", "accesstoken", "refreshtoken"];
    let with_prefix = ["password", "passwd", "apikey", "privatekey", "accesstoken", "clientsecret", "passwordhash"];
    secrets.contains(&name.as_str()) || with_prefix.iter().any(|end| name.ends_with(end))
}

/// Whether a text can be a secret, and stands for none that comes from elsewhere.
fn is_secret(text: &str) -> bool {
    let text = text.trim();
    let placeholder =
        text.starts_with("${") || text.starts_with("{{") || text.starts_with('<') || text.starts_with(':');
    let words = ["", "-", "null", "none", "disabled", "changeme-at-first-login"];
    text.len() >= 4 && !placeholder && !words.contains(&text.to_ascii_lowercase().as_str()) && !text.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_from_data() {
        for text in ["jane@example.com", "a@b.test", "John Doe", "Lorem ipsum dolor sit amet"] {
            assert!(is_example(text), "{text}");
        }
        for text in
            ["support@rallly.co", "example.com", "https://example.com/a@b", "write to me @example.com", "Germany"]
        {
            assert!(!is_example(text), "{text}");
        }
    }

    #[test]
    fn secrets_are_told_by_column_and_value() {
        for column in ["password", "user_password", "apiKey", "client_secret", "password_hash"] {
            assert!(holds_secrets(column), "{column}");
        }
        for column in ["passwordless", "secretary", "token_count", "password_changed_at"] {
            assert!(!holds_secrets(column), "{column}");
        }
        assert!(is_secret("hunter2!") && is_secret("$2a$10$abcdefghijkl"));
        assert!(!is_secret("${ADMIN_PASSWORD}") && !is_secret("") && !is_secret("not set yet"));
    }
}
