//! `CREATE PUBLICATION`, `ALTER PUBLICATION`.

use super::demand::Read;
use super::object::role;
use super::option::{options_in_parens, with_options};
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{Command, Publication, PublicationAction, RelationInPublication};

/// `PUBLICATION`, behind it, of `CREATE`.
pub(super) fn create_publication(c: &mut Cursor<'_>) -> Read<Command> {
    let mut publication = named(c, PublicationAction::Create)?;
    if c.eat("FOR") {
        if c.eat_seq(&["ALL", "TABLES"]) {
            publication.all_tables = true;
        } else {
            members(c, &mut publication)?;
        }
    }
    publication.options = with_options(c)?;
    c.need_end()?;
    Ok(Command::Publication(Box::new(publication)))
}

/// `PUBLICATION`, behind it, of `ALTER`.
pub(super) fn alter_publication(c: &mut Cursor<'_>) -> Read<Command> {
    let mut publication = named(c, PublicationAction::Other)?;
    match c.need_any(&["ADD", "SET", "DROP", "OWNER", "RENAME"])? {
        1 if c.is_kind(TokenKind::LParen) => publication.options = options_in_parens(c)?,
        which @ 0..=2 => {
            publication.action = [PublicationAction::Add, PublicationAction::Set, PublicationAction::Drop][which];
            members(c, &mut publication)?;
        }
        3 => {
            c.need("TO")?;
            role(c)?;
        }
        _ => {
            c.need("TO")?;
            publication.rename_to = Some(c.need_ident()?);
        }
    }
    c.need_end()?;
    Ok(Command::Publication(Box::new(publication)))
}

fn named(c: &mut Cursor<'_>, action: PublicationAction) -> Read<Publication> {
    let name = c.need_ident()?;
    Ok(Publication {
        name,
        action,
        tables: Vec::new(),
        schemas: Vec::new(),
        all_tables: false,
        filtered: None,
        options: Vec::new(),
        rename_to: None,
    })
}

/// `TABLE a, b (columns) WHERE (...), TABLES IN SCHEMA s, t, TABLE c`: after a comma, the kind said last goes on.
fn members(c: &mut Cursor<'_>, publication: &mut Publication) -> Read<()> {
    let mut schemas = None;
    loop {
        if c.eat_seq(&["TABLES", "IN", "SCHEMA"]) {
            schemas = Some(true);
        } else if c.is("TABLE") && !c.is_nth_kind(1, TokenKind::Comma) {
            c.next();
            schemas = Some(false);
        }
        match schemas {
            None => return c.stuck(),
            Some(true) => publication.schemas.push(c.need_ident()?),
            Some(false) => {
                let table = c.need_relation()?;
                let here = c.here();
                let columns = if c.is_kind(TokenKind::LParen) { c.need_columns()? } else { Vec::new() };
                if !columns.is_empty() {
                    publication.filtered.get_or_insert(here);
                }
                let here = c.here();
                let filter = if c.eat("WHERE") { Some(c.need_expression_in_parens()?) } else { None };
                if filter.is_some() {
                    publication.filtered.get_or_insert(here);
                }
                publication.tables.push(RelationInPublication { name: table.name, only: table.only, columns, filter });
            }
        }
        if c.eat_kind(TokenKind::Comma).is_none() {
            return Ok(());
        }
    }
}
