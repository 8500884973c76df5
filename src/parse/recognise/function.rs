//! `CREATE FUNCTION`, `CREATE PROCEDURE`, their options, and `DO`.

use super::demand::Read;
use super::object::parameter;
use super::setting::{assignment, setting_name};
use crate::parse::body::{body, sql_body};
use crate::parse::cursor::Cursor;
use crate::parse::lex::{Token, TokenKind};
use crate::source::Span;
use crate::statement::{
    Body, Command, CreateFunction, Do, List, Name, Parameter, ParameterMode, Set, SetScope, SetValue, StorageOption,
    TypeName, Volatility,
};

/// What the options of a function say.
#[derive(Debug, Default)]
pub(super) struct FunctionOptions {
    pub(super) language: Option<Name>,
    pub(super) volatility: Option<Volatility>,
    pub(super) security_definer: Option<Span>,
    pub(super) settings: Vec<Set>,
    pub(super) strict: bool,
    pub(super) rest: Vec<StorageOption>,
}

/// `FUNCTION` or `PROCEDURE`, behind it.
pub(super) fn create_function(c: &mut Cursor<'_>, or_replace: bool, procedure: bool) -> Read<Command> {
    let name = c.need_name()?;
    let inside = c.need_parens()?;
    let mut parameters = Vec::new();
    for mut part in inside.split_commas() {
        let mut parameter = parameter(&mut part)?;
        if part.eat("DEFAULT") || part.eat_op("=") || part.eat_op(":=") {
            parameter.default = Some(part.need_whole_expression()?);
        }
        part.need_end()?;
        parameters.push(parameter);
    }
    let inputs = parameters.iter().filter(|parameter| parameter.mode != ParameterMode::Out);
    let (arguments, argument_names) =
        inputs.map(|input| (input.ty.clone(), input.name.as_ref().map(|name| name.name.clone()))).unzip();
    let declared = c.is("RETURNS") && !c.is_seq(&["RETURNS", "NULL", "ON"]);
    let returns = if declared && c.eat("RETURNS") { Some(returns(c, &mut parameters)?) } else { None };
    let mut options = FunctionOptions::default();
    let mut definition: Option<Token> = None;
    let mut inline: Option<Body> = None;
    let mut inline_at = None;
    loop {
        if c.eat("AS") {
            let literal = c.peek();
            c.need_string()?;
            // A function in C has its symbol as well.
            if c.eat_kind(TokenKind::Comma).is_some() {
                c.need_string()?;
            } else {
                definition = literal.filter(|token| token.kind != TokenKind::Placeholder);
            }
        } else if c.is("RETURN") {
            inline_at.get_or_insert(c.here());
            inline = Some(sql_body(c.take_rest()));
        } else if c.is_seq(&["BEGIN", "ATOMIC"]) {
            inline_at.get_or_insert(c.here());
            inline = Some(sql_body(atomic(c)?));
        } else if !function_option(c, &mut options)? {
            break;
        }
    }
    c.need_end()?;
    let body = match (inline, definition, &options.language) {
        (Some(body), ..) => {
            options.language.get_or_insert(Name::new_static("sql"));
            Some(body)
        }
        (None, Some(literal), Some(language)) => body(c, literal, language),
        _ => None,
    };
    let FunctionOptions { language, volatility, security_definer, settings, strict, rest } = options;
    Ok(Command::CreateFunction(Box::new(CreateFunction {
        name,
        procedure,
        or_replace,
        arguments,
        argument_names,
        parameters,
        returns,
        language,
        volatility,
        security_definer,
        settings,
        strict,
        options: rest,
        body,
        sql_body: inline_at,
    })))
}

/// `RETURNS`, behind it. `TABLE (...)` is a set of records to the server, or of its only column's type.
fn returns(c: &mut Cursor<'_>, parameters: &mut Vec<Parameter>) -> Read<TypeName> {
    let start = c.offset();
    if !(c.is("TABLE") && c.is_nth_kind(1, TokenKind::LParen)) {
        return c.need_type();
    }
    c.next();
    let inside = c.need_parens()?;
    let mut columns = Vec::new();
    for mut column in inside.split_commas() {
        let name = Some(column.need_ident()?);
        let ty = column.need_type()?;
        column.need_end()?;
        columns.push(Parameter { name, mode: ParameterMode::Table, ty, default: None });
    }
    let alone = if let [column] = columns.as_slice() { Some(column.ty.clone()) } else { None };
    parameters.extend(columns);
    if let Some(ty) = alone {
        return Ok(TypeName { span: c.span_since(start), setof: true, ..ty });
    }
    Ok(TypeName {
        span: c.span_since(start),
        schema: None,
        name: Name::new_static("record"),
        modifiers: List::new(),
        fields: None,
        dimensions: 0,
        quoted: false,
        percent_type: false,
        setof: true,
    })
}

