//! In which formats `check` reports, and where to: standard output, or files that are written whole or not at all.

use super::{Failure, HOME, is_quiet, place, print, remark};
use crate::check::Outcome;
use crate::report::text::{Look, counted};
use crate::report::{
    checkstyle, concise, full, gcc, github, gitlab, grouped, json, json_lines, junit, markdown, rdjson, sarif, summary,
};
use crate::rule::RuleSet;
use crate::settings::Settings;
use clap::builder::EnumValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, ValueEnum, ValueHint, value_parser};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Standard output by another name.
const STDOUT: &str = "-";

/// How findings can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each finding with its statement, for people
    Full,
    /// A line for each finding, for editors
    Concise,
    /// A line for each finding below the name of its file, for people
    Grouped,
    /// For programs
    Json,
    /// A JSON object in a line for each finding, for programs
    JsonLines,
    /// SARIF 2.1.0, for code scanning services and editors
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code Quality report of GitLab
    Gitlab,
    /// JUnit's XML, for test reports of CI servers
    Junit,
    /// Checkstyle's XML
    Checkstyle,
    /// Reviewdog Diagnostic Format
    Rdjson,
    /// Reviewdog Diagnostic Format, an object in a line for each finding
    Rdjsonl,
    /// A line for each finding as compilers write it
    Gcc,
    /// Who is locked out and what was found, for the summary of a job of GitHub Actions
    Markdown,
    /// The same, short enough for a comment on a pull request
    MarkdownComment,
}

impl Format {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// A format and where to write it.
#[derive(Clone, Debug)]
struct Output {
    format: Format,
    /// `None` for standard output.
    file: Option<PathBuf>,
}

/// All reports of a run; at most one goes to standard output.
#[derive(Clone, Debug)]
pub(super) struct Outputs(Vec<Output>);

/// What there is to report.
pub(super) struct Run<'a> {
    /// The findings.
    pub(super) outcome: &'a Outcome,
    /// The settings.
    pub(super) settings: &'a Settings,
    /// The rules.
    pub(super) rules: &'a RuleSet,
    /// What tells this report apart from others of the same commit.
    pub(super) category: Option<&'a str>,
    /// How long it took.
    pub(super) took: Option<Duration>,
}

impl Args for Outputs {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
            .arg(
                Arg::new("output_format")
                    .long("output-format")
                    .value_name("FORMAT")
                    .value_parser(EnumValueParser::<Format>::new())
                    .action(ArgAction::Append)
                    .help("How to print the findings; may be given several times [default: full]"),
            )
            .arg(
                Arg::new("output_file")
                    .long("output-file")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .value_hint(ValueHint::FilePath)
                    .action(ArgAction::Append)
                    .help(
                        "Write the format named before it to a file; `-` is standard output, which one format may have",
                    ),
            )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Outputs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let formats = given::<Format>(matches, "output_format");
        let files = given::<PathBuf>(matches, "output_file");
        Self::paired(formats, files).map_err(|told| clap::Error::raw(ErrorKind::ArgumentConflict, told + "\n"))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of an argument, each with its place on the command line.
fn given<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Vec<(usize, T)> {
    let values = matches.get_many::<T>(name).into_iter().flatten().cloned();
    matches.indices_of(name).into_iter().flatten().zip(values).collect()
}

impl Outputs {
    /// Gives each file to the format before it. Why that cannot be done is a sentence.
    fn paired(formats: Vec<(usize, Format)>, files: Vec<(usize, PathBuf)>) -> Result<Self, String> {
        let mut outputs: Vec<(usize, Output)> =
            formats.into_iter().map(|(at, format)| (at, Output { format, file: None })).collect();
        let mut given: Vec<PathBuf> = Vec::new();
        let mut taken = vec![false; outputs.len()];
        for (at, file) in files {
            let shown = file.display();
            let Some(index) = outputs.iter().rposition(|(before, _)| *before < at) else {
                return Err(format!(
                    "--output-file {shown} stands before every --output-format: it belongs behind the format that is to be written to it"
                ));
            };
            let (Some((_, output)), Some(taken)) = (outputs.get_mut(index), taken.get_mut(index)) else { continue };
            let format = output.format.name();
            if std::mem::replace(taken, true) {
                return Err(format!("--output-format {format} has two files: name the format again before {shown}"));
            }
            if file.as_os_str().is_empty() {
                return Err(format!("the --output-file of --output-format {format} has no name"));
            }
            if file == Path::new(STDOUT) {
                continue;
            }
            if given.contains(&file) {
                return Err(format!("two formats would be written to {shown}"));
            }
            given.push(file.clone());
            output.file = Some(file);
        }
        let mut outputs: Vec<Output> = outputs.into_iter().map(|(_, output)| output).collect();
        if outputs.is_empty() {
            outputs.push(Output { format: Format::Full, file: None });
        }
        let printed: Vec<_> = outputs.iter().filter(|output| output.file.is_none()).collect();
        if let [first, second, ..] = printed.as_slice() {
            return Err(format!(
                "two formats would be written to standard output, {} and {}: give one of them a file with --output-file behind it",
                first.format.name(),
                second.format.name()
            ));
        }
        Ok(Self(outputs))
    }

