//! `CREATE INDEX`.
//!
//! `DefineIndex`; manual, "CREATE INDEX".

pub(super) mod beforehand;
mod distinct;
mod method;
mod mutable;

pub(super) use distinct::is_unique_already;

use super::analysis::{Analysis, kind_of};
use super::proof;
use super::transaction::prevent_in_block;
use crate::catalog::{Column, Index, Relation, RelationBody, Table};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{
    BuildReason, EffectKind, FailReason, LockMode, MayFailReason, NothingReason, RelationKind, ScanReason,
};
use crate::fix::{Applicability, Edit, Fix};
use crate::source::{Location, Span};
use crate::statement::{CreateIndex, Expr, ExprKind, IndexKey, Name, Statement};
use smol_str::{SmolStr, format_smolstr};

/// `CREATE INDEX`.
pub(super) fn create_index(analysis: &mut Analysis<'_>, statement: &Statement, create: &CreateIndex) {
    let focus = create.table.span();
    let concurrently = create.concurrently.is_some();
    if let Some(keyword) = create.concurrently {
        prevent_in_block(analysis, keyword, "CREATE INDEX CONCURRENTLY");
    }
    let version = analysis.version();
    if create.nulls_not_distinct && version < Version(15) {
        analysis.fail(statement.span, FailReason::Version, "42601", "NULLS NOT DISTINCT");
    }
    let Some(relation) = analysis.named(&create.table) else {
        return;
    };
    if !analysis.require_kind(relation, focus, has_storage(relation)) {
        return;
    }
    if method::refuse(analysis, statement.span, create, relation) {
        return;
    }
    let partitioned = relation.as_table().is_some_and(Table::is_partitioned);
    if let Some(keyword) = create.concurrently.filter(|_| partitioned) {
        analysis.fail(keyword, FailReason::PartitionedIndex, "0A000", relation.display_name());
        return;
    }
    let lock = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
    analysis.lock(relation, lock, focus);
    // The whole family is locked before anything is looked up.
    if partitioned && !create.only {
        for partition in analysis.catalog().all_partitions(relation.id) {
            analysis.lock(partition, lock, focus);
        }
    }
    if let Some(name) = &create.name
        && let Some(existing) = analysis.catalog().find(&relation.schema, &name.name.name)
    {
        let object = existing.display_name();
        if create.if_not_exists {
            let invalid = existing.as_index().is_some_and(|index| !index.valid);
            let reason =
                if is_different(existing, relation, create) { NothingReason::Different } else { NothingReason::Exists };
            let label = analysis.created_here(existing);
            let effect = analysis.on(relation, name.span(), EffectKind::DoesNothing { reason, object: object.clone() });
            effect.because.extend(label);
            if invalid {
                effect.assumptions.push(format!("`{object}` is still the invalid index that it was left as"));
            }
        } else {
            analysis.fail_taken(name.span(), existing);
        }
        return;
    }
    if let Some(table) = relation.as_table().filter(|table| table.complete) {
        let missing = plain_columns(create).find(|(name, _)| !is_column(table, name));
        if let Some((name, span)) = missing {
            analysis.fail(span, FailReason::Missing, "42703", name.clone());
            return;
        }
        let exprs = create.keys.iter().map(|key| &key.expr).chain(&create.predicate);
        if let Some(span) = exprs.into_iter().find_map(|expr| mutable::mutable_part(analysis, table, expr)) {
            analysis.fail(span, FailReason::Invalid, "42P17", analysis.text(span));
            return;
        }
        let exprs = create.keys.iter().map(|key| &key.expr).chain(&create.predicate);
        for expr in exprs {
            if analysis.uses_new_value(expr, relation) {
                return;
            }
        }
        if partitioned && create.unique && !covers_partition_key(table, create) {
            analysis.fail(statement.span, FailReason::PartitionKey, "0A000", relation.display_name());
            return;
        }
    }
    let index = match &create.name {
        Some(name) => name.name.name.clone(),
        None => index_name(analysis, relation, create),
    };
    let fix = concurrent_fix(analysis, statement, create, relation);
    let build = Build { index, create, statement, lock };
    build.on(analysis, relation, focus, !create.only, true);
    let last = analysis.effects.iter_mut().rev().find(|effect| matches!(effect.kind, EffectKind::BuildsIndex { .. }));
    if let Some(effect) = last {
        effect.fix = fix;
    }
    around_build(analysis, create, relation, statement.span);
}

