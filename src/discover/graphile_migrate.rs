//! graphile-migrate: `migrations/committed/<number>-<name>.sql`, then `migrations/current.sql` or `migrations/current/*.sql`. Before all
//! of them stands what `afterReset` in `.gmrc` makes of an empty database.

mod include;

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::source::Span;
use crate::tool::{Remark, Tool};
use sha1::{Digest, Sha1};
use std::path::Path;

/// By `.gmrc` above.
pub(super) fn by_settings(view: &View, folder: &Path) -> Option<Home> {
    let settings =
        [".gmrc", ".gmrc.js", ".gmrc.cjs", ".gmrc.json"].iter().find_map(|name| view.nearest(folder, name))?;
    let root = root(folder)?;
    root.starts_with(settings.parent()?).then(|| home(view, folder, Proof::Path(settings)))
}

/// The project to which `migrations/committed` belongs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::GRAPHILE_MIGRATE, root(folder).unwrap_or(folder), from, files).on(Dialect::Postgres)
}

/// By the header of a committed file.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    root(folder)?;
    Some(home(view, folder, from))
}

/// The folder that holds `committed/`.
fn root(folder: &Path) -> Option<&Path> {
    let name = folder.file_name()?;
    if name == "committed" || name == "current" { folder.parent() } else { (name == "migrations").then_some(folder) }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let committed = root.join("committed");
    let listing = view.list(&committed);
    let mut numbered: Vec<_> = listing.sql().filter_map(|name| Some((names::split_number(name)?.0, name))).collect();
    numbered.sort();
    let mut entries: Vec<_> =
        numbered.into_iter().map(|(_, name)| Entry::new(committed.join(name), Role::Migration)).collect();
    check_hashes(&mut entries);
    let mut before = base(view, root);
    before.append(&mut entries);
    entries = before;
    // It is run again whenever it is saved, and so is written to be.
    let mut newest = Vec::new();
    if view.list(root).has("current.sql") {
        newest.push(Entry::new(root.join("current.sql"), Role::Repeatable));
    }
    let current = root.join("current");
    newest.extend(view.list(&current).sql().map(|name| Entry::new(current.join(name), Role::Repeatable)));
    let mut parts = include::Parts::new();
    newest.iter_mut().for_each(|entry| include::follow(root, entry, &mut parts));
    entries.extend(parts.into_values().chain(newest));
    entries
}

/// The files that `afterReset` in `.gmrc` runs, in their order: as `"name.sql"`, `"!name.sql"` (by the superuser), or
/// `{ "_": "sql", "file": "name.sql" }`, each beside `committed/` (`makeValidateActionCallback`, `executeActions`).
fn base(view: &View, root: &Path) -> Vec<Entry> {
    use jsonc_parser::ast::Value;
    let Some(settings) = [".gmrc", ".gmrc.json"].iter().find_map(|name| view.nearest(root, name)) else {
        return Vec::new();
    };
    let text = view.manifest(&settings);
    let parsed = jsonc_parser::parse_to_ast(&text, &Default::default(), &Default::default()).ok();
    let Some(Value::Object(settings)) = parsed.and_then(|parsed| parsed.value) else {
        return Vec::new();
    };
    let actions = match settings.get("afterReset").map(|property| &property.value) {
        Some(Value::Array(actions)) => actions.elements.iter().collect(),
        Some(action) => vec![action],
        None => Vec::new(),
    };
    let file = |action: &Value<'_>| match action {
        Value::StringLit(name) => Some(name.value.trim_start_matches('!').to_owned()),
        Value::Object(action) if action.get_string("_").is_some_and(|kind| kind.value == "sql") => {
            action.get_string("file").map(|name| name.value.to_string())
        }
        _ => None,
    };
    let paths = actions.into_iter().filter_map(file).map(|name| root.join(name)).filter(|path| view.has(path));
    paths.map(|path| Entry { base: true, ..Entry::new(path, Role::Migration) }).collect()
}

