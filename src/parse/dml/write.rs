//! `INSERT`, `UPDATE`, `DELETE`, `MERGE` (manual: the reference pages of the four).

use crate::parse::cursor::Cursor;
use crate::parse::expression::{expression, expressions_of_clause};
use crate::parse::lex::TokenKind;
use crate::parse::query::alias;
use crate::parse::query::values::values;
use crate::parse::query::{
    From, Scope, Source, absorb, add, from_list, gather, is_query, query, select_list, target, whole,
};
use crate::statement::{
    Assignment, Command, CompoundKind, ConflictTarget, Delete, Expr, ExprKind, Insert, InsertSource, List, Merge,
    MergeAction, MergeActionKind, Name, Query, RelationUse, Update,
};

/// Reads one of the four, `with` being what its `WITH` holds and `ctes` the names that this gave.
pub(super) fn write(cursor: Cursor<'_>, with: Query, ctes: &Scope<'_>) -> Option<Command> {
    let mut with = with;
    if with == Query::default() {
        with = Query { span: cursor.rest_span(), understood: true, ..Query::default() };
    }
    if !cursor.is_detailed() {
        return target_only(cursor, with);
    }
    let around = Scope { parent: cursor.scope(), ctes: ctes.ctes.clone(), sources: Vec::new() };
    let mut cursor = cursor.with_scope(&around);
    if cursor.eat("INSERT") {
        insert(cursor, with).map(|insert| Command::Insert(Box::new(insert)))
    } else if cursor.eat("UPDATE") {
        update(cursor, with).map(|update| Command::Update(Box::new(update)))
    } else if cursor.eat("DELETE") {
        delete(cursor, with).map(|delete| Command::Delete(Box::new(delete)))
    } else if cursor.eat("MERGE") {
        merge(cursor, with).map(|merge| Command::Merge(Box::new(merge)))
    } else {
        None
    }
}

/// The relation that one of the four writes, and no more.
fn target_only(mut cursor: Cursor<'_>, with: Query) -> Option<Command> {
    let verb = cursor.eat_any(&["INSERT", "UPDATE", "DELETE", "MERGE"])?;
    cursor.eat_any(&["INTO", "FROM"]);
    let table = target(&mut cursor)?;
    let (assignments, filter, from) = (List::new(), None, List::new());
    Some(match verb {
        0 => Command::Insert(Box::new(Insert {
            table,
            columns: List::new(),
            source: None,
            conflict_target: None,
            on_conflict_nothing: None,
            on_conflict_set: List::new(),
            returning: false,
            with,
        })),
        1 => {
            let (current_of, returning, from_derived) = (false, false, None);
            Command::Update(Box::new(Update {
                table,
                assignments,
                filter,
                current_of,
                returning,
                with,
                from,
                from_derived,
            }))
        }
        2 => {
            let (current_of, returning) = (false, false);
            Command::Delete(Box::new(Delete { table, filter, current_of, returning, with, using: from }))
        }
        _ => Command::Merge(Box::new(Merge { table, source: None, condition: None, actions: Vec::new(), with })),
    })
}

/// Whether a clause of a data-modifying statement begins here; any word may be a label behind `AS`, and a field behind a dot.
fn begins(cursor: &Cursor<'_>, words: &[&str]) -> bool {
    cursor.keyword().is_some()
        && cursor.is_any(words)
        && !cursor.follows("AS")
        && !(cursor.follows("DISTINCT") && cursor.is("FROM"))
        && cursor.previous().is_none_or(|token| token.kind != TokenKind::Dot)
}

/// `RETURNING` with all that follows it. False where something is not understood.
fn returning(cursor: &mut Cursor<'_>, with: &mut Query) -> bool {
    if !cursor.eat("RETURNING") {
        return false;
    }
    // WITH (OLD AS o, NEW AS n), 18 and newer.
    if cursor.is("WITH") && cursor.is_kind_nth(1, TokenKind::LParen) {
        cursor.next();
        cursor.skip_parens();
    }
    let list = cursor.rest();
    cursor.finish();
    let mut given = Query { understood: true, ..Query::default() };
    select_list(&list, &mut given);
    absorb(with, given);
    true
}

