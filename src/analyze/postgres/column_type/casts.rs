//! Which casts there are, what they do to the bytes, and what operator class a type has by default.

use crate::analyze::postgres::volatility::version_range;
use crate::dialect::Version;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Where a cast is asked for; a later one allows more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Context {
    /// By itself, anywhere.
    Implicit,
    /// By itself where a value is stored.
    Assignment,
    /// Where it is written.
    Explicit,
}

/// A cast of the server's own, or of a well-known extension.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast {
    /// The least that it needs.
    pub(super) context: Context,
    /// The value is not touched (`binary coercible`).
    pub(super) same_bytes: bool,
    /// The first major version that has it.
    pub(super) since: u16,
    /// The last one.
    pub(super) until: u16,
}

/// `pg_cast`, by source and target; see `fixtures/truth/builtins.py`.
pub(super) fn casts() -> &'static HashMap<(&'static str, &'static str), Cast> {
    static CASTS: OnceLock<HashMap<(&'static str, &'static str), Cast>> = OnceLock::new();
    CASTS.get_or_init(|| {
        let mut casts = HashMap::new();
        for line in include_str!("../builtin_casts.txt").lines() {
            let mut words = line.split(' ');
            let (Some(source), Some(target), Some(context), Some(method)) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                continue;
            };
            let context = match context {
                "i" => Context::Implicit,
                "a" => Context::Assignment,
                _ => Context::Explicit,
            };
            let versions = words.next().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            let (since, until) = version_range(versions);
            casts.insert((source, target), Cast { context, same_bytes: method == "b", since, until });
        }
        casts
    })
}

/// Types of well-known extensions that take part in `builtin_casts.txt`.
pub(super) fn is_of_extension(name: &str) -> bool {
    matches!(
        name,
        "citext" | "hstore" | "ltree" | "cube" | "seg" | "isbn" | "isbn13" | "issn" | "issn13" | "ean13" | "upc"
    )
}

/// The types of the string category, to which any other converts by itself. The one-byte `"char"` was one of them before 15.
pub(super) fn is_text(name: &str, version: Version) -> bool {
    matches!(name, "text" | "varchar" | "bpchar" | "citext" | "name") || (name == "char" && version < Version(15))
}

/// The type whose default operator class an index over this one has.
pub(super) fn class_type<'t>(name: &'t str, method: &str) -> &'t str {
    match name {
        "varchar" => "text",
        "cidr" => "inet",
        // citext has classes of its own for these methods alone.
        "citext" if !matches!(method, "btree" | "hash") => "text",
        "regclass" | "regproc" | "regprocedure" | "regoper" | "regoperator" | "regtype" | "regrole"
        | "regnamespace" | "regconfig" | "regdictionary" | "regcollation" => "oid",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_are_read_by_context_and_method() {
        let cast = |from, to| casts().get(&(from, to)).copied().unwrap();
        assert!(
            cast("varchar", "text").same_bytes && cast("cidr", "inet").same_bytes && cast("xml", "text").same_bytes
        );
        assert!(!cast("int4", "int8").same_bytes && !cast("bpchar", "text").same_bytes);
        assert_eq!(cast("int8", "int4").context, Context::Assignment);
        assert_eq!(cast("bytea", "int4").since, 18);
    }
}
