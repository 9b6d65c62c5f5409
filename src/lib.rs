//! x
pub mod analysis;
pub mod base;
pub mod codec;
pub mod digest;
pub mod layer;
pub mod owner;
pub mod path;
pub mod report;
pub mod rootfs;
pub mod scan;
pub mod source;
pub mod tarfile;
#[doc(hidden)]
pub mod testkit;
pub mod units;
