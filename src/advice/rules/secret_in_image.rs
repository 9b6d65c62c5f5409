//! Secrets that anybody who has the image can read.

use std::collections::BTreeSet;

use crate::advice::{Confidence, Finding, Risk, Rule, Step, View};
use crate::owner::{Category, OwnerId};
use crate::path::brief;
use crate::rootfs::{Body, BodyId, LayerNo};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "secret-in-image",
    summary: "keys, passwords and tokens in layers, in the environment or in the history",
    explain: "\
Whoever can pull an image can read every layer of it, those that a later one hides too, and
its environment and history. A secret belongs into the container at run time, and into a
build by `RUN --mount=type=secret`. A secret that was in a published image is known: replace
it, then remove it. Values are never printed here, and contents are not read: files are
told by their names (.env, id_rsa, .netrc, .npmrc, cloud credentials, private keys), so one
of them may hold nothing secret; variables by their names and values that are no path and
no placeholder. What packages or the base image bring is left alone. It cannot see secrets
in files with other names, nor in code. hadolint calls a part of this DL3064.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let found = [files(view), environment(view), history(view)];
    found.into_iter().flatten().collect()
}

/// What a file that is called so holds; `None` of most.
fn kind(view: &View<'_>, body: &Body) -> Option<(&'static str, Confidence)> {
    let name = view.fs.name(body.node);
    // The cheap question first: it is asked of every file.
    let is_suspect = name.starts_with(b".")
        || [b"id_".as_slice(), b"config", b"cred", b"kube", b"appl"]
            .iter()
            .any(|start| name.starts_with(start))
        || [
            b".pem".as_slice(),
            b".key",
            b".p12",
            b".pfx",
            b".jks",
            b"key.json",
        ]
        .iter()
        .any(|end| name.ends_with(end));
    if !is_suspect || body.size.0 == 0 {
        return None;
    }
    let name = str::from_utf8(name).ok()?;
    let folder = view.fs.name(view.fs.parent(body.node));
    match name {
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" => Some(("SSH key", Confidence::High)),
        ".netrc" | ".pypirc" | ".git-credentials" | ".pgpass" | ".vault-token" => {
            Some(("password file", Confidence::High))
        }
        "application_default_credentials.json" => Some(("cloud credentials", Confidence::High)),
        "credentials" if folder == b".aws" => Some(("cloud credentials", Confidence::High)),
        "config.json" if folder == b".docker" => Some(("registry login", Confidence::Medium)),
        "config" if folder == b".kube" => Some(("cluster login", Confidence::High)),
        "kubeconfig" => Some(("cluster login", Confidence::High)),
        ".dockercfg" => Some(("registry login", Confidence::Medium)),
        ".npmrc" | ".yarnrc.yml" => Some(("registry settings", Confidence::Low)),
        _ if is_env_file(name) => Some(("environment file", Confidence::Medium)),
        _ if is_key(name) => Some(("private key", Confidence::Medium)),
        _ => None,
    }
}

/// `.env` and `.env.production`, but no template.
fn is_env_file(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(".env") else {
        return false;
    };
    let templates = [
        "example", "sample", "template", "dist", "defaults", "schema", "test",
    ];
    let is_template = rest
        .split(['.', '-', '_'])
        .any(|part| templates.contains(&part));
    (rest.is_empty() || rest.starts_with('.')) && !is_template && rest != ".d.ts"
}

/// A name by which private keys are called. A `.pem` by itself is mostly a certificate.
fn is_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_public = name.contains("pub") || name.contains("example") || name.contains("test");
    let is_private = || {
        name.ends_with(".key")
            || name.ends_with(".p12")
            || name.ends_with(".pfx")
            || ["privkey.pem", "private.pem", "key.pem", "private_key.pem"]
                .iter()
                .any(|end| name.ends_with(end))
            || name.ends_with("service-account-key.json")
    };
    !is_public && is_private()
}

