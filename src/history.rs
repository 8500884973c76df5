//! What is wrong with the order of a project's migrations, by their names and by what a branch did to them, and the words for what two
//! branches did to one object. It reads no SQL.

mod clash;
mod version;

pub use clash::{Act, Clash, End, Theirs};
pub use version::Version;

use crate::migration::Role;
use crate::tool::{Identity, Tool, Upset};
use std::collections::{BTreeMap, BTreeSet};

/// What a branch did to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// Nothing, or nothing is known.
    #[default]
    None,
    /// It added it. `behind` is the newest migration that is there already, on the branch that this one goes to.
    Added {
        /// Its path, where there is one.
        behind: Option<String>,
    },
    /// It edited it.
    Edited,
    /// It edited nothing but comments and white space.
    Commented,
    /// It gave it another name.
    Renamed {
        /// The path that it had.
        from: String,
    },
    /// It deleted it.
    Deleted,
    /// It lies among the migrations, but the tool does not run it.
    Ignored,
}

/// A file of a project, in the order in which the tool runs them.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Its path.
    pub path: &'a str,
    /// What it is to the project.
    pub role: Role,
    /// What a branch did to it.
    pub change: &'a Change,
}

/// What is wrong with a file's place in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// The branch that it goes to has another migration of that version.
    Duplicate,
    /// The tool compares names as texts, and runs it behind one with a higher number.
    TextOrder,
    /// Others have a file that undoes them.
    NoDown,
    /// A newer one is there already.
    Late,
    /// It was there already, and had another text.
    Edited,
    /// It was there already, and had another name.
    Renamed,
    /// It was there, and is no more.
    Deleted,
    /// The tool does not run it.
    Ignored,
    /// Its version is written otherwise than those of the others, and sorts elsewhere.
    OddVersion,
    /// The checksum in its header is not that of its text.
    Checksum,
    /// The others have a checksum in their headers.
    NoChecksum,
    /// It records that another migration has run.
    RecordsOther,
    /// The others record that they have run.
    Unrecorded,
}

impl Wrong {
    /// All.
    pub const ALL: [Self; 13] = [
        Self::Duplicate,
        Self::TextOrder,
        Self::NoDown,
        Self::Late,
        Self::Edited,
        Self::Renamed,
        Self::Deleted,
        Self::Ignored,
        Self::OddVersion,
        Self::Checksum,
        Self::NoChecksum,
        Self::RecordsOther,
        Self::Unrecorded,
    ];

    /// As rule documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::TextOrder => "text-order",
            Self::NoDown => "no-down",
            Self::Late => "late",
            Self::Edited => "edited",
            Self::Renamed => "renamed",
            Self::Deleted => "deleted",
            Self::Ignored => "ignored",
            Self::OddVersion => "odd-version",
            Self::Checksum => "checksum",
            Self::NoChecksum => "no-checksum",
            Self::RecordsOther => "records-other",
            Self::Unrecorded => "unrecorded",
        }
    }
}

/// A file that is not where, or not what, it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// What is wrong.
    pub wrong: Wrong,
    /// The other file; may be empty.
    pub other: String,
    /// What the tool does about it.
    pub upset: Upset,
}

