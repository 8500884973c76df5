//! Sqitch: `deploy/<change>.sql` and `revert/<change>.sql` in the order of `sqitch.plan`. `verify/` is run to look, not to change.

use super::view::View;
use super::{Entry, Home, Proof, Server, manifest};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::source::Span;
use crate::tool::{Remark, RemarkKind, Tool};
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
    for script in scripts(&plan) {
        for (folder, role) in [("deploy", Role::Migration), ("revert", Role::Down)] {
            // A change may be named `schema/users`: folders within.
            let path = root.join(folder).join(format!("{script}.sql"));
            if view.has(&path) {
                let mut entry = Entry::new(path, role);
                if let Some(gone) = gone.take_if(|_| role == Role::Migration) {
                    entry.remarks.push(without_script(&gone, "before"));
                }
                entries.push(entry);
            } else if role == Role::Migration {
                gone = Some(format!("deploy/{script}.sql"));
            }
        }
    }
    let last = entries.iter_mut().rfind(|entry| entry.role == Role::Migration);
    if let (Some(gone), Some(last)) = (gone, last) {
        last.remarks.push(without_script(&gone, "behind"));
    }
    entries
}

/// Sqitch stops at a change whose script is not there.
fn without_script(gone: &str, place: &str) -> Remark {
    Remark {
        span: Span::empty(0),
        kind: RemarkKind::Refused,
        problem: format!("sqitch.plan has a change {place} this one whose `{gone}` is not there"),
        advice: "write the script, or take the change out of the plan: Sqitch stops there".to_owned(),
    }
}

/// The scripts of a plan in order, without their ending. A change that was reworked later keeps its first script as
/// `<change>@<tag>`, after the first tag that follows it.
fn scripts(plan: &str) -> Vec<String> {
    let lines = plan.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['%', '#']));
    let mut scripts: Vec<(String, Option<String>)> = Vec::new();
    for line in lines {
        let word = line.split_whitespace().next().unwrap_or_default();
        match word.strip_prefix('@') {
            Some(tag) => {
                for (_, following) in scripts.iter_mut().rev().take_while(|(_, following)| following.is_none()) {
                    *following = Some(tag.to_owned());
                }
            }
            None => scripts.push((word.to_owned(), None)),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut names: Vec<_> = scripts
        .into_iter()
        .rev()
        .map(|(change, tag)| match tag {
            Some(tag) if seen.contains(&change) => format!("{change}@{tag}"),
            _ => {
                seen.insert(change.clone());
                change
            }
        })
        .collect();
    names.reverse();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reworked_change_keeps_its_first_script() {
        let plan = "%syntax-version=1.0.0\n%project=shop\n\nusers 2024-01-01T00:00:00Z A <a@b> # add\norders [users] 2024-01-02T00:00:00Z A <a@b>\n\
                    @v1 2024-01-03T00:00:00Z A <a@b>\nitems 2024-01-04T00:00:00Z A <a@b>\nusers [users@v1] 2024-01-05T00:00:00Z A <a@b>\n";
        assert_eq!(scripts(plan), ["users@v1", "orders", "items", "users"]);
    }
}
