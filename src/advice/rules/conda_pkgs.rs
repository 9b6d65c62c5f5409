//! What conda keeps of its downloads.

use crate::advice::{Edit, Finding, Risk, Rule, Verb, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "conda-pkgs",
    summary: "packages that conda keeps for the next time",
    explain: "\
conda and mamba unpack packages to `pkgs` and link them into environments; the archives
that they downloaded stay there too. What is linked into an environment is stored once and
not counted; the rest nobody reads. One image went from 1,033 to 181 MB without it.
`conda clean -afy` in the RUN that installs removes it; micromamba and conda-pack in a
builder leave none. The next `conda install` downloads again, and it says nothing where the
command runs conda or mamba to install. Environments that were made of symbolic links
(`always_softlink`) need the folder: where one of these leads there it says nothing.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if [
        "conda install",
        "mamba install",
        "conda create",
        "conda env",
    ]
    .iter()
    .any(|command| view.runs(command))
    {
        return Vec::new();
    }
    let mut files = view.place("conda package cache");
    files.retain(|&file| {
        let links = view.fs.body_of(file).map(|id| view.fs.body(id).links);
        links == Some(1)
    });
    let is_linked_to = view.folders("site-packages").iter().any(|&site| {
        view.fs.children(site).any(|entry| {
            let target = view.fs.link_target(entry).unwrap_or_default();
            memchr::memmem::find(target, b"/pkgs/").is_some()
        })
    });
    let Some(layer) = view.layer_of(&files).filter(|_| !is_linked_to) else {
        return Vec::new();
    };
    let finding = Finding::new("conda left its package cache in the image")
        .bodies(view.bodies(files))
        .risk(Risk::Safe)
        .fix("RUN conda install … && conda clean -afy");
    let is_conda = view
        .step(layer)
        .is_some_and(|step| step.verb == Verb::Run && step.text.contains("conda"));
    vec![match is_conda {
        true => finding.edit(Edit::Append {
            layer,
            command: "conda clean -afy".to_owned(),
        }),
        false => finding,
    }]
}
