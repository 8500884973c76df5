//! `ALTER TABLE`, and `ALTER` of the other relations: their actions share one grammar, as they do in the server.

use super::create_table::partition_bound;
use super::demand::Read;
use super::misspelling;
use super::object::role;
use super::option::{foreign_options, options_in_parens};
use super::sequence::{SequenceOptions, identity_options, sequence_option};
use super::table_element::{column_definition, is_table_constraint, table_constraint};
use crate::migration::{Problem, ProblemKind};
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::source::Span;
use crate::statement::{
    AlterAction, AlterActionKind, AlterObject, AlterRelation, Command, Ident, List, Name, ObjectKind, Persistence,
    RowSecurity, StorageOption,
};

/// Every word with which an action can begin (manual: the `ALTER` pages of tables, indexes, views, sequences).
const ACTIONS: [&str; 21] = [
    "ADD", "DROP", "ALTER", "RENAME", "SET", "RESET", "OWNER", "VALIDATE", "ENABLE", "DISABLE", "FORCE", "NO",
    "INHERIT", "OF", "NOT", "REPLICA", "CLUSTER", "ATTACH", "DETACH", "DEPENDS", "OPTIONS",
];

/// `ALTER TABLE` and its kin, behind the kind.
pub(super) fn alter_relation(c: &mut Cursor<'_>, kind: ObjectKind, problems: &mut Vec<Problem>) -> Read<Command> {
    if c.is_seq(&["ALL", "IN", "TABLESPACE"]) {
        return all_in_tablespace(c, kind);
    }
    // The server takes no action that begins with another word; a template may mean another server.
    let certain = kind == ObjectKind::Table && !c.has_placeholder();
    let if_exists = c.eat_if_exists();
    let relation = c.need_relation()?;
    let (name, only) = (relation.name, relation.only);
    if c.at_end() {
        return c.stuck();
    }
    let actions = if kind == ObjectKind::Sequence && !c.is_any(&["RENAME", "OWNER", "SET"]) {
        let start = c.offset();
        let mut options = SequenceOptions::default();
        while sequence_option(c, &mut options)? {}
        c.need_end()?;
        let SequenceOptions { ty, owned_by, restart, values } = options;
        List::from([AlterAction {
            span: c.span_since(start),
            kind: AlterActionKind::SequenceOptions { ty: ty.map(Box::new), owned_by, restart },
            values: values.into(),
        }])
    } else {
        // Most statements have one action.
        let mut actions = List::with_capacity(1);
        for mut part in c.split_commas() {
            actions.push(action_or_unknown(&mut part, kind, certain, problems));
        }
        actions
    };
    Ok(Command::AlterRelation(Box::new(AlterRelation { kind, name, if_exists, only, actions })))
}

/// `ALL IN TABLESPACE name [OWNED BY roles] SET TABLESPACE name [NOWAIT]`.
fn all_in_tablespace(c: &mut Cursor<'_>, kind: ObjectKind) -> Read<Command> {
    let rest = c.words();
    c.need_seq(&["ALL", "IN", "TABLESPACE"])?;
    c.need_ident()?;
    if c.eat_seq(&["OWNED", "BY"]) {
        c.need_list(role)?;
    }
    c.need_seq(&["SET", "TABLESPACE"])?;
    c.need_ident()?;
    c.eat("NOWAIT");
    c.need_end()?;
    Ok(Command::AlterObject(Box::new(AlterObject {
        kind,
        name: None,
        arguments: None,
        table: None,
        rename_to: None,
        set_schema: None,
        volatility: None,
        depends_on_extension: false,
        rest,
    })))
}

fn action_or_unknown(c: &mut Cursor<'_>, kind: ObjectKind, certain: bool, problems: &mut Vec<Problem>) -> AlterAction {
    let span = c.rest_span();
    let beginning = c.clone();
    let mut values = Vec::new();
    let read = action(c, &mut values).and_then(|action| c.need_end().map(|()| action));
    let kind = read.unwrap_or_else(|stuck| {
        let (span, problem) = match not_an_action(&beginning).filter(|_| certain) {
            Some(syntax) => (beginning.here(), syntax),
            None => {
                let verb = format!("ALTER {}", kind.name().to_ascii_uppercase());
                (stuck.at, ProblemKind::NotUnderstood { verb, certain })
            }
        };
        problems.push(Problem { span, statement: None, kind: problem });
        AlterActionKind::Unknown
    });
    AlterAction { span, kind, values: values.into() }
}

