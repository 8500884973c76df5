//! A second look at what a file took away: by its end the same may be there again.
//!
//! A view that is dropped and made anew, a constraint that is replaced, triggers that are switched off and on: an opinion about the
//! loss alone would be wrong. Data that is gone does not come back.

use super::Replayer;
use super::before::Before;
use super::hindsight::Hindsight;
use super::present::{is_replaced, is_there, overloads};
use crate::catalog::{Catalog, Relation};
use crate::diagnostic::Label;
use crate::effect::{ClientChange, Effect, EffectKind, FailReason, LostObject, NothingReason, Weakening, WriteVerb};
use crate::migration::Migration;
use crate::source::Location;
use crate::statement::{
    AlterAction, AlterActionKind, Command, Expr, ExprKind, Literal, Name, ObjectKind, ObjectName, RowSecurity,
    Statement, Transaction,
};
use smol_str::SmolStr;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of objects that are called.
const ROUTINES: [&str; 3] = ["function", "procedure", "routine"];

impl Replayer<'_> {
    /// Marks the effects of a file's steps that its end has made good, and tells the others what came after them.
    pub(super) fn mend(&mut self, migration: &Migration, first_step: usize, before: &Before) {
        let catalog = &self.catalog;
        let file = Aftermath::of(migration, self.sources.get(migration.source).text());
        let steps = || self.steps.iter().skip(first_step).flat_map(|step| &step.effects);
        // Names that types have got in this file: nobody knows them yet.
        let renamed: BTreeSet<Name> = steps()
            .filter_map(|effect| match &effect.kind {
                EffectKind::BreaksClients { change: ClientChange::ChangeTypeDefinition, to, .. } => Some(to.clone()),
                _ => None,
            })
            .filter(|to| !to.is_empty())
            .collect();
        let vacated = vacated(steps());
        let hindsight = Hindsight::of(catalog, steps());
        // Functions that lose one overload at least.
        let dropped: BTreeSet<SmolStr> = steps()
            .filter_map(|effect| match &effect.kind {
                EffectKind::DropsObject { object, name, named: true, .. } if ROUTINES.contains(&object.as_str()) => {
                    Some(name.strip_prefix("public.").unwrap_or(name).into())
                }
                _ => None,
            })
            .collect();
        let deserted = before.deserted(catalog, &self.calls);
        let mut refused = BTreeSet::new();
        for step in self.steps.iter_mut().skip(first_step).filter(|step| step.source == migration.source) {
            let until = match step.in_transaction {
                true => file.end_of_transaction(step.at.span.start),
                false => step.at.span.end,
            };
            for effect in &mut step.effects {
                hindsight.complete(step.in_transaction, until, effect);
                effect.mended = match &effect.kind {
                    _ if owner_is_gone(catalog, effect) || succeeds(effect, &vacated) || self.remade.holds(effect) => {
                        true
                    }
                    EffectKind::BreaksClients { change: ClientChange::ChangeTypeDefinition, object, .. }
                        if renamed.contains(object) =>
                    {
                        true
                    }
                    EffectKind::DisablesTriggers { .. } => {
                        let enables = |action: &AlterActionKind| matches!(action, AlterActionKind::Trigger { mode, .. } if mode.starts_with("enable"));
                        step.in_transaction && file.takes_back(effect, enables)
                    }
                    EffectKind::WeakensRowSecurity { change: Weakening::Disable, .. } => {
                        let enables =
                            |action: &AlterActionKind| *action == AlterActionKind::RowSecurity(RowSecurity::Enable);
                        step.in_transaction && file.takes_back(effect, enables)
                    }
                    EffectKind::WeakensRowSecurity { change: Weakening::NoForce, .. } => {
                        let forces =
                            |action: &AlterActionKind| *action == AlterActionKind::RowSecurity(RowSecurity::Force);
                        let table = effect.subject.as_ref().and_then(|it| catalog.relation(it.id?)?.as_table());
                        // Where it is off altogether, that is another finding, and the greater one.
                        table.is_some_and(|table| !table.row_security)
                            || (step.in_transaction && file.takes_back(effect, forces))
                    }
                    // Its rows are in another table, which has taken its place, and nobody wrote to it meanwhile.
                    EffectKind::LosesData { object: LostObject::Table, copied_to, guarded, .. }
                        if !copied_to.is_empty() =>
                    {
                        let moved_away = effect.subject.as_ref().is_some_and(|it| it.before != it.relation);
                        (*guarded || moved_away) && takes_place(catalog, effect)
                    }
                    // Another column, which has its values, has taken its name before anybody could look.
                    EffectKind::LosesData { object: LostObject::Column, name, copied_to, .. }
                        if !copied_to.is_empty() =>
                    {
                        step.in_transaction && is_replaced(catalog, effect, name)
                    }
                    // With the first use of the value the transaction is over: to part the files mends the others as well.
                    EffectKind::Fails { reason: FailReason::NewEnumValue, object, .. } => {
                        !refused.insert(object.clone())
                    }
                    // A list of what it may have been called with, one of which it was.
                    EffectKind::DoesNothing { reason: NothingReason::OtherArguments, object } => {
                        dropped.contains(object.strip_prefix("public.").unwrap_or(object))
                    }
                    // Dropped, to be made anew.
                    EffectKind::DoesNothing { reason: NothingReason::OtherSchema, object } => {
                        overloads(catalog, object) > 0
                    }
                    EffectKind::DoesNothing { reason: NothingReason::OtherName, object } => {
                        let kept = |label: &Label| file.keeps_index(catalog, label.at);
                        catalog.find_displayed(object).is_some() || !effect.because.iter().any(kept)
                    }
                    // The column has numbers of its own again, and they go on where the old ones stopped.
                    EffectKind::DropsObject { object, .. } if object == "sequence" && file.numbers_anew(effect) => true,
                    // Old programs find no table of that name: that is another finding, and the greater one.
                    EffectKind::BreaksClients { change: ClientChange::RequiredColumn, .. }
                        if vacated.contains(&old_name(effect)) && !is_viewed(catalog, effect) =>
                    {
                        true
                    }
                    // The columns and triggers that it was for have gone with it: those are other findings, and the greater ones.
                    EffectKind::BreaksClients { change: ClientChange::DropFunction, object, to, .. }
                        if to.is_empty()
                            && step.in_transaction
                            && deserted.contains(object.rsplit('.').next().unwrap_or(object)) =>
                    {
                        true
                    }
                    EffectKind::Overloads { name, .. } if before.had(catalog, name, effect) => true,
                    EffectKind::BypassesSequence { .. } => step.at.span.end as usize <= file.numbered_until(),
                    _ => is_there(catalog, effect) || file.makes_by_call(catalog, effect),
                };
            }
        }
    }
}

