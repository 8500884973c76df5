//! The server's major version, where a file of the project says it.

use crate::config::shown;
use crate::dialect::Version;
use std::fs;
use std::path::{Path, PathBuf};

/// The files that may say it, the nearest to production first.
fn places(folder: &Path) -> Vec<PathBuf> {
    let mut places = vec![folder.join("supabase/config.toml"), folder.join("config.toml")];
    let compose = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
    for above in folder.ancestors().take(3) {
        places.extend(compose.iter().map(|name| above.join(name)));
        let workflows = fs::read_dir(above.join(".github/workflows")).into_iter().flatten().flatten();
        let mut workflows: Vec<_> = workflows.map(|entry| entry.path()).collect();
        workflows.sort();
        places.extend(workflows);
        // What lies above the repository is another project's.
        if above.join(".git").exists() {
            break;
        }
    }
    places
}

/// The oldest version that the first such file names, and that file.
pub(super) fn guess(folder: &Path) -> Option<(u16, String)> {
    places(folder).iter().find_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        let read = match path.file_name().is_some_and(|name| name == "config.toml") {
            true => of_supabase(&text),
            false => of_images(&text),
        };
        Some((read?, shown(path)))
    })
}

fn known(digits: &str) -> Option<u16> {
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    let major = digits[..end].parse().ok()?;
    (Version::OLDEST_POSTGRES.0..=Version::NEWEST_POSTGRES.0).contains(&major).then_some(major)
}

/// `[db] major_version = 15`.
fn of_supabase(text: &str) -> Option<u16> {
    let line = text.lines().map(str::trim).find_map(|line| line.strip_prefix("major_version"))?;
    known(line.trim_start().strip_prefix('=')?.trim_start())
}

/// `image: postgres:15.4-alpine`, `image: "postgis/postgis:15-3.4"`, `image: timescale/timescaledb:latest-pg15`.
fn of_images(text: &str) -> Option<u16> {
    let images = text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("image:"));
    let majors = images.filter_map(|image| {
        let (name, tag) = image.trim().trim_matches(['"', '\'']).split_once(':')?;
        if let Some((_, major)) = tag.rsplit_once("pg") {
            return known(major);
        }
        let name = name.rsplit('/').next()?;
        matches!(name, "postgres" | "postgis" | "postgresql").then(|| known(tag))?
    });
    majors.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_supabase_say_the_version() {
        assert_eq!(of_supabase("[db]\nmajor_version = 15\n"), Some(15));
        assert_eq!(of_supabase("[db]\nport = 15\n"), None);
        assert_eq!(of_images("  db:\n    image: postgres:16.2-alpine\n"), Some(16));
        assert_eq!(of_images("    image: \"postgis/postgis:14-3.4\"\n    image: postgres:17\n"), Some(14));
        assert_eq!(of_images("    image: timescale/timescaledb:latest-pg15\n"), Some(15));
        assert_eq!(of_images("    image: postgres:latest\n    image: redis:7\n"), None);
        assert_eq!(of_images("    image: postgres:9.6\n"), None);
    }
}
