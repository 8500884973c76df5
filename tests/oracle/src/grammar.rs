//! PostgreSQL's tree in our words.

use crate::normal;
use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableType, ColumnDef, ConstrType, Constraint, DropBehavior, IndexElem, Node, ObjectType, RangeVar,
    SortByDir, SortByNulls, TransactionStmtKind, TypeName,
};

/// The kind of a statement.
pub(crate) fn kind(tree: &NodeEnum) -> String {
    facts(tree).into_iter().next().unwrap_or_default()
}

pub(crate) fn relation(relation: &Option<RangeVar>) -> String {
    relation.as_ref().map_or(String::from("-"), |relation| qualified(&relation.schemaname, &relation.relname))
}

fn qualified(schema: &str, name: &str) -> String {
    if schema.is_empty() { name.to_owned() } else { format!("{schema}.{name}") }
}

fn string(node: &Node) -> String {
    match &node.node {
        Some(NodeEnum::String(value)) => value.sval.clone(),
        Some(NodeEnum::List(list)) => name(&list.items),
        Some(NodeEnum::TypeName(ty)) => name(&ty.names),
        Some(NodeEnum::ObjectWithArgs(object)) => name(&object.objname),
        Some(NodeEnum::RangeVar(var)) => qualified(&var.schemaname, &var.relname),
        Some(NodeEnum::RoleSpec(role)) => role.rolename.clone(),
        _ => String::from("?"),
    }
}

/// The last two parts of a name; `pg_catalog` is left out, as it is where grammar puts it before built-in types.
fn name(parts: &[Node]) -> String {
    let parts: Vec<_> = parts.iter().map(string).filter(|part| part != "pg_catalog").collect();
    parts[parts.len().saturating_sub(2)..].join(".")
}

fn names(nodes: &[Node]) -> String {
    nodes.iter().map(string).collect::<Vec<_>>().join(",")
}

fn expr(node: &Option<Box<Node>>) -> String {
    node.as_ref().map_or(String::new(), |node| normal::node(node))
}

fn ty(ty: &TypeName) -> String {
    let modifiers: Vec<_> = ty.typmods.iter().map(normal::node).collect();
    let modifiers = if name(&ty.names) == "interval" { String::new() } else { modifiers.join(",") };
    format!("{}({}){}", name(&ty.names), modifiers, "[]".repeat(ty.array_bounds.len()))
}

fn flag(on: bool, name: &str, out: &mut Vec<String>) {
    if on {
        out.push(name.to_owned());
    }
}

fn cascade(behavior: i32, out: &mut Vec<String>) {
    flag(behavior == DropBehavior::DropCascade as i32, "cascade", out);
}

