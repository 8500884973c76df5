//! Files that are tests: they run against a database of their own and are thrown away with it. Nothing of them is deployed.

use super::view::View;
use std::path::Path;

/// Names of folders that hold tests and what tests need, without `-` and `_`.
const FOLDERS: [&str; 16] = [
    "acceptancetest",
    "acceptancetests",
    "e2e",
    "e2etest",
    "e2etests",
    "functionaltest",
    "functionaltests",
    "integrationtest",
    "integrationtests",
    "pgtap",
    "stub",
    "stubs",
    "test",
    "testdata",
    "tests",
    "unittests",
];

/// Names of folders that hold what tests, or programs under development, are fed with, in the same spelling. What lies in them below a
/// folder of migrations may be read by these (graphile-migrate's `--!include fixtures/...`).
const FED: [&str; 2] = ["fixture", "fixtures"];

/// Whether a file under a folder that was given is what a test is fed with: in a folder that says so, or as `x.in.sql`, beside which stands
/// what has to come out; neither where a folder of migrations holds it.
fn is_fed(root: &Path, path: &Path) -> bool {
    let Ok(below) = path.strip_prefix(root) else {
        return false;
    };
    let plain = |name: &std::ffi::OsStr| -> String {
        let letters = name.to_string_lossy();
        letters.chars().filter(|letter| !matches!(letter, '-' | '_')).collect::<String>().to_ascii_lowercase()
    };
    let of_migrations = |folder: &Path| folder.iter().any(|name| plain(name).contains("migrat"));
    let file = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let above =
        |folder: &Path| folder.parent().map(|above| root.join(above)).is_some_and(|above| of_migrations(&above));
    let folders = below.parent().into_iter().flat_map(Path::ancestors);
    let fed = |folder: &Path| folder.file_name().is_some_and(|name| FED.contains(&plain(name).as_str()));
    folders.into_iter().any(|folder| fed(folder) && !above(folder))
        || (file.ends_with(".in.sql")
            && !file.starts_with(|letter: char| letter.is_ascii_digit())
            && !path.parent().is_some_and(of_migrations))
}

/// Whether a file under a folder that was given is a test, by the folders between the two: `root` itself may be called as it likes.
pub(super) fn is_test(view: &View, root: &Path, path: &Path) -> bool {
    let Ok(below) = path.strip_prefix(root) else {
        return false;
    };
    is_fed(root, path)
        || below.parent().into_iter().flat_map(Path::ancestors).any(|folder| {
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let plain: String = name.chars().filter(|letter| !matches!(letter, '-' | '_')).collect();
            let plain = plain.to_ascii_lowercase();
            FOLDERS.contains(&plain.as_str())
            || plain.ends_with("testdata")
            // Perl's, by what it holds.
            || (name == "t" && {
                let listing = view.list(&root.join(folder));
                listing.files.iter().any(|file| file.ends_with(".t")) || listing.folders.iter().any(|it| it == "pgtap")
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_the_folders_below_the_one_that_was_given() {
        let is_test = |root: &str, path: &str| is_test(&View::default(), Path::new(root), Path::new(path));
        assert!(is_test("/p", "/p/tests/a.sql"));
        assert!(is_test("/p", "/p/src/integration-test/db/V1__a.sql"));
        assert!(is_test("/p", "/p/db/__tests__/a.sql"));
        assert!(is_test("/p", "/p/plugin/sdl_testdata/a.sql"));
        assert!(is_test("/p", "/p/cli/fixtures/a.sql"));
        assert!(is_test("/p", "/p/cli/__fixtures__/migrations/1_a.sql"));
        assert!(is_test("/p", "/p/parser/input/a.in.sql"));
        assert!(!is_test("/p", "/p/migrations/fixtures/a.sql"));
        assert!(!is_test("/p/migrations", "/p/migrations/fixtures/a.sql"));
        assert!(!is_test("/p/fixtures", "/p/fixtures/a.sql"));
        assert!(!is_test("/p", "/p/migrations/a.in.sql"));
        assert!(!is_test("/p", "/p/db/7_opt.in.sql"));
        assert!(!is_test("/p/tests", "/p/tests/a.sql"));
        assert!(!is_test("/p", "/p/speed-test/migrations/a.sql"));
        assert!(!is_test("/p", "/p/migrations/test.sql"));
        assert!(!is_test("/p", "/p/t/a.sql"));
    }
}
