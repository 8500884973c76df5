//! `CREATE` of what changes no table: roles, databases, operators, servers, aggregates ...

use super::demand::Read;
use super::object::{operator_name, role, signature};
use super::option::{foreign_options, options_in_parens, with_options};
use crate::parse::cursor::Cursor;
use crate::parse::expression::is_reserved;
use crate::parse::lex::TokenKind;
use crate::statement::{Command, CreateCast, CreateObject, Ident, Name, ObjectKind, ObjectName, StorageOption};

/// `CREATE [OR REPLACE]`, behind it.
pub(super) fn create_object(c: &mut Cursor<'_>, or_replace: bool) -> Read<Command> {
    const KINDS: [(&[&str], ObjectKind); 23] = [
        (&["ROLE"], ObjectKind::Role),
        (&["USER", "MAPPING"], ObjectKind::UserMapping),
        (&["USER"], ObjectKind::Role),
        (&["GROUP"], ObjectKind::Role),
        (&["DATABASE"], ObjectKind::Database),
        (&["TABLESPACE"], ObjectKind::Tablespace),
        (&["CAST"], ObjectKind::Cast),
        (&["COLLATION"], ObjectKind::Collation),
        (&["CONVERSION"], ObjectKind::Conversion),
        (&["OPERATOR", "CLASS"], ObjectKind::OperatorClass),
        (&["OPERATOR", "FAMILY"], ObjectKind::OperatorFamily),
        (&["OPERATOR"], ObjectKind::Operator),
        (&["LANGUAGE"], ObjectKind::Language),
        (&["SERVER"], ObjectKind::Server),
        (&["FOREIGN", "DATA", "WRAPPER"], ObjectKind::ForeignDataWrapper),
        (&["TEXT", "SEARCH", "CONFIGURATION"], ObjectKind::TextSearchConfiguration),
        (&["TEXT", "SEARCH", "DICTIONARY"], ObjectKind::TextSearchDictionary),
        (&["TEXT", "SEARCH", "PARSER"], ObjectKind::TextSearchParser),
        (&["TEXT", "SEARCH", "TEMPLATE"], ObjectKind::TextSearchTemplate),
        (&["TRANSFORM"], ObjectKind::Transform),
        (&["ACCESS", "METHOD"], ObjectKind::AccessMethod),
        (&["AGGREGATE"], ObjectKind::Aggregate),
        (&["SUBSCRIPTION"], ObjectKind::Subscription),
    ];
    let default = c.eat("DEFAULT");
    let language = c.eat("TRUSTED") | c.eat("PROCEDURAL");
    let Some((_, kind)) = KINDS.iter().find(|(words, _)| c.eat_seq(words)) else { return c.stuck() };
    let mut object = empty_object(*kind);
    object.or_replace = or_replace;
    let replaceable = matches!(kind, ObjectKind::Language | ObjectKind::Transform | ObjectKind::Aggregate);
    if (or_replace && !replaceable)
        || (default && *kind != ObjectKind::Conversion)
        || (language && *kind != ObjectKind::Language)
    {
        return c.stuck();
    }
    if matches!(kind, ObjectKind::Collation | ObjectKind::Server | ObjectKind::UserMapping) {
        object.if_not_exists = c.eat_if_not_exists();
    }
    match kind {
        ObjectKind::Cast | ObjectKind::Transform | ObjectKind::UserMapping => {}
        ObjectKind::Operator => object.name = Some(operator_name(c)?),
        ObjectKind::Role => object.name = Some(ObjectName { schema: None, name: role(c)? }),
        _ => object.name = Some(c.need_name()?),
    }
    if *kind == ObjectKind::Cast {
        cast(c, &mut object)?;
    } else {
        object.options = definition(c, *kind, &mut object.needs)?;
    }
    c.need_end()?;
    Ok(Command::CreateObject(Box::new(object)))
}

/// An object of which only the kind is known so far.
pub(super) fn empty_object(kind: ObjectKind) -> CreateObject {
    CreateObject {
        kind,
        name: None,
        or_replace: false,
        if_not_exists: false,
        relation: None,
        needs: Vec::new(),
        cast: None,
        options: Vec::new(),
    }
}

fn plain(name: Ident) -> ObjectName {
    ObjectName { schema: None, name }
}

