//! Parts of a JDK that only development reads.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "java-jmods-src",
    summary: "sources and modules for linking, in a JDK that only runs",
    explain: "\
A JDK brings its modules once more for jlink (jmods), its sources (lib/src.zip), old
interfaces for javac (lib/ct.sym), headers and manuals. `java -jar` reads none of them: one
image went from 317 to 180 MB. Use a JRE, or make a run time of your own by jlink; the same
bytes of a base image do not go by deleting them. Licences below legal/ stay. It is silent
where jlink or javac is run; it cannot see programs that call the compiler's own API.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["jlink", "javac", "jdeps", "mvn", "gradle", "jshell"])
        || view.is_for_shells()
    {
        return Vec::new();
    }
    let mut files = Vec::new();
    for &lib in view.folders("lib") {
        let home = view.fs.parent(lib);
        let has = |path: &[u8]| view.fs.child(home, path).is_some();
        let is_java = has(b"release") && has(b"bin");
        if is_java && view.fs.child(lib, b"modules").is_some() {
            let own = [&b"jmods"[..], b"include", b"man", b"demo", b"sample"];
            let own = own.into_iter().filter_map(|name| view.fs.child(home, name));
            let inside = [&b"src.zip"[..], b"ct.sym"]
                .into_iter()
                .filter_map(|name| view.fs.child(lib, name));
            files.extend(own.chain(inside).flat_map(|node| view.below(node)));
        }
    }
    let Some(finding) = view.out_of_place(
        "a JDK holds what only development reads: jmods, sources, headers",
        files,
    ) else {
        return Vec::new();
    };
    vec![
        finding
            .risk(Risk::Check)
            .fix("FROM eclipse-temurin:21-jre   # or a stage with jlink")
            .note("no program may compile Java at run time (JSP, javax.tools)"),
    ]
}
