//! Which configuration counts, and `shipworthy config`.

use super::read::Work;
use super::{ConfigArguments, Failure, Input, Verdict, explain, print};
use crate::config::{Broken, Config, schema, shown};
use crate::report::full;
use crate::report::text::Look;
use crate::rule::{Category, RuleSet};
use crate::source::{ColumnUnit, Source};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What the command line says about the configuration.
#[derive(Debug)]
pub(super) struct Wish {
    /// `--config`.
    pub(super) file: Option<PathBuf>,
    /// `--no-config`.
    pub(super) none: bool,
}

/// The configuration of what is looked at: the nearest to all given paths, or to the current folder.
pub(super) fn of(wish: &Wish, input: &Input, stdin_filename: Option<&Path>) -> Result<Config, Failure> {
    let named = input.paths.iter().map(PathBuf::as_path).filter(|path| *path != Path::new("-"));
    find(wish, &common_folder(named.chain(stdin_filename)))
}

/// The configuration of the current folder.
pub(super) fn here(wish: &Wish) -> Result<Config, Failure> {
    find(wish, Path::new("."))
}

/// The rules of a run, also for files that have severities of their own.
pub(super) fn rules(config: &Config, work: &Work) -> Result<RuleSet, Failure> {
    let mut rules = told(config.rules())?;
    told(config.check_overrides(&rules))?;
    let files = work.projects.iter().flat_map(|project| &project.files).filter(|file| file.judged);
    let around = work.around.iter().filter(|file| file.judged);
    for path in files.map(|file| file.source.path()).chain(around.map(|file| file.source.path())) {
        if let Some(changed) = told(config.rules_for(Path::new(path), &rules))? {
            rules.set_for_file(path, changed);
        }
    }
    Ok(rules)
}

/// Mistakes are told as findings are, with carets, on standard error.
pub(super) fn told<T>(result: Result<T, Broken>) -> Result<T, Failure> {
    result.map_err(|broken| match broken {
        Broken::Unread(sentence) => Failure(sentence),
        Broken::Mistakes(mistakes, sources) => {
            let mut text = String::from("the configuration cannot be used\n");
            for mistake in &mistakes {
                text.push('\n');
                text += full::finding(mistake, mistake.at.span, &sources, Look::PLAIN).trim_end();
                text.push('\n');
            }
            Failure(text.trim_end().to_owned())
        }
    })
}

fn find(wish: &Wish, folder: &Path) -> Result<Config, Failure> {
    let config = match &wish.file {
        _ if wish.none => Config::default(),
        Some(file) => told(Config::at(file))?,
        None => told(Config::nearest(folder))?,
    };
    match &config.file {
        Some(file) => explain(format_args!("configuration: {file}")),
        None if wish.none => explain("configuration: none is read, as --no-config says"),
        None => explain(format_args!("configuration: none in {} or above", shown(folder))),
    }
    Ok(config)
}

/// The folder in which all paths are; what does not exist is told later.
pub(super) fn common_folder<'p>(paths: impl Iterator<Item = &'p Path>) -> PathBuf {
    let folder = |path: &Path| {
        let whole = std::fs::canonicalize(path).ok()?;
        if whole.is_dir() { Some(whole) } else { whole.parent().map(Path::to_owned) }
    };
    let mut common: Option<PathBuf> = None;
    for folder in paths.filter_map(folder) {
        common = Some(match common {
            None => folder,
            Some(common) => {
                common.components().zip(folder.components()).map_while(|(a, b)| (a == b).then_some(a)).collect()
            }
        });
    }
    common.unwrap_or_else(|| PathBuf::from("."))
}

/// Runs the subcommand.
pub(super) fn run(arguments: &ConfigArguments, wish: &Wish) -> Result<Verdict, Failure> {
    if arguments.json_schema {
        let rules = RuleSet::builtin();
        let names = rules.entries().iter().map(|entry| entry.name());
        let schema = schema::json_schema(names.chain(Category::ALL.iter().map(|category| category.name())));
        print(|out| writeln!(out, "{schema:#}"))?;
        return Ok(Verdict::Worthy);
    }
    let config = find(wish, arguments.folder.as_deref().unwrap_or(Path::new(".")))?;
    let rules = told(config.rules())?;
    told(config.check_overrides(&rules))?;
    let text = resolved(&config, &rules);
    print(|out| out.write_all(text.as_bytes()))?;
    Ok(Verdict::Worthy)
}

