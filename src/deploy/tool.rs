//! What the commands of migration tools do to a database.
//!
//! What is told here of a tool stands in its manual; the words are those of its command line.

use super::run::Arg;
use crate::effect::{CommandDeed, LossWord};
use crate::source::Span;

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    /// The tool, as it is called.
    pub(super) tool: &'static str,
    /// What it is asked to do.
    pub(super) verb: String,
    /// What makes it worse than it would be; may be empty.
    pub(super) flag: String,
    pub(super) deed: CommandDeed,
    pub(super) loss: LossWord,
    /// What to run in a deployment; may be empty.
    pub(super) instead: &'static str,
    /// Two of it that run at once wait for each other.
    pub(super) locks: bool,
    /// It says itself that it means a database elsewhere.
    pub(super) remote: bool,
    /// The exact words.
    pub(super) focus: Span,
}

/// The arguments of a command.
#[derive(Clone, Copy)]
struct Line<'a> {
    args: &'a [Arg],
}

impl<'a> Line<'a> {
    /// Whether a flag is there: `--flag`, `--flag=...`.
    fn flag(self, names: &[&str]) -> Option<&'a Arg> {
        self.args.iter().find(|arg| {
            let name = arg.text.split_once('=').map_or(arg.text.as_str(), |(name, _)| name);
            names.contains(&name)
        })
    }

    fn has(self, names: &[&str]) -> bool {
        self.flag(names).is_some()
    }

    /// The value of `--flag value` or `--flag=value`.
    fn value(self, names: &[&str]) -> Option<&'a str> {
        let at = self.args.iter().position(|arg| {
            let name = arg.text.split_once('=').map_or(arg.text.as_str(), |(name, _)| name);
            names.contains(&name)
        })?;
        match self.args[at].text.split_once('=') {
            Some((_, value)) => Some(value),
            None => self.args.get(at + 1).map(|arg| arg.text.as_str()),
        }
    }

    /// The words that are neither flags nor values of those that are known to have one.
    fn words(self) -> Vec<&'a Arg> {
        const VALUED: [&str; 22] = [
            "--schema",
            "--config",
            "-c",
            "-d",
            "-f",
            "-x",
            "-n",
            "--project-ref",
            "--workdir",
            "--url",
            "--env",
            "--dir",
            "-dir",
            "-path",
            "-database",
            "-source",
            "--database",
            "--target",
            "--connection",
            "--dialect",
            "--settings",
            "-s",
        ];
        let mut words = Vec::new();
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            if VALUED.contains(&arg.text.as_str()) {
                args.next();
            } else if !arg.text.starts_with('-') {
                words.push(arg);
            }
        }
        words
    }
}

/// One act, before its words are found.
struct Deed {
    verb: &'static str,
    deed: CommandDeed,
    loss: LossWord,
    flag: String,
    instead: &'static str,
    locks: bool,
    remote: bool,
}

const NOTHING: Deed = Deed {
    verb: "",
    deed: CommandDeed::Migrates,
    loss: LossWord::None,
    flag: String::new(),
    instead: "",
    locks: false,
    remote: false,
};

fn resets(verb: &'static str, instead: &'static str) -> Deed {
    Deed { verb, deed: CommandDeed::Resets, loss: LossWord::Everything, instead, ..NOTHING }
}

fn pushes(verb: &'static str, silent: bool, instead: &'static str) -> Deed {
    let loss = if silent { LossWord::Silent } else { LossWord::Refused };
    Deed { verb, deed: CommandDeed::Pushes, loss, instead, ..NOTHING }
}

fn writes(verb: &'static str, instead: &'static str) -> Deed {
    Deed { verb, deed: CommandDeed::WritesMigrations, instead, ..NOTHING }
}

fn marks(verb: &'static str) -> Deed {
    Deed { verb, deed: CommandDeed::RewritesHistory, ..NOTHING }
}

fn migrates(verb: &'static str, locks: bool) -> Deed {
    Deed { verb, locks, ..NOTHING }
}