/// The statement in our words: its kind, then its operands.
pub(crate) fn facts(tree: &NodeEnum) -> Vec<String> {
    let mut out = Vec::new();
    match tree {
        NodeEnum::CreateStmt(create) => create_table(create, &mut out),
        NodeEnum::CreateForeignTableStmt(create) => {
            if let Some(base) = &create.base_stmt {
                create_table(base, &mut out);
            }
            flag(true, "foreign", &mut out);
        }
        NodeEnum::CreateTableAsStmt(create) if create.is_select_into => out.push("Query".into()),
        NodeEnum::CreateTableAsStmt(create) => {
            let into = create.into.as_deref();
            let target = into.and_then(|into| into.rel.clone());
            let materialized = create.objtype == ObjectType::ObjectMatview as i32;
            out.push(if materialized { "CreateView" } else { "CreateTable" }.into());
            out.push(format!("name {}", relation(&target)));
            flag(create.if_not_exists, "if-not-exists", &mut out);
            flag(materialized, "materialized", &mut out);
            flag(!materialized, "as", &mut out);
            flag(into.is_some_and(|into| into.skip_data), "no-data", &mut out);
        }
        NodeEnum::ViewStmt(view) => {
            out.push("CreateView".into());
            out.push(format!("name {}", relation(&view.view)));
            flag(view.replace, "or-replace", &mut out);
            if !view.aliases.is_empty() {
                out.push(format!("columns {}", names(&view.aliases)));
            }
        }
        NodeEnum::AlterTableStmt(alter) => {
            if alter.objtype == ObjectType::ObjectType as i32 {
                out.push("AlterType".into());
                out.push(format!("name {}", relation(&alter.relation)));
                return out;
            }
            out.push("AlterRelation".into());
            out.push(format!("name {}", relation(&alter.relation)));
            flag(alter.missing_ok, "if-exists", &mut out);
            flag(alter.relation.as_ref().is_some_and(|relation| !relation.inh), "only", &mut out);
            for command in &alter.cmds {
                if let Some(NodeEnum::AlterTableCmd(command)) = &command.node {
                    out.push(action(command));
                }
            }
        }
        NodeEnum::RenameStmt(rename) => rename_facts(rename, &mut out),
        NodeEnum::AlterObjectSchemaStmt(alter) => match ObjectType::try_from(alter.object_type) {
            Ok(ObjectType::ObjectTable | ObjectType::ObjectView | ObjectType::ObjectMatview | ObjectType::ObjectSequence | ObjectType::ObjectForeignTable | ObjectType::ObjectIndex) => {
                out.push("AlterRelation".into());
                out.push(format!("name {}", relation(&alter.relation)));
                flag(alter.missing_ok, "if-exists", &mut out);
                flag(alter.relation.as_ref().is_some_and(|relation| !relation.inh), "only", &mut out);
                out.push(format!("set-schema {}", alter.newschema));
            }
            Ok(ObjectType::ObjectType) => out.push("AlterType".into()),
            Ok(ObjectType::ObjectDomain) => out.push("AlterDomain".into()),
            _ => out.push("AlterObject".into()),
        },
        NodeEnum::IndexStmt(index) => {
            out.push("CreateIndex".into());
            out.push(format!("table {}", relation(&index.relation)));
            out.push(format!("name {}", index.idxname));
            flag(index.relation.as_ref().is_some_and(|relation| !relation.inh), "only", &mut out);
            flag(index.unique, "unique", &mut out);
            flag(index.concurrent, "concurrently", &mut out);
            flag(index.if_not_exists, "if-not-exists", &mut out);
            flag(index.nulls_not_distinct, "nulls-not-distinct", &mut out);
            out.push(format!("method {}", index.access_method));
            for key in &index.index_params {
                if let Some(NodeEnum::IndexElem(key)) = &key.node {
                    out.push(format!("key {}", index_key(key)));
                }
            }
            for column in &index.index_including_params {
                if let Some(NodeEnum::IndexElem(column)) = &column.node {
                    out.push(format!("include {}", column.name));
                }
            }
            if index.where_clause.is_some() {
                out.push(format!("where {}", expr(&index.where_clause)));
            }
            if !index.table_space.is_empty() {
                out.push(format!("tablespace {}", index.table_space));
            }
        }
        NodeEnum::DropStmt(drop) => {
            let on_table = matches!(
                ObjectType::try_from(drop.remove_type),
                Ok(ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule)
            );
            out.push(if on_table { "DropOnTable" } else { "Drop" }.into());
            for object in &drop.objects {
                if let (true, Some(NodeEnum::List(parts))) = (on_table, &object.node) {
                    let parts: Vec<_> = parts.items.iter().map(string).collect();
                    let (part, table) = parts.split_last().map_or((String::new(), &[][..]), |(last, rest)| (last.clone(), rest));
                    out.push(format!("name {part}"));
                    out.push(format!("table {}", table[table.len().saturating_sub(2)..].join(".")));
                } else if !matches!(ObjectType::try_from(drop.remove_type), Ok(ObjectType::ObjectCast | ObjectType::ObjectTransform | ObjectType::ObjectOpclass | ObjectType::ObjectOpfamily | ObjectType::ObjectOperator)) {
                    out.push(format!("name {}", string(object)));
                }
            }
            flag(drop.missing_ok, "if-exists", &mut out);
            flag(drop.concurrent, "concurrently", &mut out);
            cascade(drop.behavior, &mut out);
        }
        NodeEnum::TruncateStmt(truncate) => {
            out.push("Truncate".into());
            out.extend(truncate.relations.iter().map(|table| format!("table {}", string(table))));
            flag(truncate.restart_seqs, "restart-identity", &mut out);
            cascade(truncate.behavior, &mut out);
        }
        NodeEnum::InsertStmt(insert) => {
            out.push("Insert".into());
            out.push(format!("table {}", relation(&insert.relation)));
            out.push(format!("columns {}", targets(&insert.cols)));
            flag(insert.on_conflict_clause.is_some(), "on-conflict", &mut out);
            flag(insert.returning_clause.is_some(), "returning", &mut out);
            if let Some(NodeEnum::SelectStmt(select)) = insert.select_stmt.as_ref().and_then(|select| select.node.as_ref())
                && !select.values_lists.is_empty()
            {
                out.push(format!("rows {}", select.values_lists.len()));
            }
        }
        NodeEnum::UpdateStmt(update) => {
            out.push("Update".into());
            out.push(format!("table {}", relation(&update.relation)));
            out.push(format!("columns {}", targets(&update.target_list)));
            if !matches!(update.where_clause.as_ref().and_then(|clause| clause.node.as_ref()), None | Some(NodeEnum::CurrentOfExpr(_))) {
                out.push(format!("where {}", expr(&update.where_clause)));
            }
            flag(update.returning_clause.is_some(), "returning", &mut out);
        }
        NodeEnum::DeleteStmt(delete) => {
            out.push("Delete".into());
            out.push(format!("table {}", relation(&delete.relation)));
            if !matches!(delete.where_clause.as_ref().and_then(|clause| clause.node.as_ref()), None | Some(NodeEnum::CurrentOfExpr(_))) {
                out.push(format!("where {}", expr(&delete.where_clause)));
            }
            flag(delete.returning_clause.is_some(), "returning", &mut out);
        }
        NodeEnum::MergeStmt(merge) => {
            out.push("Merge".into());
            out.push(format!("table {}", relation(&merge.relation)));
        }
        NodeEnum::CopyStmt(copy) => {
            out.push("Copy".into());
            out.push(format!("table {}", relation(&copy.relation)));
            out.push(format!("columns {}", names(&copy.attlist)));
            flag(copy.is_from, "from", &mut out);
        }
        NodeEnum::SelectStmt(_) => out.push("Query".into()),
        NodeEnum::ExplainStmt(_) => out.push("Explain".into()),
        NodeEnum::PrepareStmt(_) => out.push("Prepare".into()),
        NodeEnum::ExecuteStmt(_) => out.push("Execute".into()),
        NodeEnum::CallStmt(_) => out.push("Call".into()),
        NodeEnum::DoStmt(_) => out.push("Do".into()),
        NodeEnum::TransactionStmt(transaction) => {
            out.push("Transaction".into());
            out.push(
                match TransactionStmtKind::try_from(transaction.kind) {
                    Ok(TransactionStmtKind::TransStmtBegin | TransactionStmtKind::TransStmtStart) => "begin".into(),
                    Ok(TransactionStmtKind::TransStmtCommit) => format!("commit {}", transaction.chain),
                    Ok(TransactionStmtKind::TransStmtRollback) => format!("rollback {}", transaction.chain),
                    Ok(TransactionStmtKind::TransStmtSavepoint) => format!("savepoint {}", transaction.savepoint_name),
                    Ok(TransactionStmtKind::TransStmtRelease) => format!("release {}", transaction.savepoint_name),
                    Ok(TransactionStmtKind::TransStmtRollbackTo) => format!("rollback-to {}", transaction.savepoint_name),
                    Ok(TransactionStmtKind::TransStmtPrepare) => "prepare".into(),
                    Ok(TransactionStmtKind::TransStmtCommitPrepared) => "commit-prepared".into(),
                    Ok(TransactionStmtKind::TransStmtRollbackPrepared) => "rollback-prepared".into(),
                    _ => "?".to_owned(),
                },
            );
        }
        NodeEnum::VariableSetStmt(set) => {
            if set.name.starts_with("TRANSACTION") || set.name.starts_with("SESSION CHARACTERISTICS") {
                out.push("Transaction".into());
                out.push("characteristics".into());
            } else {
                out.push("Set".into());
                flag(set.is_local, "local", &mut out);
                if set.kind != pg_query::protobuf::VariableSetKind::VarResetAll as i32 {
                    out.push(format!("name {}", set.name.to_lowercase()));
                }
            }
        }
        NodeEnum::DiscardStmt(_) => out.push("Set".into()),
        NodeEnum::AlterSystemStmt(_) => out.push("AlterSystem".into()),
        NodeEnum::ConstraintsSetStmt(_) => out.extend(["Transaction".to_owned(), "characteristics".to_owned()]),
        NodeEnum::CreateSeqStmt(create) => {
            out.push("CreateSequence".into());
            out.push(format!("name {}", relation(&create.sequence)));
            flag(create.if_not_exists, "if-not-exists", &mut out);
        }
        NodeEnum::AlterSeqStmt(alter) => {
            out.push("AlterRelation".into());
            out.push(format!("name {}", relation(&alter.sequence)));
            flag(alter.missing_ok, "if-exists", &mut out);
            out.push("sequence-options".into());
        }
        NodeEnum::CreateEnumStmt(create) => {
            out.push("CreateType".into());
            out.push(format!("name {}", name(&create.type_name)));
            out.push(format!("labels {}", names(&create.vals)));
        }
        NodeEnum::CompositeTypeStmt(create) => {
            out.push("CreateType".into());
            out.push(format!("name {}", relation(&create.typevar)));
        }
        NodeEnum::CreateRangeStmt(create) => {
            out.push("CreateType".into());
            out.push(format!("name {}", name(&create.type_name)));
        }
        NodeEnum::AlterEnumStmt(alter) => {
            out.push("AlterType".into());
            out.push(format!("name {}", name(&alter.type_name)));
            if alter.old_val.is_empty() {
                out.push(format!("add-value {}", alter.new_val));
            } else {
                out.push(format!("rename-value {} {}", alter.old_val, alter.new_val));
            }
        }
        NodeEnum::AlterTypeStmt(_) => out.push("AlterType".into()),
        NodeEnum::CreateDomainStmt(create) => {
            out.push("CreateDomain".into());
            out.push(format!("name {}", name(&create.domainname)));
            out.push(format!("type {}", create.type_name.as_ref().map_or(String::new(), ty)));
        }
        NodeEnum::AlterDomainStmt(alter) => {
            out.push("AlterDomain".into());
            out.push(format!("name {}", name(&alter.type_name)));
        }
        NodeEnum::CreateSchemaStmt(create) => {
            out.push("CreateSchema".into());
            out.push(format!("name {}", create.schemaname));
            flag(create.if_not_exists, "if-not-exists", &mut out);
        }
        NodeEnum::CreateFunctionStmt(create) => {
            out.push("CreateFunction".into());
            out.push(format!("name {}", name(&create.funcname)));
            flag(create.is_procedure, "procedure", &mut out);
            flag(create.replace, "or-replace", &mut out);
        }
        NodeEnum::CreateTrigStmt(create) => {
            out.push("CreateTrigger".into());
            out.push(format!("name {}", create.trigname));
            out.push(format!("table {}", relation(&create.relation)));
            out.push(format!("function {}", name(&create.funcname)));
            flag(create.replace, "or-replace", &mut out);
            flag(create.row, "row", &mut out);
            if !create.columns.is_empty() {
                out.push(format!("columns {}", names(&create.columns)));
            }
        }
        NodeEnum::CreatePolicyStmt(policy) => {
            out.push("Policy".into());
            out.push(format!("name {}", policy.policy_name));
            out.push(format!("table {}", relation(&policy.table)));
            if policy.qual.is_some() {
                out.push(format!("using {}", expr(&policy.qual)));
            }
            if policy.with_check.is_some() {
                out.push(format!("check {}", expr(&policy.with_check)));
            }
        }
        NodeEnum::AlterPolicyStmt(policy) => {
            out.push("Policy".into());
            out.push(format!("name {}", policy.policy_name));
            out.push(format!("table {}", relation(&policy.table)));
            if policy.qual.is_some() {
                out.push(format!("using {}", expr(&policy.qual)));
            }
            if policy.with_check.is_some() {
                out.push(format!("check {}", expr(&policy.with_check)));
            }
        }
        NodeEnum::RuleStmt(rule) => {
            out.push("CreateRule".into());
            out.push(format!("name {}", rule.rulename));
            out.push(format!("table {}", relation(&rule.relation)));
            flag(rule.instead, "instead", &mut out);
        }
        NodeEnum::CreateExtensionStmt(create) => {
            out.push("CreateExtension".into());
            out.push(format!("name {}", create.extname));
            flag(create.if_not_exists, "if-not-exists", &mut out);
        }
        NodeEnum::CreateStatsStmt(_) => out.push("CreateStatistics".into()),
        NodeEnum::CreatePublicationStmt(create) => {
            out.push("Publication".into());
            out.push(format!("name {}", create.pubname));
        }
        NodeEnum::AlterPublicationStmt(alter) => {
            out.push("Publication".into());
            out.push(format!("name {}", alter.pubname));
        }
        NodeEnum::ReindexStmt(reindex) => {
            out.push("Reindex".into());
            out.push(format!("name {}", if reindex.relation.is_some() { relation(&reindex.relation) } else { reindex.name.clone() }));
        }
        NodeEnum::ClusterStmt(cluster) => {
            out.push("Cluster".into());
            out.push(format!("table {}", relation(&cluster.relation)));
            out.push(format!("index {}", cluster.indexname));
        }
        NodeEnum::VacuumStmt(vacuum) => {
            out.push(if vacuum.is_vacuumcmd { "Vacuum" } else { "Analyze" }.into());
            for relation_ in &vacuum.rels {
                if let Some(NodeEnum::VacuumRelation(table)) = &relation_.node {
                    out.push(format!("table {}", relation(&table.relation)));
                }
            }
        }
        NodeEnum::RefreshMatViewStmt(refresh) => {
            out.push("Refresh".into());
            out.push(format!("name {}", relation(&refresh.relation)));
            flag(refresh.concurrent, "concurrently", &mut out);
            flag(refresh.skip_data, "no-data", &mut out);
        }
        NodeEnum::LockStmt(lock) => {
            out.push("Lock".into());
            out.extend(lock.relations.iter().map(|table| format!("table {}", string(table))));
            out.push(format!("mode {}", lock.mode));
            flag(lock.nowait, "nowait", &mut out);
        }
        NodeEnum::CommentStmt(_) | NodeEnum::SecLabelStmt(_) => out.push("Comment".into()),
        NodeEnum::GrantStmt(grant) => {
            out.push("Grant".into());
            flag(!grant.is_grant, "revoke", &mut out);
            out.extend(grant.objects.iter().map(|object| format!("on {}", string(object))));
        }
        NodeEnum::GrantRoleStmt(grant) => {
            out.push("Grant".into());
            flag(!grant.is_grant, "revoke", &mut out);
        }
        NodeEnum::AlterDefaultPrivilegesStmt(alter) => {
            out.push("Grant".into());
            flag(alter.action.as_ref().is_some_and(|grant| !grant.is_grant), "revoke", &mut out);
        }
        NodeEnum::VariableShowStmt(_)
        | NodeEnum::ListenStmt(_)
        | NodeEnum::NotifyStmt(_)
        | NodeEnum::UnlistenStmt(_)
        | NodeEnum::CheckPointStmt(_)
        | NodeEnum::LoadStmt(_)
        | NodeEnum::DeclareCursorStmt(_)
        | NodeEnum::FetchStmt(_)
        | NodeEnum::ClosePortalStmt(_)
        | NodeEnum::ImportForeignSchemaStmt(_)
        | NodeEnum::DeallocateStmt(_) => out.push("Nothing".into()),
        NodeEnum::AlterOwnerStmt(alter) if alter.object_type == ObjectType::ObjectPublication as i32 => {
            out.push("Publication".into());
            out.push(format!("name {}", alter.object.as_deref().map_or(String::new(), string)));
        }
        NodeEnum::AlterOwnerStmt(alter) => out.push(
            match ObjectType::try_from(alter.object_type) {
                Ok(ObjectType::ObjectType) => "AlterType",
                Ok(ObjectType::ObjectDomain) => "AlterDomain",
                _ => "AlterObject",
            }
            .into(),
        ),
        NodeEnum::DefineStmt(define) if define.kind == ObjectType::ObjectType as i32 => {
            out.push("CreateType".into());
            out.push(format!("name {}", name(&define.defnames)));
        }
        other => {
            let debug = format!("{other:?}");
            let variant = debug.split('(').next().unwrap_or("");
            out.push(
                if variant.starts_with("Drop") || variant == "DropOwnedStmt" {
                    "Drop"
                } else if variant.starts_with("Create") || variant == "DefineStmt" {
                    "CreateObject"
                } else if variant.starts_with("Alter") || variant == "ReassignOwnedStmt" {
                    "AlterObject"
                } else {
                    return vec![variant.to_owned()];
                }
                .into(),
            );
        }
    }
    out
}

