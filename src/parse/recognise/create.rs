//! `CREATE`: which kind, and the kinds with a command of their own that need few words.

use super::create_index::create_index;
use super::create_object::create_object;
use super::create_table::{create_table, persistence, query_with_data};
use super::demand::Read;
use super::function::create_function;
use super::grant::grant;
use super::object::role;
use super::option::with_options;
use super::publication::create_publication;
use super::sequence::create_sequence;
use super::table_element::{
    column_constraint_kind, default_expression, empty_column, finish_constraint, table_options,
};
use super::trigger::{create_event_trigger, create_rule, create_trigger, policy};
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::parse::query::query;
use crate::source::Span;
use crate::statement::{
    ColumnDef, Command, CreateDomain, CreateExtension, CreateSchema, CreateStatistics, CreateType, CreateTypeKind,
    CreateView, Ident, Name, Persistence, Statement,
};

/// `CREATE`, behind it.
pub(super) fn create(c: &mut Cursor<'_>) -> Read<Command> {
    let or_replace = c.eat_seq(&["OR", "REPLACE"]);
    if !or_replace {
        if let Some(persistence) = persistence(c) {
            let temporary = persistence == Persistence::Temporary;
            return match c.need_any(&["TABLE", "SEQUENCE", "VIEW", "RECURSIVE"])? {
                0 => create_table(c, persistence, false),
                1 => create_sequence(c, temporary, !temporary),
                which if temporary => create_view(c, false, true, which == 3),
                _ => c.stuck(),
            };
        }
        if c.eat("TABLE") {
            return create_table(c, Persistence::Permanent, false);
        }
        if c.eat_seq(&["FOREIGN", "TABLE"]) {
            return create_table(c, Persistence::Permanent, true);
        }
        if c.eat_seq(&["UNIQUE", "INDEX"]) {
            return create_index(c, true);
        }
        if c.eat("INDEX") {
            return create_index(c, false);
        }
        if c.eat_seq(&["MATERIALIZED", "VIEW"]) || c.eat_seq(&["UNLOGGED", "MATERIALIZED", "VIEW"]) {
            return create_materialized_view(c);
        }
        if c.eat("SEQUENCE") {
            return create_sequence(c, false, false);
        }
        if c.eat("TYPE") {
            return create_type(c);
        }
        if c.eat("DOMAIN") {
            return create_domain(c);
        }
        if c.eat("SCHEMA") {
            return create_schema(c);
        }
        if c.eat("EXTENSION") {
            return create_extension(c);
        }
        if c.eat("STATISTICS") {
            return create_statistics(c);
        }
        if c.eat("PUBLICATION") {
            return create_publication(c);
        }
        if c.eat("POLICY") {
            return policy(c, false);
        }
        if c.eat_seq(&["EVENT", "TRIGGER"]) {
            return create_event_trigger(c);
        }
    }
    if c.eat("VIEW") {
        return create_view(c, or_replace, false, false);
    }
    if c.eat_seq(&["RECURSIVE", "VIEW"]) {
        return create_view_behind_kind(c, or_replace, false, true);
    }
    if let Some(Persistence::Temporary) = persistence(c) {
        let recursive = c.need_any(&["VIEW", "RECURSIVE"])? == 1;
        return create_view(c, or_replace, true, recursive);
    }
    if c.eat("FUNCTION") {
        return create_function(c, or_replace, false);
    }
    if c.eat("PROCEDURE") {
        return create_function(c, or_replace, true);
    }
    if c.eat("TRIGGER") {
        return create_trigger(c, or_replace, false);
    }
    if c.eat_seq(&["CONSTRAINT", "TRIGGER"]) {
        return create_trigger(c, or_replace, true);
    }
    if c.eat("RULE") {
        return create_rule(c, or_replace);
    }
    create_object(c, or_replace)
}

/// `VIEW`, behind it, or behind `RECURSIVE`.
fn create_view(c: &mut Cursor<'_>, or_replace: bool, temporary: bool, recursive: bool) -> Read<Command> {
    if recursive {
        c.need("VIEW")?;
    }
    create_view_behind_kind(c, or_replace, temporary, recursive)
}

