//! Migrations of a database in an image that never runs them.

use crate::advice::python::{named, without};
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "app-migrations",
    summary: "alembic in an image whose command never migrates a database",
    explain: "\
alembic changes the tables of a database; a server that leaves this to a job of its own
does not need it. The bytes are few, 2 to 4 MB with mako: what is won is that the server's
image cannot change tables. Give the Dockerfile a target for the job (`FROM deps AS
migration`, `CMD [\"alembic\", \"upgrade\", \"head\"]`), and install alembic there only. It says
nothing where the command, or a script that it names, calls alembic, or where the app
imports it outside of its migrations; nor of Django's migrations, which are loaded at
start. Jobs that run this image with another command it cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let text = view.command();
    if ["alembic", "migrat", "flask db", "upgrade head", "prestart"]
        .iter()
        .any(|word| text.contains(word))
        || text.is_empty()
        || view.is_for_shells()
    {
        return Vec::new();
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
        return Vec::new();
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
        .into_iter()
        .collect()
}
