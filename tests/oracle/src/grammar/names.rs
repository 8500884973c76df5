//! The names within a query or a DML statement of PostgreSQL's tree: what it reads, writes, mentions and calls.

use pg_query::NodeEnum;
use serde_json::Value;
use std::collections::BTreeSet;

/// Names, each once, in order.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Relations read; CTEs are left out.
    pub(crate) reads: BTreeSet<String>,
    /// Relations written within.
    pub(crate) writes: BTreeSet<String>,
    /// The last parts of the columns mentioned; `*` for all. Behind a `~` those that only what a CTE, a subquery or a function gives
    /// may be meant by: they are no columns of a relation.
    pub(crate) columns: BTreeSet<String>,
    /// Each mention with its qualifier.
    mentions: Vec<(Option<String>, String)>,
    /// The names in `FROM` of what is no relation.
    derived: BTreeSet<String>,
    /// Functions called by their name.
    pub(crate) calls: BTreeSet<String>,
}

/// Everything within a tree.
pub(crate) fn names(tree: &NodeEnum) -> Names {
    let mut names = Names::default();
    match serde_json::to_value(tree) {
        Ok(value) => walk(&value, &mut Vec::new(), &mut names),
        Err(error) => panic!("a tree is data: {error}"),
    }
    let derived = |(qualifier, column): &(Option<String>, String)| match qualifier {
        Some(qualifier) => names.derived.contains(qualifier),
        None => column == "*" && !names.derived.is_empty(),
    };
    let (loose, certain): (Vec<_>, Vec<_>) = std::mem::take(&mut names.mentions).into_iter().partition(derived);
    names.columns = certain.into_iter().map(|(_, column)| column).collect();
    let loose = loose.into_iter().map(|(_, column)| column).filter(|column| !names.columns.contains(column));
    let loose: Vec<_> = loose.map(|column| format!("~{column}")).collect();
    names.columns.extend(loose);
    names
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The strings in a list of nodes; `*` is one as well.
fn strings(list: Option<&Value>) -> Vec<String> {
    let parts = list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let part = |part: &Value| {
        let node = part.get("node")?;
        if node.get("AStar").is_some() {
            return Some("*".to_owned());
        }
        Some(text(node.get("String")?, "sval").to_owned())
    };
    parts.iter().filter_map(part).collect()
}

fn alias(value: &Value) -> Option<String> {
    let name = text(value.get("alias")?, "aliasname");
    (!name.is_empty()).then(|| name.to_owned())
}

fn relation(value: &Value) -> String {
    super::qualified(text(value, "schemaname"), text(value, "relname"))
}

fn walk(value: &Value, ctes: &mut Vec<String>, names: &mut Names) {
    match value {
        Value::Array(parts) => parts.iter().for_each(|part| walk(part, ctes, names)),
        Value::Object(fields) => {
            if let Some(var) = fields.get("RangeVar").filter(|var| var.get("relname").is_some()) {
                let name = relation(var);
                if text(var, "schemaname").is_empty() && ctes.contains(&name) {
                    names.derived.insert(alias(var).unwrap_or(name));
                } else {
                    names.reads.insert(name);
                }
                return;
            }
            if let Some(column) = fields.get("ColumnRef").and_then(|column| column.get("fields")) {
                let mut path = strings(Some(column));
                if let Some(column) = path.pop() {
                    // A schema before the table leaves no doubt.
                    let qualifier = if path.len() == 1 { path.pop() } else { path.pop().map(|table| format!(".{table}")) };
                    names.mentions.push((qualifier, column));
                }
                return;
            }
            if let Some(call) = fields.get("FuncCall")
                && call.get("funcformat").and_then(Value::as_i64) != Some(pg_query::protobuf::CoercionForm::CoerceSqlSyntax as i64)
            {
                let parts: Vec<_> = strings(call.get("funcname")).into_iter().filter(|part| part != "pg_catalog").collect();
                // `SIMILAR TO` and `LIKE ... ESCAPE` are calls in the tree alone.
                if matches!(parts.as_slice(), [name] if name == "similar_to_escape" || name == "like_escape") {
                    return walk_fields(fields, ctes, names);
                }
                names.calls.insert(parts[parts.len().saturating_sub(2)..].join("."));
            }
            for kind in ["RangeSubselect", "RangeFunction", "RangeTableFunc", "JsonTable", "JoinExpr"] {
                names.derived.extend(fields.get(kind).and_then(alias));
            }
            if let Some(function) = fields.get("RangeFunction").filter(|function| alias(function).is_none()) {
                // A function without an alias has its own name.
                let mut inner = Names::default();
                walk(function, &mut ctes.clone(), &mut inner);
                names.derived.extend(inner.calls.iter().filter_map(|call| call.rsplit('.').next()).map(str::to_owned));
                names.derived.insert(String::new());
            }
            for kind in ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"] {
                if let Some(target) = fields.get(kind).and_then(|statement| statement.get("relation")) {
                    names.writes.insert(relation(target));
                }
            }
            let outside = ctes.len();
            if let Some(with) = fields.get("with_clause").filter(|with| with.is_object()) {
                with_clause(with, ctes, names);
            }
            walk_fields(fields, ctes, names);
            ctes.truncate(outside);
        }
        _ => {}
    }
}

fn walk_fields(fields: &serde_json::Map<String, Value>, ctes: &mut Vec<String>, names: &mut Names) {
    for (field, part) in fields {
        // What is locked is named by its alias.
        if field != "with_clause" && field != "locked_rels" {
            walk(part, ctes, names);
        }
    }
}

fn with_clause(with: &Value, ctes: &mut Vec<String>, names: &mut Names) {
    let list = with.get("ctes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let list: Vec<_> = list.iter().filter_map(|cte| cte.get("node")?.get("CommonTableExpr")).collect();
    let name = |cte: &Value| text(cte, "ctename").to_owned();
    let recursive = with.get("recursive").and_then(Value::as_bool) == Some(true);
    if recursive {
        ctes.extend(list.iter().map(|cte| name(cte)));
    }
    for cte in list {
        if let Some(query) = cte.get("ctequery") {
            walk(query, ctes, names);
        }
        if !recursive {
            ctes.push(name(cte));
        }
    }
}
