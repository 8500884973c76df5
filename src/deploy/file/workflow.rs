//! Workflows of CI services: GitHub, GitLab, CircleCI, Bitbucket, Azure, Buildkite, Cloud Build, CodeBuild, Drone, Woodpecker.
//!
//! They differ in how jobs are nested and agree in what a job is: a map with steps or a script, a name, settings, and services beside it.
//! The tree is walked down to those.

use super::{compose, nobody, own};
use crate::deploy::place::{self, Told};
use crate::deploy::tree::{self, Node};
use crate::deploy::unit::{Own, Page};
use crate::effect::CommandPlace;

/// Keys whose value is a script, or a list of lines of one.
const SCRIPTS: [&str; 9] =
    ["run", "script", "before_script", "after_script", "command", "commands", "bash", "inlineScript", "inline"];

/// What holds for everything below a part of the tree.
#[derive(Clone, Debug, Default)]
struct Scope {
    /// Names of the job and what encloses it, innermost first.
    names: Vec<String>,
    env: Vec<(String, String)>,
    /// A database runs beside the job.
    own_database: bool,
    /// The job deploys to an environment.
    environment: Option<String>,
    /// The folder in which commands run.
    folder: Option<String>,
    /// Conditions.
    guards: Vec<String>,
    /// The unit of the job.
    unit: Option<usize>,
    /// It runs for pull requests only.
    only_proposed: bool,
}

/// Reads a workflow.
pub(super) fn read(path: &str, text: &str) -> Page {
    let (documents, comments) = tree::yaml(text);
    let mut page = Page { comments, ..Page::default() };
    for document in &documents {
        let mut scope = Scope::default();
        if let Some(on) = document.get("on") {
            let names: Vec<&str> = on
                .str()
                .into_iter()
                .chain(on.items().iter().filter_map(Node::str))
                .chain(on.entries().iter().map(|(key, _)| key.name.as_str()))
                .collect();
            scope.only_proposed = !names.is_empty() && names.iter().all(|name| name.starts_with("pull_request"));
        }
        walk(path, document, &scope, &mut page);
    }
    page
}

fn walk(path: &str, node: &Node, outer: &Scope, page: &mut Page) {
    let mut scope = outer.clone();
    for item in node.items() {
        walk(path, item, &scope, page);
    }
    if node.entries().is_empty() {
        return;
    }
    for key in ["displayName", "stage", "name"] {
        if let Some(name) = node.get(key).and_then(Node::str) {
            scope.names.insert(0, name.to_owned());
        }
    }
    for key in ["env", "environment", "variables"] {
        scope.env.extend(compose::settings(node.get(key)));
    }
    // Drone and CircleCI list services as images; an image may be a name or a map with one.
    let mut beside = ["services", "docker"].into_iter().filter_map(|key| node.get(key)).flat_map(images);
    scope.own_database |= beside.any(|image| is_database(&image));
    for key in ["environment", "deployment"] {
        let environment = node.get(key).and_then(|node| node.str().or_else(|| node.get("name").and_then(Node::str)));
        if let Some(environment) = environment {
            scope.environment = Some(environment.to_owned());
        }
    }
    for way in [&["working-directory"][..], &["working_directory"], &["defaults", "run", "working-directory"]] {
        if let Some(folder) = node.at(way).and_then(Node::str).filter(|folder| !folder.contains('$')) {
            scope.folder = Some(folder.trim_start_matches("./").trim_end_matches('/').to_owned());
        }
    }
    if let Some(condition) = node.get("if").and_then(Node::str) {
        scope.guards.push(condition.to_owned());
    }
    let is_job = node.get("steps").is_some_and(|steps| !steps.items().is_empty())
        || (outer.unit.is_none() && SCRIPTS.iter().any(|key| node.get(key).is_some_and(is_script)));
    if is_job {
        let names = scope.names.iter().map(|name| format!("`{name}`")).next();
        let job = names.map_or_else(|| "in a job".to_owned(), |name| format!("in the job {name}"));
        let mut unit = nobody(path, place_of(path, &scope), job);
        unit.env.clone_from(&scope.env);
        // Commands run at the top of the checkout, wherever the workflow's file is.
        unit.folder = checkout(path).to_owned();
        if let Some(folder) = scope.folder.as_deref().filter(|folder| !folder.is_empty() && *folder != ".") {
            unit.folder.push_str(folder);
            unit.folder.push('/');
        }
        page.units.push(unit);
        scope.unit = Some(page.units.len() - 1);
    }
    if let Some(unit) = scope.unit {
        for key in SCRIPTS {
            if let Some(script) = node.get(key).filter(|script| is_script(script)) {
                add(page, unit, &scope, outer, script);
            }
        }
        // `uses: appleboy/ssh-action` and its like run a script on the server.
        let on_server = node.get("uses").and_then(Node::str).is_some_and(|action| action.contains("ssh"));
        if on_server && let Some(script) = node.at(&["with", "script"]) {
            let first = page.units[unit].runs.len();
            add(page, unit, &scope, outer, script);
            page.units[unit].runs.iter_mut().skip(first).for_each(|run| run.remote = true);
        }
    }
    for (key, value) in node.entries() {
        let passed = matches!(
            key.name.as_str(),
            "env" | "environment" | "variables" | "services" | "docker" | "on" | "with" | "needs"
        );
        if passed || (scope.unit.is_some() && SCRIPTS.contains(&key.name.as_str()) && is_script(value)) {
            continue;
        }
        let mut below = scope.clone();
        if !matches!(key.name.as_str(), "jobs" | "steps" | "pipelines" | "stages" | "step" | "run" | "phases") {
            below.names.insert(0, key.name.clone());
        }
        walk(path, value, &below, page);
    }
}

