//! Views and materialized views.
//!
//! `DefineView`, `ExecCreateTableAs`, `ExecRefreshMatView`; manual, "CREATE VIEW", "REFRESH MATERIALIZED VIEW".

use super::analysis::Analysis;
use super::dml;
use super::maintenance::rewrite;
use super::missing;
use crate::catalog::{Relation, RelationBody, Table, View};
use crate::dialect::Version;
use crate::effect::{EffectKind, FailReason, LockMode, NothingReason, RewriteReason};
use crate::statement::{CreateView, Expr, ExprKind, Name, RefreshMaterializedView, Statement, TypeName};
use smol_str::SmolStr;

/// `CREATE VIEW`, `CREATE MATERIALIZED VIEW`.
pub(super) fn create_view(analysis: &mut Analysis<'_>, create: &CreateView) {
    let catalog = analysis.catalog();
    let path = analysis.context.session.search_path();
    let focus = create.name.span();
    let schema = if create.temporary { "pg_temp" } else { catalog.creation_schema(&create.name, &path) };
    let existing = catalog.find(schema, &create.name.name.name);
    if let Some(existing) = existing {
        let object = existing.display_name();
        if create.if_not_exists {
            let reason = NothingReason::Exists;
            analysis.on(existing, focus, EffectKind::DoesNothing { reason, object });
            return;
        }
        if !create.or_replace {
            analysis.fail_taken(focus, existing);
            return;
        }
        let view = match &existing.body {
            RelationBody::View(view) if !view.materialized => Some(view.as_ref()),
            RelationBody::Unknown => None,
            _ => {
                analysis.require_kind(existing, focus, false);
                return;
            }
        };
        if let Some(column) = view.and_then(|view| changed_column(analysis, view, create)) {
            analysis.fail(focus, FailReason::ViewColumns, "42P16", column);
            return;
        }
        analysis.lock(existing, LockMode::AccessExclusive, focus);
    }
    if missing::refuse_schema(analysis, &create.name) {
        return;
    }
    // `security_invoker` came with 15 (manual, "CREATE VIEW", release notes of 15).
    if !create.materialized
        && analysis.version() < Version(15)
        && create.options.iter().any(|option| option.name == "security_invoker")
    {
        analysis.fail(focus, FailReason::Version, "22023", "security_invoker");
        return;
    }
    // A view's query is only parsed; a materialized view's runs.
    if create.materialized && !create.with_no_data {
        dml::lock_query(analysis, &create.query, true);
    } else {
        dml::lock_query(analysis, &create.query, false);
    }
    if dml::new_label::refuse_new_values_in_query(analysis, &create.query) {
        return;
    }
    let kind = EffectKind::CreatesObject {
        object: SmolStr::new_static(if create.materialized { "materialized view" } else { "view" }),
        name: smol_str::format_smolstr!("{}", create.name),
        or_replace: create.or_replace,
    };
    match existing {
        Some(existing) => analysis.on(existing, focus, kind),
        None => analysis.add(focus, kind),
    };
    let name = smol_str::format_smolstr!("{}", create.name);
    if create.materialized && !create.with_no_data {
        analysis.tell_query(&create.query, focus, "materialized view", name);
    } else if create.query.select_list.iter().any(|item| matches!(item.kind, ExprKind::Wildcard)) {
        analysis.add(focus, EffectKind::FreezesColumns { view: name });
    }
}

/// A replaced view keeps its columns in order, with their names and types, and may add some at the end (`checkViewColumns`). What is
/// certain to change: a column that is gone or has another name, and one that is now cast to another type than before.
fn changed_column(analysis: &Analysis<'_>, view: &View, create: &CreateView) -> Option<Name> {
    if view.outputs.is_empty() {
        return None;
    }
    let written = create.columns.iter().map(|column| Some(column.name.clone()));
    let outputs = create.query.outputs.iter().skip(create.columns.len()).cloned();
    let new: Vec<Option<Name>> = written.chain(outputs).collect();
    if new.is_empty() || !create.query.understood {
        return None;
    }
    // A `*` may stand for any number of columns: nothing behind it can be compared.
    let star = create.query.select_list.iter().position(|item| matches!(item.kind, ExprKind::Wildcard));
    for (at, old) in view.outputs.iter().enumerate() {
        if star.is_some_and(|star| at >= star) {
            return None;
        }
        match new.get(at) {
            None => return Some(old.clone()),
            Some(Some(name)) if name != old => return Some(old.clone()),
            Some(_) => {}
        }
        let item = create.query.select_list.get(at);
        let types = view
            .output_types
            .get(at)
            .and_then(Option::as_ref)
            .zip(item.and_then(|item| type_of(analysis, create, item)));
        if types.is_some_and(|(old, new)| !same_type(old, new)) {
            return Some(old.clone());
        }
    }
    None
}