/// What is configured, as TOML that says of each line where it comes from.
fn resolved(config: &Config, rules: &RuleSet) -> String {
    let file = config.file.as_deref().unwrap_or_default();
    let source = Source::new(file, config.document.text.as_str());
    let mut text = match &config.file {
        Some(file) => format!("# {file}\n"),
        None => "# there is no configuration; these are the defaults\n".to_owned(),
    };
    let document = &config.document;
    let from = |at: Option<crate::source::Span>| match at {
        Some(at) => format!("{file}:{}", source.line_column(at.start, ColumnUnit::Char).line),
        None => "default".to_owned(),
    };
    let mut line = |key: &str, value: String, at| {
        let _ = writeln!(text, "{:<48} # {}", format!("{key} = {value}"), from(at));
    };
    let settings = config.settings();
    line("postgres", settings.version.to_string(), document.postgres.as_ref().map(|value| value.at));
    if let Some(tool) = &document.tool {
        line("tool", format!("{:?}", tool.value.name), Some(tool.at));
    }
    if let Some(dialect) = &document.dialect {
        line("dialect", format!("{:?}", dialect.value.name()), Some(dialect.at));
    }
    if let Some(flag) = &document.in_transaction {
        line("in-transaction", flag.value.to_string(), Some(flag.at));
    }
    let lists = [("paths", &document.paths), ("exclude", &document.exclude), ("rules", &document.rules)];
    for (key, values) in lists {
        let quoted: Vec<_> = values.iter().map(|value| format!("{:?}", value.value)).collect();
        line(key, format!("[{}]", quoted.join(", ")), values.first().map(|value| value.at));
    }
    let fail_on = document.fail_on.as_ref();
    let severity = fail_on.map_or("error", |written| written.value.map_or("never", |severity| severity.name()));
    line("fail-on", format!("{severity:?}"), fail_on.map(|value| value.at));
    let reasons = document.require_reasons.as_ref();
    if let Some(flag) = &document.surroundings {
        line("surroundings", flag.value.to_string(), Some(flag.at));
    }
    line("require-reasons", reasons.is_some_and(|flag| flag.value).to_string(), reasons.map(|value| value.at));
    for (key, value) in [("timeouts.lock", &document.lock_timeout), ("timeouts.statement", &document.statement_timeout)]
    {
        if let Some(value) = value {
            line(key, format!("{:?}", value.value), Some(value.at));
        }
    }
    for (name, size) in &document.tables {
        line(
            &format!("tables.{:?}", name.value),
            format!("{:?}", size.value.told.trim_end_matches(" rows")),
            Some(name.at),
        );
    }
    if let Some(schemas) = &document.exposed_schemas {
        let quoted: Vec<_> = schemas.iter().map(|schema| format!("{:?}", schema.value)).collect();
        line("exposed-schemas", format!("[{}]", quoted.join(", ")), schemas.first().map(|schema| schema.at));
    }
    let default = RuleSet::builtin();
    for entry in rules.entries() {
        let name = entry.name();
        let written = document.severity.iter().find(|(key, _)| key.value == name);
        let category = entry.rule().category.name();
        let written = written.or_else(|| document.severity.iter().find(|(key, _)| key.value == category));
        let level = if entry.enabled() { entry.severity().name() } else { "off" };
        let same =
            default.get(name).is_some_and(|it| it.enabled() == entry.enabled() && it.severity() == entry.severity());
        if written.is_some() || !same {
            line(&format!("severity.{name}"), format!("{level:?}"), written.map(|(key, _)| key.at));
        }
    }
    for entry in &document.overrides {
        let paths: Vec<_> = entry.paths.iter().map(|path| format!("{:?}", path.value)).collect();
        for (name, level) in &entry.severity {
            let key = format!("override.[{}].severity.{}", paths.join(", "), name.value);
            line(&key, format!("{:?}", level.value.name()), Some(name.at));
        }
    }
    text
}