/// What stands behind the name.
fn definition(
    c: &mut Cursor<'_>,
    kind: ObjectKind,
    needs: &mut Vec<(ObjectKind, ObjectName)>,
) -> Read<Vec<StorageOption>> {
    match kind {
        ObjectKind::Role => {
            c.eat("WITH");
            return role_options(c);
        }
        ObjectKind::Database => {
            c.eat("WITH");
            return database_options(c);
        }
        ObjectKind::Tablespace => {
            if c.eat("OWNER") {
                role(c)?;
            }
            c.need("LOCATION")?;
            c.need_string()?;
            return with_options(c);
        }
        ObjectKind::Collation if c.eat("FROM") => {
            c.need_name()?;
        }
        ObjectKind::Conversion => {
            c.need("FOR")?;
            c.need_string()?;
            c.need("TO")?;
            c.need_string()?;
            c.need("FROM")?;
            c.need_name()?;
        }
        ObjectKind::OperatorClass => operator_class(c)?,
        ObjectKind::OperatorFamily => {
            c.need("USING")?;
            c.need_ident()?;
        }
        ObjectKind::Language => {
            if c.eat("HANDLER") {
                c.need_name()?;
                if c.eat("INLINE") {
                    c.need_name()?;
                }
                if c.eat("VALIDATOR") {
                    c.need_name()?;
                } else if c.eat_seq(&["NO", "VALIDATOR"]) {
                }
            }
        }
        ObjectKind::Server => {
            if c.eat("TYPE") {
                c.need_string()?;
            }
            if c.eat("VERSION") && !c.eat("NULL") {
                c.need_string()?;
            }
            c.need_seq(&["FOREIGN", "DATA", "WRAPPER"])?;
            needs.push((ObjectKind::ForeignDataWrapper, plain(c.need_ident()?)));
            return foreign_options(c);
        }
        ObjectKind::ForeignDataWrapper => {
            wrapper_functions(c)?;
            return foreign_options(c);
        }
        ObjectKind::UserMapping => {
            c.need("FOR")?;
            role(c)?;
            c.need("SERVER")?;
            needs.push((ObjectKind::Server, plain(c.need_ident()?)));
            return foreign_options(c);
        }
        ObjectKind::Transform => transform(c)?,
        ObjectKind::AccessMethod => {
            c.need("TYPE")?;
            c.need_any(&["INDEX", "TABLE"])?;
            c.need("HANDLER")?;
            c.need_name()?;
        }
        ObjectKind::Aggregate => {
            // The old form has its options right behind the name.
            let mut ahead = c.clone();
            ahead.skip_parens();
            if ahead.is_kind(TokenKind::LParen) {
                signature(c)?;
            }
            return options_in_parens(c);
        }
        ObjectKind::Subscription => {
            c.need("CONNECTION")?;
            c.need_string()?;
            c.need("PUBLICATION")?;
            c.need_idents()?;
            return with_options(c);
        }
        _ => return options_in_parens(c),
    }
    Ok(Vec::new())
}

/// `[NO] HANDLER f`, `[NO] VALIDATOR f` in any order.
pub(super) fn wrapper_functions(c: &mut Cursor<'_>) -> Read<()> {
    loop {
        if c.eat_any(&["HANDLER", "VALIDATOR"]).is_some() {
            c.need_name()?;
        } else if !(c.eat_seq(&["NO", "HANDLER"]) || c.eat_seq(&["NO", "VALIDATOR"])) {
            return Ok(());
        }
    }
}

fn cast(c: &mut Cursor<'_>, object: &mut CreateObject) -> Read<()> {
    let mut inside = c.need_parens()?;
    let from = inside.need_type()?;
    inside.need("AS")?;
    let to = inside.need_type()?;
    inside.need_end()?;
    let binary = c.eat("WITHOUT");
    if binary {
        c.need("FUNCTION")?;
    } else {
        c.need("WITH")?;
        if c.need_any(&["FUNCTION", "INOUT"])? == 0 {
            let function = super::object::object(c, ObjectKind::Function)?.name;
            object.needs.extend(function.map(|function| (ObjectKind::Function, function)));
        }
    }
    object.cast = Some(Box::new(CreateCast { from, to, binary }));
    if c.eat("AS") {
        c.need_any(&["ASSIGNMENT", "IMPLICIT"])?;
    }
    Ok(())
}

fn transform(c: &mut Cursor<'_>) -> Read<()> {
    super::object::object(c, ObjectKind::Transform)?;
    let inside = c.need_parens()?;
    for mut part in inside.split_commas() {
        part.need_any(&["FROM", "TO"])?;
        part.need_seq(&["SQL", "WITH", "FUNCTION"])?;
        super::object::object(&mut part, ObjectKind::Function)?;
        part.need_end()?;
    }
    Ok(())
}

fn operator_class(c: &mut Cursor<'_>) -> Read<()> {
    c.eat("DEFAULT");
    c.need_seq(&["FOR", "TYPE"])?;
    c.need_type()?;
    c.need("USING")?;
    c.need_ident()?;
    if c.eat("FAMILY") {
        c.need_name()?;
    }
    c.need("AS")?;
    operator_items(c)
}