fn insert(mut cursor: Cursor<'_>, mut with: Query) -> Option<Insert> {
    if !cursor.eat("INTO") {
        return None;
    }
    let mut table = target(&mut cursor)?;
    if cursor.eat("AS") {
        table.alias = cursor.ident();
    }
    let mut columns = List::new();
    if cursor.is_kind(TokenKind::LParen) && !begins_query_in_parens(&cursor) {
        for mut column in cursor.parens()?.split_commas() {
            add(&mut columns, column.ident()?);
            // `a[1]`, `a.field`
            column.finish();
        }
    }
    if cursor.eat("OVERRIDING") {
        let _ = cursor.eat("SYSTEM") || cursor.eat("USER");
        if !cursor.eat("VALUE") {
            return None;
        }
    }
    let source = if cursor.eat_seq(&["DEFAULT", "VALUES"]) {
        None
    } else if cursor.is("VALUES") && !values_is_part_of_query(&cursor) {
        let values = values(&mut cursor, &mut with);
        Some(InsertSource::Values(values))
    } else if is_query(&cursor) || begins_query_in_parens(&cursor) {
        let part = cursor.until(|cursor| begins(cursor, &["RETURNING"]) || cursor.is_seq(&["ON", "CONFLICT"]));
        let inner = query(part);
        if !inner.understood && !with.understood {
            with.understood = false;
        }
        Some(InsertSource::Query(Box::new(inner)))
    } else if cursor.eat_kind(TokenKind::Placeholder).is_some() {
        with.understood = false;
        Some(InsertSource::Values(Default::default()))
    } else {
        return None;
    };
    let mut insert = Insert {
        table,
        columns,
        source,
        conflict_target: None,
        on_conflict_nothing: None,
        on_conflict_set: List::new(),
        returning: false,
        with: Query::default(),
    };
    // `excluded` stands for the row that was to be inserted.
    let excluded = Source { name: Name::new_static("excluded"), relation: Some(insert.table.name.clone()) };
    let sources = vec![Source::of(&insert.table), excluded];
    let scope = Scope { parent: cursor.scope(), ctes: Vec::new(), sources };
    let mut cursor = cursor.with_scope(&scope);
    if cursor.eat_seq(&["ON", "CONFLICT"]) {
        insert.conflict_target = conflict_target(&mut cursor, &mut with)?.map(Box::new);
        if !cursor.eat("DO") {
            return None;
        }
        if cursor.eat("NOTHING") {
            insert.on_conflict_nothing = Some(true);
        } else if cursor.eat_seq(&["UPDATE", "SET"]) {
            insert.on_conflict_nothing = Some(false);
            let part = cursor.until(|cursor| begins(cursor, &["WHERE", "RETURNING"]));
            insert.on_conflict_set = assignments(part, &mut with)?;
            if cursor.eat("WHERE") {
                let part = cursor.until(|cursor| begins(cursor, &["RETURNING"]));
                gather(&mut with, &whole(part.clone()), &part);
            }
        } else {
            return None;
        }
    }
    insert.returning = returning(&mut cursor, &mut with);
    while cursor.eat_kind(TokenKind::Placeholder).is_some() {}
    insert.with = with;
    cursor.at_end().then_some(insert)
}