fn create_view_behind_kind(c: &mut Cursor<'_>, or_replace: bool, temporary: bool, recursive: bool) -> Read<Command> {
    let name = c.need_name()?;
    let columns = if c.is_kind(TokenKind::LParen) { c.need_columns()? } else { Vec::new() };
    let options = with_options(c)?;
    c.need("AS")?;
    // `WITH [CASCADED | LOCAL] CHECK OPTION` ends the statement.
    let part = c.until(|c| {
        c.is("WITH") && {
            let scoped = usize::from(c.is_nth(1, "CASCADED") || c.is_nth(1, "LOCAL"));
            c.is_nth(1 + scoped, "CHECK") && c.is_nth(2 + scoped, "OPTION") && c.peek_nth(3 + scoped).is_none()
        }
    });
    if part.at_end() {
        return c.stuck();
    }
    let check_option = c.eat("WITH").then(|| Name::new_static(if c.is("LOCAL") { "local" } else { "cascaded" }));
    c.finish();
    let mut query = query(part);
    if recursive {
        // Within it the view's name is that of a CTE.
        query.reads.retain(|read| read.name.schema.is_some() || read.name.name.name != name.name.name);
    }
    Ok(Command::CreateView(Box::new(CreateView {
        name,
        materialized: false,
        or_replace,
        if_not_exists: false,
        temporary,
        columns,
        options,
        recursive,
        check_option,
        access_method: None,
        tablespace: None,
        query,
        with_no_data: false,
    })))
}

/// `MATERIALIZED VIEW`, behind it.
fn create_materialized_view(c: &mut Cursor<'_>) -> Read<Command> {
    let if_not_exists = c.eat_if_not_exists();
    let name = c.need_name()?;
    let columns = if c.is_kind(TokenKind::LParen) { c.need_columns()? } else { Vec::new() };
    let access_method = if c.eat("USING") { Some(c.need_ident()?) } else { None };
    let options = table_options(c)?;
    let tablespace = if c.eat("TABLESPACE") { Some(c.need_ident()?) } else { None };
    c.need("AS")?;
    let (query, with_no_data) = query_with_data(c)?;
    c.need_end()?;
    let Some(query) = query else { return c.stuck() };
    Ok(Command::CreateView(Box::new(CreateView {
        name,
        materialized: true,
        or_replace: false,
        if_not_exists,
        temporary: false,
        columns,
        options,
        recursive: false,
        check_option: None,
        access_method,
        tablespace,
        query,
        with_no_data,
    })))
}

/// `TYPE`, behind it.
fn create_type(c: &mut Cursor<'_>) -> Read<Command> {
    let name = c.need_name()?;
    let mut options = Vec::new();
    let kind = if c.eat("AS") {
        if c.eat("ENUM") {
            let inside = c.need_parens()?;
            let labels = inside.split_commas().map(|mut label| {
                let value = label.need_string()?;
                label.need_end()?;
                Ok(value)
            });
            CreateTypeKind::Enum(labels.collect::<Read<_>>()?)
        } else if c.eat("RANGE") {
            options = super::option::options_in_parens(c)?;
            CreateTypeKind::Range
        } else {
            let inside = c.need_parens()?;
            CreateTypeKind::Composite(inside.split_commas().map(attribute).collect::<Read<_>>()?)
        }
    } else {
        if c.is_kind(TokenKind::LParen) {
            options = super::option::options_in_parens(c)?;
        }
        CreateTypeKind::Base
    };
    c.need_end()?;
    Ok(Command::CreateType(Box::new(CreateType { name, kind, options })))
}

fn attribute(mut c: Cursor<'_>) -> Read<ColumnDef> {
    let attribute = attribute_definition(&mut c)?;
    c.need_end()?;
    Ok(attribute)
}

/// An attribute of a composite type: `name type [COLLATE collation]`.
pub(super) fn attribute_definition(c: &mut Cursor<'_>) -> Read<ColumnDef> {
    let start = c.offset();
    let name = c.need_ident()?;
    let ty = Some(c.need_type()?);
    let collation = if c.eat("COLLATE") { Some(Box::new(c.need_name()?)) } else { None };
    Ok(ColumnDef { ty, collation, ..empty_column(c.span_since(start), name) })
}

