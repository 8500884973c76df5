//! Prisma Migrate: `prisma/migrations/<14 digits>_<name>/migration.sql`, in the order of the folders' names.

use super::view::View;
use super::{Entry, Home, Kind, Proof, manifest, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `migration_lock.toml`, which names the server as well.
pub(super) fn by_lock_file(view: &View, folder: &Path) -> Option<Home> {
    let root = [folder.parent()?, folder].into_iter().find(|root| view.list(root).has("migration_lock.toml"))?;
    let lock = root.join("migration_lock.toml");
    let text = view.manifest(&lock);
    let kind = match manifest::value(&text, "provider") {
        Some("mysql") => Kind::OtherServer("MySQL"),
        Some("sqlite") => Kind::OtherServer("SQLite"),
        Some("sqlserver") => Kind::OtherServer("SQL Server"),
        Some("cockroachdb") => Kind::OtherServer("CockroachDB"),
        _ => Kind::Runs(files),
    };
    Some(Home { tool: tool(view, root), root: root.to_owned(), from: Proof::Path(lock), kind })
}

/// By a folder `<14 digits>_<name>` with a `migration.sql`.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let name = folder.file_name()?.to_str()?;
    let root = folder.parent()?;
    (names::digits(name) == 14 && view.list(folder).has("migration.sql")).then(|| Home {
        tool: tool(view, root),
        root: root.to_owned(),
        from: Proof::Names,
        kind: Kind::Runs(files),
    })
}

/// The version that the nearest `package.json` asks for decides how files are sent.
fn tool(view: &View, root: &Path) -> Tool {
    let version = manifest::npm(view, root, "prisma").or_else(|| manifest::npm(view, root, "@prisma/client"));
    match version {
        Some((_, range)) if !manifest::allows(&range, 7, 4) => Tool::PRISMA_BEFORE_7_4,
        _ => Tool::PRISMA,
    }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    for name in &view.list(root).folders {
        let folder = root.join(name);
        let listing = view.list(&folder);
        if listing.has("migration.sql") {
            entries.push(Entry::new(folder.join("migration.sql"), Role::Migration));
            // Prisma does not read it; its documentation has people write it for `db execute`.
            if listing.has("down.sql") {
                entries.push(Entry::new(folder.join("down.sql"), Role::Down));
            }
        }
    }
    entries
}
