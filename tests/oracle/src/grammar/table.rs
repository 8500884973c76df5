//! `CREATE TABLE`, `CREATE INDEX`, `CREATE VIEW`, sequences, types and domains.

use super::*;
use pg_query::protobuf::{
    ColumnDef, ConstrType, Constraint, IndexElem, IntoClause, OnCommitAction, PartitionBoundSpec, SortByDir, SortByNulls,
    ViewCheckOption,
};

pub(super) fn facts(tree: &NodeEnum, out: &mut Out) -> bool {
    match tree {
        NodeEnum::CreateStmt(create) => create_table(create, out),
        NodeEnum::CreateForeignTableStmt(create) => {
            if let Some(base) = &create.base_stmt {
                create_table(base, out);
            }
            out.add("foreign");
            out.word("server", &create.servername);
            options(&create.options, out);
        }
        NodeEnum::CreateTableAsStmt(create) if create.is_select_into => return false,
        NodeEnum::CreateTableAsStmt(create) => {
            let Some(into) = create.into.as_deref() else { return false };
            let materialized = create.objtype == ObjectType::ObjectMatview as i32;
            out.add(if materialized { "CreateView" } else { "CreateTable" });
            out.add(format!("name {}", relation(&into.rel)));
            out.flag(create.if_not_exists, "if-not-exists");
            out.flag(materialized, "materialized");
            if !materialized {
                persistence(&into.rel, out);
            }
            out.flag(!materialized, "as");
            out.flag(into.skip_data, "no-data");
            out.word("columns-named", &names_of(&into.col_names));
            storage(into, out);
            let query = create.query.as_ref().and_then(|query| query.node.as_ref());
            out.names(query);
            // What a prepared statement reads cannot be known.
            out.flag(matches!(query, Some(NodeEnum::ExecuteStmt(_))), "not-understood");
        }
        NodeEnum::ViewStmt(view) => {
            out.add("CreateView");
            out.add(format!("name {}", relation(&view.view)));
            out.flag(view.replace, "or-replace");
            out.flag(view.view.as_ref().is_some_and(|view| view.relpersistence == "t"), "temporary");
            out.word("columns-named", &names_of(&view.aliases));
            options(&view.options, out);
            match ViewCheckOption::try_from(view.with_check_option) {
                Ok(ViewCheckOption::LocalCheckOption) => out.add("check-option local"),
                Ok(ViewCheckOption::CascadedCheckOption) => out.add("check-option cascaded"),
                _ => {}
            }
            let query = view.query.as_ref().and_then(|query| query.node.as_ref());
            if is_recursive(query, &relation(&view.view)) {
                out.add("recursive");
            } else {
                out.names(query);
            }
        }
        NodeEnum::IndexStmt(index) => {
            out.add("CreateIndex");
            out.add(format!("table {}", relation(&index.relation)));
            out.add(format!("name {}", index.idxname));
            out.flag(only(&index.relation), "only");
            out.flag(index.unique, "unique");
            out.flag(index.concurrent, "concurrently");
            out.flag(index.if_not_exists, "if-not-exists");
            out.flag(index.nulls_not_distinct, "nulls-not-distinct");
            out.add(format!("method {}", index.access_method));
            for key in &index.index_params {
                if let Some(NodeEnum::IndexElem(key)) = &key.node {
                    out.add(format!("key {}", index_key(key)));
                }
            }
            for column in &index.index_including_params {
                if let Some(NodeEnum::IndexElem(column)) = &column.node {
                    out.add(format!("include {}", column.name));
                }
            }
            options(&index.options, out);
            out.word("where", &expr(&index.where_clause));
            out.word("tablespace", &index.table_space);
        }
        NodeEnum::CreateSeqStmt(create) => {
            out.add("CreateSequence");
            out.add(format!("name {}", relation(&create.sequence)));
            out.flag(create.if_not_exists, "if-not-exists");
            persistence(&create.sequence, out);
            sequence_options(&create.options).into_iter().for_each(|fact| out.add(fact));
        }
        NodeEnum::CreateEnumStmt(create) => {
            out.add("CreateType");
            out.add(format!("name {}", name(&create.type_name)));
            out.add(format!("labels {}", names_of(&create.vals)));
        }
        NodeEnum::CompositeTypeStmt(create) => {
            out.add("CreateType");
            out.add(format!("name {}", relation(&create.typevar)));
            out.add("composite");
            for attribute in &create.coldeflist {
                if let Some(NodeEnum::ColumnDef(attribute)) = &attribute.node {
                    out.add(format!("attribute {}", column_def(attribute)));
                }
            }
        }
        NodeEnum::CreateRangeStmt(create) => {
            out.add("CreateType");
            out.add(format!("name {}", name(&create.type_name)));
            out.add("range");
            options(&create.params, out);
        }
        NodeEnum::DefineStmt(define) if define.kind == ObjectType::ObjectType as i32 => {
            out.add("CreateType");
            out.add(format!("name {}", name(&define.defnames)));
            options(&define.definition, out);
        }
        NodeEnum::CreateDomainStmt(create) => {
            out.add("CreateDomain");
            out.add(format!("name {}", name(&create.domainname)));
            out.add(format!("type {}", optional_type(&create.type_name)));
            out.word("collation", &create.coll_clause.as_ref().map_or(String::new(), |clause| name(&clause.collname)));
            for fact in column_constraints(&create.constraints, "value") {
                out.add(fact.trim());
            }
        }
        NodeEnum::CreateSchemaStmt(create) => {
            out.add("CreateSchema");
            let owner = create.authrole.as_ref().map_or(String::new(), role);
            let schema = if create.schemaname.is_empty() { &owner } else { &create.schemaname };
            out.add(format!("name {schema}"));
            out.flag(create.if_not_exists, "if-not-exists");
            out.word("owner", &owner);
            for element in &create.schema_elts {
                let element = element.node.as_ref().map(super::facts).unwrap_or_default();
                // What it creates is in this schema.
                element.into_iter().for_each(|fact| out.add(format!("element>{}", fact.replace(&format!("{schema}."), ""))));
            }
        }
        NodeEnum::CreateStatsStmt(create) => {
            out.add("CreateStatistics");
            out.add(format!("name {}", name(&create.defnames)));
            out.flag(create.if_not_exists, "if-not-exists");
            out.word("kinds", &names_of(&create.stat_types));
            for element in &create.exprs {
                if let Some(NodeEnum::StatsElem(element)) = &element.node {
                    out.add(format!("key {}", key(&element.name, &element.expr)));
                }
            }
            out.add(format!("table {}", names_of(&create.relations)));
        }
        _ => return false,
    }
    true
}