/// The first word, where no action of `ALTER TABLE` begins with it.
fn not_an_action(c: &Cursor<'_>) -> Option<ProblemKind> {
    let word = c.word()?;
    if c.is_any(&ACTIONS) {
        return None;
    }
    let help = match word.to_ascii_uppercase().as_str() {
        "MODIFY" => Some(
            "write `ALTER COLUMN name TYPE type`, `SET NOT NULL`, `SET DEFAULT`, each as its own action".to_owned(),
        ),
        "CHANGE" => Some("write `RENAME COLUMN name TO name` and `ALTER COLUMN name TYPE type`".to_owned()),
        "DELETE" | "REMOVE" => Some("write `DROP`".to_owned()),
        "CREATE" | "INSERT" => Some("write `ADD`, or end the statement before with `;`".to_owned()),
        _ => misspelling::nearest(word, &ACTIONS).map(|action| format!("did you mean `{action}`?")),
    };
    Some(ProblemKind::Syntax { message: format!("`{word}` is no action of ALTER TABLE"), help })
}

fn action(c: &mut Cursor<'_>, values: &mut Vec<StorageOption>) -> Read<AlterActionKind> {
    let which = ACTIONS[c.need_any(&ACTIONS)?];
    Ok(match which {
        "ADD" => add(c)?,
        "DROP" => drop(c)?,
        "ALTER" => alter(c, values)?,
        "RENAME" => rename(c)?,
        "SET" => set(c)?,
        "RESET" => AlterActionKind::ResetOptions(options_in_parens(c)?),
        "OWNER" => {
            c.need("TO")?;
            AlterActionKind::OwnerTo(role(c)?)
        }
        "VALIDATE" => {
            c.need("CONSTRAINT")?;
            AlterActionKind::ValidateConstraint(c.need_ident()?)
        }
        "ENABLE" | "DISABLE" => enable_or_disable(c, which == "ENABLE")?,
        "FORCE" => {
            c.need_seq(&["ROW", "LEVEL", "SECURITY"])?;
            AlterActionKind::RowSecurity(RowSecurity::Force)
        }
        "NO" => match c.need_any(&["INHERIT", "FORCE", "DEPENDS"])? {
            0 => AlterActionKind::NoInherit(c.need_name()?),
            1 => {
                c.need_seq(&["ROW", "LEVEL", "SECURITY"])?;
                AlterActionKind::RowSecurity(RowSecurity::NoForce)
            }
            _ => depends(c, values)?,
        },
        "INHERIT" => AlterActionKind::Inherit(c.need_name()?),
        "OF" => AlterActionKind::OfType(c.need_name()?),
        "NOT" => {
            c.need("OF")?;
            AlterActionKind::NotOf
        }
        "REPLICA" => replica_identity(c)?,
        "CLUSTER" => {
            c.need("ON")?;
            AlterActionKind::ClusterOn(c.need_ident()?)
        }
        "ATTACH" => {
            c.need("PARTITION")?;
            let partition = c.need_name()?;
            let bound = if c.at_end() { None } else { Some(Box::new(partition_bound(c)?)) };
            AlterActionKind::AttachPartition { partition, bound }
        }
        "DETACH" => {
            c.need("PARTITION")?;
            let partition = c.need_name()?;
            let concurrently = c.eat_span("CONCURRENTLY");
            let finalize = concurrently.is_none() && c.eat("FINALIZE");
            AlterActionKind::DetachPartition { partition, concurrently, finalize }
        }
        "DEPENDS" => depends(c, values)?,
        _ => {
            // `foreign_options` reads the keyword itself.
            c.reset(c.position() - 1);
            if !c.is_nth_kind(1, TokenKind::LParen) {
                return c.stuck();
            }
            *values = foreign_options(c)?;
            AlterActionKind::ForeignOptions
        }
    })
}

fn depends(c: &mut Cursor<'_>, values: &mut Vec<StorageOption>) -> Read<AlterActionKind> {
    c.need_seq(&["ON", "EXTENSION"])?;
    let extension = c.need_ident()?;
    values.push(value("extension", extension.name, extension.span));
    Ok(AlterActionKind::DependsOnExtension)
}

fn add(c: &mut Cursor<'_>) -> Read<AlterActionKind> {
    if is_table_constraint(c) {
        return Ok(AlterActionKind::AddConstraint(Box::new(table_constraint(c)?)));
    }
    c.eat("COLUMN");
    let if_not_exists = c.eat_if_not_exists();
    Ok(AlterActionKind::AddColumn { if_not_exists, column: Box::new(column_definition(c)?) })
}

fn drop(c: &mut Cursor<'_>) -> Read<AlterActionKind> {
    if c.eat("CONSTRAINT") {
        let if_exists = c.eat_if_exists();
        let name = c.need_ident()?;
        return Ok(AlterActionKind::DropConstraint { if_exists, name, cascade: c.eat_behavior() });
    }
    c.eat("COLUMN");
    let if_exists = c.eat_if_exists();
    let column = c.need_ident()?;
    Ok(AlterActionKind::DropColumn { if_exists, column, cascade: c.eat_behavior() })
}