/// A file whose end is known. What few effects ask for is looked for once, and only then.
struct Aftermath<'a> {
    migration: &'a Migration,
    text: &'a str,
    numbered_until: OnceCell<usize>,
    changes: OnceCell<Changes<'a>>,
    makers: OnceCell<Vec<Maker<'a>>>,
    indexes: OnceCell<BTreeSet<Location>>,
}

/// What a file alters, and where its transactions end: by where the statement begins, ascending. Statements in DO blocks count too.
#[derive(Default)]
struct Changes<'a> {
    actions: BTreeMap<&'a Name, Vec<(u32, &'a AlterAction)>>,
    ends: Vec<u32>,
}

/// A call of a function of these migrations that makes triggers or functions by commands that it puts together.
struct Maker<'a> {
    at: u32,
    arguments: &'a [Expr],
    triggers: bool,
    functions: bool,
}

impl<'a> Aftermath<'a> {
    fn of(migration: &'a Migration, text: &'a str) -> Self {
        let (numbered_until, changes, makers, indexes) = Default::default();
        Self { migration, text, numbered_until, changes, makers, indexes }
    }

    /// Where it sets sequences for the last time: which one is often computed.
    fn numbered_until(&self) -> usize {
        *self.numbered_until.get_or_init(|| {
            let text = self.text.to_ascii_lowercase();
            ["setval", "restart"].iter().filter_map(|word| text.rfind(word)).max().unwrap_or_default()
        })
    }

