//! Objects that two branches changed, each without the other.

use super::deed::{Deed, Doing, Object};
use crate::history::{Act, Clash, End, Theirs};
use crate::source::{Location, SourceId, Sources};
use std::collections::{BTreeMap, BTreeSet};

/// What a branch did that has to do with what the other one did meanwhile: for each object of theirs the first statement, with its file.
///
/// Two branches that add different columns, indexes or values to one object do everyday work: nothing is said of that, nor where both say
/// the same.
pub fn clashes(
    mine: &[Deed],
    theirs: &[Deed],
    sources: &Sources,
    whence: &BTreeMap<SourceId, Theirs>,
) -> Vec<(SourceId, Clash)> {
    let (mine, theirs) = (Net::of(mine), Net::of(theirs));
    let mut found = Vec::new();
    let (mut told, mut places) = (BTreeSet::new(), BTreeSet::new());
    for own in &mine.deeds {
        for other in theirs.beside(own) {
            let Some(end) = end(own, other) else { continue };
            let harmless = match end {
                End::Overwrites | End::Skipped | End::Combines => same_text(sources, own.at, other.at),
                End::Discards | End::Restores | End::Fails => false,
            };
            let place = (own.at.source, own.at.span.start);
            if harmless || told.contains(&other.object) || places.contains(&place) {
                continue;
            }
            let Some(from) = whence.get(&other.at.source) else { continue };
            told.insert(other.object.clone());
            places.insert(place);
            found.push((
                own.at.source,
                Clash {
                    span: own.at.span,
                    act: act(&own.doing),
                    others_act: act(&other.doing),
                    end,
                    object: if other.doing == Doing::Use { own.kind } else { other.kind },
                    name: other.object.display(),
                    other: sources.get(other.at.source).path().to_owned(),
                    theirs: from.clone(),
                },
            ));
        }
    }
    found
}

/// What is left of a branch's deeds when all have been done.
struct Net {
    /// In their order.
    deeds: Vec<Deed>,
    /// Their places in `deeds`.
    by_object: BTreeMap<Object, Vec<usize>>,
}

impl Net {
    fn of(all: &[Deed]) -> Self {
        let mut kept: Vec<Option<Deed>> = Vec::new();
        let mut last: BTreeMap<&Object, usize> = BTreeMap::new();
        for deed in all {
            let before = last.get(&deed.object).and_then(|at| kept.get_mut(*at));
            let becomes = before.as_ref().and_then(|before| Some((before.as_ref()?.doing.clone(), &deed.doing)));
            let replaced = match becomes {
                Some((Doing::Drop { .. }, Doing::Create { .. })) => {
                    Some(Some(Deed { doing: Doing::Create { replaces: true, guarded: false }, ..deed.clone() }))
                }
                Some((Doing::Create { replaces: false, .. }, Doing::Drop { .. } | Doing::Rename)) => Some(None),
                Some((Doing::Create { .. }, Doing::Drop { .. })) => Some(Some(deed.clone())),
                Some((Doing::Create { .. }, Doing::Alter(_) | Doing::Use)) | Some((Doing::Use, Doing::Use)) => continue,
                Some((Doing::Alter(before), Doing::Alter(now))) if before.name == now.name => Some(Some(deed.clone())),
                _ => None,
            };
            match (replaced, before) {
                (Some(replaced), Some(before)) => *before = replaced,
                _ => {
                    last.insert(&deed.object, kept.len());
                    kept.push(Some(deed.clone()));
                }
            }
        }
        let mut deeds: Vec<Deed> = kept.into_iter().flatten().collect();
        // What the branch made is its own, with all parts.
        let made: BTreeSet<Object> = deeds
            .iter()
            .filter(|deed| matches!(deed.doing, Doing::Create { .. }) && deed.object.part.is_none())
            .map(|deed| deed.object.clone())
            .collect();
        deeds.retain(|deed| deed.object.part.is_none() || !made.contains(&deed.object.whole()));
        let mut by_object: BTreeMap<Object, Vec<usize>> = BTreeMap::new();
        for (at, deed) in deeds.iter().enumerate() {
            by_object.entry(deed.object.clone()).or_default().push(at);
        }
        Self { deeds, by_object }
    }

    /// What this branch did to an object of another's deed, to the whole that it is a part of, or to its parts where those go with it.
    fn beside(&self, own: &Deed) -> impl Iterator<Item = &Deed> {
        let object = &own.object;
        let with_parts = object.part.is_none() && takes_parts(&own.doing);
        let whole = object.part.is_some().then(|| object.whole());
        let exact = self.by_object.get(object).into_iter();
        let parts = self.by_object.range(object.clone()..).skip_while(move |(other, _)| *other == object);
        let parts =
            parts.take_while(move |(other, _)| with_parts && other.is_part_of(object)).map(|(_, places)| places);
        let whole = whole.and_then(|whole| self.by_object.get(&whole));
        exact.chain(parts).chain(whole).flatten().filter_map(|at| self.deeds.get(*at))
    }
}

/// Whether the columns, constraints and triggers of an object go with what is done to it.
fn takes_parts(doing: &Doing) -> bool {
    matches!(doing, Doing::Drop { .. } | Doing::Create { replaces: true, .. })
}

/// What comes of two deeds, the other branch's first; `None`: nothing that anybody has to look at.
fn end(own: &Deed, other: &Deed) -> Option<End> {
    if own.object.is_part_of(&other.object) {
        let is_gone = matches!(other.doing, Doing::Drop { .. } | Doing::Rename);
        return (is_gone && !matches!(own.doing, Doing::Drop { guarded: true })).then_some(End::Fails);
    }
    if other.object.is_part_of(&own.object) {
        return match (&own.doing, &other.doing) {
            (_, Doing::Drop { .. }) => None,
            (Doing::Drop { .. }, _) => Some(End::Discards),
            _ => Some(End::Overwrites),
        };
    }
    match (&other.doing, &own.doing) {
        (Doing::Create { .. } | Doing::Alter(_), Doing::Create { replaces: true, .. }) => Some(End::Overwrites),
        (Doing::Create { .. }, Doing::Create { guarded: true, .. }) => Some(End::Skipped),
        (Doing::Create { .. }, Doing::Create { .. }) => Some(End::Fails),
        (Doing::Alter(theirs), Doing::Alter(aspect)) if theirs.name == aspect.name => Some(End::Overwrites),
        (Doing::Alter(theirs), Doing::Alter(aspect)) if theirs.defines && aspect.defines => Some(End::Combines),
        (Doing::Create { .. } | Doing::Alter(_) | Doing::Use, Doing::Drop { .. }) => Some(End::Discards),
        (Doing::Create { .. } | Doing::Alter(_) | Doing::Use, _) => None,
        (Doing::Drop { .. } | Doing::Rename, Doing::Create { .. }) => Some(End::Restores),
        (Doing::Drop { .. } | Doing::Rename, Doing::Drop { guarded: true }) => None,
        (Doing::Drop { .. } | Doing::Rename, _) => Some(End::Fails),
    }
}

fn act(doing: &Doing) -> Act {
    match doing {
        Doing::Create { replaces: true, .. } => Act::Replaces,
        Doing::Create { .. } => Act::Creates,
        Doing::Alter(_) => Act::Alters,
        Doing::Drop { .. } => Act::Drops,
        Doing::Rename => Act::Renames,
        Doing::Use => Act::Uses,
    }
}

/// Whether two statements are the same but for white space.
fn same_text(sources: &Sources, left: Location, right: Location) -> bool {
    let words = |at: Location| sources.get(at.source).slice(at.span).split_whitespace();
    words(left).eq(words(right))
}