/// What endangers a build beside the lock.
fn around_build(analysis: &mut Analysis<'_>, create: &CreateIndex, relation: &Relation, focus: Span) {
    let session = analysis.context.session;
    let name = create.name.as_ref().map(|name| &name.name);
    if create.concurrently.is_some() {
        analysis.run_under_timeout(relation, focus, crate::effect::Work::Build);
        let dropped_before = |name: &Name| session.dropped_indexes.iter().any(|dropped| dropped.name == *name);
        if let Some(name) = name.filter(|name| create.if_not_exists && !dropped_before(&name.name)) {
            analysis.on(relation, name.span, EffectKind::TrustsInvalidIndex { index: name.name.clone() });
        }
    }
    // Within a transaction nobody sees the gap.
    if session.transaction.is_some() || create.predicate.is_some() {
        return;
    }
    let key = |key: &IndexKey| match key.expr.columns().as_slice() {
        [column] if matches!(key.expr.kind, ExprKind::Column(_)) => Some(column.name.clone()),
        _ => None,
    };
    let keys: Vec<Option<Name>> = create.keys.iter().map(key).collect();
    let replaced = session.dropped_indexes.iter().find(|dropped| {
        dropped.table == Some(relation.id) && !dropped.columns.is_empty() && keys.starts_with(&dropped.columns)
    });
    let stands_in = |columns: &[Option<Name>]| {
        analysis.catalog().indexes_of(relation.id).any(|(_, index)| {
            index.predicate.is_none() && index.keys.iter().map(key).take(columns.len()).eq(columns.iter().cloned())
        })
    };
    if let Some(dropped) = replaced.filter(|dropped| !stands_in(&dropped.columns)) {
        let label = Label { message: format!("`{}` is dropped here", dropped.name), at: dropped.at };
        let index = name.map(|name| name.name.clone()).unwrap_or_default();
        let kind = EffectKind::LeavesIndexGap { index, dropped: dropped.name.clone() };
        analysis.on(relation, focus, kind).because.push(label);
    }
}

/// The column that a key is; `None`: an expression.
fn column_of(key: &IndexKey) -> Option<&Name> {
    match &key.expr.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        _ => None,
    }
}

/// Whether a partial index has no row yet: its predicate asks for another value of a column than the one with which all rows were filled
/// when it was added just now.
fn leaves_all_out(analysis: &Analysis<'_>, relation: &Relation, predicate: &Expr) -> bool {
    let parts = predicate.conjuncts();
    let column = |expr: &Expr| match &expr.kind {
        ExprKind::Column(path) => {
            let column = relation.as_table()?.column(&path.last()?.name)?;
            Some(column).filter(|column| analysis.made_now(column.origin))
        }
        _ => None,
    };
    let value = |column: &Column| column.constant.as_ref().and_then(proof::constant);
    let is = |column: &Column, wanted: bool| value(column) == Some(proof::Constant::Boolean(wanted));
    parts.iter().any(|part| match &part.kind {
        ExprKind::Column(_) => column(part).is_some_and(|column| column.unwritten || is(column, false)),
        ExprKind::Not(inner) => column(inner).is_some_and(|column| column.unwritten || is(column, true)),
        ExprKind::IsNull { operand, negated } => {
            column(operand).is_some_and(|it| if *negated { it.unwritten } else { value(it).is_some() })
        }
        ExprKind::Binary(left, operator, right) => {
            let (Some(column), Some(wanted)) = (column(left), proof::constant(right)) else {
                return false;
            };
            let (null, value) = (column.unwritten, value(column));
            match operator.as_str() {
                "=" | "is" => null || value.is_some_and(|value| value.differs(&wanted)),
                "<>" => null || value == Some(wanted),
                "is not" => value == Some(wanted),
                _ => false,
            }
        }
        _ => false,
    })
}

