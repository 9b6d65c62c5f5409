//! A worker of gunicorn that cannot serve the app.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-worker-mismatch",
    summary: "gunicorn with a worker that cannot serve an ASGI app",
    explain: "\
FastAPI, Starlette and Litestar are ASGI apps. gunicorn's workers gevent, eventlet, gthread
and sync speak WSGI only: they start, and fail at the first request. Either the command is
wrong, and gunicorn needs `-k uvicorn.workers.UvicornWorker`, or it is never used. gevent
with what it requires is 14 MB that then serve nothing. It looks at the command and the
scripts that it names, and at the app's imports; an app that wraps ASGI as WSGI (a2wsgi)
is left out. Whether a setting in a file of Python chooses another worker it cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let workers = ["gevent", "eventlet", "gthread", "sync"];
    let text: Vec<&str> = view.command().split_whitespace().collect();
    let given = |flag: &str| {
        let at = text.iter().position(|word| *word == flag)?;
        text.get(at + 1).copied()
    };
    let joined = || {
        let mut words = text.iter();
        words.find_map(|word| word.strip_prefix("--worker-class="))
    };
    let worker = given("-k")
        .or_else(|| given("--worker-class"))
        .or_else(joined);
    let Some(worker) = worker.filter(|worker| workers.contains(worker)) else {
        return Vec::new();
    };
    let is_asgi = ["fastapi", "starlette", "litestar"]
        .iter()
        .any(|name| view.imports(name));
    let serves_both = ["flask", "django", "a2wsgi", "asgiref"]
        .iter()
        .any(|name| view.imports(name));
    if !view.runs("gunicorn") || !is_asgi || serves_both {
        return Vec::new();
    }
    vec![
        Finding::new(format!(
            "gunicorn's worker {worker} cannot serve an ASGI app"
        ))
        .risk(Risk::Behaviour)
        .note("requests fail with this worker")
        .fix("CMD [\"gunicorn\", \"-k\", \"uvicorn.workers.UvicornWorker\", …]")
        .always(),
    ]
}