/// What a command does to a database; nothing where it is none of a migration tool. `name` is the program without its folder and version.
pub(super) fn acts(name: &str, words: &[Arg]) -> Vec<Act> {
    let Some((program, args)) = words.split_first() else { return Vec::new() };
    let line = Line { args };
    let found = line.words();
    let word = |at: usize| found.get(at).map_or("", |arg: &&Arg| arg.text.as_str());
    let pair = (word(0), word(1));
    let (tool, deeds): (&'static str, Vec<Deed>) = match name {
        "prisma" => ("prisma", prisma(line, pair)),
        "drizzle-kit" => ("drizzle-kit", drizzle(line, word(0))),
        "supabase" => ("supabase", supabase(line, pair)),
        "typeorm" | "typeorm-ts-node-commonjs" | "typeorm-ts-node-esm" | "typeorm-extension" => {
            ("typeorm", typeorm(word(0)))
        }
        "sequelize" | "sequelize-cli" => ("sequelize", sequelize(word(0))),
        "mikro-orm" | "mikro-orm-esm" => ("mikro-orm", mikro_orm(line, word(0))),
        "knex" => ("knex", knex(line, word(0))),
        "payload" => ("payload", payload(word(0))),
        "node-pg-migrate" => ("node-pg-migrate", only(word(0) == "up", migrates("up", true))),
        "rails" | "rake" => ("rails", found.iter().flat_map(|task| rails(&task.text)).collect()),
        "artisan" => ("artisan", artisan(line, word(0))),
        "console" => ("doctrine", doctrine(line, word(0))),
        "manage.py" | "django-admin" => ("manage.py", django(line, &found)),
        "alembic" => ("alembic", alembic(line, pair)),
        "flask" => ("flask", if word(0) == "db" { flask(pair.1, word(2)) } else { Vec::new() }),
        "flyway" => ("flyway", found.iter().flat_map(|verb| flyway(line, &verb.text)).collect()),
        "mvn" | "mvnw" | "gradle" | "gradlew" => ("", Vec::new()),
        "liquibase" => ("liquibase", found.iter().flat_map(|verb| liquibase(&verb.text)).collect()),
        "dbmate" => ("dbmate", dbmate(word(0))),
        "goose" => ("goose", goose(&found)),
        "migrate" if line.has(&["-path", "-source", "-database", "--path", "--source", "--database"]) => {
            ("migrate", golang_migrate(line, pair))
        }
        "diesel" => ("diesel", diesel(pair)),
        "sqlx" | "cargo-sqlx" => ("sqlx", sqlx(pair)),
        "sea-orm-cli" => ("sea-orm-cli", sea_orm(pair)),
        "atlas" => ("atlas", atlas(line, pair)),
        "mix" => ("mix", found.iter().flat_map(|task| mix(&task.text)).collect()),
        "dotnet-ef" => ("dotnet ef", dotnet_ef(pair)),
        "dropdb" => ("dropdb", vec![Deed { verb: "", ..resets("", "") }]),
        _ => return Vec::new(),
    };
    if tool.is_empty() {
        return build_tool(name, &found);
    }
    let whole = args.last().map_or(program.at, |last| program.at.to(last.at));
    let place = |deed: &Deed| {
        let verbs: Vec<_> = deed.verb.split(' ').collect();
        let first = found.iter().find(|arg| verbs.contains(&arg.text.as_str()));
        let last = found.iter().rev().find(|arg| verbs.contains(&arg.text.as_str()));
        let flag = args.iter().find(|arg| !deed.flag.is_empty() && arg.text.starts_with(&deed.flag));
        let spans = [first, last].into_iter().flatten().map(|arg| arg.at).chain(flag.map(|arg| arg.at));
        spans.reduce(Span::to).map_or(whole, |at| if at.start < program.at.start { whole } else { program.at.to(at) })
    };
    deeds.into_iter().map(|deed| act(tool, place(&deed), deed)).collect()
}