/// The build of one index statement, on a table or on every partition of it.
struct Build<'s> {
    index: Name,
    create: &'s CreateIndex,
    statement: &'s Statement,
    lock: LockMode,
}

impl Build<'_> {
    fn on(&self, analysis: &mut Analysis<'_>, relation: &Relation, focus: Span, recurse: bool, named: bool) {
        let create = self.create;
        let unseen = recurse && analysis.has_unseen_partitions(relation);
        if unseen && self.is_prepared(analysis, relation) {
            return;
        }
        if unseen || !relation.as_table().is_some_and(Table::is_partitioned) {
            let index = if named { self.index.clone() } else { index_name(analysis, relation, create) };
            let columns = texts(analysis, create.keys.iter().map(|key| key.span));
            let blocks = analysis.blocked(relation.id);
            let reason = if named && !unseen { BuildReason::Statement } else { BuildReason::Partition };
            let used = plain_columns(create).map(|(name, _)| name.as_str());
            let awaits = beforehand::awaits(analysis, relation, used, create.unique, None);
            let kind = EffectKind::BuildsIndex {
                index: beside(relation, &index),
                awaits,
                built_on: SmolStr::default(),
                built_over: SmolStr::default(),
                nullable: SmolStr::default(),
                beforehand: if named { name_beforehand(analysis, relation, &index) } else { SmolStr::default() },
                clause: SmolStr::default(),
                unique: create.unique,
                concurrently: create.concurrently.is_some(),
                columns: columns.clone(),
                keys: create.keys.len(),
                computed: create.keys.iter().any(|key| !matches!(key.expr.kind, ExprKind::Column(_))),
                reason,
                unnamed: named && create.name.is_none(),
                replaces: false,
                others: analysis.catalog().indexes_of(relation.id).count(),
                blocks,
            };
            analysis.on(relation, self.statement.span, kind);
            analysis.scan_for_build(relation, self.statement.span);
            let unique_already = !create.nulls_not_distinct
                && is_unique_already(analysis, relation, &create.keys, create.predicate.as_ref());
            let none = create.predicate.as_ref().is_some_and(|predicate| leaves_all_out(analysis, relation, predicate));
            if create.unique && !unique_already && !none && !analysis.subject_is_empty(relation) {
                let kind = EffectKind::may_fail(MayFailReason::Duplicates, columns, false);
                analysis.on(relation, self.statement.span, kind);
            }
            return;
        }
        // Its own index has no storage: it stands for those of the partitions.
        let name = if named { self.index.clone() } else { index_name(analysis, relation, create) };
        let object = SmolStr::new_static("index");
        let name = beside(relation, &name);
        let kind = EffectKind::CreatesObject { object, name, or_replace: false };
        analysis.on(relation, self.statement.span, kind);
        if !recurse {
            return;
        }
        let catalog = analysis.catalog();
        for partition in catalog.partitions_of(relation.id) {
            analysis.lock(partition, self.lock, focus);
            if kind_of(partition) == RelationKind::ForeignTable {
                continue;
            }
            // An index that fits is attached instead of built (`CompareIndexInfo`).
            let fitting =
                catalog.indexes_of(partition.id).find(|(_, index)| index.parent.is_none() && fits(index, create));
            match fitting {
                Some((index, _)) => analysis.lock(index, self.lock, focus),
                None => self.on(analysis, partition, focus, true, false),
            }
        }
    }
}

