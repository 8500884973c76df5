//! Data types, under the names that the server keeps them.

use super::cursor::Cursor;
use super::lex::TokenKind;
use crate::statement::{List, Name, TypeName};

/// Reads a type; `None`, and nothing taken, where none stands.
pub(crate) fn type_name(cursor: &mut Cursor<'_>) -> Option<TypeName> {
    let start = cursor.position();
    let offset = cursor.offset();
    let setof = cursor.eat("SETOF");
    let quoted = cursor.is_kind(TokenKind::QuotedIdent);
    if !cursor.is_ident() {
        cursor.reset(start);
        return None;
    }
    let mut fields = None;
    let mut modifiers = List::new();
    let mut schema = None;
    let mut percent_type = false;
    let built_in = if quoted { None } else { built_in(cursor, &mut modifiers, &mut fields) };
    let mut quoted = quoted;
    let name = match built_in {
        Some(name) => Name::new_static(name),
        None => {
            let mut name = cursor.ident()?;
            let mut unqualified = !quoted;
            while cursor.is_kind(TokenKind::Dot)
                && cursor.peek_nth(1).is_some_and(|token| token.kind != TokenKind::Operator)
            {
                let before = cursor.position();
                cursor.next();
                quoted = cursor.is_kind(TokenKind::QuotedIdent);
                match cursor.ident() {
                    Some(part) => schema = Some(Box::new(std::mem::replace(&mut name, part))),
                    None => {
                        cursor.reset(before);
                        break;
                    }
                }
                unqualified = false;
            }
            if cursor.is_op("%") && (cursor.is_nth(1, "TYPE") || cursor.is_nth(1, "ROWTYPE")) {
                cursor.next();
                percent_type = cursor.is("TYPE");
                cursor.next();
            }
            if schema.as_ref().is_some_and(|schema| schema.name == "pg_catalog") {
                schema = None;
                unqualified = false;
            }
            modifiers = read_modifiers(cursor);
            if unqualified { Name::new(canonical(&name.name)) } else { name.name }
        }
    };
    if modifiers.is_empty()
        && !quoted
        && schema.is_none()
        && matches!(name.as_str(), "bpchar" | "bit")
        && built_in.is_some()
    {
        // `char` alone is `char(1)`, as is `bit` (manual: 8.3, 8.10).
        modifiers.push(Name::new_static("1"));
    }
    let mut dimensions: u8 = 0;
    loop {
        if cursor.is_kind(TokenKind::LBracket) {
            if cursor.brackets().is_none() {
                break;
            }
            dimensions = dimensions.saturating_add(1);
        } else if dimensions == 0 && cursor.is("ARRAY") {
            cursor.next();
            cursor.brackets();
            dimensions = 1;
        } else {
            break;
        }
    }
    Some(TypeName {
        span: cursor.span_since(offset),
        schema,
        name,
        modifiers,
        fields: fields.map(Box::new),
        dimensions,
        quoted,
        percent_type,
        setof,
    })
}

/// Takes the words of a type with a spelling of its own in the grammar (manual: Table 8.1), and its modifiers.
fn built_in(cursor: &mut Cursor<'_>, modifiers: &mut List<Name>, fields: &mut Option<Name>) -> Option<&'static str> {
    let word = cursor.word()?;
    if cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::Dot) {
        return None;
    }
    let first = word.as_bytes().first()?.to_ascii_lowercase();
    match first {
        b'n' if cursor.is("NATIONAL") && (cursor.is_nth(1, "CHARACTER") || cursor.is_nth(1, "CHAR")) => {
            cursor.next();
            cursor.next();
            Some(characters(cursor, modifiers))
        }
        b'n' if cursor.eat("NCHAR") => Some(characters(cursor, modifiers)),
        b'c' if cursor.eat("CHARACTER") || cursor.eat("CHAR") => Some(characters(cursor, modifiers)),
        b'b' if cursor.eat("BIT") => {
            let varying = cursor.eat("VARYING");
            *modifiers = read_modifiers(cursor);
            Some(if varying { "varbit" } else { "bit" })
        }
        b'd' if cursor.is_seq(&["DOUBLE", "PRECISION"]) => {
            cursor.next();
            cursor.next();
            Some("float8")
        }
        b'f' if cursor.eat("FLOAT") => {
            // float(1) to float(24) are single precision (manual: 8.1.3).
            let precision: u32 = read_modifiers(cursor).first().and_then(|digits| digits.parse().ok()).unwrap_or(53);
            Some(if precision <= 24 { "float4" } else { "float8" })
        }
        b't' if cursor.is("TIME") || cursor.is("TIMESTAMP") => {
            let timestamp = cursor.is("TIMESTAMP");
            cursor.next();
            *modifiers = read_modifiers(cursor);
            let zoned = cursor.eat_seq(&["WITH", "TIME", "ZONE"]);
            if !zoned {
                cursor.eat_seq(&["WITHOUT", "TIME", "ZONE"]);
            }
            Some(match (timestamp, zoned) {
                (true, true) => "timestamptz",
                (true, false) => "timestamp",
                (false, true) => "timetz",
                (false, false) => "time",
            })
        }
        b'i' if cursor.eat("INTERVAL") => {
            const FIELDS: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
            *modifiers = read_modifiers(cursor);
            let start = cursor.offset();
            if modifiers.is_empty() && cursor.eat_any(&FIELDS).is_some() {
                if cursor.is("TO") && FIELDS.iter().any(|field| cursor.is_nth(1, field)) {
                    cursor.next();
                    cursor.next();
                }
                *fields = Some(Name::from(cursor.text(cursor.span_since(start)).to_ascii_lowercase()));
                *modifiers = read_modifiers(cursor);
            }
            Some("interval")
        }
        _ => None,
    }
}

