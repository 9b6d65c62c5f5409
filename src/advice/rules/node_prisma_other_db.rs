//! Prisma's query engines for databases that the app does not use.

use std::collections::BTreeSet;

use crate::advice::{Finding, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-prisma-other-db",
    summary: "query engines of Prisma for databases that are not used",
    explain: "\
@prisma/client brings its query engine or compiler once for each database, twice in text
(.js and .mjs): 60 MB in version 6 and more in 7, four fifths of it for databases that an
app does not use. Remove the others in the RUN that installs, behind `prisma generate`.
The database is told by the driver adapters that are installed (@prisma/adapter-pg,
-mariadb, -better-sqlite3 and others); where there is none it says nothing, as the schema
may name any. PostgreSQL's adapter also serves CockroachDB, so both stay. Silent where
the image runs `prisma`, which copies these files. It cannot see that an app uses one
database by an adapter of its own.",
    check,
};

/// Adapters, and the databases that they may mean.
const ADAPTERS: &[(&str, &[&str])] = &[
    ("pg", &["postgresql", "cockroachdb"]),
    ("pg-worker", &["postgresql", "cockroachdb"]),
    ("ppg", &["postgresql"]),
    ("neon", &["postgresql"]),
    ("mariadb", &["mysql"]),
    ("planetscale", &["mysql"]),
    ("better-sqlite3", &["sqlite"]),
    ("libsql", &["sqlite"]),
    ("d1", &["sqlite"]),
    ("bun-sqlite", &["sqlite"]),
    ("mssql", &["sqlserver"]),
];

const DATABASES: [&str; 5] = ["postgresql", "cockroachdb", "mysql", "sqlite", "sqlserver"];

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs("prisma") {
        return Vec::new();
    }
    let prefix = "@prisma/adapter-";
    let adapters = view.node_packages().iter();
    let adapters = adapters.filter_map(|package| package.name.strip_prefix(prefix));
    let mut used = BTreeSet::new();
    for adapter in adapters {
        let Some((_, databases)) = ADAPTERS.iter().find(|(name, _)| *name == adapter) else {
            return Vec::new();
        };
        used.extend(databases.iter().copied());
    }
    if used.is_empty() {
        return Vec::new();
    }
    let fs = view.fs;
    let clients = view.node_named("@prisma/client").iter();
    let runtimes = clients.filter_map(|client| fs.child(client.folder, b"runtime"));
    let files: Vec<NodeId> = runtimes
        .flat_map(|runtime| fs.children(runtime))
        .filter(|&file| {
            let name = String::from_utf8_lossy(fs.name(file)).into_owned();
            let is_engine = name.starts_with("query_engine") || name.starts_with("query_compiler");
            let database = DATABASES
                .iter()
                .find(|database| name.contains(&format!(".{database}.")));
            is_engine && database.is_some_and(|database| !used.contains(database))
        })
        .collect();
    let title = format!(
        "{} query engines of Prisma are for other databases",
        files.len()
    );
    let finding = view.without(title, &files);
    let finding = finding.map(|finding| {
        let used: Vec<&str> = used.into_iter().collect();
        finding.note(format!("the schema must name {}", used.join(" or ")))
    });
    finding.into_iter().collect()
}
