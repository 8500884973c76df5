//! Where a command runs: on the way to production, against a database that is thrown away, or where somebody develops.
//!
//! What a format runs on its own tells most (a container's command, a release command of a platform). Names tell the rest, of files,
//! folders, scripts, jobs and conditions; and where the database is, if its address is written down. What nothing tells is unknown, and
//! no rule speaks of that by default.

use super::run::{Arg, Reference, Run};
use crate::effect::CommandPlace;

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It says where.
    Is(CommandPlace),
    /// Somebody runs it by hand, unless something else does.
    ByHand,
    /// Nothing.
    Nothing,
}

const TESTS: [&str; 21] = [
    "test",
    "tests",
    "testing",
    "testdata",
    "e2e",
    "ci",
    "spec",
    "specs",
    "integration",
    "check",
    "checks",
    "lint",
    "pr",
    "bench",
    "benchmark",
    "benchmarks",
    "cypress",
    "playwright",
    "vitest",
    "jest",
    "fixtures",
];
const PRODUCTION: [&str; 4] = ["prod", "production", "prd", "live"];
const DEVELOPMENT: [&str; 17] = [
    "dev",
    "develop",
    "development",
    "local",
    "localhost",
    "watch",
    "playground",
    "demo",
    "demos",
    "example",
    "examples",
    "sample",
    "samples",
    "devcontainer",
    "storybook",
    "debug",
    "override",
];
/// Neither production nor thrown away: whoever empties such a database means to.
const BETWEEN: [&str; 9] = ["staging", "stage", "stg", "preview", "review", "sandbox", "qa", "uat", "initdb"];
/// What somebody runs once, and watches.
const ONCE: [&str; 9] =
    ["repair", "manual", "manually", "rollback", "restore", "emergency", "hotfix", "squash", "oneoff"];
const BY_HAND: [&str; 14] = [
    "reset",
    "setup",
    "seed",
    "fresh",
    "clean",
    "init",
    "nuke",
    "wipe",
    "drop",
    "bootstrap",
    "install",
    "clear",
    "recreate",
    "rebuild",
];
const DEPLOYMENT: [&str; 21] = [
    "deploy",
    "deploys",
    "deployment",
    "predeploy",
    "postdeploy",
    "release",
    "entrypoint",
    "rollout",
    "heroku",
    "vercel",
    "railway",
    "render",
    "netlify",
    "fly",
    "ship",
    "promote",
    "cd",
    "kamal",
    "capistrano",
    "publish",
    "upgrade",
];

/// The words of a name, lower case: `dockerEntrypoint-dev.sh` has four.
fn tokens(name: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut lower = false;
    let mut open = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            open = false;
            lower = false;
            continue;
        }
        // `e2e` is one word, `dockerEntrypoint` two.
        if !open || (lower && letter.is_uppercase()) {
            tokens.push(String::new());
            open = true;
        }
        lower = letter.is_lowercase();
        if let Some(token) = tokens.last_mut() {
            token.extend(letter.to_lowercase());
        }
    }
    tokens
}

/// What a name says.
pub(super) fn by_name(name: &str) -> Told {
    let tokens = tokens(name);
    let is = |words: &[&str]| {
        tokens.iter().any(|token| {
            let bare = token.strip_prefix("pre").or_else(|| token.strip_prefix("post")).unwrap_or(token);
            words.contains(&token.as_str()) || words.contains(&bare)
        })
    };
    if is(&TESTS) {
        Told::Is(CommandPlace::Ci)
    } else if is(&ONCE) {
        Told::Is(CommandPlace::Unknown)
    } else if is(&PRODUCTION) {
        Told::Is(CommandPlace::Deploy)
    } else if is(&BETWEEN) {
        Told::Is(CommandPlace::Unknown)
    } else if is(&DEVELOPMENT) {
        Told::Is(CommandPlace::Dev)
    } else if is(&DEPLOYMENT) {
        Told::Is(CommandPlace::Deploy)
    } else if is(&BY_HAND) {
        Told::ByHand
    } else {
        Told::Nothing
    }
}

