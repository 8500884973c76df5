//! Kinds of objects and how each is named, for `DROP`, `ALTER`, `COMMENT`, `SECURITY LABEL` and `ALTER EXTENSION`.

use super::demand::Read;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{Ident, Name, ObjectKind, ObjectName, Parameter, ParameterMode, TypeName};

/// The words of every kind. Longer ones come first where one begins like another.
const KINDS: [(&[&str], ObjectKind); 48] = [
    (&["TABLE"], ObjectKind::Table),
    (&["FOREIGN", "TABLE"], ObjectKind::ForeignTable),
    (&["FOREIGN", "DATA", "WRAPPER"], ObjectKind::ForeignDataWrapper),
    (&["INDEX"], ObjectKind::Index),
    (&["VIEW"], ObjectKind::View),
    (&["MATERIALIZED", "VIEW"], ObjectKind::MaterializedView),
    (&["SEQUENCE"], ObjectKind::Sequence),
    (&["COLUMN"], ObjectKind::Column),
    (&["CONSTRAINT"], ObjectKind::Constraint),
    (&["EVENT", "TRIGGER"], ObjectKind::EventTrigger),
    (&["TRIGGER"], ObjectKind::Trigger),
    (&["POLICY"], ObjectKind::Policy),
    (&["RULE"], ObjectKind::Rule),
    (&["TYPE"], ObjectKind::Type),
    (&["DOMAIN"], ObjectKind::Domain),
    (&["SCHEMA"], ObjectKind::Schema),
    (&["FUNCTION"], ObjectKind::Function),
    (&["PROCEDURE"], ObjectKind::Procedure),
    (&["ROUTINE"], ObjectKind::Routine),
    (&["AGGREGATE"], ObjectKind::Aggregate),
    (&["OPERATOR", "CLASS"], ObjectKind::OperatorClass),
    (&["OPERATOR", "FAMILY"], ObjectKind::OperatorFamily),
    (&["OPERATOR"], ObjectKind::Operator),
    (&["CAST"], ObjectKind::Cast),
    (&["COLLATION"], ObjectKind::Collation),
    (&["CONVERSION"], ObjectKind::Conversion),
    (&["EXTENSION"], ObjectKind::Extension),
    (&["PROCEDURAL", "LANGUAGE"], ObjectKind::Language),
    (&["LANGUAGE"], ObjectKind::Language),
    (&["STATISTICS"], ObjectKind::Statistics),
    (&["TEXT", "SEARCH", "CONFIGURATION"], ObjectKind::TextSearchConfiguration),
    (&["TEXT", "SEARCH", "DICTIONARY"], ObjectKind::TextSearchDictionary),
    (&["TEXT", "SEARCH", "PARSER"], ObjectKind::TextSearchParser),
    (&["TEXT", "SEARCH", "TEMPLATE"], ObjectKind::TextSearchTemplate),
    (&["TRANSFORM"], ObjectKind::Transform),
    (&["ACCESS", "METHOD"], ObjectKind::AccessMethod),
    (&["SERVER"], ObjectKind::Server),
    (&["USER", "MAPPING"], ObjectKind::UserMapping),
    (&["PUBLICATION"], ObjectKind::Publication),
    (&["SUBSCRIPTION"], ObjectKind::Subscription),
    (&["ROLE"], ObjectKind::Role),
    (&["USER"], ObjectKind::Role),
    (&["GROUP"], ObjectKind::Role),
    (&["DATABASE"], ObjectKind::Database),
    (&["TABLESPACE"], ObjectKind::Tablespace),
    (&["LARGE", "OBJECT"], ObjectKind::LargeObject),
    (&["PARAMETER"], ObjectKind::Parameter),
    (&["OWNED"], ObjectKind::Owned),
];

/// The kind of object that comes, read.
pub(super) fn object_kind(c: &mut Cursor<'_>) -> Option<ObjectKind> {
    KINDS.iter().find(|(words, _)| c.eat_seq(words)).map(|(_, kind)| *kind)
}

/// Every single word of a kind, for misspelling.
pub(super) fn kind_words() -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter_map(|(words, _)| words.first().copied())
}

/// An object as a statement names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Object {
    /// The object; of a column or of what stands on a table, the table. `None` where it has no such name.
    pub(super) name: Option<ObjectName>,
    /// The column, constraint, trigger, policy or rule.
    pub(super) part: Option<Ident>,
    /// Of a function or aggregate: its input types, where they are written.
    pub(super) arguments: Option<Vec<TypeName>>,
}

