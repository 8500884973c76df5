//! The name that was probably meant.

/// The candidate that differs least from `name`, if it differs by little.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody's typing error is longer; it also bounds the time.
    if name.len() > 64 {
        return None;
    }
    let allowed = 1 + name.len() / 5;
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many bytes must be inserted, removed or replaced.
fn distance(left: &str, right: &str) -> usize {
    let right = right.as_bytes();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, byte) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for column in 0..right.len() {
            let replaced = diagonal + usize::from(byte != right[column]);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let names = ["concurrently", "columns", "blocks"];
        assert_eq!(nearest("concurently", names), Some("concurrently"));
        assert_eq!(nearest("block", names), Some("blocks"));
        assert_eq!(nearest("relation", names), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
