//! `shipworthy init`: the first configuration, the pre-commit entry and the workflow, from what the project looks like.
//!
//! It asks nothing, and writes no file that is there already.

mod server;
mod squawk;

use super::{Failure, HOME, InitArguments, print, remark};
use crate::cli::Verdict;
use crate::config::{NAMES, document, shown};
use crate::discover::{self, Discovered, Options, discover};
use crate::migration::Role;
use crate::report::text::counted;
use crate::tool::Tool;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What stands in for the repository of shipworthy where the build does not know it.
const OWNER: &str = "OWNER/shipworthy";

/// A file that is to be written.
struct Planned {
    path: PathBuf,
    text: String,
    /// What is to be added by hand where the file is there already; `None`: nothing.
    instead: Option<String>,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &InitArguments) -> Result<Verdict, Failure> {
    let folder = arguments.folder.as_deref().unwrap_or(Path::new("."));
    let unknown = |error: io::Error| Failure(format!("{}: {error}", folder.display()));
    let folder = fs::canonicalize(folder).map_err(unknown)?;
    if !folder.is_dir() {
        return Err(Failure(format!("{}: it is no folder", shown(&folder))));
    }
    let converted = match arguments.from {
        Some(super::Origin::Squawk) => Some(squawk::read(&folder)?),
        None => None,
    };
    let found = discover(std::slice::from_ref(&folder), &Options::default());
    let mut planned = Vec::new();
    match configured(&folder)? {
        Some(path) => remark(format_args!("{} is there already and stays as it is", shown(&path))),
        None => {
            let text = configuration(&folder, &found, converted.as_ref());
            planned.push(Planned { path: folder.join(NAMES[0]), text, instead: None });
        }
    }
    let repository = folder.ancestors().find(|above| above.join(".git").exists());
    if let Some(root) = repository {
        let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
        planned.push(pre_commit(root));
        planned.push(workflow(root, below, &found));
    }
    let mut told = String::new();
    for file in planned {
        carry_out(file, arguments.dry_run, &mut told)?;
    }
    if !arguments.dry_run {
        next(&found, repository.is_some(), &mut told);
    }
    print(|out| out.write_all(told.as_bytes()))?;
    Ok(Verdict::Worthy)
}

