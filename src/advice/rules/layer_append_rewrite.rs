//! Databases and logs that a later layer writes on.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::{BodyId, Cause};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "layer-append-rewrite",
    summary: "databases and logs that are stored anew for each thing written to them",
    explain: "\
A layer holds whole files: one byte that is written to a file of 20 MB stores 20 MB again.
The database of rpm is such a file: each RUN that installs a package stores all of it. Do
all that writes to the file in one RUN, or do not write to it in a build. The final
filesystem stays the same. Such files are told by name (rpm's database, *.sqlite, *.db,
*.log): contents are not compared, so a database that was made anew counts too. Below 1 MB
in a pair of layers it says nothing, and what the base image stored is not counted.",
    check,
};

const SMALLEST: Bytes = Bytes(1_000_000);
const RPM: [&str; 3] = ["var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"];

/// Was a content replaced by another one that is no smaller, in a file that programs
/// write on?
pub(super) fn grows(view: &View<'_>, id: BodyId) -> bool {
    let body = view.fs.body(id);
    let name = view.fs.name(body.node);
    let endings: [&[u8]; 4] = [b".sqlite", b".sqlite3", b".db", b".log"];
    let successor = body.lost.and_then(|loss| loss.successor);
    let is_larger = successor.is_some_and(|next| view.fs.body(next).size >= body.size);
    is_larger
        && (endings.iter().any(|ending| name.ends_with(ending)) || {
            name == b"Packages" && RPM.iter().any(|at| view.path(body.node).starts_with(at))
        })
}

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for ((first, again), mut bodies) in view.losses(Cause::Overwritten) {
        bodies.retain(|&id| grows(view, id));
        if view.size_of(&bodies) < SMALLEST {
            continue;
        }
        let title = format!(
            "layer {again} writes to a database or log and stores it again: {}",
            view.place_of(&bodies)
        );
        let is_rpm = bodies.iter().any(|&id| {
            let path = view.path(view.fs.body(id).node);
            RPM.iter().any(|at| path.starts_with(at))
        });
        let fix = match is_rpm {
            true => format!("install all packages in one RUN: layers {first} and {again} both do"),
            false => format!("write the file in one RUN: layers {first} and {again} both do"),
        };
        let finding = Finding::new(title).bodies(bodies).risk(Risk::Safe);
        found.push(finding.at(again).fix(fix));
    }
    found
}
