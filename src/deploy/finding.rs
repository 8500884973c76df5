//! From what is run to effects.

use super::place;
use super::run::{Fed, Run};
use super::tool::{self, Act};
use super::unit::{Own, Setting, Spoilt, Unit};
use super::{lost, secret, spoil};
use crate::diagnostic::Label;
use crate::effect::{CommandDeed, CommandPlace, Effect, EffectKind, LossWord};
use crate::source::{Location, SourceId, Span};
use smol_str::SmolStr;

/// Where a unit runs, after what calls it was followed.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub(super) place: CommandPlace,
    /// When, as the end of a sentence.
    pub(super) occasion: String,
    /// What calls it.
    pub(super) from: Option<Location>,
    /// How many containers run it at once.
    pub(super) replicas: Option<(usize, Location)>,
}

fn effect(source: SourceId, cause: Span, focus: Span, kind: EffectKind, because: Vec<Label>) -> Effect {
    let cause = Location { source, span: cause };
    // What is pointed at lies within the cause.
    let focus = if cause.span.contains(focus) { focus } else { cause.span };
    Effect { focus, because, ..Effect::new(kind, None, cause) }
}

/// What the commands of a unit do.
pub(super) fn of_unit(source: SourceId, unit: &Unit, reached: &Reached, effects: &mut Vec<Effect>) {
    let from = reached.from.map(|at| Label { message: "runs it".to_owned(), at });
    let because = || from.iter().cloned().collect::<Vec<_>>();
    let mut deployed: Option<(String, Location)> = None;
    for run in &unit.runs {
        let place = place::of_run(run, reached.place, &unit.env);
        let occasion = SmolStr::from(&reached.occasion);
        for act in acts(run) {
            let place = if act.remote && place != CommandPlace::Ci && !is_between(unit, reached) {
                CommandPlace::Deploy
            } else {
                place
            };
            if act.deed == CommandDeed::Migrates {
                migrates(source, run, &act, place, &deployed, reached, effects);
            }
            let kind = EffectKind::RunsCommand {
                tool: act.tool.into(),
                verb: act.verb.as_str().into(),
                flag: act.flag.as_str().into(),
                deed: act.deed,
                loss: act.loss,
                place,
                occasion: occasion.clone(),
                instead: act.instead.into(),
                lost: lost::UNKNOWN.into(),
            };
            effects.push(effect(source, run.cause, act.focus, kind, because()));
        }
        if is_psql(run)
            && let Some((kind, focus)) = psql(run, place, occasion.clone())
        {
            effects.push(effect(source, run.cause, focus, kind, because()));
        }
        for (how, tool, at) in spoil::by_shell(run) {
            effects.push(effect(
                source,
                run.cause,
                at,
                EffectKind::SpoilsCommand { how, tool: tool.into(), place },
                Vec::new(),
            ));
        }
        for (secret, at) in secret::secrets(run) {
            let kind = EffectKind::ShowsSecret { secret: secret.into(), place };
            effects.push(effect(source, run.cause, at, kind, Vec::new()));
        }
        if place == CommandPlace::Deploy
            && let Some(deployer) = deploys(run)
        {
            deployed = Some((deployer, Location { source, span: run.cause }));
        }
    }
}

/// A unit that is named after something between development and production.
fn is_between(unit: &Unit, reached: &Reached) -> bool {
    unit.own == Own::Is(CommandPlace::Unknown) || reached.place == CommandPlace::Ci
}

/// Migrations that run behind the program's deployment, or beside themselves.
fn migrates(
    source: SourceId,
    run: &Run,
    act: &Act,
    place: CommandPlace,
    deployed: &Option<(String, Location)>,
    reached: &Reached,
    effects: &mut Vec<Effect>,
) {
    if place != CommandPlace::Deploy {
        return;
    }
    // What containers are brought up may be the database alone, unless the migrations run in one of them.
    let in_container = run.starters.iter().flatten().any(|arg| arg.text.starts_with("docker"));
    if let Some((deployer, at)) =
        deployed.as_ref().filter(|(deployer, _)| !deployer.contains("compose") || in_container)
    {
        let kind = EffectKind::DeploysFirst {
            deployer: deployer.as_str().into(),
            tool: act.tool.into(),
            verb: act.verb.as_str().into(),
            place,
        };
        let because = vec![Label { message: "deployed here".to_owned(), at: *at }];
        effects.push(effect(source, run.cause, act.focus, kind, because));
    }
    if let Some((replicas, at)) = reached.replicas.filter(|(replicas, _)| *replicas > 1) {
        let kind = EffectKind::RacesItself {
            tool: act.tool.into(),
            verb: act.verb.as_str().into(),
            replicas,
            locks: act.locks,
        };
        let because = vec![Label { message: format!("{replicas} containers here"), at }];
        effects.push(effect(source, run.cause, act.focus, kind, because));
    }
}

