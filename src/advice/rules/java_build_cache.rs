//! What Maven and Gradle keep to build again.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "java-build-cache",
    summary: "repositories of Maven, caches of Gradle, jars before repackaging",
    explain: "\
Maven keeps all that it downloaded below ~/.m2/repository, Gradle below ~/.gradle, and Spring
Boot leaves app.jar.original beside app.jar. A jar that holds its dependencies needs none
of them. Build in one stage, copy the jar into another; or put the caches on a cache mount.
It is silent where the command runs mvn or gradle, or names .m2 or .gradle. It cannot see a
class path that a file of your own holds.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["mvn", "mvnw", "gradle", "gradlew", "sbt"]) || view.is_for_shells() {
        return Vec::new();
    }
    if [".m2", ".gradle", ".ivy2"]
        .iter()
        .any(|folder| view.run_text().contains(folder))
    {
        return Vec::new();
    }
    let mut files = view.place("Maven repository cache");
    files.extend(view.place("Gradle cache"));
    files.extend(view.at(["root/.ivy2", "root/.sbt"]));
    let before = view.with_ending("original").iter();
    files.extend(before.filter(|&&file| view.fs.name(file).ends_with(b".jar.original")));
    let Some(finding) = view.out_of_place(
        "what Maven or Gradle keeps for the next build is in the image",
        files,
    ) else {
        return Vec::new();
    };
    vec![
        finding
            .risk(Risk::Check)
            .fix("RUN --mount=type=cache,target=/root/.m2 mvn package   # in a stage that builds")
            .note("no class path may name these folders"),
    ]
}
