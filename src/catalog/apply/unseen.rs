//! Commands that no file shows: what a function or a `DO` block puts together at run time.
//!
//! What they may have altered is not known for certain any more: [`Table::complete`](crate::catalog::Table::complete) says so.

use super::Change;
use crate::catalog::{Relation, RelationId, Table, is_of_system};
use crate::statement::{Body, Command, CompoundKind, Expr, ExprKind, Literal, Name, ObjectName};
use std::collections::BTreeSet;

/// Verbs that change a schema.
const DEFINITION: [&str; 3] = ["alter", "create", "drop"];

/// Verbs that do not.
const OTHER: [&str; 10] =
    ["select", "insert", "update", "delete", "grant", "revoke", "notify", "call", "analyze", "refresh"];

/// What a command may have done to a table.
#[derive(Clone, Copy)]
enum Altered {
    Anything,
    /// Triggers, policies, rules.
    Attachments,
}

impl Change<'_> {
    /// A function runs: the tables that its body writes hold anything from now on.
    pub(super) fn call(&mut self, name: &ObjectName, arguments: &[Expr]) {
        if let Some(place) = self.function_place(name) {
            let words: Vec<Name> = strings(arguments).flat_map(|text| words(text).map(Name::from)).collect();
            self.run_bodies(vec![place], words);
        }
    }

    /// A function that these files do not make may alter the tables that it is told by name.
    pub(super) fn call_unseen(&mut self, name: &ObjectName, arguments: &[Expr]) {
        let function = name.name.name.as_str();
        // The server's own that take names only look them up.
        if self.function_place(name).is_some()
            || is_of_system(name)
            || function.starts_with("to_reg")
            || function.starts_with("has_")
        {
            return;
        }
        let named: Vec<Name> =
            strings(arguments).map(|text| text.rsplit_once('.').map_or(text, |(_, it)| it).into()).collect();
        if !named.is_empty() {
            self.uncertain(Altered::Anything, |relation| named.contains(&relation.name));
        }
    }

    /// A command was put together from these words at run time: what it altered has more, or less, than the files tell. Where they name
    /// no table, it may be any.
    pub(super) fn ran_unseen(&mut self, words: &[Name]) {
        let is = |verbs: &[&str]| words.iter().any(|word| verbs.iter().any(|verb| word.eq_ignore_ascii_case(verb)));
        let (defines, elsewhere) = (is(&DEFINITION), is(&OTHER));
        if elsewhere && !defines {
            return;
        }
        let altered = match defines && !is(&["add", "column", "rename", "constraint"]) {
            true if is(&["trigger", "policy", "rule"]) => Altered::Attachments,
            // What else goes by such verbs leaves the parts of tables alone.
            true => return,
            false => Altered::Anything,
        };
        let words: BTreeSet<&str> = words.iter().map(Name::as_str).collect();
        let named = |relation: &Relation| relation.as_table().is_some() && words.contains(relation.name.as_str());
        let any = self.catalog.relations.iter().any(|(_, relation)| named(relation));
        self.uncertain(altered, |relation| !any || named(relation));
    }

    /// A table of a schema that is known at run time only, as in `format('ALTER TABLE %I.t ...', s)`: it may be any of that name, and
    /// which of them has been altered before is not known either.
    pub(super) fn altered_anywhere(&mut self, command: &Command) {
        let name = match command {
            Command::CreateTable(create) => &create.name,
            Command::AlterRelation(alter) => &alter.name,
            Command::CreateTrigger(create) => &create.table,
            Command::Policy(policy) => &policy.table,
            Command::DropOnTable(drop) => &drop.table,
            _ => return,
        };
        if name.schema.as_ref().is_some_and(|schema| schema.name.starts_with('%')) {
            self.uncertain(Altered::Anything, |relation| relation.name == name.name.name);
        }
    }

    /// Tables that the body of a function alters: whether it does, and which of them, is known when it runs.
    pub(super) fn altered_within(&mut self, tables: &BTreeSet<RelationId>) {
        if !tables.is_empty() {
            self.uncertain(Altered::Anything, |relation| tables.contains(&relation.id));
        }
    }

    fn uncertain(&mut self, altered: Altered, reached: impl Fn(&Relation) -> bool) {
        let certain = |table: &Table| match altered {
            Altered::Anything => !table.altered_unseen,
            Altered::Attachments => !table.attached_unseen,
        };
        let known = |relation: &Relation| relation.as_table().is_some_and(certain) && reached(relation);
        let tables: Vec<RelationId> =
            self.catalog.relations.iter().filter(|(_, it)| known(it)).map(|(id, _)| *id).collect();
        for id in tables {
            self.change_table(id, |table| match altered {
                Altered::Anything => {
                    table.complete = false;
                    table.altered_unseen = true;
                    table.gone_columns.clear();
                }
                Altered::Attachments => table.attached_unseen = true,
            });
        }
    }

    fn run_bodies(&mut self, pending: Vec<(Name, Name)>, mut words: Vec<Name>) {
        let reached = self.write_by_bodies(pending);
        let opaque = reached.iter().filter_map(|place| self.catalog.functions.get(place));
        let opaque = opaque.flat_map(|function| &function.overloads).filter_map(|overload| overload.body.as_ref());
        let opaque: Vec<&Body> = opaque.filter(|body| !body.opaque.is_empty()).collect();
        if !opaque.is_empty() {
            words.extend(opaque.iter().flat_map(|body| body.words.iter().cloned()));
            self.ran_unseen(&words);
        }
    }
}