fn act(tool: &'static str, focus: Span, deed: Deed) -> Act {
    let Deed { verb, deed, loss, flag, instead, locks, remote } = deed;
    Act { tool, verb: verb.to_owned(), flag, deed, loss, instead, locks, remote, focus }
}

fn only(asked: bool, deed: Deed) -> Vec<Deed> {
    if asked { vec![deed] } else { Vec::new() }
}

fn flagged(deed: Deed, flag: Option<&Arg>) -> Deed {
    let text = flag.map(|flag| flag.text.split_once('=').map_or(flag.text.as_str(), |(name, _)| name).to_owned());
    Deed { flag: text.unwrap_or_default(), ..deed }
}

fn prisma(line: Line<'_>, pair: (&str, &str)) -> Vec<Deed> {
    const DEPLOY: &str = "prisma migrate deploy";
    // Prints a script, and touches nothing.
    if line.has(&["--help", "-h"]) {
        return Vec::new();
    }
    vec![match pair {
        ("db", "push") => match (line.flag(&["--force-reset"]), line.flag(&["--accept-data-loss"])) {
            (Some(flag), _) => flagged(resets("db push", DEPLOY), Some(flag)),
            (_, flag) => flagged(pushes("db push", flag.is_some(), DEPLOY), flag),
        },
        ("migrate", "reset") => flagged(resets("migrate reset", DEPLOY), line.flag(&["--force", "-f"])),
        ("migrate", "dev") => Deed { loss: LossWord::Refused, ..writes("migrate dev", DEPLOY) },
        ("migrate", "deploy") => migrates("migrate deploy", true),
        ("migrate", "resolve") => marks("migrate resolve"),
        _ => return Vec::new(),
    }]
}

fn drizzle(line: Line<'_>, verb: &str) -> Vec<Deed> {
    const MIGRATE: &str = "drizzle-kit migrate";
    vec![match verb {
        "push" | "push:pg" | "push:mysql" => {
            let flag = line.flag(&["--force"]);
            flagged(pushes("push", flag.is_some(), MIGRATE), flag)
        }
        "generate" | "generate:pg" => writes("generate", MIGRATE),
        "migrate" => migrates("migrate", false),
        _ => return Vec::new(),
    }]
}

fn supabase(line: Line<'_>, pair: (&str, &str)) -> Vec<Deed> {
    let local = |url: &str| ["localhost", "127.0.0.1", "54322"].iter().any(|host| url.contains(host));
    vec![match pair {
        ("db", "reset") => {
            let elsewhere = line.value(&["--db-url"]).is_some_and(|url| !local(url));
            let flag = line.flag(&["--linked"]).or_else(|| line.flag(&["--db-url"]).filter(|_| elsewhere));
            if flag.is_none() {
                // The database in the containers of the developer.
                return Vec::new();
            }
            Deed { remote: true, ..flagged(resets("db reset", "supabase db push"), flag) }
        }
        ("db", "push") => migrates("db push", false),
        ("migration", "repair") if !line.has(&["--local"]) => Deed { remote: true, ..marks("migration repair") },
        _ => return Vec::new(),
    }]
}

fn typeorm(verb: &str) -> Vec<Deed> {
    const RUN: &str = "typeorm migration:run";
    vec![match verb {
        "schema:sync" => pushes("schema:sync", true, RUN),
        "schema:drop" => resets("schema:drop", RUN),
        "db:drop" => resets("db:drop", RUN),
        "migration:generate" => writes("migration:generate", RUN),
        "migration:run" => migrates("migration:run", false),
        _ => return Vec::new(),
    }]
}

fn sequelize(verb: &str) -> Vec<Deed> {
    const MIGRATE: &str = "sequelize db:migrate";
    vec![match verb {
        "db:drop" => resets("db:drop", MIGRATE),
        "db:migrate:undo:all" => resets("db:migrate:undo:all", MIGRATE),
        "db:migrate" => migrates("db:migrate", false),
        _ => return Vec::new(),
    }]
}

