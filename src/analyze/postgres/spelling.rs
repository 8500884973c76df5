//! Names that need care: quoted for ever, or not what they look like.
//!
//! Manual, "Identifiers and Key Words".

use super::analysis::Analysis;
use crate::effect::{EffectKind, Spelling};
use crate::parse::expression::is_reserved;
use crate::statement::{AlterActionKind, Command, Ident, ObjectKind, ObjectName, Persistence, Statement};
use smol_str::SmolStr;

/// Tells of the names that a statement gives.
pub(super) fn names(analysis: &mut Analysis<'_>, statement: &Statement) {
    match &statement.command {
        Command::CreateTable(create) if create.persistence != Persistence::Temporary => {
            relation(analysis, "table", &create.name);
            create.columns.iter().for_each(|column| name(analysis, "column", &column.name));
            let constraints = create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
            constraints.filter_map(|it| it.name.as_ref()).for_each(|it| name(analysis, "constraint", it));
        }
        Command::CreateIndex(create) => {
            if let Some(index) = &create.name {
                relation(analysis, "index", index);
            }
        }
        Command::CreateView(create) => {
            let object = if create.materialized { "materialized view" } else { "view" };
            relation(analysis, object, &create.name);
        }
        Command::CreateSequence(create) => relation(analysis, "sequence", &create.name),
        Command::CreateType(create) => relation(analysis, "type", &create.name),
        Command::CreateDomain(create) => relation(analysis, "domain", &create.name),
        Command::CreateFunction(create) => relation(analysis, "function", &create.name),
        Command::CreateTrigger(create) => name(analysis, "trigger", &create.name),
        Command::CreateSchema(create) => {
            if let Some(schema) = &create.name {
                name(analysis, "schema", schema);
            }
        }
        Command::AlterRelation(alter) => {
            for action in &alter.actions {
                analysis.cause = if alter.actions.len() > 1 { action.span } else { statement.span };
                match &action.kind {
                    AlterActionKind::AddColumn { column, .. } => name(analysis, "column", &column.name),
                    AlterActionKind::RenameColumn { to, .. } => name(analysis, "column", to),
                    AlterActionKind::RenameTo(to) => name(analysis, of_relation(alter.kind), to),
                    AlterActionKind::RenameConstraint { to, .. } => name(analysis, "constraint", to),
                    AlterActionKind::AddConstraint(constraint) => {
                        if let Some(constraint) = &constraint.name {
                            name(analysis, "constraint", constraint);
                        }
                    }
                    _ => {}
                }
            }
            analysis.cause = statement.span;
        }
        _ => {}
    }
}

fn of_relation(kind: ObjectKind) -> &'static str {
    kind.name()
}

fn relation(analysis: &mut Analysis<'_>, object: &'static str, written: &ObjectName) {
    name(analysis, object, &written.name);
}

fn name(analysis: &mut Analysis<'_>, object: &'static str, written: &Ident) {
    let text = analysis.text(written.span);
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let spelling = spelling(&written.name, inner.is_some());
    if spelling != Spelling::Plain {
        let kind =
            EffectKind::NamesObject { object: SmolStr::new_static(object), name: written.name.clone(), spelling };
        analysis.add(written.span, kind);
    }
}

/// How a name is spelt.
fn spelling(name: &str, quoted: bool) -> Spelling {
    if !name.is_ascii() {
        return if name.chars().any(is_misleading) { Spelling::Misleading } else { Spelling::NotAscii };
    }
    let plain = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_$".contains(letter));
    match plain {
        false if quoted => Spelling::Quoted,
        true if quoted && is_reserved(&name.to_ascii_uppercase()) => Spelling::Reserved,
        _ => Spelling::Plain,
    }
}

/// Characters that cannot be seen, are spaces, or are letters of another script that look like ASCII ones.
fn is_misleading(letter: char) -> bool {
    matches!(letter,
        '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{2064}' | '\u{3000}' | '\u{feff}'
        // Punctuation and letters in full width.
        | '\u{ff01}'..='\u{ff5e}'
        // Cyrillic and Greek letters with an ASCII twin.
        | 'а' | 'е' | 'о' | 'р' | 'с' | 'у' | 'х' | 'і' | 'ѕ' | 'ј' | 'ԁ' | 'А' | 'В' | 'Е' | 'К' | 'М' | 'Н' | 'О' | 'Р' | 'С' | 'Т' | 'Х'
        | 'ο' | 'ν' | 'Α' | 'Β' | 'Ε' | 'Ζ' | 'Η' | 'Ι' | 'Κ' | 'Μ' | 'Ν' | 'Ο' | 'Ρ' | 'Τ' | 'Υ' | 'Χ'
    )
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    fn of(sql: &str) -> Vec<String> {
        effects(15, "CREATE TABLE t (id int);", sql, "names-object")
    }

    #[test]
    fn spellings() {
        assert_eq!(of("CREATE TABLE orders (\"id\" int, user_id int)"), [""; 0]);
        assert_eq!(
            of("CREATE TABLE \"order\" (\"userId\" int)"),
            [
                "names-object object=table name=order spelling=reserved",
                "names-object object=column name=userId spelling=quoted"
            ]
        );
        assert_eq!(
            of("ALTER TABLE t RENAME id TO größe"),
            ["names-object object=column name=größe spelling=not-ascii"]
        );
        // The `о` is Cyrillic.
        assert_eq!(of("CREATE TABLE оrders (id int)"), ["names-object object=table name=оrders spelling=misleading"]);
    }
}
