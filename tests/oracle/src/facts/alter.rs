//! See `grammar/alter.rs`.

use super::*;

impl Facts<'_> {
    pub(super) fn alter_relation(&mut self, alter: &AlterRelation) {
        self.add("AlterRelation");
        self.add(format!("name {}", alter.name));
        self.add(format!("kind {}", alter.kind.name()));
        self.flag(alter.if_exists, "if-exists");
        self.flag(alter.only, "only");
        for action in &alter.actions {
            let fact = self.action(action);
            self.add(fact);
        }
    }

    pub(super) fn alter_type(&mut self, alter: &AlterType) {
        self.add("AlterType");
        self.add(format!("name {}", alter.name));
        for action in &alter.actions {
            let cascaded = |cascade: &bool| if *cascade { " cascade" } else { "" };
            let fact = match action {
                AlterTypeAction::AddValue { value, if_not_exists, position, .. } => {
                    let existing = if *if_not_exists { " if-not-exists" } else { "" };
                    let place = position.as_ref().map_or(String::new(), |(after, label)| format!(" {} {label}", if *after { "after" } else { "before" }));
                    format!("add-value {value}{existing}{place}")
                }
                AlterTypeAction::RenameValue { from, to } => format!("rename-value {from} {to}"),
                AlterTypeAction::AddAttribute { column, cascade } => format!("add-attribute {}{}", self.column(column), cascaded(cascade)),
                AlterTypeAction::DropAttribute { name, if_exists, cascade } => {
                    format!("drop-attribute {}{}{}", name.name, if *if_exists { " if-exists" } else { "" }, cascaded(cascade))
                }
                AlterTypeAction::AlterAttribute { name, ty, cascade } => format!("alter-attribute {} {}{}", name.name, self.ty(ty), cascaded(cascade)),
                AlterTypeAction::RenameAttribute { from, to, cascade } => format!("rename-attribute {} {}{}", from.name, to.name, cascaded(cascade)),
                AlterTypeAction::DropValue { .. } => "drop-value".to_owned(),
                AlterTypeAction::RenameTo(to) => format!("rename-to {}", to.name),
                AlterTypeAction::SetSchema(schema) => format!("set-schema {}", schema.name),
                AlterTypeAction::Other => "other".to_owned(),
            };
            self.add(fact);
        }
    }

    pub(super) fn alter_domain(&mut self, alter: &AlterDomain) {
        self.add("AlterDomain");
        self.add(format!("name {}", alter.name));
        let fact = match &alter.action {
            AlterDomainAction::SetDefault(default) => format!("set-default {}", self.expr(default)),
            AlterDomainAction::DropDefault => "drop-default".to_owned(),
            AlterDomainAction::SetNotNull => "set-not-null".to_owned(),
            AlterDomainAction::DropNotNull => "drop-not-null".to_owned(),
            AlterDomainAction::AddConstraint(constraint) => format!("add-constraint {}", self.constraint(constraint, false)),
            AlterDomainAction::DropConstraint { if_exists, name } => {
                format!("drop-constraint {}{}", name.name, if *if_exists { " if-exists" } else { "" })
            }
            AlterDomainAction::ValidateConstraint(name) => format!("validate-constraint {}", name.name),
            AlterDomainAction::RenameConstraint { from, to } => format!("rename-constraint {} {}", from.name, to.name),
            AlterDomainAction::RenameTo(to) => format!("rename-to {}", to.name),
            AlterDomainAction::SetSchema(schema) => format!("set-schema {}", schema.name),
            AlterDomainAction::Other => "other".to_owned(),
        };
        self.add(fact);
    }

    pub(super) fn alter_object(&mut self, alter: &AlterObject) {
        self.add("AlterObject");
        self.add(format!("kind {}", alter.kind.name()));
        self.word("name", &optional_name(&alter.name));
        if alter.kind.is_routine() {
            let arguments = self.types(&alter.arguments);
            self.add(format!("arguments {arguments}"));
        }
        if let (Some(table), Some(_)) = (&alter.table, &alter.rename_to) {
            self.add(format!("table {table}"));
        }
        match (&alter.rename_to, &alter.set_schema) {
            (Some(to), _) => self.add(format!("rename-to {}", to.name)),
            (None, Some(schema)) => self.add(format!("set-schema {}", schema.name)),
            (None, None) => {
                let unnamed = alter.name.is_none() && alter.table.is_none();
                self.flag(!(unnamed && !matches!(alter.kind, ObjectKind::UserMapping | ObjectKind::LargeObject)), "other");
            }
        }
        self.word("volatility", volatility(alter.volatility));
    }

    fn action(&self, action: &AlterAction) -> String {
        use AlterActionKind as Action;
        let cascaded = |cascade: &bool| if *cascade { " cascade" } else { "" };
        let existing = |if_exists: &bool| if *if_exists { " if-exists" } else { "" };
        let value = || action.values.first().and_then(|value| value.value.as_deref()).unwrap_or("");
        match &action.kind {
            Action::AddColumn { if_not_exists, column } => {
                format!("add-column{} {}", if *if_not_exists { " if-not-exists" } else { "" }, self.column(column))
            }
            Action::DropColumn { if_exists, column, cascade } => {
                format!("drop-column {}{}{}", column.name, existing(if_exists), cascaded(cascade))
            }
            Action::SetType { column, ty, using, collation } => {
                let using = using.as_ref().map_or(String::new(), |using| self.expr(using));
                format!("set-type {} {} collate={} using={using}", column.name, self.ty(ty), optional_name(collation))
            }
            Action::SetDefault { column, default } => format!("set-default {} {}", column.name, self.expr(default)),
            Action::DropDefault(column) => format!("drop-default {}", column.name),
            Action::SetNotNull(column) => format!("set-not-null {}", column.name),
            Action::DropNotNull(column) => format!("drop-not-null {}", column.name),
            Action::SetExpression { column, expr } => format!("set-expression {} {}", column.name, self.expr(expr)),
            Action::DropExpression(column) => format!("drop-expression {}", column.name),
            Action::AddIdentity(column) => format!("add-identity {} {}", column.name, self.sequence_options(&None::<TypeName>, None, &action.values).join(" ")),
            Action::SetIdentity(column) => format!("set-identity {} {}", column.name, self.sequence_options(&None::<TypeName>, None, &action.values).join(" ")),
            Action::DropIdentity(column) => format!("drop-identity {}", column.name),
            Action::SetStatistics(column) => format!("set-statistics {} {}", column.name, value()),
            Action::SetStorage(column) => format!("set-storage {} {}", column.name, value()),
            Action::SetCompression(column) => format!("set-compression {} {}", column.name, value()),
            Action::SetColumnOptions { column, options } => format!("set-column-options {} {}", column.name, super::options(options)),
            Action::AddConstraint(constraint) => format!("add-constraint {}", self.constraint(constraint, false)),
            Action::AlterConstraint { name, enforced, deferrability, inherit } => {
                format!("alter-constraint {} enforced={enforced:?} deferrability={deferrability} inherit={inherit:?}", name.name)
            }
            Action::ValidateConstraint(name) => format!("validate-constraint {}", name.name),
            Action::DropConstraint { if_exists, name, cascade } => {
                format!("drop-constraint {}{}{}", name.name, existing(if_exists), cascaded(cascade))
            }
            Action::RenameTo(to) => format!("rename-to {}", to.name),
            Action::RenameColumn { from, to } => format!("rename-column {} {}", from.name, to.name),
            Action::RenameConstraint { from, to } => format!("rename-constraint {} {}", from.name, to.name),
            Action::SetSchema(schema) => format!("set-schema {}", schema.name),
            Action::AttachPartition { partition, bound } => {
                let bound = bound.as_ref().map_or(String::new(), |bound| self.bound(bound));
                format!("attach-partition {partition} {bound}").trim().to_owned()
            }
            Action::DetachPartition { partition, concurrently, finalize } => format!(
                "detach-partition {partition}{}{}",
                if concurrently.is_some() { " concurrently" } else { "" },
                if *finalize { " finalize" } else { "" }
            ),
            Action::Inherit(parent) => format!("inherit {parent}"),
            Action::NoInherit(parent) => format!("no-inherit {parent}"),
            Action::OfType(ty) => format!("of {ty}"),
            Action::NotOf => "not-of".to_owned(),
            Action::Trigger { mode, name, internal } => {
                let several = if *internal { "all" } else { "user" };
                format!("trigger {mode} {}", name.as_ref().map_or(several, |name| name.name.as_str()))
            }
            Action::Rule { mode, name } => format!("rule {mode} {}", name.name),
            Action::RowSecurity(switch) => format!("row-security {switch:?}"),
            Action::ReplicaIdentity { kind, index } => format!("replica-identity {kind} {}", optional(index)),
            Action::ClusterOn(index) => format!("cluster-on {}", index.name),
            Action::SetWithoutCluster => "set-without-cluster".to_owned(),
            Action::SetWithoutOids => "set-without-oids".to_owned(),
            Action::SetTablespace(name) => format!("set-tablespace {}", name.name),
            Action::SetAccessMethod(name) => format!("set-access-method {}", name.name),
            Action::SetPersistence(Persistence::Permanent) => "set-logged".to_owned(),
            Action::SetPersistence(_) => "set-unlogged".to_owned(),
            Action::SetOptions(options) => format!("set-options {}", super::options(options)),
            Action::ResetOptions(options) => format!("reset-options {}", super::options(options)),
            Action::OwnerTo(role) => format!("owner {}", role.name),
            Action::DependsOnExtension => format!("depends extension={}", value()),
            Action::SequenceOptions { ty, owned_by, .. } => {
                format!("sequence-options {}", self.sequence_options(ty, owned_by.as_ref(), &action.values).join(" "))
            }
            Action::ForeignOptions => format!("foreign-options {}", super::options(&action.values)),
            Action::Unknown => "unknown".to_owned(),
        }
    }
}

pub(super) fn volatility(volatility: Option<Volatility>) -> &'static str {
    match volatility {
        None => "",
        Some(Volatility::Immutable) => "immutable",
        Some(Volatility::Stable) => "stable",
        Some(Volatility::Volatile) => "volatile",
    }
}