    /// Writes the files, then what goes to standard output.
    pub(super) fn write(&self, run: &Run<'_>, look: Look) -> Result<(), Failure> {
        for output in &self.0 {
            if let Some(file) = &output.file {
                to_file(file, &|out| run.write(out, output.format, Look::PLAIN))?;
            }
        }
        let printed = self.0.iter().find(|output| output.file.is_none());
        if let Some(output) = printed {
            print(|out| run.write(out, output.format, look))?;
        }
        // A person who sees none of the findings, or only their lines, wants to know how it went.
        if printed.is_none_or(|output| matches!(output.format, Format::Concise | Format::Github)) {
            // Standard error may be a terminal, a pipe or a file, whatever standard output is: no colours, no guess at its width.
            let look = Look { width: usize::MAX, ..Look::PLAIN };
            remark(summary::summary(run.outcome, run.settings, look, run.took).trim_end());
        }
        Ok(())
    }
}

impl Run<'_> {
    fn write(&self, out: &mut dyn Write, format: Format, look: Look) -> io::Result<()> {
        let Self { outcome, settings, .. } = *self;
        let base = &settings.base;
        match format {
            Format::Full if is_quiet() => full::findings(out, outcome, look),
            Format::Full => full::write(out, outcome, settings, look, self.took),
            Format::Concise => concise::write(out, outcome),
            Format::Grouped => {
                grouped::write(out, outcome, look)?;
                if is_quiet() {
                    return Ok(());
                }
                out.write_all(summary::summary(outcome, settings, look, self.took).as_bytes())
            }
            Format::Json => json::write(out, outcome, settings),
            Format::JsonLines => json_lines::write(out, outcome),
            Format::Sarif => {
                let revision = place::revision(base);
                let (revision, category) = (revision.as_ref(), self.category);
                let context = sarif::Context { rules: self.rules, base, home: HOME, revision, category };
                let left_out = sarif::write(out, outcome, &context)?;
                if left_out > 0 {
                    let findings = counted(left_out, "finding");
                    remark(format_args!(
                        "SARIF: {findings} left out, which services would refuse; the most severe are in it"
                    ));
                }
                Ok(())
            }
            Format::Github => github::write(out, outcome, base),
            Format::Gitlab => gitlab::write(out, outcome, base),
            Format::Junit => junit::write(out, outcome),
            Format::Checkstyle => checkstyle::write(out, outcome),
            Format::Rdjson => rdjson::write(out, outcome, HOME),
            Format::Rdjsonl => rdjson::write_lines(out, outcome, HOME),
            Format::Gcc => gcc::write(out, outcome),
            Format::Markdown | Format::MarkdownComment => {
                let most = if format == Format::Markdown { markdown::SUMMARY } else { markdown::COMMENT };
                let files = files_of_the_commit();
                let context =
                    markdown::Context { base, settings, most, category: self.category, files: files.as_deref() };
                markdown::write(out, outcome, &context)
            }
        }
    }
}