/// `BEGIN ATOMIC ... END`, all of it.
fn atomic<'a>(c: &mut Cursor<'a>) -> Read<Cursor<'a>> {
    let from = c.position();
    let mut open = 0_u32;
    while !c.at_end() {
        if c.is_any(&["BEGIN", "CASE"]) {
            open += 1;
        } else if c.is("END") {
            open = open.saturating_sub(1);
            if open == 0 {
                c.next();
                return Ok(c.between(from, c.position()));
            }
        }
        c.skip_one();
    }
    c.stuck()
}

/// One option of `CREATE` or `ALTER FUNCTION` but the body; false where none comes.
pub(super) fn function_option(c: &mut Cursor<'_>, options: &mut FunctionOptions) -> Read<bool> {
    let here = c.here();
    let others = &mut options.rest;
    let mut rest = |name: &'static str, value, c: &Cursor<'_>| {
        others.push(StorageOption { name: Name::new_static(name), value, span: c.span_since(here.start) });
    };
    if c.eat("LANGUAGE") {
        // A string is folded like a name.
        let name = if c.is_string() { c.need_string()? } else { c.need_ident()?.name };
        options.language = Some(Name::from(name.to_ascii_lowercase()));
    } else if c.eat("TRANSFORM") {
        c.need_list(|c| {
            c.need_seq(&["FOR", "TYPE"])?;
            c.need_type()
        })?;
    } else if let Some(which) = c.eat_any(&["IMMUTABLE", "STABLE", "VOLATILE"]) {
        options.volatility = Some([Volatility::Immutable, Volatility::Stable, Volatility::Volatile][which]);
    } else if c.eat("STRICT") || c.eat_seq(&["RETURNS", "NULL", "ON", "NULL", "INPUT"]) {
        options.strict = true;
    } else if c.eat_seq(&["CALLED", "ON", "NULL", "INPUT"]) {
        options.strict = false;
    } else if let Some(which) = c.eat_any(&["WINDOW", "LEAKPROOF"]) {
        rest(["window", "leakproof"][which], None, c);
    } else if c.eat_seq(&["NOT", "LEAKPROOF"]) {
        rest("not leakproof", None, c);
    } else if c.is("SECURITY") || c.is_seq(&["EXTERNAL", "SECURITY"]) {
        c.eat("EXTERNAL");
        c.need("SECURITY")?;
        let definer = c.need_any(&["DEFINER", "INVOKER"])? == 0;
        options.security_definer = definer.then(|| c.span_since(here.start));
    } else if c.eat("PARALLEL") {
        // Any word is read here; only these three are taken later.
        let safety = c.need_ident()?.name;
        rest("parallel", Some(safety), c);
    } else if let Some(which) = c.eat_any(&["COST", "ROWS"]) {
        let number = c.need_number()?;
        rest(["cost", "rows"][which], Some(number), c);
    } else if c.eat("SUPPORT") {
        let function = Name::from(c.need_name()?.to_string());
        rest("support", Some(function), c);
    } else if c.eat("SET") {
        let (name, value) = assignment(c)?;
        options.settings.push(Set { name, value, scope: SetScope::Local });
    } else if c.eat("RESET") {
        let name = setting_name(c)?;
        options.settings.push(Set { name, value: SetValue::Default, scope: SetScope::Local });
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `DO [LANGUAGE name] 'body' [LANGUAGE name]`, from the verb.
pub(super) fn anonymous_block(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("DO")?;
    let mut language = None;
    let mut literal = None;
    while !c.at_end() {
        if language.is_none() && c.eat("LANGUAGE") {
            let name = if c.is_string() { c.need_string()? } else { c.need_ident()?.name };
            language = Some(Name::from(name.to_ascii_lowercase()));
        } else if literal.is_none() {
            literal = c.peek();
            c.need_string()?;
        } else {
            break;
        }
    }
    c.need_end()?;
    let Some(literal) = literal else { return c.stuck() };
    let language = language.unwrap_or(Name::new_static("plpgsql"));
    let readable = language == "plpgsql" && literal.kind != TokenKind::Placeholder;
    let body = if readable { body(c, literal, &language) } else { None };
    Ok(Command::Do(Box::new(Do { language, body })))
}
