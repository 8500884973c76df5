//! The long work of an ALTER TABLE, table by table: what is queued while the actions run, and done at the end.
//!
//! The server's `ATRewriteTables`: a table that is rewritten gets all its indexes anew, and whatever else had to be checked is checked
//! on the way; another table is read once for all checks; foreign keys are checked last, by queries of their own.

use crate::analyze::postgres::analysis::{Analysis, kind_of};
use crate::analyze::postgres::index::{beforehand, beside};
use crate::catalog::{Relation, RelationBody, RelationId, Table};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{
    BuildReason, Confidence, EffectKind, LockMode, Proof, RebuildReason, RelationKind, RewriteReason, ScanReason,
};
use crate::source::Span;
use crate::statement::{Name, TypeName};
use smol_str::{SmolStr, format_smolstr};

/// The action that asks for something, and its tokens.
#[derive(Clone, Copy, Debug)]
pub(in crate::analyze::postgres) struct Place {
    /// See [`crate::effect::Effect::cause`].
    pub(in crate::analyze::postgres) cause: Span,
    /// See [`crate::effect::Effect::focus`].
    pub(in crate::analyze::postgres) focus: Span,
}

/// All tables that an ALTER TABLE works on, in the order in which it reached them.
#[derive(Default)]
pub(in crate::analyze::postgres) struct Queue<'a> {
    tables: Vec<TableWork<'a>>,
    keys: Vec<KeyCheck<'a>>,
}

/// What is to be done to one table.
pub(in crate::analyze::postgres) struct TableWork<'a> {
    relation: &'a Relation,
    rewrite: Option<Rewrite>,
    scans: Vec<Scan>,
    rebuilds: Vec<(&'a Relation, Place)>,
    builds: Vec<Build>,
    /// Indexes that go with a dropped column or constraint.
    gone: Vec<RelationId>,
    /// Its file is copied as it is, to another tablespace.
    copied: Option<Place>,
    /// What the statement has changed so far.
    pub(in crate::analyze::postgres) so_far: SoFar,
}

/// What earlier actions of the same statement have made of a table.
#[derive(Default)]
pub(in crate::analyze::postgres) struct SoFar {
    /// Columns added.
    pub(in crate::analyze::postgres) added_columns: Vec<AddedColumn>,
    /// Constraints dropped.
    pub(in crate::analyze::postgres) dropped_constraints: Vec<Name>,
    /// Primary keys and unique constraints added, which a foreign key may reference.
    pub(in crate::analyze::postgres) added_keys: Vec<AddedKey>,
    /// Constraints added.
    pub(in crate::analyze::postgres) added_constraints: Vec<AddedConstraint>,
    /// Columns dropped.
    pub(in crate::analyze::postgres) dropped_columns: Vec<Name>,
    /// Identity columns that are plain ones from now on.
    pub(in crate::analyze::postgres) dropped_identities: Vec<Name>,
    /// Columns that refuse NULL from now on.
    pub(in crate::analyze::postgres) not_null: Vec<Name>,
}

/// A column of the same statement.
pub(in crate::analyze::postgres) struct AddedColumn {
    /// Its name.
    pub(in crate::analyze::postgres) name: Name,
    /// Its type.
    pub(in crate::analyze::postgres) ty: Option<TypeName>,
    /// It is NULL in every row.
    pub(in crate::analyze::postgres) is_null: bool,
    /// Every row has a value of its own: a number of a sequence, a generated UUID.
    pub(in crate::analyze::postgres) own_values: bool,
    /// It is computed on reading.
    pub(in crate::analyze::postgres) is_virtual: bool,
}

/// A primary key or unique constraint of the same statement.
pub(in crate::analyze::postgres) struct AddedKey {
    /// Its columns.
    pub(in crate::analyze::postgres) columns: Vec<Name>,
    /// It is the primary key.
    pub(in crate::analyze::postgres) primary: bool,
    /// It may be checked as late as at COMMIT.
    pub(in crate::analyze::postgres) deferrable: bool,
}

