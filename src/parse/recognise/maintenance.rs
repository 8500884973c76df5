//! `REINDEX`, `CLUSTER`, `VACUUM`, `ANALYZE`, `REFRESH MATERIALIZED VIEW`, `LOCK`.

use super::demand::Read;
use super::option::{enabled, options_in_parens};
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{
    Analyze, Cluster, Command, Ident, Lock, Name, ObjectKind, RefreshMaterializedView, Reindex, RelationUse,
    StorageOption, Vacuum,
};

fn options(c: &mut Cursor<'_>) -> Read<Vec<StorageOption>> {
    if c.is_kind(TokenKind::LParen) { options_in_parens(c) } else { Ok(Vec::new()) }
}

/// `REINDEX`. Before 14 the options could be `(VERBOSE)` alone, and `CONCURRENTLY` stands behind the kind.
pub(super) fn reindex(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("REINDEX")?;
    let options = options(c)?;
    let (kind, system) = match c.need_any(&["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"])? {
        0 => (ObjectKind::Index, false),
        1 => (ObjectKind::Table, false),
        2 => (ObjectKind::Schema, false),
        3 => (ObjectKind::Database, false),
        _ => (ObjectKind::Database, true),
    };
    let concurrently = c.eat_span("CONCURRENTLY").or_else(|| enabled(&options, "concurrently"));
    let name = if c.at_end() && kind == ObjectKind::Database { None } else { Some(c.need_name()?) };
    c.need_end()?;
    Ok(Command::Reindex(Box::new(Reindex { kind, system, name, concurrently, options })))
}

/// `CLUSTER`, also the old `CLUSTER index ON table`.
pub(super) fn cluster(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("CLUSTER")?;
    let options = options(c)?;
    c.eat("VERBOSE");
    if c.at_end() {
        return Ok(Command::Cluster(Box::new(Cluster { table: None, index: None, options })));
    }
    let first = c.need_name()?;
    let (table, index) = if c.eat("ON") {
        (c.need_name()?, Some(first.name))
    } else if c.eat("USING") {
        (first, Some(c.need_ident()?))
    } else {
        (first, None)
    };
    c.need_end()?;
    Ok(Command::Cluster(Box::new(Cluster { table: Some(table), index, options })))
}

/// Tables with the columns named of them, each with the position of its table.
type Targets = (Vec<RelationUse>, Vec<(usize, Ident)>);

/// `table [(columns)]`, several or none.
fn targets(c: &mut Cursor<'_>) -> Read<Targets> {
    let mut columns = Vec::new();
    if c.at_end() {
        return Ok((Vec::new(), columns));
    }
    let mut at = 0;
    let tables = c.need_list(|c| {
        let table = c.need_relation()?;
        if c.is_kind(TokenKind::LParen) {
            columns.extend(c.need_columns()?.into_iter().map(|column| (at, column)));
        }
        at += 1;
        Ok(table)
    })?;
    Ok((tables, columns))
}

/// `VACUUM`, with options in parentheses or in the old spelling.
pub(super) fn vacuum(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("VACUUM")?;
    let options = options(c)?;
    let mut full = enabled(&options, "full").is_some();
    let mut analyze = enabled(&options, "analyze").or_else(|| enabled(&options, "analyse")).is_some();
    if options.is_empty() {
        full = c.eat("FULL");
        c.eat("FREEZE");
        c.eat("VERBOSE");
        analyze = c.eat_any(&["ANALYZE", "ANALYSE"]).is_some();
        // `VACUUM ANALYZE VERBOSE t` was `VACUUM` of the statement `ANALYZE VERBOSE t` up to 10.
    }
    let (tables, columns) = targets(c)?;
    c.need_end()?;
    Ok(Command::Vacuum(Box::new(Vacuum { full, analyze, tables, columns, options })))
}

/// `ANALYZE`, `ANALYSE`.
pub(super) fn analyze(c: &mut Cursor<'_>) -> Read<Command> {
    c.need_any(&["ANALYZE", "ANALYSE"])?;
    let options = options(c)?;
    if options.is_empty() {
        c.eat("VERBOSE");
    }
    let (tables, columns) = targets(c)?;
    c.need_end()?;
    Ok(Command::Analyze(Box::new(Analyze { tables, columns, options })))
}

/// `REFRESH MATERIALIZED VIEW`.
pub(super) fn refresh(c: &mut Cursor<'_>) -> Read<Command> {
    c.need_seq(&["REFRESH", "MATERIALIZED", "VIEW"])?;
    let concurrently = c.eat_span("CONCURRENTLY");
    let name = c.need_name()?;
    let with_no_data = c.eat_seq(&["WITH", "NO", "DATA"]);
    c.eat_seq(&["WITH", "DATA"]);
    c.need_end()?;
    Ok(Command::RefreshMaterializedView(Box::new(RefreshMaterializedView { name, concurrently, with_no_data })))
}

/// `LOCK`.
pub(super) fn lock(c: &mut Cursor<'_>) -> Read<Command> {
    const MODES: [(&[&str], &str); 8] = [
        (&["ACCESS", "SHARE"], "access share"),
        (&["ROW", "SHARE"], "row share"),
        (&["ROW", "EXCLUSIVE"], "row exclusive"),
        (&["SHARE", "UPDATE", "EXCLUSIVE"], "share update exclusive"),
        (&["SHARE", "ROW", "EXCLUSIVE"], "share row exclusive"),
        (&["SHARE"], "share"),
        (&["EXCLUSIVE"], "exclusive"),
        (&["ACCESS", "EXCLUSIVE"], "access exclusive"),
    ];
    c.need("LOCK")?;
    c.eat("TABLE");
    let tables = c.need_list(Cursor::need_relation)?;
    let mut mode = None;
    if c.eat("IN") {
        let Some((_, name)) = MODES.iter().find(|(words, _)| c.eat_seq(words)) else { return c.stuck() };
        mode = Some(Name::new_static(name));
        c.need("MODE")?;
    }
    let nowait = c.eat("NOWAIT");
    c.need_end()?;
    Ok(Command::Lock(Box::new(Lock { tables, mode, nowait })))
}
