//! What is missing or left over when a file, or all of them, have run.

mod access;

use super::analysis::{kind_of, rows_of};
use crate::analyze::Context;
use crate::catalog::{
    Catalog, Contents, Index, Origin, Relation, RelationId, Table, TableConstraintKind, constant_value, made_otherwise,
};
use crate::diagnostic::Label;
use crate::effect::{Confidence, ConstraintWord, Effect, EffectKind, Owner, Subject};
use crate::source::Location;
use crate::statement::{
    Command, Expr, ExprKind, IndexKey, InsertSource, Name, ObjectKind, ObjectName, Persistence, Statement,
};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeSet;

/// What the end of a file leaves: a transaction that the file itself opened, settings of the session.
pub(super) fn end_of_migration(context: Context<'_>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let transaction = context.session.transaction.as_ref();
    if let Some(begun) = transaction.filter(|it| it.owner == Owner::File).and_then(|it| it.begun) {
        effects.push(effect(None, begun, EffectKind::LeavesOpen {}));
    }
    for (name, setting) in &context.session.settings {
        // Back to the default is as before.
        if setting.local || (setting.values.is_empty() && !setting.unknown) || setting.at.source != context.source_id {
            continue;
        }
        let value = SmolStr::from(setting.values.join(", "));
        effects.push(effect(None, setting.at, EffectKind::LeavesSetting { setting: name.clone(), value }));
    }
    effects
}

/// What the whole history leaves.
pub(super) fn end_of_history(catalog: &Catalog) -> Vec<Effect> {
    let mut effects = Vec::new();
    let types = ResultTypes::of(catalog);
    for relation in catalog.relations() {
        let Some(table) = relation.as_table() else {
            continue;
        };
        if relation.is_temporary() || table.persistence == Persistence::Temporary || table.foreign {
            continue;
        }
        let Some(origin) = relation.origin else {
            let known = effects.len();
            if let Some(asked_for) = table.asked_for {
                foreign_keys_without_index(catalog, relation, table, &mut effects);
                lacks_key(catalog, &types, relation, table, asked_for, &mut effects);
                lacks_policy(catalog, relation, table, asked_for, &mut effects);
            }
            for effect in effects.iter_mut().skip(known) {
                effect.confidence = Confidence::Assumed;
                effect.assumptions.push("the table was not there before".to_owned());
            }
            continue;
        };
        foreign_keys_without_index(catalog, relation, table, &mut effects);
        unvalidated(relation, table, &mut effects);
        duplicate_indexes(catalog, relation, &mut effects);
        unchecked_keys(catalog, relation, table, &mut effects);
        duplicates(catalog, relation, table, &mut effects);
        runs_out(relation, table, origin, &mut effects);
        let parent = table.partition.as_ref().and_then(|partition| catalog.table(partition.parent));
        if table.partition.is_none() {
            lacks_key(catalog, &types, relation, table, origin, &mut effects);
        }
        // Who asks for a partition by its own name is not held to the policies of its parent; a parent without any is told itself.
        if parent.is_none_or(|(_, parent)| parent.row_security && !table.row_security) {
            lacks_policy(catalog, relation, table, origin, &mut effects);
        }
    }
    access::left(catalog, &mut effects);
    access::tables(catalog, &mut effects);
    // In the order of the statements that caused them.
    effects.sort_by_key(|effect| (effect.cause.source, effect.cause.span.start));
    effects
}

fn effect(subject: Option<Subject>, at: Location, kind: EffectKind) -> Effect {
    Effect::new(kind, subject, at)
}

fn subject(relation: &Relation) -> Subject {
    let named = Subject::named(relation.display_name(), kind_of(relation));
    Subject { id: Some(relation.id), rows: rows_of(relation), ..named }
}