/// What a command does to a database.
pub(super) fn acts(run: &Run) -> Vec<Act> {
    if is_psql(run) {
        return psql_resets(run).into_iter().collect();
    }
    tool::acts(&run.name, &run.words)
}

/// Whether it is PostgreSQL's program, and no script of the same name.
fn is_psql(run: &Run) -> bool {
    let word = run.words.first().map_or("", |arg| arg.text.as_str());
    run.name == "psql" && (!word.contains('/') || word.starts_with(['/', '$']))
}

/// `psql -c "DROP SCHEMA public CASCADE"`.
fn psql_resets(run: &Run) -> Option<Act> {
    let at = run.words.iter().position(|arg| matches!(arg.text.as_str(), "-c" | "--command"))?;
    let sql = run.words.get(at + 1)?;
    let words: Vec<_> = sql.text.split_whitespace().map(str::to_ascii_uppercase).collect();
    let verb = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["DROP", "DATABASE", ..] => "DROP DATABASE",
        ["DROP", "SCHEMA", ..] if sql.text.to_ascii_lowercase().contains("public") => "DROP SCHEMA",
        _ => return None,
    };
    Some(Act {
        tool: "psql",
        verb: verb.to_owned(),
        flag: String::new(),
        deed: CommandDeed::Resets,
        loss: LossWord::Everything,
        instead: "",
        locks: false,
        remote: false,
        focus: sql.at,
    })
}

/// What `psql` is fed, if it is a script.
fn psql(run: &Run, place: CommandPlace, occasion: SmolStr) -> Option<(EffectKind, Span)> {
    let flag = |names: &[&str]| run.words.iter().position(|arg| names.contains(&arg.text.as_str()));
    let long = |name: &str| run.words.iter().position(|arg| arg.text.starts_with(name));
    let stops = run.words.iter().any(|arg| {
        let set = arg.text.trim_start_matches("--set=").trim_start_matches("--variable=").trim_start_matches("-v");
        matches!(set.split_once('='), Some(("ON_ERROR_STOP", value)) if !matches!(value, "0" | "off"))
    });
    let single =
        flag(&["-1", "--single-transaction"]).is_some() || run.words.iter().any(|arg| is_flags_with_one(&arg.text));
    let file = flag(&["-f", "--file"])
        .map(|at| at + 1)
        .or_else(|| long("--file="))
        .or_else(|| run.words.iter().position(|arg| arg.text.starts_with("-f") && arg.text.len() > 2));
    let command = flag(&["-c", "--command"]).and_then(|at| run.words.get(at + 1));
    let is_sql = |text: &str| {
        let text = text.trim_matches(['"', '\'']).to_ascii_lowercase();
        text.ends_with(".sql") || text.ends_with(".sql.gz") || text.contains('$') || text.contains('*')
    };
    let (focus, pieces) = match (file.and_then(|at| run.words.get(at)), &run.input, command) {
        // A loop over the statements, each of which is a variable.
        (None, _, Some(sql)) if run.looped && is_one_variable(&sql.text) && !sql.text.contains("db") => (sql.at, true),
        (Some(file), ..) if is_sql(&file.text) => (file.at, false),
        (None, Some(Fed::File(file)), None) if is_sql(&file.text) => (file.at, false),
        (None, Some(Fed::Output(words)), None) => {
            let first = words.first().map_or("", |arg| arg.text.as_str());
            let sql = words.iter().skip(1).find(|arg| is_sql(&arg.text));
            match (first, sql) {
                ("cat" | "envsubst" | "sed", Some(sql)) if sql.text.contains(".sql") => {
                    (run.words.first().map_or(run.cause, |arg| arg.at), false)
                }
                _ => return None,
            }
        }
        // Text in the script may say so itself; a single statement fails as a whole.
        (None, Some(Fed::Text { text, at, .. }), None) => {
            let statements = text.split(';').filter(|part| !part.trim().is_empty()).count();
            let says = text.contains("ON_ERROR_STOP");
            let reads = text.trim_start().to_ascii_uppercase().starts_with("SELECT");
            if says || reads || statements < 2 {
                return None;
            }
            (Span::new(at.start, at.start), false)
        }
        _ => return None,
    };
    let focus = if run.cause.contains(focus) && focus.start < focus.end { focus } else { run.words.first()?.at };
    Some((EffectKind::RunsPsql { stops, single, pieces, place, occasion }, focus))
}