fn targets(targets: &[Node]) -> String {
    let names: Vec<_> = targets
        .iter()
        .filter_map(|target| match &target.node {
            Some(NodeEnum::ResTarget(target)) => Some(target.name.clone()),
            _ => None,
        })
        .collect();
    names.join(",")
}

fn index_key(key: &IndexElem) -> String {
    let what = if key.name.is_empty() { expr(&key.expr) } else { key.name.clone() };
    let descending = if key.ordering == SortByDir::SortbyDesc as i32 { " desc" } else { "" };
    let nulls = match SortByNulls::try_from(key.nulls_ordering) {
        Ok(SortByNulls::SortbyNullsFirst) => " nulls-first",
        Ok(SortByNulls::SortbyNullsLast) => " nulls-last",
        _ => "",
    };
    format!("{what} collate={} opclass={}{descending}{nulls}", name(&key.collation), name(&key.opclass))
}

fn create_table(create: &pg_query::protobuf::CreateStmt, out: &mut Vec<String>) {
    out.push("CreateTable".into());
    out.push(format!("name {}", relation(&create.relation)));
    flag(create.if_not_exists, "if-not-exists", out);
    flag(create.relation.as_ref().is_some_and(|relation| relation.relpersistence == "t"), "temporary", out);
    flag(create.relation.as_ref().is_some_and(|relation| relation.relpersistence == "u"), "unlogged", out);
    let mut constraints = Vec::new();
    for element in &create.table_elts {
        match &element.node {
            Some(NodeEnum::ColumnDef(column)) => out.push(format!("column {}", column_def(column))),
            Some(NodeEnum::Constraint(constraint)) => constraints.push(constraint_def(constraint, "")),
            Some(NodeEnum::TableLikeClause(like)) => out.push(format!("like {}", relation(&like.relation))),
            _ => {}
        }
    }
    out.extend(constraints.into_iter().map(|constraint| format!("constraint {constraint}")));
    if let Some(bound) = &create.partbound {
        let parents = create.inh_relations.iter().map(string).collect::<Vec<_>>().join(",");
        out.push(format!("partition-of {parents} default={}", bound.is_default));
    } else {
        out.extend(create.inh_relations.iter().map(|parent| format!("inherits {}", string(parent))));
    }
    if let Some(spec) = &create.partspec {
        out.push(format!("partition-by {}", spec.part_params.len()));
    }
    if let Some(of) = &create.of_typename {
        out.push(format!("of {}", name(&of.names)));
    }
}

