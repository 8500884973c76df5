//! What a push would drop today: a declared schema that was held against the migrations says it.

use crate::diagnostic::Label;
use crate::effect::{CommandDeed, Effect, EffectKind, LossWord, SchemaObject};
use crate::source::{Location, Sources};
use crate::surrounding::Surrounding;
use smol_str::SmolStr;

/// In general.
pub(super) const UNKNOWN: &str = "what the schema file does not name";

/// Something that a declared schema does not know.
struct Loss {
    /// As sentences write it, the first of several.
    name: String,
    count: usize,
    reader: SmolStr,
    at: Location,
}

/// Tells of each command that pushes a schema what it would drop: what the nearest schema of its tool is known to lack.
pub fn name_losses(surroundings: &mut [Surrounding], sources: &Sources) {
    let losses: Vec<Loss> = surroundings.iter().flat_map(|it| &it.effects).filter_map(loss).collect();
    if losses.is_empty() {
        return;
    }
    for effect in surroundings.iter_mut().flat_map(|it| &mut it.effects) {
        let EffectKind::RunsCommand {
            tool,
            deed: CommandDeed::Pushes,
            loss: LossWord::Silent | LossWord::Refused,
            lost,
            ..
        } = &mut effect.kind
        else {
            continue;
        };
        let reader = match tool.as_str() {
            "prisma" => "Prisma",
            "drizzle-kit" => "Drizzle Kit",
            _ => continue,
        };
        let command = sources.get(effect.cause.source).path();
        let near = |loss: &Loss| shared(command, sources.get(loss.at.source).path());
        let own = losses.iter().filter(|loss| loss.reader == reader);
        let Some(nearest) = own.clone().map(near).max() else { continue };
        let own: Vec<_> = own.filter(|loss| near(loss) == nearest).collect();
        let Some(first) = own.first() else { continue };
        let others = own.iter().map(|loss| loss.count).sum::<usize>() - 1;
        *lost = match others {
            0 => format!("`{}`", first.name),
            1 => format!("`{}` and one other", first.name),
            _ => format!("`{}` and {others} others", first.name),
        }
        .into();
        let label = |loss: &&Loss| Label { message: format!("`{}` is not declared here", loss.name), at: loss.at };
        effect.because.extend(own.iter().map(label));
    }
}

fn loss(effect: &Effect) -> Option<Loss> {
    let relation = || effect.subject.as_ref().map_or("", |subject| subject.relation.as_str());
    let (name, count, reader) = match &effect.kind {
        EffectKind::SchemaLacks { object: SchemaObject::Table, name, count, reader, .. } => {
            (first_of(name).to_owned(), *count, reader)
        }
        EffectKind::SchemaLacks { object: SchemaObject::Column, name, count, reader, .. } => {
            (format!("{}.{}", relation(), first_of(name)), *count, reader)
        }
        EffectKind::SchemaDiffers { recreated: true, column, count, reader, .. } => {
            (format!("{}.{column}", relation()), *count, reader)
        }
        _ => return None,
    };
    Some(Loss { name, count: count.max(1), reader: reader.clone(), at: effect.cause })
}

/// The first of names that are separated by `, `.
fn first_of(names: &str) -> &str {
    names.split(", ").next().unwrap_or(names)
}

/// How many folders two paths share.
fn shared(left: &str, right: &str) -> usize {
    let left = left.rsplit_once('/').map_or("", |(folders, _)| folders);
    let right = right.rsplit_once('/').map_or("", |(folders, _)| folders);
    left.split('/').zip(right.split('/')).take_while(|(left, right)| left == right && !left.is_empty()).count()
}
