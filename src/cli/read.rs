//! Files into memory.

use super::select::Selection;
use super::{Failure, Input, When, explain, is_verbose, remark};
use crate::check::{Around, File, Project};
use crate::config::Config;
use crate::discover::{self, Discovered, Options, ProjectFile, Said, Skipped, Surroundings, discover};
use crate::history::{self, Change};
use crate::report::text::counted;
use crate::source::{Source, Undecodable};
use crate::tool::{Tool, TransactionMode};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;

/// How standard input is asked for.
const STDIN: &str = "-";

/// At most so many projects, or paths that were left out for one reason, are named.
const MOST: usize = 5;

/// Of folders, which are long names, fewer.
const FOLDERS: usize = 3;

/// What a command is about, in memory.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// The projects.
    pub(super) projects: Vec<Project>,
    /// What stands around them.
    pub(super) around: Vec<Around>,
}

/// The projects that a command is about, with their files in memory, and no more than these.
pub(super) fn projects(
    input: &Input,
    config: &Config,
    selection: &Selection,
    stdin_filename: Option<&Path>,
) -> Result<Vec<Project>, Failure> {
    Ok(work(input, config, selection, stdin_filename, When::Never)?.projects)
}

/// The projects that a command is about with their files in memory, and what stands around them. `stdin_filename` is what to call standard input.
///
/// What was chosen or left out without being asked is told on standard error. A file or folder that cannot be read is a file without text,
/// and a finding says why; only a given path that does not exist is a failure.
pub(super) fn work(
    input: &Input,
    config: &Config,
    selection: &Selection,
    stdin_filename: Option<&Path>,
    surroundings: When,
) -> Result<Work, Failure> {
    let excludes = |path: &Path| config.excludes(path);
    let said = |path: &Path| said(input, config, path);
    let (configured, home) = (config.paths(), config.home());
    let surroundings = match surroundings {
        When::Never => Surroundings::Nowhere,
        // What is configured are the migrations; what stands around them is looked for where the configuration is.
        _ if input.paths.is_empty() && !configured.is_empty() => Surroundings::In(&home),
        When::Always => Surroundings::Given,
        When::Auto if input.paths.is_empty() => Surroundings::Given,
        When::Auto => Surroundings::Roots,
    };
    let options = Options {
        siblings: !input.no_siblings,
        excludes: &excludes,
        force_exclude: input.force_exclude,
        said: &said,
        postgres: input.postgres.is_some() || config.document.postgres.is_some(),
        surroundings,
    };
    let paths = if input.paths.is_empty() { &configured } else { &input.paths };
    if input.paths.iter().any(|path| path == Path::new(STDIN)) {
        if input.paths.len() > 1 {
            return Err(Failure("`-` (standard input) cannot stand beside other paths".to_owned()));
        }
        let projects = standard_input(stdin_filename, &options)?;
        return Ok(Work { projects, around: Vec::new() });
    }
    let mut found = discover(paths, &options);
    let around = around(std::mem::take(&mut found.surroundings), selection);
    selection.apply(&mut found);
    if is_verbose() {
        found.projects.iter().for_each(explain_project);
    } else if input.paths.is_empty() {
        tell_choice(&found);
    }
    let ignored: Vec<_> = found.projects.iter().map(|project| take_ignored(project, &mut found.skipped)).collect();
    tell_skipped(&found.skipped);
    let unread = found.failures.iter().map(|failure| {
        if failure.given && failure.error.kind() == io::ErrorKind::NotFound {
            return Err(Failure(format!("{}: no such file or folder", failure.display)));
        }
        Ok(plain(Source::unreadable(failure.display.as_str(), not_read(&failure.error))))
    });
    let mut projects = unread.collect::<Result<Vec<_>, _>>()?;
    projects.extend(
        found
            .projects
            .into_iter()
            .zip(ignored)
            .map(|(project, ignored)| in_memory(project, &options, selection, ignored, of_file)),
    );
    if config.document.in_transaction.as_ref().is_some_and(|flag| flag.value) {
        for project in projects.iter_mut().filter(|project| project.tool.name == Tool::NONE.name) {
            project.tool.transaction = TransactionMode::File;
        }
    }
    if projects.is_empty() && around.is_empty() && !selection.is_partial() {
        if paths.is_empty() {
            return Err(Failure("there are no migrations below the current folder; name files or folders".to_owned()));
        }
        let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        remark(format_args!("there are no SQL files to look at in {}", names.join(", ")));
    }
    Ok(Work { projects, around })
}

