//! Files that show the schema as the migrations make it, and that nobody runs: a digest for readers, a file for each table, what a
//! generator of code reads.
//!
//! To judge them tells what was told of the migrations, or what is not so: a digest may well leave the indexes out.

use super::view::View;
use super::{Home, Selected, names, plain};
use crate::dialect::Dialect;
use crate::parse::made::made;
use crate::parse::parse;
use crate::source::Source;
use crate::statement::{AlterActionKind, Command, ObjectName, Statement};
use crate::tool::Tool;
use rayon::prelude::*;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Why a file is left out.
pub(super) enum Reason {
    /// It shows what the migrations in this folder make.
    Shows(PathBuf),
    /// sqlc reads it, beside the migrations.
    Sqlc,
}

/// A history, with what it makes.
struct History<'a> {
    home: &'a Home,
    files: &'a [Selected],
    top: Option<PathBuf>,
    made: OnceCell<BTreeSet<String>>,
}

impl History<'_> {
    /// The names of all that its files make.
    fn made(&self) -> &BTreeSet<String> {
        self.made.get_or_init(|| {
            let of = |file: &Selected| std::fs::read(&file.path).map(|bytes| made(&String::from_utf8_lossy(&bytes)));
            self.files.par_iter().filter_map(|file| of(file).ok()).reduce(BTreeSet::new, |mut all, own| {
                all.extend(own);
                all
            })
        })
    }
}

/// The files of folders that no tool runs that are pictures of what another project's migrations make. What was given by name is asked for,
/// whatever it is.
pub(super) fn find(view: &View, projects: &[(Home, Vec<Selected>)]) -> Vec<(PathBuf, Reason)> {
    let top = |folder: &Path| view.upward(folder).find(|above| view.is_top(above)).map(Path::to_owned);
    let is_history = |home: &Home| home.tool != Tool::NONE || home.versions;
    let histories: Vec<_> = projects
        .iter()
        .filter(|(home, _)| is_history(home))
        .map(|(home, files)| History { home, files, top: top(&home.root), made: OnceCell::new() })
        .collect();
    let mut found = Vec::new();
    if histories.is_empty() {
        return found;
    }
    for (home, files) in projects.iter().filter(|(home, _)| !is_history(home)) {
        let own_top = top(&home.root);
        let near: Vec<_> = histories.iter().filter(|history| history.top == own_top).collect();
        let mut drawn: Vec<(&Path, BTreeSet<String>)> = Vec::new();
        for file in files.iter().filter(|file| !near.is_empty() && !file.by_name) {
            let numbered = names::digits(file.path.file_name().and_then(OsStr::to_str).unwrap_or_default()) > 0;
            if read_by_sqlc(view, &file.path, &near) {
                found.push((file.path.clone(), Reason::Sqlc));
            } else if !numbered
                && !plain::is_dump(view, &file.path)
                && let Some(names) = drawing(&file.path)
            {
                drawn.push((&file.path, names));
            }
        }
        let shown: BTreeSet<&String> = drawn.iter().flat_map(|(_, names)| names).collect();
        let shows = |history: &&&History<'_>| {
            let known = shown.iter().filter(|name| history.made().contains(**name)).count();
            // One name alone may be another's.
            shown.len() > 1 && known * 5 >= shown.len() * 4
        };
        if let Some(history) = near.iter().find(shows) {
            found.extend(drawn.iter().map(|(path, _)| (path.to_path_buf(), Reason::Shows(history.home.root.clone()))));
        }
    }
    found
}

/// What a file makes, by name, if it does nothing else: what replaces, drops or fills is meant to be run.
fn drawing(path: &Path) -> Option<BTreeSet<String>> {
    let source = Source::decode("", std::fs::read(path).ok()?).ok()?;
    let parsed = parse(&source, Dialect::Postgres);
    let mut names = BTreeSet::new();
    for statement in &parsed.statements {
        names.extend(drawn(statement)?.map(|name| name.name.name.to_string()));
    }
    Some(names).filter(|names| !names.is_empty())
}

/// What a statement draws: an object, or something about one; `None` where it does more.
fn drawn(statement: &Statement) -> Option<Option<&ObjectName>> {
    Some(match &statement.command {
        Command::CreateTable(create) if create.query.is_none() => Some(&create.name),
        Command::CreateView(create) if !create.or_replace => Some(&create.name),
        Command::CreateFunction(create) if !create.or_replace => Some(&create.name),
        Command::CreateSequence(create) => Some(&create.name),
        Command::CreateType(create) => Some(&create.name),
        Command::CreateDomain(create) => Some(&create.name),
        Command::CreateIndex(_)
        | Command::CreateTrigger(_)
        | Command::CreateSchema(_)
        | Command::CreateExtension(_)
        | Command::Policy(_)
        | Command::Comment(_)
        | Command::Grant(_)
        | Command::Set(_)
        | Command::Query(_)
        | Command::Nothing(_) => None,
        Command::AlterRelation(alter) if !alter.actions.iter().any(|action| changes(&action.kind)) => None,
        _ => return None,
    })
}