/// What a file's folders say, nearest first; what is not production counts from any height.
pub(super) fn by_folders(path: &str) -> Told {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let mut told = Told::Nothing;
    for folder in folders.split('/').rev() {
        match by_name(folder) {
            // A folder of releases, or one that is named after the product.
            Told::Is(CommandPlace::Deploy)
                if told == Told::Nothing && matches!(folder, "deploy" | "deployment" | "production" | "prod") =>
            {
                told = Told::Is(CommandPlace::Deploy);
            }
            Told::Is(place) if place != CommandPlace::Deploy && folder != "ci" && folder != ".ci" => {
                return Told::Is(place);
            }
            _ => {}
        }
    }
    if matches!(told, Told::Nothing)
        && folders.split('/').any(|folder| matches!(folder, "docs" | "templates" | "template" | "vendored"))
    {
        return Told::Is(CommandPlace::Unknown);
    }
    told
}

/// Whether an address is of a database that goes away with the job, or of the developer's own.
pub(super) fn is_local(value: &str) -> bool {
    let host = host(value);
    match host {
        Some(host) => is_local_host(host),
        None => value.starts_with("file:") || value.contains("jdbc:h2") || value.contains(":memory:"),
    }
}

fn is_local_host(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    matches!(host, "" | "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "host.docker.internal")
        || (!host.contains('.') && !host.contains(['$', '{']))
        || host.ends_with(".local")
        || host.ends_with(".localhost")
}

/// The host in `scheme://user:password@host:port/...`.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', ' ', '"', '\'']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').map(|(host, _)| host),
        None => Some(host.split_once(':').map_or(host, |(host, _)| host)),
    }
}

/// What is set for a command says where its database is.
pub(super) fn by_settings<'a>(env: impl IntoIterator<Item = (&'a str, &'a str)>) -> Told {
    let mut told = Told::Nothing;
    for (name, value) in env {
        let name = name.to_ascii_uppercase();
        let names_host =
            matches!(name.as_str(), "PGHOST" | "DB_HOST" | "POSTGRES_HOST" | "DATABASE_HOST" | "MYSQL_HOST");
        let is_url = (name.contains("DATABASE")
            || name.contains("DB")
            || name.contains("POSTGRES")
            || name.contains("DIRECT"))
            && (name.contains("URL") || name.contains("URI") || name.contains("DSN") || name.contains("CONNECTION"));
        if (is_url && is_local(value)) || (names_host && is_local_host(value)) {
            return Told::Is(CommandPlace::Ci);
        }
        if matches!(name.as_str(), "ENV_FILE" | "NODE_ENV" | "RAILS_ENV" | "APP_ENV" | "MIX_ENV" | "ENVIRONMENT") {
            match by_name(value) {
                // Images are built for production whatever database they are tried with.
                Told::Is(CommandPlace::Deploy) if name != "ENV_FILE" => {}
                Told::Is(place) => told = Told::Is(place),
                _ => {}
            }
        }
        if is_url && value.contains("secrets.") && told == Told::Nothing {
            told = match by_name(value) {
                Told::Is(place) if place != CommandPlace::Deploy => Told::Is(place),
                _ => Told::Is(CommandPlace::Deploy),
            };
        }
    }
    told
}

/// Whether what has to hold for a command says that it is not for production, or for some case that these files do not tell.
pub(super) fn guards_allow(run: &Run) -> bool {
    const CASES: [&str; 12] = [
        "first",
        "exist",
        "empty",
        "help",
        "select",
        "force",
        "\\dt",
        "to_regclass",
        "information_schema",
        "version",
        "status",
        "missing",
    ];
    run.guards.iter().all(|guard| {
        let lower = guard.to_ascii_lowercase();
        let production = PRODUCTION.iter().any(|word| tokens(&lower).iter().any(|token| token == word));
        let negated = lower.starts_with('!') != lower.contains("!=");
        if production {
            return !negated;
        }
        // What is tried before, and fails.
        if (lower.contains("migrate deploy") || lower.contains("db:migrate")) && !lower.contains("status") {
            return true;
        }
        match by_name(&lower) {
            Told::Is(CommandPlace::Deploy) | Told::Nothing => !CASES.iter().any(|case| lower.contains(case)),
            _ => false,
        }
    })
}

