//! Where the program runs: paths as they are from the repository's root, the same wherever a run began.

/// The folders that paths are relative to. Absolute, with `/`, symbolic links resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The repository's root.
    pub root: String,
    /// The folder in which the program was started; the paths of sources are relative to it.
    pub folder: String,
}

/// Which state of which repository is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Where the repository is, as a URL without credentials; `None` where it is on this machine alone.
    pub repository: Option<String>,
    /// The commit; what the working tree adds to it is not told apart.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
}

/// A path with every byte percent-encoded that is no letter, no digit and none of `kept`.
pub(crate) fn percent_encoded(path: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl Base {
    /// A source's path from the repository's root, with `/`; as it is where it lies elsewhere.
    pub fn from_root(&self, path: &str) -> String {
        self.below_root(path).0
    }

    /// A source's path from the repository's root, and whether it lies below it.
    pub fn below_root(&self, path: &str) -> (String, bool) {
        let absolute = self.absolute(path);
        match inside(&absolute, &self.root) {
            Some(below) => (below.to_owned(), true),
            None => (path.to_owned(), false),
        }
    }

    /// A path from the file system's root, without `.` and `..`.
    pub(crate) fn absolute(&self, path: &str) -> String {
        // Windows: `C:\db\1.sql`.
        let windows = drive(&self.root).is_some();
        let path = if windows { path.replace('\\', "/") } else { path.to_owned() };
        let is_absolute = path.starts_with('/') || (windows && drive(&path).is_some());
        let joined = if is_absolute { path } else { format!("{}/{path}", self.folder) };
        let mut parts: Vec<&str> = Vec::new();
        for part in joined.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let slash = if joined.starts_with('/') { "/" } else { "" };
        format!("{slash}{}", parts.join("/"))
    }
}

/// What is left of a path below a folder.
pub(crate) fn inside<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    rest.strip_prefix('/').filter(|rest| !rest.is_empty())
}

/// The letter of a drive, and what stands behind its colon.
pub(crate) fn drive(path: &str) -> Option<(&str, &str)> {
    path.split_once(':').filter(|(letter, _)| letter.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_wherever_the_run_began() {
        let base = |folder: &str| Base { root: "/home/me/shop".into(), folder: folder.into() };
        assert_eq!(base("/home/me/shop").from_root("api/db/1.sql"), "api/db/1.sql");
        assert_eq!(base("/home/me/shop/api").from_root("db/1.sql"), "api/db/1.sql");
        assert_eq!(base("/home/me/shop/web").from_root("../api/db/1.sql"), "api/db/1.sql");
        assert_eq!(base("/home/me/shop").from_root("/home/me/shop/api/db/1.sql"), "api/db/1.sql");
        assert_eq!(base("/home/me/shop").from_root("/tmp/1.sql"), "/tmp/1.sql");
        // Where nothing is known, a path stays as it is.
        assert_eq!(Base::default().from_root("db/1.sql"), "db/1.sql");
    }
}
