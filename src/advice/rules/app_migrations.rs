//! Migrations of a database in an image that never runs them.

use crate::advice::python::{named, without};
use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::{NodeId, NodeKind};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "app-migrations",
    summary: "alembic or Flyway in an image whose command never migrates a database",
    explain: "\
alembic changes the tables of a database; a server that leaves this to a job of its own
does not need it. The bytes are few, 2 to 4 MB with mako: what is won is that the server's
image cannot change tables. Give the Dockerfile a target for the job (`FROM deps AS
migration`, `CMD [\"alembic\", \"upgrade\", \"head\"]`), and install alembic there only. It says
nothing where the command, or a script that it names, calls alembic, or where the app
imports it outside of its migrations; nor of Django's migrations, which are loaded at
start. Flyway's own program, which brings a Java of its own and drivers of every database,
is found in the same way; a library of Flyway in an app, which migrates when that starts,
stays. Jobs that run this image with another command it cannot see.",
    check,
};

/// From a jar to the folder of the program.
const MOST_ABOVE: usize = 4;

fn check(view: &View<'_>) -> Vec<Finding> {
    let found = [alembic(view), flyway(view)];
    found.into_iter().flatten().collect()
}

/// The folder of Flyway's program, with its own `sql` and drivers.
fn flyway(view: &View<'_>) -> Option<Finding> {
    let text = view.command();
    let is_used = ["flyway", "migrat", "prestart"]
        .iter()
        .any(|word| text.contains(word));
    if is_used || text.is_empty() || view.is_for_shells() {
        return None;
    }
    let jars =
        view.named(|name| name.starts_with(b"flyway-commandline") && name.ends_with(b".jar"));
    let mut folders: Vec<NodeId> = jars
        .into_iter()
        .filter_map(|jar| {
            // As it is unpacked: `flyway-9.0/flyway` and `flyway-9.0/lib/….jar`.
            let above = std::iter::successors(Some(view.fs.parent(jar)), |&at| {
                (at != NodeId::ROOT).then(|| view.fs.parent(at))
            });
            let mut few = above.take(MOST_ABOVE).filter(|&at| {
                // An app may have both in its own folder.
                view.fs.name(at).starts_with(b"flyway")
            });
            few.find(|&at| {
                let program = view.fs.child(at, b"flyway");
                program.is_some_and(|node| view.fs.kind(node) == NodeKind::File)
            })
        })
        .collect();
    folders.dedup();
    let finding = view.without(
        "Flyway is installed, and the command never runs it",
        &folders,
    )?;
    Some(
        finding
            .risk(Risk::Check)
            .note("that no job runs this image with another command")
            .fix("FROM flyway/flyway AS migration   # in a target or an image of its own\nCOPY sql /flyway/sql"),
    )
}

fn alembic(view: &View<'_>) -> Option<Finding> {
    let text = view.command();
    if ["alembic", "migrat", "flask db", "upgrade head", "prestart"]
        .iter()
        .any(|word| text.contains(word))
        || text.is_empty()
        || view.is_for_shells()
    {
        return None;
    }
    let ids = named(view, &["alembic"]);
    let in_app = view.app_scripts().any(|script| {
        let is_own = ["alembic/", "migrations/", "versions/"]
            .iter()
            .any(|folder| script.path.contains(folder));
        !is_own && script.lines.iter().any(|line| line.contains("alembic"))
    });
    let is_required = ids.iter().any(|&id| !view.dependents(id).is_empty());
    if in_app || is_required {
        return None;
    }
    let found = without(view, &ids, |_| {
        "alembic is installed, and the command never runs it".to_owned()
    });
    found
        .map(|finding| {
            finding
                .risk(Risk::Check)
                .note("that no job runs this image with another command")
                .fix("FROM deps AS migration\nCOPY alembic alembic.ini ./\nCMD [\"alembic\", \"upgrade\", \"head\"]")
        })
}