fn files(view: &View<'_>) -> Option<Finding> {
    let mut bodies: Vec<BodyId> = Vec::new();
    let mut kinds = BTreeSet::new();
    let mut sure = Confidence::Low;
    let mut lost = BTreeSet::new();
    let mut said = Vec::new();
    for (id, body) in view.fs.bodies() {
        if body.layer < view.base {
            continue;
        }
        let Some((kind, confidence)) = kind(view, body) else {
            continue;
        };
        if is_packaged(view, id, body) {
            continue;
        }
        sure = sure.min(confidence);
        kinds.insert(kind);
        if let Some(loss) = body.lost {
            lost.insert((body.layer, loss.layer));
        }
        said.push(format!("{} (layer {})", view.shown(body.node), body.layer));
        bodies.push(id);
    }
    let first = said.first()?;
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
    let more = match said.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut finding = Finding::new(format!(
        "files that may hold secrets ({kinds}): {first}{more}"
    ))
    .bodies(bodies)
    .risk(Risk::Check)
    .confidence(sure)
    .note("see whether the program reads them at run time: it then needs them from outside")
    .always();
    for (writer, deleter) in lost.into_iter().take(3) {
        finding = finding.note(format!(
            "layer {deleter} hides what layer {writer} stores: it can be read all the same"
        ));
    }
    Some(finding.fix(
        "RUN --mount=type=secret,id=…,target=… …   # in a build; at run time a mounted file or \
         a variable; names in .dockerignore",
    ))
}

/// Did a package bring it, or is it in a folder of packages or of public certificates?
fn is_packaged(view: &View<'_>, id: BodyId, body: &Body) -> bool {
    let attribution = &view.image.attribution;
    let owner = attribution.of(id);
    let category = attribution.owner(owner).category;
    let is_package = owner != OwnerId::UNATTRIBUTED
        && matches!(
            category,
            Category::SystemPackages | Category::LanguageRuntime | Category::LanguagePackages
        );
    let folders = [
        "certs",
        "ca-certificates",
        "tests",
        "test",
        "testdata",
        "fixtures",
        "examples",
    ];
    is_package
        || view.is_in_packages(body.node)
        || folders.iter().any(|folder| view.is_in(body.node, folder))
}

/// Does a variable of this name hold a secret, if it holds something?
fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let ends = [
        "_KEY",
        "_TOKEN",
        "_SECRET",
        "_PASSWORD",
        "_PASSWD",
        "_CREDENTIALS",
        "_PAT",
    ];
    let whole = ["PASSWORD", "TOKEN", "SECRET", "API_KEY", "APIKEY"];
    // Public ones: GPG_KEY is a fingerprint in the images of Python.
    let public = [
        "GPG_KEY",
        "PUBLIC",
        "CACHE_KEY",
        "SSH_KNOWN",
        "PRIMARY_KEY",
        "SORT_KEY",
    ];
    let is_public = public.iter().any(|part| name.contains(part));
    let has = name.contains("SECRET") || name.contains("PASSWORD");
    !is_public
        && !name.ends_with("_FILE")
        && !name.ends_with("_PATH")
        && !name.ends_with("_NAME")
        && !name.ends_with("_ID")
        && (has || ends.iter().any(|end| name.ends_with(end)) || whole.contains(&&*name))
}

/// Is it a value by itself: no path, no reference, no placeholder?
fn is_literal(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    let fillers = [
        "",
        "true",
        "false",
        "0",
        "1",
        "yes",
        "no",
        "none",
        "null",
        "changeme",
        "change-me",
        "change_me",
        "dummy",
        "placeholder",
        "example",
        "secret",
        "password",
        "test",
        "xxx",
        "todo",
        "unset",
        "build",
        "fake",
        "notset",
        "default",
    ];
    let starts = [
        "dummy",
        "placeholder",
        "changeme",
        "your",
        "fake",
        "build-time",
        "example",
        "<",
        "http://",
        "https://",
    ];
    !value.starts_with(['/', '$', '.', '{'])
        && !fillers.contains(&&*lower)
        && !starts.iter().any(|start| lower.starts_with(start))
}