fn column_def(column: &ColumnDef) -> String {
    let mut out = format!("{} {}", column.colname, column.type_name.as_ref().map_or(String::new(), ty));
    // Attributes such as DEFERRABLE stand beside the constraint that they belong to.
    let mut constraints: Vec<String> = Vec::new();
    for constraint in &column.constraints {
        let Some(NodeEnum::Constraint(constraint)) = &constraint.node else { continue };
        match ConstrType::try_from(constraint.contype) {
            Ok(ConstrType::ConstrDefault) => out.push_str(&format!(" default={}", expr(&constraint.raw_expr))),
            Ok(ConstrType::ConstrIdentity) => out.push_str(&format!(" identity={}", constraint.generated_when)),
            Ok(ConstrType::ConstrGenerated) => {
                out.push_str(&format!(" generated={}", expr(&constraint.raw_expr)));
            }
            Ok(
                ConstrType::ConstrAttrDeferrable
                | ConstrType::ConstrAttrNotDeferrable
                | ConstrType::ConstrAttrDeferred
                | ConstrType::ConstrAttrImmediate
                | ConstrType::ConstrAttrEnforced
                | ConstrType::ConstrAttrNotEnforced,
            ) => {}
            _ => constraints.push(constraint_def(constraint, &column.colname)),
        }
    }
    for constraint in constraints {
        out.push_str(&format!(" [{constraint}]"));
    }
    out
}

