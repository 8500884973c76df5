//! Foreign keys filled with constants.
//!
//! A key written into a migration is right in the database where it was looked up, and perhaps nowhere else: generated keys differ
//! from one environment to the next. It is sound where these migrations insert the referenced row themselves, under the same key.

use super::analysis::Analysis;
use crate::analyze::Context;
use crate::catalog::{
    Insertion, Origin, Relation, RelationId, Table, TableConstraint, TableConstraintKind, constant_value,
};
use crate::diagnostic::Label;
use crate::effect::{Confidence, Effect, EffectKind, FileRole, ReferencedRow};
use crate::migration::Role;
use crate::source::Span;
use crate::statement::{
    Assignment, Command, CompoundKind, Copy, Expr, ExprKind, Insert, InsertSource, Merge, MergeActionKind, Name, Query,
    Statement, Values,
};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// How many more constants are pointed at, beside the first.
const MORE: usize = 3;

/// `INSERT`, with its `ON CONFLICT ... DO UPDATE SET`.
pub(super) fn insert(analysis: &mut Analysis<'_>, insert: &Insert, relation: &Relation) {
    references_of_insert(analysis, insert, relation, &|_| true);
}

/// `UPDATE ... SET`, `with` being what its `FROM` has.
pub(super) fn update(analysis: &mut Analysis<'_>, assignments: &[Assignment], with: &Query, relation: &Relation) {
    references_of_update(analysis, assignments, with, relation, &|_| true);
}

/// `MERGE ... INSERT` and `MERGE ... UPDATE SET`.
pub(super) fn merge(analysis: &mut Analysis<'_>, merge: &Merge, relation: &Relation) {
    references_of_merge(analysis, merge, relation, &|_| true);
}

/// `ALTER COLUMN ... SET DEFAULT`.
pub(super) fn default(analysis: &mut Analysis<'_>, relation: &Relation, column: &Name, default: &Expr) {
    if let Some(table) = relation.as_table() {
        judge(analysis, relation, table, &[column], &Rows::Default(default), &|_| true);
    }
}

/// The rows of `COPY ... FROM stdin`.
pub(super) fn copy(analysis: &mut Analysis<'_>, copy: &Copy, relation: &Relation) {
    references_of_copy(analysis, copy, relation, &|_| true);
}

/// The references of a statement of an earlier file, or of an earlier place in the same, that the foreign keys as they are now make:
/// those that `wanted` lets through.
pub(super) fn again(
    context: Context<'_>,
    statement: &Statement,
    wanted: &dyn Fn(&TableConstraint) -> bool,
) -> Vec<Effect> {
    let mut analysis = Analysis::new(context, statement);
    let table = match &statement.command {
        Command::Insert(insert) => Some(&insert.table.name),
        Command::Update(update) => Some(&update.table.name),
        Command::Merge(merge) => Some(&merge.table.name),
        Command::Copy(copy) if copy.from => copy.table.as_ref(),
        _ => None,
    };
    if let Some(relation) = table.and_then(|table| analysis.resolve(table)) {
        match &statement.command {
            Command::Insert(insert) => references_of_insert(&mut analysis, insert, relation, wanted),
            Command::Update(update) => {
                references_of_update(&mut analysis, &update.assignments, &update.with, relation, wanted);
            }
            Command::Merge(merge) => references_of_merge(&mut analysis, merge, relation, wanted),
            Command::Copy(copy) => references_of_copy(&mut analysis, copy, relation, wanted),
            _ => {}
        }
    }
    analysis.effects
}

type Wanted<'w> = &'w dyn Fn(&TableConstraint) -> bool;

fn references_of_insert(analysis: &mut Analysis<'_>, insert: &Insert, relation: &Relation, wanted: Wanted<'_>) {
    let Some(table) = relation.as_table() else {
        return;
    };
    let columns = columns_written(table, insert.columns.iter().map(|column| &column.name));
    match &insert.source {
        Some(InsertSource::Values(values)) => {
            judge(analysis, relation, table, &columns, &Rows::Listed(values), wanted);
        }
        Some(InsertSource::Query(query)) => {
            judge(analysis, relation, table, &columns, &Rows::Selected(query), wanted);
        }
        None => {}
    }
    references_of_update(analysis, &insert.on_conflict_set, &insert.with, relation, wanted);
}

