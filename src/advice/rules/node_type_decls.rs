//! Declarations of types in packages of Node.

use crate::advice::{Finding, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-type-decls",
    summary: "type declarations in node_modules, which only compilers read",
    explain: "\
Packages bring declarations (`*.d.ts`, `*.d.mts`, `*.d.cts`, `*.flow`) for compilers and
editors: 7 to 31 % of node_modules, of googleapis 177 of 217 MB. JavaScript runs without
them: of 80 packages all loaded. Remove them in the RUN that installs, behind the build.
Silent where the image runs TypeScript itself (Bun, Deno, ts-node, tsx, type stripping) or
builds at its start; the package `typescript` keeps its own, and those of Prisma stay where
the image runs its generator. Sources in TypeScript (`*.ts`) are not meant, as a few
packages start in them. It cannot see programs that read declarations as data.",
    check,
};

const ENDINGS: [&str; 4] = [".d.ts", ".d.mts", ".d.cts", ".flow"];

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_mobile = view.runs_any(&["react-native", "expo", "metro", "tsc"]);
    if view.runs_typescript() || view.is_for_development() || is_mobile {
        return Vec::new();
    }
    let makes_client = view.runs("prisma");
    let mut kept = vec!["typescript"];
    if makes_client {
        kept.extend(["prisma", "@prisma", ".prisma"]);
    }
    let all = ["ts", "mts", "cts", "flow"];
    let files: Vec<NodeId> = all
        .iter()
        .flat_map(|ending| view.with_ending(ending))
        .copied()
        .filter(|&file| is_declaration(view.fs.name(file)) && view.is_in(file, "node_modules"))
        .filter(|&file| !kept.iter().any(|name| view.is_in(file, name)))
        .collect();
    let names: Vec<String> = ENDINGS
        .iter()
        .map(|end| format!("-name '*{end}'"))
        .collect();
    let kept: Vec<String> = kept
        .iter()
        .map(|name| format!(" ! -path '*/{name}/*'"))
        .collect();
    let test = format!("\\( {} \\){}", names.join(" -o "), kept.concat());
    let title = format!("{} type declarations are in node_modules", files.len());
    let finding = view.sweep(title, &files, &view.node_roots(), &test);
    let finding = finding.map(|finding| view.unless_built_later(finding));
    let finding = finding.map(|finding| {
        finding.note("nothing in the container may compile TypeScript or check types")
    });
    finding.into_iter().collect()
}

fn is_declaration(name: &[u8]) -> bool {
    ENDINGS.iter().any(|end| name.ends_with(end.as_bytes()))
}