fn mikro_orm(line: Line<'_>, verb: &str) -> Vec<Deed> {
    const UP: &str = "mikro-orm migration:up";
    let runs = line.has(&["--run", "-r"]);
    vec![match verb {
        "schema:fresh" if runs => resets("schema:fresh", UP),
        "schema:drop" if runs => resets("schema:drop", UP),
        "migration:fresh" => resets("migration:fresh", UP),
        "schema:update" if runs => pushes("schema:update", !line.has(&["--safe"]), UP),
        "migration:create" => writes("migration:create", UP),
        "migration:up" => migrates("migration:up", false),
        _ => return Vec::new(),
    }]
}

fn knex(line: Line<'_>, verb: &str) -> Vec<Deed> {
    vec![match verb {
        "migrate:rollback" if line.has(&["--all"]) => {
            flagged(resets("migrate:rollback", "knex migrate:latest"), line.flag(&["--all"]))
        }
        "migrate:latest" => migrates("migrate:latest", true),
        _ => return Vec::new(),
    }]
}

fn payload(verb: &str) -> Vec<Deed> {
    const MIGRATE: &str = "payload migrate";
    vec![match verb {
        "migrate:fresh" => resets("migrate:fresh", MIGRATE),
        "migrate:reset" => resets("migrate:reset", MIGRATE),
        "migrate:refresh" => resets("migrate:refresh", MIGRATE),
        "migrate" => migrates("migrate", false),
        _ => return Vec::new(),
    }]
}

fn rails(task: &str) -> Vec<Deed> {
    const MIGRATE: &str = "rails db:migrate";
    // `db:schema:load:primary` is for one of several databases.
    let is = |name: &str| task == name || task.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
    let resetting = [
        "db:schema:load",
        "db:structure:load",
        "db:reset",
        "db:migrate:reset",
        "db:drop",
        "db:purge",
        "db:setup",
        "db:seed:replant",
        "db:truncate_all",
    ];
    if let Some(name) = resetting.into_iter().find(|name| is(name)) {
        return vec![resets(name, MIGRATE)];
    }
    only(
        task == "db:migrate" || task == "db:prepare",
        migrates(if task == "db:migrate" { "db:migrate" } else { "db:prepare" }, true),
    )
}

fn artisan(line: Line<'_>, verb: &str) -> Vec<Deed> {
    const MIGRATE: &str = "php artisan migrate --force";
    vec![match verb {
        "migrate:fresh" => resets("migrate:fresh", MIGRATE),
        "migrate:refresh" => resets("migrate:refresh", MIGRATE),
        "migrate:reset" => resets("migrate:reset", MIGRATE),
        "db:wipe" => resets("db:wipe", MIGRATE),
        "migrate" => migrates("migrate", line.has(&["--isolated"])),
        _ => return Vec::new(),
    }]
}

fn doctrine(line: Line<'_>, verb: &str) -> Vec<Deed> {
    const MIGRATE: &str = "doctrine:migrations:migrate";
    let forced = line.has(&["--force", "-f"]);
    vec![match verb {
        "doctrine:schema:update" | "d:s:u" if forced => pushes("doctrine:schema:update", true, MIGRATE),
        "doctrine:schema:drop" if forced => resets("doctrine:schema:drop", MIGRATE),
        "doctrine:database:drop" | "d:d:d" if forced => resets("doctrine:database:drop", MIGRATE),
        // Without --append it empties every table first.
        "doctrine:fixtures:load" | "d:f:l" if !line.has(&["--append"]) => resets("doctrine:fixtures:load", ""),
        "doctrine:migrations:diff" => writes("doctrine:migrations:diff", MIGRATE),
        "make:migration" => writes("make:migration", MIGRATE),
        "doctrine:migrations:version" => marks("doctrine:migrations:version"),
        "doctrine:migrations:migrate" | "d:m:m" => migrates("doctrine:migrations:migrate", false),
        _ => return Vec::new(),
    }]
}

