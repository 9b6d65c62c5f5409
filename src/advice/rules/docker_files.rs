//! Files of the build and of the deployment, inside the image.

use super::editor_os_junk::is_authors;
use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "docker-files",
    summary: "Dockerfiles, compose files and CI settings inside the image",
    explain: "\
Dockerfile, docker-compose.yml, .dockerignore, .gitlab-ci.yml, Jenkinsfile and .github are
for who builds and deploys. They weigh little, but they tell how, and a change of one of
them makes a new layer of the app. List them in .dockerignore: a build reads the Dockerfile
all the same. Folders of deployments (k8s, helm, terraform) are left alone, as a program may
read them. It cannot see a program that does so with the others.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let folders = [".github", ".circleci", ".gitlab"];
    let folders = folders.iter().flat_map(|name| view.outermost(name));
    let files = view.named(|name| {
        let is_compose = [b"docker-compose".as_slice(), b"compose."]
            .iter()
            .any(|start| name.starts_with(start))
            && (name.ends_with(b".yml") || name.ends_with(b".yaml"));
        matches!(
            name,
            b"Dockerfile"
                | b"Containerfile"
                | b".dockerignore"
                | b".gitlab-ci.yml"
                | b"Jenkinsfile"
        ) || name.starts_with(b"Dockerfile.")
            || is_compose
    });
    let mut all: Vec<NodeId> = folders.chain(files).collect();
    all.retain(|&node| {
        let name = String::from_utf8_lossy(view.fs.name(node));
        is_authors(view, node) && !view.is_named(&name)
    });
    all.sort_unstable();
    let bodies = view.bodies(all.iter().flat_map(|&node| view.below(node)));
    if view.size_of(&bodies) == Bytes::ZERO {
        return Vec::new();
    }
    let title = format!(
        "{} files or folders of builds and deployments are in the image",
        all.len()
    );
    vec![Finding::new(title).left_out(view, &all).risk(Risk::Safe)]
}
