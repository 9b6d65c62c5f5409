//! What a build of .NET leaves beside its assemblies.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "dotnet-publish-junk",
    summary: "symbols and documentation beside assemblies of .NET",
    explain: "\
`dotnet publish` copies symbols (*.pdb) beside assemblies, and packages their documentation
(*.xml); NuGet keeps what it downloaded below ~/.nuget. No program needs them to run:
without symbols stack traces name no lines. Publish with /p:DebugType=None and
/p:GenerateDocumentationFile=false. Counted are files that have an assembly of their name
beside them. Swagger reads the *.xml of your own assembly, if it was told to; that the rule
cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["msbuild", "vsdbg"]) || view.is_for_shells() {
        return Vec::new();
    }
    let mut files = view.place("NuGet cache");
    for &file in view
        .with_ending("pdb")
        .iter()
        .chain(view.with_ending("xml"))
    {
        let name = String::from_utf8_lossy(view.fs.name(file));
        let Some((stem, _)) = name.rsplit_once('.') else {
            continue;
        };
        let folder = view.fs.parent(file);
        if view
            .fs
            .child(folder, format!("{stem}.dll").as_bytes())
            .is_some()
        {
            files.push(file);
        }
    }
    let Some(finding) = view.out_of_place(
        "symbols, documentation or packages of .NET are in the image",
        files,
    ) else {
        return Vec::new();
    };
    let fix = "RUN dotnet publish -c Release /p:DebugType=None /p:GenerateDocumentationFile=false";
    let note = "Swagger may read the *.xml of your own assembly; stack traces lose their lines";
    vec![finding.risk(Risk::Check).fix(fix).note(note)]
}