/// `DOMAIN`, behind it.
fn create_domain(c: &mut Cursor<'_>) -> Read<Command> {
    let name = c.need_name()?;
    c.eat("AS");
    let ty = c.need_type()?;
    let mut domain = CreateDomain { name, ty, collation: None, default: None, constraints: Vec::new() };
    while !c.at_end() {
        let start = c.offset();
        if c.eat("COLLATE") {
            domain.collation = Some(c.need_name()?);
            continue;
        }
        let name = if c.eat("CONSTRAINT") { Some(c.need_ident()?) } else { None };
        if c.eat("DEFAULT") {
            domain.default = Some(default_expression(c)?);
            continue;
        }
        let value = Ident { name: Name::new_static("value"), span: Span::empty(c.offset()) };
        let Some(kind) = column_constraint_kind(c, &value)? else {
            c.need_end()?;
            break;
        };
        domain.constraints.push(finish_constraint(c, start, name, kind, false)?);
    }
    Ok(Command::CreateDomain(Box::new(domain)))
}

/// `SCHEMA`, behind it. Its elements are statements without a semicolon.
fn create_schema(c: &mut Cursor<'_>) -> Read<Command> {
    let if_not_exists = c.eat_if_not_exists();
    let mut name = if c.is("AUTHORIZATION") { None } else { Some(c.need_ident()?) };
    let owner = if c.eat("AUTHORIZATION") { Some(role(c)?) } else { None };
    // Without a name it is called like its owner.
    name = name.or_else(|| owner.clone());
    let mut elements = Vec::new();
    while c.is_any(&["CREATE", "GRANT"]) {
        let first = c.position();
        let part = c.until(|c| c.position() > first && c.is_any(&["CREATE", "GRANT"]) && !c.is_nth(1, "OPTION"));
        elements.push(schema_element(part, name.as_ref())?);
    }
    c.need_end()?;
    Ok(Command::CreateSchema(Box::new(CreateSchema { name, if_not_exists, owner, elements })))
}

fn schema_element(part: Cursor<'_>, schema: Option<&Ident>) -> Read<Statement> {
    let span = part.rest_span();
    let mut c = part.clone();
    let mut command = if c.eat("CREATE") {
        // No element creates a schema, so that this goes one level deep and no deeper.
        if c.is("SCHEMA") {
            return c.stuck();
        }
        create(&mut c)?
    } else {
        grant(&mut c)?
    };
    let created = match &mut command {
        Command::CreateTable(table) => Some(&mut table.name),
        Command::CreateView(view) => Some(&mut view.name),
        Command::CreateSequence(sequence) => Some(&mut sequence.name),
        Command::CreateIndex(index) => Some(&mut index.table),
        Command::CreateTrigger(trigger) => Some(&mut trigger.table),
        Command::Grant(_) => None,
        _ => return part.stuck(),
    };
    if let Some(name) = created
        && name.schema.is_none()
    {
        name.schema = schema.cloned().map(Box::new);
    }
    Ok(Statement { span, command, guard: None })
}

/// `EXTENSION`, behind it.
fn create_extension(c: &mut Cursor<'_>) -> Read<Command> {
    let if_not_exists = c.eat_if_not_exists();
    let name = c.need_ident()?;
    c.eat("WITH");
    let (mut schema, mut version, mut cascade) = (None, None, false);
    loop {
        if c.eat("SCHEMA") {
            schema = Some(c.need_ident()?);
        } else if let Some(which) = c.eat_any(&["VERSION", "FROM"]) {
            let value = if c.is_string() { c.need_string()? } else { c.need_ident()?.name };
            if which == 0 {
                version = Some(value);
            }
        } else if c.eat("CASCADE") {
            cascade = true;
        } else {
            break;
        }
    }
    c.need_end()?;
    Ok(Command::CreateExtension(Box::new(CreateExtension { name, if_not_exists, schema, version, cascade })))
}

/// `STATISTICS`, behind it.
fn create_statistics(c: &mut Cursor<'_>) -> Read<Command> {
    let if_not_exists = c.eat_if_not_exists();
    let name = if c.is("ON") || c.is_kind(TokenKind::LParen) { None } else { Some(c.need_name()?) };
    let kinds = if c.is_kind(TokenKind::LParen) { c.need_columns()? } else { Vec::new() };
    c.need("ON")?;
    let list = c.until(|c| c.is("FROM"));
    let keys = list.split_commas().map(|mut key| Ok(super::create_index::index_key(&mut key)?.expr));
    let keys = keys.collect::<Read<_>>()?;
    c.need("FROM")?;
    let table = c.need_relation()?.name;
    c.need_end()?;
    Ok(Command::CreateStatistics(Box::new(CreateStatistics { name, if_not_exists, kinds, keys, table })))
}
