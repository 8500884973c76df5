//! A command as one line: every operand, and of every span the text that it covers.

use crate::statement::{Command, InsertSource, Query};

/// What `{:?}` prints, read back.
#[derive(Debug)]
enum Node {
    /// A string, with its quotes taken off.
    Text(String),
    /// A word or number.
    Word(String),
    /// `12..34`.
    Span(usize, usize),
    /// `[a, b]`.
    List(Vec<Node>),
    /// `Name(a, b)`, `(a, b)`.
    Tuple(String, Vec<Node>),
    /// `Name { field: a }`.
    Struct(String, Vec<(String, Node)>),
}

/// The outline of a command that was read from `text`.
pub(super) fn outline(text: &str, command: &Command) -> String {
    let debug = format!("{command:?}");
    let mut rest = debug.as_str();
    let node = node(&mut rest);
    assert_eq!(rest, "");
    render(text, &node).unwrap_or_else(|| "nothing".to_owned())
}

fn eat(rest: &mut &str, token: &str) -> bool {
    let found = rest.strip_prefix(token);
    *rest = found.unwrap_or(rest);
    found.is_some()
}

fn word(rest: &mut &str) -> String {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.-".contains(c))).unwrap_or(rest.len());
    let word = rest[..end].to_owned();
    *rest = &rest[end..];
    word
}

fn nodes(rest: &mut &str, close: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    while !eat(rest, close) {
        nodes.push(node(rest));
        eat(rest, ", ");
    }
    nodes
}

fn node(rest: &mut &str) -> Node {
    if eat(rest, "[") {
        return Node::List(nodes(rest, "]"));
    }
    if rest.starts_with('"') {
        let mut escaped = false;
        let end = rest[1..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = end.expect("a closing quote") + 1;
        let text = rest[1..end].replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\");
        *rest = &rest[end + 1..];
        return Node::Text(text);
    }
    let name = word(rest);
    if let Some((start, end)) = name.split_once("..") {
        return Node::Span(start.parse().expect("an offset"), end.parse().expect("an offset"));
    }
    if eat(rest, "(") {
        return Node::Tuple(name, nodes(rest, ")"));
    }
    if eat(rest, " { ") {
        let mut fields = Vec::new();
        while !eat(rest, " }") {
            let field = word(rest);
            assert!(eat(rest, ": "), "a field's value: {rest}");
            fields.push((field, node(rest)));
            eat(rest, ", ");
        }
        return Node::Struct(name, fields);
    }
    Node::Word(name)
}

/// `None` for what says nothing: absent, empty, false.
fn render(text: &str, node: &Node) -> Option<String> {
    let field = |fields: &'_ [(String, Node)], name: &str| {
        fields.iter().find(|(field, _)| field == name).and_then(|(_, node)| render(text, node))
    };
    Some(match node {
        Node::Text(string) if string.is_empty() => return None,
        Node::Text(string) => string.clone(),
        Node::Word(word) if ["None", "false", "0", "Permanent"].contains(&word.as_str()) => return None,
        Node::Word(word) => word.clone(),
        Node::Span(start, end) if start == end => return None,
        Node::Span(start, end) => format!("‹{}›", &text[*start..*end]),
        Node::List(list) if list.is_empty() => return None,
        Node::List(list) => {
            let list: Vec<_> = list.iter().map(|node| render(text, node).unwrap_or_else(|| "-".to_owned())).collect();
            format!("[{}]", list.join(", "))
        }
        Node::Tuple(name, parts) => match (name.as_str(), parts.as_slice()) {
            ("Some", [Node::Word(word)]) if word == "false" => "no".to_owned(),
            ("Some", [part]) => render(text, part).unwrap_or_else(|| "none".to_owned()),
            (name, [Node::Struct(inner, _)]) if name == inner => return render(text, &parts[0]),
            (name, parts) => {
                let parts: Vec<_> =
                    parts.iter().map(|part| render(text, part).unwrap_or_else(|| "-".to_owned())).collect();
                format!("{name}({})", parts.join(", "))
            }
        },
        Node::Struct(name, fields) => match name.as_str() {
            "Ident" => {
                let (name, span) = (field(fields, "name").unwrap_or_default(), field(fields, "span"));
                match span {
                    Some(span) if span != format!("‹{name}›") => format!("{name}{span}"),
                    _ => name,
                }
            }
            "ObjectName" => {
                let name = field(fields, "name")?;
                field(fields, "schema").map_or_else(|| name.clone(), |schema| format!("{schema}.{name}"))
            }
            "RelationUse" => {
                let only = field(fields, "only").map_or("", |_| "only ");
                format!("{only}{}", field(fields, "name")?)
            }
            // How expressions, types, queries and bodies are read is tested where that is done.
            "Expr" => {
                let kind = fields.iter().find(|(field, _)| field == "kind").map(|(_, kind)| match kind {
                    Node::Word(name) | Node::Tuple(name, _) | Node::Struct(name, _) => name.clone(),
                    other => format!("{other:?}"),
                });
                format!("{}{}", kind?, field(fields, "span").unwrap_or_default())
            }
            "TypeName" => {
                let setof = field(fields, "setof").map_or("", |_| "setof ");
                format!("{setof}{}{}", field(fields, "name")?, field(fields, "span").unwrap_or_default())
            }
            "StorageOption" => {
                let value = field(fields, "value").map_or_else(String::new, |value| format!("={value}"));
                format!("{}{value}{}", field(fields, "name")?, field(fields, "span").unwrap_or_default())
            }
            "Query" => format!("Query{}", field(fields, "span").unwrap_or_default()),
            "Body" => "Body".to_owned(),
            "Statement" => format!("Statement{}", field(fields, "span").unwrap_or_default()),
            name => {
                let span = field(fields, "span").unwrap_or_default();
                let fields = fields.iter().filter(|(field, _)| field != "span");
                let fields: Vec<_> = fields
                    .filter_map(|(field, node)| match (field.as_str(), render(text, node)?) {
                        (field, value) if value == "true" => Some(field.to_owned()),
                        ("name", value) => Some(value),
                        (field, value) => Some(format!("{field}: {value}")),
                    })
                    .collect();
                format!("{name}{span}{{{}}}", fields.join(", "))
            }
        },
    })
}

