//! Which kind of file it is, going by its name, and who reads it.

mod compose;
mod container;
mod lines;
mod platform;
mod settings;
mod workflow;

pub(super) use settings::plain as plain_settings;

use super::place::{self, Told};
use super::unit::{Name, Own, Page, Unit};
use crate::effect::CommandPlace;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Shell,
    Make,
    Container,
    Compose,
    Workflow,
    Package,
    Procfile,
    Platform,
    Cluster,
    Spring,
    TypeOrm,
}

/// Names of scripts that have no ending.
const SCRIPTS: [&str; 6] = ["deploy", "entrypoint", "docker-entrypoint", "release", "predeploy", "postdeploy"];

fn kind(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let (stem, ending) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    let yaml = matches!(ending, "yml" | "yaml");
    Some(match (stem, ending) {
        ("package", "json") => Kind::Package,
        (_, "sh" | "bash") => Kind::Shell,
        (name, "") if SCRIPTS.contains(&name) => Kind::Shell,
        ("makefile" | "gnumakefile", "") | (_, "mk") => Kind::Make,
        ("dockerfile" | "containerfile", _) | (_, "dockerfile") => Kind::Container,
        ("procfile", _) => Kind::Procfile,
        (stem, "toml") if stem == "fly" || stem.starts_with("fly.") => Kind::Platform,
        ("railway" | "netlify" | "nixpacks", "toml") | ("railway" | "vercel" | "render", "json") => Kind::Platform,
        ("render" | "heroku", _) if yaml => Kind::Platform,
        (stem, _) if yaml && (stem.starts_with("docker-compose") || stem.starts_with("compose")) => Kind::Compose,
        (
            ".gitlab-ci"
            | "bitbucket-pipelines"
            | "azure-pipelines"
            | "buildspec"
            | "cloudbuild"
            | ".drone"
            | ".woodpecker",
            _,
        ) if yaml => Kind::Workflow,
        (stem, _) if yaml && stem.ends_with(".gitlab-ci") => Kind::Workflow,
        (_, _)
            if yaml
                && [".github/workflows/", ".circleci/", ".buildkite/", ".woodpecker/"]
                    .iter()
                    .any(|it| path.contains(it)) =>
        {
            Kind::Workflow
        }
        ("action", _) if yaml => Kind::Workflow,
        ("ormconfig", "json" | "yml" | "yaml" | "js" | "ts") => Kind::TypeOrm,
        (stem, "ts" | "js")
            if stem.ends_with("data-source") || stem.ends_with("datasource") || stem == "typeorm.config" =>
        {
            Kind::TypeOrm
        }
        ("app.module" | "database.module" | "database.config" | "typeorm.module" | "orm.config", "ts") => Kind::TypeOrm,
        (stem, "properties") if is_spring(stem) => Kind::Spring,
        (stem, _) if yaml && is_spring(stem) => Kind::Spring,
        (_, _) if yaml && is_cluster_folder(path) => Kind::Cluster,
        _ => return None,
    })
}

fn is_spring(stem: &str) -> bool {
    stem == "application" || stem.starts_with("application-")
}

fn is_cluster_folder(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    folders.any(|folder| {
        matches!(folder, "k8s" | "kubernetes" | "kube" | "manifests" | "deploy" | "deployment" | "deployments")
    })
}

/// Whether commands are looked for in a file of that path.
pub(super) fn is_known(path: &str) -> bool {
    kind(path).is_some()
}

/// Reads a file.
pub(super) fn read(path: &str, text: &str) -> Page {
    match kind(path) {
        None => Page::default(),
        Some(Kind::Shell) => lines::shell(path, text),
        Some(Kind::Make) => lines::make(path, text),
        Some(Kind::Procfile) => lines::procfile(path, text),
        Some(Kind::Container) => container::read(path, text),
        Some(Kind::Compose) => compose::read(path, text),
        Some(Kind::Cluster) => compose::cluster(path, text),
        Some(Kind::Workflow) => workflow::read(path, text),
        Some(Kind::Package) => platform::package(path, text),
        Some(Kind::Platform) => platform::read(path, text),
        Some(Kind::Spring) => settings::spring(path, text),
        Some(Kind::TypeOrm) => settings::type_orm(path, text),
    }
}

/// What a file's own name and its folders say, for what is not told by more.
fn own(path: &str, otherwise: Own) -> Own {
    let name = path.rsplit('/').next().unwrap_or_default();
    match (place::by_name(name), place::by_folders(path)) {
        // A deployment of an example is an example.
        (_, Told::Is(place)) if place != CommandPlace::Deploy => Own::Is(place),
        (Told::Is(CommandPlace::Deploy), _) => Own::Is(CommandPlace::Deploy),
        (Told::Is(place), _) => Own::Is(place),
        (Told::ByHand, _) => Own::Else(CommandPlace::Unknown),
        (Told::Nothing, Told::Is(place)) => Own::Is(place),
        (Told::Nothing, _) => otherwise,
    }
}

/// What the name of a part of a file says, before what the file's own says. `otherwise` is what its format says.
fn own_of_part(path: &str, part: &str, otherwise: Own) -> Own {
    let of_file = own(path, otherwise);
    match (of_file, place::by_name(part)) {
        (Own::Is(place), _) if place != CommandPlace::Deploy => of_file,
        (_, Told::Is(place)) => Own::Is(place),
        (_, Told::ByHand) => Own::Else(CommandPlace::Unknown),
        (_, Told::Nothing) => of_file,
    }
}

/// A unit that nobody calls.
fn nobody(path: &str, own: Own, occasion: impl Into<String>) -> Unit {
    Unit::new(Name::Nobody, own, occasion, path)
}