    /// Whether a later statement makes a column an identity column, and one behind it sets a sequence.
    fn numbers_anew(&self, effect: &Effect) -> bool {
        let start = effect.cause.span.start;
        let identity = |(at, action): &(u32, &AlterAction)| {
            *at > start
                && matches!(action.kind, AlterActionKind::AddIdentity(_))
                && self.numbered_until() > *at as usize
        };
        self.changes().actions.values().flatten().any(identity)
    }

    fn changes(&self) -> &Changes<'a> {
        self.changes.get_or_init(|| {
            let mut found = Changes::default();
            let statements = self.migration.statements.iter();
            for statement in statements.flat_map(|statement| std::iter::once(statement).chain(within(statement))) {
                let at = statement.span.start;
                match &statement.command {
                    Command::Transaction(Transaction::Commit { .. } | Transaction::Rollback { .. }) => {
                        found.ends.push(at);
                    }
                    Command::AlterRelation(alter) => {
                        let actions = found.actions.entry(&alter.name.name.name).or_default();
                        actions.extend(alter.actions.iter().map(|action| (at, action)));
                    }
                    _ => {}
                }
            }
            found
        })
    }

    /// Where the transaction in which a statement begins there is over, or the file.
    fn end_of_transaction(&self, start: u32) -> u32 {
        let ends = &self.changes().ends;
        ends.get(ends.partition_point(|end| *end <= start)).copied().unwrap_or(u32::MAX)
    }

    /// Whether a later statement of the same transaction does the opposite to the same table: the lock keeps others out until then.
    fn takes_back(&self, effect: &Effect, opposite: impl Fn(&AlterActionKind) -> bool) -> bool {
        let table = effect.subject.as_ref().and_then(|subject| subject.relation.rsplit('.').next());
        let start = effect.cause.span.start;
        let changes = self.changes();
        let end = self.end_of_transaction(start);
        let actions = table.and_then(|table| changes.actions.get(&Name::from(table))).map(Vec::as_slice);
        let actions = actions.unwrap_or_default();
        let later = actions.iter().skip(actions.partition_point(|(at, _)| *at <= start));
        later.take_while(|(at, _)| *at < end).any(|(_, action)| opposite(&action.kind))
    }

    /// Whether the index that was made at a place is still there.
    fn keeps_index(&self, catalog: &Catalog, at: Location) -> bool {
        let indexes = self.indexes.get_or_init(|| {
            let indexes = catalog.relations().filter(|relation| relation.as_index().is_some());
            indexes.filter_map(|index| Some(index.origin?.at)).collect()
        });
        indexes.contains(&at)
    }

    fn makers(&self, catalog: &Catalog) -> &[Maker<'a>] {
        self.makers.get_or_init(|| {
            let calls = self.migration.statements.iter().flat_map(|statement| {
                let at = statement.span.start;
                let (calls, procedure) = match &statement.command {
                    Command::Query(query) => (query.calls.as_slice(), None),
                    Command::Call(call) => (&[][..], Some((at, &call.procedure, call.arguments.as_slice()))),
                    _ => (&[][..], None),
                };
                calls.iter().map(move |call| (at, &call.name, call.arguments.as_slice())).chain(procedure)
            });
            let maker = |(at, name, arguments): (u32, &ObjectName, &'a [Expr])| {
                let overloads = catalog.functions_named(&name.name.name).flat_map(|function| &function.overloads);
                let bodies: Vec<_> = overloads.filter_map(|overload| overload.body.as_ref()).collect();
                let makes = |word: &str| {
                    bodies.iter().any(|body| {
                        let says = |word: &str| body.words.iter().any(|it| it.eq_ignore_ascii_case(word));
                        !body.opaque.is_empty() && says("create") && says(word)
                    })
                };
                let (triggers, functions) = (makes("trigger"), makes("function"));
                (triggers || functions).then_some(Maker { at, arguments, triggers, functions })
            };
            calls.filter_map(maker).collect()
        })
    }

    /// Whether a later call makes the trigger, or its function, again: it names the table.
    fn makes_by_call(&self, catalog: &Catalog, effect: &Effect) -> bool {
        let (trigger, meant) = match &effect.kind {
            EffectKind::DropsObject { object, .. } if object == "trigger" => {
                (true, effect.subject.as_ref().map(|it| it.relation.as_str()).unwrap_or_default())
            }
            EffectKind::DropsObject { object, name, .. } if object == "function" => (false, name.as_str()),
            EffectKind::BreaksClients { change: ClientChange::DropFunction, object, .. } => (false, object.as_str()),
            _ => return false,
        };
        let meant = meant.rsplit('.').next().unwrap_or_default();
        // A function is called after the table that it was made for.
        let names = |argument: &Expr| {
            let mut named = false;
            argument.walk(&mut |part| {
                if let ExprKind::Literal(Literal::String(text)) = &part.kind {
                    let table = text.rsplit('.').next().unwrap_or(text);
                    let rest = meant.strip_prefix(table).filter(|_| !table.is_empty());
                    named |= rest.is_some_and(|rest| rest.is_empty() || (!trigger && rest.starts_with('_')));
                }
            });
            named
        };
        let makers = self.makers(catalog);
        let later = makers.iter().skip(makers.partition_point(|maker| maker.at <= effect.cause.span.start));
        let fits = |maker: &&Maker<'_>| if trigger { maker.triggers } else { maker.functions };
        later.into_iter().filter(fits).any(|maker| maker.arguments.iter().any(names))
    }
}

