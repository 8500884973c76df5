//! Where files lie in a repository, as URIs (RFC 3986).

pub use crate::base::Base;
use crate::base::{drive, inside, percent_encoded};

impl Base {
    /// A file's URI: relative to the repository's root, else absolute. The second is whether it is relative.
    pub(super) fn uri(&self, path: &str) -> (String, bool) {
        let absolute = self.absolute(path);
        match inside(&absolute, &self.root) {
            Some(relative) => (encoded(relative), true),
            None => (file(&absolute), false),
        }
    }

    /// The root's own URI, which ends with `/`.
    pub(super) fn root_uri(&self) -> String {
        let root = file(&self.root);
        if root.ends_with('/') { root } else { root + "/" }
    }
}

/// `file:///tmp/a.sql`
fn file(path: &str) -> String {
    match drive(path) {
        Some((letter, rest)) => format!("file:///{letter}:{}", encoded(rest)),
        None => format!("file://{}", encoded(path)),
    }
}

/// Percent-encodes what may not stand in the path of a URI; also a colon, which would end a scheme.
pub(super) fn encoded(path: &str) -> String {
    percent_encoded(path, b"/-._~!$&'()*+,;=@")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base { root: "/home/me/shop".into(), folder: "/home/me/shop/api".into() }
    }

    #[track_caller]
    fn expect(path: &str, uri: &str) {
        assert_eq!(base().uri(path).0, uri);
    }

    #[test]
    fn a_path_becomes_relative_to_the_root() {
        expect("db/1.sql", "api/db/1.sql");
        expect("./db//../1.sql", "api/1.sql");
        expect("../web/1.sql", "web/1.sql");
        expect("/home/me/shop/1.sql", "1.sql");
    }

    #[test]
    fn what_lies_outside_is_absolute() {
        expect("/home/me/shop2/1.sql", "file:///home/me/shop2/1.sql");
        expect("../../1.sql", "file:///home/me/1.sql");
        expect("../../../../../../1.sql", "file:///1.sql");
        assert_eq!(base().root_uri(), "file:///home/me/shop/");
        assert_eq!(Base { root: "/".into(), ..base() }.root_uri(), "file:///");
    }

    #[test]
    fn what_a_uri_cannot_hold_is_encoded() {
        expect("a b#1?.sql", "api/a%20b%231%3F.sql");
        expect("<stdin>", "api/%3Cstdin%3E");
        expect("é[%].sql", "api/%C3%A9%5B%25%5D.sql");
        assert_eq!(Base { root: "/".into(), folder: "/".into() }.uri("c:1.sql").0, "c%3A1.sql");
    }

    #[test]
    fn drives_have_letters() {
        let base = Base { root: "C:/shop".into(), folder: "C:/shop/db".into() };
        assert_eq!(base.uri("a\\1.sql").0, "db/a/1.sql");
        assert_eq!(base.uri("D:\\1.sql").0, "file:///D:/1.sql");
    }
}
