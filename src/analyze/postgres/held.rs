//! What goes on while the open transaction holds strong locks.

use super::analysis::Analysis;
use crate::catalog::{Relation, RelationBody, RelationId};
use crate::diagnostic::Label;
use crate::effect::{
    Blocks, Bounded, Effect, EffectKind, LockMode, MayFailReason, RelationKind, Rows, Size, Subject, Work,
};
use crate::session::HeldLock;
use crate::source::{Location, Span};
use crate::statement::{Command, Name, Statement};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Adds `runs-under-lock` and `holds-several`.
pub(super) fn under_lock(analysis: &mut Analysis<'_>, statement: &Statement) {
    runs_under_lock(analysis, statement);
    holds_several(analysis);
}

fn runs_under_lock(analysis: &mut Analysis<'_>, statement: &Statement) {
    let Some(held) = analysis.context.session.locks().strongest().cloned() else {
        return;
    };
    let mut done: BTreeSet<Work> = BTreeSet::new();
    let mut found: Vec<(Work, Subject, Location, Span)> = Vec::new();
    // A row without a value makes the statement fail: where it succeeds, the table is empty.
    let no_value = |effect: &&Effect| matches!(effect.kind, EffectKind::MayFail { reason: MayFailReason::NoValue, .. });
    let empty: BTreeSet<RelationId> =
        analysis.effects.iter().filter(no_value).filter_map(|effect| effect.subject.as_ref()?.id).collect();
    for effect in &analysis.effects {
        let Some(subject) = effect.subject.as_ref().filter(|it| it.id.is_none_or(|id| !empty.contains(&id))) else {
            continue;
        };
        let work = match &effect.kind {
            EffectKind::RewritesTable { .. } => Work::Rewrite,
            EffectKind::BuildsIndex { .. } | EffectKind::RebuildsIndex { .. } => Work::Build,
            EffectKind::ScansTable { reason, .. } if *reason != crate::effect::ScanReason::IndexBuild => Work::Scan,
            EffectKind::WritesRows { bounded: Bounded::WholeTable, batched: false, .. } => Work::Dml,
            _ => continue,
        };
        // What these migrations have just made takes no time; an older table has been filled by others meanwhile.
        if subject.size == Size::Small || subject.perhaps_new || subject.new && subject.rows != Rows::Unknown {
            continue;
        }
        if done.insert(work) {
            found.push((work, subject.clone(), effect.cause, effect.focus));
        }
    }
    for (work, subject, cause, focus) in found {
        let same_relation = subject.id == Some(held.relation);
        let Some(relation) = subject.id.and_then(|id| analysis.catalog().relation(id)) else {
            continue;
        };
        let recast = recast(analysis, relation, statement).cloned().unwrap_or_default();
        let kind = EffectKind::RunsUnderLock {
            work,
            apart: SmolStr::new_static(if recast.is_empty() { "a transaction of its own" } else { "" }),
            recast,
            held: held.mode,
            blocks: held.mode.blocks(),
            held_relation: SmolStr::from(held.name.as_str()),
            held_as: analysis
                .catalog()
                .relation(held.relation)
                .map_or_else(|| held.name.clone(), Relation::display_name),
            same_relation,
        };
        let label = Label { message: format!("`{}` is locked since here", held.name), at: held.at };
        let effect = analysis.on(relation, focus, kind);
        effect.because.push(label);
        // Of an ALTER with several actions, the action that does the work.
        effect.cause = cause;
    }
}

/// The column that an UPDATE computes from itself and that has another name since the transaction began.
fn recast<'r>(analysis: &Analysis<'_>, relation: &'r Relation, statement: &Statement) -> Option<&'r Name> {
    let Command::Update(update) = &statement.command else { return None };
    let table = relation.as_table()?;
    let serial = analysis.context.session.transaction_serial;
    update.assignments.iter().find_map(|it| {
        let column = table.column(&it.column.name)?;
        let renamed = column.renamed_from.as_ref().is_some_and(|(_, when)| *when == serial);
        let of_itself = || it.value.columns().iter().any(|used| used.name == column.name);
        (renamed && of_itself()).then_some(&column.name)
    })
}