/// What is wrong with each file, in their order.
pub fn misplaced(tool: &Tool, files: &[Listed<'_>]) -> Vec<Vec<Misplaced>> {
    let mut found: Vec<Vec<Misplaced>> = vec![Vec::new(); files.len()];
    let versions: Vec<Option<Version>> = files.iter().map(|file| Version::of(file.path)).collect();
    let runs: Vec<usize> = (0..files.len())
        .filter(|&at| {
            files[at].role == Role::Migration && !matches!(files[at].change, Change::Deleted | Change::Ignored)
        })
        .collect();
    let mut say = |at: usize, wrong: Wrong, other: &str, upset: Upset| {
        found[at].push(Misplaced { wrong, other: other.to_owned(), upset });
    };
    let history = tool.history();
    let mut odd = BTreeSet::new();
    // A team's own runner goes by the names as well.
    if history.is_none_or(|history| history.sorts_names) && (history.is_some() || tool.name == Tool::NONE.name) {
        odd = odd_versions(files, &versions, &runs, &mut say);
    }
    let Some(history) = history else {
        return found;
    };
    for pair in runs.windows(2) {
        let [before, at] = *pair else { continue };
        let (Some(earlier), Some(own)) = (&versions[before], &versions[at]) else { continue };
        if history.sorts_names && earlier.is_after(own) && !odd.contains(&before) && !odd.contains(&at) {
            // It is told of the one that came to the other.
            let is_new = |at: usize| matches!(files[at].change, Change::Added { .. });
            let (of, other) = if is_new(before) && !is_new(at) { (before, at) } else { (at, before) };
            say(of, Wrong::TextOrder, name(files[other].path), Upset::Late);
        }
    }
    without_down(files, &runs, &mut say);
    for (at, file) in files.iter().enumerate() {
        match file.change {
            Change::None => {}
            Change::Added { behind } => {
                let (Some(behind), Some(own)) = (behind.as_deref(), &versions[at]) else { continue };
                let Some(newest) = Version::of(behind).filter(|_| file.role == Role::Migration) else { continue };
                if newest == *own && history.duplicate != Upset::Nothing {
                    say(at, Wrong::Duplicate, name(behind), history.duplicate);
                } else if newest.is_after(own) && history.late != Upset::Nothing {
                    say(at, Wrong::Late, name(behind), history.late);
                }
            }
            Change::Commented if file.role == Role::Migration && tool.checksums => {
                say(at, Wrong::Edited, "", Upset::Refused);
            }
            Change::Edited if file.role == Role::Migration => {
                say(at, Wrong::Edited, "", if tool.checksums { Upset::Refused } else { Upset::Unseen });
            }
            Change::Renamed { from } if file.role == Role::Migration => {
                let same_version = versions[at].is_some() && Version::of(from) == versions[at];
                // Most run what they do not know; some miss the one that has run before that.
                let unknown = if history.deleted == Upset::Refused { Upset::Refused } else { Upset::Again };
                let upset = match history.identity {
                    _ if !same_version => unknown,
                    Identity::Name => unknown,
                    Identity::Version if tool.checksums && history.name_in_checksum => Upset::Refused,
                    Identity::Version => continue,
                };
                say(at, Wrong::Renamed, name(from), upset);
            }
            Change::Deleted if file.role == Role::Migration => say(at, Wrong::Deleted, "", history.deleted),
            Change::Ignored => say(at, Wrong::Ignored, history.list.unwrap_or_default(), Upset::Skipped),
            Change::Commented | Change::Edited | Change::Renamed { .. } | Change::Deleted => {}
        }
    }
    found
}

/// A migration without a file that undoes it, where most of the others have one.
fn without_down(files: &[Listed<'_>], runs: &[usize], say: &mut impl FnMut(usize, Wrong, &str, Upset)) {
    let key = |at: usize| Some((folder(files[at].path), Version::of(files[at].path)?));
    let downs: BTreeMap<_, usize> =
        (0..files.len()).filter(|&at| files[at].role == Role::Down).filter_map(|at| Some((key(at)?, at))).collect();
    let has_down = |at: &usize| key(*at).is_some_and(|key| downs.contains_key(&key));
    let without: Vec<usize> = runs.iter().copied().filter(|at| key(*at).is_some() && !has_down(at)).collect();
    let with = runs.len() - without.len();
    if with > without.len()
        && let Some(&example) = downs.values().next()
    {
        for at in without {
            say(at, Wrong::NoDown, name(files[example].path), Upset::Nothing);
        }
    }
}

/// How many migrations of a folder have to agree on something that nobody wrote down, before one that does not is told.
pub const AGREEING: usize = 3;

/// Migrations whose versions are no times of 14 digits, as those of nearly all others in their folder are. Small numbers are of the days
/// before the folder had times.
fn odd_versions(
    files: &[Listed<'_>],
    versions: &[Option<Version>],
    runs: &[usize],
    say: &mut impl FnMut(usize, Wrong, &str, Upset),
) -> BTreeSet<usize> {
    let mut folders: BTreeMap<&str, Vec<(usize, &Version)>> = BTreeMap::new();
    for &at in runs {
        let Some(version) = &versions[at] else { continue };
        folders.entry(folder(files[at].path)).or_default().push((at, version));
    }
    let mut odd = BTreeSet::new();
    for versions in folders.into_values() {
        let Some((example, others)) = odd_among(&versions) else { continue };
        for at in others {
            say(at, Wrong::OddVersion, name(files[example].path), Upset::Nothing);
            odd.insert(at);
        }
    }
    odd
}

/// Of a folder's migrations the last one whose version is a time of 14 digits, and those few whose versions are not; `None` where there are
/// none, or too many.
pub fn odd_among<K: Copy>(versions: &[(K, &Version)]) -> Option<(K, Vec<K>)> {
    let all = versions.iter().copied().filter(|(_, version)| version.digits() >= 6);
    let (times, others): (Vec<_>, Vec<_>) = all.partition(|(_, version)| version.is_time());
    let few = others.len() == 1 || (!others.is_empty() && others.len() * 20 <= times.len());
    let (example, _) = times.last().filter(|_| times.len() >= AGREEING && few)?;
    Some((*example, others.into_iter().map(|(key, _)| key).collect()))
}

/// The folder in which migrations lie, each a file or a folder.
pub fn folder(path: &str) -> &str {
    let (folder, name) = path.rsplit_once(['/', '\\']).unwrap_or(("", path));
    match Version::read(name) {
        Some(_) => folder,
        None => folder.rsplit_once(['/', '\\']).map_or("", |(above, _)| above),
    }
}

/// What people call a migration: its file's name, behind that of its folder where that has the version.
pub fn name(path: &str) -> &str {
    let folder = folder(path);
    path.strip_prefix(folder).unwrap_or(path).trim_start_matches(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said, as `file: wrong other upset`.
    fn said(tool: &str, files: &[(&str, Role, Change)]) -> Vec<String> {
        let tool = Tool::named(tool).unwrap();
        let listed: Vec<_> = files.iter().map(|(path, role, change)| Listed { path, role: *role, change }).collect();
        let found = misplaced(&tool, &listed);
        let each = files.iter().zip(found).flat_map(|((path, ..), found)| {
            found.into_iter().map(move |it| format!("{path}: {} {} {}", it.wrong.name(), it.other, it.upset.name()))
        });
        each.collect()
    }

    fn up(paths: &[&'static str]) -> Vec<(&'static str, Role, Change)> {
        paths.iter().map(|path| (*path, Role::Migration, Change::None)).collect()
    }

    #[test]
    fn texts_sort_otherwise_than_numbers() {
        let files = up(&["10_b.sql", "9_a.sql"]);
        assert_eq!(said("atlas", &files), ["9_a.sql: text-order 10_b.sql late"]);
        assert_eq!(said("sqitch", &files), [""; 0]);
        assert_eq!(said("atlas", &up(&["09_a.sql", "10_b.sql"])), [""; 0]);
    }

    #[test]
    fn most_have_a_file_that_undoes_them() {
        let down = |path| (path, Role::Down, Change::None);
        let mut files = up(&["1_a.up.sql", "2_b.up.sql", "3_c.up.sql"]);
        files.push(down("1_a.down.sql"));
        assert_eq!(said("golang-migrate", &files), [""; 0]);
        files.push(down("3_c.down.sql"));
        assert_eq!(said("golang-migrate", &files), ["2_b.up.sql: no-down 1_a.down.sql nothing"]);
    }

    #[test]
    fn a_newer_one_is_there_already() {
        let late = |tool| {
            let added = Change::Added { behind: Some("db/20260301_c.sql".into()) };
            said(tool, &[("db/20260201_b.sql", Role::Migration, added)])
        };
        assert_eq!(late("golang-migrate"), ["db/20260201_b.sql: late 20260301_c.sql skipped"]);
        assert_eq!(late("flyway"), ["db/20260201_b.sql: late 20260301_c.sql refused"]);
        assert_eq!(late("dbmate"), ["db/20260201_b.sql: late 20260301_c.sql late"]);
        assert_eq!(late("sqitch"), [""; 0]);
        let same = |tool| {
            let added = Change::Added { behind: Some("db/20260201_c.sql".into()) };
            said(tool, &[("db/20260201_b.sql", Role::Migration, added)])
        };
        assert_eq!(same("goose"), ["db/20260201_b.sql: duplicate 20260201_c.sql refused"]);
        assert_eq!(same("sql-migrate"), [""; 0]);
        let newer = Change::Added { behind: Some("db/20260101_c.sql".into()) };
        assert_eq!(said("flyway", &[("db/20260201_b.sql", Role::Migration, newer)]), [""; 0]);
    }

    #[test]
    fn what_ran_already_was_changed() {
        let one = |tool, change| said(tool, &[("db/2_b.sql", Role::Migration, change)]);
        assert_eq!(one("sqlx", Change::Edited), ["db/2_b.sql: edited  refused"]);
        assert_eq!(one("goose", Change::Edited), ["db/2_b.sql: edited  unseen"]);
        assert_eq!(one("sqlx", Change::Commented), ["db/2_b.sql: edited  refused"]);
        assert_eq!(one("goose", Change::Commented), [""; 0]);
        assert_eq!(said("flyway", &[("R__v.sql", Role::Repeatable, Change::Edited)]), [""; 0]);
        let renamed = |from: &str| Change::Renamed { from: from.into() };
        assert_eq!(one("goose", renamed("db/1_b.sql")), ["db/2_b.sql: renamed 1_b.sql again"]);
        assert_eq!(one("goose", renamed("db/2_old.sql")), [""; 0]);
        assert_eq!(one("supabase", renamed("db/1_b.sql")), ["db/2_b.sql: renamed 1_b.sql refused"]);
        assert_eq!(one("flyway", renamed("db/2_old.sql")), ["db/2_b.sql: renamed 2_old.sql refused"]);
        assert_eq!(one("sql-migrate", renamed("db/2_old.sql")), ["db/2_b.sql: renamed 2_old.sql again"]);
        assert_eq!(one("sqlx", Change::Deleted), ["db/2_b.sql: deleted  refused"]);
        assert_eq!(one("dbmate", Change::Deleted), ["db/2_b.sql: deleted  unseen"]);
    }

    #[test]
    fn without_a_tool_nothing_is_known() {
        let files = [("1.sql", Role::Migration, Change::Edited), ("1.sql", Role::Migration, Change::Deleted)];
        assert_eq!(said("none", &files), [""; 0]);
    }

    #[test]
    fn nearly_all_versions_are_times() {
        let times = ["20260101000000_a.sql", "20260102093000_b.sql", "20260103000000_c.sql", "20260104000000_d.sql"];
        let with = |odd: &'static str| {
            let mut files = up(&times);
            files.push((odd, Role::Migration, Change::None));
            files
        };
        for tool in ["none", "supabase", "golang-migrate"] {
            for odd in ["20260105_x.sql", "202601050930_x.sql", "20260135093000_x.sql", "1767600000_x.sql"] {
                let told = format!("{odd}: odd-version 20260104000000_d.sql nothing");
                assert_eq!(said(tool, &with(odd)), [told], "{tool}");
            }
        }
        // Of the days before, elsewhere, and where half of them are so.
        assert_eq!(said("none", &with("0012_x.sql")), [""; 0]);
        assert_eq!(said("none", &with("old/20260105_x.sql")), [""; 0]);
        assert_eq!(said("none", &with("20260105000000_x.sql")), [""; 0]);
        assert_eq!(said("drizzle", &with("20260105_x.sql")), [""; 0]);
        let days = up(&["20260101_a.sql", "20260102000000_b.sql", "20260103_c.sql", "20260104000000_d.sql"]);
        assert_eq!(said("none", &days), [""; 0]);
    }
}
