//! Packages that are part of others: pip and setuptools bring along what they need.
//! What comes in is the installations; what goes out is in which of them others are.
//!
//! Facts: pip's `src/pip/_vendor/README.rst` (`vendor.txt`); setuptools keeps the
//! `dist-info` of what lies in its `_vendor`.

use std::collections::{HashMap, HashSet};

use super::install::Install;
use super::needs::normal;
use super::record::lines;
use super::{Scene, VENDORED};
use crate::owner::{Category, Package};
use crate::rootfs::{NodeId, Rootfs};

/// By installation: that among whose files it is, if that is another one's. The outer
/// ones come first.
pub(super) fn hosts(fs: &Rootfs, installs: &[Install<'_>]) -> Vec<Option<usize>> {
    let by_info: HashMap<NodeId, usize> = (0..installs.len())
        .map(|no| (installs[no].info, no))
        .collect();
    let mut named: HashMap<NodeId, usize> = HashMap::new();
    let mut hosts = vec![None; installs.len()];
    for (no, install) in installs.iter().enumerate() {
        for &node in &install.listed {
            let Some(&other) = by_info.get(&fs.parent(node)) else {
                continue;
            };
            if no < other && installs[other].site != install.site {
                hosts[other] = hosts[other].or(Some(no));
            }
        }
        for &node in &install.named {
            named.entry(node).or_insert(no);
        }
    }
    for no in 0..installs.len() {
        let site = installs[no].site;
        let above = std::iter::successors(Some(site), |&at| {
            (at != NodeId::ROOT).then(|| fs.parent(at))
        });
        let by_name = above.filter_map(|folder| named.get(&folder).copied());
        let host = hosts[no].or(by_name.filter(|&host| host < no).last());
        // The outermost one has the files.
        hosts[no] = host.map(|host| hosts[host].unwrap_or(host));
    }
    hosts
}

/// Says of the packages which are inside of others, and adds those that pip only
/// lists. One that is also installed on its own is not told of twice.
pub(super) fn enter(
    scene: &Scene<'_>,
    installs: &[Install<'_>],
    hosts: &[Option<usize>],
    packages: &mut Vec<Package>,
) {
    let on_its_own = (0..installs.len()).filter(|&no| hosts[no].is_none());
    let known: HashSet<(String, String)> = on_its_own
        .map(|no| (packages[no].name.clone(), packages[no].version.clone()))
        .collect();
    let is_known = |one: &Package| known.contains(&(one.name.clone(), one.version.clone()));
    for (package, &host) in packages.iter_mut().zip(hosts) {
        if host.is_some() {
            (package.files, package.trees) = (Vec::new(), Vec::new());
            package.inside = host.filter(|_| !is_known(package));
        }
    }
    let pips: HashMap<NodeId, usize> = (0..installs.len())
        .filter(|&no| hosts[no].is_none() && normal(installs[no].name.as_bytes()) == "pip")
        .map(|no| (installs[no].site, no))
        .collect();
    for (path, file, text) in scene.kept() {
        let fs = scene.fs;
        let site = fs.parent(fs.parent(fs.parent(file)));
        let is_list = path.as_bytes().ends_with(VENDORED);
        if let (true, Some(&pip)) = (is_list, pips.get(&site)) {
            let listed = lines(text).filter_map(|line| listed(line, pip));
            packages.extend(listed.filter(|one| !is_known(one)));
        }
    }
}

/// `name==1.2`, and perhaps a remark behind it.
fn listed(line: &[u8], host: usize) -> Option<Package> {
    let line = String::from_utf8_lossy(line);
    let (name, version) = line.split_once("==")?;
    let version = version.split([' ', '#', ';']).next()?;
    let name = name.trim();
    (!name.is_empty() && !name.starts_with('#')).then(|| Package {
        name: name.to_owned(),
        version: version.to_owned(),
        category: Category::LanguagePackages,
        inside: Some(host),
        ..Package::default()
    })
}