fn django(line: Line<'_>, words: &[&Arg]) -> Vec<Deed> {
    const MIGRATE: &str = "manage.py migrate";
    let word = |at: usize| words.get(at).map_or("", |arg| arg.text.as_str());
    vec![match word(0) {
        "flush" => resets("flush", MIGRATE),
        "reset_db" => resets("reset_db", MIGRATE),
        "makemigrations" if !line.has(&["--check", "--dry-run", "--merge"]) => writes("makemigrations", MIGRATE),
        "migrate" if line.has(&["--fake"]) => flagged(marks("migrate"), line.flag(&["--fake"])),
        "migrate" if line.has(&["--check", "--plan", "--list"]) => return Vec::new(),
        "migrate" if word(2) == "zero" => resets("migrate", ""),
        "migrate" => migrates("migrate", false),
        _ => return Vec::new(),
    }]
}

fn alembic(line: Line<'_>, pair: (&str, &str)) -> Vec<Deed> {
    const UPGRADE: &str = "alembic upgrade head";
    // Prints SQL, and touches nothing.
    if line.has(&["--sql"]) {
        return Vec::new();
    }
    vec![match pair {
        ("downgrade", "base") => resets("downgrade base", UPGRADE),
        ("revision", _) if line.has(&["--autogenerate"]) => {
            flagged(writes("revision", UPGRADE), line.flag(&["--autogenerate"]))
        }
        ("stamp", _) => marks("stamp"),
        ("upgrade", _) => migrates("upgrade", false),
        _ => return Vec::new(),
    }]
}

fn flask(verb: &str, target: &str) -> Vec<Deed> {
    const UPGRADE: &str = "flask db upgrade";
    vec![match verb {
        "downgrade" if target == "base" => resets("db downgrade", UPGRADE),
        "migrate" => writes("db migrate", UPGRADE),
        "stamp" => marks("db stamp"),
        "upgrade" => migrates("db upgrade", false),
        _ => return Vec::new(),
    }]
}

fn flyway(line: Line<'_>, verb: &str) -> Vec<Deed> {
    vec![match verb {
        "clean" => flagged(resets("clean", "flyway migrate"), line.flag(&["-cleanDisabled", "-flyway.cleanDisabled"])),
        "repair" => marks("repair"),
        "migrate" => migrates("migrate", true),
        _ => return Vec::new(),
    }]
}

fn liquibase(verb: &str) -> Vec<Deed> {
    vec![match verb {
        "dropAll" | "drop-all" => resets("drop-all", "liquibase update"),
        "changelogSync" | "changelog-sync" => marks("changelog-sync"),
        "clearCheckSums" | "clear-checksums" => marks("clear-checksums"),
        "update" => migrates("update", true),
        _ => return Vec::new(),
    }]
}

fn dbmate(verb: &str) -> Vec<Deed> {
    vec![match verb {
        "drop" => resets("drop", "dbmate up"),
        "up" => migrates("up", false),
        "migrate" => migrates("migrate", false),
        _ => return Vec::new(),
    }]
}

/// `goose [options] [driver connection] command`.
fn goose(words: &[&Arg]) -> Vec<Deed> {
    let has = |name: &str| words.iter().position(|arg| arg.text == name);
    let to_zero = has("down-to").is_some_and(|at| words.get(at + 1).is_some_and(|arg| arg.text == "0"));
    if has("reset").is_some() {
        vec![resets("reset", "goose up")]
    } else if to_zero {
        vec![resets("down-to 0", "goose up")]
    } else {
        only(has("up").is_some(), migrates("up", false))
    }
}

fn golang_migrate(line: Line<'_>, pair: (&str, &str)) -> Vec<Deed> {
    vec![match pair.0 {
        "drop" => resets("drop", "migrate up"),
        // Without a number it undoes all.
        "down" if line.has(&["-all", "--all"]) => flagged(resets("down", "migrate up"), line.flag(&["-all", "--all"])),
        "force" => marks("force"),
        "up" => migrates("up", true),
        _ => return Vec::new(),
    }]
}

