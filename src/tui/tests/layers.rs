//! Layers: which there are, what made them, and what each of them stores.

use super::{SMALL, Session};

#[test]
fn every_layer_is_there_with_what_made_it() {
    let mut session = Session::open(SMALL, (160, 30));
    session
        .keys("2")
        .says("RUN chown -R 1000:1000 /app")
        .says("base COPY debian-root");
    session
        .keys("j")
        .says("Layer 1 of 5")
        .says("lost     80.6 kB");
}

#[test]
fn a_layer_or_a_range_of_them_filters_everything_else() {
    let mut session = Session::open(SMALL, (120, 30));
    session
        .keys("2 j t")
        .says("filter: layer:1")
        .says("604.4 kB");
    session.keys("j j r").says("filter: layer:1-3");
    session.keys("esc").says_not("filter:");
    session.keys("t t").says_not("filter:");
}

#[test]
fn layers_can_be_sorted_and_stay_named() {
    let mut session = Session::open(SMALL, (120, 30));
    session.keys("2 s").says("sorted by stored").says("Stored▾");
    session.keys("s s s").says("sorted by order in the image");
}

#[test]
fn the_layers_look_like_this() {
    for (size, name) in [((80, 24), "layers-80x24"), ((160, 48), "layers-160x48")] {
        Session::open(SMALL, size).keys("2 j").golden(name);
    }
}