/// Told once, where the second statement takes a strong lock on another relation: from there on two can lock each other out.
fn holds_several(analysis: &mut Analysis<'_>) {
    let catalog = analysis.catalog();
    // An index that was never seen created is of a table that is not known: it may be one of the others.
    let dropped = |name: &Name| {
        let session = analysis.context.session;
        session.dropped_indexes.iter().any(|index| index.name == name.rsplit('.').next().unwrap_or(name))
    };
    let is_table = |held: &HeldLock| match catalog.relation(held.relation).map(|relation| &relation.body) {
        Some(RelationBody::Table(_)) => true,
        Some(RelationBody::Unknown) => !dropped(&held.name),
        Some(RelationBody::View(view)) => view.materialized,
        // It is gone since.
        None => held.kind != RelationKind::Index,
        Some(_) => false,
    };
    let strong = || analysis.context.session.locks().strong().filter(|held| is_table(held));
    let Some(first) = strong().next() else {
        return;
    };
    // With the third statement it has been told.
    if strong().any(|held| held.at != first.at) {
        return;
    }
    let before: Vec<&HeldLock> = strong().collect();
    let new = analysis
        .locks()
        .filter(|(id, lock)| lock.blocks() >= Blocks::Writes && before.iter().all(|held| held.relation != *id));
    let new: Vec<(RelationId, LockMode)> = new
        .filter(|(id, _)| {
            catalog.relation(*id).is_some_and(|relation| {
                let table = match &relation.body {
                    RelationBody::Table(_) => true,
                    RelationBody::Unknown => !analysis.effects.iter().any(|effect| drops_index(effect, *id)),
                    RelationBody::View(view) => view.materialized,
                    _ => false,
                };
                table && analysis.existed(relation) && !analysis.is_new(relation)
            })
        })
        .collect();
    let Some(relation) = new.first().and_then(|(id, _)| catalog.relation(*id)) else {
        return;
    };
    let mut modes: Vec<LockMode> =
        before.iter().map(|held| held.mode).chain(new.iter().map(|(_, lock)| *lock)).collect();
    modes.sort_unstable_by(|left, right| right.cmp(left));
    // The second strongest: that many blocks at least two of them.
    let lock = modes.get(1).copied().unwrap_or(LockMode::Share);
    let labels: Vec<Label> = before
        .iter()
        .map(|held| Label { message: format!("`{}` is locked since here", held.name), at: held.at })
        .take(4)
        .collect();
    let focus = analysis.cause;
    let kind = EffectKind::HoldsSeveral { count: before.len() + new.len(), lock, blocks: lock.blocks() };
    analysis.on(relation, focus, kind).because = labels;
}