fn diesel(pair: (&str, &str)) -> Vec<Deed> {
    const RUN: &str = "diesel migration run";
    vec![match pair {
        ("database", "reset") => resets("database reset", RUN),
        ("database", "drop") => resets("database drop", RUN),
        ("migration", "run") => migrates("migration run", false),
        _ => return Vec::new(),
    }]
}

fn sqlx(pair: (&str, &str)) -> Vec<Deed> {
    const RUN: &str = "sqlx migrate run";
    vec![match pair {
        ("database", "reset") => resets("database reset", RUN),
        ("database", "drop") => resets("database drop", RUN),
        ("migrate", "run") => migrates("migrate run", true),
        _ => return Vec::new(),
    }]
}

fn sea_orm(pair: (&str, &str)) -> Vec<Deed> {
    const UP: &str = "sea-orm-cli migrate up";
    vec![match pair {
        ("migrate", "fresh") => resets("migrate fresh", UP),
        ("migrate", "refresh") => resets("migrate refresh", UP),
        ("migrate", "reset") => resets("migrate reset", UP),
        ("migrate", "up") => migrates("migrate up", false),
        _ => return Vec::new(),
    }]
}

fn atlas(line: Line<'_>, pair: (&str, &str)) -> Vec<Deed> {
    const APPLY: &str = "atlas migrate apply";
    vec![match pair {
        ("schema", "clean") => resets("schema clean", APPLY),
        ("schema", "apply") if !line.has(&["--dry-run"]) => {
            let flag = line.flag(&["--auto-approve"]);
            flagged(pushes("schema apply", flag.is_some(), APPLY), flag)
        }
        ("migrate", "set") => marks("migrate set"),
        ("migrate", "apply") => migrates("migrate apply", true),
        _ => return Vec::new(),
    }]
}

fn mix(task: &str) -> Vec<Deed> {
    vec![match task {
        "ecto.reset" => resets("ecto.reset", "mix ecto.migrate"),
        "ecto.drop" => resets("ecto.drop", "mix ecto.migrate"),
        "ecto.migrate" => migrates("ecto.migrate", true),
        _ => return Vec::new(),
    }]
}

fn dotnet_ef(pair: (&str, &str)) -> Vec<Deed> {
    const UPDATE: &str = "dotnet ef database update";
    vec![match pair {
        ("database", "drop") => resets("database drop", UPDATE),
        ("database", "update") => migrates("database update", false),
        ("migrations", "add") => writes("migrations add", UPDATE),
        _ => return Vec::new(),
    }]
}

/// Maven and Gradle run Flyway and Liquibase as goals and tasks.
fn build_tool(name: &str, words: &[&Arg]) -> Vec<Act> {
    let maven = name.starts_with("mvn");
    let goal = |arg: &&Arg| -> Option<Act> {
        let task = arg.text.trim_start_matches(':').rsplit("::").next().unwrap_or_default();
        let (tool, deeds) = if maven {
            match task.split_once(':')? {
                ("flyway", verb) => ("flyway", flyway(Line { args: &[] }, verb)),
                ("liquibase", verb) => ("liquibase", liquibase(verb)),
                _ => return None,
            }
        } else {
            match task.rsplit(':').next()? {
                "flywayClean" => ("flyway", flyway(Line { args: &[] }, "clean")),
                "flywayRepair" => ("flyway", flyway(Line { args: &[] }, "repair")),
                "flywayMigrate" => ("flyway", flyway(Line { args: &[] }, "migrate")),
                "dropAll" | "liquibaseDropAll" => ("liquibase", liquibase("drop-all")),
                _ => return None,
            }
        };
        deeds.into_iter().next().map(|deed| act(tool, arg.at, deed))
    };
    words.iter().filter_map(goal).collect()
}
