//! What holds of advice: of each rule in its cases, of all of them on any image.

mod cases;
mod large;
mod law;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::analysis::{Wishes, analyze};
use crate::base::Known;
use crate::rootfs::NodeId;
use crate::scan::How;
use crate::testkit::{Case, gzip, plain};

fn analysis_of(case: &Case) -> Analysis {
    // A case says by a label that its layers are compressed.
    let image = match case.config["Labels"]["packed"].as_str() {
        Some(_) => case.image(gzip),
        None => case.image(plain),
    };
    let mut wishes = Wishes::default();
    if let Some(base) = case.base {
        let mut info = image.info.clone();
        info.layers.truncate(base);
        wishes.base = Some(Arc::new(Known::of(&info)));
    }
    analyze(&image, &How::default(), &wishes, &|_| {}).unwrap()
}