/// The type of an item of a select list, where it is a cast, or a column that only one of the tables read has.
fn type_of<'e>(analysis: &Analysis<'e>, create: &'e CreateView, item: &'e Expr) -> Option<&'e TypeName> {
    match &item.kind {
        ExprKind::Cast(_, ty) => Some(ty),
        ExprKind::Column(path) => {
            let name = &path.last()?.name;
            let reads = create.query.reads.iter().map(|read| analysis.resolve(&read.name)?.as_table());
            let tables: Vec<&Table> = reads.collect::<Option<_>>()?;
            let mut columns = tables.into_iter().filter_map(|table| table.column(name));
            let column = columns.next().filter(|_| columns.next().is_none())?;
            column.ty.as_ref()
        }
        _ => None,
    }
}

/// Types that are written alike, but for their schemas.
fn same_type(left: &TypeName, right: &TypeName) -> bool {
    let plain = |ty: &TypeName| match ty.name.as_str() {
        "serial" => Name::new_static("int4"),
        "bigserial" => Name::new_static("int8"),
        "smallserial" => Name::new_static("int2"),
        _ => ty.name.clone(),
    };
    plain(left) == plain(right)
        && left.modifiers == right.modifiers
        && left.fields == right.fields
        && (left.dimensions == 0) == (right.dimensions == 0)
}

/// `REFRESH MATERIALIZED VIEW`.
pub(super) fn refresh(analysis: &mut Analysis<'_>, statement: &Statement, refresh: &RefreshMaterializedView) {
    let focus = refresh.name.span();
    if let Some(keyword) = refresh.concurrently.filter(|_| refresh.with_no_data) {
        analysis.fail(keyword, FailReason::Invalid, "42601", "CONCURRENTLY with WITH NO DATA");
        return;
    }
    let Some(relation) = analysis.named(&refresh.name) else {
        return;
    };
    let view = match &relation.body {
        RelationBody::View(view) if view.materialized => Some(view.as_ref()),
        RelationBody::Unknown => None,
        _ => {
            analysis.fail(focus, FailReason::Kind, "0A000", relation.display_name());
            return;
        }
    };
    if let Some(keyword) = refresh.concurrently {
        concurrently(analysis, relation, view, keyword, focus);
        return;
    }
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    if let Some(view) = view.filter(|_| !refresh.with_no_data) {
        dml::lock_view_bases(analysis, view, focus);
    }
    let reason = if refresh.with_no_data { RewriteReason::Unpopulated } else { RewriteReason::Refresh };
    rewrite(analysis, relation, statement.span, reason, true);
}