/// Where the files of the commit are read, in a job of GitHub Actions or GitLab CI: elsewhere the commit may be on this machine alone.
fn files_of_the_commit() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let github =
        || Some(format!("{}/{}/blob/{}/", set("GITHUB_SERVER_URL")?, set("GITHUB_REPOSITORY")?, set("GITHUB_SHA")?));
    let gitlab = || Some(format!("{}/-/blob/{}/", set("CI_PROJECT_URL")?, set("CI_COMMIT_SHA")?));
    let folder = github().or_else(gitlab)?;
    // Nothing that would end a link.
    Some(folder).filter(|folder| !folder.contains(|letter: char| letter.is_whitespace() || "<>\"".contains(letter)))
}

/// Writes a file whole or not at all: beside its place, then in it.
fn to_file(path: &Path, report: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let told = |error: io::Error| {
        Failure(match error.kind() {
            io::ErrorKind::NotFound => format!("{}: it cannot be written: its folder does not exist", path.display()),
            io::ErrorKind::IsADirectory => format!("{}: it cannot be written: it is a folder", path.display()),
            _ => format!("{}: it cannot be written: {error}", path.display()),
        })
    };
    // A link stays a link: what it leads to is written.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&target).ok();
    match &before {
        Some(before) if before.is_dir() => return Err(told(io::ErrorKind::IsADirectory.into())),
        // A device or a pipe has no place beside it, and keeps nothing.
        Some(before) if !before.is_file() => {
            let file = fs::OpenOptions::new().write(true).open(&target).map_err(told)?;
            let mut out = BufWriter::new(file);
            return report(&mut out).and_then(|()| out.flush()).map_err(told);
        }
        _ => {}
    }
    let name = target.file_name().ok_or_else(|| told(io::ErrorKind::IsADirectory.into()))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = target.with_file_name(beside);
    let write = || {
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        let mut out = BufWriter::new(file);
        report(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some(before) = &before {
            file.set_permissions(before.permissions())?;
        }
        drop(file);
        fs::rename(&beside, &target)
    };
    write().map_err(|error| {
        // What is there of it is of no use.
        let _ = fs::remove_file(&beside);
        told(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(words: &str) -> Result<Vec<(String, Option<String>)>, String> {
        let words: Vec<_> = words.split_whitespace().enumerate().collect();
        let formats = words.iter().filter_map(|(at, word)| Some((*at, Format::from_str(word, false).ok()?)));
        let files = words.iter().filter_map(|(at, word)| Some((*at, PathBuf::from(word.strip_prefix('>')?))));
        let Outputs(outputs) = Outputs::paired(formats.collect(), files.collect())?;
        let shown = |output: Output| (output.format.name(), output.file.map(|file| file.display().to_string()));
        Ok(outputs.into_iter().map(shown).collect())
    }

    #[test]
    fn a_file_belongs_to_the_format_before_it() {
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(paired("").unwrap(), [("full".into(), None)]);
        assert_eq!(paired("sarif >a github").unwrap(), [("sarif".into(), some("a")), ("github".into(), None)]);
        assert_eq!(paired("github sarif >a").unwrap(), [("github".into(), None), ("sarif".into(), some("a"))]);
        assert_eq!(paired("json >- json >b").unwrap(), [("json".into(), None), ("json".into(), some("b"))]);
    }

    #[test]
    fn mistakes_are_told() {
        let told = |words| paired(words).unwrap_err();
        assert!(told(">a sarif").contains("stands before every --output-format"));
        assert!(told(">a").contains("--output-file a stands"));
        assert!(told("sarif >a >b").contains("sarif has two files"));
        assert!(told("sarif >- >b").contains("sarif has two files"));
        assert!(told("sarif >a json >a").contains("two formats would be written to a"));
        assert!(told("sarif json").contains("standard output, sarif and json"));
        assert!(told("sarif >- json").contains("standard output, sarif and json"));
        assert!(told("sarif >").contains("has no name"));
    }
}