/// `ON CONFLICT (columns) [WHERE ...]`, `ON CONFLICT ON CONSTRAINT name`, or neither.
fn conflict_target(cursor: &mut Cursor<'_>, with: &mut Query) -> Option<Option<ConflictTarget>> {
    if cursor.eat_seq(&["ON", "CONSTRAINT"]) {
        return Some(Some(ConflictTarget::Constraint(cursor.ident()?)));
    }
    let Some(keys) = cursor.parens() else { return Some(None) };
    for mut key in keys.split_commas() {
        // A column's name, or an expression; a collation or an operator class may follow.
        if key.is_kind(TokenKind::LParen) || key.is_kind_nth(1, TokenKind::LParen) || key.is_kind_nth(1, TokenKind::Dot)
        {
            gather(with, &expression(&mut key), &keys);
        }
    }
    if cursor.eat("WHERE") {
        let part = cursor.until(|cursor| cursor.is("DO"));
        gather(with, &whole(part.clone()), &part);
    }
    Some(Some(ConflictTarget::Columns))
}

/// `INSERT INTO t (SELECT ...)`: the parenthesis holds no columns.
fn begins_query_in_parens(cursor: &Cursor<'_>) -> bool {
    let tokens = cursor.tokens();
    let first = tokens.iter().position(|token| token.kind != TokenKind::LParen).unwrap_or_default();
    first > 0
        && (["SELECT", "WITH"].iter().any(|word| cursor.is_nth(first, word))
            || (cursor.is_nth(first, "VALUES") && cursor.is_kind_nth(first + 1, TokenKind::LParen)))
}

/// `VALUES (1) UNION SELECT ...`, `VALUES (1) ORDER BY 1`: more than rows.
fn values_is_part_of_query(cursor: &Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    ahead.next();
    if !ahead.skip_parens() {
        return false;
    }
    ahead.is_any(&["UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH"])
}

fn update(mut cursor: Cursor<'_>, mut with: Query) -> Option<Update> {
    let mut table = target(&mut cursor)?;
    table.alias = alias(&mut cursor);
    if !cursor.eat("SET") {
        return None;
    }
    let set = cursor.until(|cursor| begins(cursor, &["FROM", "WHERE", "RETURNING"]));
    let mut from = From::default();
    from.sources.push(Source::of(&table));
    if cursor.eat("FROM") {
        from_list(&mut cursor, &mut from);
    }
    with.understood &= from.understood;
    // The first is the table itself.
    let from_derived = match from.sources.as_slice() {
        [_, only] if only.relation.is_none() => Some(only.name.clone()),
        _ => None,
    };
    let scope = Scope { parent: cursor.scope(), ctes: Vec::new(), sources: from.sources };
    for deferred in from.deferred {
        deferred.read(&mut with, &scope);
    }
    let assignments = assignments(set.with_scope(&scope), &mut with)?;
    let mut cursor = cursor.with_scope(&scope);
    let (filter, current_of) = filter(&mut cursor, &mut with);
    let returning = returning(&mut cursor, &mut with);
    while cursor.eat_kind(TokenKind::Placeholder).is_some() {}
    if !cursor.at_end() {
        return None;
    }
    with.reads.extend(from.reads.iter().cloned());
    Some(Update { table, assignments, filter, current_of, returning, with, from: from.reads, from_derived })
}

fn delete(mut cursor: Cursor<'_>, mut with: Query) -> Option<Delete> {
    if !cursor.eat("FROM") {
        return None;
    }
    let mut table = target(&mut cursor)?;
    table.alias = alias(&mut cursor);
    let mut from = From::default();
    from.sources.push(Source::of(&table));
    if cursor.eat("USING") {
        from_list(&mut cursor, &mut from);
    }
    with.understood &= from.understood;
    let scope = Scope { parent: cursor.scope(), ctes: Vec::new(), sources: from.sources };
    for deferred in from.deferred {
        deferred.read(&mut with, &scope);
    }
    let mut cursor = cursor.with_scope(&scope);
    let (filter, current_of) = filter(&mut cursor, &mut with);
    let returning = returning(&mut cursor, &mut with);
    while cursor.eat_kind(TokenKind::Placeholder).is_some() {}
    if !cursor.at_end() {
        return None;
    }
    with.reads.extend(from.reads.iter().cloned());
    Some(Delete { table, filter, current_of, returning, with, using: from.reads })
}

