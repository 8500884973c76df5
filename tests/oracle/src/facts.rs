//! Our statement in the words of `grammar.rs`.

mod alter;
mod names;
mod object;
mod row;
mod table;

use std::borrow::Borrow;
use crate::grammar::Out;
use crate::normal;
use shipworthy::source::Source;
use shipworthy::statement::*;

/// The statement's kind, then its operands.
pub(crate) fn facts(command: &Command, source: &Source) -> Vec<String> {
    let mut facts = Facts { source, out: Out::default() };
    facts.command(command);
    facts.out.0
}

pub(crate) struct Facts<'a> {
    source: &'a Source,
    out: Out,
}

fn names(idents: &[Ident]) -> String {
    idents.iter().map(|ident| ident.name.as_str()).collect::<Vec<_>>().join(",")
}

fn list(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(",")
}

fn optional<T: Borrow<Ident>>(name: &Option<T>) -> &str {
    name.as_ref().map(Borrow::borrow).map_or("", |name| name.name.as_str())
}

fn optional_name<T: Borrow<ObjectName>>(name: &Option<T>) -> String {
    name.as_ref().map(Borrow::borrow).map_or(String::new(), |name| name.to_string().trim_start_matches("pg_catalog.").to_owned())
}

/// `name=value`.
fn option(option: &StorageOption) -> String {
    format!("{}={}", option.name, option.value.as_deref().map_or(String::new(), normal::option_value))
}

fn options(options: &[StorageOption]) -> String {
    options.iter().map(option).collect::<Vec<_>>().join(" ")
}

fn only(table: &RelationUse) -> String {
    let alias = table.alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.name));
    format!("{}{}{alias}", if table.only { "only " } else { "" }, table.name)
}

impl Facts<'_> {
    fn add(&mut self, fact: impl Into<String>) {
        self.out.add(fact);
    }

    fn flag(&mut self, on: bool, name: &str) {
        self.out.flag(on, name);
    }

    fn word(&mut self, word: &str, value: &str) {
        self.out.word(word, value);
    }

    fn options(&mut self, options: &[StorageOption]) {
        options.iter().for_each(|item| self.add(format!("option {}", option(item))));
    }

    /// The expression's tree; one that we do not understand ourselves is marked.
    fn expr(&self, expr: &Expr) -> String {
        let text = normal::expression(self.source.slice(expr.span));
        if expr.is_understood() { text } else { format!("not-understood {text}") }
    }

    fn optional_expr(&self, expr: &Option<Expr>) -> String {
        expr.as_ref().map_or(String::new(), |expr| self.expr(expr))
    }

    fn expr_word<T: Borrow<Expr>>(&mut self, word: &str, expr: &Option<T>) {
        let text = expr.as_ref().map_or(String::new(), |expr| self.expr(expr.borrow()));
        self.word(word, &text);
    }

    fn ty(&self, ty: &TypeName) -> String {
        let schema = ty.schema.as_ref().filter(|_| !ty.percent_type).map_or(String::new(), |schema| format!("{}.", schema.name));
        let modifiers: Vec<_> = ty.modifiers.iter().map(|modifier| normal::expression(modifier)).collect();
        let modifiers = if ty.name == "interval" { String::new() } else { modifiers.join(",") };
        let setof = if ty.setof { "setof " } else { "" };
        let reference = if ty.percent_type { "%type" } else { "" };
        format!("{setof}{schema}{}{reference}({modifiers}){}", ty.name, "[]".repeat(usize::from(ty.dimensions)))
    }

    fn optional_type(&self, ty: &Option<TypeName>) -> String {
        ty.as_ref().map_or(String::new(), |ty| self.ty(ty))
    }

    fn types(&self, types: &Option<Vec<TypeName>>) -> String {
        types.as_ref().map_or("-".to_owned(), |types| types.iter().map(|ty| self.ty(ty)).collect::<Vec<_>>().join(","))
    }

    fn sequence_options<T: Borrow<TypeName>>(&self, ty: &Option<T>, owned_by: Option<&Option<(ObjectName, Ident)>>, options: &[StorageOption]) -> Vec<String> {
        let mut facts: Vec<(u32, String)> = Vec::new();
        if let Some(ty) = ty.as_ref().map(Borrow::borrow) {
            facts.push((ty.span.start, format!("as {}", self.ty(ty))));
        }
        if let Some(owner) = owned_by {
            let at = owner.as_ref().map_or(u32::MAX, |(table, _)| table.name.span.start);
            facts.push((at, format!("owned-by {}", owner.as_ref().map_or("none".to_owned(), |(table, column)| format!("{table}.{}", column.name)))));
        }
        let plain = |item: &StorageOption| match item.name.as_str() {
            "sequence name" | "generated" => format!("{}={}", item.name, item.value.as_deref().unwrap_or("")),
            _ => option(item),
        };
        facts.extend(options.iter().map(|item| (item.span.start, plain(item))));
        facts.sort_by_key(|(at, _)| *at);
        facts.into_iter().map(|(_, fact)| fact).collect()
    }

    /// The facts of a statement within another one.
    fn within(&mut self, word: &str, statement: &Statement) {
        for fact in facts(&statement.command, self.source) {
            self.add(format!("{word}>{fact}"));
        }
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::CreateTable(create) => self.create_table(create),
            Command::CreateView(view) => self.create_view(view),
            Command::CreateIndex(index) => self.create_index(index),
            Command::CreateSequence(create) => {
                self.add("CreateSequence");
                self.add(format!("name {}", create.name));
                self.flag(create.if_not_exists, "if-not-exists");
                self.flag(create.temporary, "temporary");
                self.flag(create.unlogged, "unlogged");
                let owned_by = create.owned_by.clone();
                let owned_by = owned_by.is_some().then_some(&owned_by);
                for fact in self.sequence_options(&create.ty, owned_by, &create.options) {
                    self.add(fact);
                }
            }
            Command::CreateType(create) => self.create_type(create),
            Command::CreateDomain(create) => self.create_domain(create),
            Command::CreateSchema(create) => {
                self.add("CreateSchema");
                self.add(format!("name {}", optional(&create.name)));
                self.flag(create.if_not_exists, "if-not-exists");
                self.word("owner", optional(&create.owner));
                for element in &create.elements {
                    for fact in facts(&element.command, self.source) {
                        self.add(format!("element>{}", fact.replace(&format!("{}.", optional(&create.name)), "")));
                    }
                }
            }
            Command::CreateStatistics(create) => {
                self.add("CreateStatistics");
                self.add(format!("name {}", optional_name(&create.name)));
                self.flag(create.if_not_exists, "if-not-exists");
                self.word("kinds", &names(&create.kinds));
                for key in &create.keys {
                    let key = self.key(key);
                    self.add(format!("key {key}"));
                }
                self.add(format!("table {}", create.table));
            }
            Command::AlterRelation(alter) => self.alter_relation(alter),
            Command::AlterType(alter) => self.alter_type(alter),
            Command::AlterDomain(alter) => self.alter_domain(alter),
            Command::AlterObject(alter) => self.alter_object(alter),
            Command::Drop(_) | Command::DropOnTable(_) | Command::Comment(_) | Command::Grant(_) => self.object(command),
            Command::Truncate(_)
            | Command::Insert(_)
            | Command::Update(_)
            | Command::Delete(_)
            | Command::Merge(_)
            | Command::Copy(_)
            | Command::Query(_)
            | Command::Explain(_)
            | Command::Prepare(_)
            | Command::Execute(_)
            | Command::Call(_) => self.rows(command),
            _ => self.object(command),
        }
    }
}
