//! Recognises a tool by the markers in a folder's files.

use super::view::View;
use super::{
    Home, Proof, bun, dbmate, drizzle, goose, graphile_migrate, liquibase, names, node_pg_migrate, printed,
    sql_migrate, sqlx, tern, yoyo,
};
use std::ffi::OsStr;
use std::path::Path;

/// How many files of a folder are looked into.
const FILES: usize = 64;

/// A marker that gives a tool away.
struct Sign {
    /// As the proof names it.
    marker: &'static str,
    /// Whether a file's beginning holds it.
    is_in: fn(&str) -> bool,
    /// The tool refuses files without it, so that half of them must have it; else one is enough.
    required: bool,
    home: fn(&View, &Path, Proof) -> Option<Home>,
}

const SIGNS: [Sign; 13] = [
    Sign { marker: "-- +goose", is_in: is_goose, required: true, home: goose::by_marker },
    Sign { marker: "-- migrate:up", is_in: is_dbmate, required: true, home: dbmate::by_marker },
    Sign { marker: "-- +migrate Up", is_in: is_sql_migrate, required: true, home: sql_migrate::by_marker },
    Sign { marker: "--liquibase formatted sql", is_in: is_liquibase, required: true, home: liquibase::by_marker },
    Sign { marker: "--! ", is_in: is_graphile, required: true, home: graphile_migrate::by_marker },
    Sign { marker: "---- create above / drop below ----", is_in: is_tern, required: false, home: tern::by_marker },
    Sign { marker: "-- Up Migration", is_in: is_node_pg, required: false, home: node_pg_migrate::by_marker },
    Sign { marker: "--> statement-breakpoint", is_in: is_drizzle, required: false, home: drizzle::by_marker },
    Sign { marker: "-- no-transaction", is_in: is_sqlx, required: false, home: sqlx::by_marker },
    Sign { marker: "--bun:split", is_in: is_bun, required: false, home: bun::by_marker },
    Sign { marker: "-- depends:", is_in: is_yoyo, required: false, home: yoyo::by_marker },
    Sign { marker: "-- Running upgrade", is_in: printed::is_alembic, required: false, home: printed::by_alembic },
    Sign { marker: "-- Create model", is_in: printed::is_django, required: false, home: printed::by_django },
];

/// The project of a folder by what its files hold.
pub(super) fn recognise(view: &View, folder: &Path) -> Option<Home> {
    let listing = view.list(folder);
    let mut files: Vec<_> = listing.sql().collect();
    files.sort_by(|a, b| names::natural(OsStr::new(a), OsStr::new(b)));
    files.truncate(FILES);
    let heads: Vec<_> = files.iter().map(|name| (folder.join(name), view.head(&folder.join(name)))).collect();
    SIGNS.iter().find_map(|sign| {
        let mut with = heads.iter().filter(|(_, head)| (sign.is_in)(head));
        let (path, _) = with.next()?;
        let enough = !sign.required || (1 + with.count()) * 2 >= heads.len();
        enough.then(|| (sign.home)(view, folder, Proof::Marker(sign.marker.trim_end(), path.clone())))?
    })
}

fn comments(head: &str) -> impl Iterator<Item = &str> {
    head.lines().filter_map(|line| line.strip_prefix("--"))
}

fn is_goose(head: &str) -> bool {
    comments(head).any(|comment| comment.trim_start().starts_with("+goose"))
}

fn is_dbmate(head: &str) -> bool {
    comments(head).any(|comment| comment.trim_start().starts_with("migrate:up"))
}

fn is_sql_migrate(head: &str) -> bool {
    comments(head).any(|comment| comment.starts_with(" +migrate Up"))
}

/// Whether the first line that holds anything is Liquibase's.
pub(super) fn is_liquibase(head: &str) -> bool {
    let first = head.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty());
    let words = first.and_then(|line| line.trim_start().strip_prefix("--")).unwrap_or_default().to_ascii_lowercase();
    words.trim_start().strip_prefix("liquibase").is_some_and(|rest| rest.trim_start().starts_with("formatted"))
}

fn is_graphile(head: &str) -> bool {
    head.starts_with("--! Previous:") || head.starts_with("--! Hash:")
}

fn is_tern(head: &str) -> bool {
    head.lines().any(|line| {
        line.contains("---- create above / drop below ----") || line.trim_end() == "---- tern: disable-tx ----"
    })
}

fn is_node_pg(head: &str) -> bool {
    comments(head).any(|comment| {
        let words: Vec<_> = comment.trim_start_matches('-').split_whitespace().take(2).collect();
        matches!(words[..], [direction, word] if ["up", "down"].iter().any(|way| direction.eq_ignore_ascii_case(way))
            && word.trim_end_matches(|letter: char| !letter.is_alphanumeric()).eq_ignore_ascii_case("migration"))
    })
}

fn is_sqlx(head: &str) -> bool {
    head.lines().next().is_some_and(|line| line.trim_end() == "-- no-transaction")
}

fn is_bun(head: &str) -> bool {
    head.lines().any(|line| line.starts_with("--bun:split"))
}

/// Whether one of yoyo's lines stands above the first statement.
fn is_yoyo(head: &str) -> bool {
    let above = head.lines().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with("--"));
    above.filter_map(yoyo::directive).any(|(key, value)| match key.to_ascii_lowercase().as_str() {
        "depends" => !value.is_empty(),
        "transactional" => matches!(value.to_ascii_lowercase().as_str(), "true" | "false"),
        _ => false,
    })
}

fn is_drizzle(head: &str) -> bool {
    head.contains("--> statement-breakpoint")
}
