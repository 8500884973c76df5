//! The commands around the migrations: which of them push, reset or otherwise touch a database past its migrations.
//!
//! # How a file that is no migration is judged
//!
//! 1. [`mod@crate::discover`] meets it on its one walk and asks [`is_known`] by its name; `cli` reads it (with `--since` it is judged if the
//!    branch touched it, and context otherwise).
//! 2. [`crate::check::check_around`] enters its text into the sources as a [`Neighbour`] and hands all neighbours to [`read()`] together,
//!    after the projects were replayed: a file may follow another, and may look at what the migrations made.
//! 3. The answer is a [`Surrounding`] for each file: comments, passages, effects. Rules, comments that silence them, the baseline and the
//!    reports need nothing else. An effect's `cause` says in which file it stands; its passage is found by place. A comment belongs to the
//!    passage below it, around it, or before it on its line, as to a statement; `#`, `//`, `--`, `/* */` and `<!-- -->` are understood
//!    (`suppress::words`). Where a format has no comments, `[[override]]` in `shipworthy.toml` says what is off for its path.
//!
//! Another kind of file (a schema that is pushed) has a module of its own beside this one, with the same two functions, which `check`,
//! `discover` and `verify` call behind these. In a rule document a block of another language than SQL is such a file:
//! ```` ```json bad name=package.json ````; SQL `given` before it has been replayed.
//!
//! # What is read
//!
//! [`mod@file`] knows the kinds of file and reads each with its structure into [`unit::Unit`]s: what is run as a whole, such as a script of a
//! package, a job, a container's command. [`shell`] tells commands apart and [`run`] takes away what only starts another program, so that
//! [`tool`] sees the migration tool's own words. Units call each other (`npm run x`, `./deploy.sh`, `make y`): [`read()`] follows that, and
//! what a deployment reaches is a part of it. [`place`] says where a command runs; where nothing tells, that is unknown, and no rule of
//! this program speaks.

mod file;
mod finding;
mod lost;
mod place;
mod run;
mod secret;
mod shell;
mod spoil;
mod text;
mod tool;
mod tree;
mod unit;

use crate::effect::{CommandPlace, Effect};
use crate::source::{Location, Sources, Span};
use crate::surrounding::{Neighbour, Surrounding};
use finding::Reached;
pub use lost::name_losses;
use run::{Reference, Run};
use std::collections::{BTreeMap, BTreeSet};
use unit::{Name, Own, Page, Unit, folder};

/// Whether commands are looked for in a file, going by its path: with `/` between its parts.
pub fn is_known(path: &str) -> bool {
    file::is_known(path)
}

/// What a Spring program's settings, or others that are written so, say for all profiles: `spring.flyway.sqlmigrationprefix` and its value.
/// `path` tells `.properties` from YAML.
pub fn settings(path: &str, text: &str) -> Vec<(String, String)> {
    file::plain_settings(path, text)
}

/// Reads the neighbours that are known, all together.
pub fn read(neighbours: &[Neighbour], sources: &Sources) -> Vec<Surrounding> {
    let known = neighbours.iter().filter(|it| is_known(sources.get(it.source).path()));
    let files: Vec<(Neighbour, Page)> = known
        .map(|neighbour| {
            let source = sources.get(neighbour.source);
            (*neighbour, file::read(source.path(), source.text()))
        })
        .collect();
    let reached = Follower::new(&files, sources).follow();
    let mut surroundings = Vec::new();
    for (at, (neighbour, page)) in files.iter().enumerate() {
        let mut surrounding = Surrounding::of(*neighbour);
        surrounding.comments.clone_from(&page.comments);
        surrounding.comments.sort();
        surrounding.comments.dedup();
        surrounding.passages = passages(page);
        let of_unit = |unit: usize| reached.get(&(at, unit));
        for (index, unit) in page.units.iter().enumerate() {
            if let Some(reached) = of_unit(index) {
                finding::of_unit(neighbour.source, unit, reached, &mut surrounding.effects);
            }
        }
        surrounding.effects.extend(page.settings.iter().map(|setting| finding::of_setting(neighbour.source, setting)));
        for spoilt in &page.spoilt {
            let place = of_unit(spoilt.unit).map_or(CommandPlace::Unknown, |reached| reached.place);
            surrounding.effects.push(finding::of_spoilt(neighbour.source, spoilt, place));
        }
        once(&mut surrounding.effects);
        surroundings.push(surrounding);
    }
    surroundings
}

