//! `DROP`, `COMMENT`, maintenance, transactions, settings, and everything of which only kind and name matter.

use super::row::use_of;
use super::*;
use pg_query::protobuf::{ReindexObjectType, TransactionStmtKind, VariableSetKind, VariableSetStmt};
use serde_json::Value;

pub(super) fn facts(tree: &NodeEnum, out: &mut Out) -> bool {
    match tree {
        NodeEnum::DropStmt(drop) => {
            let kind = object_kind(drop.remove_type);
            let on_table = matches!(kind, "trigger" | "policy" | "rule");
            out.add(if on_table { "DropOnTable" } else { "Drop" });
            out.add(format!("kind {kind}"));
            for object in &drop.objects {
                named(kind, object, out);
            }
            out.flag(drop.missing_ok, "if-exists");
            out.flag(drop.concurrent, "concurrently");
            out.cascade(drop.behavior);
        }
        NodeEnum::DropRoleStmt(drop) => dropped("role", &drop.roles, drop.missing_ok, 0, out),
        NodeEnum::DropdbStmt(drop) => dropped_name("database", &drop.dbname, drop.missing_ok, out),
        NodeEnum::DropTableSpaceStmt(drop) => dropped_name("tablespace", &drop.tablespacename, drop.missing_ok, out),
        NodeEnum::DropSubscriptionStmt(drop) => {
            dropped_name("subscription", &drop.subname, drop.missing_ok, out);
            out.cascade(drop.behavior);
        }
        NodeEnum::DropUserMappingStmt(drop) => dropped_name("user mapping", "", drop.missing_ok, out),
        NodeEnum::DropOwnedStmt(drop) => dropped("owned objects", &drop.roles, false, drop.behavior, out),
        NodeEnum::CommentStmt(comment) => {
            out.add("Comment");
            comment_on(comment.objtype, comment.object.as_deref(), &comment.comment, out);
        }
        NodeEnum::SecLabelStmt(label) => {
            out.add("Comment");
            out.add("label");
            comment_on(label.objtype, label.object.as_deref(), &label.label, out);
        }
        NodeEnum::TransactionStmt(transaction) => {
            use TransactionStmtKind as Kind;
            out.add("Transaction");
            out.add(match TransactionStmtKind::try_from(transaction.kind) {
                Ok(Kind::TransStmtBegin | Kind::TransStmtStart) => "begin".into(),
                Ok(Kind::TransStmtCommit) => format!("commit {}", transaction.chain),
                Ok(Kind::TransStmtRollback) => format!("rollback {}", transaction.chain),
                Ok(Kind::TransStmtSavepoint) => format!("savepoint {}", transaction.savepoint_name),
                Ok(Kind::TransStmtRelease) => format!("release {}", transaction.savepoint_name),
                Ok(Kind::TransStmtRollbackTo) => format!("rollback-to {}", transaction.savepoint_name),
                Ok(Kind::TransStmtPrepare) => "prepare".into(),
                Ok(Kind::TransStmtCommitPrepared) => "commit-prepared".into(),
                Ok(Kind::TransStmtRollbackPrepared) => "rollback-prepared".into(),
                _ => "?".to_owned(),
            });
        }
        NodeEnum::VariableSetStmt(set) if set.name.starts_with("TRANSACTION") || set.name.starts_with("SESSION CHARACTERISTICS") => {
            out.add("Transaction");
            out.add("characteristics");
        }
        NodeEnum::VariableSetStmt(set) => {
            out.add("Set");
            out.flag(set.is_local, "local");
            out.add(setting(set));
        }
        NodeEnum::DiscardStmt(discard) if discard.target == pg_query::protobuf::DiscardMode::DiscardAll as i32 => {
            out.add("Set");
            out.add("set all default");
        }
        NodeEnum::AlterSystemStmt(alter) => {
            out.add("AlterSystem");
            out.add(alter.setstmt.as_ref().map_or(String::new(), setting));
        }
        NodeEnum::ConstraintsSetStmt(_) => {
            out.add("Transaction");
            out.add("characteristics");
        }
        NodeEnum::CreateExtensionStmt(create) => {
            out.add("CreateExtension");
            out.add(format!("name {}", create.extname));
            out.flag(create.if_not_exists, "if-not-exists");
            for option in elements(&create.options) {
                let text = option.arg.as_deref().map_or(String::new(), string);
                match option.defname.as_str() {
                    "schema" => out.add(format!("schema {text}")),
                    "new_version" => out.add(format!("version {text}")),
                    "cascade" => out.add("cascade"),
                    _ => {}
                }
            }
        }
        NodeEnum::CreatePublicationStmt(create) => {
            out.add("Publication");
            out.add(format!("name {}", create.pubname));
            out.add("action Create");
            publication_objects(&create.pubobjects, out);
            out.flag(create.for_all_tables, "all-tables");
            options(&create.options, out);
        }
        NodeEnum::AlterPublicationStmt(alter) => {
            use pg_query::protobuf::AlterPublicationAction as Action;
            out.add("Publication");
            out.add(format!("name {}", alter.pubname));
            if alter.options.is_empty() {
                out.add(match Action::try_from(alter.action) {
                    Ok(Action::ApAddObjects) => "action Add",
                    Ok(Action::ApDropObjects) => "action Drop",
                    _ => "action Set",
                });
            }
            publication_objects(&alter.pubobjects, out);
            options(&alter.options, out);
        }
        NodeEnum::ReindexStmt(reindex) => {
            out.add("Reindex");
            let (kind, name) = match ReindexObjectType::try_from(reindex.kind) {
                Ok(ReindexObjectType::ReindexObjectIndex) => ("index", relation(&reindex.relation)),
                Ok(ReindexObjectType::ReindexObjectTable) => ("table", relation(&reindex.relation)),
                Ok(ReindexObjectType::ReindexObjectSchema) => ("schema", reindex.name.clone()),
                Ok(ReindexObjectType::ReindexObjectSystem) => ("system", reindex.name.clone()),
                _ => ("database", reindex.name.clone()),
            };
            out.add(format!("kind {kind}"));
            out.add(format!("name {name}"));
            let concurrently = elements(&reindex.params).filter(|option| option.defname == "concurrently").last();
            let off = |option: &DefElem| ["false", "off", "0"].contains(&value(option).as_str());
            out.flag(concurrently.is_some_and(|option| !off(option)), "concurrently");
            for option in elements(&reindex.params).filter(|option| option.defname != "concurrently") {
                out.add(format!("option {}", super::option(option)));
            }
        }
        NodeEnum::ClusterStmt(cluster) => {
            out.add("Cluster");
            out.add(format!("table {}", relation(&cluster.relation)));
            out.add(format!("index {}", cluster.indexname));
            options(&cluster.params, out);
        }
        NodeEnum::VacuumStmt(vacuum) => {
            out.add(if vacuum.is_vacuumcmd { "Vacuum" } else { "Analyze" });
            let mut columns = Vec::new();
            for table in &vacuum.rels {
                let Some(NodeEnum::VacuumRelation(table)) = &table.node else { continue };
                out.add(format!("table {}{}", if only(&table.relation) { "only " } else { "" }, relation(&table.relation)));
                columns.extend(table.va_cols.iter().map(string));
            }
            out.word("columns-named", &columns.join(","));
            let off = |option: &DefElem| ["false", "off", "0"].contains(&value(option).as_str());
            let on = |names: &[&str]| {
                let last = elements(&vacuum.options).filter(|option| names.contains(&option.defname.as_str())).last();
                last.is_some_and(|option| !off(option))
            };
            out.flag(vacuum.is_vacuumcmd && on(&["full"]), "full");
            out.flag(vacuum.is_vacuumcmd && on(&["analyze", "analyse"]), "analyze");
            options(&vacuum.options, out);
        }
        NodeEnum::RefreshMatViewStmt(refresh) => {
            out.add("Refresh");
            out.add(format!("name {}", relation(&refresh.relation)));
            out.flag(refresh.concurrent, "concurrently");
            out.flag(refresh.skip_data, "no-data");
        }
        NodeEnum::LockStmt(lock) => {
            out.add("Lock");
            lock.relations.iter().for_each(|table| out.add(format!("table {}", use_of(table))));
            out.add(format!("mode {}", lock.mode));
            out.flag(lock.nowait, "nowait");
        }
        NodeEnum::VariableShowStmt(_)
        | NodeEnum::DiscardStmt(_)
        | NodeEnum::ListenStmt(_)
        | NodeEnum::NotifyStmt(_)
        | NodeEnum::UnlistenStmt(_)
        | NodeEnum::CheckPointStmt(_)
        | NodeEnum::LoadStmt(_)
        | NodeEnum::FetchStmt(_)
        | NodeEnum::ClosePortalStmt(_)
        | NodeEnum::DeallocateStmt(_) => out.add("Nothing"),
        NodeEnum::ImportForeignSchemaStmt(_) => {
            out.add("CreateObject");
            out.add("kind foreign table");
        }
        NodeEnum::CreateRoleStmt(create) => {
            out.add("CreateObject");
            out.add("kind role");
            out.add(format!("name {}", create.role));
            for option in elements(&create.options) {
                out.add(format!("option {}", role_option(option)));
            }
        }
        other => return any(other, out),
    }
    true
}

