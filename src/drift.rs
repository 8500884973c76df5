//! Declared schemas held against what the migrations make.
//!
//! What a push makes of a difference is Prisma's own differ's doing; it was run (`@prisma/schema-engine-wasm` 6.19, 7.4 and 7.10 on
//! PostgreSQL 15) on what follows:
//!
//! - It drops tables (inherited, unlogged and partitioned ones too), columns, values of enums and enums that the schema lacks; indexes,
//!   unique constraints and foreign keys, which it finds by their columns and not by their names; defaults. A column whose type it
//!   cannot convert it drops and adds anew.
//! - It leaves views, materialized views, functions, triggers, policies, sequences, domains, composite types, extensions, CHECK and EXCLUDE
//!   constraints, partitions, foreign tables, indexes with an expression among their keys, its own `_prisma_migrations`, what PostGIS makes,
//!   and every schema that is not its own.
//! - Partial indexes it leaves unless `partialIndexes` is switched on. (7.4.0 dropped them: an error, mended in 7.4.2.)
//! - Another name of an index or constraint it takes over; nothing is lost by that.
//!
//! Of what a statement that cannot be read may have done nothing is said, nor of a table that was never seen to be made. A schema of which
//! the migrations make less than half is another database's.

mod compare;
mod home;
#[cfg(test)]
mod tests;

use crate::catalog::Catalog;
use crate::declared::{Declared, drizzle, prisma};
use crate::dialect::Dialect;
use crate::effect::{Effect, EffectKind, OpaqueReason};
use crate::replay::Step;
use crate::source::{SourceId, Sources};
use crate::surrounding::{Neighbour, Surrounding};
use std::collections::{BTreeMap, BTreeSet};

/// A project whose migrations were replayed.
#[derive(Clone, Copy, Debug)]
pub struct Migrated<'a> {
    /// Its folder, as diagnostics print it.
    pub root: &'a str,
    /// The migration tool's name.
    pub tool: &'a str,
    /// The server that it is for.
    pub dialect: Dialect,
    /// What its migrations make.
    pub catalog: &'a Catalog,
    /// What each statement does.
    pub steps: &'a [Step],
}

/// Whether a file declares a schema, going by its path: with `/` between its parts.
pub fn is_known(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".prisma") || drizzle::is_snapshot(path)
}

/// Reads the neighbours that declare schemas and holds each schema against its project.
pub fn read(neighbours: &[Neighbour], sources: &Sources, projects: &[Migrated<'_>]) -> Vec<Surrounding> {
    let path = |neighbour: &Neighbour| sources.get(neighbour.source).path();
    let known: Vec<_> = neighbours.iter().copied().filter(|neighbour| is_known(path(neighbour))).collect();
    let of_prisma = |neighbour: &Neighbour| path(neighbour).ends_with(".prisma");
    let files: BTreeMap<SourceId, prisma::File> = known
        .iter()
        .filter(|neighbour| of_prisma(neighbour))
        .map(|neighbour| (neighbour.source, prisma::read(sources.get(neighbour.source).text())))
        .collect();
    let mut effects: BTreeMap<SourceId, Vec<Effect>> = BTreeMap::new();
    let mut add = |found: Vec<Effect>| {
        for effect in found {
            effects.entry(effect.cause.source).or_default().push(effect);
        }
    };
    for (declared, project, own) in home::of_prisma(&files, sources, projects) {
        add(compare::effects(&declared, project, &Unseen::of(project, sources), own));
    }
    let mut surroundings: Vec<_> = known.iter().copied().map(Surrounding::of).collect();
    for surrounding in &mut surroundings {
        if let Some(file) = files.get(&surrounding.source) {
            surrounding.comments.clone_from(&file.comments);
            surrounding.passages = prisma::passages(file);
        }
    }
    let snapshots: Vec<_> = known.iter().filter(|neighbour| !of_prisma(neighbour)).map(|it| it.source).collect();
    for (snapshot, project) in home::of_drizzle(&snapshots, sources, projects) {
        let Some(read) = drizzle::read(snapshot, sources.get(snapshot).text()) else { continue };
        let (made, of) = correspondence(&read.declared, project.catalog);
        if made * 2 >= of {
            add(compare::effects(&read.declared, project, &Unseen::of(project, sources), true));
        }
        if let Some(surrounding) = surroundings.iter_mut().find(|it| it.source == snapshot) {
            surrounding.passages = read.passages;
        }
    }
    for surrounding in &mut surroundings {
        surrounding.effects = effects.remove(&surrounding.source).unwrap_or_default();
    }
    surroundings
}

/// What statements that cannot be read may have done.
#[derive(Debug, Default)]
struct Unseen {
    /// Anything, to anything.
    everything: bool,
    /// The words in them, lower case.
    words: BTreeSet<String>,
}

impl Unseen {
    fn of(project: Migrated<'_>, sources: &Sources) -> Self {
        let mut unseen = Self::default();
        for step in project.steps {
            let opaque = step.effects.iter().find_map(|effect| match effect.kind {
                EffectKind::CannotBeAnalysed { reason } => Some(reason),
                _ => None,
            });
            match opaque {
                None => {}
                Some(OpaqueReason::Include) => unseen.everything = true,
                Some(_) => {
                    let text = sources.get(step.at.source).slice(step.at.span).to_lowercase();
                    let is_word = |it: char| it.is_alphanumeric() || it == '_';
                    let words: BTreeSet<String> = text.split(|it| !is_word(it)).map(str::to_owned).collect();
                    let has = |any: &[&str]| any.iter().any(|word| words.contains(*word));
                    // A loop over the catalogues that changes what it finds names none of it.
                    unseen.everything |=
                        has(&["pg_class", "pg_tables", "pg_constraint", "pg_indexes", "information_schema"])
                            && has(&["add", "drop", "rename", "create"])
                            && !has(&["policy", "trigger", "function", "publication"]);
                    unseen.words.extend(words);
                }
            }
        }
        unseen
    }

    /// Whether something of that name may have been changed.
    fn may_touch(&self, name: &str) -> bool {
        self.everything || (!self.words.is_empty() && self.words.contains(&name.to_lowercase()))
    }
}

/// How many of a schema's tables the migrations make, and how many it has.
fn correspondence(declared: &Declared, catalog: &Catalog) -> (usize, usize) {
    let tables = || declared.tables.iter().filter(|table| !table.implicit);
    let made = tables().filter(|table| catalog.find(&table.schema, &table.name).is_some());
    (made.count(), tables().count())
}