fn references_of_update(
    analysis: &mut Analysis<'_>,
    assignments: &[Assignment],
    with: &Query,
    relation: &Relation,
    wanted: Wanted<'_>,
) {
    if let Some(table) = relation.as_table().filter(|_| !assignments.is_empty()) {
        let columns: Vec<&Name> = assignments.iter().map(|assignment| &assignment.column.name).collect();
        judge(analysis, relation, table, &columns, &Rows::Assigned(assignments, with), wanted);
    }
}

fn references_of_merge(analysis: &mut Analysis<'_>, merge: &Merge, relation: &Relation, wanted: Wanted<'_>) {
    for action in &merge.actions {
        match &action.kind {
            MergeActionKind::Update(assignments) => {
                references_of_update(analysis, assignments, &merge.with, relation, wanted);
            }
            MergeActionKind::Insert { columns, values: Some(values) } => {
                if let Some(table) = relation.as_table() {
                    let columns = columns_written(table, columns.iter().map(|column| &column.name));
                    judge(analysis, relation, table, &columns, &Rows::Merged(values, &merge.with), wanted);
                }
            }
            MergeActionKind::Insert { values: None, .. } | MergeActionKind::Delete | MergeActionKind::Nothing => {}
        }
    }
}

fn references_of_copy(analysis: &mut Analysis<'_>, copy: &Copy, relation: &Relation, wanted: Wanted<'_>) {
    if let (Some(table), Some(data)) = (relation.as_table(), &copy.data) {
        let columns = columns_written(table, copy.columns.iter().map(|column| &column.name));
        judge(analysis, relation, table, &columns, &Rows::Listed(&data.values), wanted);
    }
}

/// The columns that a statement names, else all in order; none where they are not known.
fn columns_written<'n>(table: &'n Table, named: impl Iterator<Item = &'n Name>) -> Vec<&'n Name> {
    let named: Vec<&Name> = named.collect();
    if !named.is_empty() {
        named
    } else if table.complete {
        table.columns.iter().map(|column| &column.name).collect()
    } else {
        Vec::new()
    }
}

