//! Advice: what could be smaller, what that risks, and what to write instead.

use super::{SMALL, Session, golden};
use crate::tui::view::ViewId;

/// A download that a later layer deletes, a history of git, a copy from another stage, and
/// a chown.
pub(super) const CASE: &str = "\
i ADD rootfs.tar /
d etc
f 5000 etc/base.bin
---
i RUN /bin/sh -c curl -o /tmp/a.tgz https://example.org/a.tgz && tar xf /tmp/a.tgz # buildkit
f 2000000 tmp/a.tgz
f 100000 opt/it's
---
i RUN /bin/sh -c rm -f /tmp/a.tgz # buildkit
w tmp/a.tgz
---
i COPY . .
x app/.git/HEAD ref: refs/heads/main
f 500000 app/.git/objects/pack/a.pack
f 10 app/main.py
f 300000 app/data.bin
f 1000 app/[x]
---
i COPY --from=build /out /srv
f 400000 srv/x
---
i RUN /bin/sh -c chown -R app:app /app/data.bin # buildkit
m 300000 app/data.bin
";

#[test]
fn findings_come_with_what_they_bring_and_what_could_break() {
    let mut session = Session::open(SMALL, (160, 48));
    session
        .keys("5")
        .says("4 findings, together 920.2 kB stored (456.0 kB download); safe alone 141.2 kB")
        .says("[ ] Python packages are")
        .says("behaviour: it changes what the program can do")
        .says("every start then takes two to four times as long")
        .says("RUN pip install --no-compile");
    session.keys("tab G").says("… and 8 more").says("py-pyc: ");
    session
        .keys("tab j")
        .says("safe: nothing reads it when the image runs")
        .says("layer-deleted-later: files that a later layer deletes");
}

#[test]
fn the_view_fits_small_and_large_screens() {
    for (width, height) in [(80, 24), (160, 48)] {
        let mut session = Session::open(SMALL, (width, height));
        let screen = session.keys("5 t").screen();
        golden(&format!("advice-{width}x{height}"), &screen);
    }
}

#[test]
fn ticks_add_up_and_no_byte_is_promised_twice() {
    let mut session = Session::case(CASE, (160, 40));
    session.keys("5").says("2.0 MB").says("[ ] layer 2 deletes");
    session
        .keys("t")
        .says("[x] layer 2 deletes")
        .says("ticked: 1, they bring 2.0 MB stored")
        .says("3.6 MB → 1.6 MB");
    session.keys("space").says_not("[x]").says_not("ticked:");
    session.keys("S").says("safe findings are ticked");
    session.keys("S").says("are ticked already");
    session.keys("3").says("if ticked:");
    session.keys("u 5").says_not("[x]").says_not("if ticked:");
}

#[test]
fn the_files_of_advice_are_shown_where_they_are() {
    let mut session = Session::case(CASE, (160, 40));
    // All of it is lost.
    session
        .keys("5 enter")
        .says("filter: (layer-deleted-later")
        .says("Lost has them")
        .says("/tmp/a.tgz");
    assert_eq!(session.app.view, ViewId::Lost);
    // The history of git is there.
    session.keys("esc 5 j enter").says("filter: (vcs-dir");
    assert_eq!(session.app.view, ViewId::Files);
}

#[test]
fn what_names_no_file_says_so() {
    let mut session = Session::open(SMALL, (160, 40));
    let at = session.app.model.as_ref().unwrap();
    let findings = &at.advice.findings;
    let no = findings
        .iter()
        .position(|one| one.finding.bodies.is_empty() && one.finding.shrink.is_empty());
    let no = no.expect("a finding without files");
    session.keys("5");
    session.app.views.advice.show(no);
    session.keys("enter").says("none can be shown");
    assert_eq!(session.app.view, ViewId::Advice);
}

#[test]
fn a_filter_of_layers_shows_what_saves_bytes_of_them() {
    let mut session = Session::case(CASE, (160, 40));
    session
        .keys("2 j t 5")
        .says("findings save bytes of layer 1: what they save there")
        .says("layer-deleted-later")
        .says_not("vcs-dir");
    session.keys("esc").says("vcs-dir");
    session
        .keys("2 g t 5")
        .says("No advice saves bytes of these layers");
}

#[test]
fn advice_can_be_sorted_found_and_copied() {
    let mut session = Session::case(CASE, (160, 40));
    session
        .keys("5 s")
        .says("sorted by download")
        .says("Download▾");
    session.keys("s").says("sorted by risk, safe first");
    session.keys("s").says("sorted by layer");
    session.keys("s").says("sorted by stored");
    session.keys("/ 'vcs enter y").says("copied: ");
    assert_eq!(session.clipboard, [".dockerignore: .git"]);
    session.keys("w").says("Layer 3 of 6");
    assert_eq!(session.app.view, ViewId::Layers);
}
