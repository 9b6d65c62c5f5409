//! An image that runs as root.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "root-user",
    summary: "the program runs as root",
    explain: "\
Nothing in the configuration says who runs the program, so root does: who breaks into it
may change all files of the container. Name a user: `USER app`, or a number. The program
must be able to read its files, to write where it writes, and need no port below 1024; a
chown in a RUN of its own would store the files again (layer-metadata-rewrite). It costs no
bytes. nginx and Apache start as root by design and give their workers another user: a USER
alone breaks the official images, as it may neither listen on port 80 nor write its pid and
cache. Take nginxinc/nginx-unprivileged, or another port and folders of the user's. Where
the entrypoint gives root up (gosu, su-exec, setpriv), as those of the official images of
databases do, nothing is said; what the orchestrator sets it cannot see. hadolint calls
this DL3002.",
    check,
};

/// What gives root up before the program starts.
const DROPS: [&str; 8] = [
    "gosu",
    "su-exec",
    "setpriv",
    "s6-setuidgid",
    "chpst",
    "runuser",
    "sudo",
    "setuidgid",
];

/// Servers whose official images have a `docker-entrypoint.sh` that gives root up.
const DATABASES: [&str; 9] = [
    "postgres",
    "redis-server",
    "valkey-server",
    "mysqld",
    "mariadbd",
    "mongod",
    "memcached",
    "rabbitmq-server",
    "cassandra",
];

/// Servers that start as root and give their workers another user: how they are run, and
/// what to do about it.
const MASTERS: [(&[&str], &str, &str); 2] = [
    (
        &["nginx"],
        "nginx starts as root by design, and gives its workers the user of its configuration",
        "FROM nginxinc/nginx-unprivileged   # in place of nginx; it listens on 8080",
    ),
    (
        &[
            "httpd",
            "httpd-foreground",
            "apache2",
            "apache2-foreground",
            "apache2ctl",
        ],
        "Apache starts as root by design, and gives its workers the user of its configuration",
        "Listen 8080   # in Apache's configuration, before any USER",
    ),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let config = &view.image.info.config;
    let user = config.user.split(':').next().unwrap_or_default();
    let runs_something = !config.cmd.is_empty() || !config.entrypoint.is_empty();
    let is_root = matches!(user, "" | "0" | "root");
    if !is_root || !runs_something || view.is_for_shells() || gives_up(view) {
        return Vec::new();
    }
    let finding = Finding::new("the program runs as root");
    let master = MASTERS
        .iter()
        .find(|(programs, ..)| view.runs_any(programs));
    vec![match master {
        Some((_, why, fix)) => finding
            .risk(Risk::Behaviour)
            .note(*why)
            .note("a USER alone breaks it: it needs a port over 1024, and a pid file and caches that the user may write")
            .fix(*fix),
        None => finding
            .risk(Risk::Check)
            .note("see that the program can read and write what it needs")
            .fix(match view.is_musl() {
                true => "USER app   # after RUN adduser -D app",
                false => "USER app   # after RUN useradd --no-log-init app",
            }),
    }]
}

/// Does the entrypoint give root up: by a tool that it names, or as that of an official
/// image, which is not always there to be read?
fn gives_up(view: &View<'_>) -> bool {
    let config = &view.image.info.config;
    let is_started = |programs: &[&str]| {
        let mut words = config.entrypoint.iter().chain(&config.cmd);
        words.any(|word| programs.contains(&word.rsplit('/').next().unwrap_or_default()))
    };
    let official = || is_started(&["docker-entrypoint.sh"]) && is_started(&DATABASES);
    view.runs_any(&DROPS) || official()
}
