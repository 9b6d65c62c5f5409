//! The SDK of .NET, where programs only run.

use crate::advice::{Finding, Risk, Rule, View, has_word};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "dotnet-sdk",
    summary: "the SDK of .NET where only its run time is used",
    explain: "\
The SDK of .NET has compilers, templates and targets: hundreds of MB beside a run time of
217 MB with ASP.NET, and 103 to 111 MB in its smallest images. `dotnet app.dll` reads none
of it. Publish in the SDK's image, run in aspnet or runtime. Bytes are counted where the SDK
was installed on top of the base; of a base image's SDK they are an estimate. It is silent
where the command builds or runs a project. It cannot see a program that compiles by itself.",
    check,
};

const FOLDERS: [&str; 6] = [
    "usr/share/dotnet/sdk",
    "usr/share/dotnet/sdk-manifests",
    "usr/share/dotnet/templates",
    "usr/lib/dotnet/sdk",
    "usr/lib/dotnet/sdk-manifests",
    "usr/lib/dotnet/templates",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let command = view.command();
    let works = [
        "dotnet run",
        "dotnet watch",
        "dotnet build",
        "dotnet test",
        "dotnet ef",
        "dotnet publish",
    ];
    if !command.contains(".dll") || works.iter().any(|words| has_word(command, words)) {
        return None;
    }
    let title = "the SDK of .NET is installed where programs only run";
    let fix = "FROM mcr.microsoft.com/dotnet/sdk:… AS build\nRUN dotnet publish -c Release -o /out\n\n\
               FROM mcr.microsoft.com/dotnet/aspnet:…\nCOPY --from=build /out /app";
    let note = "no program may compile C# or run MSBuild";
    let added = view.out_of_place(title, view.at(FOLDERS));
    if let Some(finding) = added {
        return Some(finding.risk(Risk::Check).note(note).fix(fix));
    }
    let folders = FOLDERS.iter().filter_map(|path| view.fs.find(path));
    let (mut stored, mut download) = (Bytes::ZERO, Bytes::ZERO);
    for (_, body) in folders.flat_map(|folder| view.fs.files(folder)) {
        stored += body.size;
        download += body.transfer;
    }
    (stored > Bytes::ZERO).then(|| {
        Finding::new(title)
            .estimate(stored, download)
            .at(view.base)
            .risk(Risk::Check)
            .note(note)
            .fix(fix)
    })
}