fn foreign_keys_without_index(catalog: &Catalog, relation: &Relation, table: &Table, effects: &mut Vec<Effect>) {
    let mut found: Vec<UnindexedKey<'_>> = Vec::new();
    for constraint in table.foreign_keys().filter(|constraint| !constraint.inherited) {
        let (TableConstraintKind::ForeignKey { columns, references, on_delete, .. }, Some(origin)) =
            (&constraint.kind, constraint.origin.or(table.asked_for))
        else {
            continue;
        };
        if catalog.indexes_of(relation.id).any(|(_, index)| covers(index, columns, columns.len())) {
            continue;
        }
        // Where a row takes others along, somebody means to delete it.
        let keeps = on_delete.as_ref().is_none_or(|action| action == "no action" || action == "restrict");
        let partly = catalog.indexes_of(relation.id).any(|(_, index)| covers(index, columns, 1));
        let lookup = catalog.constant_rows(*references) > 1
            || (keeps && (catalog.is_lookup(*references) || is_dictionary(catalog, *references)));
        let references = catalog.relation(*references).map(Relation::display_name).unwrap_or_default();
        found.push(UnindexedKey { columns, references, origin, partly, lookup });
    }
    for (at, key) in found.iter().enumerate() {
        let serves = |place: usize, other: &UnindexedKey<'_>| other.serves(key) && (place < at || !key.serves(other));
        if found.iter().enumerate().any(|(place, other)| place != at && serves(place, other)) {
            continue;
        }
        let UnindexedKey { columns, references, origin, partly, lookup } = key;
        let made = relation.origin.or(table.asked_for);
        let new_table = made.is_some_and(|table| table.deployment == origin.deployment);
        let called_otherwise = |name: &Name| table.column(name).is_some_and(|column| column.renamed_from.is_some());
        let renamed = relation.made_as.is_some() || columns.iter().any(called_otherwise);
        let partial = catalog.indexes_of(relation.id).any(|(_, index)| begins(index, columns, columns.len()));
        let kind = EffectKind::LacksIndex {
            columns: SmolStr::from(columns.join(", ")),
            references: references.clone(),
            made_with: if new_table && !renamed { relation.display_name() } else { SmolStr::default() },
            lacking: SmolStr::new_static(if partial { "index of all rows" } else { "index" }),
            partly: *partly,
            lookup: *lookup,
        };
        let mut told = effect(Some(subject(relation)), origin.at, kind);
        // There was one, until something else dropped it.
        let mut gone = table.dropped_indexes.iter().rev();
        let gone = gone.find(|(index, _)| covers(index, columns, columns.len()));
        told.because.extend(
            gone.map(|(_, at)| Label { message: "the index that served it is dropped here".to_owned(), at: *at }),
        );
        let served = found.iter().enumerate().filter(|(place, other)| *place != at && key.serves(other));
        told.because.extend(served.map(|(_, other)| Label {
            message: format!("an index for that one serves this one as well, which references `{}`", other.references),
            at: other.origin.at,
        }));
        effects.push(told);
    }
}

/// A foreign key without an index on its columns.
struct UnindexedKey<'a> {
    columns: &'a [Name],
    references: SmolStr,
    origin: Origin,
    /// See [`EffectKind::LacksIndex`].
    partly: bool,
    lookup: bool,
}

impl UnindexedKey<'_> {
    /// Whether who makes the index that this one lacks needs none for another of the same file: its columns are the first of these, in any
    /// order. Where that index is worth less than others are, or is another file's matter, each is told by itself.
    fn serves(&self, other: &Self) -> bool {
        let leading = self.columns.get(..other.columns.len());
        leading.is_some_and(|leading| leading.iter().all(|column| other.columns.contains(column)))
            && self.origin.at.source == other.origin.at.source
            && !self.partly
            && !self.lookup
    }
}

/// Whether a table gives numbers to values: beside a key that is generated it has several columns, which are unique all together. Such
/// rows are added and found again, and hardly ever deleted.
fn is_dictionary(catalog: &Catalog, table: RelationId) -> bool {
    let Some((_, known)) = catalog.table(table).filter(|(_, known)| known.complete) else {
        return false;
    };
    let Some([key]) = known.primary_key().map(|key| key.kind.columns()) else {
        return false;
    };
    let values: BTreeSet<&Name> = known.columns.iter().map(|column| &column.name).filter(|name| *name != key).collect();
    let unique = |columns: Vec<Name>| columns.iter().collect::<BTreeSet<_>>() == values;
    values.len() > 1
        && known.foreign_keys().next().is_none()
        && known.column(key).is_some_and(|column| column.sequence.is_some())
        && catalog.indexes_of(table).any(|(_, index)| index.unique_columns().is_some_and(unique))
}