/// A target of several names is read once for each; what it does is told once, where it does most harm.
fn once(effects: &mut Vec<Effect>) {
    let mut seen = BTreeSet::new();
    effects.retain(|effect| seen.insert((effect.cause.span, effect.focus, format!("{:?}", effect.kind))));
}

/// The passages of a file: its lines of commands, in order, none over another. What lies within a longer one belongs to that.
fn passages(page: &Page) -> Vec<Span> {
    let runs = page.units.iter().flat_map(|unit| &unit.runs).map(|run| run.passage.to(run.cause));
    let mut spans: Vec<_> = runs.chain(page.passages.iter().copied()).filter(|span| span.start < span.end).collect();
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut passages: Vec<Span> = Vec::new();
    for span in spans {
        match passages.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => passages.push(span),
        }
    }
    passages
}

/// Follows what calls what.
struct Follower<'a> {
    files: &'a [(Neighbour, Page)],
    sources: &'a Sources,
    /// The scripts and targets of each folder.
    named: BTreeMap<(String, NameKey<'a>), (usize, usize)>,
    /// Scripts by their path, and by their name alone.
    by_path: BTreeMap<&'a str, (usize, usize)>,
    by_file_name: BTreeMap<&'a str, Vec<(usize, usize)>>,
    reached: BTreeMap<(usize, usize), Reached>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NameKey<'a> {
    Script(&'a str),
    Target(&'a str),
}

impl<'a> Follower<'a> {
    fn new(files: &'a [(Neighbour, Page)], sources: &'a Sources) -> Self {
        let mut follower = Self {
            files,
            sources,
            named: BTreeMap::new(),
            by_path: BTreeMap::new(),
            by_file_name: BTreeMap::new(),
            reached: BTreeMap::new(),
        };
        for (at, (neighbour, page)) in files.iter().enumerate() {
            let path = sources.get(neighbour.source).path();
            for (index, unit) in page.units.iter().enumerate() {
                let place = (at, index);
                let key = match &unit.name {
                    Name::Script(name) => Some(NameKey::Script(name)),
                    Name::Target(name) => Some(NameKey::Target(name)),
                    Name::File | Name::Nobody => None,
                };
                if let Some(key) = key {
                    follower.named.entry((unit.folder.clone(), key)).or_insert(place);
                } else {
                    // A Dockerfile is called where it is built, for its last command.
                    follower.by_path.insert(path, place);
                    let name = path.rsplit('/').next().unwrap_or_default();
                    let places = follower.by_file_name.entry(name).or_default();
                    places.retain(|(file, _)| *file != at);
                    places.push(place);
                }
                let (Own::Is(mut place_of) | Own::Else(mut place_of)) = unit.own;
                if place_of == CommandPlace::Deploy && place::develops(&unit.runs) {
                    place_of = CommandPlace::Dev;
                }
                let replicas = unit.replicas.and_then(|count| Some((count, location(neighbour, unit.runs.first()?))));
                let reached = Reached { place: place_of, occasion: unit.occasion.clone(), from: None, replicas };
                follower.reached.insert(place, reached);
            }
        }
        follower
    }

    /// What runs where. Deployments are followed before tests: what both reach is deployed.
    fn follow(mut self) -> BTreeMap<(usize, usize), Reached> {
        for wanted in [CommandPlace::Deploy, CommandPlace::Ci] {
            let starts =
                self.reached.iter().filter(|(_, reached)| reached.place == wanted || reached.replicas.is_some());
            let mut open: Vec<(usize, usize)> = starts.map(|(place, _)| *place).collect();
            while let Some(place) = open.pop() {
                let (neighbour, page) = &self.files[place.0];
                let unit = &page.units[place.1];
                let Some(reached) = self.reached.get(&place).cloned() else { continue };
                let mut called: Vec<((usize, usize), Location)> = Vec::new();
                for run in &unit.runs {
                    if place::of_run(run, reached.place, &unit.env) != wanted && reached.replicas.is_none() {
                        continue;
                    }
                    let targets = run.references.iter().filter_map(|reference| self.find(unit, reference));
                    called.extend(targets.map(|target| (target, location(neighbour, run))));
                }
                called.extend(
                    self.hooks(unit)
                        .map(|target| (target, Location { source: neighbour.source, span: Span::default() })),
                );
                for (target, at) in called {
                    if self.pass(wanted, &reached, target, at) {
                        open.push(target);
                    }
                }
            }
        }
        self.reached
    }

    /// Passes on to a unit where what calls it runs. Whether that is news.
    fn pass(&mut self, wanted: CommandPlace, from: &Reached, target: (usize, usize), at: Location) -> bool {
        let own = self.files[target.0].1.units[target.1].own;
        let Some(reached) = self.reached.get_mut(&target) else { return false };
        let mut news = false;
        if matches!(own, Own::Else(_))
            && from.place == wanted
            && reached.from.is_none()
            && reached.place != CommandPlace::Deploy
        {
            reached.place = wanted;
            reached.occasion.clone_from(&from.occasion);
            reached.from = (at.span != Span::default()).then_some(at).or(from.from);
            news = true;
        }
        if let Some(replicas) = from.replicas
            && reached.replicas.is_none()
        {
            reached.replicas = Some(replicas);
            news = true;
        }
        news
    }

    /// `prebuild` and `postbuild` run with `build`.
    fn hooks(&self, unit: &Unit) -> impl Iterator<Item = (usize, usize)> {
        let name = match &unit.name {
            Name::Script(name) => Some(name.as_str()),
            _ => None,
        };
        let hooks = name.into_iter().flat_map(|name| [format!("pre{name}"), format!("post{name}")]);
        let found: Vec<_> =
            hooks.filter_map(|hook| self.named.get(&(unit.folder.clone(), NameKey::Script(&hook))).copied()).collect();
        found.into_iter()
    }

    /// The unit that another calls.
    fn find(&self, unit: &Unit, reference: &Reference) -> Option<(usize, usize)> {
        let upwards = |key: NameKey<'_>, from: &str| {
            let mut folder = from;
            loop {
                if let Some(found) = self.named.get(&(folder.to_owned(), key)) {
                    return Some(*found);
                }
                if folder.is_empty() {
                    return None;
                }
                folder = unit::folder(folder.trim_end_matches('/'));
            }
        };
        match reference {
            Reference::Script { name, folder: None } => upwards(NameKey::Script(name), &unit.folder),
            Reference::Script { name, folder: Some(below) } => {
                let below = format!("{}{}/", unit.folder, below.trim_start_matches("./").trim_end_matches('/'));
                upwards(NameKey::Script(name), &below)
            }
            Reference::Target(name) => upwards(NameKey::Target(name), &unit.folder),
            Reference::File(path) => self.file(unit, path),
        }
    }

    /// A script by its path from the unit's folder or one above; where that is a path within an image, the only script of its name.
    fn file(&self, unit: &Unit, path: &str) -> Option<(usize, usize)> {
        let bare = path.trim_start_matches("./");
        let mut from = unit.folder.as_str();
        loop {
            if let Some(found) = self.by_path.get(format!("{from}{bare}").as_str()) {
                return Some(*found);
            }
            if from.is_empty() {
                break;
            }
            from = folder(from.trim_end_matches('/'));
        }
        let name = bare.rsplit('/').next().unwrap_or_default();
        let all = self.by_file_name.get(name)?;
        let near: Vec<_> = all
            .iter()
            .filter(|(file, _)| self.sources.get(self.files[*file].0.source).path().starts_with(&unit.folder))
            .collect();
        match (near.as_slice(), all.as_slice()) {
            ([only], _) => Some(**only),
            (_, [only]) => Some(*only),
            _ => None,
        }
    }
}

fn location(neighbour: &Neighbour, run: &Run) -> Location {
    Location { source: neighbour.source, span: run.cause }
}

#[cfg(test)]
mod tests;