/// `-X1q`: short flags in one word, `1` among them.
fn is_flags_with_one(text: &str) -> bool {
    let inner = text.strip_prefix('-').unwrap_or_default();
    inner.len() > 1
        && inner.contains('1')
        && inner.chars().all(|letter| matches!(letter, '1' | 'X' | 'q' | 'a' | 'A' | 't' | 'b' | 'e'))
}

fn is_one_variable(text: &str) -> bool {
    let name = text.trim().trim_end_matches(';').strip_prefix('$').unwrap_or_default().trim_matches(['{', '}']);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a command brings a new version of the program to where it is used, and how it is called.
fn deploys(run: &Run) -> Option<String> {
    let word = |at: usize| run.words.get(at).map_or("", |arg| arg.text.as_str());
    let has = |text: &str| run.words.iter().any(|arg| arg.text == text);
    let name = run.name.as_str();
    let found = match (name, word(1), word(2)) {
        ("kubectl", "rollout", "restart") | ("kubectl", "set", "image") => format!("kubectl {} {}", word(1), word(2)),
        ("fly" | "flyctl", "deploy", _) => format!("{name} deploy"),
        ("vercel", ..) if has("--prod") => "vercel --prod".to_owned(),
        ("gcloud", "run" | "app", "deploy") => format!("gcloud {} deploy", word(1)),
        ("eb", "deploy", _) | ("kamal", "deploy", _) | ("wrangler", "deploy", _) => format!("{name} {}", word(1)),
        ("pm2", "reload" | "restart" | "startOrReload", _) => format!("pm2 {}", word(1)),
        ("docker", "stack", "deploy") => "docker stack deploy".to_owned(),
        ("docker" | "docker-compose", ..) if has("up") && (name == "docker-compose" || has("compose")) => {
            let up = run.words.iter().position(|arg| arg.text == "up")?;
            // What is named behind it may be the database alone.
            let services = run
                .words
                .iter()
                .skip(up + 1)
                .filter(|arg| !arg.text.starts_with('-') && !arg.text.bytes().all(|it| it.is_ascii_digit()));
            let only_others = services.clone().count() > 0 && services.clone().all(|arg| is_database(&arg.text));
            if only_others || !run.words.iter().skip(up).any(|arg| matches!(arg.text.as_str(), "-d" | "--detach")) {
                return None;
            }
            "docker compose up".to_owned()
        }
        ("systemctl", "restart" | "reload", service) if !is_other_service(service) => format!("systemctl {}", word(1)),
        ("git", "push", "heroku" | "dokku") => format!("git push {}", word(2)),
        ("heroku", "container:release", _) => "heroku container:release".to_owned(),
        ("aws", "ecs", "update-service") => "aws ecs update-service".to_owned(),
        _ => return None,
    };
    Some(found)
}

fn is_database(service: &str) -> bool {
    ["db", "database", "postgres", "mysql", "mariadb", "redis", "pg", "cache", "rabbit", "kafka", "minio", "mail"]
        .iter()
        .any(|name| service.to_ascii_lowercase().contains(name))
}

fn is_other_service(service: &str) -> bool {
    is_database(service)
        || ["nginx", "apache", "caddy", "docker", "ssh", "haproxy", "traefik", "cron"]
            .iter()
            .any(|name| service.contains(name))
}

/// What a setting does whenever the program starts.
pub(super) fn of_setting(source: SourceId, setting: &Setting) -> Effect {
    let kind = EffectKind::RunsCommand {
        tool: setting.tool.into(),
        verb: setting.verb.as_str().into(),
        flag: SmolStr::default(),
        deed: setting.deed,
        loss: setting.loss,
        place: setting.place,
        occasion: "whenever the program starts".into(),
        instead: setting.instead.into(),
        lost: lost::UNKNOWN.into(),
    };
    effect(source, setting.at, setting.at, kind, Vec::new())
}

/// What no shell reads.
pub(super) fn of_spoilt(source: SourceId, spoilt: &Spoilt, place: CommandPlace) -> Effect {
    let kind = EffectKind::SpoilsCommand { how: spoilt.how, tool: spoilt.tool.as_str().into(), place };
    effect(source, spoilt.cause, spoilt.at, kind, Vec::new())
}