/// A constraint of the same statement, for a VALIDATE behind it.
pub(in crate::analyze::postgres) struct AddedConstraint {
    /// As written.
    pub(in crate::analyze::postgres) name: Name,
    /// It has not been checked.
    pub(in crate::analyze::postgres) not_valid: bool,
    /// Of a foreign key, the table that it references.
    pub(in crate::analyze::postgres) references: Option<RelationId>,
}

/// The columns of a primary key that it searches for NULLs; not those that an action of their own makes refuse it.
fn nullable<'b>(build: &'b Build, scans: &[Scan]) -> Vec<&'b str> {
    let searched = |column: &&str| {
        scans.iter().any(|scan| {
            scan.reason == ScanReason::NotNull
                && scan.object == **column
                && scan.place.focus == build.place.focus
                && scan.place.cause == build.place.cause
        })
    };
    let primary = build.reason == BuildReason::PrimaryKey;
    build.columns.split(", ").filter(|_| primary).filter(searched).collect()
}

/// The constraints that the statement, or one before it, dropped without having seen them.
fn gone_unseen<'n>(relation: &'n Relation, so_far: &'n SoFar) -> impl Fn(&str) -> bool {
    let table = relation.as_table().filter(|table| !table.complete);
    move |name| {
        table.is_some_and(|table| {
            let now = table.constraint(name).is_none() && so_far.dropped_constraints.iter().any(|it| it == name);
            now || table.gone_constraints.contains(name)
        })
    }
}

/// Why a table is rewritten: the first action that asks for it counts.
pub(in crate::analyze::postgres) struct Rewrite {
    pub(in crate::analyze::postgres) reason: RewriteReason,
    pub(in crate::analyze::postgres) column: SmolStr,
    pub(in crate::analyze::postgres) change: SmolStr,
    pub(in crate::analyze::postgres) instead: SmolStr,
    pub(in crate::analyze::postgres) added_as: SmolStr,
    pub(in crate::analyze::postgres) place: Place,
    pub(in crate::analyze::postgres) because: Vec<Label>,
    pub(in crate::analyze::postgres) assumptions: Vec<String>,
}

/// A check that reads the table.
pub(in crate::analyze::postgres) struct Scan {
    pub(in crate::analyze::postgres) reason: ScanReason,
    pub(in crate::analyze::postgres) object: SmolStr,
    pub(in crate::analyze::postgres) proof: Proof,
    pub(in crate::analyze::postgres) place: Place,
    pub(in crate::analyze::postgres) because: Vec<Label>,
    /// The name of the CHECK that is added; else empty.
    pub(in crate::analyze::postgres) constraint: SmolStr,
}

/// An index to be built.
pub(in crate::analyze::postgres) struct Build {
    pub(in crate::analyze::postgres) index: Name,
    pub(in crate::analyze::postgres) unique: bool,
    pub(in crate::analyze::postgres) columns: SmolStr,
    pub(in crate::analyze::postgres) reason: BuildReason,
    pub(in crate::analyze::postgres) place: Place,
}

/// A foreign key whose rows are checked.
struct KeyCheck<'a> {
    table: &'a Relation,
    references: &'a Relation,
    object: SmolStr,
    reason: ScanReason,
    /// Its columns are NULL in every row, so that no other table is asked.
    is_null: bool,
    place: Place,
}

impl SoFar {
    /// A column that the statement has added.
    pub(in crate::analyze::postgres) fn added_column(&self, name: &str) -> Option<&AddedColumn> {
        self.added_columns.iter().find(|column| column.name == name)
    }
}