impl Build<'_> {
    /// Whether tables that are called like partitions of a table of which none was seen have the index already: who builds them one by one
    /// builds them all.
    fn is_prepared(&self, analysis: &Analysis<'_>, relation: &Relation) -> bool {
        let catalog = analysis.catalog();
        let is_part = |other: &Relation| {
            let rest = other.name.strip_prefix(relation.name.as_str());
            other.schema == relation.schema && rest.is_some_and(|rest| rest.starts_with('_'))
        };
        let mut parts = catalog.relations().filter(|other| other.as_table().is_some() && is_part(other));
        parts.any(|part| {
            catalog.indexes_of(part.id).any(|(_, index)| index.parent.is_none() && fits(index, self.create))
        })
    }
}

/// Whether a partition's index can stand for its share of a partitioned table's index.
fn fits(index: &Index, create: &CreateIndex) -> bool {
    let same_key = |left: &IndexKey, right: &IndexKey| {
        same_expr(&left.expr.kind, &right.expr.kind)
            && left.opclass.as_ref().map(|name| &name.name.name) == right.opclass.as_ref().map(|name| &name.name.name)
            && left.collation.as_ref().map(|name| &name.name.name)
                == right.collation.as_ref().map(|name| &name.name.name)
    };
    index.valid
        && index.method == create.method
        && index.unique == create.unique
        && index.predicate.is_none()
        && create.predicate.is_none()
        && index.keys.len() == create.keys.len()
        && index.keys.iter().zip(&create.keys).all(|(left, right)| same_key(left, right))
        && index.include.iter().eq(create.include.iter().map(|column| &column.name))
}

/// Only plain columns are compared: what is not known to be the same is built.
fn same_expr(left: &ExprKind, right: &ExprKind) -> bool {
    match (left, right) {
        (ExprKind::Column(left), ExprKind::Column(right)) => {
            left.last().map(|ident| &ident.name) == right.last().map(|ident| &ident.name)
        }
        _ => false,
    }
}

/// Whether what has the name of a new index is certainly not the index that is asked for.
fn is_different(existing: &Relation, table: &Relation, create: &CreateIndex) -> bool {
    let Some(index) = existing.as_index() else {
        return !matches!(existing.body, RelationBody::Unknown);
    };
    let column = |key: &IndexKey| match &key.expr.kind {
        ExprKind::Column(path) => path.last().map(|column| column.name.clone()),
        _ => None,
    };
    // Expressions are not compared: the server writes them otherwise.
    let differs = |left: &IndexKey, right: &IndexKey| column(left).zip(column(right)).is_some_and(|(l, r)| l != r);
    index.table != table.id
        || index.unique != create.unique
        || index.method != create.method
        || index.keys.len() != create.keys.len()
        || index.predicate.is_some() != create.predicate.is_some()
        || index.keys.iter().zip(&create.keys).any(|(left, right)| differs(left, right))
}

fn plain_columns(create: &CreateIndex) -> impl Iterator<Item = (&Name, Span)> {
    let keys = create.keys.iter().flat_map(|key| key.expr.columns());
    let keys = keys.chain(create.include.iter()).chain(create.predicate.iter().flat_map(|expr| expr.columns()));
    keys.map(|column| (&column.name, column.span))
}

fn is_column(table: &Table, name: &str) -> bool {
    const SYSTEM: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];
    table.column(name).is_some() || SYSTEM.contains(&name)
}

/// A unique index on a partitioned table has to include the partition key, and that as plain columns.
fn covers_partition_key(table: &Table, create: &CreateIndex) -> bool {
    let Some(by) = &table.partition_by else {
        return true;
    };
    by.key.iter().all(|part| create.keys.iter().any(|key| same_expr(&key.expr.kind, &part.kind)))
}

/// The name of an index as others call it: it is in its table's schema.
pub(super) fn beside(relation: &Relation, index: &Name) -> Name {
    match relation.schema.as_str() {
        "public" | "pg_temp" => index.clone(),
        schema => format_smolstr!("{schema}.{index}"),
    }
}