/// One object of this kind, with arguments and whatever else identifies it.
pub(super) fn object(c: &mut Cursor<'_>, kind: ObjectKind) -> Read<Object> {
    let named = |name| Object { name: Some(name), part: None, arguments: None };
    let unnamed = Object { name: None, part: None, arguments: None };
    Ok(match kind {
        ObjectKind::Column => {
            let (name, column) = c.need_column_path()?;
            Object { name: Some(name), part: Some(column), arguments: None }
        }
        ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
            let part = c.need_ident()?;
            c.need("ON")?;
            let domain = kind == ObjectKind::Constraint
                && c.is("DOMAIN")
                && c.peek_nth(1).is_some_and(|token| {
                    matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent) && !c.is_nth(1, "IS")
                });
            if domain {
                c.next();
            }
            let name = c.need_name()?;
            Object { name: (!domain).then_some(name), part: Some(part), arguments: None }
        }
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate => {
            let name = c.need_name()?;
            let arguments = if c.is_kind(TokenKind::LParen) { Some(signature(c)?) } else { None };
            Object { arguments, ..named(name) }
        }
        ObjectKind::Operator => {
            let name = operator_name(c)?;
            let inside = c.need_parens()?;
            for mut operand in inside.split_commas() {
                if !operand.eat("NONE") {
                    operand.need_type()?;
                }
                operand.need_end()?;
            }
            named(name)
        }
        ObjectKind::OperatorClass | ObjectKind::OperatorFamily => {
            let name = c.need_name()?;
            c.need("USING")?;
            c.need_ident()?;
            named(name)
        }
        ObjectKind::Cast => {
            let mut inside = c.need_parens()?;
            inside.need_type()?;
            inside.need("AS")?;
            inside.need_type()?;
            inside.need_end()?;
            unnamed
        }
        ObjectKind::Transform => {
            c.need("FOR")?;
            c.need_type()?;
            c.need("LANGUAGE")?;
            c.need_ident()?;
            unnamed
        }
        ObjectKind::UserMapping => {
            c.need("FOR")?;
            role(c)?;
            c.need("SERVER")?;
            c.need_ident()?;
            unnamed
        }
        ObjectKind::LargeObject => {
            c.need_number()?;
            unnamed
        }
        ObjectKind::Role => {
            let name = role(c)?;
            named(ObjectName { schema: None, name })
        }
        _ => named(c.need_name()?),
    })
}

/// `schema.+`: the operator's characters stand for a name.
pub(super) fn operator_name(c: &mut Cursor<'_>) -> Read<ObjectName> {
    let mut schema = None;
    while c.is_ident() && c.is_nth_kind(1, TokenKind::Dot) {
        schema = Some(Box::new(c.need_ident()?));
        c.next();
    }
    // To the lexer the operator `?` is a placeholder.
    let placeholder = c.eat_kind(TokenKind::Placeholder).map(|token| token.span);
    let span = placeholder.map_or_else(|| c.need_kind(TokenKind::Operator), Ok)?;
    Ok(ObjectName { schema, name: Ident { name: Name::from(c.text(span)), span } })
}

/// A role: a name, or `CURRENT_USER` and its kin, which are folded like one; `GROUP` before it means nothing.
pub(super) fn role(c: &mut Cursor<'_>) -> Read<Ident> {
    c.eat("GROUP");
    c.need_ident()
}

/// `(int, b text, OUT c int)`, `(*)`, `(x ORDER BY y)`: the types of the input arguments.
pub(super) fn signature(c: &mut Cursor<'_>) -> Read<Vec<TypeName>> {
    let mut inside = c.need_parens()?;
    let mut types = Vec::new();
    if inside.eat_op("*") {
        inside.need_end()?;
        return Ok(types);
    }
    let mut variadic = false;
    let mut add = |c: &mut Cursor<'_>| {
        let parameter = parameter(c)?;
        c.need_end()?;
        let again = variadic && parameter.mode == ParameterMode::Variadic;
        variadic |= parameter.mode == ParameterMode::Variadic;
        // What is ordered by is the same variadic argument as before it (manual: CREATE AGGREGATE).
        if !again && !matches!(parameter.mode, ParameterMode::Out | ParameterMode::Table) {
            types.push(parameter.ty);
        }
        Ok(())
    };
    for part in inside.split_commas() {
        let mut rest = part;
        let mut aggregated = rest.until(|c| c.is_seq(&["ORDER", "BY"]));
        if !aggregated.at_end() {
            add(&mut aggregated)?;
        } else if rest.at_end() {
            return rest.stuck();
        }
        if rest.eat_seq(&["ORDER", "BY"]) {
            add(&mut rest)?;
        }
    }
    Ok(types)
}

/// `[mode] [name] type`, with the mode before or behind the name.
pub(super) fn parameter(c: &mut Cursor<'_>) -> Read<Parameter> {
    let mode = |c: &mut Cursor<'_>| {
        if c.eat_seq(&["IN", "OUT"]) {
            return Some(ParameterMode::InOut);
        }
        const MODES: [ParameterMode; 4] =
            [ParameterMode::In, ParameterMode::Out, ParameterMode::InOut, ParameterMode::Variadic];
        c.eat_any(&["IN", "OUT", "INOUT", "VARIADIC"]).map(|which| MODES[which])
    };
    let mut found = mode(c);
    let start = c.clone();
    let with = |name, found: Option<ParameterMode>, ty| Parameter {
        name,
        mode: found.unwrap_or(ParameterMode::In),
        ty,
        default: None,
    };
    if let Ok(ty) = c.need_type()
        && (c.at_end() || c.is("DEFAULT") || c.is_op("=") || c.is_op(":="))
    {
        return Ok(with(None, found, ty));
    }
    *c = start;
    let name = c.need_ident()?;
    if found.is_none() {
        found = mode(c);
    }
    Ok(with(Some(name), found, c.need_type()?))
}