/// The folder's own configuration, where it has one.
fn configured(folder: &Path) -> Result<Option<PathBuf>, Failure> {
    for name in NAMES {
        let path = folder.join(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Failure(format!("{}: {error}", shown(&path)))),
        };
        let says_nothing = || document::read(&text, document::Place::PyProject) == (None, Vec::new());
        if name != "pyproject.toml" || !says_nothing() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn carry_out(file: Planned, dry_run: bool, told: &mut String) -> Result<(), Failure> {
    let name = shown(&file.path);
    let there = file.path.exists();
    match (there, file.instead) {
        (true, Some(instead)) => {
            let _ = writeln!(told, "# {name} is there already; add to it:\n{instead}");
        }
        (true, None) => remark(format_args!("{name} is there already and stays as it is")),
        (false, _) if dry_run => {
            let _ = writeln!(told, "# {name}\n{}", file.text);
        }
        (false, _) => {
            write_new(&file.path, &file.text).map_err(|error| Failure(format!("{name}: {error}")))?;
            let _ = writeln!(told, "wrote {name}");
        }
    }
    Ok(())
}

/// Writes a file that is not there: if somebody was faster, his stays.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// What to do now.
fn next(found: &Discovered, in_repository: bool, told: &mut String) {
    let migrations: usize = found.projects.iter().map(|project| project.files.len()).sum();
    let _ = writeln!(told, "\nnext: `shipworthy check` looks at {}", counted(migrations, "file"));
    told.push_str("      `shipworthy baseline` accepts what it finds today; from then on only others are told\n");
    if in_repository {
        told.push_str("      `shipworthy check --since main` judges only what a branch adds\n");
        if HOME.is_none() {
            let _ = writeln!(told, "      put the repository of shipworthy in place of {OWNER} in what was written");
        }
    }
}

/// The projects that the configuration names: those of a tool, or else all.
fn named(found: &Discovered) -> Vec<&discover::Project> {
    let all: Vec<_> = found.projects.iter().collect();
    let of_tools: Vec<_> = all.iter().copied().filter(|project| project.tool.name != Tool::NONE.name).collect();
    if of_tools.is_empty() { all } else { of_tools }
}

fn configuration(folder: &Path, found: &Discovered, converted: Option<&squawk::Converted>) -> String {
    let mut text =
        String::from("# All keys: `shipworthy config --json-schema`. What counts now: `shipworthy config`.\n\n");
    let server = server::guess(folder);
    match (converted.and_then(|it| it.postgres), &server) {
        (Some(major), _) => {
            let _ = writeln!(text, "# As squawk's pg_version says.\npostgres = {major}");
        }
        (None, Some((major, from))) => {
            let _ = writeln!(text, "# The server's major version, as {} says: that of production counts.", from);
            let _ = writeln!(text, "postgres = {major}");
        }
        (None, None) => {
            text.push_str("# The server's major version; without it the newest known is assumed.\n# postgres = 16\n");
        }
    }
    let projects = named(found);
    text.push_str(&tools(folder, &projects));
    text.push_str("\n# Looked at where the command line names nothing.\n");
    let paths: Vec<_> = projects.iter().map(|project| format!("{:?}", below(folder, project))).collect();
    match paths.is_empty() {
        true => text.push_str("# paths = [\"db/migrations\"]\n"),
        false => {
            let _ = writeln!(text, "paths = [{}]", paths.join(", "));
            let others =
                found.projects.iter().filter(|other| !projects.iter().any(|named| std::ptr::eq(*named, *other)));
            let others: Vec<_> = others.map(|project| below(folder, project)).collect();
            if !others.is_empty() {
                let _ = writeln!(text, "# SQL that no migration tool runs is in {}.", others.join(", "));
            }
        }
    }
    match converted {
        Some(converted) => text.push_str(&converted.exclude),
        None => text.push_str("# exclude = [\"db/legacy\"]\n"),
    }
    text.push_str(
        "\n# The least severity that makes the exit status 1: error, warning, note or never.\nfail-on = \"error\"\n",
    );
    text.push_str(
        "\n# What the connection that runs the migrations sets by itself: rules about missing timeouts are silent then.\n\
         # [timeouts]\n# lock = \"2s\"\n# statement = \"30s\"\n",
    );
    text.push_str(
        "\n# How bad a rule or a whole category is: off, on, note, warning or error. `shipworthy rules list` lists them.\n",
    );
    match converted {
        Some(converted) if !converted.severity.is_empty() => text.push_str(&converted.severity),
        _ => text.push_str("# [severity]\n# style = \"note\"\n# missing-lock-timeout = \"off\"\n"),
    }
    text
}

/// Which tool runs the files; a line of its own where it is not certain.
fn tools(folder: &Path, projects: &[&discover::Project]) -> String {
    let mut text = String::new();
    let above = format!("{}/", folder.to_string_lossy().replace('\\', "/"));
    let mut told = Vec::new();
    for project in projects {
        let tool = &project.tool;
        if tool.name == Tool::NONE.name || told.contains(&tool.name) {
            continue;
        }
        told.push(tool.name);
        let from = project.tool_from.replace(&above, "");
        let _ = match &project.assumption {
            None => writeln!(text, "\n# Recognised {from}: {}.\n# tool = {:?}", tool.display, tool.name),
            Some(assumed) => writeln!(text, "\n# Recognised {from}; {assumed}.\n# tool = {:?}", tool.name),
        };
    }
    if told.is_empty() && !projects.is_empty() {
        text.push_str(
            "\n# No migration tool was recognised: each statement runs by itself. If a tool runs the files, name it;\n\
             # if it is none that shipworthy knows, say whether it opens a transaction around each file.\n\
             # tool = \"goose\"\n# in-transaction = true\n",
        );
    }
    text
}

/// A project's folder as the configuration writes it.
fn below(folder: &Path, project: &discover::Project) -> String {
    let migrations: Vec<_> = project.files.iter().filter(|file| file.role != Role::Schema).collect();
    let folders = migrations.iter().filter_map(|file| file.path.parent());
    let common = folders.map(Path::to_owned).reduce(|common, folder| {
        common.components().zip(folder.components()).map_while(|(a, b)| (a == b).then_some(a)).collect()
    });
    let path = common.unwrap_or_else(|| folder.to_owned());
    let below = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
    if below.is_empty() { ".".to_owned() } else { below }
}

fn pre_commit(root: &Path) -> Planned {
    let (url, note) = match HOME {
        Some(home) => (home.to_owned(), ""),
        None => (format!("https://github.com/{OWNER}"), "  # put the repository of shipworthy here"),
    };
    let entry = format!(
        "  - repo: {url}{note}\n    rev: main  # better a tag or a commit: `pre-commit autoupdate` writes the newest\n    \
         hooks:\n      - id: shipworthy\n"
    );
    Planned { path: root.join(".pre-commit-config.yaml"), text: format!("repos:\n{entry}"), instead: Some(entry) }
}

fn workflow(root: &Path, below: &Path, found: &Discovered) -> Planned {
    let home = HOME.and_then(|home| home.strip_prefix("https://github.com/")).map(|home| home.trim_end_matches('/'));
    let (uses, note) = match home {
        Some(home) => (home, ""),
        None => (OWNER, "  # put the repository of shipworthy here"),
    };
    let mut paths: Vec<_> = named(found)
        .iter()
        .map(|project| {
            let inner = self::below(&root.join(below), project);
            let whole = below.join(inner).to_string_lossy().replace('\\', "/");
            whole.trim_start_matches("./").trim_end_matches("/.").to_owned()
        })
        .collect();
    paths.dedup();
    let only: String = paths.iter().map(|path| format!("      - {path:?}\n", path = format!("{path}/**"))).collect();
    // A project in the repository's own folder may be anywhere in it.
    let anywhere = paths.is_empty() || paths.iter().any(|path| path == ".");
    let only = if anywhere { String::new() } else { format!("    paths:\n{only}") };
    let folder = match below.as_os_str().is_empty() {
        true => String::new(),
        false => {
            format!("        with:\n          working-directory: {:?}\n", below.to_string_lossy().replace('\\', "/"))
        }
    };
    // The action judges what the pull request adds, and fetches what it compares with.
    let text = format!(
        "name: migrations\non:\n  pull_request:\n{only}permissions:\n  contents: read\njobs:\n  shipworthy:\n    runs-on: ubuntu-latest\n    \
         steps:\n      - uses: actions/checkout@v7\n      - uses: {uses}@main{note}\n{folder}"
    );
    Planned { path: root.join(".github/workflows/shipworthy.yml"), text, instead: None }
}