/// Another name for an index whose own name one has that the file drops before; else empty.
fn name_beforehand(analysis: &Analysis<'_>, relation: &Relation, index: &Name) -> SmolStr {
    let dropped = analysis.context.session.dropped_indexes.iter().any(|it| it.existed && it.name == *index);
    let of_constraint = relation.as_table().is_some_and(|table| {
        let here = |at: Location| at.source == analysis.context.source_id;
        table.dropped_indexes.iter().any(|(it, at)| here(*at) && it.constraint.as_ref() == Some(index))
    });
    if dropped || of_constraint { beside(relation, &format_smolstr!("{index}_new")) } else { SmolStr::default() }
}

/// The name that the server makes up (`ChooseIndexName`).
fn index_name(analysis: &Analysis<'_>, relation: &Relation, create: &CreateIndex) -> Name {
    let include: Vec<Name> = create.include.iter().map(|column| column.name.clone()).collect();
    analysis.catalog().name_for_index(relation, &create.keys, &include, "idx", &[], analysis.version())
}

/// Tables and materialized views can have indexes.
pub(super) fn has_storage(relation: &Relation) -> bool {
    match &relation.body {
        RelationBody::Table(table) => !table.foreign,
        RelationBody::View(view) => view.materialized,
        RelationBody::Unknown => true,
        RelationBody::Index(_) | RelationBody::Sequence(_) | RelationBody::Composite(_) => false,
    }
}

/// The text of spans, separated by `, `.
fn texts(analysis: &Analysis<'_>, spans: impl Iterator<Item = Span>) -> SmolStr {
    let mut text = String::new();
    for span in spans {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(analysis.text(span));
    }
    text.into()
}

/// `CONCURRENTLY` behind `INDEX`, where the server would take it there.
fn concurrent_fix(
    analysis: &Analysis<'_>,
    statement: &Statement,
    create: &CreateIndex,
    relation: &Relation,
) -> Option<Fix> {
    let kind = kind_of(relation);
    let session = analysis.context.session;
    if create.concurrently.is_some()
        || session.transaction.is_some()
        || session.in_body
        || matches!(kind, RelationKind::PartitionedTable | RelationKind::TemporaryTable)
        // The server demands a name with IF NOT EXISTS only; without CONCURRENTLY the two are the same.
        || statement.guard.is_some()
    {
        return None;
    }
    concurrently_after(analysis, statement.span, "INDEX")
}

/// Inserts `CONCURRENTLY` behind a statement's keyword.
pub(super) fn concurrently_after(analysis: &Analysis<'_>, statement: Span, keyword: &str) -> Option<Fix> {
    let at = analysis.keyword(statement, keyword)?.end;
    let edit = Edit { span: Span::empty(at), insert: " CONCURRENTLY".to_owned() };
    Some(Fix { applicability: Applicability::Safe, edits: vec![edit] })
}