/// `CREATE RECURSIVE VIEW` has become a `WITH RECURSIVE` of the view's own name.
fn is_recursive(query: Option<&NodeEnum>, view: &str) -> bool {
    let Some(NodeEnum::SelectStmt(select)) = query else { return false };
    let first = select.with_clause.as_ref().filter(|with| with.recursive).and_then(|with| with.ctes.first());
    matches!(first.and_then(|cte| cte.node.as_ref()), Some(NodeEnum::CommonTableExpr(cte)) if view.ends_with(&cte.ctename) && cte.location <= 0)
}

fn persistence(relation: &Option<RangeVar>, out: &mut Out) {
    let is = |letter: &str| relation.as_ref().is_some_and(|relation| relation.relpersistence == letter);
    out.flag(is("t"), "temporary");
    out.flag(is("u"), "unlogged");
}

fn on_commit(action: i32, out: &mut Out) {
    out.flag(action == OnCommitAction::OncommitDrop as i32, "on-commit-drop");
    out.flag(action == OnCommitAction::OncommitDeleteRows as i32, "on-commit-delete-rows");
}

fn storage(into: &IntoClause, out: &mut Out) {
    out.word("access-method", &into.access_method);
    options(&into.options, out);
    on_commit(into.on_commit, out);
    out.word("tablespace", &into.table_space_name);
}

pub(super) fn index_key(element: &IndexElem) -> String {
    let what = key(&element.name, &element.expr);
    let descending = if element.ordering == SortByDir::SortbyDesc as i32 { " desc" } else { "" };
    let nulls = match SortByNulls::try_from(element.nulls_ordering) {
        Ok(SortByNulls::SortbyNullsFirst) => " nulls-first",
        Ok(SortByNulls::SortbyNullsLast) => " nulls-last",
        _ => "",
    };
    format!("{what} collate={} opclass={}{descending}{nulls}", name(&element.collation), name(&element.opclass))
}

