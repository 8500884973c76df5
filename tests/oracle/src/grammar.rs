//! PostgreSQL's tree in our words: the kind of a statement, then its operands.

mod alter;
mod names;
mod object;
mod privilege;
mod routine;
mod row;
mod table;

use crate::normal;
use pg_query::NodeEnum;
use pg_query::protobuf::{DefElem, DropBehavior, Node, ObjectType, RangeVar, RoleSpec, RoleSpecType, TypeName};

pub(crate) use names::names;
pub(crate) use row::CELLS;

/// The facts of a statement, in order.
#[derive(Debug, Default)]
pub(crate) struct Out(pub(crate) Vec<String>);

impl Out {
    pub(crate) fn add(&mut self, fact: impl Into<String>) {
        self.0.push(fact.into());
    }

    /// `word value`, where there is a value.
    pub(crate) fn word(&mut self, word: &str, value: &str) {
        if !value.is_empty() {
            self.add(format!("{word} {value}"));
        }
    }

    pub(crate) fn flag(&mut self, on: bool, word: &str) {
        if on {
            self.add(word);
        }
    }

    pub(crate) fn cascade(&mut self, behavior: i32) {
        self.flag(behavior == DropBehavior::DropCascade as i32, "cascade");
    }

    /// What a query or statement reads, writes, mentions and calls.
    pub(crate) fn names(&mut self, tree: Option<&NodeEnum>) {
        let names = tree.map(names).unwrap_or_default();
        let list = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(",");
        self.add(format!("reads {}", list(&names.reads)));
        self.add(format!("writes {}", list(&names.writes)));
        self.add(format!("columns {}", list(&names.columns)));
        self.add(format!("calls {}", list(&names.calls)));
    }
}

/// The statement in our words.
pub(crate) fn facts(tree: &NodeEnum) -> Vec<String> {
    let mut out = Out::default();
    let read = table::facts(tree, &mut out)
        || alter::facts(tree, &mut out)
        || row::facts(tree, &mut out)
        || routine::facts(tree, &mut out)
        || privilege::facts(tree, &mut out)
        || object::facts(tree, &mut out);
    if !read {
        let debug = format!("{tree:?}");
        out.add(debug.split('(').next().unwrap_or(""));
    }
    out.0
}

/// The kind of a statement.
pub(crate) fn kind(tree: &NodeEnum) -> String {
    facts(tree).into_iter().next().unwrap_or_default()
}

/// The facts of a statement within another one, each marked with where it stands.
pub(crate) fn within(word: &str, tree: Option<&NodeEnum>, out: &mut Out) {
    for fact in tree.map(facts).unwrap_or_default() {
        out.add(format!("{word}>{fact}"));
    }
}

/// A key: a column, though it stands in parentheses, or an expression.
pub(crate) fn key(name: &str, expression: &Option<Box<Node>>) -> String {
    if !name.is_empty() {
        return name.to_owned();
    }
    match expression.as_ref().and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::ColumnRef(column)) if column.fields.len() == 1 => string(&column.fields[0]),
        _ => expr(expression),
    }
}

pub(crate) fn relation(relation: &Option<RangeVar>) -> String {
    relation.as_ref().map_or(String::from("-"), |relation| qualified(&relation.schemaname, &relation.relname))
}

pub(crate) fn only(relation: &Option<RangeVar>) -> bool {
    relation.as_ref().is_some_and(|relation| !relation.inh)
}

pub(crate) fn qualified(schema: &str, name: &str) -> String {
    if schema.is_empty() { name.to_owned() } else { format!("{schema}.{name}") }
}

pub(crate) fn string(node: &Node) -> String {
    match &node.node {
        Some(NodeEnum::String(value)) => value.sval.clone(),
        Some(NodeEnum::Integer(value)) => value.ival.to_string(),
        Some(NodeEnum::Float(value)) => value.fval.clone(),
        Some(NodeEnum::Boolean(value)) => value.boolval.to_string(),
        Some(NodeEnum::List(list)) => name(&list.items),
        Some(NodeEnum::TypeName(ty)) => name(&ty.names),
        Some(NodeEnum::ObjectWithArgs(object)) => name(&object.objname),
        Some(NodeEnum::RangeVar(var)) => qualified(&var.schemaname, &var.relname),
        Some(NodeEnum::RoleSpec(spec)) => role(spec),
        Some(NodeEnum::AStar(_)) => "*".to_owned(),
        Some(NodeEnum::AConst(constant)) => match &constant.val {
            Some(pg_query::protobuf::a_const::Val::Sval(value)) => value.sval.clone(),
            Some(pg_query::protobuf::a_const::Val::Ival(value)) => value.ival.to_string(),
            Some(pg_query::protobuf::a_const::Val::Fval(value)) => value.fval.clone(),
            Some(pg_query::protobuf::a_const::Val::Boolval(value)) => value.boolval.to_string(),
            _ => String::from("?"),
        },
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().map_or(String::new(), string),
        _ => String::from("?"),
    }
}

