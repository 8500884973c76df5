//! See `grammar/object.rs`, `grammar/routine.rs`, `grammar/privilege.rs`.

use super::alter::volatility;
use super::*;

impl Facts<'_> {
    pub(super) fn setting(&self, set: &Set) -> String {
        let name = set.name.name.replace("session authorization", "session_authorization");
        let value = match &set.value {
            SetValue::To(values) => list(values).to_lowercase(),
            SetValue::Default => "default".to_owned(),
            SetValue::Unknown => "?".to_owned(),
        };
        format!("set {name} {value}")
    }

    fn body(&mut self, body: &Option<Body>) {
        if let Some(body) = body {
            let text = self.source.slice(body.span);
            let before = |n: usize| (body.span.start as usize).checked_sub(n).and_then(|at| self.source.text().as_bytes().get(at)).copied();
            match (before(1), before(2)) {
                (Some(b'\''), Some(b'E' | b'e' | b'&')) => {}
                (Some(b'\''), _) => self.add(format!("body {}", text.replace("''", "'"))),
                (Some(b'$'), _) => self.add(format!("body {text}")),
                // Not in quotes: `RETURN`, `BEGIN ATOMIC`.
                _ => {}
            }
        }
    }

    fn routine_names(&mut self, kind: ObjectKind, names: &[ObjectName], arguments: &[Option<Vec<TypeName>>], word: &str) {
        for (at, name) in names.iter().enumerate() {
            self.add(format!("{word} {}", name.to_string().trim_start_matches("pg_catalog.")));
            if kind.is_routine() {
                let arguments = self.types(arguments.get(at).unwrap_or(&None));
                self.add(format!("arguments {arguments}"));
            }
        }
    }

    fn function(&mut self, create: &CreateFunction) {
        self.add("CreateFunction");
        self.add(format!("name {}", create.name));
        self.flag(create.procedure, "procedure");
        self.flag(create.or_replace, "or-replace");
        for parameter in &create.parameters {
            let mode = match parameter.mode {
                ParameterMode::In => "in",
                ParameterMode::Out => "out",
                ParameterMode::InOut => "inout",
                ParameterMode::Variadic => "variadic",
                ParameterMode::Table => "table",
            };
            let (ty, default) = (self.ty(&parameter.ty), self.optional_expr(&parameter.default));
            self.add(format!("parameter {mode} {} {ty} default={default}", optional(&parameter.name)));
        }
        let returns = self.optional_type(&create.returns);
        self.word("returns", &returns);
        self.word("language", create.language.as_deref().unwrap_or(""));
        self.word("volatility", volatility(create.volatility));
        self.flag(create.strict, "strict");
        self.flag(create.security_definer.is_some(), "security-definer");
        for set in &create.settings {
            let setting = self.setting(set);
            self.add(setting);
        }
        self.options(&create.options);
        self.body(&create.body);
    }

    fn trigger(&mut self, create: &CreateTrigger) {
        self.add("CreateTrigger");
        self.add(format!("name {}", create.name.name));
        self.add(format!("table {}", create.table));
        self.add(format!("function {}", optional_name(&create.function)));
        self.flag(create.or_replace, "or-replace");
        self.flag(create.constraint, "constraint");
        self.flag(create.for_each_row, "row");
        self.add(format!("timing {}", create.timing));
        for event in ["insert", "update", "delete", "truncate"] {
            self.flag(create.events.iter().any(|name| name == event), &format!("event {event}"));
        }
        self.word("columns-named", &names(&create.columns));
        self.expr_word("when", &create.when);
        self.word("arguments", &list(&create.arguments));
        self.word("from", &optional_name(&create.from));
        self.word("new-table", optional(&create.new_table));
        self.word("old-table", optional(&create.old_table));
        self.flag(create.deferrable, "deferrable");
        self.flag(create.initially_deferred, "deferred");
    }

    fn policy(&mut self, policy: &Policy) {
        self.add("Policy");
        self.flag(policy.alter, "alter");
        self.add(format!("name {}", policy.name.name));
        self.add(format!("table {}", policy.table));
        if let Some(to) = &policy.rename_to {
            return self.add(format!("rename-to {}", to.name));
        }
        self.flag(policy.restrictive, "restrictive");
        if policy.alter {
            self.word("roles", &list(&policy.roles));
        } else {
            self.add(format!("command {}", policy.command.as_deref().unwrap_or("all")));
            self.add(format!("roles {}", if policy.roles.is_empty() { "public".to_owned() } else { list(&policy.roles) }));
        }
        self.expr_word("using", &policy.using);
        self.expr_word("check", &policy.with_check);
    }

    fn grant(&mut self, grant: &Grant) {
        self.add("Grant");
        self.flag(grant.revoke, "revoke");
        self.add(format!("privileges {}", list(&grant.privileges)));
        self.word("columns-named", &names(&grant.columns));
        if let Some(kind) = grant.kind {
            // By default privileges, a routine is a function to the server.
            let function = grant.default_privileges && kind == ObjectKind::Routine;
            self.add(format!("kind {}", if function { "function" } else { kind.name() }));
            self.routine_names(kind, &grant.names, &grant.arguments, "on");
        }
        self.flag(grant.default_privileges, "default-privileges");
        self.word("in-schemas", &names(&grant.in_schemas));
        self.word("for-roles", &list(&grant.for_roles));
        self.add(format!("grantees {}", list(&grant.grantees)));
        self.flag(grant.grant_option, "grant-option");
        self.word("granted-by", grant.granted_by.as_deref().unwrap_or(""));
        self.flag(grant.cascade, "cascade");
    }

    fn comment(&mut self, comment: &Comment) {
        self.add("Comment");
        self.flag(comment.label, "label");
        self.add(format!("kind {}", comment.kind.name()));
        if let Some(part) = &comment.part {
            self.add(format!("part {}", part.name));
            if let Some(name) = &comment.name {
                self.add(format!("table {name}"));
            }
        } else if let Some(name) = &comment.name {
            self.routine_names(comment.kind, std::slice::from_ref(name), std::slice::from_ref(&comment.arguments), "name");
        }
        self.add(format!("text {}", comment.text.as_deref().unwrap_or("")));
    }

    fn publication(&mut self, publication: &Publication) {
        self.add("Publication");
        self.add(format!("name {}", publication.name.name));
        if publication.action != PublicationAction::Other {
            self.add(format!("action {:?}", publication.action));
        }
        for table in &publication.tables {
            let filter = self.optional_expr(&table.filter);
            let only = if table.only { "only " } else { "" };
            self.add(format!("table {only}{} ({}) where={filter}", table.name, names(&table.columns)));
        }
        publication.schemas.iter().for_each(|schema| self.add(format!("schema {}", schema.name)));
        self.flag(publication.all_tables, "all-tables");
        self.options(&publication.options);
        self.word("rename-to", optional(&publication.rename_to));
    }

    pub(super) fn object(&mut self, command: &Command) {
        match command {
            Command::Drop(drop) => {
                self.add("Drop");
                self.add(format!("kind {}", drop.kind.name()));
                self.routine_names(drop.kind, &drop.names, &drop.arguments, "name");
                self.flag(drop.if_exists, "if-exists");
                self.flag(drop.concurrently.is_some(), "concurrently");
                self.flag(drop.cascade, "cascade");
            }
            Command::DropOnTable(drop) => {
                self.add("DropOnTable");
                self.add(format!("kind {}", drop.kind.name()));
                self.add(format!("part {}", drop.name.name));
                self.add(format!("table {}", drop.table));
                self.flag(drop.if_exists, "if-exists");
                self.flag(drop.cascade, "cascade");
            }
            Command::Comment(comment) => self.comment(comment),
            Command::Grant(grant) => self.grant(grant),
            Command::CreateFunction(create) => self.function(create),
            Command::CreateTrigger(create) => self.trigger(create),
            Command::Policy(policy) => self.policy(policy),
            Command::CreateRule(rule) => {
                self.add("CreateRule");
                self.add(format!("name {}", rule.name.name));
                self.add(format!("table {}", rule.table));
                self.flag(rule.or_replace, "or-replace");
                self.flag(rule.instead, "instead");
                self.add(format!("event {}", rule.event));
                self.expr_word("where", &rule.filter);
                for action in &rule.actions {
                    self.within("action", action);
                }
            }
            Command::Do(block) => {
                self.add("Do");
                self.add(format!("language {}", block.language));
                self.body(&block.body);
            }
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
            Command::Set(set) => {
                self.add("Set");
                self.flag(set.scope == SetScope::Local, "local");
                let setting = self.setting(set);
                self.add(setting);
            }
            Command::AlterSystem(set) => {
                self.add("AlterSystem");
                let setting = self.setting(set);
                self.add(setting);
            }
            Command::CreateExtension(create) => {
                self.add("CreateExtension");
                self.add(format!("name {}", create.name.name));
                self.flag(create.if_not_exists, "if-not-exists");
                self.word("schema", optional(&create.schema));
                self.word("version", create.version.as_deref().unwrap_or(""));
                self.flag(create.cascade, "cascade");
            }
            Command::Publication(publication) => self.publication(publication),
            Command::Reindex(reindex) => {
                self.add("Reindex");
                self.add(format!("kind {}", if reindex.system { "system" } else { reindex.kind.name() }));
                self.add(format!("name {}", optional_name(&reindex.name)));
                self.flag(reindex.concurrently.is_some(), "concurrently");
                let options: Vec<_> = reindex.options.iter().filter(|option| option.name != "concurrently").cloned().collect();
                self.options(&options);
            }
            Command::Cluster(cluster) => {
                self.add("Cluster");
                self.add(format!("table {}", cluster.table.as_ref().map_or("-".to_owned(), ObjectName::to_string)));
                self.add(format!("index {}", optional(&cluster.index)));
                self.options(&cluster.options);
            }
            Command::Vacuum(vacuum) => {
                self.add("Vacuum");
                vacuum.tables.iter().for_each(|table| self.add(format!("table {}", only(table))));
                let columns: Vec<_> = vacuum.columns.iter().map(|(_, column)| column.name.as_str()).collect();
                self.word("columns-named", &columns.join(","));
                self.flag(vacuum.full, "full");
                self.flag(vacuum.analyze, "analyze");
                self.options(&vacuum.options);
            }
            Command::Analyze(analyze) => {
                self.add("Analyze");
                analyze.tables.iter().for_each(|table| self.add(format!("table {}", only(table))));
                let columns: Vec<_> = analyze.columns.iter().map(|(_, column)| column.name.as_str()).collect();
                self.word("columns-named", &columns.join(","));
                self.options(&analyze.options);
            }
            Command::RefreshMaterializedView(refresh) => {
                self.add("Refresh");
                self.add(format!("name {}", refresh.name));
                self.flag(refresh.concurrently.is_some(), "concurrently");
                self.flag(refresh.with_no_data, "no-data");
            }
            Command::Lock(lock) => {
                self.add("Lock");
                lock.tables.iter().for_each(|table| self.add(format!("table {}", only(table))));
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
            Command::CreateObject(create) => {
                self.add("CreateObject");
                self.add(format!("kind {}", create.kind.name()));
                self.word("name", &optional_name(&create.name));
                if create.kind == ObjectKind::Role {
                    self.options(&create.options);
                }
            }
            Command::Nothing(_) => self.add("Nothing"),
            Command::Meta(_) => self.add("Meta"),
            Command::Unknown(_) => self.add("Unknown"),
            other => self.add(format!("{other:?}").chars().take(20).collect::<String>()),
        }
    }
}