/// The instructions on top of the base, those without a layer too.
fn instructions<'v>(view: &'v View<'_>) -> Vec<(LayerNo, &'v str)> {
    let info = &view.image.info;
    let mut found = Vec::new();
    let mut layer: LayerNo = 0;
    for step in &info.steps {
        // The base's own end with its last layer, as far as the history tells.
        if layer >= view.base {
            found.push((layer, &*step.created_by));
        }
        layer = layer.saturating_add(LayerNo::from(step.has_layer));
    }
    if info.steps.is_empty() {
        let layers = info.layers.iter().enumerate().skip(usize::from(view.base));
        found.extend(
            layers.filter_map(|(no, layer)| Some((no as LayerNo, layer.created_by.as_deref()?))),
        );
    }
    found
}

fn environment(view: &View<'_>) -> Option<Finding> {
    let info = &view.image.info;
    let set: Vec<(LayerNo, &str)> = instructions(view);
    let is_own = |name: &str| {
        let is_set = |text: &str| {
            let text = text.split_once("#(nop)").map_or(text, |(_, rest)| rest);
            text.trim_start().starts_with("ENV ") && text.contains(name)
        };
        info.steps.is_empty() || set.iter().any(|(_, text)| is_set(text))
    };
    let variables = info
        .config
        .env
        .iter()
        .filter_map(|line| line.split_once('='));
    let mut names: Vec<String> = variables
        .filter(|(name, value)| is_secret_name(name) && is_literal(value) && is_own(name))
        .map(|(name, _)| brief(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let title = format!(
        "the environment of the image holds what may be secrets: {}",
        some(&names)
    );
    let finding = Finding::new(title)
        .risk(Risk::Check)
        .confidence(Confidence::Medium)
        .note("see that whoever starts the container gives the value");
    Some(
        finding
            .always()
            .fix("no ENV for secrets: docker run --env-file …, or a secret of the platform"),
    )
}

fn history(view: &View<'_>) -> Option<Finding> {
    let mut names = BTreeSet::new();
    let mut at = None;
    for (layer, text) in instructions(view) {
        let told = secrets_told(text);
        if !told.is_empty() && layer < view.fs.layers().len() as LayerNo {
            at = at.or(Some(layer));
        }
        names.extend(told);
    }
    if names.is_empty() {
        return None;
    }
    let names: Vec<String> = names.into_iter().collect();
    let title = format!(
        "the history of the image tells what may be secrets: {}",
        some(&names)
    );
    let mut finding = Finding::new(title)
        .risk(Risk::Check)
        .confidence(Confidence::Medium)
        .note("`docker history` shows build arguments and commands to everybody")
        .always()
        .fix("RUN --mount=type=secret,id=token,env=TOKEN …   # in place of ARG");
    finding.at = at;
    Some(finding)
}

/// Names of secrets whose values an instruction tells.
fn secrets_told(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let body = text.strip_prefix("RUN ").unwrap_or(text);
    if let Some(arguments) = body.strip_prefix('|') {
        let end = arguments.find("/bin/").unwrap_or(arguments.len());
        for word in arguments[..end].split_whitespace() {
            if let Some((name, value)) = word.split_once('=')
                && is_secret_name(name)
                && is_literal(value)
            {
                names.push(brief(name));
            }
        }
    }
    if let Some((name, value)) = body
        .trim_start()
        .strip_prefix("ARG ")
        .and_then(|arg| arg.split_once('='))
        && is_secret_name(name)
        && is_literal(value)
    {
        names.push(brief(name));
    }
    if Step::read(text).verb == crate::advice::Verb::Run && has_login(text) {
        names.push("a login in an address".to_owned());
    }
    names
}

/// `https://user:password@host`, with a password that is no variable.
fn has_login(text: &str) -> bool {
    let after = text.split("://").skip(1);
    let mut hosts = after.filter_map(|rest| rest.split(['/', ' ', '"', '\'']).next());
    hosts.any(|host| {
        let login = host
            .rsplit_once('@')
            .and_then(|(login, _)| login.split_once(':'));
        login.is_some_and(|(_, password)| !password.is_empty() && is_literal(password))
    })
}

/// A few names, for a person.
fn some(names: &[String]) -> String {
    let few = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    match names.len() > 5 {
        true => format!("{few} and {} more", names.len() - 5),
        false => few,
    }
}