/// The rows that a statement writes.
enum Rows<'r> {
    Listed(&'r Values),
    /// What a query gives.
    Selected(&'r Query),
    /// `SET`, for all rows, with what is joined to them.
    Assigned(&'r [Assignment], &'r Query),
    /// The row of a `MERGE ... INSERT`, with what it is made from.
    Merged(&'r Values, &'r Query),
    /// The default of a column.
    Default(&'r Expr),
}

impl<'r> Rows<'r> {
    fn for_each(&self, mut visit: impl FnMut(&dyn Fn(usize) -> Option<&'r Expr>)) {
        match self {
            Self::Listed(values) => {
                for row in values.rows() {
                    visit(&|column| row.get(column));
                }
            }
            Self::Selected(query) => query.for_each_row(&mut visit),
            Self::Assigned(assignments, with) => {
                with.for_each_row_of(|column| assignments.get(column).map(|it| &it.value), &mut visit);
            }
            Self::Merged(values, with) => with.for_each_row_of(|column| values.cells.get(column), &mut visit),
            Self::Default(default) => visit(&|column| (column == 0).then_some(*default)),
        }
    }
}

/// A constant in a foreign key's column or columns.
struct Cell {
    span: Span,
    /// The value, where it is of one column.
    value: Option<Name>,
    insertion: Insertion,
    /// A number or a UUID is among the values: the database, or its owner, gave it out.
    generated: bool,
    /// The statement writes nothing where the referenced table has no row with that key.
    asked_for: bool,
}

/// Whether a key looks as if it was given out, not chosen.
fn is_generated(value: &str) -> bool {
    let hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    value.bytes().all(|byte| byte.is_ascii_digit()) || (value.len() >= 32 && value.bytes().all(hexadecimal))
}

fn judge(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    table: &Table,
    columns: &[&Name],
    rows: &Rows<'_>,
    wanted: Wanted<'_>,
) {
    for constraint in table.foreign_keys().filter(|constraint| constraint.enforced && wanted(constraint)) {
        let TableConstraintKind::ForeignKey { columns: own, references, referenced_columns, .. } = &constraint.kind
        else {
            continue;
        };
        let positions: Option<Vec<usize>> =
            own.iter().map(|column| columns.iter().position(|written| *written == column)).collect();
        let Some(positions) = positions else {
            continue;
        };
        let key = Key::new(analysis, *references, referenced_columns, own);
        let mut cells = Vec::new();
        rows.for_each(|cell| {
            let exprs: Option<Vec<&Expr>> = positions.iter().map(|&position| cell(position)).collect();
            let Some(exprs) = exprs else { return };
            let mut add = |span: Span, values: Vec<Name>| {
                let insertion = key.insertion(analysis, &values);
                let asked_for = insertion == Insertion::Unseen
                    && matches!(rows, Rows::Selected(query) if key.is_asked_for(analysis, query, &values));
                let insertion = if asked_for { Insertion::Untold } else { insertion };
                let generated = values.iter().any(|value| is_generated(value));
                let value = values.first().filter(|_| values.len() == 1).cloned();
                cells.push((Cell { span, value, insertion, generated, asked_for }, values));
            };
            if let [expr] = exprs.as_slice() {
                each_constant(analysis, expr, &mut |constant, value| add(constant.span, vec![value]));
                return;
            }
            // NULL in any column: there is no reference (MATCH SIMPLE). What is computed is no constant.
            let values: Option<Vec<Name>> = exprs.iter().map(|expr| constant_value(expr)).collect();
            if let Some(values) = values {
                add(exprs.iter().map(|expr| expr.span).reduce(Span::to).unwrap_or_default(), values);
            }
        });
        if cells.is_empty() {
            continue;
        }
        // A table that references itself: the rows of one statement count for each other.
        if *references == relation.id {
            let made = own_keys(&key.columns, columns, rows);
            for (cell, values) in &mut cells {
                if made.contains(values) {
                    cell.insertion = Insertion::Seen;
                }
            }
        }
        let cells: Vec<Cell> = cells.into_iter().map(|(cell, _)| cell).collect();
        tell(analysis, relation, constraint, own, *references, &cells);
    }
}

/// The constants that an expression can have for its value: itself, the results of a `CASE`, the arguments of `COALESCE`, the elements of
/// an array that `unnest` gives row by row.
fn each_constant<'e>(analysis: &Analysis<'_>, expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr, Name)) {
    if let Some(value) = constant_value(expr) {
        return visit(expr, value);
    }
    match &expr.kind {
        ExprKind::Cast(inner, _) => each_constant(analysis, inner, visit),
        ExprKind::Compound(CompoundKind::Case, parts) => {
            let head = analysis.text(expr.span).get("case".len()..).unwrap_or_default().trim_start();
            let searched = head.get(.."when".len()).is_some_and(|word| word.eq_ignore_ascii_case("when"));
            // Conditions and results take turns, behind the operand, if there is one; ELSE has no condition.
            let branches = parts.get(usize::from(!searched)..).unwrap_or_default();
            for branch in branches.chunks(2) {
                if let Some(result) = branch.last() {
                    each_constant(analysis, result, visit);
                }
            }
        }
        ExprKind::Call(call) if call.name.name.name == "coalesce" => {
            call.arguments.iter().for_each(|argument| each_constant(analysis, argument, visit));
        }
        ExprKind::Call(call) if call.name.name.name == "unnest" => {
            if let [Expr { kind: ExprKind::Compound(CompoundKind::Array, elements), .. }] = call.arguments.as_slice() {
                elements.iter().for_each(|element| each_constant(analysis, element, visit));
            }
        }
        _ => {}
    }
}

/// What a foreign key references.
struct Key {
    table: RelationId,
    /// Empty where it is not known which they are.
    columns: Vec<Name>,
}

impl Key {
    fn new(analysis: &Analysis<'_>, table: RelationId, columns: &[Name], own: &[Name]) -> Self {
        let primary = || {
            let (_, table) = analysis.catalog().table(table)?;
            Some(table.primary_key()?.kind.columns().to_vec())
        };
        let columns = if columns.is_empty() { primary().unwrap_or_default() } else { columns.to_vec() };
        Self { table, columns: if columns.len() == own.len() { columns } else { Vec::new() } }
    }

    fn insertion(&self, analysis: &Analysis<'_>, values: &[Name]) -> Insertion {
        let values = if self.columns.is_empty() { &[] } else { values };
        let insertion = analysis.catalog().inserted(self.table, &self.columns, values);
        if insertion == Insertion::Untold && self.is_numbered(analysis, values) { Insertion::Seen } else { insertion }
    }

    /// Whether a value is a number that the sequence of a table, which this file makes, has given out by now. In a later file it is not as
    /// certain: between the two, programs insert rows, and insertions that fail take numbers away.
    fn is_numbered(&self, analysis: &Analysis<'_>, values: &[Name]) -> bool {
        let catalog = analysis.catalog();
        let origin = catalog.relation(self.table).and_then(|relation| relation.origin);
        let ([column], [value], true) = (
            self.columns.as_slice(),
            values,
            origin.is_some_and(|origin| origin.at.source == analysis.context.source_id),
        ) else {
            return false;
        };
        value.parse().is_ok_and(|number: u32| (1..=catalog.numbered_rows(self.table, column)).contains(&number))
    }

    /// Whether a query gives no row unless the referenced table has one with that key: `WHERE EXISTS (SELECT ... WHERE id = value)`.
    fn is_asked_for(&self, analysis: &Analysis<'_>, query: &Query, values: &[Name]) -> bool {
        let parts = query.filter.iter().flat_map(|filter| filter.conjuncts());
        parts.into_iter().any(|part| {
            let ExprKind::Subquery(inner) = &part.kind else { return false };
            let word = analysis.text(part.span).get(.."exists".len());
            let [read] = inner.reads.as_slice() else { return false };
            word.is_some_and(|word| word.eq_ignore_ascii_case("exists"))
                && analysis.resolve(&read.name).is_some_and(|relation| relation.id == self.table)
                && inner.filter.as_ref().is_some_and(|filter| {
                    let equal = |column: &Name, value: &Name| is_compared(filter, column, value);
                    !self.columns.is_empty()
                        && self.columns.iter().zip(values).all(|(column, value)| equal(column, value))
                })
        })
    }
}

/// Whether a condition holds only where a column has that value.
fn is_compared(condition: &Expr, column: &Name, value: &Name) -> bool {
    let named =
        |expr: &Expr| matches!(&expr.kind, ExprKind::Column(path) if path.last().is_some_and(|it| it.name == *column));
    let valued = |expr: &Expr| constant_value(expr).is_some_and(|it| it == *value);
    condition.conjuncts().iter().any(|part| match &part.kind {
        ExprKind::Binary(left, operator, right) if operator == "=" => {
            (named(left) && valued(right)) || (named(right) && valued(left))
        }
        _ => false,
    })
}

/// The keys that a statement itself inserts.
fn own_keys(key: &[Name], columns: &[&Name], rows: &Rows<'_>) -> BTreeSet<Vec<Name>> {
    let mut made = BTreeSet::new();
    let positions: Option<Vec<usize>> =
        key.iter().map(|column| columns.iter().position(|written| *written == column)).collect();
    let Some(positions) =
        positions.filter(|positions| !positions.is_empty() && !matches!(rows, Rows::Assigned(..) | Rows::Default(_)))
    else {
        return made;
    };
    rows.for_each(|cell| {
        let values: Option<Vec<Name>> = positions.iter().map(|&position| constant_value(cell(position)?)).collect();
        made.extend(values);
    });
    made
}

fn tell(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    constraint: &TableConstraint,
    columns: &[Name],
    references: RelationId,
    cells: &[Cell],
) {
    let catalog = analysis.catalog();
    let Some(referenced) = catalog.relation(references) else {
        return;
    };
    let of = |insertion| cells.iter().filter(move |cell| cell.insertion == insertion);
    // What is certainly not there goes before what cannot be told.
    let missing: Vec<&Cell> = of(Insertion::Unseen).chain(of(Insertion::Untold)).collect();
    let shown: Vec<&Cell> = if missing.is_empty() { cells.iter().collect() } else { missing.clone() };
    let Some(first) = shown.first() else {
        return;
    };
    let untold = first.insertion == Insertion::Untold;
    // A variable is told by what it holds.
    let text = analysis.text(first.span);
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    let value = first.value.clone().filter(|_| is_name).unwrap_or_else(|| SmolStr::from(text));
    // What was there before these files may have come with its rows, under names that mean the same everywhere.
    let natural = referenced.origin.is_none() && !first.generated;
    let referenced_row = match missing.is_empty() {
        true => ReferencedRow::TheseMigrations,
        false if untold || natural => ReferencedRow::Untold,
        false => ReferencedRow::Unseen,
    };
    let mut labels: Vec<Label> = Vec::new();
    let more = shown.iter().skip(1).take(if missing.is_empty() { 0 } else { MORE });
    labels.extend(more.map(|cell| Label { message: "another such constant".to_owned(), at: analysis.at(cell.span) }));
    labels.extend(constraint.origin.map(|Origin { at, .. }| Label {
        message: format!("the foreign key to `{}` is declared here", referenced.display_name()),
        at,
    }));
    let kind = EffectKind::ReferencesByLiteral {
        column: SmolStr::from(columns.join(", ")),
        references: referenced.display_name(),
        value,
        referenced_row,
        role: if analysis.context.role == Role::Seed { FileRole::Seed } else { FileRole::Migration },
    };
    let effect = analysis.on(relation, first.span, kind);
    effect.because = labels;
    if untold {
        effect.confidence = Confidence::Assumed;
        effect.assumptions.push(if first.asked_for {
            "the statement asks whether there is a row with that key, not whether it is the row that is meant"
                .to_owned()
        } else {
            format!(
                "these migrations fill `{}`, but under keys that their text does not tell",
                referenced.display_name()
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE roles (id int PRIMARY KEY, name text);
        CREATE TABLE users (id int PRIMARY KEY, role_id int REFERENCES roles (id), boss_id int REFERENCES users (id));
        INSERT INTO roles (id, name) VALUES (1, 'admin'), (2, 'reader');";

    fn found(sql: &str) -> Vec<String> {
        effects(15, TABLES, sql, "references-by-literal")
    }

    fn unseen(column: &str, references: &str, value: &str) -> String {
        format!(
            "references-by-literal users column={column} references={references} value={value} referenced_row=unseen role=migration"
        )
    }

    fn seen(value: &str) -> String {
        format!(
            "references-by-literal users column=role_id references=roles value={value} referenced_row=these-migrations role=migration"
        )
    }

    #[test]
    fn a_row_that_no_migration_makes() {
        assert_eq!(found("INSERT INTO users (id, role_id) VALUES (1, 42)"), [unseen("role_id", "roles", "42")]);
        assert_eq!(found("INSERT INTO users VALUES (1, 42)"), [unseen("role_id", "roles", "42")]);
        assert_eq!(found("INSERT INTO users (id, role_id) SELECT 5, 42"), [unseen("role_id", "roles", "42")]);
        assert_eq!(found("UPDATE users SET role_id = 42 WHERE id = 3"), [unseen("role_id", "roles", "42")]);
        assert_eq!(
            found("INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET role_id = 9"),
            [unseen("role_id", "roles", "9")]
        );
        assert_eq!(found("COPY users (id, role_id) FROM stdin;\n7\t42\n\\.\n"), [unseen("role_id", "roles", "42")]);
    }

    #[test]
    fn the_first_that_is_missing_is_told() {
        assert_eq!(
            found("INSERT INTO users (id, role_id) VALUES (1, 1), (2, 77), (3, 88)"),
            [unseen("role_id", "roles", "77")]
        );
    }

    #[test]
    fn a_row_that_they_make_however_it_is_written() {
        for value in ["1", "'1'", "1::bigint", "CAST('2' AS int)"] {
            assert_eq!(found(&format!("INSERT INTO users (id, role_id) VALUES (1, {value})")), [seen(value)]);
        }
        assert_eq!(
            found("INSERT INTO roles VALUES (3, 'x'); INSERT INTO users (id, role_id) VALUES (1, 3)"),
            [seen("3")]
        );
    }

    #[test]
    fn rows_of_lists_and_unions() {
        let list = "INSERT INTO users (id, role_id) SELECT v.id, v.role FROM (VALUES (1, 2), (2, 42)) AS v (id, role)";
        assert_eq!(found(list), [unseen("role_id", "roles", "42")]);
        assert_eq!(found("INSERT INTO users (id, role_id) SELECT * FROM (VALUES (1, 2)) AS v"), [seen("2")]);
        let looked_up = "INSERT INTO users (id, role_id) SELECT v.id, r.id FROM (VALUES (1, 'admin')) AS v (id, role)
            JOIN roles r ON r.name = v.role";
        assert_eq!(found(looked_up), [""; 0]);
        assert_eq!(
            found("INSERT INTO users (id, role_id) SELECT 1, 1 UNION ALL SELECT 2, 43"),
            [unseen("role_id", "roles", "43")]
        );
        assert_eq!(
            found("INSERT INTO users (id, role_id) SELECT id, 44 FROM users"),
            [unseen("role_id", "roles", "44")]
        );
    }

    #[test]
    fn rows_that_lists_and_unions_make() {
        for roles in [
            "INSERT INTO roles SELECT * FROM (VALUES (5, 'a'), (6, 'b')) AS v (id, name)",
            "INSERT INTO roles (name, id) SELECT n, i::int FROM (VALUES ('6', 'a')) AS v (i, n) WHERE NOT EXISTS (SELECT FROM roles)",
            "INSERT INTO roles SELECT 5, 'a' UNION ALL SELECT 6, 'b'",
            "INSERT INTO roles SELECT 6, 'b' WHERE NOT EXISTS (SELECT FROM roles WHERE id = 6)",
            "DO $$ BEGIN INSERT INTO roles VALUES (6, 'b'); END $$",
        ] {
            assert_eq!(
                found(&format!("{roles}; INSERT INTO users (id, role_id) VALUES (1, 6)")),
                [seen("6")],
                "{roles}"
            );
        }
    }

    #[test]
    fn a_uuid_is_the_same_in_any_case() {
        let tables =
            "CREATE TABLE roles (id uuid PRIMARY KEY); CREATE TABLE users (id int, role_id uuid REFERENCES roles);
            INSERT INTO roles VALUES ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11');";
        let insert = "INSERT INTO users VALUES (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid)";
        let found = effects(15, tables, insert, "references-by-literal");
        assert!(found.iter().all(|line| line.contains("these-migrations")) && found.len() == 1, "{found:?}");
    }

    #[test]
    fn what_is_no_constant_key() {
        for value in ["NULL", "DEFAULT", "(SELECT id FROM roles WHERE name = 'admin')", "$1"] {
            assert_eq!(found(&format!("INSERT INTO users (id, role_id) VALUES (1, {value})")), [""; 0], "{value}");
        }
        assert_eq!(found("INSERT INTO users (id) VALUES (1)"), [""; 0]);
        assert_eq!(found("UPDATE users SET role_id = 42 WHERE false"), [""; 0]);
    }

    #[test]
    fn rows_of_one_statement_count_for_each_other() {
        let own = found("INSERT INTO users (id, boss_id) VALUES (1, NULL), (2, 1)");
        assert_eq!(own.len(), 1);
        assert!(own.iter().all(|line| line.contains("these-migrations")), "{own:?}");
        assert_eq!(found("INSERT INTO users (id, boss_id) VALUES (2, 1)"), [unseen("boss_id", "users", "1")]);
    }

    #[test]
    fn composite_keys_count_as_a_whole() {
        let tables = "CREATE TABLE k (a int, b int, PRIMARY KEY (a, b)); INSERT INTO k VALUES (1, 2), (3, 4);
            CREATE TABLE users (a int, b int, FOREIGN KEY (a, b) REFERENCES k);";
        let of = |row: &str| effects(15, tables, &format!("INSERT INTO users VALUES ({row})"), "references-by-literal");
        assert!(of("1, 2").iter().any(|line| line.contains("these-migrations")));
        assert!(of("1, 4").iter().any(|line| line.contains("unseen")));
        assert_eq!(of("1, NULL"), [""; 0]);
    }

    #[test]
    fn keys_that_the_database_hands_out_are_not_safe() {
        let tables = "CREATE TABLE roles (id serial PRIMARY KEY, name text);
            CREATE TABLE users (id int, role_id int REFERENCES roles (id)); INSERT INTO roles (name) VALUES ('a');";
        assert_eq!(
            effects(15, tables, "INSERT INTO users VALUES (1, 1)", "references-by-literal"),
            [format!("?{}", unseen("role_id", "roles", "1").replace("unseen", "untold"))]
        );
    }

    #[test]
    fn a_table_that_the_file_makes_hands_out_one_two_three() {
        let users = "CREATE TABLE users (id int, role_id int REFERENCES roles (id));";
        let after = |roles: &str, value: &str| {
            let file = format!("{roles} {users} INSERT INTO users VALUES (1, {value})");
            let found = effects(15, "SELECT 1", &file, "references-by-literal");
            found.iter().map(|line| line.contains("these-migrations")).collect::<Vec<_>>()
        };
        let roles = "CREATE TABLE roles (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
            INSERT INTO roles (name) VALUES ('a'); INSERT INTO roles (id, name) VALUES (DEFAULT, 'b');";
        assert_eq!((after(roles, "1"), after(roles, "2"), after(roles, "3")), (vec![true], vec![true], vec![false]));
        for other in [
            roles.replace("AS IDENTITY", "AS IDENTITY (START WITH 100)"),
            format!("{roles} INSERT INTO roles (name) SELECT n FROM pg_class AS c (n);"),
            format!("{roles} DELETE FROM roles; INSERT INTO roles (name) VALUES ('c');"),
            roles.replace("(DEFAULT, 'b')", "(2, 'b')"),
            roles.replace(
                "INSERT INTO roles (name)",
                "ALTER SEQUENCE roles_id_seq RESTART WITH 7; INSERT INTO roles (name)",
            ),
        ] {
            assert_eq!(after(&other, "1"), [false], "{other}");
        }
    }

    #[test]
    fn a_statement_that_asks_for_the_row_itself() {
        let insert = |condition: &str| {
            let lines = found(&format!("INSERT INTO users (id, role_id) SELECT 1, 42 WHERE {condition}"));
            lines.iter().map(|line| line.contains("untold")).collect::<Vec<_>>()
        };
        assert_eq!(insert("EXISTS (SELECT 1 FROM roles WHERE id = 42)"), [true]);
        assert_eq!(insert("true AND EXISTS (SELECT 1 FROM roles r WHERE 42 = r.id)"), [true]);
        for other in [
            "EXISTS (SELECT 1 FROM roles WHERE id = 41)",
            "NOT EXISTS (SELECT 1 FROM roles WHERE id = 42)",
            "EXISTS (SELECT 1 FROM users WHERE id = 42)",
            "EXISTS (SELECT 1 FROM roles WHERE id = 42 OR id = 1)",
            "EXISTS (SELECT 1 FROM roles WHERE name = 'x')",
        ] {
            assert_eq!(insert(other), [false], "{other}");
        }
    }

    #[test]
    fn a_key_that_a_later_file_declares_is_not_held_against_a_row() {
        let given = "CREATE TABLE roles (name text PRIMARY KEY); CREATE TABLE users (id int, role text);";
        let (write, declare) =
            ("UPDATE users SET role = 'x' WHERE id = 1", "ALTER TABLE users ADD FOREIGN KEY (role) REFERENCES roles");
        let told = |files: &[&str]| {
            let file = |(number, text): (usize, &&str)| {
                crate::check::File::from(crate::source::Source::new(format!("{number}.sql"), *text))
            };
            let files = files.iter().enumerate().map(file).collect();
            let project = crate::check::Project::of(crate::tool::Tool::NONE, files);
            let (_, projects) = crate::check::read(vec![project], &crate::settings::Settings::default());
            let steps = projects.iter().flat_map(|project| &project.replay.steps);
            steps.flat_map(|step| &step.effects).filter(|it| it.kind.name() == "references-by-literal").count()
        };
        assert_eq!(told(&[given, write, declare]), 0);
        assert_eq!(told(&[given, &format!("{write}; {declare}")]), 1);
        assert_eq!(told(&[given, declare, write]), 1);
    }

    #[test]
    fn a_key_declared_later_counts() {
        let tables = "CREATE TABLE roles (id int PRIMARY KEY); CREATE TABLE users (id int, role_id int);";
        let file =
            "INSERT INTO users VALUES (1, 42); ALTER TABLE users ADD FOREIGN KEY (role_id) REFERENCES roles (id);";
        assert_eq!(effects(15, tables, file, "references-by-literal"), [unseen("role_id", "roles", "42")]);
    }

    #[test]
    fn a_row_made_later_in_the_same_file_counts() {
        let file = "INSERT INTO users (id, role_id) VALUES (1, 5); INSERT INTO roles VALUES (5, 'later');";
        assert_eq!(found(file), [seen("5")]);
    }
}