pub(crate) fn role(spec: &RoleSpec) -> String {
    match RoleSpecType::try_from(spec.roletype) {
        Ok(RoleSpecType::RolespecCurrentRole) => "current_role".to_owned(),
        Ok(RoleSpecType::RolespecCurrentUser) => "current_user".to_owned(),
        Ok(RoleSpecType::RolespecSessionUser) => "session_user".to_owned(),
        Ok(RoleSpecType::RolespecPublic) => "public".to_owned(),
        _ => spec.rolename.clone(),
    }
}

/// The last two parts of a name; `pg_catalog` is left out, as it is where grammar puts it before built-in types.
pub(crate) fn name(parts: &[Node]) -> String {
    let parts: Vec<_> = parts.iter().map(string).filter(|part| part != "pg_catalog").collect();
    parts[parts.len().saturating_sub(2)..].join(".")
}

pub(crate) fn names_of(nodes: &[Node]) -> String {
    nodes.iter().map(string).collect::<Vec<_>>().join(",")
}

pub(crate) fn expr(node: &Option<Box<Node>>) -> String {
    node.as_ref().map_or(String::new(), |node| normal::node(node))
}

pub(crate) fn ty(ty: &TypeName) -> String {
    let modifiers: Vec<_> = ty.typmods.iter().map(normal::node).collect();
    let modifiers = if name(&ty.names) == "interval" { String::new() } else { modifiers.join(",") };
    let setof = if ty.setof { "setof " } else { "" };
    let reference = if ty.pct_type { "%type" } else { "" };
    // A reference to a column's type is a path of any length.
    let name = if ty.pct_type { ty.names.last().map_or(String::new(), string) } else { name(&ty.names) };
    let name = match name.as_str() {
        "serial2" => "smallserial",
        "serial4" => "serial",
        "serial8" => "bigserial",
        other => other,
    };
    format!("{setof}{name}{reference}({}){}", modifiers, "[]".repeat(ty.array_bounds.len()))
}

pub(crate) fn optional_type(of: &Option<TypeName>) -> String {
    of.as_ref().map_or(String::new(), ty)
}

fn element(node: &Node) -> Option<&DefElem> {
    match &node.node {
        Some(NodeEnum::DefElem(element)) => Some(element),
        _ => None,
    }
}

pub(crate) fn elements(nodes: &[Node]) -> impl Iterator<Item = &DefElem> {
    nodes.iter().filter_map(element)
}

/// The value of an option, in the words of `normal::option_value`; a switch that is on is empty.
pub(crate) fn value(element: &DefElem) -> String {
    match element.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
        None => String::new(),
        Some(NodeEnum::Boolean(on)) if on.boolval => String::new(),
        Some(NodeEnum::TypeName(of)) if of.typmods.is_empty() && of.array_bounds.is_empty() => normal::option_value(&name(&of.names)),
        Some(NodeEnum::TypeName(of)) => ty(of),
        Some(NodeEnum::List(list)) => normal::option_value(&names_of(&list.items)),
        Some(node) => normal::option_value(&string(&Node { node: Some(node.clone()) })),
    }
}

/// `name=value`, each as a fact.
pub(crate) fn options(nodes: &[Node], out: &mut Out) {
    for element in elements(nodes) {
        out.add(format!("option {}", option(element)));
    }
}

pub(crate) fn option(element: &DefElem) -> String {
    let namespace = if element.defnamespace.is_empty() { String::new() } else { format!("{}.", element.defnamespace) };
    format!("{namespace}{}={}", element.defname, value(element))
}

