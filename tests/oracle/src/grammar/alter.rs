//! `ALTER` of relations, types and domains, and the renames of everything.

use super::table::{column_def, constraint_def, partition_bound};
use super::*;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, ColumnDef, RenameStmt};

pub(super) fn facts(tree: &NodeEnum, out: &mut Out) -> bool {
    match tree {
        NodeEnum::AlterTableStmt(alter) => {
            let ty = alter.objtype == ObjectType::ObjectType as i32;
            out.add(if ty { "AlterType" } else { "AlterRelation" });
            out.add(format!("name {}", relation(&alter.relation)));
            if !ty {
                out.add(format!("kind {}", object_kind(alter.objtype)));
                out.flag(alter.missing_ok, "if-exists");
                out.flag(only(&alter.relation), "only");
            }
            for command in &alter.cmds {
                if let Some(NodeEnum::AlterTableCmd(command)) = &command.node {
                    out.add(if ty { attribute(command) } else { action(command) });
                }
            }
        }
        NodeEnum::RenameStmt(rename) => rename_facts(rename, out),
        NodeEnum::AlterObjectSchemaStmt(alter) => {
            if is_relation(alter.object_type) {
                relation_facts(&alter.relation, alter.object_type, alter.missing_ok, out);
                out.add(format!("set-schema {}", alter.newschema));
            } else {
                object_facts(alter.object_type, alter.object.as_deref(), out);
                out.add(format!("set-schema {}", alter.newschema));
            }
        }
        NodeEnum::AlterOwnerStmt(alter) => {
            object_facts(alter.object_type, alter.object.as_deref(), out);
            if alter.object_type != ObjectType::ObjectPublication as i32 {
                out.add("other");
            }
        }
        NodeEnum::AlterObjectDependsStmt(alter) => {
            if alter.relation.is_some() && alter.object_type != ObjectType::ObjectTrigger as i32 {
                relation_facts(&alter.relation, alter.object_type, false, out);
                let extension = alter.extname.as_ref().map_or(String::new(), |name| name.sval.clone());
                out.add(format!("depends extension={extension}"));
            } else if alter.object_type == ObjectType::ObjectTrigger as i32 {
                out.add("AlterObject");
                out.add("kind trigger");
                out.word("name", &alter.object.as_deref().map_or(String::new(), string));
                out.add("other");
            } else {
                object_facts(alter.object_type, alter.object.as_deref(), out);
                out.add("other");
            }
        }
        NodeEnum::AlterSeqStmt(alter) => {
            relation_facts(&alter.sequence, ObjectType::ObjectSequence as i32, alter.missing_ok, out);
            out.add(format!("sequence-options {}", sequence_options(&alter.options).join(" ")));
        }
        NodeEnum::AlterEnumStmt(alter) => {
            out.add("AlterType");
            out.add(format!("name {}", name(&alter.type_name)));
            if alter.old_val.is_empty() {
                let existing = if alter.skip_if_new_val_exists { " if-not-exists" } else { "" };
                let side = if alter.new_val_is_after { "after" } else { "before" };
                let place = if alter.new_val_neighbor.is_empty() { String::new() } else { format!(" {side} {}", alter.new_val_neighbor) };
                out.add(format!("add-value {}{existing}{place}", alter.new_val));
            } else {
                out.add(format!("rename-value {} {}", alter.old_val, alter.new_val));
            }
        }
        NodeEnum::AlterTypeStmt(alter) => {
            out.add("AlterType");
            out.add(format!("name {}", name(&alter.type_name)));
            out.add("other");
        }
        NodeEnum::AlterDomainStmt(alter) => {
            out.add("AlterDomain");
            out.add(format!("name {}", name(&alter.type_name)));
            out.add(match alter.subtype.as_str() {
                "T" if alter.def.is_some() => format!("set-default {}", expr(&alter.def)),
                "T" => "drop-default".to_owned(),
                "N" => "drop-not-null".to_owned(),
                "O" => "set-not-null".to_owned(),
                "C" => match alter.def.as_ref().and_then(|def| def.node.as_ref()) {
                    Some(NodeEnum::Constraint(constraint)) => format!("add-constraint {}", constraint_def(constraint, "").replace("not-null ", "not-null value")),
                    _ => "?".to_owned(),
                },
                "X" => format!("drop-constraint {}{}", alter.name, if alter.missing_ok { " if-exists" } else { "" }),
                "V" => format!("validate-constraint {}", alter.name),
                other => other.to_owned(),
            });
        }
        _ => return false,
    }
    true
}

