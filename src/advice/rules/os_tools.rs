//! Tools for people, in an image that nobody sits in.

use crate::advice::{Ask, Finding, Risk, Rule, View, files_of, is_one_of, some};
use crate::owner::{Asked, OwnerId};
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-tools",
    summary: "editors, shells' tools and clients that nothing in the image runs",
    explain: "\
Editors, pagers, clients and tracers are handy in a container, and are there for hands
alone: vim with what it needs is 42 MB, git 60, gnupg 20, openssh-client 15, curl 12. Leave
them out, and debug with `docker debug` or an image of tools beside the container. Counted
are tools that were installed by name, with what only they require or recommend; not those that the
command, the health check or a script of the app runs, nor git where Python loads it. A
program that calls one of them by itself the rule cannot see; so check your code.",
    check,
};

const TOOLS: &[&str] = &[
    "vim",
    "vim-*",
    "nano",
    "emacs*",
    "less",
    "git",
    "openssh-client",
    "gnupg",
    "gnupg2",
    "gpg",
    "wget",
    "curl",
    "procps",
    "netcat*",
    "net-tools",
    "iputils-*",
    "iproute2",
    "dnsutils",
    "bind9-dnsutils",
    "bind-tools",
    "bind-utils",
    "strace",
    "ltrace",
    "gdb",
    "sudo",
    "tmux",
    "screen",
    "htop",
    "man-db",
    "telnet",
    "tree",
    "lsof",
    "tcpdump",
    "zip",
    "unzip",
    "vim-enhanced",
    "vim-minimal",
    "procps-ng",
    "git-core",
    "openssh-clients",
    "software-properties-common",
    "apt-transport-https",
    "lsb-release",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    if view.is_for_shells() || view.is_for_developers() {
        return None;
    }
    let uses_git = ["git", "gitpython", "dulwich"]
        .iter()
        .any(|name| view.imports(name))
        || view.package("pip", "gitpython").is_some();
    let added = view.added_packages().into_iter();
    let tools = added.filter(|(_, owner)| {
        owner.asked == Asked::ByName
            && is_one_of(&owner.name, TOOLS)
            && !(uses_git && owner.name.starts_with("git"))
            && !view.runs(&owner.name)
    });
    let tools: Vec<OwnerId> = tools.map(|(id, _)| id).collect();
    let mut goes = view.came_with(&tools);
    goes.extend(&tools);
    let removal = view.removal(&Ask {
        packages: &goes,
        ..Ask::default()
    });
    let owner = |id: &OwnerId| view.image.attribution.owner(*id);
    let mut named: Vec<OwnerId> = removal
        .goes
        .iter()
        .filter(|id| tools.contains(id))
        .copied()
        .collect();
    named.sort_by_key(|id| (std::cmp::Reverse(owner(id).live), owner(id).name.clone()));
    let files = files_of(view, &removal.goes);
    if named.is_empty() || files.is_empty() {
        return None;
    }
    let names: Vec<String> = named.iter().map(|id| brief(&owner(id).name)).collect();
    Some(
        Finding::new(format!(
            "tools that nothing in the image runs: {}",
            some(names.clone())
        ))
        .bodies(view.stored_by(&removal.goes))
        .risk(Risk::Check)
        .note("no program of yours may call one of them, nor a later step of the build")
        .fix(format!("install without: {}", names.join(" "))),
    )
}