/// What the queries of a command mention, a line each: what they read, the columns, the calls, the names that they give out, what they
/// write, and which of their clauses are kept.
pub(super) fn mentions(command: &Command) -> Vec<String> {
    let of = |query: &Query| {
        let list = |words: Vec<String>| words.join(", ");
        let relation = |name: Option<&str>| name.map_or(String::new(), |name| format!("{name}."));
        let columns = query.columns.iter().map(|used| {
            let of = used.relation.as_ref().map(|name| name.to_string());
            format!("{}{}", relation(of.as_deref()), used.column.name)
        });
        let parts = [
            ("reads", list(query.reads.iter().map(|read| read.name.to_string()).collect())),
            ("columns", list(columns.collect())),
            ("calls", list(query.calls.iter().map(|call| format!("{}/{}", call.name, call.arguments.len())).collect())),
            ("gives", list(query.outputs.iter().map(|name| name.as_deref().unwrap_or("-").to_owned()).collect())),
            ("writes", list(query.writes.iter().flat_map(|write| mentions(&write.command)).collect())),
            ("rows", query.values.as_ref().map_or(String::new(), |values| values.row_ends.len().to_string())),
            ("lists", list(query.lists.iter().map(|list| format!("{}", list.values.row_ends.len())).collect())),
            ("terms", list(query.terms.iter().map(|term| term.len().to_string()).collect())),
            ("into", query.into.as_ref().map_or(String::new(), |name| name.to_string())),
            (
                "locks",
                query.row_lock.as_ref().map_or(String::new(), |lock| format!("{lock} {}", query.row_lock_of.join(" "))),
            ),
        ];
        let flags = [
            (query.filter.is_some(), "filtered"),
            (query.limited, "limited"),
            (query.ordered, "ordered"),
            (query.skip_locked, "skips locked"),
            (!query.understood, "NOT UNDERSTOOD"),
        ];
        let parts = parts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(word, text)| format!("{word} {text}"));
        let flags = flags.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned());
        parts.chain(flags).collect::<Vec<_>>().join("; ")
    };
    let queries: Vec<&Query> = match command {
        Command::Query(query) => vec![query],
        Command::Insert(insert) => match &insert.source {
            Some(InsertSource::Query(query)) => vec![&insert.with, query],
            _ => vec![&insert.with],
        },
        Command::Update(update) => vec![&update.with],
        Command::Delete(delete) => vec![&delete.with],
        Command::Merge(merge) => vec![&merge.with],
        Command::CreateView(view) => vec![&view.query],
        Command::CreateTable(table) => table.query.as_deref().into_iter().collect(),
        Command::Copy(copy) => copy.query.iter().collect(),
        Command::Explain(explain) => return mentions(&explain.statement.command),
        Command::Prepare(prepare) => return mentions(&prepare.statement.command),
        _ => Vec::new(),
    };
    queries.into_iter().map(of).filter(|line| !line.is_empty()).collect()
}