fn is_relation(kind: i32) -> bool {
    matches!(
        ObjectType::try_from(kind),
        Ok(ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable
            | ObjectType::ObjectIndex)
    )
}

fn relation_facts(of: &Option<RangeVar>, kind: i32, missing_ok: bool, out: &mut Out) {
    out.add("AlterRelation");
    out.add(format!("name {}", relation(of)));
    out.add(format!("kind {}", object_kind(kind)));
    out.flag(missing_ok, "if-exists");
    out.flag(only(of), "only");
}

/// `AlterType`, `AlterDomain`, `Publication` or `AlterObject`, and what it is about.
fn object_facts(kind: i32, object: Option<&Node>, out: &mut Out) {
    let (name, arguments) = object.map_or_else(Default::default, routine);
    match ObjectType::try_from(kind) {
        Ok(ObjectType::ObjectType | ObjectType::ObjectAttribute) => out.add("AlterType"),
        Ok(ObjectType::ObjectDomain | ObjectType::ObjectDomconstraint) => out.add("AlterDomain"),
        Ok(ObjectType::ObjectPublication) => out.add("Publication"),
        _ => {
            out.add("AlterObject");
            out.add(format!("kind {}", object_kind(kind)));
            if matches!(ObjectType::try_from(kind), Ok(ObjectType::ObjectOpclass | ObjectType::ObjectOpfamily)) {
                // The access method stands before the name.
                let parts = match object.and_then(|object| object.node.as_ref()) {
                    Some(NodeEnum::List(list)) => &list.items[1..],
                    _ => &[],
                };
                out.word("name", &super::name(parts));
                return;
            }
            out.word("name", if kind == ObjectType::ObjectLargeobject as i32 { "" } else { &name });
            if matches!(object_kind(kind), "function" | "procedure" | "routine" | "aggregate") {
                out.add(format!("arguments {arguments}"));
            }
            return;
        }
    }
    out.add(format!("name {name}"));
}

fn rename_facts(rename: &RenameStmt, out: &mut Out) {
    let new = &rename.newname;
    match ObjectType::try_from(rename.rename_type) {
        Ok(kind) if is_relation(kind as i32) => {
            relation_facts(&rename.relation, rename.rename_type, rename.missing_ok, out);
            out.add(format!("rename-to {new}"));
        }
        Ok(ObjectType::ObjectColumn) => {
            relation_facts(&rename.relation, rename.relation_type, rename.missing_ok, out);
            out.add(format!("rename-column {} {new}", rename.subname));
        }
        Ok(ObjectType::ObjectTabconstraint) => {
            relation_facts(&rename.relation, ObjectType::ObjectTable as i32, rename.missing_ok, out);
            out.add(format!("rename-constraint {} {new}", rename.subname));
        }
        Ok(ObjectType::ObjectAttribute) => {
            out.add("AlterType");
            out.add(format!("name {}", relation(&rename.relation)));
            let cascade = if rename.behavior == DropBehavior::DropCascade as i32 { " cascade" } else { "" };
            out.add(format!("rename-attribute {} {new}{cascade}", rename.subname));
        }
        Ok(ObjectType::ObjectDomconstraint) => {
            object_facts(rename.rename_type, rename.object.as_deref(), out);
            out.add(format!("rename-constraint {} {new}", rename.subname));
        }
        Ok(ObjectType::ObjectPolicy) => {
            out.add("Policy");
            out.add("alter");
            out.add(format!("name {}", rename.subname));
            out.add(format!("table {}", relation(&rename.relation)));
            out.add(format!("rename-to {new}"));
        }
        Ok(ObjectType::ObjectTrigger | ObjectType::ObjectRule) => {
            out.add("AlterObject");
            out.add(format!("kind {}", object_kind(rename.rename_type)));
            out.add(format!("name {}", rename.subname));
            out.add(format!("table {}", relation(&rename.relation)));
            out.add(format!("rename-to {new}"));
        }
        Ok(ObjectType::ObjectRole | ObjectType::ObjectDatabase | ObjectType::ObjectSchema | ObjectType::ObjectTablespace) => {
            out.add("AlterObject");
            out.add(format!("kind {}", object_kind(rename.rename_type)));
            out.add(format!("name {}", rename.subname));
            out.add(format!("rename-to {new}"));
        }
        _ => {
            object_facts(rename.rename_type, rename.object.as_deref(), out);
            out.add(format!("rename-to {new}"));
        }
    }
}

fn def_column(command: &AlterTableCmd) -> Option<&ColumnDef> {
    match &command.def.as_ref()?.node {
        Some(NodeEnum::ColumnDef(column)) => Some(column),
        _ => None,
    }
}

