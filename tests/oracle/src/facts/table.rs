//! See `grammar/table.rs`.

use super::*;

impl Facts<'_> {
    pub(super) fn create_view(&mut self, view: &CreateView) {
        self.add("CreateView");
        self.add(format!("name {}", view.name));
        self.flag(view.if_not_exists, "if-not-exists");
        self.flag(view.materialized, "materialized");
        self.flag(view.or_replace, "or-replace");
        self.flag(view.temporary, "temporary");
        self.flag(view.with_no_data, "no-data");
        self.word("columns-named", &names(&view.columns));
        self.word("access-method", optional(&view.access_method));
        self.options(&view.options);
        self.word("tablespace", optional(&view.tablespace));
        self.word("check-option", view.check_option.as_deref().unwrap_or(""));
        if view.recursive {
            self.add("recursive");
        } else {
            self.query_names(&view.query);
        }
    }

    pub(super) fn key(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Column(path) if path.len() == 1 => path[0].name.to_string(),
            _ => self.expr(expr),
        }
    }

    fn index_key(&self, key: &IndexKey) -> String {
        let what = self.key(&key.expr);
        let descending = if key.descending { " desc" } else { "" };
        let nulls = match key.nulls_first {
            Some(true) => " nulls-first",
            Some(false) => " nulls-last",
            None => "",
        };
        format!("{what} collate={} opclass={}{descending}{nulls}", optional_name(&key.collation), optional_name(&key.opclass))
    }

    pub(super) fn create_index(&mut self, index: &CreateIndex) {
        self.add("CreateIndex");
        self.add(format!("table {}", index.table));
        self.add(format!("name {}", optional_name(&index.name)));
        self.flag(index.only, "only");
        self.flag(index.unique, "unique");
        self.flag(index.concurrently.is_some(), "concurrently");
        self.flag(index.if_not_exists, "if-not-exists");
        self.flag(index.nulls_not_distinct, "nulls-not-distinct");
        self.add(format!("method {}", index.method));
        for key in &index.keys {
            let key = self.index_key(key);
            self.add(format!("key {key}"));
        }
        for column in &index.include {
            self.add(format!("include {}", column.name));
        }
        self.options(&index.options);
        self.expr_word("where", &index.predicate);
        self.word("tablespace", optional(&index.tablespace));
    }

    pub(super) fn create_type(&mut self, create: &CreateType) {
        self.add("CreateType");
        self.add(format!("name {}", create.name));
        match &create.kind {
            CreateTypeKind::Enum(labels) => self.add(format!("labels {}", list(labels))),
            CreateTypeKind::Composite(attributes) => {
                self.add("composite");
                for attribute in attributes {
                    let attribute = self.column(attribute);
                    self.add(format!("attribute {attribute}"));
                }
            }
            CreateTypeKind::Range => self.add("range"),
            CreateTypeKind::Base => {}
        }
        self.options(&create.options);
    }

    pub(super) fn create_domain(&mut self, create: &CreateDomain) {
        self.add("CreateDomain");
        self.add(format!("name {}", create.name));
        let ty = self.ty(&create.ty);
        self.add(format!("type {ty}"));
        self.word("collation", &optional_name(&create.collation));
        if let Some(default) = &create.default {
            let default = self.expr(default);
            self.add(format!("default={default}"));
        }
        for constraint in &create.constraints {
            let constraint = self.constraint(constraint, true);
            self.add(format!("[{constraint}]"));
        }
    }

    pub(super) fn create_table(&mut self, create: &CreateTable) {
        self.add("CreateTable");
        self.add(format!("name {}", create.name));
        self.flag(create.if_not_exists, "if-not-exists");
        self.flag(create.persistence == Persistence::Temporary, "temporary");
        self.flag(create.persistence == Persistence::Unlogged, "unlogged");
        if create.query.is_some() {
            self.flag(true, "as");
            self.flag(create.with_no_data, "no-data");
            let columns: Vec<_> = create.columns.iter().map(|column| column.name.name.as_str()).collect();
            self.word("columns-named", &columns.join(","));
        } else {
            for column in &create.columns {
                let column = self.column(column);
                self.add(format!("column {column}"));
            }
        }
        for like in &create.likes {
            const PARTS: [&str; 9] =
                ["comments", "compression", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage"];
            let bits = |names: &[Name]| {
                names.iter().fold(0_u32, |bits, name| match PARTS.iter().position(|part| *part == name.as_str()) {
                    Some(at) => bits | 1 << at,
                    None => 0x1ff,
                })
            };
            self.add(format!("like {} {:x}", like.source, bits(&like.including) & !bits(&like.excluding)));
        }
        for constraint in &create.constraints {
            let constraint = self.constraint(constraint, false);
            self.add(format!("constraint {constraint}"));
        }
        if let Some((parent, bound)) = &create.partition_of {
            let bound = self.bound(bound);
            self.add(format!("partition-of {parent} {bound}"));
        }
        for parent in &create.inherits {
            self.add(format!("inherits {parent}"));
        }
        if let Some(by) = &create.partition_by {
            self.add(format!("partition-by {}", by.strategy));
            for key in &by.key {
                let key = self.key(key);
                self.add(format!("partition-key {key}"));
            }
        }
        if let Some(of) = &create.of_type {
            self.add(format!("of {of}"));
        }
        self.word("access-method", optional(&create.access_method));
        self.flag(create.foreign, "foreign");
        self.word("server", optional(&create.server));
        self.options(&create.options);
        self.options(&create.foreign_options);
        self.flag(create.on_commit_drop, "on-commit-drop");
        self.flag(create.on_commit_delete_rows, "on-commit-delete-rows");
        self.word("tablespace", optional(&create.tablespace));
        if let Some(query) = &create.query {
            self.query_names(query);
        }
    }

    /// The value of a clause of two words, such as `STORAGE external`.
    fn second_word(&self, clause: Option<shipworthy::source::Span>) -> String {
        let clause = clause.map_or("", |span| self.source.slice(span));
        clause.split_whitespace().nth(1).unwrap_or("").trim_matches('"').to_lowercase()
    }

    pub(super) fn bound(&self, bound: &PartitionBound) -> String {
        let list = |exprs: &[Expr]| exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ");
        match &bound.kind {
            PartitionBoundKind::Default => "default".to_owned(),
            PartitionBoundKind::Range { from, to } => format!("from ({}) to ({})", list(from), list(to)),
            PartitionBoundKind::List(values) => format!("in ({})", list(values)),
            PartitionBoundKind::Hash { modulus, remainder } => {
                let number = |number: &Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
                format!("modulus {} remainder {}", number(modulus), number(remainder))
            }
        }
    }

    pub(super) fn column(&self, column: &ColumnDef) -> String {
        let mut out = format!("{} {}", column.name.name, self.optional_type(&column.ty));
        for (word, value) in [
            ("collate", optional_name(&column.collation)),
            ("storage", self.second_word(column.storage)),
            ("compression", self.second_word(column.compression)),
        ] {
            if !value.is_empty() {
                out.push_str(&format!(" {word}={value}"));
            }
        }
        for item in &column.options {
            out.push_str(&format!(" option {}", option(item)));
        }
        let mut first: Vec<(u32, String)> = Vec::new();
        if let Some(default) = &column.default {
            first.push((default.span.start, format!(" default={}", self.expr(default))));
        }
        if let Some(identity) = &column.identity {
            let options = self.sequence_options(&None::<TypeName>, None, &identity.options).join(" ");
            first.push((identity.span.start, format!(" identity={} {options}", if identity.always { "a" } else { "d" })));
        }
        if let Some(generated) = &column.generated {
            let kind = if generated.stored == Some(true) { "stored" } else { "virtual" };
            first.push((generated.span.start, format!(" generated={} {kind}", self.expr(&generated.expr))));
        }
        first.sort();
        first.into_iter().for_each(|(_, fact)| out.push_str(&fact));
        for constraint in &column.constraints {
            out.push_str(&format!(" [{}]", self.constraint(constraint, true)));
        }
        out
    }

    pub(super) fn constraint(&self, constraint: &Constraint, on_column: bool) -> String {
        let index = |index: &IndexConstraint| {
            let mut out = format!("({}) include ({}) using-index={}", names(&index.columns), names(&index.include), optional(&index.using_index));
            if index.without_overlaps {
                out.push_str(" without-overlaps");
            }
            if index.nulls_not_distinct {
                out.push_str(" nulls-not-distinct");
            }
            out
        };
        let mut kept = None;
        let mut out = match &constraint.kind {
            ConstraintKind::Null(column) => format!("null {}", column.name),
            ConstraintKind::NotNull(column) => format!("not-null {}", column.name),
            ConstraintKind::Check(expr) => format!("check {}", self.expr(expr)),
            ConstraintKind::Unique(unique) => {
                kept = Some(unique);
                format!("unique {}", index(unique))
            }
            ConstraintKind::PrimaryKey(key) => {
                kept = Some(key);
                format!("primary-key {}", index(key))
            }
            ConstraintKind::Exclude(exclude) => {
                kept = Some(exclude);
                let elements = exclude.elements.iter().map(|(key, operator)| format!("{} with {operator}", self.index_key(key)));
                format!(
                    "exclude {} ({}) include ({}) where={}",
                    exclude.method.as_deref().unwrap_or("btree"),
                    elements.collect::<Vec<_>>().join(", "),
                    names(&exclude.include),
                    self.optional_expr(&exclude.predicate)
                )
            }
            ConstraintKind::ForeignKey(key) => {
                let action = |action: &Option<Name>| match action.as_deref() {
                    None | Some("no action") => "a",
                    Some("restrict") => "r",
                    Some("cascade") => "c",
                    Some("set null") => "n",
                    Some("set default") => "d",
                    Some(_) => "?",
                };
                format!(
                    "foreign-key ({}) references {} ({}) on-delete={} ({}) on-update={} match={} period={}",
                    names(&key.columns),
                    key.references,
                    names(&key.referenced_columns),
                    action(&key.on_delete),
                    names(&key.set_columns),
                    action(&key.on_update),
                    if key.match_full { "f" } else { "s" },
                    key.period,
                )
            }
        };
        if let Some(index) = kept {
            for item in &index.options {
                out.push_str(&format!(" option {}", option(item)));
            }
            if let Some(tablespace) = &index.tablespace {
                out.push_str(&format!(" tablespace={}", tablespace.name));
            }
        }
        if let Some(name) = &constraint.name {
            out = format!("{} = {out}", name.name);
        }
        for (on, word) in [
            (constraint.not_valid && !on_column && !constraint.not_enforced, " not-valid"),
            (constraint.not_enforced, " not-enforced"),
            (constraint.no_inherit, " no-inherit"),
            (constraint.deferrable, " deferrable"),
            (constraint.initially_deferred, " deferred"),
        ] {
            if on {
                out.push_str(word);
            }
        }
        out
    }
}