fn concurrently(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    view: Option<&View>,
    keyword: crate::source::Span,
    focus: crate::source::Span,
) {
    let catalog = analysis.catalog();
    if let Some(view) = view.filter(|_| relation.origin.is_some()) {
        if view.empty {
            analysis.fail(keyword, FailReason::ConcurrentRefresh, "0A000", relation.display_name());
            return;
        }
        // A unique index over plain columns of all rows (`is_usable_unique_index`).
        let usable = catalog.indexes_of(relation.id).any(|(_, index)| index.unique_columns().is_some() && index.valid);
        if !usable {
            analysis.fail(keyword, FailReason::ConcurrentRefresh, "55000", relation.display_name());
            return;
        }
    }
    analysis.lock(relation, LockMode::Exclusive, focus);
    for (index, _) in catalog.indexes_of(relation.id) {
        analysis.lock(index, LockMode::RowExclusive, focus);
    }
    if let Some(view) = view {
        dml::lock_view_bases(analysis, view, focus);
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn security_invoker_came_with_15() {
        let fails = |version| effects(version, "", "CREATE VIEW v WITH (security_invoker) AS SELECT 1 AS one", "fails");
        assert_eq!((fails(14).len(), fails(15).len()), (1, 0));
    }

    const TABLES: &str = "CREATE TABLE t (id int PRIMARY KEY, a int, b int);
        CREATE VIEW v AS SELECT id, a FROM t;
        CREATE MATERIALIZED VIEW m AS SELECT id, a FROM t;
        CREATE MATERIALIZED VIEW n AS SELECT id FROM t; CREATE UNIQUE INDEX n_id ON n (id);";

    #[test]
    fn a_view_is_parsed_and_a_materialized_one_runs() {
        assert_eq!(
            effects(15, TABLES, "CREATE VIEW w AS SELECT id FROM t", "takes-lock"),
            ["takes-lock t lock=access-share blocks=nothing timeout=unset"]
        );
        assert_eq!(effects(15, TABLES, "CREATE MATERIALIZED VIEW w AS SELECT id FROM t", "takes-lock").len(), 2);
        assert_eq!(
            effects(15, TABLES, "CREATE MATERIALIZED VIEW w AS SELECT id FROM t WITH NO DATA", "takes-lock").len(),
            1
        );
    }

    #[test]
    fn a_replaced_view_keeps_its_columns() {
        let fails = |columns: &str| {
            effects(15, TABLES, &format!("CREATE OR REPLACE VIEW v AS SELECT {columns} FROM t"), "fails")
        };
        assert_eq!(fails("id, a"), [""; 0]);
        assert_eq!(fails("id, a, b"), [""; 0]);
        assert_eq!(fails("id"), ["fails reason=view-columns sqlstate=42P16 object=a owner=file"]);
        assert_eq!(fails("id, b"), ["fails reason=view-columns sqlstate=42P16 object=a owner=file"]);
        assert_eq!(fails("id, b AS a"), [""; 0]);
    }

    #[test]
    fn a_replaced_view_keeps_its_types() {
        let fails = |columns: &str| {
            effects(15, TABLES, &format!("CREATE OR REPLACE VIEW v AS SELECT {columns} FROM t"), "fails").len()
        };
        assert_eq!(fails("id, a::text AS a"), 1);
        assert_eq!(fails("id, a::int AS a"), 0);
        assert_eq!(fails("id, b AS a"), 0);
        assert_eq!(fails("id, a + 1 AS a"), 0);
    }

    #[test]
    fn a_view_uses_what_its_relations_give_and_no_more() {
        let refused = |query: &str| {
            let schema = format!(
                "CREATE TABLE o (id int, x int); CREATE TABLE t (id int, a int, b int); CREATE VIEW v AS {query};"
            );
            !effects(15, &schema, "ALTER TABLE t ALTER COLUMN b TYPE bigint", "fails").is_empty()
        };
        assert!(refused("SELECT * FROM t"));
        assert!(refused("SELECT t.* FROM o, t"));
        assert!(refused("WITH all_o AS (SELECT * FROM t) SELECT id FROM all_o"));
        // What a CTE or a subquery gives is what stands in it.
        assert!(!refused("WITH all_o AS (SELECT * FROM o) SELECT all_o.*, t.id AS t FROM t, all_o"));
        assert!(!refused("SELECT s.* FROM t, (SELECT x FROM o) s"));
        assert!(!refused("SELECT * FROM (SELECT id FROM t) s"));
        assert!(!refused("SELECT s.b FROM t, (SELECT x AS b FROM o) s"));
        assert!(!refused("SELECT o.* FROM o JOIN t ON t.id = o.id"));
    }

    #[test]
    fn refresh_concurrently_needs_a_unique_index() {
        assert_eq!(
            effects(15, TABLES, "REFRESH MATERIALIZED VIEW CONCURRENTLY m", "fails"),
            ["fails reason=concurrent-refresh sqlstate=55000 object=m owner=file"]
        );
        assert_eq!(
            effects(15, TABLES, "BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY n; COMMIT;", "takes-lock fails"),
            [
                "takes-lock n lock=exclusive blocks=writes timeout=unset",
                "takes-lock n_id lock=row-exclusive blocks=schema-changes timeout=unset",
                "takes-lock t lock=access-share blocks=nothing timeout=unset",
                "takes-lock t_pkey lock=access-share blocks=nothing timeout=unset",
            ]
        );
        assert_eq!(
            effects(15, TABLES, "REFRESH MATERIALIZED VIEW n", "rewrites-table rebuilds-index"),
            ["rewrites-table n reason=refresh blocks=reads", "rebuilds-index n index=n_id reason=rewrite blocks=reads"]
        );
    }
}
