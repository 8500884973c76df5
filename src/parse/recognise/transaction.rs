//! Transaction control, and the commands of a session that change nothing: cursors, notifications, prepared statements.

use super::demand::Read;
use super::nothing;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::parse::query::query;
use crate::statement::{Command, Transaction};

/// `BEGIN` and its family, from the verb, which is given in upper case.
pub(super) fn transaction(c: &mut Cursor<'_>, verb: &str) -> Read<Command> {
    c.next();
    let command = match verb {
        "BEGIN" => {
            c.eat_any(&["WORK", "TRANSACTION"]);
            optional_modes(c)?;
            Transaction::Begin
        }
        "START" => {
            c.need("TRANSACTION")?;
            optional_modes(c)?;
            Transaction::Begin
        }
        "COMMIT" | "END" => {
            if verb == "COMMIT" && c.eat("PREPARED") {
                c.need_string()?;
                Transaction::CommitPrepared
            } else {
                c.eat_any(&["WORK", "TRANSACTION"]);
                Transaction::Commit { chain: chain(c)? }
            }
        }
        "ROLLBACK" | "ABORT" => {
            if verb == "ROLLBACK" && c.eat("PREPARED") {
                c.need_string()?;
                Transaction::RollbackPrepared
            } else {
                c.eat_any(&["WORK", "TRANSACTION"]);
                if verb == "ROLLBACK" && c.eat("TO") {
                    Transaction::RollbackTo(savepoint(c)?)
                } else {
                    Transaction::Rollback { chain: chain(c)? }
                }
            }
        }
        "SAVEPOINT" => Transaction::Savepoint(c.need_ident()?),
        "RELEASE" => Transaction::Release(savepoint(c)?),
        _ => {
            c.need("TRANSACTION")?;
            c.need_string()?;
            Transaction::Prepare
        }
    };
    c.need_end()?;
    Ok(Command::Transaction(command))
}

/// `[SAVEPOINT] name`; a savepoint may be called `savepoint`.
fn savepoint(c: &mut Cursor<'_>) -> Read<crate::statement::Ident> {
    if c.is("SAVEPOINT") && c.peek_nth(1).is_some() {
        c.next();
    }
    c.need_ident()
}

fn chain(c: &mut Cursor<'_>) -> Read<bool> {
    if !c.eat("AND") {
        return Ok(false);
    }
    let no = c.eat("NO");
    c.need("CHAIN")?;
    Ok(!no)
}

fn optional_modes(c: &mut Cursor<'_>) -> Read<()> {
    if c.at_end() { Ok(()) } else { modes(c) }
}

/// Transaction modes, with or without commas between them.
pub(super) fn modes(c: &mut Cursor<'_>) -> Read<()> {
    loop {
        if c.eat_seq(&["ISOLATION", "LEVEL"]) {
            if !c.eat("SERIALIZABLE") && !c.eat_seq(&["REPEATABLE", "READ"]) {
                c.need("READ")?;
                c.need_any(&["COMMITTED", "UNCOMMITTED"])?;
            }
        } else if c.eat("READ") {
            c.need_any(&["ONLY", "WRITE"])?;
        } else {
            c.eat("NOT");
            c.need("DEFERRABLE")?;
        }
        if c.at_end() {
            return Ok(());
        }
        c.eat_kind(TokenKind::Comma);
    }
}

/// `CHECKPOINT`, `LISTEN` and the like, from the verb, which is given in upper case.
pub(super) fn session_command(c: &mut Cursor<'_>, verb: &str) -> Read<Command> {
    c.next();
    match verb {
        "CHECKPOINT" => {
            if c.is_kind(TokenKind::LParen) {
                super::option::options_in_parens(c)?;
            }
        }
        "LISTEN" => {
            c.need_ident()?;
        }
        "UNLISTEN" => {
            if !c.eat_op("*") {
                c.need_ident()?;
            }
        }
        "NOTIFY" => {
            c.need_ident()?;
            if c.eat_kind(TokenKind::Comma).is_some() {
                c.need_string()?;
            }
        }
        "LOAD" => {
            c.need_string()?;
        }
        "CLOSE" => {
            c.need_ident()?;
        }
        "DEALLOCATE" => {
            c.eat("PREPARE");
            c.need_ident()?;
        }
        "DECLARE" => return declare(c),
        _ => {
            // FETCH, MOVE: how many, from which cursor. The direction's words come in a fixed order, all may be left out.
            if c.eat_any(&["ABSOLUTE", "RELATIVE"]).is_some() {
                c.need_number()?;
            } else if c.eat_any(&["NEXT", "PRIOR", "FIRST", "LAST"]).is_none() {
                c.eat_any(&["FORWARD", "BACKWARD"]);
                if !c.eat("ALL") && (c.is_kind(TokenKind::Number) || c.is_op("-") || c.is_op("+")) {
                    c.need_number()?;
                }
            }
            c.eat_any(&["FROM", "IN"]);
            c.need_ident()?;
        }
    }
    c.need_end()?;
    Ok(nothing(verb))
}

/// `DECLARE name CURSOR FOR query` takes the locks of its query at once.
fn declare(c: &mut Cursor<'_>) -> Read<Command> {
    c.need_ident()?;
    while c.eat_any(&["BINARY", "ASENSITIVE", "INSENSITIVE", "SCROLL", "NO"]).is_some() {}
    c.need("CURSOR")?;
    if c.eat_any(&["WITH", "WITHOUT"]).is_some() {
        c.need("HOLD")?;
    }
    c.need("FOR")?;
    if c.at_end() {
        return c.stuck();
    }
    Ok(Command::Query(Box::new(query(c.take_rest()))))
}
