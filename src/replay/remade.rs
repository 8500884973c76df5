//! What every deployment makes anew at its end: the objects of callbacks. Whatever a migration takes away of them is there again when
//! the deployment is over.

use crate::catalog::displayed;
use crate::effect::{ClientChange, Effect, EffectKind};
use crate::migration::{Direction, Migration, Role};
use crate::statement::{Command, ObjectName, Statement};
use std::collections::BTreeSet;

/// A kind of object that a callback makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    View,
    Function,
    Trigger,
}

/// The objects that callbacks make behind the migrations: kind, schema and name.
#[derive(Debug, Default)]
pub(super) struct Remade(BTreeSet<(Kind, String, String)>);

impl Remade {
    /// What the callbacks behind the last of some migrations make.
    pub(super) fn by(migrations: &[&Migration]) -> Self {
        let last = migrations.iter().rposition(|it| matches!(it.role, Role::Migration | Role::Repeatable));
        let behind = migrations.get(last.map_or(0, |last| last + 1)..).unwrap_or_default();
        let mut made = Self::default();
        for callback in behind.iter().filter(|migration| migration.role == Role::Callback) {
            let up = |statement: &&Statement| {
                callback.section_of(statement).is_some_and(|section| section.direction == Direction::Up)
            };
            callback.statements.iter().filter(up).for_each(|statement| made.add(statement));
        }
        made
    }

    fn add(&mut self, statement: &Statement) {
        let own = |name: &ObjectName| {
            let schema = name.schema.as_ref().map_or("public", |schema| schema.name.as_str());
            (schema.to_owned(), name.name.name.to_string())
        };
        let (kind, (schema, name)) = match &statement.command {
            Command::CreateView(create) if !create.temporary => (Kind::View, own(&create.name)),
            Command::CreateFunction(create) => (Kind::Function, own(&create.name)),
            // A trigger has its table's schema; its own name tells it apart.
            Command::CreateTrigger(create) => (Kind::Trigger, (String::new(), create.name.name.to_string())),
            Command::Do(block) => {
                block.body.iter().flat_map(|body| &body.statements).for_each(|inner| self.add(inner));
                return;
            }
            _ => return,
        };
        self.0.insert((kind, schema, name));
    }

    /// Whether what an effect takes away is made anew.
    pub(super) fn holds(&self, effect: &Effect) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let (kind, name) = match &effect.kind {
            EffectKind::DropsObject { object, name, .. } => match object.as_str() {
                "view" | "materialized view" => (Kind::View, name.as_str()),
                "function" | "procedure" | "routine" => (Kind::Function, name.as_str()),
                "trigger" => (Kind::Trigger, name.as_str()),
                _ => return false,
            },
            EffectKind::BreaksClients { change: ClientChange::DropView, object, .. } => (Kind::View, object.as_str()),
            EffectKind::BreaksClients { change: ClientChange::DropFunction, object, .. } => {
                (Kind::Function, object.as_str())
            }
            _ => return false,
        };
        let (schema, name) = match kind {
            Kind::Trigger => ("", name),
            Kind::View | Kind::Function => displayed(name),
        };
        self.0.contains(&(kind, schema.to_owned(), name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{File, Project, read};
    use crate::migration::Role;
    use crate::settings::Settings;
    use crate::source::Source;
    use crate::tool::Tool;

    /// Whether each drop of the second file is mended, given a third one in that role.
    fn mended(drops: &str, last: &str, role: Role) -> Vec<bool> {
        let given = "CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t; CREATE SCHEMA s; \
            CREATE VIEW s.v AS SELECT id FROM t; \
            CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;";
        let file = |(number, (text, role)): (usize, (&str, Role))| File {
            judged: number == 1,
            role,
            ..File::from(Source::new(format!("V{number}__x.sql"), text))
        };
        let files = [(given, Role::Migration), (drops, Role::Migration), (last, role)];
        let files = files.into_iter().enumerate().map(file).collect();
        let project = Project { whole: true, ..Project::of(Tool::FLYWAY, files) };
        let (_, projects) = read(vec![project], &Settings::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
        let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() == "breaks-clients");
        effects.map(|effect| effect.mended).collect()
    }

    #[test]
    fn what_a_callback_makes_anew_is_mended() {
        let view = "CREATE OR REPLACE VIEW v AS SELECT id FROM t;";
        assert_eq!(mended("DROP VIEW v; DROP VIEW s.v;", view, Role::Callback), [true, false]);
        // A repeatable migration runs only when it has changed.
        assert_eq!(mended("DROP VIEW v;", view, Role::Repeatable), [false]);
        assert_eq!(mended("DROP VIEW v;", "SELECT 1;", Role::Callback), [false]);
        // A callback that is there no longer may have made it.
        assert_eq!(mended("DROP VIEW IF EXISTS former;", view, Role::Callback), [false]);
        assert_eq!(mended("DROP VIEW IF EXISTS former;", "SELECT 1;", Role::Callback), [true; 0]);
        let function = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;";
        assert_eq!(mended("DROP FUNCTION f();", function, Role::Callback), [true]);
        assert_eq!(mended("DROP FUNCTION f();", view, Role::Callback), [false]);
    }
}
