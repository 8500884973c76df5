//! Files into memory.

use super::{Failure, Input, remark};
use crate::check::{File, Project};
use crate::discover::{Discovered, Options, Skipped, discover};
use crate::migration::Role;
use crate::source::{Source, Undecodable};
use crate::tool::Tool;
use rayon::prelude::*;
use std::io::{self, Read};
use std::path::Path;

/// How standard input is asked for.
const STDIN: &str = "-";

/// The projects that a command is about, with their files in memory. `stdin_filename` is what to call standard input; where there is
/// a file of that name, standard input stands in its place.
pub(super) fn projects(input: &Input, stdin_filename: Option<&Path>) -> Result<Vec<Project>, Failure> {
    let options = Options { siblings: !input.no_siblings };
    if input.paths.iter().any(|path| path == Path::new(STDIN)) {
        if input.paths.len() > 1 {
            return Err(Failure("`-` (standard input) cannot stand beside other paths".to_owned()));
        }
        return standard_input(stdin_filename, &options);
    }
    let found = discover(&input.paths, &options);
    if let Some(failure) = found.failures.iter().find(|failure| failure.given) {
        return Err(Failure(match failure.error.kind() {
            io::ErrorKind::NotFound => format!("{}: no such file or folder", failure.display),
            _ => format!("{}: {}", failure.display, failure.error),
        }));
    }
    say_what_is_left_out(&found.skipped);
    if found.projects.is_empty() && found.failures.is_empty() {
        if input.paths.is_empty() {
            return Err(Failure("there are no SQL files to check below the current folder; name some".to_owned()));
        }
        let names: Vec<_> = input.paths.iter().map(|path| slashed(path)).collect();
        remark(format_args!("there are no SQL files to check in {}", names.join(", ")));
    }
    Ok(load(found))
}

fn standard_input(name: Option<&Path>, options: &Options) -> Result<Vec<Project>, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure(format!("standard input cannot be read: {error}")))?;
    let decode =
        |name: String| Source::decode(name.as_str(), bytes).unwrap_or_else(|why| Source::unreadable(name, why));
    if let Some(path) = name.filter(|path| path.is_file()) {
        let mut projects = load(discover(&[path.to_owned()], options));
        if let Some(file) = projects.iter_mut().flat_map(|project| &mut project.files).find(|file| file.judged) {
            file.source = decode(file.source.path().to_owned());
            return Ok(projects);
        }
    }
    let source = decode(name.map_or_else(|| "<stdin>".to_owned(), slashed));
    let file = File { source, role: Role::Migration, judged: true, transaction: None };
    Ok(vec![Project { root: ".".to_owned(), tool: Tool::NONE, tool_from: String::new(), files: vec![file] }])
}

/// The files of what was found. One that cannot be read is one without text, and a finding says why.
fn load(found: Discovered) -> Vec<Project> {
    let mut projects: Vec<_> = found
        .projects
        .into_iter()
        .map(|project| Project {
            root: project.root,
            tool: project.tool,
            tool_from: project.tool_from,
            files: project
                .files
                .into_par_iter()
                .map(|file| File {
                    source: source(&file.path, &file.display),
                    role: file.role,
                    judged: file.judged,
                    transaction: file.transaction,
                })
                .collect(),
        })
        .collect();
    // A folder that could not be looked into may hold anything: it counts as a file that could not be read.
    let unread = found.failures.into_iter().map(|failure| File {
        source: Source::unreadable(failure.display, Undecodable::NotRead(failure.error.kind())),
        role: Role::Migration,
        judged: true,
        transaction: None,
    });
    projects.extend(unread.map(|file| Project {
        root: ".".to_owned(),
        tool: Tool::NONE,
        tool_from: String::new(),
        files: vec![file],
    }));
    projects
}

/// A remark for each reason, with a few examples.
fn say_what_is_left_out(skipped: &[Skipped]) {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for skipped in skipped {
        match reasons.iter_mut().find(|(reason, _)| *reason == skipped.reason) {
            Some((_, paths)) => paths.push(&skipped.display),
            None => reasons.push((&skipped.reason, vec![&skipped.display])),
        }
    }
    for (reason, paths) in reasons {
        let shown = paths.len().min(3);
        let more = match paths.len() - shown {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        remark(format_args!("left out {}{more}: {reason}", paths[..shown].join(", ")));
    }
}

/// The rule documents in a folder: `<category>/<name>.md`.
pub(super) fn documents(folder: &Path) -> Result<Vec<Source>, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure(format!("{}: {error}", folder.display()));
    let mut documents = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| match error.io_error() {
            Some(cause) => unreadable(cause),
            None => unreadable(&error),
        })?;
        let path = entry.path();
        let is_document = path.extension().is_some_and(|extension| extension == "md");
        if entry.file_type().is_file() && is_document && entry.file_name() != "README.md" {
            let document = source(path, &slashed(path));
            if let Some(why) = document.why_unreadable() {
                return Err(Failure(format!("{}: {why}", document.path())));
            }
            documents.push(document);
        }
    }
    if documents.is_empty() {
        return Err(Failure(format!("{}: no rule document (<category>/<rule>.md) in it", folder.display())));
    }
    Ok(documents)
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// A file's text; one that cannot be read has none, and a finding says why.
fn source(path: &Path, name: &str) -> Source {
    match std::fs::read(path) {
        Ok(bytes) => Source::decode(name, bytes).unwrap_or_else(|why| Source::unreadable(name, why)),
        Err(error) => Source::unreadable(name, Undecodable::NotRead(error.kind())),
    }
}
