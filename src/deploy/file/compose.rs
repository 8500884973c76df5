//! Compose files and Kubernetes manifests: what containers run.

use super::{nobody, own, own_of_part};
use crate::deploy::place;
use crate::deploy::run::Reference;
use crate::deploy::text::Text;
use crate::deploy::tree::{self, Node};
use crate::deploy::unit::{Own, Page};
use crate::deploy::{shell, spoil};
use crate::effect::CommandPlace;
use crate::source::Span;

/// Reads a compose file.
pub(super) fn read(path: &str, text: &str) -> Page {
    let (documents, comments) = tree::yaml(text);
    let mut page = Page { comments, ..Page::default() };
    // A file that names no environment is as often the developer's.
    let of_file = own(path, Own::Else(CommandPlace::Unknown));
    for (name, service) in documents.iter().filter_map(|document| document.get("services")).flat_map(Node::entries) {
        let replicas =
            service.at(&["deploy", "replicas"]).and_then(Node::str).and_then(|count| count.trim().parse().ok());
        let env = settings(service.get("environment"));
        let mut unit =
            nobody(path, own_of_part(path, &name.name, of_file), format!("when the service `{}` starts", name.name));
        unit.env.clone_from(&env);
        unit.replicas = replicas;
        let (entrypoint, arguments) = (service.get("entrypoint"), service.get("command"));
        let runs = entrypoint.is_some() || arguments.is_some();
        match (entrypoint, arguments) {
            // Both are one command.
            (Some(entrypoint), Some(arguments)) => {
                let mut words = words(entrypoint);
                words.extend(self::words(arguments));
                let passage = entrypoint.at.to(arguments.at);
                page.units.push(unit);
                let index = page.units.len() - 1;
                page.words(index, &words, passage, true);
            }
            (Some(node), None) | (None, Some(node)) => command(&mut page, unit, node),
            (None, None) => {}
        }
        // Without a command of its own the image's counts, which is built from here.
        if !runs && service.get("build").is_some() && replicas.is_some() {
            let mut unit = nobody(path, of_file, format!("when the service `{}` starts", name.name));
            unit.replicas = replicas;
            let build = service
                .get("build")
                .and_then(|build| build.str().or_else(|| build.get("dockerfile").and_then(Node::str)));
            let file = build.filter(|build| build.contains("ockerfile")).unwrap_or("Dockerfile").to_owned();
            let run = crate::deploy::run::Run {
                references: vec![Reference::File(file)],
                cause: name.at,
                passage: name.at,
                ..crate::deploy::run::Run::default()
            };
            unit.runs.push(run);
            page.units.push(unit);
        }
    }
    page
}

/// `environment:` as a map or as a list of `NAME=value`.
pub(super) fn settings(node: Option<&Node>) -> Vec<(String, String)> {
    let Some(node) = node else { return Vec::new() };
    let of_map = node.entries().iter().filter_map(|(key, value)| Some((key.name.clone(), value.str()?.to_owned())));
    let of_list = node.items().iter().filter_map(|item| item.str()?.split_once('='));
    of_map.chain(of_list.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

/// The words of a list, or of one text that is split at its blanks.
fn words(node: &Node) -> Vec<Node> {
    let Some(text) = node.text() else { return node.items().to_vec() };
    let script = shell::read(&text.text);
    let words = script.commands.iter().flat_map(|command| &command.words);
    let word = |word: &shell::Word| Node {
        at: text.place(word.at),
        value: tree::Value::Scalar(text.within(word.at, &word.text)),
    };
    words.map(word).collect()
}

/// Adds what a `command:` runs. No shell reads it, whether it is a list or one text that is split at its blanks.
fn command(page: &mut Page, unit: crate::deploy::unit::Unit, node: &Node) {
    match node.text() {
        Some(text) => {
            let whole = text.place(Span::new(0, text.text.len() as u32));
            // Compose takes the second of two `$` for itself.
            let index = page.script(unit, &undoubled(text));
            spoil::split_without_a_shell(text, &page.units[index].runs, index, whole, &mut page.spoilt);
        }
        None => {
            page.units.push(unit);
            let index = page.units.len() - 1;
            page.words(index, node.items(), node.at, false);
        }
    }
}

/// `$$` stands for `$`.
fn undoubled(text: &Text) -> Text {
    text.within(Span::new(0, text.text.len() as u32), &text.text.replace("$$", "$"))
}

/// Reads a Kubernetes manifest.
pub(super) fn cluster(path: &str, text: &str) -> Page {
    // A template of Helm or Jinja is no YAML.
    if !text.contains("kind:") || text.contains("{{") {
        return Page::default();
    }
    let (documents, comments) = tree::yaml(text);
    let mut page = Page { comments, ..Page::default() };
    for document in &documents {
        let kind = document.get("kind").and_then(Node::str).unwrap_or_default();
        let template = match kind {
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => {
                document.at(&["spec", "template", "spec"])
            }
            "CronJob" => document.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
            "Pod" => document.get("spec"),
            _ => continue,
        };
        let Some(template) = template else { continue };
        let count = document.at(&["spec", "replicas"]).and_then(Node::str).and_then(|count| count.trim().parse().ok());
        let replicas = count.filter(|_| matches!(kind, "Deployment" | "ReplicaSet"));
        let name = document.at(&["metadata", "name"]).and_then(Node::str).unwrap_or_default();
        let containers =
            ["initContainers", "containers"].into_iter().filter_map(|key| template.get(key)).flat_map(Node::items);
        for container in containers {
            let mut unit = nobody(
                path,
                own_of_part(path, name, Own::Is(CommandPlace::Deploy)),
                format!("when a pod of `{name}` starts"),
            );
            unit.replicas = replicas;
            let set = container.get("env").map_or(&[][..], Node::items).iter();
            let set = set
                .filter_map(|item| Some((item.get("name")?.str()?.to_owned(), item.get("value")?.str()?.to_owned())));
            unit.env = set.filter(|(_, value)| !place::is_local(value)).collect();
            let words: Vec<_> = ["command", "args"]
                .into_iter()
                .filter_map(|key| container.get(key))
                .flat_map(Node::items)
                .cloned()
                .collect();
            if let (Some(first), Some(last)) = (words.first(), words.last()) {
                let passage = first.at.to(last.at);
                page.units.push(unit);
                let index = page.units.len() - 1;
                page.words(index, &words, passage, container.get("command").is_some());
            }
        }
    }
    page
}