/// The folder of the checkout in which a workflow's file is.
fn checkout(path: &str) -> &str {
    let hidden = path.find(".github/").or_else(|| path.find(".circleci/")).or_else(|| path.find(".buildkite/"));
    match hidden {
        Some(at) => &path[..at],
        None => crate::deploy::unit::folder(path),
    }
}

fn is_script(node: &Node) -> bool {
    node.text().is_some_and(|text| !text.text.is_empty()) || node.items().iter().any(|item| item.text().is_some())
}

/// Adds the commands of a script to its job.
fn add(page: &mut Page, unit: usize, scope: &Scope, outer: &Scope, script: &Node) {
    let shell = ["pwsh", "powershell", "python"];
    if scope.env.iter().any(|(name, value)| name == "shell" && shell.contains(&value.as_str())) {
        return;
    }
    let first = page.units[unit].runs.len();
    let own = page.units[unit].env.len();
    for text in script.text().into_iter().chain(script.items().iter().filter_map(Node::text)) {
        let (runs, comments) = crate::deploy::run::runs(text);
        page.comments.extend(comments);
        page.units[unit].runs.extend(runs);
    }
    let _ = (outer, own);
    for run in page.units[unit].runs.iter_mut().skip(first) {
        run.guards.splice(0..0, scope.guards.iter().cloned());
        for (name, value) in &scope.env {
            let arg = crate::deploy::run::Arg { text: value.clone(), ..Default::default() };
            run.env.insert(0, (name.clone(), arg));
        }
        // A step's own name says more than its job's.
        if let Some(name) = scope.names.first()
            && let Told::Is(place) = place::by_name(name)
            && place != CommandPlace::Deploy
        {
            run.guards.push(name.clone());
        }
    }
    page.comments.sort();
    page.comments.dedup();
}

/// Where a job runs.
fn place_of(path: &str, scope: &Scope) -> Own {
    if scope.own_database {
        return Own::Is(CommandPlace::Ci);
    }
    let environment = scope.environment.as_deref().map_or(Told::Nothing, place::by_name);
    if let Told::Is(place) = environment {
        return Own::Is(place);
    }
    for name in &scope.names {
        if let Told::Is(place) = place::by_name(name) {
            return Own::Is(place);
        }
    }
    if scope.only_proposed {
        return Own::Is(CommandPlace::Ci);
    }
    match own(path, Own::Else(CommandPlace::Unknown)) {
        Own::Is(place) => Own::Is(place),
        Own::Else(_) if scope.environment.is_some() => Own::Is(CommandPlace::Deploy),
        other => other,
    }
}

/// The images of `services:` in all their forms.
fn images(node: &Node) -> Vec<String> {
    let of = |node: &Node| {
        let named = node
            .str()
            .or_else(|| node.get("image").and_then(Node::str))
            .or_else(|| node.get("name").and_then(Node::str));
        named.map(str::to_owned)
    };
    let entries = node.entries().iter().flat_map(|(key, value)| [Some(key.name.clone()), of(value)]);
    node.items().iter().map(of).chain(entries).flatten().collect()
}

fn is_database(image: &str) -> bool {
    ["postgres", "postgis", "pgvector", "timescale", "mysql", "mariadb", "mssql", "cockroach"]
        .iter()
        .any(|name| image.contains(name))
}
