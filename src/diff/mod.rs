//! What grew between two images, and why. What comes in is a report of each; what goes
//! out is a [`Diff`]: causes whose bytes sum to the difference of the totals, what
//! changed in each of them, and what a node that holds the old image pulls for the new.
//!
//! Reports are compared and not analyses, so that a saved one will do.

mod rows;

pub use rows::{
    CauseKind, CauseRow, Change, Diff, DiffImage, ItemRow, Kind, LayerChange, LayerFate, Update,
};