fn rename(c: &mut Cursor<'_>) -> Read<AlterActionKind> {
    if c.eat("TO") {
        return Ok(AlterActionKind::RenameTo(c.need_ident()?));
    }
    let constraint = c.eat("CONSTRAINT");
    // A column may be called `attribute`.
    let attribute = !constraint && !c.eat("COLUMN") && c.is("ATTRIBUTE") && !c.is_nth(1, "TO");
    if attribute {
        c.next();
    }
    let from = c.need_ident()?;
    c.need("TO")?;
    let to = c.need_ident()?;
    if attribute {
        c.eat_behavior();
    }
    Ok(if constraint {
        AlterActionKind::RenameConstraint { from, to }
    } else {
        AlterActionKind::RenameColumn { from, to }
    })
}

fn set(c: &mut Cursor<'_>) -> Read<AlterActionKind> {
    if c.is_kind(TokenKind::LParen) {
        return Ok(AlterActionKind::SetOptions(options_in_parens(c)?));
    }
    Ok(match c.need_any(&["SCHEMA", "TABLESPACE", "ACCESS", "LOGGED", "UNLOGGED", "WITHOUT"])? {
        0 => AlterActionKind::SetSchema(c.need_ident()?),
        1 => {
            let name = c.need_ident()?;
            c.eat("NOWAIT");
            AlterActionKind::SetTablespace(name)
        }
        2 => {
            c.need("METHOD")?;
            AlterActionKind::SetAccessMethod(c.need_ident()?)
        }
        3 => AlterActionKind::SetPersistence(Persistence::Permanent),
        4 => AlterActionKind::SetPersistence(Persistence::Unlogged),
        _ if c.eat("CLUSTER") => AlterActionKind::SetWithoutCluster,
        _ => {
            c.need("OIDS")?;
            AlterActionKind::SetWithoutOids
        }
    })
}

fn enable_or_disable(c: &mut Cursor<'_>, enable: bool) -> Read<AlterActionKind> {
    if c.eat_seq(&["ROW", "LEVEL", "SECURITY"]) {
        return Ok(AlterActionKind::RowSecurity(if enable { RowSecurity::Enable } else { RowSecurity::Disable }));
    }
    let mode = match (enable, enable.then(|| c.eat_any(&["REPLICA", "ALWAYS"])).flatten()) {
        (true, Some(0)) => "enable replica",
        (true, Some(_)) => "enable always",
        (true, None) => "enable",
        (false, _) => "disable",
    };
    let mode = Name::new_static(mode);
    if c.need_any(&["TRIGGER", "RULE"])? == 1 {
        return Ok(AlterActionKind::Rule { mode, name: c.need_ident()? });
    }
    let every = c.eat_any(&["ALL", "USER"]);
    let name = if every.is_some() { None } else { Some(c.need_ident()?) };
    Ok(AlterActionKind::Trigger { mode, name, internal: every == Some(0) })
}

fn replica_identity(c: &mut Cursor<'_>) -> Read<AlterActionKind> {
    c.need("IDENTITY")?;
    if c.eat_seq(&["USING", "INDEX"]) {
        let index = Some(c.need_ident()?);
        return Ok(AlterActionKind::ReplicaIdentity { kind: Name::new_static("index"), index });
    }
    const KINDS: [&str; 3] = ["default", "full", "nothing"];
    let kind = KINDS[c.need_any(&["DEFAULT", "FULL", "NOTHING"])?];
    Ok(AlterActionKind::ReplicaIdentity { kind: Name::new_static(kind), index: None })
}

fn value(name: &'static str, value: Name, span: Span) -> StorageOption {
    StorageOption { name: Name::new_static(name), value: Some(value), span }
}

