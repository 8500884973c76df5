//! yoyo: every .sql file but `<name>.rollback.sql`, which undoes; what a file `-- depends:` on before it, else by name.

use super::view::View;
use super::{Entry, Home, Proof};
use crate::migration::Role;
use crate::tool::Tool;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// By `yoyo.ini` above whose sources name the folder.
pub(super) fn by_config(view: &View, folder: &Path) -> Option<Home> {
    let config = ["yoyo.ini", ".yoyo.ini"].iter().find_map(|name| view.nearest(folder, name))?;
    let text = view.manifest(&config);
    let sources = super::manifest::value(&text, "sources").unwrap_or_default();
    let name = folder.file_name()?.to_str()?;
    let named = sources.split([' ', ',', '/', '\\']).any(|part| part == name);
    (named || sources.is_empty()).then(|| home(view, folder, Proof::Path(config)))
}

/// By `-- depends:` or `-- transactional:`.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// The project of a folder that yoyo runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::YOYO, folder, from, files)
}

/// What a line says in yoyo's way: `-- depends: a b`.
pub(super) fn directive(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().strip_prefix("--")?.split_once(':')?;
    Some((key.trim(), value.trim()))
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let listing = view.list(root);
    let stem = |name: &str| name.strip_suffix(".sql").map(str::to_owned);
    let (undoing, steps): (Vec<_>, Vec<_>) =
        listing.sql().filter_map(stem).partition(|stem| stem.ends_with(".rollback"));
    let mut needs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for step in &steps {
        let head = view.head(&root.join(format!("{step}.sql")));
        let comments = head.lines().take_while(|line| line.trim().is_empty() || line.trim().starts_with("--"));
        let depends = comments.filter_map(directive).filter(|(key, _)| key.eq_ignore_ascii_case("depends"));
        needs.insert(step, depends.flat_map(|(_, value)| value.split_whitespace().map(str::to_owned)).collect());
    }
    // Always the first by name of which all that it needs has run; a circle is left as it is named.
    let mut entries = Vec::new();
    let mut waiting: Vec<&String> = steps.iter().collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while !waiting.is_empty() {
        let ready = |step: &&String| {
            needs
                .get(step.as_str())
                .into_iter()
                .flatten()
                .all(|need| done.contains(need.as_str()) || !steps.contains(need))
        };
        let step = waiting.remove(waiting.iter().position(ready).unwrap_or(0));
        done.insert(step);
        entries.push(Entry::new(root.join(format!("{step}.sql")), Role::Migration));
        let undo = format!("{step}.rollback");
        if undoing.contains(&undo) {
            entries.push(Entry::new(root.join(format!("{undo}.sql")), Role::Down));
        }
    }
    entries
}
