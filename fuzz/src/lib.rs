//! What the targets check; an ordinary test replays it over old findings.

#[path = "../../tests/common/checks.rs"]
pub mod checks;