fn create_table(create: &pg_query::protobuf::CreateStmt, out: &mut Out) {
    out.add("CreateTable");
    out.add(format!("name {}", relation(&create.relation)));
    out.flag(create.if_not_exists, "if-not-exists");
    persistence(&create.relation, out);
    let mut constraints = Vec::new();
    let mut likes = Vec::new();
    for element in &create.table_elts {
        match &element.node {
            Some(NodeEnum::ColumnDef(column)) => out.add(format!("column {}", column_def(column))),
            Some(NodeEnum::Constraint(constraint)) => constraints.push(constraint_def(constraint, "")),
            Some(NodeEnum::TableLikeClause(like)) => {
                likes.push(format!("like {} {:x}", relation(&like.relation), like.options & 0x1ff));
            }
            _ => {}
        }
    }
    likes.into_iter().for_each(|like| out.add(like));
    constraints.into_iter().for_each(|constraint| out.add(format!("constraint {constraint}")));
    if let Some(bound) = &create.partbound {
        let parents = create.inh_relations.iter().map(string).collect::<Vec<_>>().join(",");
        out.add(format!("partition-of {parents} {}", partition_bound(bound)));
    } else {
        create.inh_relations.iter().for_each(|parent| out.add(format!("inherits {}", string(parent))));
    }
    if let Some(spec) = &create.partspec {
        out.add(format!("partition-by {}", spec.strategy().as_str_name().rsplit('_').next().unwrap_or("").to_lowercase()));
        for element in &spec.part_params {
            if let Some(NodeEnum::PartitionElem(element)) = &element.node {
                out.add(format!("partition-key {}", key(&element.name, &element.expr)));
            }
        }
    }
    if let Some(of) = &create.of_typename {
        out.add(format!("of {}", name(&of.names)));
    }
    out.word("access-method", &create.access_method);
    options(&create.options, out);
    on_commit(create.oncommit, out);
    out.word("tablespace", &create.tablespacename);
}

pub(super) fn partition_bound(bound: &PartitionBoundSpec) -> String {
    let list = |nodes: &[Node]| nodes.iter().map(normal::node).collect::<Vec<_>>().join(", ");
    if bound.is_default {
        return "default".to_owned();
    }
    match bound.strategy.as_str() {
        "h" => format!("modulus {} remainder {}", bound.modulus, bound.remainder),
        "l" => format!("in ({})", list(&bound.listdatums)),
        _ => format!("from ({}) to ({})", list(&bound.lowerdatums), list(&bound.upperdatums)),
    }
}

pub(super) fn column_def(column: &ColumnDef) -> String {
    let mut out = format!("{} {}", column.colname, column.type_name.as_ref().map_or(String::new(), ty));
    let collation = column.coll_clause.as_ref().map_or(String::new(), |clause| name(&clause.collname));
    for (word, value) in [("collate", collation), ("storage", column.storage_name.to_lowercase()), ("compression", column.compression.clone())] {
        if !value.is_empty() {
            out.push_str(&format!(" {word}={value}"));
        }
    }
    for option in elements(&column.fdwoptions) {
        out.push_str(&format!(" option {}", super::option(option)));
    }
    out + &column_constraints(&column.constraints, &column.colname).concat()
}

/// The constraints of a column or a domain, defaults and the like first. Attributes such as DEFERRABLE stand beside the constraint
/// that they belong to.
pub(super) fn column_constraints(constraints: &[Node], column: &str) -> Vec<String> {
    let mut first = Vec::new();
    let mut rest: Vec<Constraint> = Vec::new();
    for constraint in constraints {
        let Some(NodeEnum::Constraint(constraint)) = &constraint.node else { continue };
        let last = rest.last_mut();
        match (ConstrType::try_from(constraint.contype), last) {
            (Ok(ConstrType::ConstrDefault), _) => first.push(format!(" default={}", expr(&constraint.raw_expr))),
            (Ok(ConstrType::ConstrIdentity), _) => {
                first.push(format!(" identity={} {}", constraint.generated_when, sequence_options(&constraint.options).join(" ")));
            }
            (Ok(ConstrType::ConstrGenerated), _) => {
                let kind = if constraint.generated_kind == "s" { "stored" } else { "virtual" };
                first.push(format!(" generated={} {kind}", expr(&constraint.raw_expr)));
            }
            (Ok(ConstrType::ConstrAttrDeferrable), Some(last)) => last.deferrable = true,
            (Ok(ConstrType::ConstrAttrDeferred), Some(last)) => (last.deferrable, last.initdeferred) = (true, true),
            (Ok(ConstrType::ConstrAttrNotEnforced), Some(last)) => last.is_enforced = false,
            (
                Ok(
                    ConstrType::ConstrAttrNotDeferrable
                    | ConstrType::ConstrAttrImmediate
                    | ConstrType::ConstrAttrEnforced
                    | ConstrType::ConstrAttrDeferrable
                    | ConstrType::ConstrAttrDeferred
                    | ConstrType::ConstrAttrNotEnforced,
                ),
                _,
            ) => {}
            _ => rest.push((**constraint).clone()),
        }
    }
    first.extend(rest.iter().map(|constraint| format!(" [{}]", constraint_def(constraint, column))));
    first
}