/// `set name value`.
pub(super) fn setting(set: &VariableSetStmt) -> String {
    let value = match VariableSetKind::try_from(set.kind) {
        Ok(VariableSetKind::VarSetValue) if set.args.iter().any(|arg| matches!(arg.node, Some(NodeEnum::TypeCast(_)))) => "?".to_owned(),
        Ok(VariableSetKind::VarSetValue | VariableSetKind::VarSetMulti) => names_of(&set.args).to_lowercase(),
        Ok(VariableSetKind::VarSetCurrent) => "?".to_owned(),
        _ => "default".to_owned(),
    };
    let name = set.name.to_lowercase();
    format!("set {} {value}", if set.kind == VariableSetKind::VarResetAll as i32 { "all" } else { &name })
}

/// An object as a statement names it: `name`, and what it stands on or which arguments it has.
fn named(kind: &str, object: &Node, out: &mut Out) {
    let parts: Vec<_> = match &object.node {
        Some(NodeEnum::List(list)) => list.items.iter().map(string).collect(),
        _ => Vec::new(),
    };
    match kind {
        "trigger" | "policy" | "rule" | "column" | "constraint" => {
            let (part, table) = parts.split_last().map_or((String::new(), &[][..]), |(last, rest)| (last.clone(), rest));
            out.add(format!("part {part}"));
            out.add(format!("table {}", table[table.len().saturating_sub(2)..].join(".")));
        }
        "cast" | "transform" | "user mapping" | "large object" => {}
        // The access method stands first.
        "operator class" | "operator family" => {
            out.add(format!("name {}", parts[1..][parts.len().saturating_sub(3)..].join(".")));
        }
        "function" | "procedure" | "routine" | "aggregate" => {
            let (name, arguments) = routine(object);
            out.add(format!("name {name}"));
            out.add(format!("arguments {arguments}"));
        }
        _ => out.add(format!("name {}", string(object))),
    }
}

