//! Whether the values of one type are values of another, by length, precision and kind.

use super::Flat;
use crate::statement::Name;

/// Whether every value of the source's length or precision is one of the target's as it stands, the type being the same.
pub(super) fn covers(to: &Flat, from: &Flat) -> bool {
    let number = |modifier: Option<&Name>| modifier.and_then(|modifier| modifier.parse::<i32>().ok());
    let (new, old) = (number(to.modifiers.first()), number(from.modifiers.first()));
    match to.name.as_str() {
        "varchar" | "varbit" => match (new, old) {
            (None, _) => to.modifiers.is_empty(),
            (Some(new), Some(old)) => old <= new,
            (Some(_), None) => false,
        },
        // The length is part of every value.
        "bpchar" | "bit" => to.modifiers == from.modifiers || to.modifiers.is_empty(),
        "numeric" => {
            let scale = |ty: &Flat| number(ty.modifiers.get(1)).unwrap_or(0);
            match (new, old) {
                (None, _) => to.modifiers.is_empty(),
                (Some(new), Some(old)) => scale(to) == scale(from) && old <= new,
                (Some(_), None) => false,
            }
        }
        "timestamp" | "timestamptz" | "time" | "timetz" => match (new, old) {
            (None, _) => true,
            (Some(6..), _) => true,
            (Some(new), Some(old)) => old <= new,
            (Some(_), None) => false,
        },
        "interval" => {
            let (new_field, old_field) = (least_field(to), least_field(from));
            let finest = new.is_none_or(|new| new >= 6);
            new_field <= old_field
                && (old_field > 0 || finest || old.is_some_and(|old| new.is_none_or(|new| old <= new)))
        }
        _ => to.modifiers == from.modifiers || to.modifiers.is_empty(),
    }
}

/// The finest field that an interval keeps: seconds are 0, years 5.
fn least_field(ty: &Flat) -> u8 {
    let finest = ty.fields.as_deref().and_then(|fields| fields.split_whitespace().last());
    match finest.map(|field| field.trim_end_matches(|c: char| !c.is_ascii_alphabetic())) {
        Some("minute") => 1,
        Some("hour") => 2,
        Some("day") => 3,
        Some("month") => 4,
        Some("year") => 5,
        _ => 0,
    }
}

/// Whether a conversion by function can meet a value that does not fit, or loses a part of it.
pub(super) fn loses_values(from: &Flat, to: &Flat) -> bool {
    let unbounded = to.modifiers.is_empty();
    match (from.name.as_str(), to.name.as_str()) {
        ("int2", "int4" | "int8" | "float4" | "float8" | "money") | ("int4", "int8" | "float8" | "money") => false,
        ("int2" | "int4" | "int8", "numeric") => !unbounded && whole_digits(to) < digits_of(&from.name),
        ("float4" | "float8", "numeric") => !unbounded,
        ("float4", "float8") | ("date", "timestamp" | "timestamptz") | ("timestamp", "timestamptz") => false,
        ("timestamptz", "timestamp") | ("time", "timetz" | "interval") => false,
        ("money", "numeric") | ("jsonb", "json") | ("bool", "int4") | ("cidr", "inet") | ("macaddr", "macaddr8") => {
            !unbounded
        }
        (_, "text" | "varchar" | "citext") => !unbounded,
        (left, right) => left != right || !unbounded,
    }
}

/// Whether every value of a type has room in the same type with another length or precision, though it may be stored anew.
pub(super) fn has_room(to: &Flat, from: &Flat) -> bool {
    let number = |ty: &Flat, at: usize| ty.modifiers.get(at).and_then(|modifier| modifier.parse::<i32>().ok());
    match to.name.as_str() {
        "numeric" if !from.modifiers.is_empty() => {
            whole_digits(from) <= whole_digits(to) && number(from, 1).unwrap_or(0) <= number(to, 1).unwrap_or(0)
        }
        "bpchar" => number(from, 0).unwrap_or(1) <= number(to, 0).unwrap_or(1),
        _ => covers(to, from),
    }
}