/// What stands above the text of a committed file (`parseMigrationText`).
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    /// `--! Previous:`, the hash of the file before; empty where there is none.
    previous: String,
    /// `--! Hash:`.
    hash: String,
    /// `--! AllowInvalidHash`.
    allows_another: bool,
    /// The hash that is right.
    computed: String,
}

impl Header {
    fn read(text: &str) -> Self {
        let mut header = Self::default();
        let mut body = text;
        while let Some(line) = body.split_inclusive('\n').next()
            && let Some(content) =
                line.strip_prefix("--! ").filter(|line| line.starts_with(|it: char| it.is_ascii_uppercase()))
        {
            body = &body[line.len()..];
            let (key, value) = content.trim_end().split_once(':').unwrap_or((content.trim_end(), ""));
            match key {
                "Previous" if value.trim() != "-" => header.previous = value.trim().to_owned(),
                "Hash" => header.hash = value.trim().to_owned(),
                "AllowInvalidHash" => header.allows_another = true,
                _ => {}
            }
        }
        // `calculateHash`.
        let hashed = format!("{}\n{}", header.previous, body.trim());
        let digest = Sha1::digest(format!("{}\n", hashed.trim()));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        header.computed = format!("sha1:{hex}");
        header
    }

    fn is_right(&self) -> bool {
        self.hash == self.computed
    }
}

/// Says where a committed file is not what its hash says, or does not follow the one before it: graphile-migrate runs nothing then. Hashes of
/// which none is right were not written by it.
fn check_hashes(entries: &mut [Entry]) {
    // What cannot be read is told when it is to be judged.
    let read = |entry: &Entry| Header::read(&String::from_utf8_lossy(&std::fs::read(&entry.path).unwrap_or_default()));
    let headers: Vec<_> = entries.iter().map(read).collect();
    if !headers.iter().any(Header::is_right) {
        return;
    }
    let refused = |problem: String, advice| Remark::refused(Span::empty(0), problem, advice);
    for (at, header) in headers.iter().enumerate() {
        if !header.hash.is_empty() && !header.is_right() && !header.allows_another {
            let problem = "graphile-migrate refuses this file: its `Hash` is not that of its text".to_owned();
            entries[at].remark(refused(problem, "put the text back, and make the change in current.sql"), []);
        }
        let before = at.checked_sub(1).map(|before| (entries[before].path.clone(), headers[before].hash.as_str()));
        let (before, expected) = before.unzip();
        if header.previous != expected.unwrap_or_default() {
            let problem = match before.as_deref().and_then(Path::file_name) {
                Some(name) => format!(
                    "graphile-migrate refuses this file: its `Previous` is not the `Hash` of `{}`, which stands before it",
                    name.to_string_lossy()
                ),
                None => "graphile-migrate refuses this file: no file stands before it, but its `Previous` names one"
                    .to_owned(),
            };
            let advice =
                "`graphile-migrate uncommit` the one that nobody has run, and commit it again behind the others";
            entries[at].remark(refused(problem, advice), before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_over_the_text_and_the_hash_before() {
        let body = "CREATE TABLE a (id int);";
        let first = Header::read(&format!("--! Previous: -\n--! Hash: x\n--! Message: a: b\n\n{body}\n"));
        // printf 'CREATE TABLE a (id int);\n' | sha1sum
        assert_eq!(first.computed, FIRST);
        assert_eq!((first.previous.as_str(), first.hash.as_str()), ("", "x"));
        let second = Header::read(&format!("--! Previous: {FIRST}\n--! Hash: x\n--! AllowInvalidHash\n\n\n{body}"));
        // printf 'sha1:...\nCREATE TABLE a (id int);\n' | sha1sum
        assert_eq!(second.computed, SECOND);
        assert!(second.allows_another);
    }

    const FIRST: &str = "sha1:4f45642ec931df92e13364b7a3d95eb876d756b7";
    const SECOND: &str = "sha1:63c6051ebe803d8d93e02cdc7c0e0df59a4a5d5a";
}
