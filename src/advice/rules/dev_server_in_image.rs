//! A server for developers as what the image runs.

use crate::advice::{Confidence, Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "dev-server-in-image",
    summary: "the image starts a server that is made for development",
    explain: "\
A server that watches files and reloads, or compiles when it is asked, needs the tools of
development in the image, starts slowly, and may show its insides to strangers. Start the
program as it is made for use: `next build` and `next start`, gunicorn or uvicorn without
`--reload`, `node dist/main.js` in place of ts-node. No bytes are promised here: other rules
tell what can go once the tools are not needed. An image for development is right as it is.
It reads entrypoint and command and the shell scripts that they name, no package.json.",
    check,
};

const SERVERS: &[&str] = &[
    "--reload",
    "nodemon",
    "next dev",
    "nuxt dev",
    "vite dev",
    "ng serve",
    "webpack-dev-server",
    "webpack serve",
    "manage.py runserver",
    "flask run --debug",
    "ts-node",
    "ts-node-dev",
    "npm run dev",
    "yarn dev",
    "pnpm dev",
    "bun dev",
    "rails server -e development",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_node = view.env("NODE_ENV") == Some("development");
    let is_flask =
        view.env("FLASK_DEBUG") == Some("1") || view.env("FLASK_ENV") == Some("development");
    let told = SERVERS.iter().find(|server| view.runs(server)).copied();
    let told = told
        .or(is_node.then_some("NODE_ENV=development"))
        .or(is_flask.then_some("FLASK_DEBUG=1"));
    let Some(told) = told else {
        return Vec::new();
    };
    vec![
        Finding::new(format!("the image runs a server for development: {told}"))
            .risk(Risk::Behaviour)
            .confidence(Confidence::Medium)
            .fix("CMD […]   # what the program is started by in use"),
    ]
}