/// Whether a relation has the name that a dropped one had, or had before it was moved out of the way.
fn takes_place(catalog: &Catalog, effect: &Effect) -> bool {
    effect.subject.as_ref().is_some_and(|subject| {
        [&subject.relation, &subject.before].into_iter().any(|name| catalog.find_displayed(name).is_some())
    })
}

/// The names that tables give up by being renamed.
pub(super) fn vacated<'a>(effects: impl Iterator<Item = &'a Effect>) -> BTreeSet<String> {
    let renamed = effects.filter_map(|effect| match &effect.kind {
        EffectKind::BreaksClients { change: ClientChange::RenameTable, object, .. } => Some(object.to_string()),
        _ => None,
    });
    renamed.collect()
}

/// Whether a table takes on a name that another has given up: it comes in that one's place, and was made for it.
pub(super) fn succeeds(effect: &Effect, vacated: &BTreeSet<String>) -> bool {
    let EffectKind::BreaksClients { change: ClientChange::RenameTable, object, to, .. } = &effect.kind else {
        return false;
    };
    match object.rsplit_once('.') {
        Some((schema, _)) => vacated.contains(&format!("{schema}.{to}")),
        None => vacated.contains(to.as_str()),
    }
}

/// The name of an effect's table when its statement ran.
fn old_name(effect: &Effect) -> String {
    effect.subject.as_ref().map(|subject| subject.relation.to_string()).unwrap_or_default()
}

/// Whether a view has taken over the name that an effect's table had: what programs insert into it reaches the table.
fn is_viewed(catalog: &Catalog, effect: &Effect) -> bool {
    catalog.find_displayed(&old_name(effect)).is_some_and(|it| it.as_view().is_some())
}

/// Whether the table has gone as well, of which something was taken away: that is another finding, and the greater one.
fn owner_is_gone(catalog: &Catalog, effect: &Effect) -> bool {
    let part = match &effect.kind {
        EffectKind::DropsObject { object, .. } => {
            !matches!(object.as_str(), "view" | "materialized view" | "sequence" | "foreign table")
        }
        EffectKind::BreaksClients { change, .. } => matches!(
            change,
            ClientChange::Revoke
                | ClientChange::DropDefault
                | ClientChange::RequiredColumn
                | ClientChange::RenameColumn
                | ClientChange::NotNull
                | ClientChange::NewConstraint
        ),
        EffectKind::ChangesColumn { .. } | EffectKind::DisablesTriggers { .. } => true,
        EffectKind::WritesRows { verb: WriteVerb::Delete, .. } => true,
        _ => false,
    };
    part && effect.subject.as_ref().and_then(|subject| subject.id).is_some_and(|id| catalog.relation(id).is_none())
}