fn constraint_def(constraint: &Constraint, column: &str) -> String {
    let or_column = |nodes: &[Node]| if nodes.is_empty() { column.to_owned() } else { names(nodes) };
    let mut out = match ConstrType::try_from(constraint.contype) {
        Ok(ConstrType::ConstrNull) => format!("null {column}"),
        Ok(ConstrType::ConstrNotnull) => format!("not-null {}", or_column(&constraint.keys)),
        Ok(ConstrType::ConstrCheck) => format!("check {}", expr(&constraint.raw_expr)),
        Ok(ConstrType::ConstrPrimary | ConstrType::ConstrUnique) => {
            let word = if constraint.contype == ConstrType::ConstrPrimary as i32 { "primary-key" } else { "unique" };
            let columns = if constraint.indexname.is_empty() { or_column(&constraint.keys) } else { String::new() };
            format!("{word} ({columns}) include ({}) using-index={}", names(&constraint.including), constraint.indexname)
        }
        Ok(ConstrType::ConstrExclusion) => "exclude".to_owned(),
        Ok(ConstrType::ConstrForeign) => format!(
            "foreign-key ({}) references {} ({}) on-delete={}",
            or_column(&constraint.fk_attrs),
            relation(&constraint.pktable),
            names(&constraint.pk_attrs),
            constraint.fk_del_action
        ),
        _ => "?".to_owned(),
    };
    if !constraint.conname.is_empty() {
        out = format!("{} = {out}", constraint.conname);
    }
    if constraint.skip_validation && column.is_empty() && constraint.is_enforced {
        out.push_str(" not-valid");
    }
    out
}