/// Whether an index of a kind that finds single values begins with given columns: its first keys, so many of them, are among these in any
/// order.
fn begins(index: &Index, columns: &[Name], keys: usize) -> bool {
    let leading: BTreeSet<&Name> = index.keys.iter().take(keys).filter_map(|key| column_of(&key.expr)).collect();
    let leading = leading.len() == keys && leading.iter().all(|key| columns.contains(key));
    let method = match index.method.as_str() {
        "btree" | "gist" => true,
        "hash" => keys == 1,
        _ => false,
    };
    leading && method
}

/// Whether an index narrows the search for given foreign key columns: it begins with so many of them, and leaves out at most rows that
/// reference nothing.
fn covers(index: &Index, columns: &[Name], keys: usize) -> bool {
    let all_rows = index.predicate.as_ref().is_none_or(|predicate| match &predicate.kind {
        ExprKind::IsNull { operand, negated: true } => {
            column_of(operand).is_some_and(|column| columns.contains(column))
        }
        _ => false,
    });
    begins(index, columns, keys) && all_rows
}

fn column_of(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        _ => None,
    }
}

fn unvalidated(relation: &Relation, table: &Table, effects: &mut Vec<Effect>) {
    for constraint in &table.constraints {
        if let (false, true, false, Some(origin)) =
            (constraint.valid, constraint.enforced, constraint.inherited, constraint.origin)
        {
            let kind =
                EffectKind::LeavesUnvalidated { name: constraint.name.clone(), constraint: word(&constraint.kind) };
            effects.push(effect(Some(subject(relation)), origin.at, kind));
        }
    }
}

/// Indexes whose keys another index begins with, so that it does all that they do.
fn duplicate_indexes(catalog: &Catalog, relation: &Relation, effects: &mut Vec<Effect>) {
    let plain = |index: &Index| index.method == "btree" && index.predicate.is_none() && index.parent.is_none();
    let indexes: Vec<(&Relation, &Index)> = catalog.indexes_of(relation.id).filter(|(_, index)| plain(index)).collect();
    for (at, (own, index)) in indexes.iter().enumerate() {
        let Some(origin) = own.origin.filter(|_| index.constraint.is_none() && index.include.is_empty()) else {
            continue;
        };
        let other = indexes.iter().enumerate().find(|(place, (_, other))| {
            let same = other.keys.len() == index.keys.len();
            // Of two that are the same, a constraint's stays; else the one that was made first.
            let goes = !same || other.constraint.is_some() || *place < at;
            let strict = !index.unique || (same && other.unique);
            // Of two of which the other is unique only the plain one is too many.
            let looser = same && *place < at && !index.unique && other.unique;
            *place != at && begins_with(other, index) && strict && (goes || looser)
        });
        if let Some((_, (other, other_index))) = other {
            let same = other_index.keys.len() == index.keys.len();
            // It is the second of the two that made one too many, in whichever order they go.
            let places = indexes.iter().position(|(it, _)| it.id == other.id);
            let later = other.origin.filter(|other| places > Some(at) && other.deployment > origin.deployment);
            let index = own.display_name();
            let made = if later.is_some() { SmolStr::default() } else { index.clone() };
            // What the one costs is told where that one is made.
            let cost = if same { "kept up by every write, for nothing" } else { "kept up by every write" };
            let meaning = match later {
                Some(_) => format_smolstr!("makes `{}` needless", own.name),
                None => SmolStr::new_static(cost),
            };
            let kind = EffectKind::DuplicatesIndex { index, other: other.display_name(), same, made, meaning };
            let mut told = effect(Some(subject(relation)), later.unwrap_or(origin).at, kind);
            let name =
                |index: &Relation| (index.name.clone(), made_otherwise(index.made_as.as_ref(), &index.display_name()));
            told.because.extend(match later {
                Some(_) => {
                    let (name, otherwise) = name(own);
                    Some(Label { message: format!("`{name}` is made here{otherwise}: {cost}"), at: origin.at })
                }
                None => other.origin.map(|origin| {
                    let (name, otherwise) = name(other);
                    Label { message: format!("`{name}` is made here{otherwise}"), at: origin.at }
                }),
            });
            effects.push(told);
        }
    }
}

/// Whether the keys of an index are those that another begins with, in the same order and by the same operators.
fn begins_with(other: &Index, index: &Index) -> bool {
    index.keys.len() <= other.keys.len()
        && index.keys.iter().zip(&other.keys).all(|(own, key)| {
            let columns = column_of(&own.expr).zip(column_of(&key.expr));
            let name = |name: &Option<ObjectName>| name.as_ref().map(|name| name.name.name.clone());
            columns.is_some_and(|(own, key)| own == key)
                && own.descending == key.descending
                && own.nulls_first.unwrap_or(own.descending) == key.nulls_first.unwrap_or(key.descending)
                && name(&own.opclass) == name(&key.opclass)
                && name(&own.collation) == name(&key.collation)
        })
}