fn list(command: &AlterTableCmd) -> &[Node] {
    match command.def.as_ref().and_then(|def| def.node.as_ref()) {
        Some(NodeEnum::List(list)) => &list.items,
        _ => &[],
    }
}

fn option_list(command: &AlterTableCmd) -> String {
    elements(list(command)).map(option).collect::<Vec<_>>().join(" ")
}

/// An action on a composite type.
fn attribute(command: &AlterTableCmd) -> String {
    use AlterTableType as At;
    let cascade = if command.behavior == DropBehavior::DropCascade as i32 { " cascade" } else { "" };
    let if_exists = if command.missing_ok { " if-exists" } else { "" };
    let ty = def_column(command).and_then(|definition| definition.type_name.as_ref()).map_or(String::new(), ty);
    match At::try_from(command.subtype) {
        Ok(At::AtAddColumn) => format!("add-attribute {}{cascade}", def_column(command).map_or(String::new(), column_def)),
        Ok(At::AtDropColumn) => format!("drop-attribute {}{if_exists}{cascade}", command.name),
        Ok(At::AtAlterColumnType) => format!("alter-attribute {} {ty}{cascade}", command.name),
        Ok(At::AtChangeOwner) => "other".to_owned(),
        other => format!("{other:?}"),
    }
}