/// Remembers the indexes that a statement drops, as the catalog knows them before.
pub(super) fn remember_dropped_indexes(
    replayer: &Replayer<'_>,
    migration: &Migration,
    statement: &Statement,
    session: &mut crate::session::Session,
) {
    let Command::Drop(drop) = &statement.command else {
        return;
    };
    if drop.kind != ObjectKind::Index {
        return;
    }
    let path = session.search_path();
    for name in &drop.names {
        let found = replayer.catalog.resolve(name, &path).and_then(|id| replayer.catalog.relation(id));
        let index = found.and_then(Relation::as_index).filter(|index| index.predicate.is_none());
        let key = |key: &crate::statement::IndexKey| match &key.expr.kind {
            ExprKind::Column(path) => path.last().map(|column| column.name.clone()),
            _ => None,
        };
        session.dropped_indexes.push(crate::session::DroppedIndex {
            name: name.name.name.clone(),
            table: index.map(|index| index.table),
            existed: found.is_some() || !drop.if_exists,
            columns: index.map(|index| index.keys.iter().map(key).collect()).unwrap_or_default(),
            at: Location { source: migration.source, span: statement.span },
        });
    }
}

/// The statements of a DO block.
pub(super) fn within(statement: &Statement) -> &[Statement] {
    match &statement.command {
        Command::Do(block) => block.body.as_ref().map(|body| body.statements.as_slice()).unwrap_or_default(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{File, Project, read};
    use crate::settings::Settings;
    use crate::source::Source;
    use crate::tool::{Tool, TransactionMode};

    fn mended(sql: &str, kind: &str) -> Vec<bool> {
        let given = "CREATE TABLE t (id int PRIMARY KEY, a int, n int NOT NULL, CONSTRAINT c CHECK (a > 0));
            CREATE VIEW v AS SELECT 1 AS x; CREATE INDEX i ON t (a);";
        let file = |(number, text): (usize, &&str)| File {
            judged: number == 1,
            transaction: Some(TransactionMode::Statement),
            ..File::from(Source::new(format!("{number}.sql"), *text))
        };
        let project = Project::of(Tool::NONE, [given, sql].iter().enumerate().map(file).collect());
        let (_, projects) = read(vec![project], &Settings::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
        let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() == kind);
        effects.map(|effect| effect.mended).collect()
    }

    #[test]
    fn what_a_called_function_makes_again_is_mended() {
        let watch = "CREATE FUNCTION watch(t text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
            EXECUTE format('CREATE OR REPLACE FUNCTION %I_fn() RETURNS trigger ...', t);
            EXECUTE format('CREATE TRIGGER %I_w AFTER INSERT ON %I EXECUTE FUNCTION %I_fn()', t, t, t); RETURN 1; END $$; SELECT watch('t');";
        let again = |call: &str| {
            mended(
                &format!("{watch} DROP TRIGGER IF EXISTS t_w ON t; DROP FUNCTION IF EXISTS t_fn(); {call}"),
                "drops-object",
            )
        };
        assert_eq!(again("SELECT 1 FROM watch('t')"), [true, true]);
        assert_eq!(again("SELECT 1 FROM watch('u')"), [false, false]);
        assert_eq!(again(""), [false, false]);
    }

    #[test]
    fn a_trigger_whose_work_is_gone() {
        let trigger = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 1; RETURN NEW; END $$;
            CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET a = 1 WHERE id = NEW.id; RETURN NEW; END $$;
            CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 1; PERFORM pg_notify('c', 'x'); RETURN NEW; END $$;
            CREATE FUNCTION i() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t (id, a) VALUES (NEW.id, 1); RETURN NEW; END $$;
            CREATE FUNCTION j() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                SELECT v.x INTO STRICT NEW.a FROM v; RETURN NEW; END $$;
            CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION";
        let dropped = |function: &str, then: &str| {
            mended(&format!("{trigger} {function}(); DROP TRIGGER w ON t; {then}"), "drops-object").into_iter().next()
        };
        let column = "ALTER TABLE t DROP CONSTRAINT c, DROP COLUMN a";
        assert_eq!(dropped("f", column), Some(true));
        assert_eq!(dropped("j", column), Some(true));
        assert_eq!(dropped("j", "ALTER TABLE t DROP COLUMN n"), Some(false));
        assert_eq!(dropped("g", column), Some(true));
        // Kept, it would fail.
        assert_eq!(dropped("i", column), Some(true));
        assert_eq!(dropped("i", ""), Some(false));
        // It tells others, too.
        assert_eq!(dropped("h", column), Some(false));
        assert_eq!(dropped("f", ""), Some(false));
        // The table that comes in its place has a trigger of that name.
        let swapped = |then: &str| {
            let sql = format!(
                "BEGIN; {trigger} f(); COMMIT; BEGIN; ALTER TABLE t RENAME TO old; DROP TRIGGER w ON old; CREATE TABLE t (a int); {then} COMMIT"
            );
            mended(&sql, "drops-object")
        };
        assert_eq!(swapped("CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"), [true]);
        assert_eq!(swapped(""), [false]);
    }

    #[test]
    fn a_sequence_that_an_identity_takes_over() {
        let dropped = |then: &str| {
            let sql = format!("CREATE SEQUENCE s; DO $$ BEGIN DROP SEQUENCE s; {then} END $$");
            mended(&sql, "drops-object")
        };
        let identity = "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY;";
        let set = "PERFORM setval(pg_get_serial_sequence('t', 'id'), (SELECT max(id) FROM t));";
        assert_eq!(dropped(&format!("{identity} {set}")), [true]);
        assert_eq!(dropped(identity), [false]);
        assert_eq!(dropped(set), [false]);
    }

    #[test]
    fn a_column_that_is_required_of_a_table_renamed_away() {
        let required = |then: &str| {
            let sql = format!("ALTER TABLE t ADD COLUMN c int NOT NULL; {then}");
            mended(&sql, "breaks-clients").into_iter().next()
        };
        assert_eq!(required("ALTER TABLE t RENAME TO u"), Some(true));
        assert_eq!(required("ALTER TABLE t RENAME TO u; CREATE VIEW t AS SELECT * FROM u"), Some(false));
        assert_eq!(required(""), Some(false));
    }

    #[test]
    fn a_stricter_foreign_key_takes_the_place_of_one() {
        let keys = "CREATE TABLE r (id int PRIMARY KEY, o int NOT NULL, UNIQUE (o, id));
            CREATE TABLE s (r_id int CONSTRAINT k REFERENCES r (id), o int NOT NULL, p int);
            ALTER TABLE s DROP CONSTRAINT k, ADD CONSTRAINT l FOREIGN KEY";
        assert_eq!(mended(&format!("{keys} (o, r_id) REFERENCES r (o, id)"), "drops-object"), [true]);
        // It cannot outlive the table that it references.
        let alone = "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE s (r_id int CONSTRAINT k REFERENCES r); ALTER TABLE s DROP CONSTRAINT k;";
        assert_eq!(mended(&format!("{alone} DROP TABLE r"), "drops-object"), [true]);
        assert_eq!(mended(alone, "drops-object"), [false]);
        // Where `p` is NULL nothing is checked.
        assert_eq!(mended(&format!("{keys} (p, r_id) REFERENCES r (o, id)"), "drops-object"), [false]);
    }

    #[test]
    fn a_drop_that_misses() {
        let given = "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE INDEX t_id_idx ON t (id); CREATE SCHEMA other; CREATE FUNCTION other.g() RETURNS int LANGUAGE sql AS 'SELECT 1';";
        let missed = |sql: &str| mended(&format!("{given} {sql}"), "does-nothing");
        assert_eq!(missed("DROP FUNCTION IF EXISTS f(text)"), [false]);
        assert_eq!(missed("DROP FUNCTION IF EXISTS f(text); DROP FUNCTION IF EXISTS public.f(int)"), [true]);
        // A drop that misses leaves the function where it is.
        assert_eq!(missed("DROP FUNCTION IF EXISTS f(text); DROP FUNCTION IF EXISTS f(date)"), [false, false]);
        // A row type is called like its table, by the name that this has now.
        let renamed = "CREATE FUNCTION r(t) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER TABLE t RENAME TO s;";
        assert_eq!(missed(&format!("{renamed} DROP FUNCTION IF EXISTS r(s)")), [false; 0]);
        assert_eq!(missed(&format!("{renamed} DROP FUNCTION IF EXISTS r(t)")), [false]);
        let lost = |sql: &str| mended(&format!("{given} {sql}"), "drops-object");
        let other = "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';";
        assert_eq!(lost(&format!("{other} DROP FUNCTION f(int)")), [false]);
        assert_eq!(lost(&format!("DROP FUNCTION f(int); {other}")), [true]);
        let two = "CREATE FUNCTION f(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';";
        assert_eq!(
            missed(&format!("{two} DROP FUNCTION IF EXISTS public.f(text); DROP FUNCTION IF EXISTS public.f(int)")),
            [true]
        );
    }

    #[test]
    fn what_is_made_again_is_mended() {
        assert_eq!(mended("DROP VIEW v; CREATE VIEW v AS SELECT 2 AS y", "drops-object"), [true]);
        assert_eq!(mended("DROP VIEW v; CREATE VIEW w AS SELECT 2 AS y", "drops-object"), [false]);
        let replaced = "ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT d CHECK (a > 1);";
        assert_eq!(mended(replaced, "drops-object"), [true]);
        assert_eq!(mended("DROP INDEX i; CREATE INDEX j ON t (a, id)", "drops-object"), [true]);
        assert_eq!(mended("DROP INDEX i; CREATE INDEX j ON t (id, a)", "drops-object"), [false]);
        let switched = |between: &str| {
            let sql = format!(
                "BEGIN; ALTER TABLE t DISABLE TRIGGER ALL; {between}; ALTER TABLE t ENABLE TRIGGER ALL; COMMIT"
            );
            mended(&sql, "disables-triggers")
        };
        assert_eq!(switched("UPDATE t SET a = 1"), [true]);
        let block = "BEGIN; DO $$ BEGIN ALTER TABLE t DISABLE TRIGGER ALL; UPDATE t SET a = 1; ALTER TABLE t ENABLE TRIGGER ALL; END $$; COMMIT";
        assert_eq!(mended(block, "disables-triggers"), [true]);
        // Meanwhile others write without the triggers.
        assert_eq!(switched("COMMIT; BEGIN"), [false]);
        let open = |between: &str| {
            let sql = format!(
                "BEGIN; ALTER TABLE t DISABLE ROW LEVEL SECURITY; {between}; ALTER TABLE t ENABLE ROW LEVEL SECURITY; COMMIT"
            );
            mended(&format!("ALTER TABLE t ENABLE ROW LEVEL SECURITY; {sql}"), "weakens-row-security")
        };
        assert_eq!(open("UPDATE t SET a = 1"), [true]);
        assert_eq!(open("COMMIT; BEGIN"), [false]);
        assert_eq!(mended("ALTER TABLE t RENAME TO u; ALTER TABLE n RENAME TO t", "breaks-clients"), [true, true]);
        assert_eq!(mended("ALTER TABLE t RENAME TO u; ALTER TABLE n RENAME TO m", "breaks-clients"), [false, false]);
        let swap = "BEGIN; ALTER TABLE t RENAME TO u; ALTER TABLE n RENAME TO t; COMMIT";
        assert!(mended(swap, "breaks-clients").is_empty());
        assert_eq!(mended("ALTER TABLE t DISABLE TRIGGER ALL", "disables-triggers"), [false]);
    }

    #[test]
    fn what_programs_name_is_there_under_another_guise() {
        let changes = |sql: &str| mended(&format!("BEGIN; {sql}; COMMIT"), "breaks-clients");
        let renames = "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN a TO b";
        assert_eq!(changes(renames), [false, false]);
        assert_eq!(changes(&format!("{renames}; CREATE VIEW t AS SELECT id, b AS a FROM u")), [true]);
        assert_eq!(changes(&format!("{renames}; CREATE VIEW t AS SELECT id, b FROM u")), [false]);
        let required = |column: &str| {
            let add = "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 1; ALTER TABLE t ALTER COLUMN c DROP DEFAULT";
            let take_over = format!("ALTER TABLE t DROP COLUMN {column}; ALTER TABLE t RENAME COLUMN c TO {column}");
            changes(&format!("{add}; {take_over}")).first().copied()
        };
        assert_eq!((required("n"), required("a")), (Some(true), Some(false)));
    }
}