fn def_column(command: &AlterTableCmd) -> Option<&ColumnDef> {
    match &command.def.as_ref()?.node {
        Some(NodeEnum::ColumnDef(column)) => Some(column),
        _ => None,
    }
}

fn action(command: &AlterTableCmd) -> String {
    use AlterTableType as At;
    let cascade = if command.behavior == DropBehavior::DropCascade as i32 { " cascade" } else { "" };
    let if_exists = if command.missing_ok { " if-exists" } else { "" };
    let column = &command.name;
    match At::try_from(command.subtype) {
        Ok(At::AtAddColumn) => {
            format!("add-column{} {}", if command.missing_ok { " if-not-exists" } else { "" }, def_column(command).map_or(String::new(), column_def))
        }
        Ok(At::AtDropColumn) => format!("drop-column {column}{if_exists}{cascade}"),
        Ok(At::AtAlterColumnType) => {
            let definition = def_column(command);
            let using = definition.map_or(String::new(), |definition| expr(&definition.raw_default));
            format!("set-type {column} {} using={using}", definition.and_then(|definition| definition.type_name.as_ref()).map_or(String::new(), ty))
        }
        Ok(At::AtColumnDefault) => match &command.def {
            Some(_) => format!("set-default {column} {}", expr(&command.def)),
            None => format!("drop-default {column}"),
        },
        Ok(At::AtSetNotNull) => format!("set-not-null {column}"),
        Ok(At::AtDropNotNull) => format!("drop-not-null {column}"),
        Ok(At::AtSetExpression) => format!("set-expression {column} {}", expr(&command.def)),
        Ok(At::AtDropExpression) => format!("drop-expression {column}"),
        Ok(At::AtAddIdentity) => format!("add-identity {column}"),
        Ok(At::AtSetIdentity) => format!("set-identity {column}"),
        Ok(At::AtDropIdentity) => format!("drop-identity {column}"),
        Ok(At::AtSetStatistics) => format!("set-statistics {}", if column.is_empty() { command.num.to_string() } else { column.clone() }),
        Ok(At::AtSetStorage) => format!("set-storage {column}"),
        Ok(At::AtSetCompression) => format!("set-compression {column}"),
        Ok(At::AtSetOptions | At::AtResetOptions | At::AtAlterColumnGenericOptions) => format!("set-column-options {column}"),
        Ok(At::AtAddConstraint) => match command.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::Constraint(constraint)) => format!("add-constraint {}", constraint_def(constraint, "")),
            _ => "?".to_owned(),
        },
        Ok(At::AtAlterConstraint) => match command.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::AtalterConstraint(alter)) => format!("alter-constraint {}", alter.conname),
            _ => format!("alter-constraint {column}"),
        },
        Ok(At::AtValidateConstraint) => format!("validate-constraint {column}"),
        Ok(At::AtDropConstraint) => format!("drop-constraint {column}{if_exists}{cascade}"),
        Ok(At::AtAttachPartition) => format!("attach-partition {}", partition(command)),
        Ok(At::AtDetachPartition) => format!("detach-partition {}", partition(command)),
        Ok(At::AtDetachPartitionFinalize) => format!("detach-partition {} finalize", partition(command)),
        Ok(At::AtAddInherit) => format!("inherit {}", command.def.as_deref().map_or(String::new(), string)),
        Ok(At::AtDropInherit) => format!("no-inherit {}", command.def.as_deref().map_or(String::new(), string)),
        Ok(At::AtAddOf) => "of".to_owned(),
        Ok(At::AtDropOf) => "not-of".to_owned(),
        Ok(At::AtEnableTrig) => format!("trigger enable {column}"),
        Ok(At::AtEnableAlwaysTrig) => format!("trigger enable always {column}"),
        Ok(At::AtEnableReplicaTrig) => format!("trigger enable replica {column}"),
        Ok(At::AtDisableTrig) => format!("trigger disable {column}"),
        Ok(At::AtEnableTrigAll | At::AtEnableTrigUser) => "trigger enable -".to_owned(),
        Ok(At::AtDisableTrigAll | At::AtDisableTrigUser) => "trigger disable -".to_owned(),
        Ok(At::AtEnableRule) => format!("rule enable {column}"),
        Ok(At::AtEnableAlwaysRule) => format!("rule enable always {column}"),
        Ok(At::AtEnableReplicaRule) => format!("rule enable replica {column}"),
        Ok(At::AtDisableRule) => format!("rule disable {column}"),
        Ok(At::AtEnableRowSecurity) => "row-security Enable".to_owned(),
        Ok(At::AtDisableRowSecurity) => "row-security Disable".to_owned(),
        Ok(At::AtForceRowSecurity) => "row-security Force".to_owned(),
        Ok(At::AtNoForceRowSecurity) => "row-security NoForce".to_owned(),
        Ok(At::AtReplicaIdentity) => "replica-identity".to_owned(),
        Ok(At::AtClusterOn) => format!("cluster-on {column}"),
        Ok(At::AtDropCluster) => "set-without-cluster".to_owned(),
        Ok(At::AtDropOids) => "set-without-oids".to_owned(),
        Ok(At::AtSetTableSpace) => format!("set-tablespace {column}"),
        Ok(At::AtSetAccessMethod) => format!("set-access-method {column}"),
        Ok(At::AtSetLogged) => "set-logged".to_owned(),
        Ok(At::AtSetUnLogged) => "set-unlogged".to_owned(),
        Ok(At::AtSetRelOptions) => "set-options".to_owned(),
        Ok(At::AtResetRelOptions) => "reset-options".to_owned(),
        Ok(At::AtChangeOwner) => "owner".to_owned(),
        Ok(At::AtGenericOptions) => "foreign-options".to_owned(),
        other => format!("{other:?}"),
    }
}