impl<'a> Queue<'a> {
    /// The entry of a table.
    pub(in crate::analyze::postgres) fn table(&mut self, relation: &'a Relation) -> &mut TableWork<'a> {
        let at = self.tables.iter().position(|work| work.relation.id == relation.id).unwrap_or_else(|| {
            self.tables.push(TableWork {
                relation,
                rewrite: None,
                scans: Vec::new(),
                rebuilds: Vec::new(),
                builds: Vec::new(),
                gone: Vec::new(),
                copied: None,
                so_far: SoFar::default(),
            });
            self.tables.len() - 1
        });
        &mut self.tables[at]
    }

    /// What the statement has done to a table so far, if anything.
    pub(in crate::analyze::postgres) fn so_far(&self, table: RelationId) -> Option<&SoFar> {
        self.tables.iter().find(|work| work.relation.id == table).map(|work| &work.so_far)
    }

    /// Every existing row of a foreign key is looked up. Partitions are checked one by one.
    pub(in crate::analyze::postgres) fn check_key(
        &mut self,
        analysis: &Analysis<'a>,
        table: &'a Relation,
        references: &'a Relation,
        object: SmolStr,
        reason: ScanReason,
        place: Place,
    ) {
        for leaf in with_storage(analysis, table) {
            self.keys.push(KeyCheck { table: leaf, references, object: object.clone(), reason, is_null: false, place });
        }
    }

    /// The foreign key that was queued last is over new columns without a value.
    pub(in crate::analyze::postgres) fn last_key_is_null(&mut self, table: RelationId) {
        if let Some(key) = self.keys.last_mut().filter(|key| key.table.id == table) {
            key.is_null = true;
        }
    }

    /// Does the work.
    pub(in crate::analyze::postgres) fn finish(self, analysis: &mut Analysis<'a>) {
        let statement = analysis.cause;
        let version = analysis.version();
        let rewritten: Vec<_> = self
            .tables
            .iter()
            .filter(|work| work.rewrite.is_some() && keeps_rows(analysis, work.relation))
            .map(|work| work.relation.id)
            .collect();
        let gone: Vec<_> = self.tables.iter().flat_map(|work| work.gone.iter().copied()).collect();
        for work in self.tables {
            work.finish(analysis);
        }
        for key in self.keys {
            analysis.cause = key.place.cause;
            let mut read = vec![key.table];
            let referenced = with_storage(analysis, key.references);
            read.extend(referenced.iter().filter(|leaf| leaf.id != key.table.id));
            // Planning the query opens the indexes; those of partitioned tables from 16 (truth: add_fk_referencing_partitioned).
            let parents = version >= Version(16) && key.references.as_table().is_some_and(Table::is_partitioned);
            let planned = read.iter().copied().chain(Some(key.references).filter(|_| parents));
            for relation in planned.collect::<Vec<_>>() {
                for (index, _) in analysis.catalog().indexes_of(relation.id) {
                    if !gone.contains(&index.id) {
                        analysis.lock(index, LockMode::AccessShare, key.place.focus);
                    }
                }
            }
            // The join ends at once where there is no row that references anything.
            let empty = analysis.subject_is_empty(key.table);
            for relation in read {
                if rewritten.contains(&relation.id) || ((empty || key.is_null) && relation.id != key.table.id) {
                    continue;
                }
                let kind = EffectKind::ScansTable {
                    reason: key.reason,
                    object: key.object.clone(),
                    blocks: analysis.blocked(relation.id),
                    proof: Proof::None,
                    constraint: match key.reason {
                        ScanReason::ForeignKey => key.object.clone(),
                        _ => SmolStr::default(),
                    },
                    dropped_again: SmolStr::default(),
                };
                let label = analysis.created_here(relation);
                analysis.on(relation, key.place.focus, kind).because.extend(label);
            }
        }
        analysis.cause = statement;
    }
}

impl<'a> TableWork<'a> {
    /// The table has to be rewritten.
    pub(in crate::analyze::postgres) fn rewrite(&mut self, rewrite: Rewrite) {
        self.rewrite.get_or_insert(rewrite);
    }

    /// The table has to be read.
    pub(in crate::analyze::postgres) fn scan(&mut self, mut scan: Scan) {
        // However many columns change, the rows are read once.
        let again = |other: &&Scan| other.reason == ScanReason::TypeChange && scan.reason == ScanReason::TypeChange;
        if let Some(first) = self.scans.iter().find(again) {
            scan.place.cause = first.place.cause;
        }
        let same = |other: &Scan| {
            other.reason == scan.reason && other.object == scan.object && other.place.cause == scan.place.cause
        };
        if !self.scans.iter().any(same) {
            self.scans.push(scan);
        }
    }