/// Where one command of a unit runs, given where the unit does.
pub(super) fn of_run(run: &Run, unit: CommandPlace, env: &[(String, String)]) -> CommandPlace {
    let own = run.env.iter().map(|(name, value)| (name.as_str(), value.text.as_str()));
    let outer = env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let flags = run.words.iter().filter(|arg| arg.text.contains("://")).map(|arg| ("DATABASE_URL", arg.text.as_str()));
    let settings = by_settings(outer.chain(own).chain(flags));
    let place = match (settings, unit) {
        (Told::Is(CommandPlace::Deploy), CommandPlace::Dev | CommandPlace::Unknown) => CommandPlace::Deploy,
        (Told::Is(CommandPlace::Deploy), _) => unit,
        (Told::Is(place), _) => place,
        _ if run.remote && unit == CommandPlace::Unknown => CommandPlace::Deploy,
        _ => unit,
    };
    // A container that is started for one test has its database beside it.
    if place == CommandPlace::Deploy && !guards_allow(run) { CommandPlace::Unknown } else { place }
}

/// Whether a unit starts the program as its developers do: what it does before is for them.
pub(super) fn develops(runs: &[Run]) -> bool {
    runs.iter().any(|run| {
        let word = |at: usize| run.words.get(at).map_or("", |arg| arg.text.as_str());
        let script = run.references.iter().any(|reference| match reference {
            Reference::Script { name, .. } => by_name(name) == Told::Is(CommandPlace::Dev),
            Reference::Target(_) | Reference::File(_) => false,
        });
        let server = match run.name.as_str() {
            "nodemon" | "ts-node-dev" | "air" | "webpack-dev-server" => true,
            "next" | "nuxt" | "vite" | "remix" | "wrangler" | "turbo" | "astro" => word(1) == "dev",
            "tsx" | "nest" => run.words.iter().any(|arg| matches!(arg.text.as_str(), "watch" | "--watch")),
            "manage.py" => word(1).starts_with("runserver"),
            "uvicorn" | "gunicorn" | "flask" => {
                run.words.iter().any(|arg| matches!(arg.text.as_str(), "--reload" | "--debug"))
            }
            _ => false,
        };
        script || server
    })
}

/// A flag that names a host.
pub(super) fn host_flag<'a>(words: &'a [Arg], names: &[&str]) -> Option<&'a str> {
    let at = words.iter().position(|arg| names.contains(&arg.text.as_str()))?;
    words.get(at + 1).map(|arg| arg.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_where() {
        use CommandPlace::{Ci, Deploy, Dev, Unknown};
        for (name, told) in [
            ("deploy.sh", Told::Is(Deploy)),
            ("docker-entrypoint.sh", Told::Is(Deploy)),
            ("docker-entrypoint-dev.sh", Told::Is(Dev)),
            ("Dockerfile.dev", Told::Is(Dev)),
            ("Dockerfile", Told::Nothing),
            ("db:push:prod", Told::Is(Deploy)),
            ("db:reset:prod", Told::Is(Deploy)),
            ("db:reset", Told::ByHand),
            ("test:e2e", Told::Is(Ci)),
            ("pretest", Told::Is(Ci)),
            ("devices", Told::Nothing),
            ("postdeploy", Told::Is(Deploy)),
            ("deploy-staging", Told::Is(Unknown)),
            ("contest", Told::Nothing),
        ] {
            assert_eq!(by_name(name), told, "{name}");
        }
        assert_eq!(by_folders("examples/app/package.json"), Told::Is(Dev));
        assert_eq!(by_folders("apps/web/package.json"), Told::Nothing);
    }

    #[test]
    fn addresses_say_where() {
        assert!(is_local("postgres://u:p@localhost:5432/d"));
        assert!(is_local("postgres://u:p@db/d"));
        assert!(is_local("file:./dev.db"));
        assert!(!is_local("postgres://u:p@db.example.org/d"));
        assert!(!is_local("$DATABASE_URL"));
        assert!(!is_local("postgres://u:p@${HOST}/d"));
    }
}