pub(super) fn constraint_def(constraint: &Constraint, column: &str) -> String {
    let or_column = |nodes: &[Node]| if nodes.is_empty() { column.to_owned() } else { names_of(nodes) };
    let action = |letter: &str| if letter.is_empty() { "a".to_owned() } else { letter.to_owned() };
    let kind = ConstrType::try_from(constraint.contype);
    let mut out = match kind {
        Ok(ConstrType::ConstrNull) => format!("null {column}"),
        Ok(ConstrType::ConstrNotnull) => format!("not-null {}", or_column(&constraint.keys)),
        Ok(ConstrType::ConstrCheck) => format!("check {}", expr(&constraint.raw_expr)),
        Ok(ConstrType::ConstrPrimary | ConstrType::ConstrUnique) => {
            let word = if constraint.contype == ConstrType::ConstrPrimary as i32 { "primary-key" } else { "unique" };
            let columns = if constraint.indexname.is_empty() { or_column(&constraint.keys) } else { String::new() };
            let mut out = format!("{word} ({columns}) include ({}) using-index={}", names_of(&constraint.including), constraint.indexname);
            if constraint.without_overlaps {
                out.push_str(" without-overlaps");
            }
            if constraint.nulls_not_distinct {
                out.push_str(" nulls-not-distinct");
            }
            out
        }
        Ok(ConstrType::ConstrExclusion) => {
            let elements = constraint.exclusions.iter().map(|element| match &element.node {
                Some(NodeEnum::List(pair)) => match pair.items.as_slice() {
                    [Node { node: Some(NodeEnum::IndexElem(key)) }, operator] => format!("{} with {}", index_key(key), string(operator)),
                    _ => "?".to_owned(),
                },
                _ => "?".to_owned(),
            });
            let elements = elements.collect::<Vec<_>>().join(", ");
            format!("exclude {} ({elements}) include ({}) where={}", constraint.access_method, names_of(&constraint.including), expr(&constraint.where_clause))
        }
        Ok(ConstrType::ConstrForeign) => format!(
            "foreign-key ({}) references {} ({}) on-delete={} ({}) on-update={} match={} period={}",
            or_column(&constraint.fk_attrs),
            relation(&constraint.pktable),
            names_of(&constraint.pk_attrs),
            action(&constraint.fk_del_action),
            names_of(&constraint.fk_del_set_cols),
            action(&constraint.fk_upd_action),
            constraint.fk_matchtype,
            constraint.fk_with_period,
        ),
        _ => "?".to_owned(),
    };
    for option in elements(&constraint.options) {
        out.push_str(&format!(" option {}", super::option(option)));
    }
    if !constraint.indexspace.is_empty() {
        out.push_str(&format!(" tablespace={}", constraint.indexspace));
    }
    if !constraint.conname.is_empty() {
        out = format!("{} = {out}", constraint.conname);
    }
    let enforceable = matches!(kind, Ok(ConstrType::ConstrCheck | ConstrType::ConstrForeign));
    let enforced = constraint.is_enforced || !enforceable;
    for (on, word) in [
        (constraint.skip_validation && column.is_empty() && enforced, " not-valid"),
        (!enforced, " not-enforced"),
        (constraint.is_no_inherit, " no-inherit"),
        (constraint.deferrable, " deferrable"),
        (constraint.initdeferred, " deferred"),
    ] {
        if on {
            out.push_str(word);
        }
    }
    out
}
