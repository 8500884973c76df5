//! `atlas.sum`: the checksums that Atlas compares before it runs anything (`sql/migrate/dir.go`: `NewHashFile`, `Validate`).
//!
//! The first line is the sum of the sums. Of each file there is a line with the SHA-256 of all names and contents up to and with it, so that
//! the first line that differs is where something happened, and all behind it differ as well.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Where the files and `atlas.sum` part ways, and what happened there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// The file has another content than `atlas.sum` says.
    Edited(String),
    /// `atlas.sum` does not list the file, or lists it elsewhere.
    Added(String),
    /// `atlas.sum` lists a file that is not there, before this one of those that are; `None`: behind them all.
    Removed(String, Option<String>),
}

/// Compares the files of a folder, in the order of their names, with its `atlas.sum`. `None` where they agree, and where that file has no
/// sums in Atlas's form: somebody wrote it to show that the folder is Atlas's.
pub(super) fn compare<'f>(sum: &str, files: impl Iterator<Item = (&'f str, Vec<u8>)>) -> Option<Mismatch> {
    let mut lines = sum.lines();
    let is_hash = |text: &str| STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
    if !lines.next()?.strip_prefix("h1:").is_some_and(is_hash) {
        return None;
    }
    let listed: Vec<(&str, &str)> = lines
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once("h1:").map(|(name, hash)| (name.trim(), hash.trim())))
        .collect::<Option<_>>()?;
    if !listed.iter().all(|(_, hash)| is_hash(hash)) {
        return None;
    }
    let mut sha = Sha256::new();
    let mut computed = Vec::new();
    for (name, content) in files {
        sha.update(name);
        // Its name counts, its content does not, and there is no line for it.
        if ignores(&content) {
            continue;
        }
        sha.update(&content);
        computed.push((name, STANDARD.encode(sha.clone().finalize())));
    }
    for (at, (name, hash)) in listed.iter().enumerate() {
        let here = computed.get(at);
        if here.is_some_and(|(own, computed)| own == name && computed == hash) {
            continue;
        }
        return Some(match (computed.iter().position(|(own, _)| own == name), here) {
            (Some(place), _) if place == at => Mismatch::Edited((*name).to_owned()),
            (Some(_), Some((added, _))) => Mismatch::Added((*added).to_owned()),
            (_, next) => Mismatch::Removed((*name).to_owned(), next.map(|(next, _)| (*next).to_owned())),
        });
    }
    computed.get(listed.len()).map(|(name, _)| Mismatch::Added((*name).to_owned()))
}

/// Whether a file says `-- atlas:sum ignore` among its first lines.
fn ignores(content: &[u8]) -> bool {
    let lines = content.split(|byte| *byte == b'\n').map(|line| line.trim_ascii());
    let mut directives = lines.take_while(|line| line.starts_with(b"--"));
    directives.any(|line| {
        line.trim_ascii_start().strip_prefix(b"-- atlas:sum ").is_some_and(|mode| mode.trim_ascii() == b"ignore")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `atlas migrate hash` writes for these files, computed by hand with sha256sum and base64.
    const SUM: &str = "h1:TvuN9IMWD6oRKZJsB+NujVZJtYpNRaNCV99fFxe1HJo=\n1_a.sql h1:bwjNgdNqPxlW50Ox2fCuhzHseIXyyT5JOpnioAsFnGE=\n2_b.sql h1:4agkvoRPOdEmpKD0zRV2T4HZefhQkD6Zh/OHtL2OnYI=\n";
    const FILES: [(&str, &str); 2] = [("1_a.sql", "CREATE TABLE a ();\n"), ("2_b.sql", "CREATE TABLE b ();\n")];

    fn compared(files: &[(&'static str, &str)]) -> Option<Mismatch> {
        compare(SUM, files.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())))
    }

    #[test]
    fn what_differs_first_tells_what_happened() {
        let [a, b] = FILES;
        assert_eq!(compared(&FILES), None);
        assert_eq!(compared(&[a, ("2_b.sql", "")]), Some(Mismatch::Edited("2_b.sql".into())));
        assert_eq!(compared(&[("1_a.sql", ""), b]), Some(Mismatch::Edited("1_a.sql".into())));
        assert_eq!(compared(&[a, b, ("3_c.sql", "")]), Some(Mismatch::Added("3_c.sql".into())));
        assert_eq!(compared(&[a, ("1_z.sql", ""), b]), Some(Mismatch::Added("1_z.sql".into())));
        assert_eq!(compared(&[a]), Some(Mismatch::Removed("2_b.sql".into(), None)));
        assert_eq!(compared(&[b]), Some(Mismatch::Removed("1_a.sql".into(), Some("2_b.sql".into()))));
        assert_eq!(compared(&[]), Some(Mismatch::Removed("1_a.sql".into(), None)));
    }

    #[test]
    fn a_file_without_sums_marks_the_folder_and_no_more() {
        let files = || FILES.iter().map(|(name, text)| (*name, text.as_bytes().to_vec()));
        for text in ["", "h1:sum\n1_a.sql h1:a\n", "h1:AAAA\n"] {
            assert_eq!(compare(text, files()), None, "{text}");
        }
    }
}
