//! What both sides spell alike: expressions and option values.

use pg_query::NodeEnum;

/// The first target of `SELECT text`, as PostgreSQL reads it.
fn target(text: &str) -> Option<NodeEnum> {
    let result = pg_query::parse(text, pg_query::ParserOptions::DEFAULT).ok()?;
    let [statement] = <[_; 1]>::try_from(result.protobuf.stmts).ok()?;
    let NodeEnum::SelectStmt(select) = statement.stmt?.node? else { return None };
    let [target] = <[_; 1]>::try_from(select.target_list).ok()?;
    let NodeEnum::ResTarget(target) = target.node? else { return None };
    target.val?.node
}

/// An expression's tree in PostgreSQL's own words, without places: the text is parsed by PostgreSQL. What it refuses stays text.
pub(crate) fn expression(text: &str) -> String {
    let tree = |text: &str| target(&format!("SELECT ({text}\n)")).map(|tree| strip(&format!("{:?}", pg_query::Node { node: Some(tree) })));
    tree(text).unwrap_or_else(|| format!("?{text}"))
}

/// The value of an option: types in the server's spelling, everything else in lower case.
pub(crate) fn option_value(text: &str) -> String {
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let text = &inside.unwrap_or(text).split(',').map(str::trim).collect::<Vec<_>>().join(",");
    let word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_ .[](),\"".contains(&byte));
    if word
        && !text.is_empty()
        && let Some(NodeEnum::TypeCast(cast)) = target(&format!("SELECT NULL::{text}"))
        && let Some(ty) = cast.type_name
    {
        return crate::grammar::ty(&ty).trim_start_matches("pg_catalog.").to_owned();
    }
    text.to_lowercase().trim_start_matches('+').split_whitespace().collect::<Vec<_>>().join(" ").replace("- ", "-")
}

/// A tree without the places in the text.
pub(crate) fn node(node: &pg_query::Node) -> String {
    strip(&format!("{node:?}"))
}

fn strip(debug: &str) -> String {
    // Where a list or a constant began and ended is no meaning.
    let mut text = debug.to_owned();
    for mark in ["location: ", "list_start: ", "list_end: "] {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(mark) {
            out.push_str(&rest[..at]);
            rest = rest[at + mark.len()..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        }
        out.push_str(rest);
        text = out;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_no_meaning() {
        assert_eq!(expression("a  +  1"), expression("a + 1"));
        assert_ne!(expression("a + 1"), expression("a + 2"));
        assert_eq!(option_value("integer"), option_value("INT4"));
        assert_eq!(option_value("+70"), "70");
    }
}