fn alter(c: &mut Cursor<'_>, values: &mut Vec<StorageOption>) -> Read<AlterActionKind> {
    if c.eat("CONSTRAINT") {
        return alter_constraint(c);
    }
    c.eat("COLUMN");
    let column = match c.eat_kind(TokenKind::Number) {
        Some(number) => Ident { name: Name::from(c.text(number.span)), span: number.span },
        None => c.need_ident()?,
    };
    if c.eat_seq(&["SET", "DATA", "TYPE"]) || c.eat("TYPE") {
        return set_type(c, column);
    }
    if c.eat("DROP") {
        return Ok(match c.need_any(&["DEFAULT", "NOT", "EXPRESSION", "IDENTITY"])? {
            0 => AlterActionKind::DropDefault(column),
            1 => {
                c.need("NULL")?;
                AlterActionKind::DropNotNull(column)
            }
            2 => {
                c.eat_if_exists();
                AlterActionKind::DropExpression(column)
            }
            _ => {
                c.eat_if_exists();
                AlterActionKind::DropIdentity(column)
            }
        });
    }
    if c.eat("ADD") {
        c.need("GENERATED")?;
        values.push(generated_when(c)?);
        c.need_seq(&["AS", "IDENTITY"])?;
        values.extend(identity_options(c)?);
        return Ok(AlterActionKind::AddIdentity(column));
    }
    if c.eat("RESET") {
        return Ok(AlterActionKind::SetColumnOptions { column, options: options_in_parens(c)? });
    }
    if c.is("OPTIONS") {
        let options = foreign_options(c)?;
        return Ok(AlterActionKind::SetColumnOptions { column, options });
    }
    if c.is("RESTART") {
        return set_identity(c, column, values);
    }
    let set = c.clone();
    c.need("SET")?;
    if c.is_kind(TokenKind::LParen) {
        return Ok(AlterActionKind::SetColumnOptions { column, options: options_in_parens(c)? });
    }
    if c.eat("DEFAULT") {
        return Ok(AlterActionKind::SetDefault { column, default: Box::new(c.need_whole_expression()?) });
    }
    if c.eat_seq(&["NOT", "NULL"]) {
        return Ok(AlterActionKind::SetNotNull(column));
    }
    if c.eat_seq(&["EXPRESSION", "AS"]) {
        return Ok(AlterActionKind::SetExpression { column, expr: Box::new(c.need_expression_in_parens()?) });
    }
    if c.eat("STATISTICS") {
        let start = c.offset();
        let target = if c.eat("DEFAULT") { Name::new_static("default") } else { c.need_number()? };
        values.push(value("statistics", target, c.span_since(start)));
        return Ok(AlterActionKind::SetStatistics(column));
    }
    if c.eat("STORAGE") {
        let storage = c.need_ident()?;
        values.push(value("storage", storage.name, storage.span));
        return Ok(AlterActionKind::SetStorage(column));
    }
    if c.eat("COMPRESSION") {
        let compression = c.need_ident()?;
        values.push(value("compression", compression.name, compression.span));
        return Ok(AlterActionKind::SetCompression(column));
    }
    *c = set;
    set_identity(c, column, values)
}

fn set_type(c: &mut Cursor<'_>, column: Ident) -> Read<AlterActionKind> {
    let ty = Box::new(c.need_type()?);
    let collation = if c.eat("COLLATE") { Some(Box::new(c.need_name()?)) } else { None };
    let using = if c.eat("USING") { Some(Box::new(c.need_whole_expression()?)) } else { None };
    Ok(AlterActionKind::SetType { column, ty, collation, using })
}

/// `ALWAYS`, `BY DEFAULT`.
fn generated_when(c: &mut Cursor<'_>) -> Read<StorageOption> {
    let start = c.offset();
    let when = if c.eat("ALWAYS") {
        "always"
    } else {
        c.need_seq(&["BY", "DEFAULT"])?;
        "by default"
    };
    Ok(value("generated", Name::new_static(when), c.span_since(start)))
}

/// `SET GENERATED ...`, `SET` of sequence options and `RESTART`, one or several without commas.
fn set_identity(c: &mut Cursor<'_>, column: Ident, values: &mut Vec<StorageOption>) -> Read<AlterActionKind> {
    let mut options = SequenceOptions::default();
    while !c.at_end() {
        if c.eat_seq(&["SET", "GENERATED"]) {
            options.values.push(generated_when(c)?);
            continue;
        }
        if !c.is("RESTART") {
            c.need("SET")?;
        }
        if !sequence_option(c, &mut options)? {
            return c.stuck();
        }
    }
    *values = options.values;
    Ok(AlterActionKind::SetIdentity(column))
}

fn alter_constraint(c: &mut Cursor<'_>) -> Read<AlterActionKind> {
    let name = c.need_ident()?;
    let (mut enforced, mut deferrability, mut inherit) = (None, false, None);
    if c.at_end() {
        return c.stuck();
    }
    while !c.at_end() {
        if c.eat_seq(&["NOT", "ENFORCED"]) {
            enforced = Some(false);
        } else if c.eat("ENFORCED") {
            enforced = Some(true);
        } else if c.eat_seq(&["NO", "INHERIT"]) {
            inherit = Some(false);
        } else if c.eat("INHERIT") {
            inherit = Some(true);
        } else if c.eat("DEFERRABLE") || c.eat_seq(&["NOT", "DEFERRABLE"]) {
            deferrability = true;
        } else {
            c.need("INITIALLY")?;
            c.need_any(&["IMMEDIATE", "DEFERRED"])?;
            deferrability = true;
        }
    }
    Ok(AlterActionKind::AlterConstraint { name, enforced, deferrability, inherit })
}
