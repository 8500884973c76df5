//! The table in which a runner of the team's own keeps what has run.

use super::Replayer;
use crate::effect::Size;
use crate::migration::{Migration, Role};

/// What such a table is called where it is not called as a known tool's.
const NAME: &str = "migrations";

impl Replayer<'_> {
    /// Of a whole history: a table of that name which no file makes, and of which only the first file speaks, was made by what runs that
    /// file, and holds a row for it at most.
    pub(super) fn tell_record(&mut self, migrations: &[&Migration]) {
        let Some(first) = migrations.iter().find(|migration| migration.role != Role::Schema) else {
            return;
        };
        let is_record = |relation: &str| relation.rsplit('.').next() == Some(NAME);
        let mut others = self.steps.iter().filter(|step| step.source != first.source).flat_map(|step| &step.effects);
        let used_later =
            others.any(|effect| effect.subject.as_ref().is_some_and(|subject| is_record(&subject.relation)));
        if used_later || self.catalog.relations().any(|it| it.name == NAME && it.origin.is_some()) {
            return;
        }
        let effects = self.steps.iter_mut().flat_map(|step| &mut step.effects);
        for subject in effects.filter_map(|effect| effect.subject.as_mut()).filter(|it| is_record(&it.relation)) {
            subject.size = Size::Small;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{File, Project, read};
    use crate::effect::{EffectKind, Size};
    use crate::settings::Settings;
    use crate::source::Source;
    use crate::tool::Tool;

    /// The sizes of the tables on which indexes are built, for files in order.
    fn sizes_in(files: &[&str], change: impl FnOnce(&mut Project)) -> Vec<Size> {
        let files = files.iter().enumerate().map(|(at, sql)| File::from(Source::new(format!("{at}.sql"), *sql)));
        let mut project = Project::of(Tool::GOLANG_MIGRATE, files.collect());
        change(&mut project);
        let (_, read) = read(vec![project], &Settings::default());
        let effects = read[0].replay.steps.iter().flat_map(|step| &step.effects);
        let built = effects.filter(|effect| matches!(effect.kind, EffectKind::BuildsIndex { .. }));
        built.filter_map(|effect| Some(effect.subject.as_ref()?.size)).collect()
    }

    fn sizes(files: &[&str]) -> Vec<Size> {
        sizes_in(files, |project| project.whole = true)
    }

    #[test]
    fn a_runner_s_own_table_has_few_rows() {
        let (key, rest) = ("ALTER TABLE migrations ADD PRIMARY KEY (version);", "CREATE TABLE t (id int);");
        assert_eq!(sizes(&[key, rest]), [Size::Small]);
        assert_eq!(sizes(&[rest, key]), [Size::Unknown]);
        assert_eq!(sizes(&[key, rest, "ALTER TABLE migrations ADD COLUMN x int;"]), [Size::Unknown]);
        assert_eq!(sizes(&["CREATE TABLE migrations (version int);", key]), [Size::Unknown]);
        assert_eq!(sizes(&["ALTER TABLE schema_migrations ADD PRIMARY KEY (version);"]), [Size::Small]);
        assert_eq!(sizes_in(&[key, rest], |project| project.series = true), [Size::Small]);
        assert_eq!(sizes_in(&[key, rest], |_| ()), [Size::Unknown], "a part of a history");
        assert_eq!(sizes(&["ALTER TABLE versions ADD PRIMARY KEY (version);"]), [Size::Unknown]);
    }
}