fn dropped(kind: &str, names: &[Node], missing_ok: bool, behavior: i32, out: &mut Out) {
    out.add("Drop");
    out.add(format!("kind {kind}"));
    names.iter().for_each(|name| out.add(format!("name {}", string(name))));
    out.flag(missing_ok, "if-exists");
    out.cascade(behavior);
}

fn dropped_name(kind: &str, name: &str, missing_ok: bool, out: &mut Out) {
    out.add("Drop");
    out.add(format!("kind {kind}"));
    out.word("name", name);
    out.flag(missing_ok, "if-exists");
}

fn comment_on(kind: i32, object: Option<&Node>, text: &str, out: &mut Out) {
    let word = object_kind(kind);
    out.add(format!("kind {word}"));
    if kind == ObjectType::ObjectDomconstraint as i32 {
        if let Some(NodeEnum::List(list)) = object.and_then(|object| object.node.as_ref()) {
            out.add(format!("part {}", list.items.last().map_or(String::new(), string)));
        }
    } else if let Some(object) = object {
        named(word, object, out);
    }
    out.add(format!("text {text}"));
}

fn publication_objects(objects: &[Node], out: &mut Out) {
    use pg_query::protobuf::PublicationObjSpecType as Kind;
    let mut schemas = Vec::new();
    for object in objects {
        let Some(NodeEnum::PublicationObjSpec(object)) = &object.node else { continue };
        match Kind::try_from(object.pubobjtype) {
            Ok(Kind::PublicationobjTablesInSchema) => schemas.push(object.name.clone()),
            Ok(Kind::PublicationobjTablesInCurSchema) => schemas.push("current_schema".to_owned()),
            _ => {
                let Some(table) = &object.pubtable else { continue };
                let only = if only(&table.relation) { "only " } else { "" };
                let filter = expr(&table.where_clause);
                out.add(format!("table {only}{} ({}) where={filter}", relation(&table.relation), names_of(&table.columns)));
            }
        }
    }
    schemas.into_iter().for_each(|schema| out.add(format!("schema {schema}")));
}

/// An option of a role in the words that it is written with.
fn role_option(option: &DefElem) -> String {
    let off = matches!(option.arg.as_ref().and_then(|arg| arg.node.as_ref()), Some(NodeEnum::Boolean(on)) if !on.boolval);
    let name = match option.defname.as_str() {
        "canlogin" => "login",
        "isreplication" => "replication",
        "connectionlimit" => "connection limit",
        "validUntil" => "valid until",
        "addroleto" => "in role",
        "rolemembers" => "role",
        "adminmembers" => "admin",
        other => other,
    };
    let value = if off { String::new() } else { value(option) };
    format!("{}{name}={value}", if off { "no" } else { "" })
}

