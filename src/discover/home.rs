//! What stands for a project: the folder, the tool that runs its files, how both are known.

use super::server::Server;
use super::view::View;
use super::{
    atlas, bun, content, dbmate, diesel, drizzle, evolve, flyway, geni, golang_migrate, goose, graphile_migrate,
    hasura, liquibase, maragudk, names, node_pg_migrate, plain, printed, prisma, refinery, sqitch, sql_migrate, sqlx,
    supabase, tern, yoyo,
};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::tool::{Remark, Tool, TransactionMode};
use std::path::{Path, PathBuf};

/// A way to recognise a folder's project.
pub(super) type Way = fn(&View, &Path) -> Option<Home>;

/// A folder's project.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) tool: Tool,
    /// The folder that stands for the project.
    pub(super) root: PathBuf,
    pub(super) from: Proof,
    /// Lists the files that the tool runs, in its order; `None`: those that are asked for are the project.
    pub(super) files: Option<fn(&View, &Path) -> Vec<Entry>>,
    /// The server, where the tool's own files tell it, and how.
    pub(super) server: Option<(Server, Option<Proof>)>,
    /// See [`super::Project::older`]; empty where the version is known, or does not matter.
    pub(super) older: &'static [(Tool, &'static str)],
    /// It is a history of folders that are versions.
    pub(super) versions: bool,
    /// See [`super::Project::served`].
    pub(super) served: Option<Vec<String>>,
}

impl Home {
    pub(super) fn new(tool: Tool, root: &Path, from: Proof, files: fn(&View, &Path) -> Vec<Entry>) -> Self {
        Self { files: Some(files), ..Self::plain(tool, root, from) }
    }

    /// A project of those files that are asked for.
    pub(super) fn plain(tool: Tool, root: &Path, from: Proof) -> Self {
        Self { tool, root: root.to_owned(), from, files: None, server: None, older: &[], versions: false, served: None }
    }

    /// The tool knows this server only.
    pub(super) fn on(self, dialect: Dialect) -> Self {
        Self { server: Some((Server::Dialect(dialect), None)), ..self }
    }

    pub(super) fn for_server(self, server: Server, from: Proof) -> Self {
        Self { server: Some((server, Some(from))), ..self }
    }

    /// What is assumed of the tool, as a clause.
    pub(super) fn assumption(&self) -> Option<String> {
        match &self.from {
            Proof::Assumed(others) => {
                Some(format!("{} is assumed, whose file names {others} as well (say --tool)", self.tool.display))
            }
            _ if self.older.is_empty() => None,
            _ => {
                self.tool.version_matters().map(|version| format!("{version} (say --tool {}@VERSION)", self.tool.name))
            }
        }
    }
}

/// How a tool was recognised.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// Somebody says so, as a clause.
    Said(String),
    /// A file or folder beside or above.
    Path(PathBuf),
    /// A marker in this file.
    Marker(&'static str, PathBuf),
    /// The SQL in this file.
    Sql(PathBuf),
    /// The files' names.
    Names,
    /// The files' names and the package's manifest.
    Manifest(PathBuf),
    /// The files' names, which others use as well.
    Assumed(&'static str),
}

/// A file that a tool runs.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) role: Role,
    pub(super) transaction: Option<TransactionMode>,
    pub(super) remarks: Vec<Remark>,
    pub(super) remarked_for: Vec<PathBuf>,
    /// It made the empty database that the others begin with: it is never judged.
    pub(super) base: bool,
    /// The files that the tool puts into it, and before which byte.
    pub(super) includes: Vec<(u32, PathBuf)>,
}

impl Entry {
    pub(super) fn new(path: PathBuf, role: Role) -> Self {
        Self {
            path,
            role,
            transaction: None,
            remarks: Vec::new(),
            remarked_for: Vec::new(),
            base: false,
            includes: Vec::new(),
        }
    }

    /// Says what is wrong with it, because of other files.
    pub(super) fn remark(&mut self, remark: Remark, because_of: impl IntoIterator<Item = PathBuf>) {
        self.remarks.push(remark);
        self.remarked_for.extend(because_of);
    }
}

/// The files of a folder that have a number, by that and then by name; the one that undoes behind the one that it undoes.
pub(super) fn in_number_order(
    view: &View,
    folder: &Path,
    read: for<'a> fn(&'a str) -> Option<(names::Number, &'a str)>,
) -> Vec<Entry> {
    let listing = view.list(folder);
    let role = |name: &str| if name.ends_with(".down.sql") { Role::Down } else { Role::Migration };
    let mut files: Vec<_> =
        listing.sql().filter_map(|name| Some((read(name)?.0, role(name) == Role::Down, name))).collect();
    files.sort();
    files.into_iter().map(|(.., name)| Entry::new(folder.join(name), role(name))).collect()
}

/// The project of a folder that holds .sql files.
pub(super) fn recognise(view: &View, folder: &Path) -> Home {
    let by_marker_file: [Way; 9] = [
        prisma::by_lock_file,
        drizzle::by_journal,
        supabase::by_config,
        sqitch::by_plan,
        graphile_migrate::by_settings,
        diesel::by_config,
        hasura::by_config,
        tern::by_config,
        yoyo::by_config,
    ];
    let by_names: [Way; 13] = [
        drizzle::by_snapshot,
        prisma::by_names,
        diesel::by_names,
        hasura::by_names,
        refinery::by_names,
        evolve::by_names,
        flyway::by_names,
        sqlx::by_names,
        bun::by_names,
        geni::by_names,
        maragudk::by_names,
        golang_migrate::by_names,
        node_pg_migrate::by_names,
    ];
    let first = |ways: &[Way]| ways.iter().find_map(|way| way(view, folder));
    first(&by_marker_file)
        .or_else(|| content::recognise(view, folder))
        // Atlas reads other tools' folders, whose markers it then follows.
        .or_else(|| atlas::by_sum(view, folder))
        .or_else(|| first(&by_names))
        .or_else(|| plain::rails(view, folder))
        .unwrap_or_else(|| plain::home(folder))
}

/// The project of a folder that is said to be a tool's, whatever it looks like.
pub(super) fn assume(tool: Tool, view: &View, folder: &Path, from: Proof) -> Home {
    let home: fn(&View, &Path, Proof) -> Home = match tool.name {
        "supabase" => supabase::home,
        "prisma" => prisma::home,
        "flyway" => flyway::home,
        "golang-migrate" => golang_migrate::home,
        "goose" => goose::home,
        "dbmate" => dbmate::home,
        "sqlx" => sqlx::home,
        "diesel" => diesel::home,
        "drizzle" => drizzle::home,
        "node-pg-migrate" => node_pg_migrate::home,
        "atlas" => atlas::home,
        "sql-migrate" => sql_migrate::home,
        "tern" => tern::home,
        "refinery" => refinery::home,
        "hasura" => hasura::home,
        "graphile-migrate" => graphile_migrate::home,
        "liquibase" => liquibase::home,
        "sqitch" => sqitch::home,
        "yoyo" => yoyo::home,
        "evolve" => evolve::home,
        "bun" => bun::home,
        "geni" => geni::home,
        "maragudk-migrate" => maragudk::home,
        "alembic" => printed::alembic,
        "django" => printed::django,
        _ => |_, folder, from| Home::plain(Tool::NONE, folder, from),
    };
    let found = home(view, folder, from);
    // Where versions differ, the one that was named is meant, if one was.
    let newest = Tool::named(tool.name) == Some(tool);
    Home {
        tool: if newest && found.tool.name == tool.name { found.tool } else { tool },
        older: if newest { found.older } else { &[] },
        ..found
    }
}
