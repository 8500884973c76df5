//! Prisma Migrate: `prisma/migrations/<14 digits>_<name>/migration.sql`, in the order of the folders' names.

use super::view::View;
use super::{Entry, Home, Proof, Server, manifest, names};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `migration_lock.toml`, which names the server as well.
pub(super) fn by_lock_file(view: &View, folder: &Path) -> Option<Home> {
    let root = [folder.parent()?, folder].into_iter().find(|root| view.list(root).has("migration_lock.toml"))?;
    let lock = root.join("migration_lock.toml");
    let text = view.manifest(&lock);
    let server = match manifest::value(&text, "provider") {
        Some("mysql") => Server::Dialect(Dialect::MySql),
        Some("sqlite") => Server::Dialect(Dialect::Sqlite),
        Some("sqlserver") => Server::Other("SQL Server"),
        Some("cockroachdb") => Server::Other("CockroachDB"),
        Some("mongodb") => Server::Other("MongoDB"),
        _ => Server::Dialect(Dialect::Postgres),
    };
    Some(at(view, root, Proof::Path(lock.clone())).for_server(server, Proof::Path(lock)))
}

/// By a folder `<14 digits>_<name>` with a `migration.sql`.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let name = folder.file_name()?.to_str()?;
    let root = folder.parent()?;
    (names::digits(name) == 14 && view.list(folder).has("migration.sql")).then(|| at(view, root, Proof::Names))
}

/// The project to which a folder with a `migration.sql` belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    let root = if view.list(folder).has("migration.sql") { folder.parent().unwrap_or(folder) } else { folder };
    at(view, root, from)
}

/// The version that the nearest `package.json` asks for decides how files are sent.
fn at(view: &View, root: &Path, from: Proof) -> Home {
    let version = manifest::npm(view, root, "prisma").or_else(|| manifest::npm(view, root, "@prisma/client"));
    let (tool, older) = match version {
        Some((_, range)) if !manifest::allows(&range, 7, 4) => (Tool::PRISMA_BEFORE_7_4, [].as_slice()),
        Some((_, range)) if manifest::demands(&range, 7, 4) => (Tool::PRISMA, [].as_slice()),
        _ => (Tool::PRISMA, Tool::PRISMA.older()),
    };
    Home { older, ..Home::new(tool, root, from, files) }
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