/// What follows `CHARACTER` and its synonyms.
fn characters(cursor: &mut Cursor<'_>, modifiers: &mut List<Name>) -> &'static str {
    let varying = cursor.eat("VARYING");
    *modifiers = read_modifiers(cursor);
    if varying { "varchar" } else { "bpchar" }
}

/// The server's name for a type that has another common spelling.
fn canonical(name: &str) -> &str {
    match name {
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "real" => "float4",
        "boolean" => "bool",
        "decimal" | "dec" => "numeric",
        "serial4" => "serial",
        "serial8" => "bigserial",
        "serial2" => "smallserial",
        other => other,
    }
}

fn read_modifiers(cursor: &mut Cursor<'_>) -> List<Name> {
    let Some(inside) = cursor.parens() else { return List::new() };
    inside.split_commas().map(|part| Name::new(part.text(part.rest_span()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::cursor::tests::tokens;

    fn read(text: &str) -> (TypeName, String) {
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        let ty = type_name(&mut cursor).expect("a type");
        let rest = cursor.text(cursor.rest_span()).to_owned();
        (ty, rest)
    }

    fn name(text: &str) -> String {
        let (ty, rest) = read(text);
        assert_eq!(rest, "", "{text}");
        assert_eq!(ty.span.range(), 0..text.len());
        let mut name = ty.schema.map(|schema| format!("{}.", schema.name)).unwrap_or_default();
        name += &ty.name;
        if !ty.modifiers.is_empty() {
            name += &format!("({})", ty.modifiers.join(","));
        }
        if let Some(fields) = ty.fields {
            name += &format!(" {fields}");
        }
        name + &"[]".repeat(ty.dimensions as usize)
    }

    #[test]
    fn built_in_types_have_the_servers_names() {
        for (written, expected) in [
            ("INT", "int4"),
            ("integer", "int4"),
            ("bigint", "int8"),
            ("smallint", "int2"),
            ("real", "float4"),
            ("DOUBLE PRECISION", "float8"),
            ("float", "float8"),
            ("float(24)", "float4"),
            ("float(25)", "float8"),
            ("decimal(10, 2)", "numeric(10,2)"),
            ("numeric", "numeric"),
            ("char", "bpchar(1)"),
            ("char(3)", "bpchar(3)"),
            ("character varying(10)", "varchar(10)"),
            ("varchar", "varchar"),
            ("national character varying(3)", "varchar(3)"),
            ("bit", "bit(1)"),
            ("bit varying", "varbit"),
            ("timestamp", "timestamp"),
            ("timestamp(3) with time zone", "timestamptz(3)"),
            ("timestamp without time zone", "timestamp"),
            ("time with time zone", "timetz"),
            ("timestamptz(6)", "timestamptz(6)"),
            ("interval", "interval"),
            ("interval day to second(3)", "interval(3) day to second"),
            ("serial", "serial"),
            ("bigserial", "bigserial"),
            ("serial8", "bigserial"),
            ("bool", "bool"),
            ("text[]", "text[]"),
            ("int[3][]", "int4[][]"),
            ("int ARRAY", "int4[]"),
            ("int ARRAY[4]", "int4[]"),
            ("pg_catalog.int4", "int4"),
            ("\"public\".\"Mood\"", "public.Mood"),
            ("app.Mood", "app.mood"),
            ("geometry(Point, 4326)", "geometry(Point,4326)"),
            ("vector(1536)", "vector(1536)"),
        ] {
            assert_eq!(name(written), expected, "{written}");
        }
    }

    #[test]
    fn quoted_names_are_not_keywords() {
        let (ty, _) = read("\"char\"");
        assert_eq!((ty.name.as_str(), ty.quoted, ty.modifiers.len()), ("char", true, 0));
        let (ty, _) = read("\"integer\"");
        assert_eq!(ty.name, "integer");
        assert_eq!(name("pg_catalog.bpchar"), "bpchar");
    }

    #[test]
    fn what_follows_is_left_alone() {
        for (text, rest) in [
            ("int NOT NULL", "NOT NULL"),
            ("timestamp DEFAULT now()", "DEFAULT now()"),
            ("interval DEFAULT '1 day'", "DEFAULT '1 day'"),
            ("text COLLATE \"C\"", "COLLATE \"C\""),
            ("double", ""),
            ("time WITH (x)", "WITH (x)"),
        ] {
            assert_eq!(read(text).1, rest, "{text}");
        }
    }

    #[test]
    fn references_to_other_types() {
        let (ty, rest) = read("s.t.c%TYPE = 1");
        assert!(ty.percent_type);
        assert_eq!(rest, "= 1");
        let (ty, _) = read("SETOF orders");
        assert!(ty.setof);
        assert_eq!(ty.name, "orders");
    }

    #[test]
    fn no_type_takes_nothing() {
        let text = "= 1";
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        assert!(type_name(&mut cursor).is_none());
        assert_eq!(cursor.position(), 0);
    }
}