fn word(kind: &TableConstraintKind) -> ConstraintWord {
    match kind {
        TableConstraintKind::NotNull { .. } => ConstraintWord::NotNull,
        TableConstraintKind::Check { .. } => ConstraintWord::Check,
        TableConstraintKind::Unique { .. } => ConstraintWord::Unique,
        TableConstraintKind::PrimaryKey { .. } => ConstraintWord::PrimaryKey,
        TableConstraintKind::Exclude { .. } => ConstraintWord::Exclude,
        TableConstraintKind::ForeignKey { .. } => ConstraintWord::ForeignKey,
    }
}

/// Whether a unique index over constants lets no second row in.
fn holds_one_row(catalog: &Catalog, relation: &Relation) -> bool {
    catalog.indexes_of(relation.id).any(|(_, index)| {
        let constant = |key: &IndexKey| constant_value(&key.expr).is_some();
        index.unique && index.predicate.is_none() && index.keys.iter().all(constant)
    })
}

fn lacks_key(
    catalog: &Catalog,
    types: &ResultTypes<'_>,
    relation: &Relation,
    table: &Table,
    origin: Origin,
    effects: &mut Vec<Effect>,
) {
    // A table that inherits, or of a type, may have got its columns elsewhere; it has no key by that.
    if table.primary_key().is_some() || table.key_dropped || (!table.complete && table.asked_for.is_none()) {
        return;
    }
    if types.has(catalog, relation, table) || holds_one_row(catalog, relation) {
        return;
    }
    let not_null = |name: &Name| table.column(name).is_some_and(|column| column.not_null);
    let unique = catalog
        .indexes_of(relation.id)
        .any(|(_, index)| index.unique_columns().is_some_and(|columns| columns.iter().all(not_null)));
    let id = SmolStr::new_static("id");
    let (candidate, addable) =
        if table.column(&id).is_some() { (id, SmolStr::default()) } else { (SmolStr::default(), id) };
    effects.push(effect(
        Some(subject(relation)),
        origin.at,
        EffectKind::LacksKey { unique, from_query: table.from_query, candidate, addable },
    ));
}

/// Names of tables that may be there for the type of their rows alone: functions return them, and no body or view reads or writes them.
struct ResultTypes<'c> {
    returned: BTreeSet<&'c str>,
    used: BTreeSet<&'c str>,
    viewed: BTreeSet<RelationId>,
}

impl<'c> ResultTypes<'c> {
    fn of(catalog: &'c Catalog) -> Self {
        let overloads = || catalog.functions().flat_map(|(_, function)| &function.overloads);
        let mut used = BTreeSet::new();
        for body in overloads().filter_map(|overload| overload.body.as_ref()) {
            used.extend(body.words.iter().map(Name::as_str));
            body.statements.iter().for_each(|statement| names_used(statement, &mut used));
        }
        Self {
            returned: overloads().filter_map(|overload| overload.returns.as_deref()).collect(),
            used,
            viewed: catalog.relations().filter_map(Relation::as_view).flat_map(|view| &view.reads).copied().collect(),
        }
    }

    fn has(&self, catalog: &Catalog, relation: &Relation, table: &Table) -> bool {
        let name = relation.name.as_str();
        self.returned.contains(name)
            && !self.used.contains(name)
            && !self.viewed.contains(&relation.id)
            && table.contents == Contents::Empty
            && table.constraints.is_empty()
            && table.attachments.is_empty()
            && catalog.indexes_of(relation.id).next().is_none()
    }
}

/// The names of the relations that a statement reads or writes.
fn names_used<'s>(statement: &'s Statement, used: &mut BTreeSet<&'s str>) {
    let (target, query) = match &statement.command {
        Command::Query(query) => (None, query.as_ref()),
        Command::Insert(insert) => {
            if let Some(InsertSource::Query(query)) = &insert.source {
                used.extend(query.reads.iter().map(|read| read.name.name.name.as_str()));
            }
            (Some(&insert.table), &insert.with)
        }
        Command::Update(update) => (Some(&update.table), &update.with),
        Command::Delete(delete) => (Some(&delete.table), &delete.with),
        Command::Merge(merge) => (Some(&merge.table), &merge.with),
        _ => return,
    };
    used.extend(query.reads.iter().chain(target).map(|read| read.name.name.name.as_str()));
}

