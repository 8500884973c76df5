//! Which project's migrations a declared schema belongs to.

use super::{Migrated, correspondence};
use crate::declared::{Declared, prisma};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::source::{SourceId, Sources};
use std::collections::{BTreeMap, BTreeSet};

/// A declared schema with its project, and whether the tool that reads the schema runs that project's migrations.
pub(super) type Pair<'a> = (Declared, Migrated<'a>, bool);

/// Prisma's schemas, each with its project.
///
/// A file with a `datasource` is a schema; those beside and below it that have none are parts of it, unless they say again what it says.
/// Its migrations are `migrations` beside it or beside a folder above it, whatever `prisma.config.ts` calls them; where Prisma runs none,
/// those of another tool that make at least half of its tables, unless others make more of them: then it is a copy.
pub(super) fn of_prisma<'a>(
    files: &BTreeMap<SourceId, prisma::File>,
    sources: &Sources,
    projects: &[Migrated<'a>],
) -> Vec<Pair<'a>> {
    let path = |id: SourceId| sources.get(id).path();
    let mut found: Vec<Pair<'a>> = Vec::new();
    for (head, declared) in schemas(files, sources) {
        let own = projects.iter().filter(|project| project.tool == "prisma");
        let near = own.filter(|project| is_within(path(head), folder_of(project.root)));
        let nearest = near.max_by_key(|project| folder_of(project.root).len());
        let best = || {
            let best = projects.iter().max_by_key(|project| correspondence(&declared, project.catalog).0);
            best.filter(|project| !matches!(project.tool, "prisma" | "drizzle"))
        };
        let Some(project) = nearest.or_else(best) else { continue };
        let (made, of) = correspondence(&declared, project.catalog);
        if project.dialect == Dialect::Postgres && made > 0 && made * 2 >= of {
            found.push((declared, *project, nearest.is_some()));
        }
    }
    // Of two schemas for one set of migrations it is that of which more was migrated; of equal ones the first.
    let shares: Vec<_> =
        found.iter().map(|(it, project, _)| (project.root, correspondence(it, project.catalog))).collect();
    let beats = |(a, one): (usize, &(&str, (usize, usize))), (b, other): (usize, &(&str, (usize, usize)))| {
        let ((made, of), (its_made, its_of)) = (one.1, other.1);
        one.0 == other.0 && a != b && (made * its_of, b) > (its_made * of, a)
    };
    let beaten: Vec<_> =
        shares.iter().enumerate().map(|it| shares.iter().enumerate().any(|other| beats(other, it))).collect();
    let mut beaten = beaten.into_iter();
    found.retain(|_| beaten.next() == Some(false));
    found
}

/// The schemas that the files make up, each with the file that says which database it is.
fn schemas(files: &BTreeMap<SourceId, prisma::File>, sources: &Sources) -> Vec<(SourceId, Declared)> {
    let path = |id: SourceId| sources.get(id).path();
    let has_source = files.values().any(|file| file.datasource().is_some());
    let is_head = |(id, file): &(&SourceId, &prisma::File)| match has_source {
        true => file.datasource().is_some(),
        false => path(**id).ends_with("schema.prisma"),
    };
    let heads: Vec<_> = files.iter().filter(is_head).map(|(id, _)| (*id, folder_of(path(*id)))).collect();
    let mut schemas = Vec::new();
    for &(head, folder) in &heads {
        let Some(file) = files.get(&head) else { continue };
        if has_source && !matches!(file.provider(), Some("postgresql" | "postgres")) {
            continue;
        }
        let shares_folder = heads.iter().filter(|(_, other)| *other == folder).count() > 1;
        let nearest = |id: SourceId| {
            let around = heads.iter().filter(|(_, other)| is_within(path(id), other));
            around.map(|(_, other)| other.len()).max()
        };
        let is_part = |(id, part): &(&SourceId, &prisma::File)| {
            **id != head
                && part.datasource().is_none()
                && is_within(path(**id), folder)
                && nearest(**id) == Some(folder.len())
        };
        let parts: Vec<_> = files.iter().filter(|it| !shares_folder && is_part(it)).collect();
        let mut names = BTreeSet::new();
        let once = file.models().chain(parts.iter().flat_map(|(_, part)| part.models())).all(|name| names.insert(name));
        let parts = parts.into_iter().filter(|_| once).map(|(id, part)| (*id, part));
        let all: Vec<_> = std::iter::once((head, file)).chain(parts).collect();
        schemas.extend(prisma::declared(&all).map(|declared| (head, declared)));
    }
    schemas
}

/// The snapshot of the newest migration of each project that Drizzle Kit runs. Where the newest migration has none, the snapshots are
/// behind what was written by hand, and say nothing of today's schema.
pub(super) fn of_drizzle<'a>(
    snapshots: &[SourceId],
    sources: &Sources,
    projects: &[Migrated<'a>],
) -> Vec<(SourceId, Migrated<'a>)> {
    let path = |id: SourceId| sources.get(id).path();
    let of = |project: &Migrated<'a>| {
        // A file that the journal does not know is never run.
        let newest = project.steps.iter().rev().find(|step| step.role == Role::Migration)?;
        let (folder, name) = path(newest.source).rsplit_once('/').unwrap_or(("", path(newest.source)));
        let number = &name[..name.bytes().take_while(u8::is_ascii_digit).count()];
        let join = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let own = match name {
            "migration.sql" => join("snapshot.json"),
            _ => join(&format!("meta/{number}_snapshot.json")),
        };
        snapshots.iter().copied().find(|id| path(*id) == own)
    };
    let projects = projects.iter().filter(|project| project.tool == "drizzle" && project.dialect == Dialect::Postgres);
    projects.filter_map(|project| Some((of(project)?, *project))).collect()
}

/// The folder of a path; empty for the current one.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a path lies in a folder, or below it.
fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
