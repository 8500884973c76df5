//! Passwords that stand in a command. What they are is told to nobody.

use super::place;
use super::run::{Arg, Run};
use crate::source::Span;

/// Passwords that are no secret.
const KNOWN: [&str; 30] = [
    "postgres",
    "password",
    "passwd",
    "pass",
    "secret",
    "root",
    "admin",
    "test",
    "example",
    "changeme",
    "mysecretpassword",
    "supersecret",
    "user",
    "username",
    "dummy",
    "placeholder",
    "xxx",
    "xxxx",
    "your_password",
    "yourpassword",
    "your-password",
    "mypassword",
    "dev",
    "local",
    "db",
    "app",
    "docker",
    "1234",
    "12345",
    "123456",
];

/// The secrets in a command: what they are called, and where they stand.
pub(super) fn secrets(run: &Run) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    // Only what is written in the command itself: what a file sets for many has its own place.
    for (name, value) in run.env.iter().filter(|(_, value)| value.at != Span::default()) {
        let upper = name.to_ascii_uppercase();
        if matches!(upper.as_str(), "PGPASSWORD" | "MYSQL_PWD" | "DB_PASSWORD" | "DATABASE_PASSWORD")
            && is_secret(&value.text)
            && !place::host_flag(&run.words, &["-h", "--host"])
                .is_some_and(|host| place::is_local(&format!("x://{host}")))
        {
            found.push((name.clone(), value.at));
        } else if value.text.contains("://") && in_url(&value.text) {
            found.push((format!("connection URL in {name}"), value.at));
        }
    }
    for (index, arg) in run.words.iter().enumerate() {
        if arg.text.contains("://") && arg.text.split_whitespace().count() == 1 && in_url(url_of(&arg.text)) {
            found.push(("connection URL".to_owned(), arg.at));
        } else if matches!(
            run.name.as_str(),
            "flyway" | "liquibase" | "mvn" | "mvnw" | "psql" | "mysql" | "mysqldump" | "supabase"
        ) && let Some(value) = password_flag(&run.name, arg, run.words.get(index + 1))
            && is_secret(value)
        {
            found.push((arg.text.split('=').next().unwrap_or_default().trim_end_matches(value).to_owned(), arg.at));
        }
    }
    found
}

/// `-url=scheme://...` has the URL behind the sign.
fn url_of(text: &str) -> &str {
    let scheme = text.find("://").unwrap_or(0);
    text[..scheme].rfind('=').map_or(text, |at| &text[at + 1..])
}

/// The value of a flag that is a password.
fn password_flag<'a>(program: &str, arg: &'a Arg, next: Option<&'a Arg>) -> Option<&'a str> {
    let text = arg.text.as_str();
    for name in ["-password=", "--password=", "-Dflyway.password=", "-Dliquibase.password="] {
        if let Some(value) = text.strip_prefix(name) {
            return Some(value);
        }
    }
    match (program, text) {
        // psql's --password asks for one.
        ("supabase" | "liquibase", "--password") => next.map(|next| next.text.as_str()),
        ("mysql" | "mysqldump", _) => text.strip_prefix("-p").filter(|value| !value.is_empty()),
        _ => None,
    }
}

/// Whether a URL of a database elsewhere has a password in it.
fn in_url(url: &str) -> bool {
    const SCHEMES: [&str; 8] =
        ["postgres", "postgresql", "mysql", "mariadb", "cockroachdb", "sqlserver", "mongodb", "prisma+postgres"];
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let scheme = scheme.rsplit(['"', '\'', '=']).next().unwrap_or_default();
    if !SCHEMES.contains(&scheme.trim_start_matches("jdbc:")) || place::is_local(url) {
        return false;
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    let host = place::host(url).unwrap_or_default();
    let placeholder = host.contains("example")
        || host.contains("host")
        || host.contains("HOST")
        || host.starts_with(['<', '[', '$', '{']);
    user.split_once(':').is_some_and(|(user, password)| is_secret(password) && password != user) && !placeholder
}

/// Whether a text is a password, and no variable, placeholder or word that everybody knows.
fn is_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.len() >= 4
        && !text.contains(['$', '{', '<', '`', '%', '*', '['])
        && !KNOWN.contains(&lower.as_str())
        && !["your", "password", "changeme", "example", "placeholder", "secret", "test", "dummy", "xxx"]
            .iter()
            .any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::run::runs;
    use crate::deploy::text::Text;

    fn found(text: &str) -> Vec<String> {
        runs(&Text::plain(text, 0)).0.iter().flat_map(secrets).map(|(name, _)| name).collect()
    }

    #[test]
    fn a_password_is_told_from_what_is_none() {
        assert_eq!(found("PGPASSWORD=hunter2 psql -h db.acme.io -c x"), ["PGPASSWORD"]);
        assert_eq!(found("psql postgres://app:hunter2@db.acme.io/app"), ["connection URL"]);
        assert_eq!(found("flyway -url=jdbc:postgresql://db.acme.io/a -password=hunter2 migrate"), ["-password"]);
        for text in [
            "PGPASSWORD=$X psql -h db.acme.io",
            "PGPASSWORD=hunter2 psql -h localhost",
            "psql postgres://postgres:postgres@db.acme.io/app",
            "psql postgres://app:$P@db.acme.io/app",
            "psql postgres://app:hunter2@localhost/app",
            "psql postgres://app:hunter2@db/app",
            "psql postgres://user:pass1234@host:5432/db",
            "curl https://a:hunter2@b.acme.io",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