/// A primary key that a sequence fills, of a type that is too short for it.
fn runs_out(relation: &Relation, table: &Table, origin: Origin, effects: &mut Vec<Effect>) {
    let key = table.primary_key().map(|key| key.kind.columns());
    let Some([name]) = key else {
        return;
    };
    let Some(column) = table.column(name).filter(|column| column.sequence.is_some() || column.identity) else {
        return;
    };
    let Some(ty) = column.ty.as_ref().filter(|ty| ty.dimensions == 0 && ty.schema.is_none()) else {
        return;
    };
    let data_type = match ty.name.as_str() {
        "int4" | "serial" => "integer",
        "int2" | "smallserial" => "smallint",
        _ => return,
    };
    let at = column.origin.unwrap_or(origin).at;
    let kind = EffectKind::RunsOut { column: name.clone(), data_type: SmolStr::new_static(data_type) };
    effects.push(effect(Some(subject(relation)), at, kind));
}

fn unchecked_keys(catalog: &Catalog, relation: &Relation, table: &Table, effects: &mut Vec<Effect>) {
    for constraint in table.foreign_keys().filter(|constraint| !constraint.inherited) {
        if let (TableConstraintKind::ForeignKey { columns, references, options, .. }, Some(origin)) =
            (&constraint.kind, constraint.origin)
        {
            let optional = columns.iter().filter(|name| table.column(name).is_some_and(|column| !column.not_null));
            if optional.count() > 1 && !options.match_full {
                let references = catalog.relation(*references).map(Relation::display_name).unwrap_or_default();
                let kind = EffectKind::SkipsCheck { columns: SmolStr::from(columns.join(", ")), references };
                effects.push(effect(Some(subject(relation)), origin.at, kind));
            }
        }
    }
}

fn duplicates(catalog: &Catalog, relation: &Relation, table: &Table, effects: &mut Vec<Effect>) {
    for (made, index) in catalog.indexes_of(relation.id) {
        let Some(origin) = made.origin.filter(|_| index.unique && index.parent.is_none()) else {
            continue;
        };
        let columns: Option<Vec<&Name>> = index.keys.iter().map(|key| column_of(&key.expr)).collect();
        let Some(columns) = columns.filter(|_| !index.nulls_not_distinct && index.predicate.is_none()) else {
            continue;
        };
        let optional: Vec<&str> = columns
            .iter()
            .filter(|name| table.column(name).is_some_and(|column| !column.not_null))
            .map(|name| name.as_str())
            .collect();
        if !optional.is_empty() && optional.len() < columns.len() && table.complete {
            let index = made.name.clone();
            let kind = EffectKind::LetsDuplicatesIn { index, columns: SmolStr::from(optional.join(", ")) };
            effects.push(effect(Some(subject(relation)), origin.at, kind));
        }
    }
}

