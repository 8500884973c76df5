//! Names as SQL writes them, for advice that can be pasted.

/// Key words that are no names of tables or columns (manual, appendix C: reserved, also those that may be functions or types).
const RESERVED: &str = " all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate \
    collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time \
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full \
    grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime \
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right \
    select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using \
    variadic verbose when where window with ";

/// The longest name of the server, in bytes.
const LONGEST: usize = 63;

/// A name, in quotes where it needs them. `None` where it cannot be written on one line.
pub(super) fn quoted(name: &str) -> Option<String> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let plain = name.bytes().next().is_some_and(letter)
        && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit() || byte == b'$')
        && !RESERVED.contains(&format!(" {name} "));
    match name {
        "" => None,
        _ if name.len() > LONGEST || name.chars().any(char::is_control) => None,
        // What `format` fills in, which quotes it itself.
        "%I" | "%s" => Some(name.to_owned()),
        _ if plain => Some(name.to_owned()),
        _ => Some(format!("\"{}\"", name.replace('"', "\"\""))),
    }
}

/// The value of a field as SQL: the name of an object, with its schema if it has one, or a list of columns.
pub(super) fn written(field: &str, value: &str) -> Option<String> {
    if field == "old_columns" {
        return selected(value);
    }
    if matches!(field, "columns" | "built_over" | "nullable") {
        return value.split(", ").map(quoted).collect::<Option<Vec<_>>>().map(|names| names.join(", "));
    }
    match value.split_once('.') {
        Some((schema, name)) => Some(format!("{}.{}", quoted(schema)?, quoted(name)?)),
        None => quoted(value),
    }
}

/// The list of a SELECT: `*`, or columns, of which each may be `new AS old`.
fn selected(value: &str) -> Option<String> {
    let column = |item: &str| match item.split_once(" AS ") {
        Some((name, old)) => Some(format!("{} AS {}", quoted(name)?, quoted(old)?)),
        None => quoted(item),
    };
    match value {
        "*" => Some(value.to_owned()),
        _ => value.split(", ").map(column).collect::<Option<Vec<_>>>().map(|names| names.join(", ")),
    }
}

/// A new name made of another one and `_suffix`; a long one is cut, as the server cuts the names that it makes up.
pub(super) fn with_suffix(name: &str, suffix: &str) -> Option<String> {
    let mut end = name.len().min(LONGEST.saturating_sub(suffix.len() + 1));
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    if name.is_empty() { None } else { quoted(&format!("{}_{suffix}", &name[..end])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_need_it() {
        let expect = |name, sql: &str| assert_eq!(quoted(name).as_deref(), Some(sql));
        expect("orders", "orders");
        expect("_a1$", "_a1$");
        expect("Order", "\"Order\"");
        expect("order", "\"order\"");
        expect("1a", "\"1a\"");
        expect("été", "\"été\"");
        expect("a\"b", "\"a\"\"b\"");
        expect("%I", "%I");
        assert_eq!(quoted(""), None);
        assert_eq!(quoted("a\nb"), None);
        assert_eq!(quoted(&"a".repeat(64)), None);
    }

    #[test]
    fn schemas_and_lists_are_taken_apart() {
        assert_eq!(written("relation", "auth.User").as_deref(), Some("auth.\"User\""));
        assert_eq!(written("columns", "id, tenantId").as_deref(), Some("id, \"tenantId\""));
        assert_eq!(written("columns", ""), None);
        assert_eq!(written("old_columns", "*").as_deref(), Some("*"));
        assert_eq!(written("old_columns", "id, b AS \u{e9}").as_deref(), Some("id, b AS \"\u{e9}\""));
    }

    #[test]
    fn new_names_are_made_of_old_ones() {
        assert_eq!(with_suffix("price", "filled").as_deref(), Some("price_filled"));
        assert_eq!(with_suffix("teamId", "filled").as_deref(), Some("\"teamId_filled\""));
        assert_eq!(with_suffix("order", "filled").as_deref(), Some("order_filled"));
        assert_eq!(with_suffix(&"a".repeat(63), "filled").map(|name| name.len()), Some(63));
        assert_eq!(with_suffix("", "filled"), None);
    }
}
