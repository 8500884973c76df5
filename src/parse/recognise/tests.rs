//! What the recogniser makes of whole statements.

use super::*;
use crate::parse::cursor::tests::tokens;

fn read(text: &str) -> Recognised {
    let tokens = tokens(text);
    recognise(Cursor::new(text, &tokens))
}

#[test]
fn what_is_left_over_is_never_accepted() {
    for (text, at) in [
        ("DROP TABLE a b", "b"),
        ("CREATE TABLE t (a int, b int AUTO_INCREMENT)", "AUTO_INCREMENT"),
        ("CREATE TABLE t (a int", ""),
        ("CREATE INDEX i ON t (a) CREATE TABLE u (b int)", "CREATE"),
        ("REFRESH MATERIALIZED VIEW v WITH DATE", "WITH"),
    ] {
        let read = read(text);
        let Command::Unknown(unknown) = read.command else { panic!("{text}: {:?}", read.command) };
        assert_eq!(&text[unknown.at.range()], at, "{text}");
        assert_eq!(read.problems.len(), 1, "{text}");
    }
}

#[test]
fn after_a_placeholder_anything_may_stand() {
    let read = read("CREATE TABLE t (a int) ${TABLE_OPTIONS} LOCALITY x");
    assert!(matches!(read.command, Command::CreateTable(_)), "{:?}", read.command);
    assert_eq!(read.problems, []);
}