fn drops_index(effect: &Effect, id: RelationId) -> bool {
    let index = matches!(&effect.kind, EffectKind::DropsObject { object, .. } if object == "index");
    index && effect.subject.as_ref().is_some_and(|subject| subject.id == Some(id))
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (id int PRIMARY KEY, x int);
        CREATE TABLE c (id int PRIMARY KEY);
        INSERT INTO a SELECT 1 FROM pg_class; INSERT INTO b SELECT 1 FROM pg_class; INSERT INTO c SELECT 1 FROM pg_class;";

    fn found(sql: &str) -> Vec<String> {
        let lines = effects(15, TABLES, sql, "runs-under-lock holds-several");
        lines.iter().map(|line| line.replace(" apart=a transaction of its own", "")).collect()
    }

    #[test]
    fn an_update_of_what_is_called_otherwise_now() {
        let recast = |sql: &str| {
            let lines = effects(
                15,
                TABLES,
                &format!("BEGIN; ALTER TABLE a RENAME COLUMN x TO y; {sql}; COMMIT;"),
                "runs-under-lock",
            );
            lines.iter().any(|line| line.contains("recast=y") && !line.contains("apart="))
        };
        assert!(recast("UPDATE a SET y = -y"));
        assert!(!recast("UPDATE a SET y = id"), "the old values are gone all the same");
        assert!(!recast("UPDATE b SET x = -x"));
    }

    #[test]
    fn long_work_under_an_earlier_lock() {
        assert_eq!(
            found("BEGIN; ALTER TABLE a ADD COLUMN y int; UPDATE b SET x = 1; COMMIT;"),
            ["runs-under-lock b work=dml held=access-exclusive blocks=reads held_relation=a held_as=a"]
        );
        assert_eq!(
            found("BEGIN; ALTER TABLE a ADD COLUMN y int; UPDATE a SET x = 1; COMMIT;"),
            ["runs-under-lock a work=dml held=access-exclusive blocks=reads held_relation=a held_as=a same_relation"]
        );
    }

    #[test]
    fn what_is_locked_has_two_names_once_it_is_renamed() {
        assert_eq!(
            found("BEGIN; ALTER TABLE a RENAME TO d; UPDATE b SET x = 1; COMMIT;"),
            ["runs-under-lock b work=dml held=access-exclusive blocks=reads held_relation=a held_as=d"]
        );
    }

    #[test]
    fn not_for_a_scan_that_finds_no_row_or_fails() {
        let found = found("BEGIN; ALTER TABLE a ADD COLUMN y int; ALTER TABLE b ADD COLUMN y int NOT NULL; COMMIT;");
        assert_eq!(found, ["holds-several b count=2 lock=access-exclusive blocks=reads"]);
    }

    #[test]
    fn nobody_writes_to_a_materialized_view() {
        let view = "CREATE MATERIALIZED VIEW v AS SELECT x FROM a; CREATE MATERIALIZED VIEW w AS SELECT x FROM a;";
        let found = |work: &str| effects(15, &format!("{TABLES} {view}"), work, "runs-under-lock");
        assert_eq!(found("BEGIN; CREATE INDEX ON v (x); UPDATE b SET x = 1; COMMIT;"), [""; 0]);
        let held = "runs-under-lock b work=dml held=access-exclusive blocks=reads held_relation=v held_as=v ";
        let refreshed = found("BEGIN; REFRESH MATERIALIZED VIEW v; UPDATE b SET x = 1; COMMIT;").concat();
        assert!(refreshed.starts_with(held), "{refreshed}");
    }

    #[test]
    fn tables_are_named_not_their_indexes() {
        let found = found("BEGIN; CREATE INDEX i ON a (x); COMMIT; BEGIN; DROP INDEX i; UPDATE b SET x = 1; COMMIT;");
        assert_eq!(found, ["runs-under-lock b work=dml held=access-exclusive blocks=reads held_relation=a held_as=a"]);
    }

    #[test]
    fn not_without_a_transaction_nor_for_few_rows() {
        assert_eq!(found("ALTER TABLE a ADD COLUMN y int; UPDATE b SET x = 1;"), [""; 0]);
        assert_eq!(found("BEGIN; ALTER TABLE a ADD COLUMN y int; UPDATE b SET x = 1 WHERE id = 1; COMMIT;"), [""; 0]);
        assert_eq!(found("BEGIN; CREATE TABLE n (id int); UPDATE b SET x = 1; COMMIT;"), [""; 0]);
    }

    #[test]
    fn a_do_block_is_a_transaction() {
        let block = "DO $$ BEGIN LOCK TABLE a; COMMIT_HERE LOCK TABLE b; END $$;";
        assert_eq!(
            found(&block.replace("COMMIT_HERE", "")),
            ["holds-several b count=2 lock=access-exclusive blocks=reads"]
        );
        assert_eq!(found(&block.replace("COMMIT_HERE", "COMMIT;")), [""; 0]);
        assert_eq!(found("DO $$ BEGIN LOCK TABLE a; END $$; DO $$ BEGIN LOCK TABLE b; END $$;"), [""; 0]);
    }

    #[test]
    fn several_tables_are_told_once() {
        assert_eq!(
            found("BEGIN; LOCK TABLE a; LOCK TABLE b; LOCK TABLE c; COMMIT;"),
            ["holds-several b count=2 lock=access-exclusive blocks=reads"]
        );
        assert_eq!(
            found("BEGIN; LOCK TABLE a; CREATE TABLE n (id int REFERENCES c); COMMIT;"),
            ["holds-several c count=2 lock=share-row-exclusive blocks=writes"]
        );
        assert_eq!(found("BEGIN; LOCK TABLE a; COMMIT; BEGIN; LOCK TABLE b; COMMIT;"), [""; 0]);
        assert_eq!(found("BEGIN; DROP INDEX u; DROP INDEX v; COMMIT;"), [""; 0]);
        assert_eq!(
            found("CREATE INDEX i ON a (x); BEGIN; DROP INDEX i; DROP INDEX v; ALTER TABLE a DROP COLUMN x; COMMIT;"),
            [""; 0]
        );
        assert_eq!(
            found("CREATE INDEX i ON a (x); BEGIN; DROP INDEX i; LOCK TABLE b; COMMIT;"),
            ["holds-several b count=2 lock=access-exclusive blocks=reads"]
        );
        assert_eq!(found("BEGIN; SAVEPOINT s; LOCK TABLE a; ROLLBACK TO s; LOCK TABLE b; COMMIT;"), [""; 0]);
    }
}