/// `OPERATOR n op (types) [FOR ...], FUNCTION n [(types)] f(types), STORAGE type`.
pub(super) fn operator_items(c: &mut Cursor<'_>) -> Read<()> {
    c.need_list(|c| {
        match c.need_any(&["OPERATOR", "FUNCTION", "STORAGE"])? {
            0 => {
                c.need_number()?;
                if !c.is_kind(TokenKind::LParen) {
                    operator_name(c)?;
                }
                c.skip_parens();
                if c.eat_seq(&["FOR", "SEARCH"]) || c.eat("RECHECK") {
                } else if c.eat_seq(&["FOR", "ORDER", "BY"]) {
                    c.need_name()?;
                }
            }
            1 => {
                c.need_number()?;
                c.skip_parens();
                if c.is_ident() {
                    c.need_name()?;
                    c.skip_parens();
                }
            }
            _ => {
                c.need_type()?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Options of a role, each as `name` with its value, folded: `login`, `password`, `in role` ...
pub(super) fn role_options(c: &mut Cursor<'_>) -> Read<Vec<StorageOption>> {
    const FLAGS: [&str; 14] = [
        "SUPERUSER",
        "NOSUPERUSER",
        "CREATEDB",
        "NOCREATEDB",
        "CREATEROLE",
        "NOCREATEROLE",
        "INHERIT",
        "NOINHERIT",
        "LOGIN",
        "NOLOGIN",
        "REPLICATION",
        "NOREPLICATION",
        "BYPASSRLS",
        "NOBYPASSRLS",
    ];
    let mut options = Vec::new();
    while !c.at_end() && !c.is_kind(TokenKind::Placeholder) {
        let start = c.offset();
        let (name, value) = if let Some(which) = c.eat_any(&FLAGS) {
            (Name::from(FLAGS[which].to_ascii_lowercase()), None)
        } else if c.is("PASSWORD") || c.is_nth(1, "PASSWORD") {
            c.eat_any(&["ENCRYPTED", "UNENCRYPTED"]);
            c.need("PASSWORD")?;
            let value = if c.eat("NULL") {
                None
            } else if c.is_kind(TokenKind::Placeholder) {
                c.next();
                None
            } else {
                Some(c.need_string()?)
            };
            (Name::new_static("password"), value)
        } else if c.eat_seq(&["CONNECTION", "LIMIT"]) {
            (Name::new_static("connection limit"), Some(c.need_number()?))
        } else if c.eat_seq(&["VALID", "UNTIL"]) {
            (Name::new_static("valid until"), Some(c.need_string()?))
        } else if c.eat("SYSID") {
            (Name::new_static("sysid"), Some(c.need_number()?))
        } else {
            let name = if c.eat_seq(&["IN", "ROLE"]) || c.eat_seq(&["IN", "GROUP"]) {
                "in role"
            } else {
                // `USER` is the old spelling of `ROLE` (manual: CREATE GROUP).
                ["role", "admin", "role"][c.need_any(&["ROLE", "ADMIN", "USER"])?]
            };
            let list = c.offset();
            c.need_list(role)?;
            (Name::new_static(name), Some(Name::from(c.text(c.span_since(list)))))
        };
        options.push(StorageOption { name, value, span: c.span_since(start) });
    }
    Ok(options)
}

/// Options of a database: `OWNER = x`, `CONNECTION LIMIT 5` ...
pub(super) fn database_options(c: &mut Cursor<'_>) -> Read<Vec<StorageOption>> {
    let mut options = Vec::new();
    while !c.at_end() && !c.is_kind(TokenKind::Placeholder) {
        let start = c.offset();
        let name = if c.eat_seq(&["CONNECTION", "LIMIT"]) {
            Name::new_static("connection limit")
        } else if c.word().is_some_and(is_reserved) {
            return c.stuck();
        } else {
            c.need_ident()?.name
        };
        c.eat_op("=");
        let value = if c.is_string() {
            c.need_string()?
        } else if c.is_ident() {
            c.need_ident()?.name
        } else {
            c.need_number()?
        };
        options.push(StorageOption { name, value: Some(value), span: c.span_since(start) });
    }
    Ok(options)
}

/// `IMPORT FOREIGN SCHEMA`: foreign tables with names that only the other server knows.
pub(super) fn import_foreign_schema(c: &mut Cursor<'_>) -> Read<Command> {
    c.need_seq(&["IMPORT", "FOREIGN", "SCHEMA"])?;
    c.need_ident()?;
    if c.eat_seq(&["LIMIT", "TO"]) || c.eat("EXCEPT") {
        let mut inside = c.need_parens()?;
        inside.need_names()?;
        inside.need_end()?;
    }
    c.need_seq(&["FROM", "SERVER"])?;
    let server = (ObjectKind::Server, plain(c.need_ident()?));
    c.need("INTO")?;
    let schema = (ObjectKind::Schema, plain(c.need_ident()?));
    let options = foreign_options(c)?;
    c.need_end()?;
    let needs = vec![server, schema];
    Ok(Command::CreateObject(Box::new(CreateObject { needs, options, ..empty_object(ObjectKind::ForeignTable) })))
}