fn action(command: &AlterTableCmd) -> String {
    use AlterTableType as At;
    let cascade = if command.behavior == DropBehavior::DropCascade as i32 { " cascade" } else { "" };
    let if_exists = if command.missing_ok { " if-exists" } else { "" };
    let column = &command.name;
    let def = command.def.as_ref().and_then(|def| def.node.as_ref());
    let text = || command.def.as_deref().map_or(String::new(), string).to_lowercase();
    match At::try_from(command.subtype) {
        Ok(At::AtAddColumn) => {
            format!("add-column{} {}", if command.missing_ok { " if-not-exists" } else { "" }, def_column(command).map_or(String::new(), column_def))
        }
        Ok(At::AtDropColumn) => format!("drop-column {column}{if_exists}{cascade}"),
        Ok(At::AtAlterColumnType) => {
            let definition = def_column(command);
            let using = definition.map_or(String::new(), |definition| expr(&definition.raw_default));
            let collation = definition.and_then(|definition| definition.coll_clause.as_ref()).map_or(String::new(), |clause| name(&clause.collname));
            let ty = definition.and_then(|definition| definition.type_name.as_ref()).map_or(String::new(), ty);
            format!("set-type {column} {ty} collate={collation} using={using}")
        }
        Ok(At::AtColumnDefault) => match &command.def {
            Some(_) => format!("set-default {column} {}", expr(&command.def)),
            None => format!("drop-default {column}"),
        },
        Ok(At::AtSetNotNull) => format!("set-not-null {column}"),
        Ok(At::AtDropNotNull) => format!("drop-not-null {column}"),
        Ok(At::AtSetExpression) => format!("set-expression {column} {}", expr(&command.def)),
        Ok(At::AtDropExpression) => format!("drop-expression {column}"),
        Ok(At::AtAddIdentity) => match def {
            Some(NodeEnum::Constraint(constraint)) => {
                let when = if constraint.generated_when == "a" { "always" } else { "by default" };
                let options = sequence_options(&constraint.options).join(" ");
                format!("add-identity {column} {}", format!("generated={when} {options}").trim())
            }
            _ => "?".to_owned(),
        },
        Ok(At::AtSetIdentity) => format!("set-identity {column} {}", sequence_options(list(command)).join(" ")),
        Ok(At::AtDropIdentity) => format!("drop-identity {column}"),
        Ok(At::AtSetStatistics) => {
            let column = if column.is_empty() { command.num.to_string() } else { column.clone() };
            // No value is the default.
            format!("set-statistics {column} {}", if command.def.is_some() { text() } else { "default".to_owned() })
        }
        Ok(At::AtSetStorage) => format!("set-storage {column} {}", text()),
        Ok(At::AtSetCompression) => format!("set-compression {column} {}", text()),
        Ok(At::AtSetOptions | At::AtResetOptions | At::AtAlterColumnGenericOptions) => {
            format!("set-column-options {column} {}", option_list(command))
        }
        Ok(At::AtAddConstraint) => match def {
            Some(NodeEnum::Constraint(constraint)) => format!("add-constraint {}", constraint_def(constraint, "")),
            _ => "?".to_owned(),
        },
        Ok(At::AtAlterConstraint) => match def {
            Some(NodeEnum::AtalterConstraint(alter)) => format!(
                "alter-constraint {} enforced={:?} deferrability={} inherit={:?}",
                alter.conname,
                alter.alter_enforceability.then_some(alter.is_enforced),
                alter.alter_deferrability,
                alter.alter_inheritability.then_some(!alter.noinherit)
            ),
            _ => format!("alter-constraint {column}"),
        },
        Ok(At::AtValidateConstraint) => format!("validate-constraint {column}"),
        Ok(At::AtDropConstraint) => format!("drop-constraint {column}{if_exists}{cascade}"),
        Ok(At::AtAttachPartition) => format!("attach-partition {}", partition(command)),
        Ok(At::AtDetachPartition) => format!("detach-partition {}", partition(command)),
        Ok(At::AtDetachPartitionFinalize) => format!("detach-partition {} finalize", partition(command)),
        Ok(At::AtAddInherit) => format!("inherit {}", command.def.as_deref().map_or(String::new(), string)),
        Ok(At::AtDropInherit) => format!("no-inherit {}", command.def.as_deref().map_or(String::new(), string)),
        Ok(At::AtAddOf) => format!("of {}", command.def.as_deref().map_or(String::new(), string)),
        Ok(At::AtDropOf) => "not-of".to_owned(),
        Ok(At::AtEnableTrig) => format!("trigger enable {column}"),
        Ok(At::AtEnableAlwaysTrig) => format!("trigger enable always {column}"),
        Ok(At::AtEnableReplicaTrig) => format!("trigger enable replica {column}"),
        Ok(At::AtDisableTrig) => format!("trigger disable {column}"),
        Ok(At::AtEnableTrigAll) => "trigger enable all".to_owned(),
        Ok(At::AtEnableTrigUser) => "trigger enable user".to_owned(),
        Ok(At::AtDisableTrigAll) => "trigger disable all".to_owned(),
        Ok(At::AtDisableTrigUser) => "trigger disable user".to_owned(),
        Ok(At::AtEnableRule) => format!("rule enable {column}"),
        Ok(At::AtEnableAlwaysRule) => format!("rule enable always {column}"),
        Ok(At::AtEnableReplicaRule) => format!("rule enable replica {column}"),
        Ok(At::AtDisableRule) => format!("rule disable {column}"),
        Ok(At::AtEnableRowSecurity) => "row-security Enable".to_owned(),
        Ok(At::AtDisableRowSecurity) => "row-security Disable".to_owned(),
        Ok(At::AtForceRowSecurity) => "row-security Force".to_owned(),
        Ok(At::AtNoForceRowSecurity) => "row-security NoForce".to_owned(),
        Ok(At::AtReplicaIdentity) => match def {
            Some(NodeEnum::ReplicaIdentityStmt(identity)) => {
                let kind = match identity.identity_type.as_str() {
                    "d" => "default",
                    "f" => "full",
                    "n" => "nothing",
                    _ => "index",
                };
                format!("replica-identity {kind} {}", identity.name)
            }
            _ => "?".to_owned(),
        },
        Ok(At::AtClusterOn) => format!("cluster-on {column}"),
        Ok(At::AtDropCluster) => "set-without-cluster".to_owned(),
        Ok(At::AtDropOids) => "set-without-oids".to_owned(),
        Ok(At::AtSetTableSpace) => format!("set-tablespace {column}"),
        Ok(At::AtSetAccessMethod) => format!("set-access-method {}", if column.is_empty() { "default" } else { column }),
        Ok(At::AtSetLogged) => "set-logged".to_owned(),
        Ok(At::AtSetUnLogged) => "set-unlogged".to_owned(),
        Ok(At::AtSetRelOptions) => format!("set-options {}", option_list(command)),
        Ok(At::AtResetRelOptions) => format!("reset-options {}", option_list(command)),
        Ok(At::AtChangeOwner) => format!("owner {}", command.newowner.as_ref().map_or(String::new(), role)),
        Ok(At::AtGenericOptions) => format!("foreign-options {}", option_list(command)),
        other => format!("{other:?}"),
    }
}

fn partition(command: &AlterTableCmd) -> String {
    match command.def.as_ref().and_then(|def| def.node.as_ref()) {
        Some(NodeEnum::PartitionCmd(partition)) => format!(
            "{}{} {}",
            relation(&partition.name),
            if partition.concurrent { " concurrently" } else { "" },
            partition.bound.as_ref().map_or(String::new(), partition_bound)
        )
        .trim()
        .to_owned(),
        _ => "?".to_owned(),
    }
}