/// Whether an action changes a table that is there, in place of saying more of one that is drawn.
fn changes(action: &AlterActionKind) -> bool {
    matches!(
        action,
        AlterActionKind::AddColumn { .. }
            | AlterActionKind::DropColumn { .. }
            | AlterActionKind::SetType { .. }
            | AlterActionKind::DropConstraint { .. }
            | AlterActionKind::RenameTo(_)
            | AlterActionKind::RenameColumn { .. }
            | AlterActionKind::SetSchema(_)
    )
}

/// Whether sqlc's configuration names a file as a part of the schema, beside the migrations of one of some projects.
fn read_by_sqlc(view: &View, path: &Path, histories: &[&History<'_>]) -> bool {
    let folder = path.parent().unwrap_or(path);
    let settings = ["sqlc.yaml", "sqlc.yml", "sqlc.json"].iter().filter_map(|name| view.nearest(folder, name));
    for settings in settings {
        let Some(base) = settings.parent() else { continue };
        let schemas: Vec<_> = sqlc_schemas(&view.manifest(&settings)).map(|schema| joined(base, schema)).collect();
        let is_run = |schema: &PathBuf| {
            histories.iter().any(|history| schema.starts_with(&history.home.root) || history.home.root == *schema)
        };
        // A pattern names its folder.
        let holds = |schema: &PathBuf| path.starts_with(schema);
        if schemas.iter().any(holds) && schemas.iter().any(is_run) {
            return true;
        }
    }
    false
}

/// The paths that a configuration of sqlc gives under `schema`, as it writes them: one, or a list in either way of YAML.
fn sqlc_schemas(text: &str) -> impl Iterator<Item = &str> {
    let mut in_list = false;
    text.lines().flat_map(move |line| {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let key = line.trim_start_matches("- ").trim_start_matches('"');
        let value = match key.strip_prefix("schema") {
            Some(rest) => rest.trim_start_matches('"').trim_start().strip_prefix(':').map(str::trim),
            None => None,
        };
        let listed = line.strip_prefix('-').filter(|_| in_list);
        in_list = match value {
            Some(value) => matches!(value, "" | "["),
            // A list of JSON may go on without dashes.
            None => in_list && (listed.is_some() || line.is_empty() || line.starts_with(['"', '#'])),
        };
        let json = Some(line).filter(|line| in_list && value.is_none() && line.starts_with('"'));
        let text = value.or(listed).or(json).unwrap_or_default();
        text.split(',').map(|part| part.trim().trim_matches(['[', ']', '"', '\'', ' '])).filter(|part| !part.is_empty())
    })
}

/// A path below a folder, without `.` and `..`, and without the part that is a pattern.
fn joined(base: &Path, path: &str) -> PathBuf {
    let mut joined = base.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => drop(joined.pop()),
            Component::Normal(name) if name.to_str().is_some_and(|name| name.contains(['*', '?', '['])) => break,
            Component::Normal(name) => joined.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_of_sqlc_are_one_or_a_list() {
        let read = |text| sqlc_schemas(text).collect::<Vec<_>>();
        assert_eq!(read("sql:\n  - schema: \"db/schema.sql\" # all\n    queries: q\n"), ["db/schema.sql"]);
        assert_eq!(
            read("sql:\n  - engine: x\n    schema:\n      - \"migrations\"\n      - schema\n    gen:\n      - x\n"),
            ["migrations", "schema"]
        );
        assert_eq!(read("schema: [a.sql, 'b.sql']\nqueries: [c.sql]\n"), ["a.sql", "b.sql"]);
        assert_eq!(read("{\n  \"schema\": [\n    \"a\",\n    \"b\"\n  ],\n  \"queries\": \"q\"\n}"), ["a", "b"]);
        assert_eq!(joined(Path::new("/p/db"), "../sql/./x/*.sql"), Path::new("/p/sql/x"));
    }

    #[test]
    fn a_drawing_does_nothing_but_make() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.sql");
        let drawing = |text: &str| {
            std::fs::write(&path, text).unwrap();
            drawing(&path).map(Vec::from_iter)
        };
        let table = "CREATE TABLE app.t (id int); ALTER TABLE app.t OWNER TO me; CREATE INDEX i ON app.t (id);";
        assert_eq!(drawing(table), Some(vec!["t".to_owned()]));
        assert_eq!(drawing("GRANT SELECT ON t TO me;"), None);
        for more in [
            "DROP TABLE u;",
            "ALTER TABLE t ADD COLUMN a int;",
            "INSERT INTO t VALUES (1);",
            "CREATE OR REPLACE VIEW v AS SELECT 1;",
        ] {
            assert_eq!(drawing(&format!("{table} {more}")), None, "{more}");
        }
    }
}