/// Reads what stands around the migrations, many files at a time.
fn around(files: Vec<discover::SurroundingFile>, selection: &Selection) -> Vec<Around> {
    let read = |file: discover::SurroundingFile| {
        let judged = selection.judges_around(&file.path);
        let source = match selection.content_of(&file.path, judged) {
            Some(bytes) => decoded(&file.display, bytes),
            None => source(&file.path, &file.display),
        };
        Around { source, judged }
    };
    files.into_par_iter().map(read).collect()
}

/// Standard input in place of the file whose name it has been given, among that file's siblings; else by itself.
fn standard_input(name: Option<&Path>, options: &Options<'_>) -> Result<Vec<Project>, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure(format!("standard input cannot be read: {error}")))?;
    if let Some(name) = name.filter(|name| name.is_file()) {
        let found = discover(&[name.to_owned()], options);
        let content =
            |file: &ProjectFile| if file.judged { decoded(&file.display, bytes.clone()) } else { of_file(file) };
        let projects: Vec<_> = found
            .projects
            .into_iter()
            .map(|project| in_memory(project, options, &Selection::default(), Vec::new(), content))
            .collect();
        if !projects.is_empty() {
            return Ok(projects);
        }
    }
    let name = name.map_or_else(|| "<stdin>".into(), Path::to_string_lossy);
    Ok(vec![plain(decoded(&name, bytes))])
}

/// What the command line, or else the configuration, says of the project of a file.
fn said(input: &Input, config: &Config, path: &Path) -> Said {
    let (tool, dialect) = config.project_of(path);
    let from = || format!("as {} says", config.file.as_deref().unwrap_or_default());
    let flag = input.tool.map(|tool| (tool, "as --tool says".to_owned()));
    Said { tool: flag.or_else(|| tool.map(|tool| (tool, from()))), dialect: dialect.map(|dialect| (dialect, from())) }
}

/// One file that no tool runs.
fn plain(source: Source) -> Project {
    Project::of(Tool::NONE, vec![File::from(source)])
}

/// Reads a project's files, many at a time.
fn in_memory(
    project: discover::Project,
    options: &Options<'_>,
    selection: &Selection,
    ignored: Vec<Skipped>,
    source: impl Fn(&ProjectFile) -> Source + Sync,
) -> Project {
    let (deleted, theirs) = (selection.deleted(&project), selection.theirs(&project));
    let series = options.siblings && project.tool.name == Tool::NONE.name && is_series(&project.files);
    let read = |file: ProjectFile| {
        let source = match selection.content(&file) {
            Some(bytes) => decoded(&file.display, bytes),
            None => source(&file),
        };
        File {
            change: selection.change(&file, &source),
            source,
            pending: selection.is_pending(&file),
            role: file.role,
            judged: file.judged,
            transaction: file.transaction,
            brought_about: selection.brings_about(&file),
            remarks: file.remarks,
            includes: file.includes,
        }
    };
    let mut files: Vec<_> = project.files.into_par_iter().map(read).collect();
    files.extend(deleted.into_iter().chain(ignored.into_iter().map(ignored_file)));
    let whole = options.siblings && project.tool.name != Tool::NONE.name;
    Project {
        root: project.root,
        tool: project.tool,
        tool_from: project.tool_from,
        whole,
        series,
        ordered: project.ordered,
        dialect: project.dialect,
        dialect_from: project.dialect_from,
        assumption: project.assumption,
        older: project.older,
        served: project.served,
        coded: project.coded,
        files,
        theirs,
    }
}

/// Whether whoever wrote a project's migrations numbered them all.
fn is_series(files: &[ProjectFile]) -> bool {
    let mut migrations = files.iter().filter(|file| file.role == crate::migration::Role::Migration);
    migrations.clone().nth(1).is_some() && migrations.all(|file| is_numbered(&file.display))
}

/// Whether a file's name begins with a number.
fn is_numbered(display: &str) -> bool {
    let name = display.rsplit('/').next().unwrap_or_default();
    name.trim_start_matches(['V', 'v']).starts_with(|letter: char| letter.is_ascii_digit())
}

/// The files among a project's migrations that the tool passes over although they are named like them.
fn take_ignored(project: &discover::Project, skipped: &mut Vec<Skipped>) -> Vec<Skipped> {
    let folders: BTreeSet<_> = project.files.iter().map(|file| history::folder(&file.display)).collect();
    let is_named_so = |skipped: &mut Skipped| {
        skipped.by_tool && is_numbered(&skipped.display) && folders.contains(history::folder(&skipped.display))
    };
    skipped.extract_if(.., is_named_so).collect()
}

