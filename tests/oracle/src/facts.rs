//! Our statement in the words of `grammar.rs`.

use crate::normal;
use shipworthy::source::Source;
use shipworthy::statement::*;

/// The statement's kind, then its operands.
pub(crate) fn facts(command: &Command, source: &Source) -> Vec<String> {
    let mut facts = Facts { source, out: Vec::new() };
    facts.command(command);
    facts.out
}

struct Facts<'a> {
    source: &'a Source,
    out: Vec<String>,
}

fn names(idents: &[Ident]) -> String {
    idents.iter().map(|ident| ident.name.as_str()).collect::<Vec<_>>().join(",")
}

fn optional(name: &Option<Ident>) -> String {
    name.as_ref().map_or(String::new(), |name| name.name.to_string())
}

impl Facts<'_> {
    fn add(&mut self, fact: impl Into<String>) {
        self.out.push(fact.into());
    }

    fn flag(&mut self, on: bool, name: &str) {
        if on {
            self.add(name);
        }
    }

    fn expr(&self, expr: &Expr) -> String {
        normal::expression(self.source.slice(expr.span))
    }

    fn ty(&self, ty: &TypeName) -> String {
        let schema = ty.schema.as_ref().map_or(String::new(), |schema| format!("{}.", schema.name));
        let modifiers: Vec<_> = ty.modifiers.iter().map(|modifier| normal::expression(modifier)).collect();
        let modifiers = if ty.name == "interval" { String::new() } else { modifiers.join(",") };
        format!("{schema}{}({}){}", ty.name, modifiers, "[]".repeat(usize::from(ty.dimensions)))
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::CreateTable(create) => self.create_table(create),
            Command::CreateView(view) => {
                self.add("CreateView");
                self.add(format!("name {}", view.name));
                if view.materialized {
                    self.flag(view.if_not_exists, "if-not-exists");
                    self.flag(true, "materialized");
                    self.flag(view.with_no_data, "no-data");
                } else {
                    self.flag(view.or_replace, "or-replace");
                    if !view.columns.is_empty() {
                        self.add(format!("columns {}", names(&view.columns)));
                    }
                }
            }
            Command::AlterRelation(alter) => {
                self.add("AlterRelation");
                self.add(format!("name {}", alter.name));
                self.flag(alter.if_exists, "if-exists");
                self.flag(alter.only, "only");
                for action in &alter.actions {
                    let fact = self.action(&action.kind);
                    self.add(fact);
                }
            }
            Command::CreateIndex(index) => {
                self.add("CreateIndex");
                self.add(format!("table {}", index.table));
                self.add(format!("name {}", index.name.as_ref().map_or(String::new(), ObjectName::to_string)));
                self.flag(index.only, "only");
                self.flag(index.unique, "unique");
                self.flag(index.concurrently.is_some(), "concurrently");
                self.flag(index.if_not_exists, "if-not-exists");
                self.flag(index.nulls_not_distinct, "nulls-not-distinct");
                self.add(format!("method {}", index.method));
                for key in &index.keys {
                    let what = match &key.expr.kind {
                        ExprKind::Column(path) if path.len() == 1 => path[0].name.to_string(),
                        _ => self.expr(&key.expr),
                    };
                    let name = |name: &Option<ObjectName>| name.as_ref().map_or(String::new(), ObjectName::to_string);
                    let descending = if key.descending { " desc" } else { "" };
                    let nulls = match key.nulls_first {
                        Some(true) => " nulls-first",
                        Some(false) => " nulls-last",
                        None => "",
                    };
                    let (collation, opclass) = (name(&key.collation), name(&key.opclass));
                    let strip = |name: &str| name.trim_start_matches("pg_catalog.").to_owned();
                    self.add(format!("key {what} collate={} opclass={}{descending}{nulls}", strip(&collation), strip(&opclass)));
                }
                for column in &index.include {
                    self.add(format!("include {}", column.name));
                }
                if let Some(predicate) = &index.predicate {
                    let predicate = self.expr(predicate);
                    self.add(format!("where {predicate}"));
                }
                if let Some(tablespace) = &index.tablespace {
                    self.add(format!("tablespace {}", tablespace.name));
                }
            }
            Command::Drop(drop) => {
                self.add("Drop");
                // For these PostgreSQL has statements of their own, of which only the kind is compared.
                if matches!(
                    drop.kind,
                    ObjectKind::Role | ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Subscription | ObjectKind::UserMapping | ObjectKind::Owned
                ) {
                    return;
                }
                if !matches!(
                    drop.kind,
                    ObjectKind::Cast | ObjectKind::Transform | ObjectKind::OperatorClass | ObjectKind::OperatorFamily | ObjectKind::Operator
                ) {
                    for name in &drop.names {
                        self.add(format!("name {}", name.to_string().trim_start_matches("pg_catalog.")));
                    }
                }
                self.flag(drop.if_exists, "if-exists");
                self.flag(drop.concurrently.is_some(), "concurrently");
                self.flag(drop.cascade, "cascade");
            }
            Command::DropOnTable(drop) => {
                self.add("DropOnTable");
                self.add(format!("name {}", drop.name.name));
                self.add(format!("table {}", drop.table));
                self.flag(drop.if_exists, "if-exists");
                self.flag(drop.cascade, "cascade");
            }
            Command::Truncate(truncate) => {
                self.add("Truncate");
                for table in &truncate.tables {
                    self.add(format!("table {}", table.name));
                }
                self.flag(truncate.restart_identity, "restart-identity");
                self.flag(truncate.cascade, "cascade");
            }
            Command::Insert(insert) => {
                self.add("Insert");
                self.add(format!("table {}", insert.table.name));
                self.add(format!("columns {}", names(&insert.columns)));
                self.flag(insert.on_conflict_nothing.is_some(), "on-conflict");
                self.flag(insert.returning, "returning");
                match &insert.source {
                    Some(InsertSource::Values(values)) => self.add(format!("rows {}", values.row_ends.len())),
                    Some(InsertSource::Query(_)) | None => {}
                }
            }
            Command::Update(update) => {
                self.add("Update");
                self.add(format!("table {}", update.table.name));
                let columns: Vec<_> = update.assignments.iter().map(|assignment| assignment.column.name.as_str()).collect();
                let columns = columns.join(",");
                self.add(format!("columns {columns}"));
                if let Some(filter) = &update.filter {
                    let filter = self.expr(filter);
                    self.add(format!("where {filter}"));
                }
                self.flag(update.returning, "returning");
            }
            Command::Delete(delete) => {
                self.add("Delete");
                self.add(format!("table {}", delete.table.name));
                if let Some(filter) = &delete.filter {
                    let filter = self.expr(filter);
                    self.add(format!("where {filter}"));
                }
                self.flag(delete.returning, "returning");
            }
            Command::Merge(merge) => {
                self.add("Merge");
                self.add(format!("table {}", merge.table.name));
            }
            Command::Copy(copy) => {
                self.add("Copy");
                self.add(format!("table {}", copy.table.as_ref().map_or("-".to_owned(), ObjectName::to_string)));
                self.add(format!("columns {}", names(&copy.columns)));
                self.flag(copy.from, "from");
            }
            Command::Query(_) => self.add("Query"),
            Command::Explain(_) => self.add("Explain"),
            Command::Prepare(_) => self.add("Prepare"),
            Command::Execute(_) => self.add("Execute"),
            Command::Call(_) => self.add("Call"),
            Command::Do(_) => self.add("Do"),
            Command::Transaction(transaction) => {
                self.add("Transaction");
                self.add(match transaction {
                    Transaction::Begin => "begin".to_owned(),
                    Transaction::Commit { chain } => format!("commit {chain}"),
                    Transaction::Rollback { chain } => format!("rollback {chain}"),
                    Transaction::Savepoint(name) => format!("savepoint {}", name.name),
                    Transaction::Release(name) => format!("release {}", name.name),
                    Transaction::RollbackTo(name) => format!("rollback-to {}", name.name),
                    Transaction::Prepare => "prepare".to_owned(),
                    Transaction::CommitPrepared => "commit-prepared".to_owned(),
                    Transaction::RollbackPrepared => "rollback-prepared".to_owned(),
                    Transaction::Characteristics => "characteristics".to_owned(),
                });
            }
            // PostgreSQL sees a query here.
            Command::Set(set) if self.source.slice(set.name.span).starts_with(['\'', 'E', 'e', '$']) => self.add("Query"),
            Command::Set(set) => {
                self.add("Set");
                self.flag(set.scope == SetScope::Local, "local");
                if set.scope != SetScope::Discard && set.name.name != "all" {
                    self.add(format!("name {}", set.name.name.replace("session authorization", "session_authorization")));
                }
            }
            Command::AlterSystem(_) => self.add("AlterSystem"),
            Command::CreateSequence(create) => {
                self.add("CreateSequence");
                self.add(format!("name {}", create.name));
                self.flag(create.if_not_exists, "if-not-exists");
            }
            Command::CreateType(create) => {
                self.add("CreateType");
                self.add(format!("name {}", create.name));
                if let CreateTypeKind::Enum(labels) = &create.kind {
                    self.add(format!("labels {}", labels.join(",")));
                }
            }
            Command::AlterType(alter) => {
                self.add("AlterType");
                match alter.actions.as_slice() {
                    [AlterTypeAction::AddValue { value, .. }] => {
                        self.add(format!("name {}", alter.name));
                        self.add(format!("add-value {value}"));
                    }
                    [AlterTypeAction::RenameValue { from, to }] => {
                        self.add(format!("name {}", alter.name));
                        self.add(format!("rename-value {from} {to}"));
                    }
                    [
                        AlterTypeAction::AddAttribute { .. }
                        | AlterTypeAction::DropAttribute { .. }
                        | AlterTypeAction::AlterAttribute { .. },
                        ..,
                    ] => self.add(format!("name {}", alter.name)),
                    _ => {}
                }
            }
            Command::CreateDomain(create) => {
                self.add("CreateDomain");
                self.add(format!("name {}", create.name));
                let ty = self.ty(&create.ty);
                self.add(format!("type {ty}"));
            }
            Command::AlterDomain(alter) => {
                self.add("AlterDomain");
                if !matches!(
                    alter.action,
                    AlterDomainAction::RenameConstraint { .. } | AlterDomainAction::RenameTo(_) | AlterDomainAction::SetSchema(_) | AlterDomainAction::Other
                ) {
                    self.add(format!("name {}", alter.name));
                }
            }
            Command::CreateSchema(create) => {
                self.add("CreateSchema");
                self.add(format!("name {}", optional(&create.name)));
                self.flag(create.if_not_exists, "if-not-exists");
            }
            Command::CreateFunction(create) => {
                self.add("CreateFunction");
                self.add(format!("name {}", create.name));
                self.flag(create.procedure, "procedure");
                self.flag(create.or_replace, "or-replace");
            }
            Command::CreateTrigger(create) => {
                self.add("CreateTrigger");
                self.add(format!("name {}", create.name.name));
                self.add(format!("table {}", create.table));
                self.add(format!("function {}", create.function.as_ref().map_or(String::new(), ObjectName::to_string)));
                self.flag(create.or_replace, "or-replace");
                self.flag(create.for_each_row, "row");
                if !create.columns.is_empty() {
                    self.add(format!("columns {}", names(&create.columns)));
                }
            }
            Command::Policy(policy) => {
                self.add("Policy");
                self.add(format!("name {}", policy.name.name));
                self.add(format!("table {}", policy.table));
                if let Some(using) = &policy.using {
                    let using = self.expr(using);
                    self.add(format!("using {using}"));
                }
                if let Some(check) = &policy.with_check {
                    let check = self.expr(check);
                    self.add(format!("check {check}"));
                }
            }
            Command::CreateRule(rule) => {
                self.add("CreateRule");
                self.add(format!("name {}", rule.name.name));
                self.add(format!("table {}", rule.table));
                self.flag(rule.instead, "instead");
            }
            Command::CreateExtension(create) => {
                self.add("CreateExtension");
                self.add(format!("name {}", create.name.name));
                self.flag(create.if_not_exists, "if-not-exists");
            }
            Command::CreateStatistics(_) => self.add("CreateStatistics"),
            Command::Publication(publication) => {
                self.add("Publication");
                self.add(format!("name {}", publication.name.name));
            }
            Command::Reindex(reindex) => {
                self.add("Reindex");
                self.add(format!("name {}", reindex.name.as_ref().map_or(String::new(), ObjectName::to_string)));
            }
            Command::Cluster(cluster) => {
                self.add("Cluster");
                self.add(format!("table {}", cluster.table.as_ref().map_or("-".to_owned(), ObjectName::to_string)));
                self.add(format!("index {}", optional(&cluster.index)));
            }
            Command::Vacuum(vacuum) => {
                self.add("Vacuum");
                for table in &vacuum.tables {
                    self.add(format!("table {}", table.name));
                }
            }
            Command::Analyze(analyze) => {
                self.add("Analyze");
                for table in &analyze.tables {
                    self.add(format!("table {}", table.name));
                }
            }
            Command::RefreshMaterializedView(refresh) => {
                self.add("Refresh");
                self.add(format!("name {}", refresh.name));
                self.flag(refresh.concurrently.is_some(), "concurrently");
                self.flag(refresh.with_no_data, "no-data");
            }
            Command::Lock(lock) => {
                self.add("Lock");
                for table in &lock.tables {
                    self.add(format!("table {}", table.name));
                }
                const MODES: [&str; 8] = [
                    "access share",
                    "row share",
                    "row exclusive",
                    "share update exclusive",
                    "share",
                    "share row exclusive",
                    "exclusive",
                    "access exclusive",
                ];
                let mode = lock.mode.as_deref().unwrap_or("access exclusive");
                self.add(format!("mode {}", MODES.iter().position(|name| *name == mode).map_or(0, |at| at + 1)));
                self.flag(lock.nowait, "nowait");
            }
            Command::Comment(_) => self.add("Comment"),
            Command::Grant(grant) => {
                self.add("Grant");
                self.flag(grant.revoke, "revoke");
                if !grant.default_privileges {
                    for name in &grant.names {
                        self.add(format!("on {name}"));
                    }
                    for schema in &grant.in_schemas {
                        self.add(format!("on {}", schema.name));
                    }
                }
            }
            Command::CreateObject(_) => self.add("CreateObject"),
            Command::AlterObject(_) => self.add("AlterObject"),
            Command::Nothing(_) => self.add("Nothing"),
            Command::Meta(_) => self.add("Meta"),
            Command::Unknown(_) => self.add("Unknown"),
        }
    }

    fn create_table(&mut self, create: &CreateTable) {
        self.add("CreateTable");
        self.add(format!("name {}", create.name));
        self.flag(create.if_not_exists, "if-not-exists");
        if create.query.is_some() {
            self.flag(true, "as");
            self.flag(create.with_no_data, "no-data");
            return;
        }
        self.flag(create.persistence == Persistence::Temporary, "temporary");
        self.flag(create.persistence == Persistence::Unlogged, "unlogged");
        // LIKE stands among the columns; both sides list it where it stands, which ours does not keep.
        for column in &create.columns {
            let column = self.column(column);
            self.add(format!("column {column}"));
        }
        for like in &create.likes {
            self.add(format!("like {}", like.source));
        }
        for constraint in &create.constraints {
            let constraint = self.constraint(constraint, false);
            self.add(format!("constraint {constraint}"));
        }
        if let Some((parent, bound)) = &create.partition_of {
            self.add(format!("partition-of {parent} default={}", matches!(bound.kind, PartitionBoundKind::Default)));
        }
        for parent in &create.inherits {
            self.add(format!("inherits {parent}"));
        }
        if let Some(by) = &create.partition_by {
            self.add(format!("partition-by {}", by.key.len()));
        }
        if let Some(of) = &create.of_type {
            self.add(format!("of {of}"));
        }
        self.flag(create.foreign, "foreign");
    }

    fn column(&self, column: &ColumnDef) -> String {
        let mut out = format!("{} {}", column.name.name, column.ty.as_ref().map_or(String::new(), |ty| self.ty(ty)));
        if let Some(default) = &column.default {
            out.push_str(&format!(" default={}", self.expr(default)));
        }
        if let Some(identity) = &column.identity {
            out.push_str(&format!(" identity={}", if identity.always { "a" } else { "d" }));
        }
        if let Some(generated) = &column.generated {
            out.push_str(&format!(" generated={}", self.expr(&generated.expr)));
        }
        for constraint in &column.constraints {
            out.push_str(&format!(" [{}]", self.constraint(constraint, true)));
        }
        out
    }

    fn constraint(&self, constraint: &Constraint, on_column: bool) -> String {
        let index = |index: &IndexConstraint| {
            format!("({}) include ({}) using-index={}", names(&index.columns), names(&index.include), optional(&index.using_index))
        };
        let mut out = match &constraint.kind {
            ConstraintKind::Null(column) => format!("null {}", column.name),
            ConstraintKind::NotNull(column) => format!("not-null {}", column.name),
            ConstraintKind::Check(expr) => format!("check {}", self.expr(expr)),
            ConstraintKind::Unique(unique) => format!("unique {}", index(unique)),
            ConstraintKind::PrimaryKey(key) => format!("primary-key {}", index(key)),
            ConstraintKind::Exclude(_) => "exclude".to_owned(),
            ConstraintKind::ForeignKey(key) => {
                let action = match key.on_delete.as_deref() {
                    None | Some("no action") => "a",
                    Some("restrict") => "r",
                    Some("cascade") => "c",
                    Some("set null") => "n",
                    Some("set default") => "d",
                    Some(_) => "?",
                };
                format!(
                    "foreign-key ({}) references {} ({}) on-delete={action}",
                    names(&key.columns),
                    key.references,
                    names(&key.referenced_columns)
                )
            }
        };
        if let Some(name) = &constraint.name {
            out = format!("{} = {out}", name.name);
        }
        if constraint.not_valid && !on_column && !constraint.not_enforced {
            out.push_str(" not-valid");
        }
        out
    }

    fn action(&self, action: &AlterActionKind) -> String {
        use AlterActionKind as Action;
        let cascaded = |cascade: &bool| if *cascade { " cascade" } else { "" };
        let existing = |if_exists: &bool| if *if_exists { " if-exists" } else { "" };
        match action {
            Action::AddColumn { if_not_exists, column } => {
                format!("add-column{} {}", if *if_not_exists { " if-not-exists" } else { "" }, self.column(column))
            }
            Action::DropColumn { if_exists, column, cascade } => {
                format!("drop-column {}{}{}", column.name, existing(if_exists), cascaded(cascade))
            }
            Action::SetType { column, ty, using, .. } => {
                let using = using.as_ref().map_or(String::new(), |using| self.expr(using));
                format!("set-type {} {} using={using}", column.name, self.ty(ty))
            }
            Action::SetDefault { column, default } => format!("set-default {} {}", column.name, self.expr(default)),
            Action::DropDefault(column) => format!("drop-default {}", column.name),
            Action::SetNotNull(column) => format!("set-not-null {}", column.name),
            Action::DropNotNull(column) => format!("drop-not-null {}", column.name),
            Action::SetExpression { column, expr } => format!("set-expression {} {}", column.name, self.expr(expr)),
            Action::DropExpression(column) => format!("drop-expression {}", column.name),
            Action::AddIdentity(column) => format!("add-identity {}", column.name),
            Action::SetIdentity(column) => format!("set-identity {}", column.name),
            Action::DropIdentity(column) => format!("drop-identity {}", column.name),
            Action::SetStatistics(column) => format!("set-statistics {}", column.name),
            Action::SetStorage(column) => format!("set-storage {}", column.name),
            Action::SetCompression(column) => format!("set-compression {}", column.name),
            Action::SetColumnOptions { column, .. } => format!("set-column-options {}", column.name),
            Action::AddConstraint(constraint) => format!("add-constraint {}", self.constraint(constraint, false)),
            Action::AlterConstraint { name, .. } => format!("alter-constraint {}", name.name),
            Action::ValidateConstraint(name) => format!("validate-constraint {}", name.name),
            Action::DropConstraint { if_exists, name, cascade } => {
                format!("drop-constraint {}{}{}", name.name, existing(if_exists), cascaded(cascade))
            }
            Action::RenameTo(to) => format!("rename-to {}", to.name),
            Action::RenameColumn { from, to } => format!("rename-column {} {}", from.name, to.name),
            Action::RenameConstraint { from, to } => format!("rename-constraint {} {}", from.name, to.name),
            Action::SetSchema(schema) => format!("set-schema {}", schema.name),
            Action::AttachPartition { partition, .. } => format!("attach-partition {partition}"),
            Action::DetachPartition { partition, concurrently, finalize } => format!(
                "detach-partition {partition}{}{}",
                if concurrently.is_some() { " concurrently" } else { "" },
                if *finalize { " finalize" } else { "" }
            ),
            Action::Inherit(parent) => format!("inherit {parent}"),
            Action::NoInherit(parent) => format!("no-inherit {parent}"),
            Action::OfType(_) => "of".to_owned(),
            Action::NotOf => "not-of".to_owned(),
            Action::Trigger { mode, name } => format!("trigger {mode} {}", name.as_ref().map_or("-", |name| name.name.as_str())),
            Action::Rule { mode, name } => format!("rule {mode} {}", name.name),
            Action::RowSecurity(switch) => format!("row-security {switch:?}"),
            Action::ReplicaIdentity { .. } => "replica-identity".to_owned(),
            Action::ClusterOn(index) => format!("cluster-on {}", index.name),
            Action::SetWithoutCluster => "set-without-cluster".to_owned(),
            Action::SetWithoutOids => "set-without-oids".to_owned(),
            Action::SetTablespace(name) => format!("set-tablespace {}", name.name),
            Action::SetAccessMethod(name) => format!("set-access-method {}", name.name),
            Action::SetPersistence(Persistence::Permanent) => "set-logged".to_owned(),
            Action::SetPersistence(_) => "set-unlogged".to_owned(),
            Action::SetOptions(_) => "set-options".to_owned(),
            Action::ResetOptions(_) => "reset-options".to_owned(),
            Action::OwnerTo(_) => "owner".to_owned(),
            Action::DependsOnExtension => "depends".to_owned(),
            Action::SequenceOptions { .. } => "sequence-options".to_owned(),
            Action::ForeignOptions => "foreign-options".to_owned(),
            Action::Unknown => "unknown".to_owned(),
        }
    }
}
