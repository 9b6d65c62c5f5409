//! The export: what is ticked, as lines for a build, as commands, as a diff, as JSON.

use std::fs;
use std::sync::Arc;

use serde_json::Value;

use super::advice::CASE;
use super::{Session, golden};
use crate::tui::model::Model;

/// Everything safe, a file that a RUN wrote, and one of another stage.
fn ticked(size: (u16, u16)) -> Session {
    let mut session = Session::case(CASE, size);
    session.keys("S");
    for path in ["opt/it's", "srv/x", "app/[x]", "etc"] {
        let model = session.app.model.as_ref().unwrap();
        let node = model.fs().find(path).unwrap();
        session.app.ticks.nodes.insert(node);
    }
    session
}

#[test]
fn nothing_is_written_down_where_nothing_is_ticked() {
    let mut session = Session::case(CASE, (120, 30));
    session.keys("e").says("nothing is ticked");
}

#[test]
fn the_window_fits_small_and_large_screens() {
    for (width, height) in [(80, 24), (160, 48)] {
        let mut session = ticked((width, height));
        let screen = session.keys("e j").screen();
        golden(&format!("export-{width}x{height}"), &screen);
    }
}

#[test]
fn what_came_with_the_context_is_a_line_of_dockerignore() {
    let mut session = ticked((160, 40));
    session
        .keys("e")
        .says("> 1 imgsize.dockerignore")
        .says("/etc/ of layer 0: an ADD unpacked it from an archive")
        .says("/srv/x of layer 4: it seems to be copied from another stage")
        .says("/app/[x] of layer 3: its name means something else");
    session.keys("y");
    assert_eq!(session.clipboard, [".git\n"]);
    session.keys("e").says_not("imgsize.dockerignore");
}

#[test]
fn a_copy_of_another_stage_is_no_line_of_dockerignore() {
    let text = "i COPY /out /srv # buildkit\nf 100 srv/y\n---\ni COPY out /lib\nf 100 lib/z\n";
    let mut session = Session::case(text, (160, 40));
    for path in ["srv/y", "lib/z"] {
        let node = session.app.model.as_ref().unwrap().fs().find(path);
        session.app.ticks.nodes.insert(node.unwrap());
    }
    session
        .keys("e y")
        .says("/srv/y of layer 0: it seems to be copied from another stage");
    assert_eq!(session.clipboard, ["out/z\n"]);
}

#[test]
fn a_clean_up_stands_under_the_layer_that_has_to_run_it() {
    let mut session = ticked((160, 40));
    session.keys("e 2 y");
    let text = session.clipboard.concat();
    let part = "\n# Layer 1, at the end of this RUN: RUN /bin/sh -c curl -o /tmp/a.tgz https://example.org/a.tgz && tar xf /tmp/a.tgz # buildkit\n\
        rm -f /tmp/a.tgz\n\
        rm -rf -- '/opt/it'\\''s'\n";
    assert!(text.contains(part), "{text}");
    assert!(!text.contains("srv"), "{text}");
    session.says("/srv/x of layer 4: it seems to be copied");
}

#[test]
fn without_a_dockerfile_the_fixes_are_told_in_words() {
    let mut session = ticked((160, 40));
    session
        .keys("e 3")
        .says("with --dockerfile FILE this is a diff")
        .says("# layer-deleted-later (safe): layer 2 deletes a file");
    session.keys("enter").says("imgsize-fixes.txt");
}

#[test]
fn with_a_dockerfile_they_are_a_diff() {
    let mut session = ticked((160, 40));
    let file = "FROM scratch\n\
        ADD rootfs.tar /\n\
        RUN curl -o /tmp/a.tgz https://example.org/a.tgz && tar xf /tmp/a.tgz\n\
        RUN rm -f /tmp/a.tgz\n\
        COPY . .\n\
        COPY --from=build /out /srv\n\
        RUN chown -R app:app /app/data.bin\n";
    let dockerfile = imgsize::dockerfile::Dockerfile::parse(file).unwrap();
    let tie: crate::tui::Tie = Arc::new(move |report, info| {
        let tied = dockerfile.tie(info, 0, None);
        let tied = tied.map_err(|error| error.to_string())?;
        report.tie(&tied, "Dockerfile", "", |_| true);
        Ok(())
    });
    session.with_model(|model: Model| model.tied(Some(tie)));
    session.keys("5 g").says("1, line 3 of the Dockerfile");
    session.keys("e 3 y").says("imgsize.patch");
    let text = session.clipboard.concat();
    assert!(text.contains("\n-RUN rm -f /tmp/a.tgz\n"), "{text}");
    assert!(text.contains("rm -rf -- '/opt/it'\\''s'"), "{text}");
}

#[test]
fn a_program_can_read_what_is_ticked() {
    let mut session = ticked((160, 40));
    session.keys("e 4 y");
    let value: Value = serde_json::from_str(&session.clipboard.concat()).unwrap();
    assert_eq!(value["schema"], 1);
    let paths: Vec<&str> = value["ticked"]["paths"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(paths.contains(&"/srv/x"), "{paths:?}");
    let stored = session.app.model.as_ref().unwrap().report.totals.stored.0;
    let number = |value: &Value| value["stored"].as_u64().unwrap();
    assert!(number(&value["saves"]) > 2_000_000);
    assert_eq!(
        number(&value["saves"]) + number(&value["projected"]),
        stored
    );
}

#[test]
fn a_file_is_written_once_and_never_over_another() {
    let mut session = ticked((120, 30));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ignore");
    let path = file.to_str().unwrap();
    session.keys("e enter").says("imgsize.dockerignore");
    session
        .keys(&format!("ctrl-u '{path} enter"))
        .says("written: ");
    assert_eq!(fs::read_to_string(&file).unwrap(), ".git\n");
    session
        .keys(&format!("e 2 enter ctrl-u '{path} enter"))
        .says("is there already, and stays as it is");
    assert_eq!(fs::read_to_string(&file).unwrap(), ".git\n");
    session
        .keys(&format!("ctrl-u '{path}/x/y enter"))
        .says("cannot be written");
    session
        .keys(&format!("ctrl-u '{}/none/y enter", folder.path().display()))
        .says("is not there");
    session.keys("ctrl-u enter").says("name a file");
}

#[test]
fn the_window_is_moved_through_by_keys() {
    let mut session = ticked((80, 24));
    session.keys("e").says("> 1 ");
    session.keys("j j j j").says("> 4 ").says("lines 1 to");
    session.keys("k").says("> 3 ");
    session.keys("4 G").says_not("lines 1 to");
    session.keys("g").says("lines 1 to");
    session.keys("pagedown").says_not("lines 1 to");
    session.keys("esc").says_not("> 4 ");
}