/// The string constants among the arguments of a call, and in the arrays among them.
fn strings(arguments: &[Expr]) -> impl Iterator<Item = &str> {
    let parts = arguments.iter().flat_map(|argument| match &argument.kind {
        ExprKind::Compound(CompoundKind::Array, parts) => parts.as_slice(),
        _ => std::slice::from_ref(argument),
    });
    parts.filter_map(|part| match &part.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text.as_str()),
        ExprKind::Cast(inner, _) => match &inner.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text.as_str()),
            _ => None,
        },
        _ => None,
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '$')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::catalog::testing::Session;

    const TABLES: &str = "CREATE TABLE t (id int); CREATE TABLE u (id int);
        CREATE FUNCTION stamp(name text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN made timestamptz', name); END $$;";

    /// The tables of which not everything is known.
    fn uncertain(sql: &str) -> Vec<String> {
        let mut session = Session::new(15, true);
        session.run(&format!("{TABLES} {sql}"));
        let unknown = |name: &str| {
            let table = session.catalog.find("public", name)?.as_table()?;
            match (table.complete, table.attached_unseen) {
                (false, _) => Some(name.to_owned()),
                (true, true) => Some(format!("{name}: attachments")),
                (true, false) => None,
            }
        };
        ["t", "u"].into_iter().filter_map(unknown).collect()
    }

    #[test]
    fn a_call_that_names_a_table() {
        assert_eq!(uncertain(""), [""; 0]);
        assert_eq!(uncertain("SELECT stamp('t')"), ["t"]);
        assert_eq!(uncertain("DO $$ BEGIN PERFORM stamp('u'); END $$"), ["u"]);
        assert_eq!(uncertain("SELECT create_hypertable('public.u', 'id')"), ["u"]);
        assert_eq!(uncertain("SELECT pg_get_serial_sequence('u', 'id'), to_regclass('t'), now()"), [""; 0]);
    }

    #[test]
    fn a_command_of_unknown_text_may_alter_any() {
        let each = |list: &str, command: &str| {
            uncertain(&format!(
                "DO $$ DECLARE r text; BEGIN FOR r IN SELECT * FROM {list} LOOP EXECUTE format('{command}', r); END LOOP; END $$"
            ))
        };
        assert_eq!(each("names", "ALTER TABLE %I ADD COLUMN c int"), ["t", "u"]);
        assert_eq!(each("unnest(ARRAY['u']) n", "ALTER TABLE %I ADD COLUMN c int"), ["u"]);
        assert_eq!(each("names", "GRANT SELECT ON %I TO reader"), [""; 0]);
        assert_eq!(each("names", "ALTER TABLE %I ENABLE ROW LEVEL SECURITY"), [""; 0]);
        assert_eq!(each("names", "CREATE POLICY p ON %I"), ["t: attachments", "u: attachments"]);
    }
}