impl Analysis<'_> {
    /// A table is read in full to build indexes on it.
    pub(super) fn scan_for_build(&mut self, table: &Relation, focus: Span) {
        let blocks = self.blocked(table.id);
        let kind = EffectKind::ScansTable {
            reason: ScanReason::IndexBuild,
            object: SmolStr::default(),
            blocks,
            proof: crate::effect::Proof::None,
            constraint: SmolStr::default(),
            dropped_again: SmolStr::default(),
        };
        self.on(table, focus, kind);
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t SELECT 1, 'a' FROM pg_class;
        CREATE INDEX t_note ON t (note);
        CREATE TABLE p (id int, day date) PARTITION BY RANGE (day);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
        CREATE INDEX p1_day ON p1 (day);";

    #[test]
    fn an_index_that_takes_the_name_of_another_is_built_under_its_own() {
        let built = |sql: &str| effects(15, TABLES, sql, "builds-index").concat();
        let same = "DROP INDEX t_note; CREATE INDEX t_note ON t (note, id)";
        assert!(built(same).contains("beforehand=t_note_new"), "{}", built(same));
        let unique = "ALTER TABLE t DROP CONSTRAINT t_pkey; CREATE UNIQUE INDEX t_pkey ON t (id) WHERE id > 0";
        assert!(built(unique).contains("beforehand=t_pkey_new"), "{}", built(unique));
        let perhaps = "DROP INDEX IF EXISTS t_new; CREATE INDEX t_new ON t (note, id)";
        assert!(!built(perhaps).contains("beforehand"), "{}", built(perhaps));
    }

    #[test]
    fn a_build_says_what_it_blocks() {
        assert_eq!(
            effects(
                15,
                TABLES,
                "CREATE UNIQUE INDEX i ON t (lower(note), note)",
                "takes-lock builds-index scans-table may-fail"
            ),
            [
                "takes-lock t lock=share blocks=writes timeout=unset",
                "builds-index t index=i unique columns=lower(note), note keys=2 computed reason=statement others=2 blocks=writes",
                "scans-table t reason=index-build blocks=writes proof=none",
                "may-fail t reason=duplicates object=lower(note), note",
            ]
        );
        assert_eq!(
            effects(15, TABLES, "CREATE INDEX CONCURRENTLY i ON t (note)", "takes-lock builds-index"),
            [
                "takes-lock t lock=share-update-exclusive blocks=schema-changes timeout=unset",
                "builds-index t index=i concurrently columns=note keys=1 reason=statement others=2 blocks=schema-changes",
            ]
        );
    }

    #[test]
    fn a_build_under_an_earlier_lock_blocks_what_that_blocks() {
        let file = "BEGIN; ALTER TABLE t ADD COLUMN c int; CREATE INDEX i ON t (c); COMMIT;";
        assert_eq!(
            effects(15, TABLES, file, "builds-index"),
            ["builds-index t index=i columns=c keys=1 reason=statement awaits=add the column c others=2 blocks=reads"]
        );
    }

    #[test]
    fn what_the_transaction_has_to_do_first_is_told() {
        let awaits = |file: &str| {
            let found = effects(15, TABLES, &format!("BEGIN; {file} COMMIT;"), "builds-index");
            let told = found.iter().filter_map(|line| line.split_once(" awaits=")).map(|(_, rest)| rest);
            let told = told.filter_map(|rest| rest.split_once(" others=")).map(|(told, _)| told.split(" built").next());
            told.flatten().map(str::to_owned).collect::<String>()
        };
        let partial = "ALTER TABLE t ADD COLUMN c int; CREATE INDEX i ON t (note) WHERE c > 1;";
        assert_eq!(awaits(partial), "add the column c");
        let many =
            "ALTER TABLE t ADD a1 int, ADD a2 int, ADD a3 int, ADD a4 int; CREATE INDEX i ON t (a1, a2, a1, a3, a4);";
        assert_eq!(awaits(many), "add the columns a1, a2, a3 and others");
        let computed = "ALTER TABLE t ADD c text, ADD d text; CREATE INDEX i ON t (lower(c)) INCLUDE (d);";
        assert_eq!(awaits(computed), "add the columns c, d");
        let thinned = "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE id > 1);";
        assert_eq!(awaits(&format!("{thinned} CREATE UNIQUE INDEX i ON t (note);")), "delete rows");
        assert_eq!(awaits(&format!("{thinned} CREATE INDEX i ON t (note);")), "");
        assert_eq!(awaits(&format!("{thinned} COMMIT; BEGIN; CREATE UNIQUE INDEX i ON t (note);")), "");
        let written = "UPDATE t SET note = note || id WHERE id > 9;";
        assert_eq!(awaits(&format!("{written} CREATE UNIQUE INDEX i ON t (note);")), "update the column note");
        assert_eq!(awaits(&format!("{written} CREATE UNIQUE INDEX i ON t (id);")), "");
        // A constraint takes an index that is built in front of the file, with a transaction or without.
        let of_constraint = "ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ADD UNIQUE (c);";
        let found = effects(15, TABLES, of_constraint, "builds-index");
        assert!(found.iter().any(|line| line.contains("awaits=add the column c")), "{found:?}");
        // What is unique is called as it is when the file has ended.
        let renamed = "ALTER TABLE t ADD UNIQUE (c); ALTER TABLE t RENAME c TO d; ALTER TABLE t RENAME TO u;";
        let found = effects(15, TABLES, &format!("BEGIN; ALTER TABLE t ADD c int; {renamed} COMMIT;"), "builds-index");
        assert!(found.iter().any(|line| line.contains("built_on=u built_over=d")), "{found:?}");
    }

    #[test]
    fn partitions_are_built_one_by_one_but_for_what_fits_already() {
        assert_eq!(
            effects(15, TABLES, "CREATE INDEX i ON p (day)", "takes-lock builds-index"),
            [
                "takes-lock p lock=share blocks=writes timeout=unset",
                "takes-lock p1 lock=share blocks=writes timeout=unset",
                "takes-lock p2 lock=share blocks=writes timeout=unset",
                "takes-lock p1_day lock=share blocks=writes timeout=unset",
                "builds-index p2 index=p2_day_idx columns=day keys=1 reason=partition blocks=writes",
            ]
        );
        assert_eq!(
            effects(15, TABLES, "CREATE INDEX i ON ONLY p (day)", "takes-lock builds-index"),
            ["takes-lock p lock=share blocks=writes timeout=unset"]
        );
    }

    #[test]
    fn the_server_refuses() {
        let fails = |version, sql: &str| effects(version, TABLES, sql, "fails");
        let in_block = "BEGIN; CREATE INDEX CONCURRENTLY i ON t (note); COMMIT;";
        let what = "fails reason=in-transaction sqlstate=25001 object=CREATE INDEX CONCURRENTLY owner=file";
        assert_eq!(fails(15, in_block), [what]);
        let partitioned = "CREATE INDEX CONCURRENTLY i ON p (day)";
        assert_eq!(fails(15, partitioned), ["fails reason=partitioned-index sqlstate=0A000 object=p owner=file"]);
        let duplicate = "CREATE INDEX t_note ON t (id)";
        assert_eq!(fails(15, duplicate), ["fails reason=duplicate sqlstate=42P07 object=t_note owner=file"]);
        let missing = "CREATE INDEX i ON t (nope)";
        assert_eq!(fails(15, missing), ["fails reason=missing sqlstate=42703 object=nope owner=file"]);
        let unique = "CREATE UNIQUE INDEX i ON p (id)";
        assert_eq!(fails(15, unique), ["fails reason=partition-key sqlstate=0A000 object=p owner=file"]);
        let distinct = "CREATE UNIQUE INDEX i ON t (note) NULLS NOT DISTINCT";
        assert_eq!(fails(14, distinct).len(), 1);
        assert_eq!(fails(15, distinct).len(), 0);
    }

    #[test]
    fn if_not_exists_locks_all_the_same() {
        assert_eq!(
            effects(15, TABLES, "CREATE INDEX IF NOT EXISTS t_note ON t (id)", ""),
            ["takes-lock t lock=share blocks=writes timeout=unset", "does-nothing t reason=different object=t_note",]
        );
    }

    #[test]
    fn index_expressions_are_immutable() {
        let tables = "CREATE TABLE e (at timestamptz, day timestamp, t text);
            CREATE FUNCTION p(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
            CREATE FUNCTION i(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
            CREATE FUNCTION s(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)';";
        let fails = |keys: &str| effects(15, tables, &format!("CREATE INDEX x ON e {keys}"), "fails").len();
        for keys in [
            "(date(at))",
            "(date_trunc('day', at))",
            "((at::date))",
            "((t::timestamp))",
            "(p(t))",
            "(t) WHERE at > now()",
            "((random()))",
        ] {
            assert_eq!(fails(keys), 1, "{keys}");
        }
        for keys in [
            "(date(day))",
            "(date_trunc('day', day))",
            "((at AT TIME ZONE 'UTC'))",
            "(lower(t))",
            "(i(t))",
            "(s(t))",
            "(t) WHERE day > '2024-01-01'::timestamp",
        ] {
            assert_eq!(fails(keys), 0, "{keys}");
        }
    }
}