fn lacks_policy(catalog: &Catalog, relation: &Relation, table: &Table, origin: Origin, effects: &mut Vec<Effect>) {
    let any = table.attachments.iter().any(|it| it.kind == ObjectKind::Policy);
    if table.row_security && any {
        return;
    }
    // Who switched it off later is told there.
    if !table.row_security && table.row_security_off.is_some_and(|file| file != origin.at.source) {
        return;
    }
    let revoked = access::is_revoked(catalog, relation);
    let kind = EffectKind::LacksPolicy {
        enabled: table.row_security,
        policies: any,
        revoked,
        open_to: access::open_to(catalog, relation),
        ungranted: access::is_ungranted(catalog, relation),
    };
    let mut found = effect(Some(subject(relation)), origin.at, kind);
    // Policies without row level security do nothing.
    let policies = table.attachments.iter().filter(|it| it.kind == ObjectKind::Policy && !table.row_security);
    found.because.extend(policies.map(|it| Label {
        message: format!("policy `{}` has no effect before row level security is enabled", it.name),
        at: it.origin.at,
    }));
    effects.push(found);
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    fn left(sql: &str) -> Vec<String> {
        effects(15, "CREATE TABLE u (id int PRIMARY KEY);", sql, "lacks-index lacks-key leaves-unvalidated leaves-open")
    }

    /// In which lines labels of foreign keys without an index say that there was one.
    fn dropped_at(sql: &str) -> Vec<usize> {
        use crate::check::{File, Project, read};
        let text = format!("CREATE TABLE u (id int PRIMARY KEY); {sql}");
        let file = File::from(crate::source::Source::new("1.sql", text.clone()));
        let (_, projects) = read(vec![Project::of(crate::tool::Tool::NONE, vec![file])], &Default::default());
        let effects = projects.iter().flat_map(|project| &project.replay.at_end);
        let labels = effects.filter(|effect| effect.kind.name() == "lacks-index").flat_map(|effect| &effect.because);
        labels.map(|label| text[..label.at.span.start as usize].lines().count()).collect()
    }

    #[test]
    fn the_needless_one_of_two_indexes_is_named() {
        let meaning = |given: &str, sql: &str| {
            let given = format!("CREATE TABLE m (id int PRIMARY KEY, e text, f text); {given}");
            let told = effects(15, &given, sql, "duplicates-index");
            told.iter().filter_map(|line| Some(line.split_once("meaning=")?.1.to_owned())).collect::<Vec<_>>()
        };
        let (plain, unique) = ("CREATE INDEX m_e ON m (e);", "ALTER TABLE m ADD UNIQUE (e);");
        assert_eq!(meaning(plain, unique), ["makes `m_e` needless"]);
        assert_eq!(meaning(unique, plain), ["kept up by every write, for nothing"]);
        assert_eq!(meaning(plain, "CREATE INDEX m_e_f ON m (e, f);"), ["makes `m_e` needless"]);
        assert_eq!(meaning("CREATE INDEX m_e_f ON m (e, f);", plain), ["kept up by every write"]);
    }

    #[test]
    fn foreign_keys_without_an_index() {
        let table = "CREATE TABLE t (id int PRIMARY KEY, u_id int REFERENCES u (id), x int);";
        let lacks = ["lacks-index t columns=u_id references=u made_with=t lacking=index"];
        assert_eq!(left(table), lacks);
        assert_eq!(left(&format!("{table} CREATE INDEX ON t (u_id, x);")), [""; 0]);
        assert_eq!(left(&format!("{table} CREATE INDEX ON t (x, u_id);")), lacks);
        assert_eq!(left(&format!("{table} CREATE INDEX ON t (u_id) WHERE u_id IS NOT NULL;")), [""; 0]);
        let some = ["lacks-index t columns=u_id references=u made_with=t lacking=index of all rows"];
        assert_eq!(left(&format!("{table} CREATE INDEX ON t (u_id) WHERE x > 0;")), some);
        let later = ["lacks-index t columns=u_key references=u lacking=index"];
        assert_eq!(left(&format!("{table} ALTER TABLE t RENAME COLUMN u_id TO u_key;")), later);
        assert_eq!(left(&format!("{table} CREATE INDEX i ON t (u_id); DROP INDEX i;")), lacks);
        assert_eq!(dropped_at(&format!("{table} CREATE INDEX i ON t (u_id); DROP INDEX i;")), [1]);
        assert_eq!(
            dropped_at(&format!(
                "{table} ALTER TABLE t ADD UNIQUE (u_id);\n ALTER TABLE t DROP CONSTRAINT t_u_id_key;"
            )),
            [2]
        );
        assert_eq!(dropped_at(&format!("{table} CREATE INDEX i ON t (x, u_id); DROP INDEX i;")), [0_usize; 0]);
        assert_eq!(dropped_at(table), [0_usize; 0]);
        let pair = "CREATE TABLE v (a int, b int, PRIMARY KEY (a, b));
            CREATE TABLE t (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES v);";
        assert_eq!(left(pair), ["lacks-index t columns=a, b references=v made_with=t lacking=index"]);
        let partly = ["lacks-index t columns=a, b references=v made_with=t lacking=index partly"];
        assert_eq!(left(&format!("{pair} CREATE INDEX ON t (b);")), partly);
        assert_eq!(left(&format!("{pair} CREATE INDEX ON t USING hash (a);")), partly);
        assert_eq!(left(&format!("{pair} CREATE INDEX ON t (b, a);")), [""; 0]);
        let both = "CREATE TABLE v (a int, b int, PRIMARY KEY (a, b));
            CREATE TABLE t (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES v";
        let wider = ["lacks-index t columns=a, b references=v made_with=t lacking=index"];
        assert_eq!(left(&format!("{both}, FOREIGN KEY (a) REFERENCES u);")), wider);
        assert_eq!(left(&format!("{both}, FOREIGN KEY (a, b) REFERENCES v);")), wider);
        assert_eq!(left(&format!("{both}, FOREIGN KEY (b) REFERENCES u);")).len(), 2);
        assert_eq!(left(&format!("{both}, FOREIGN KEY (a) REFERENCES u); CREATE INDEX ON t (b);")).len(), 2);
        let lookup = "INSERT INTO u VALUES (1), (2);";
        assert_eq!(
            left(&format!("{table} {lookup}")),
            ["lacks-index t columns=u_id references=u made_with=t lacking=index lookup"]
        );
        assert_eq!(left(&format!("{table} INSERT INTO u VALUES (1);")), lacks);
        assert_eq!(left(&format!("{table} {lookup} DELETE FROM u;")), lacks);
    }

    #[test]
    fn row_security_that_a_later_file_switches_off_is_told_there() {
        use crate::check::{File, Project, read};
        use crate::effect::EffectKind;
        use crate::settings::Settings;
        use crate::source::Source;
        let lacks = |texts: &[&str]| {
            let named = texts.iter().enumerate().map(|(at, text)| File::from(Source::new(format!("{at}.sql"), *text)));
            let project = Project::of(crate::tool::Tool::NONE, named.collect());
            let (_, projects) = read(vec![project], &Settings::default());
            let at_end = projects[0].replay.at_end.iter();
            at_end.filter(|effect| matches!(effect.kind, EffectKind::LacksPolicy { .. })).count()
        };
        let table = "CREATE TABLE t (id int PRIMARY KEY); CREATE POLICY p ON t USING (id > 0);";
        let (on, off) = ("ALTER TABLE t ENABLE ROW LEVEL SECURITY;", "ALTER TABLE t DISABLE ROW LEVEL SECURITY;");
        assert_eq!(lacks(&[table]), 1);
        assert_eq!(lacks(&[&format!("{table} {on}")]), 0);
        assert_eq!(lacks(&[&format!("{table} {on}"), off]), 0);
        // Nothing else tells of these.
        assert_eq!(lacks(&[&format!("{table} {on} {off}")]), 1);
        assert_eq!(lacks(&[table, off]), 1);
    }

    #[test]
    fn tables_without_a_key() {
        assert_eq!(left("CREATE TABLE t (id int);"), ["lacks-key t candidate=id"]);
        assert_eq!(left("CREATE TABLE t (id int NOT NULL UNIQUE);"), ["lacks-key t unique candidate=id"]);
        assert_eq!(left("CREATE TABLE t (x int);"), ["lacks-key t addable=id"]);
        assert_eq!(left("CREATE TEMP TABLE t (id int);"), [""; 0]);
        let function = "CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql AS 'SELECT 1';";
        assert_eq!(left(&format!("CREATE TABLE t (id int); {function}")), [""; 0]);
        assert_eq!(
            left(&format!("CREATE TABLE t (id int); {function} INSERT INTO t VALUES (1);")),
            ["lacks-key t candidate=id"]
        );
        assert_eq!(left("CREATE TABLE t (id int); ALTER TABLE t ADD PRIMARY KEY (id);"), [""; 0]);
    }

    #[test]
    fn constraints_that_were_never_validated() {
        let add = "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0) NOT VALID;";
        assert_eq!(left(add), ["leaves-unvalidated t name=c constraint=check"]);
        assert_eq!(left(&format!("{add} ALTER TABLE t VALIDATE CONSTRAINT c;")), [""; 0]);
    }

    #[test]
    fn row_level_security() {
        let of = |sql: &str| effects(15, "", sql, "lacks-policy");
        let table = "CREATE TABLE t (id int PRIMARY KEY);";
        assert_eq!(of(table), ["lacks-policy t open_to=everybody"]);
        assert_eq!(
            of(&format!("{table} ALTER TABLE t ENABLE ROW LEVEL SECURITY;")),
            ["lacks-policy t enabled open_to=everybody"]
        );
        let policy = "CREATE POLICY p ON t USING (true);";
        assert_eq!(of(&format!("{table} {policy} ALTER TABLE t ENABLE ROW LEVEL SECURITY;")), [""; 0]);
    }
}
