//! What both sides spell alike: expressions and names.

use pg_query::NodeEnum;

/// An expression's tree in PostgreSQL's own words, without places: the text is parsed by PostgreSQL. What it refuses stays text.
pub(crate) fn expression(text: &str) -> String {
    match pg_query::parse(&format!("SELECT ({text})"), pg_query::ParserOptions::DEFAULT) {
        Ok(result) => {
            let statement = result.protobuf.stmts.into_iter().next().and_then(|statement| statement.stmt).and_then(|node| node.node);
            match statement {
                Some(NodeEnum::SelectStmt(select)) => match select.target_list.into_iter().next().and_then(|target| target.node) {
                    Some(NodeEnum::ResTarget(target)) => target.val.map_or(String::new(), |value| node(&value)),
                    _ => format!("?{text}"),
                },
                _ => format!("?{text}"),
            }
        }
        Err(_) => format!("?{text}"),
    }
}

/// A tree without the places in the text.
pub(crate) fn node(node: &pg_query::Node) -> String {
    strip(&format!("{node:?}"))
}

fn strip(debug: &str) -> String {
    let mut out = String::with_capacity(debug.len());
    let mut rest = debug;
    while let Some(at) = rest.find("location: ") {
        out.push_str(&rest[..at]);
        rest = rest[at + 10..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    }
    out.push_str(rest);
    // Where a list began and ended, and how deep the parentheses went, is no meaning either.
    let mut cleaned = String::with_capacity(out.len());
    let mut rest = out.as_str();
    for mark in ["list_start: ", "list_end: "] {
        cleaned.clear();
        while let Some(at) = rest.find(mark) {
            cleaned.push_str(&rest[..at]);
            rest = rest[at + mark.len()..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        }
        cleaned.push_str(rest);
        out = cleaned.clone();
        rest = out.as_str();
    }
    cleaned
}