fn partition(command: &AlterTableCmd) -> String {
    match command.def.as_ref().and_then(|def| def.node.as_ref()) {
        Some(NodeEnum::PartitionCmd(partition)) => {
            format!("{}{}", relation(&partition.name), if partition.concurrent { " concurrently" } else { "" })
        }
        _ => "?".to_owned(),
    }
}

fn rename_facts(rename: &pg_query::protobuf::RenameStmt, out: &mut Vec<String>) {
    let relation_facts = |out: &mut Vec<String>, action: String| {
        out.push("AlterRelation".into());
        out.push(format!("name {}", relation(&rename.relation)));
        flag(rename.missing_ok, "if-exists", out);
        flag(rename.relation.as_ref().is_some_and(|relation| !relation.inh), "only", out);
        out.push(action);
    };
    match ObjectType::try_from(rename.rename_type) {
        Ok(
            ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable
            | ObjectType::ObjectIndex,
        ) => relation_facts(out, format!("rename-to {}", rename.newname)),
        Ok(ObjectType::ObjectColumn) => relation_facts(out, format!("rename-column {} {}", rename.subname, rename.newname)),
        Ok(ObjectType::ObjectTabconstraint) => relation_facts(out, format!("rename-constraint {} {}", rename.subname, rename.newname)),
        Ok(ObjectType::ObjectType | ObjectType::ObjectAttribute) => out.push("AlterType".into()),
        Ok(ObjectType::ObjectDomain | ObjectType::ObjectDomconstraint) => out.push("AlterDomain".into()),
        Ok(ObjectType::ObjectPublication) => {
            out.push("Publication".into());
            out.push(format!("name {}", rename.object.as_deref().map_or(String::new(), string)));
        }
        Ok(ObjectType::ObjectPolicy) => {
            out.push("Policy".into());
            out.push(format!("name {}", rename.subname));
            out.push(format!("table {}", relation(&rename.relation)));
        }
        _ => out.push("AlterObject".into()),
    }
}
