//! Sqitch: `deploy/<change>.sql` and `revert/<change>.sql` in the order of `sqitch.plan`. `verify/` is run to look, not to change.

use super::view::View;
use super::{Entry, Home, Proof, Server, manifest};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::source::Span;
use crate::tool::{Remark, Tool};
use std::collections::BTreeMap;
use std::path::Path;

/// By `sqitch.plan` above `deploy/`, `revert/` or `verify/`.
pub(super) fn by_plan(view: &View, folder: &Path) -> Option<Home> {
    let plan = view.nearest(folder, "sqitch.plan")?;
    let root = plan.parent()?;
    let inside = folder.strip_prefix(root).ok()?.components().next()?;
    ["deploy", "revert", "verify"].iter().any(|name| inside.as_os_str() == *name).then_some(())?;
    let home = Home::new(Tool::SQITCH, root, Proof::Path(plan.clone()), files);
    let Some(conf) = view.nearest(root, "sqitch.conf") else {
        return Some(home);
    };
    let server = match manifest::value(&view.manifest(&conf), "engine") {
        Some("mysql") => Server::Dialect(Dialect::MySql),
        Some("sqlite") => Server::Dialect(Dialect::Sqlite),
        Some("pg") => Server::Dialect(Dialect::Postgres),
        Some("oracle") => Server::Other("Oracle"),
        Some("cockroach") => Server::Other("CockroachDB"),
        Some("firebird") => Server::Other("Firebird"),
        Some("vertica") => Server::Other("Vertica"),
        Some("exasol") => Server::Other("Exasol"),
        Some("snowflake") => Server::Other("Snowflake"),
        Some("clickhouse") => Server::Other("ClickHouse"),
        _ => return Some(home),
    };
    Some(home.for_server(server, Proof::Path(conf)))
}

/// The project to which `deploy/` belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    let root = view.upward(folder).find(|above| view.list(above).has("sqitch.plan")).unwrap_or(folder);
    Home::new(Tool::SQITCH, root, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let plan = view.manifest(&root.join("sqitch.plan"));
    let mut entries: Vec<Entry> = Vec::new();
    let mut gone: Option<String> = None;
    for names in scripts(&plan) {
        let is_there = |name: &&String| view.has(&root.join("deploy").join(format!("{name}.sql")));
        let Some(script) = names.iter().find(is_there).or(names.first()) else { continue };
        for (folder, role) in [("deploy", Role::Migration), ("revert", Role::Down)] {
            // A change may be named `schema/users`: folders within.
            let path = root.join(folder).join(format!("{script}.sql"));
            if view.has(&path) {
                let mut entry = Entry::new(path, role);
                if let Some(gone) = gone.take_if(|_| role == Role::Migration) {
                    entry.remark(without_script(&gone, "before"), [root.join("sqitch.plan"), root.join(&gone)]);
                }
                entries.push(entry);
            } else if role == Role::Migration {
                gone = Some(format!("deploy/{script}.sql"));
            }
        }
    }
    let last = entries.iter_mut().rfind(|entry| entry.role == Role::Migration);
    if let (Some(gone), Some(last)) = (gone, last) {
        last.remark(without_script(&gone, "behind"), [root.join("sqitch.plan"), root.join(&gone)]);
    }
    entries
}

/// Sqitch stops at a change whose script is not there.
fn without_script(gone: &str, place: &str) -> Remark {
    Remark::refused(
        Span::empty(0),
        format!("sqitch.plan has a change {place} this one whose `{gone}` is not there"),
        "write the script, or take the change out of the plan: Sqitch stops there",
    )
}

/// The scripts of a plan in order, without their ending: what each may be called. A change that was reworked later keeps its first script
/// as `<change>@<tag>`, by one of the tags between the two: Sqitch takes the first that is there (`App::Sqitch::Plan::Change`).
fn scripts(plan: &str) -> Vec<Vec<String>> {
    let lines = plan.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['%', '#']));
    let words: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    // Seen from the end: the tags so far, and how many there were at each change's next appearance.
    let mut tags: Vec<&str> = Vec::new();
    let mut reworked: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    for word in words.into_iter().rev() {
        if let Some(tag) = word.strip_prefix('@') {
            tags.push(tag);
            continue;
        }
        let between = reworked.insert(word, tags.len()).map_or(&[][..], |from| tags.get(from..).unwrap_or_default());
        names.push(match between {
            [] => vec![word.to_owned()],
            between => between.iter().rev().map(|tag| format!("{word}@{tag}")).collect(),
        });
    }
    names.reverse();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reworked_change_keeps_its_first_script() {
        let plan = "%syntax-version=1.0.0\n%project=shop\n\nusers 2024-01-01T00:00:00Z A <a@b> # add\norders [users] 2024-01-02T00:00:00Z A <a@b>\n\
                    @v1 2024-01-03T00:00:00Z A <a@b>\nitems 2024-01-04T00:00:00Z A <a@b>\n@v2 2024-01-05T00:00:00Z A <a@b>\n\
                    users [users@v2] 2024-01-05T00:00:00Z A <a@b>\n@v3 2024-01-06T00:00:00Z A <a@b>\n";
        let expected: [&[&str]; 4] = [&["users@v1", "users@v2"], &["orders"], &["items"], &["users"]];
        assert_eq!(scripts(plan), expected);
    }
}