/// `WHERE condition`, `WHERE CURRENT OF cursor`.
fn filter(cursor: &mut Cursor<'_>, with: &mut Query) -> (Option<Box<Expr>>, bool) {
    if !cursor.eat("WHERE") {
        return (None, false);
    }
    if cursor.eat_seq(&["CURRENT", "OF"]) {
        cursor.ident();
        return (None, true);
    }
    // MySQL's `LIMIT` and `ORDER BY` are left over.
    let part = cursor.until(|cursor| begins(cursor, &["RETURNING", "LIMIT"]) || cursor.is_seq(&["ORDER", "BY"]));
    let expr = whole(part.clone());
    gather(with, &expr, &part);
    (Some(Box::new(expr)), false)
}

/// `a = 1, (b, c) = (2, 3)`.
fn assignments(list: Cursor<'_>, with: &mut Query) -> Option<List<Assignment>> {
    let mut assignments = List::new();
    if list.at_end() {
        return None;
    }
    for mut part in list.split_commas() {
        let span = part.rest_span();
        if part.is_kind(TokenKind::LParen) {
            let columns: Vec<_> = part.parens()?.split_commas().collect();
            if !part.eat_op("=") {
                return None;
            }
            let right = whole(part.clone());
            gather(with, &right, &part);
            let values = match right.kind {
                ExprKind::Compound(CompoundKind::Row, values) if values.len() == columns.len() => values,
                // (a) = (1) has no row on its right side.
                _ => vec![right; columns.len()],
            };
            for (mut column, value) in columns.into_iter().zip(values) {
                assignments.push(Assignment { span, column: column.ident()?, value });
            }
            continue;
        }
        if part.eat_kind(TokenKind::Placeholder).is_some() && part.at_end() {
            // It stands for assignments that are not here.
            with.understood = false;
            continue;
        }
        part.reset(0);
        let column = part.ident()?;
        // `a[i] = x`, `a.field = x`
        loop {
            if let Some(index) = part.brackets() {
                for expr in expressions_of_clause(index.clone()) {
                    gather(with, &expr, &index);
                }
            } else if part.eat_kind(TokenKind::Dot).is_none() || part.ident().is_none() {
                break;
            }
        }
        if !part.eat_op("=") {
            return None;
        }
        let value = whole(part.clone());
        gather(with, &value, &part);
        add(&mut assignments, Assignment { span, column, value });
    }
    Some(assignments)
}

fn merge(mut cursor: Cursor<'_>, mut with: Query) -> Option<Merge> {
    cursor.eat("INTO");
    let mut table = target(&mut cursor)?;
    table.alias = alias(&mut cursor);
    if !cursor.eat("USING") {
        return None;
    }
    let mut from = From::default();
    from.sources.push(Source::of(&table));
    // The joins of the source have conditions of their own: the last `ON` is that of the MERGE.
    let mut ahead = cursor.clone();
    let mut joined =
        ahead.until(|cursor| cursor.is_seq(&["WHEN", "MATCHED"]) || cursor.is_seq(&["WHEN", "NOT", "MATCHED"]));
    let mut condition = None;
    loop {
        joined.until(|cursor| cursor.is("ON"));
        if joined.at_end() {
            break;
        }
        condition = Some(joined.position());
        joined.next();
    }
    let start = cursor.position();
    let mut part = cursor.between(start, start + condition?);
    cursor.reset(start + condition?);
    let is_relation = !part.is_kind(TokenKind::LParen);
    from_list(&mut part, &mut from);
    let is_relation = is_relation && from.sources.len() == 2;
    with.understood &= from.understood && part.at_end();
    let source: Option<RelationUse> = if is_relation { from.reads.first().cloned() } else { None };
    let scope = Scope { parent: cursor.scope(), ctes: Vec::new(), sources: from.sources };
    for deferred in from.deferred {
        deferred.read(&mut with, &scope);
    }
    with.reads.extend(from.reads);
    let mut cursor = cursor.with_scope(&scope);
    if !cursor.eat("ON") {
        return None;
    }
    // WHEN also stands in a CASE of the condition.
    let condition =
        cursor.until(|cursor| cursor.is_seq(&["WHEN", "MATCHED"]) || cursor.is_seq(&["WHEN", "NOT", "MATCHED"]));
    let on = whole(condition.clone());
    gather(&mut with, &on, &condition);
    let mut actions = Vec::new();
    while cursor.eat("WHEN") {
        cursor.eat("NOT");
        if !cursor.eat("MATCHED") {
            return None;
        }
        if cursor.eat("BY") && !(cursor.eat("SOURCE") || cursor.eat("TARGET")) {
            return None;
        }
        let narrowed = cursor.eat("AND");
        if narrowed {
            let condition = cursor.until(|cursor| {
                cursor.is("THEN")
                    && (["INSERT", "UPDATE", "DELETE"].iter().any(|word| cursor.is_nth(1, word))
                        || cursor.is_nth(1, "DO"))
            });
            gather(&mut with, &whole(condition.clone()), &condition);
        }
        if !cursor.eat("THEN") {
            return None;
        }
        actions.push(MergeAction { kind: merge_action(&mut cursor, &mut with)?, narrowed });
    }
    returning(&mut cursor, &mut with);
    let condition = Some(Box::new(on));
    (cursor.at_end() && !actions.is_empty()).then_some(Merge { table, source, condition, actions, with })
}