    /// The names of the checks that the statement has added so far.
    pub(in crate::analyze::postgres) fn added_checks(&self) -> Vec<SmolStr> {
        self.scans.iter().map(|scan| scan.constraint.clone()).filter(|name| !name.is_empty()).collect()
    }

    /// An existing index is dropped and made again.
    pub(in crate::analyze::postgres) fn rebuild(&mut self, index: &'a Relation, place: Place) {
        if !self.rebuilds.iter().any(|(other, _)| other.id == index.id) {
            self.rebuilds.push((index, place));
        }
    }

    /// A new index is built.
    pub(in crate::analyze::postgres) fn build(&mut self, build: Build) {
        self.builds.push(build);
    }

    /// The table's file is copied to another tablespace.
    pub(in crate::analyze::postgres) fn copy_files(&mut self, place: Place) {
        self.copied = Some(place);
    }

    /// An index is dropped.
    pub(in crate::analyze::postgres) fn drop_index(&mut self, index: RelationId) {
        self.gone.push(index);
    }

    /// The indexes that are dropped.
    pub(in crate::analyze::postgres) fn dropped_indexes(&self) -> &[RelationId] {
        &self.gone
    }

    fn finish(self, analysis: &mut Analysis<'a>) {
        let Self { relation, rewrite, scans, rebuilds, builds, gone, copied, so_far } = self;
        if !keeps_rows(analysis, relation) {
            return;
        }
        let created = analysis.created_here(relation);
        for build in &builds {
            analysis.cause = build.place.cause;
            let replaces =
                gone.iter().filter_map(|id| analysis.catalog().relation(*id)).any(|it| it.name == build.index);
            let gone_unseen = gone_unseen(relation, &so_far);
            let unseen = gone_unseen(&build.index);
            let taken = replaces || unseen || analysis.catalog().is_dropped(&relation.schema, &build.index);
            let beforehand = if taken { format_smolstr!("{}_new", build.index) } else { build.index.clone() };
            let names = || build.columns.split(", ");
            let awaits = beforehand::awaits(analysis, relation, names(), build.unique, Some(&so_far));
            let (first, mut searched) = (awaits.is_empty(), nullable(build, &scans));
            if unseen || gone_unseen(&format_smolstr!("{}_pkey", relation.name)) {
                // The columns of the old key refuse NULL without it, too: any that was never seen may be one of them.
                let seen = |name: &&str| relation.as_table().is_some_and(|table| table.column(name).is_some());
                searched.retain(|name| seen(name) || so_far.added_column(name).is_some());
            }
            let named = |columns: &mut dyn Iterator<Item = &str>| {
                if first {
                    beforehand::names(analysis, relation, columns)
                } else {
                    columns.collect::<Vec<_>>().join(", ")
                }
            };
            let kind = EffectKind::BuildsIndex {
                index: beside(relation, &build.index),
                built_on: if first { analysis.name_before(relation) } else { relation.display_name() },
                built_over: named(&mut names()).into(),
                nullable: named(&mut searched.into_iter()).into(),
                awaits,
                beforehand,
                clause: SmolStr::new_static(match build.reason {
                    BuildReason::PrimaryKey => "PRIMARY KEY",
                    BuildReason::Unique => "UNIQUE",
                    _ => "",
                }),
                unique: build.unique,
                concurrently: false,
                columns: build.columns.clone(),
                keys: build.columns.split(", ").count(),
                computed: false,
                reason: build.reason,
                unnamed: false,
                replaces,
                others: analysis.catalog().indexes_of(relation.id).count(),
                blocks: analysis.blocked(relation.id),
            };
            analysis.on(relation, build.place.focus, kind).because.extend(created.clone());
            if rewrite.is_none() {
                analysis.scan_for_build(relation, build.place.focus);
            }
        }
        if let Some(rewrite) = rewrite {
            analysis.cause = rewrite.place.cause;
            let focus = rewrite.place.focus;
            let in_use = rewrite.reason == RewriteReason::TypeChange && rewrite.added_as.is_empty();
            let kind = EffectKind::RewritesTable {
                reason: rewrite.reason,
                column: rewrite.column,
                change: rewrite.change,
                instead: rewrite.instead,
                added_as: rewrite.added_as,
                kept_by: SmolStr::new_static(if in_use { "a trigger" } else { "" }),
                blocks: analysis.blocked(relation.id),
            };
            let effect = analysis.on(relation, focus, kind);
            effect.because = rewrite.because;
            effect.because.extend(created);
            if !rewrite.assumptions.is_empty() {
                effect.confidence = Confidence::Assumed;
                effect.assumptions = rewrite.assumptions;
            }
            for (index, _) in analysis.catalog().indexes_of(relation.id) {
                if gone.contains(&index.id) {
                    continue;
                }
                analysis.rebuild_index(index, relation, RebuildReason::Rewrite, focus);
            }
            return;
        }
        if let Some(place) = copied {
            analysis.cause = place.cause;
            let kind = EffectKind::RewritesTable {
                reason: RewriteReason::Tablespace,
                column: SmolStr::default(),
                change: SmolStr::default(),
                instead: SmolStr::default(),
                added_as: SmolStr::default(),
                kept_by: SmolStr::default(),
                blocks: analysis.blocked(relation.id),
            };
            analysis.on(relation, place.focus, kind).because.extend(created.clone());
        }
        for (index, place) in rebuilds {
            if gone.contains(&index.id) {
                continue;
            }
            analysis.cause = place.cause;
            analysis.rebuild_index(index, relation, RebuildReason::TypeChange, place.focus);
            analysis.scan_for_build(relation, place.focus);
        }
        for scan in scans {
            analysis.cause = scan.place.cause;
            let kind = EffectKind::ScansTable {
                reason: scan.reason,
                constraint: match scan.reason {
                    ScanReason::NotNull => scan.object.clone(),
                    _ => scan.constraint,
                },
                dropped_again: SmolStr::default(),
                object: scan.object,
                blocks: analysis.blocked(relation.id),
                proof: scan.proof,
            };
            let effect = analysis.on(relation, scan.place.focus, kind);
            effect.because = scan.because;
            effect.because.extend(created.clone());
        }
    }
}

impl<'a> Analysis<'a> {
    /// An existing index is locked and built anew.
    pub(in crate::analyze::postgres) fn rebuild_index(
        &mut self,
        index: &'a Relation,
        table: &'a Relation,
        reason: RebuildReason,
        focus: Span,
    ) {
        self.lock(index, LockMode::AccessExclusive, focus);
        // An index of this transaction is not one that exists already.
        if !self.existed(index) {
            return;
        }
        let kind = EffectKind::RebuildsIndex {
            index: index.display_name(),
            concurrently: false,
            reason,
            blocks: self.blocked(table.id),
        };
        self.on(table, focus, kind);
    }
}

/// Whether rows are kept in a relation, or have to be assumed in partitions of it that were made outside these files.
fn keeps_rows(analysis: &Analysis<'_>, relation: &Relation) -> bool {
    has_storage(relation) || analysis.has_unseen_partitions(relation)
}

/// Whether a relation keeps rows of its own that an ALTER could rewrite or read.
pub(in crate::analyze::postgres) fn has_storage(relation: &Relation) -> bool {
    match &relation.body {
        RelationBody::Table(table) => !table.is_partitioned() && !table.foreign,
        RelationBody::View(view) => view.materialized,
        RelationBody::Unknown => true,
        RelationBody::Index(_) | RelationBody::Sequence(_) | RelationBody::Composite(_) => false,
    }
}

/// The table itself or, of a partitioned table, the partitions that keep its rows.
pub(in crate::analyze::postgres) fn with_storage<'a>(
    analysis: &Analysis<'a>,
    relation: &'a Relation,
) -> Vec<&'a Relation> {
    if kind_of(relation) == RelationKind::PartitionedTable {
        let mut leaves = analysis.catalog().leaf_partitions(relation.id);
        leaves.retain(|leaf| has_storage(leaf));
        if analysis.has_unseen_partitions(relation) {
            leaves.push(relation);
        }
        return leaves;
    }
    vec![relation].into_iter().filter(|relation| has_storage(relation)).collect()
}