/// A finding says that the tool does not run it; what stands in it does not matter then.
fn ignored_file(skipped: Skipped) -> File {
    File { change: Change::Ignored, ..Source::new(skipped.display, "").into() }
}

fn of_file(file: &ProjectFile) -> Source {
    source(&file.path, &file.display)
}

fn source(path: &Path, display: &str) -> Source {
    match std::fs::read(path) {
        Ok(bytes) => decoded(display, bytes),
        Err(error) => Source::unreadable(display, not_read(&error)),
    }
}

fn decoded(name: &str, bytes: Vec<u8>) -> Source {
    Source::decode(name, bytes).unwrap_or_else(|why| Source::unreadable(name, why))
}

/// What the system said, without its number.
fn not_read(error: &io::Error) -> Undecodable {
    Undecodable::NotRead(match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    })
}

/// Without paths: what is looked at, and why.
fn tell_choice(found: &Discovered) {
    for project in found.projects.iter().take(MOST) {
        let tool = match project.tool.name {
            "none" => String::new(),
            _ => format!(", {} recognised {}", project.tool.display, project.tool_from),
        };
        let judged = project.files.iter().filter(|file| file.judged).count();
        let part = if judged < project.files.len() { format!("{judged} of ") } else { String::new() };
        remark(format_args!("looking at {} ({part}{}{tool})", project.root, counted(project.files.len(), "file")));
    }
    if found.projects.len() > MOST {
        remark(format_args!("... and at {} more", counted(found.projects.len() - MOST, "project")));
    }
}

/// What a project is taken for, and what of it is judged.
fn explain_project(project: &discover::Project) {
    let tool = match project.tool.name {
        "none" => format!("no migration tool recognised, in order {}", project.tool_from),
        _ => format!("{} recognised {}", project.tool.display, project.tool_from),
    };
    let dialect = match project.dialect_from.as_str() {
        "" => format!("{} assumed", project.dialect.display()),
        from => format!("{} {from}", project.dialect.display()),
    };
    explain(format_args!("project {}: {tool}; {dialect}", project.root));
    if let Some(assumption) = &project.assumption {
        explain(format_args!("project {}: {assumption}", project.root));
    }
    let judged = project.files.iter().filter(|file| file.judged).count();
    let context = project.files.len() - judged;
    let (first, last) = (project.files.first(), project.files.last());
    if let (Some(first), Some(last)) = (first, last) {
        explain(format_args!(
            "project {}: {} judged, {context} read as context, from {} to {}",
            project.root,
            counted(judged, "file"),
            first.display,
            last.display
        ));
    }
}

/// A remark for each reason, with some of the files, or where many are of some folders.
fn tell_skipped(skipped: &[Skipped]) {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for skipped in skipped {
        match reasons.iter_mut().find(|(reason, _)| *reason == skipped.reason) {
            Some((_, paths)) => paths.push(&skipped.display),
            None => reasons.push((&skipped.reason, vec![&skipped.display])),
        }
    }
    for (reason, paths) in reasons {
        remark(format_args!("left out {}: {reason}", places(&paths, if is_verbose() { usize::MAX } else { MOST })));
    }
}

/// Paths, if they are not more than that; else how many they are, and in which folders most of them lie.
fn places(paths: &[&str], most: usize) -> String {
    if paths.len() <= most {
        return paths.join(", ");
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        let folder = path.rsplit_once(['/', '\\']).map_or(".", |(folder, _)| folder);
        *counts.entry(folder).or_default() += 1;
    }
    let mut folders: Vec<_> = counts.into_iter().collect();
    folders.sort_by_key(|&(_, count)| Reverse(count));
    let shown: Vec<_> = folders.iter().take(FOLDERS).map(|&(folder, _)| folder).collect();
    let more = match folders.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {}", counted(more, "more folder")),
    };
    format!("{} in {}{more}", counted(paths.len(), "file"), shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn few_paths_are_named_and_many_are_counted() {
        assert_eq!(places(&["a/1.sql", "b/2.sql"], 2), "a/1.sql, b/2.sql");
        assert_eq!(places(&["a/1.sql", "b/2.sql", "b/3.sql"], 2), "3 files in b, a");
        assert_eq!(places(&["1.sql", "a/1.sql", "b/2.sql", "c/3.sql"], 2), "4 files in ., a, b and 1 more folder");
        assert_eq!(places(&["a/1.sql", "b/2.sql", "b/3.sql"], usize::MAX), "a/1.sql, b/2.sql, b/3.sql");
    }
}