fn merge_action(cursor: &mut Cursor<'_>, with: &mut Query) -> Option<MergeActionKind> {
    let ends = |cursor: &Cursor<'_>| {
        cursor.is_seq(&["WHEN", "MATCHED"])
            || cursor.is_seq(&["WHEN", "NOT", "MATCHED"])
            || begins(cursor, &["RETURNING"])
    };
    if cursor.eat("INSERT") {
        let mut columns = List::new();
        if cursor.is_kind(TokenKind::LParen) {
            for mut column in cursor.parens()?.split_commas() {
                add(&mut columns, column.ident()?);
            }
        }
        if cursor.eat("OVERRIDING") {
            let _ = cursor.eat("SYSTEM") || cursor.eat("USER");
            cursor.eat("VALUE");
        }
        if cursor.eat_seq(&["DEFAULT", "VALUES"]) {
            return Some(MergeActionKind::Insert { columns, values: None });
        }
        if !cursor.is("VALUES") {
            return None;
        }
        Some(MergeActionKind::Insert { columns, values: Some(values(cursor, with)) })
    } else if cursor.eat_seq(&["UPDATE", "SET"]) {
        let part = cursor.until(ends);
        Some(MergeActionKind::Update(assignments(part, with)?))
    } else if cursor.eat("DELETE") {
        Some(MergeActionKind::Delete)
    } else if cursor.eat_seq(&["DO", "NOTHING"]) {
        Some(MergeActionKind::Nothing)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::cursor::tests::tokens;
    use crate::parse::dml::dml;
    use crate::statement::Ident;

    fn read(text: &str) -> Command {
        let tokens = tokens(text);
        dml(Cursor::new(text, &tokens)).unwrap_or_else(|| panic!("not understood: {text}"))
    }

    fn refused(text: &str) -> bool {
        let tokens = tokens(text);
        dml(Cursor::new(text, &tokens)).is_none()
    }

    fn insert(text: &str) -> Insert {
        match read(text) {
            Command::Insert(insert) => *insert,
            other => panic!("{other:?}"),
        }
    }

    fn update(text: &str) -> Update {
        match read(text) {
            Command::Update(update) => *update,
            other => panic!("{other:?}"),
        }
    }

    fn delete(text: &str) -> Delete {
        match read(text) {
            Command::Delete(delete) => *delete,
            other => panic!("{other:?}"),
        }
    }

    fn merge(text: &str) -> Merge {
        match read(text) {
            Command::Merge(merge) => *merge,
            other => panic!("{other:?}"),
        }
    }

    fn names(idents: &[Ident]) -> Vec<&str> {
        idents.iter().map(|ident| ident.name.as_str()).collect()
    }

    fn set<'t>(text: &'t str, assignments: &[Assignment]) -> Vec<(String, &'t str)> {
        assignments.iter().map(|set| (set.column.name.to_string(), &text[set.value.span.range()])).collect()
    }

    #[test]
    fn insert_values() {
        let text = "INSERT INTO s.t AS x (a, \"B\", c[1], d.e) OVERRIDING SYSTEM VALUE VALUES (1, 'a', NULL, DEFAULT), (2, f(g), 3, 4) RETURNING a";
        let insert = insert(text);
        assert_eq!(insert.table.name.to_string(), "s.t");
        assert_eq!(insert.table.alias.as_ref().map(|alias| alias.name.as_str()), Some("x"));
        assert_eq!(names(&insert.columns), ["a", "B", "c", "d"]);
        assert!(insert.returning);
        let Some(InsertSource::Values(values)) = &insert.source else { panic!() };
        assert_eq!(values.rows().map(<[_]>::len).collect::<Vec<_>>(), [4, 4]);
        assert_eq!(insert.with.calls.len(), 1);
        assert!(insert.with.understood);
    }

    #[test]
    fn insert_from_a_query() {
        for text in [
            "INSERT INTO t SELECT a FROM u",
            "INSERT INTO t (b) SELECT a FROM u ON CONFLICT DO NOTHING",
            "INSERT INTO t (SELECT a FROM u)",
            "INSERT INTO t ((SELECT a FROM u) UNION (SELECT 1))",
            "INSERT INTO t WITH x AS (SELECT a FROM u) SELECT * FROM x",
            "INSERT INTO t VALUES (1) UNION SELECT a FROM u",
            "INSERT INTO t TABLE u",
            "WITH x AS (SELECT 1) INSERT INTO t SELECT x.a FROM u, x",
        ] {
            let Some(InsertSource::Query(query)) = insert(text).source else { panic!("{text}") };
            assert_eq!(query.reads.iter().map(|read| read.name.to_string()).collect::<Vec<_>>(), ["u"], "{text}");
            assert!(query.understood, "{text}");
        }
        assert!(insert("INSERT INTO t DEFAULT VALUES").source.is_none());
    }

    #[test]
    fn insert_on_conflict() {
        assert_eq!(insert("INSERT INTO t VALUES (1)").on_conflict_nothing, None);
        assert_eq!(insert("INSERT INTO t VALUES (1) ON CONFLICT (a) DO NOTHING").on_conflict_nothing, Some(true));
        let text = "INSERT INTO t AS x (a) VALUES (1) ON CONFLICT (lower(a), b) WHERE c > 0 DO UPDATE SET a = excluded.a, b = x.b + 1 WHERE x.d RETURNING *";
        let insert = insert(text);
        assert_eq!(insert.on_conflict_nothing, Some(false));
        assert_eq!(set(text, &insert.on_conflict_set), [("a".into(), "excluded.a"), ("b".into(), "x.b + 1")]);
        assert!(insert.returning && insert.with.understood);
        let relations: Vec<_> = insert.with.columns.iter().filter_map(|column| column.relation.as_ref()).collect();
        assert!(relations.iter().all(|relation| relation.to_string() == "t"), "{relations:?}");
    }

    #[test]
    fn update_of_every_form() {
        let text = "UPDATE ONLY s.t * AS x SET a = 1, b[2] = 'c', d.e = DEFAULT, (f, g) = (h + 1, i), (j, k) = (SELECT 1, 2 FROM u) FROM v JOIN w ON v.l = w.l WHERE x.m = v.m AND n IS DISTINCT FROM o RETURNING x.a";
        let update = update(text);
        assert!(update.table.only && update.returning && update.with.understood);
        assert_eq!(
            set(text, &update.assignments),
            [
                ("a".into(), "1"),
                ("b".into(), "'c'"),
                ("d".into(), "DEFAULT"),
                ("f".into(), "h + 1"),
                ("g".into(), "i"),
                ("j".into(), "SELECT 1, 2 FROM u"),
                ("k".into(), "SELECT 1, 2 FROM u"),
            ]
        );
        assert_eq!(update.from.iter().map(|read| read.name.to_string()).collect::<Vec<_>>(), ["v", "w"]);
        assert_eq!(update.filter.map(|filter| &text[filter.span.range()]), Some("x.m = v.m AND n IS DISTINCT FROM o"));
        assert_eq!(update.with.reads.iter().map(|read| read.name.to_string()).filter(|name| name == "u").count(), 1);
    }

    #[test]
    fn update_by_cursor_and_with_odd_columns() {
        let by_cursor = update("UPDATE t SET a = 1 WHERE CURRENT OF c");
        assert!(by_cursor.current_of && by_cursor.filter.is_none());
        assert_eq!(update("UPDATE s SET values = 1, set = 2, from_x = 3").assignments.len(), 3);
        assert!(update("UPDATE t SET a = 1").filter.is_none());
        let placeholder = update("UPDATE {{ t }} SET a = :x WHERE b = ${y} {{ more }}");
        assert_eq!(placeholder.table.name.to_string(), "{{ t }}");
    }

    #[test]
    fn delete_of_every_form() {
        let text = "DELETE FROM ONLY t AS x USING u, (SELECT 1 FROM v) y WHERE x.a = u.a RETURNING *";
        let whole = delete(text);
        assert!(whole.table.only && whole.returning && whole.with.understood);
        assert_eq!(whole.using.len(), 1);
        assert_eq!(whole.with.reads.len(), 2);
        assert!(delete("DELETE FROM t").filter.is_none());
        assert!(delete("DELETE FROM t WHERE CURRENT OF c").current_of);
    }

    #[test]
    fn merge_of_every_form() {
        let whole = merge(
            "MERGE INTO t AS x USING u ON CASE WHEN x.a THEN true END AND x.id = u.id \
             WHEN MATCHED AND CASE WHEN u.d THEN true ELSE false END THEN DELETE \
             WHEN MATCHED THEN UPDATE SET a = u.a, b = CASE WHEN u.b THEN 1 END \
             WHEN NOT MATCHED BY SOURCE THEN DO NOTHING \
             WHEN NOT MATCHED BY TARGET THEN INSERT (a) OVERRIDING USER VALUE VALUES (u.a) \
             WHEN NOT MATCHED THEN INSERT DEFAULT VALUES RETURNING merge_action(), x.*",
        );
        let verbs: Vec<_> = whole.actions.iter().map(|action| (action.kind.verb(), action.narrowed)).collect();
        let expected =
            [("delete", true), ("update", false), ("do nothing", false), ("insert", false), ("insert", false)];
        assert_eq!(verbs, expected);
        assert_eq!(whole.source.map(|source| source.name.to_string()).as_deref(), Some("u"));
        assert!(whole.with.understood);
        assert!(merge("MERGE INTO t USING (SELECT 1 FROM u) s ON true WHEN MATCHED THEN DO NOTHING").source.is_none());
    }

    #[test]
    fn what_is_left_over_is_refused() {
        for text in [
            "INSERT t VALUES (1)",
            "INSERT INTO t VALUES (1) nonsense",
            "INSERT INTO t",
            "UPDATE t a = 1",
            "UPDATE t SET a",
            "DELETE t WHERE a",
            "DELETE FROM t nonsense x",
            "MERGE INTO t USING u ON true",
            "WITH a AS (SELECT 1) DELETE t",
        ] {
            assert!(refused(text), "{text}");
        }
        assert!(!update("UPDATE t SET a = 1 nonsense x = 2").with.understood);
    }
}