/// Statements of which the kind and the name of the object matter: found by the fields that name things.
fn any(tree: &NodeEnum, out: &mut Out) -> bool {
    let Ok(Value::Object(fields)) = serde_json::to_value(tree) else { return false };
    let Some((variant, statement)) = fields.iter().next() else { return false };
    let command = if variant.starts_with("Create") || variant == "DefineStmt" {
        "CreateObject"
    } else if variant.starts_with("Alter") || variant == "ReassignOwnedStmt" {
        "AlterObject"
    } else {
        return false;
    };
    const KINDS: [(&str, &str); 40] = [
        ("CreatedbStmt", "database"),
        ("CreateTableSpaceStmt", "tablespace"),
        ("CreateCastStmt", "cast"),
        ("CreateConversionStmt", "conversion"),
        ("CreateOpClassStmt", "operator class"),
        ("CreateOpFamilyStmt", "operator family"),
        ("CreatePlangStmt", "language"),
        ("CreateForeignServerStmt", "server"),
        ("CreateFdwStmt", "foreign-data wrapper"),
        ("CreateUserMappingStmt", "user mapping"),
        ("CreateTransformStmt", "transform"),
        ("CreateAmStmt", "access method"),
        ("CreateSubscriptionStmt", "subscription"),
        ("AlterRoleStmt", "role"),
        ("AlterRoleSetStmt", "role"),
        ("AlterDatabaseStmt", "database"),
        ("AlterDatabaseSetStmt", "database"),
        ("AlterDatabaseRefreshCollStmt", "database"),
        ("AlterExtensionStmt", "extension"),
        ("AlterExtensionContentsStmt", "extension"),
        ("AlterFdwStmt", "foreign-data wrapper"),
        ("AlterForeignServerStmt", "server"),
        ("AlterUserMappingStmt", "user mapping"),
        ("AlterTableSpaceOptionsStmt", "tablespace"),
        ("AlterSubscriptionStmt", "subscription"),
        ("AlterEventTrigStmt", "event trigger"),
        ("AlterStatsStmt", "statistics object"),
        ("AlterTsdictionaryStmt", "text search dictionary"),
        ("AlterTsconfigurationStmt", "text search configuration"),
        ("AlterTsDictionaryStmt", "text search dictionary"),
        ("AlterTsConfigurationStmt", "text search configuration"),
        ("AlterTSDictionaryStmt", "text search dictionary"),
        ("AlterTSConfigurationStmt", "text search configuration"),
        ("AlterOpFamilyStmt", "operator family"),
        ("AlterOperatorStmt", "operator"),
        ("AlterCollationStmt", "collation"),
        ("AlterTableMoveAllStmt", ""),
        ("ReassignOwnedStmt", "owned objects"),
        ("DefineStmt", ""),
        ("AlterTypeStmt", "type"),
    ];
    out.add(command);
    let kind = KINDS.iter().find(|(name, _)| name == variant).map_or("?", |(_, kind)| *kind);
    let object_type = |field: &str| statement.get(field).and_then(Value::as_i64).map_or("?", |kind| object_kind(kind as i32));
    let kind = match variant.as_str() {
        "DefineStmt" => object_type("kind"),
        "AlterTableMoveAllStmt" => object_type("objtype"),
        _ => kind,
    };
    out.add(format!("kind {kind}"));
    const NAMES: [&str; 24] = [
        "dbname", "tablespacename", "conversion_name", "opclassname", "opfamilyname", "plname", "servername", "fdwname", "amname", "subname",
        "trigname", "role", "extname", "defnames", "dictname", "cfgname", "opername", "collname", "typevar", "name", "publication", "pubname",
        "evtname", "objname",
    ];
    let unnamed = matches!(kind, "user mapping" | "cast" | "transform" | "owned objects") || variant == "AlterTableMoveAllStmt";
    let named = NAMES.iter().filter(|_| !unnamed).find_map(|name| statement.get(name));
    let mut parts = Vec::new();
    if let Some(named) = named {
        strings(named, &mut parts);
    }
    parts.retain(|part| part != "pg_catalog");
    out.word("name", &parts[parts.len().saturating_sub(2)..].join("."));
    out.flag(command == "AlterObject" && variant != "AlterTableMoveAllStmt" && variant != "ReassignOwnedStmt", "other");
    true
}

/// The strings of a name: a plain one, a list of nodes, the name of a role or an operator.
fn strings(value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => parts.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|part| strings(part, parts)),
        Value::Object(fields) => {
            if let Some(kind) = fields.get("roletype").and_then(Value::as_i64) {
                let rolename = fields.get("rolename").and_then(Value::as_str).unwrap_or_default().to_owned();
                parts.push(role(&RoleSpec { roletype: kind as i32, rolename, location: 0 }));
                return;
            }
            for field in ["node", "String", "sval", "objname"] {
                if let Some(value) = fields.get(field) {
                    strings(value, parts);
                }
            }
        }
        _ => {}
    }
}