/// How many digits a `numeric` has room for before its point.
fn whole_digits(ty: &Flat) -> i32 {
    let number = |at: usize| ty.modifiers.get(at).and_then(|modifier| modifier.parse::<i32>().ok());
    number(0).unwrap_or(0).saturating_sub(number(1).unwrap_or(0))
}

/// How many digits the longest value of an integer type has.
fn digits_of(integer: &str) -> i32 {
    match integer {
        "int2" => 5,
        "int4" => 10,
        _ => 19,
    }
}

/// The names under which a zone is UTC for all time; `pg_get_timezone_offset` of the session's zone is 0.
pub(super) fn is_utc(zone: &str) -> bool {
    let zone = zone.trim().to_ascii_lowercase();
    let zone = zone.strip_prefix("etc/").unwrap_or(&zone);
    matches!(
        zone,
        "utc"
            | "uct"
            | "gmt"
            | "zulu"
            | "universal"
            | "greenwich"
            | "gmt0"
            | "gmt+0"
            | "gmt-0"
            | "0"
            | "+0"
            | "-0"
            | "+00"
            | "00:00"
            | "+00:00"
            | "utc0"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(name: &str, modifiers: &[&str]) -> Flat {
        Flat {
            schema: None,
            name: name.into(),
            modifiers: modifiers.iter().map(|modifier| Name::from(*modifier)).collect(),
            fields: None,
            array: false,
            domain: false,
            constrained: false,
            known: true,
            user_defined: false,
        }
    }

    #[test]
    fn a_longer_length_covers_a_shorter() {
        let covers = |name, new: &[&str], old: &[&str]| covers(&flat(name, new), &flat(name, old));
        // Truth: type_varchar_widen, type_varchar_narrow, type_varchar_to_unbounded, type_varchar_unbounded_to_bounded.
        assert!(covers("varchar", &["50"], &["20"]) && !covers("varchar", &["10"], &["20"]));
        assert!(covers("varchar", &[], &["20"]) && !covers("varchar", &["100"], &[]));
        // Truth: type_char_widen.
        assert!(!covers("bpchar", &["20"], &["10"]));
        // Truth: type_numeric_widen, type_numeric_scale_up.
        assert!(covers("numeric", &["14", "2"], &["10", "2"]) && !covers("numeric", &["12", "4"], &["10", "2"]));
        assert!(covers("numeric", &["14"], &["10", "0"]));
        // Truth: type_timestamp_to_timestamp6, type_timestamp3_to_timestamp.
        assert!(covers("timestamp", &["6"], &[]) && !covers("timestamp", &["3"], &[]));
    }

    #[test]
    fn a_type_with_more_room_loses_nothing() {
        let has_room = |name, new: &[&str], old: &[&str]| has_room(&flat(name, new), &flat(name, old));
        assert!(has_room("numeric", &["14", "4"], &["12", "2"]) && !has_room("numeric", &["12", "4"], &["12", "2"]));
        assert!(!has_room("numeric", &["12", "4"], &[]));
        assert!(has_room("bpchar", &["20"], &["10"]) && !has_room("bpchar", &["9"], &["10"]));
        let loses = |from, modifiers: &[&str]| loses_values(&flat(from, &[]), &flat("numeric", modifiers));
        assert!(!loses("int4", &["12", "2"]) && loses("int4", &["11", "2"]) && loses("int8", &["12", "2"]));
        assert!(!loses("int2", &["5"]) && loses("float8", &["30", "2"]) && !loses("float8", &[]));
    }

    #[test]
    fn utc_has_many_names() {
        assert!(is_utc("UTC") && is_utc("Etc/UTC") && is_utc("gmt") && !is_utc("Europe/London"));
    }
}