/// Options of a sequence in the words of `CreateSequence::options`; its type and owner are facts of their own.
pub(crate) fn sequence_options(nodes: &[Node]) -> Vec<String> {
    let mut facts = Vec::new();
    for element in elements(nodes) {
        let value = value(element);
        facts.push(match (element.defname.as_str(), element.arg.is_some()) {
            ("as", _) => format!("as {value}"),
            ("owned_by", _) => {
                let path: Vec<_> = match element.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                    Some(NodeEnum::List(list)) => list.items.iter().map(string).collect(),
                    _ => Vec::new(),
                };
                format!("owned-by {}", path[path.len().saturating_sub(3)..].join("."))
            }
            ("minvalue" | "maxvalue", false) => format!("no {}=", element.defname),
            ("cycle", _) if value.is_empty() => "cycle=".to_owned(),
            ("cycle", _) => "no cycle=".to_owned(),
            ("sequence_name", _) => format!("sequence name={}", element.arg.as_deref().map_or(String::new(), string)),
            ("generated", _) => format!("generated={}", if value == "97" { "always" } else { "by default" }),
            (name, _) => format!("{name}={value}"),
        });
    }
    facts
}

/// The objects that a routine's name and argument types mean; without arguments where none are written.
pub(crate) fn routine(node: &Node) -> (String, String) {
    match &node.node {
        Some(NodeEnum::ObjectWithArgs(object)) if object.args_unspecified => (name(&object.objname), "-".to_owned()),
        Some(NodeEnum::ObjectWithArgs(object)) => {
            let types = object.objargs.iter().map(|arg| match &arg.node {
                Some(NodeEnum::TypeName(of)) => ty(of),
                _ => "none".to_owned(),
            });
            (name(&object.objname), types.collect::<Vec<_>>().join(","))
        }
        _ => (string(node), "-".to_owned()),
    }
}

/// A kind of object as [`shipworthy::statement::ObjectKind::name`] calls it.
pub(crate) fn object_kind(kind: i32) -> &'static str {
    use ObjectType as O;
    match ObjectType::try_from(kind) {
        Ok(O::ObjectTable) => "table",
        Ok(O::ObjectForeignTable) => "foreign table",
        Ok(O::ObjectIndex) => "index",
        Ok(O::ObjectView) => "view",
        Ok(O::ObjectMatview) => "materialized view",
        Ok(O::ObjectSequence) => "sequence",
        Ok(O::ObjectColumn) => "column",
        Ok(O::ObjectTabconstraint | O::ObjectDomconstraint) => "constraint",
        Ok(O::ObjectTrigger) => "trigger",
        Ok(O::ObjectPolicy) => "policy",
        Ok(O::ObjectRule) => "rule",
        Ok(O::ObjectType) => "type",
        Ok(O::ObjectDomain) => "domain",
        Ok(O::ObjectSchema) => "schema",
        Ok(O::ObjectFunction) => "function",
        Ok(O::ObjectProcedure) => "procedure",
        Ok(O::ObjectRoutine) => "routine",
        Ok(O::ObjectAggregate) => "aggregate",
        Ok(O::ObjectOperator) => "operator",
        Ok(O::ObjectOpclass) => "operator class",
        Ok(O::ObjectOpfamily) => "operator family",
        Ok(O::ObjectCast) => "cast",
        Ok(O::ObjectCollation) => "collation",
        Ok(O::ObjectConversion) => "conversion",
        Ok(O::ObjectExtension) => "extension",
        Ok(O::ObjectLanguage) => "language",
        Ok(O::ObjectStatisticExt) => "statistics object",
        Ok(O::ObjectTsconfiguration) => "text search configuration",
        Ok(O::ObjectTsdictionary) => "text search dictionary",
        Ok(O::ObjectTsparser) => "text search parser",
        Ok(O::ObjectTstemplate) => "text search template",
        Ok(O::ObjectTransform) => "transform",
        Ok(O::ObjectAccessMethod) => "access method",
        Ok(O::ObjectEventTrigger) => "event trigger",
        Ok(O::ObjectFdw) => "foreign-data wrapper",
        Ok(O::ObjectForeignServer) => "server",
        Ok(O::ObjectUserMapping) => "user mapping",
        Ok(O::ObjectPublication) => "publication",
        Ok(O::ObjectSubscription) => "subscription",
        Ok(O::ObjectRole) => "role",
        Ok(O::ObjectDatabase) => "database",
        Ok(O::ObjectTablespace) => "tablespace",
        Ok(O::ObjectLargeobject) => "large object",
        Ok(O::ObjectParameterAcl) => "parameter",
        _ => "?",
    }
}
