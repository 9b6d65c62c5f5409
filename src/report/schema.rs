//! The JSON Schemas of the reports, made from their types.

use std::io::{self, Write};

use super::{DeploymentReport, Outline, PlatformsReport, Report, Verification, Why, json};
use crate::trim::Outcome;

/// Writes the JSON Schema of [`Report`].
pub fn schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(Report), out)
}

/// Writes the JSON Schema of [`Outline`].
pub fn outline_schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(Outline), out)
}

/// Writes the JSON Schema of [`PlatformsReport`].
pub fn platforms_schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(PlatformsReport), out)
}

/// Writes the JSON Schema of [`Why`].
pub fn why_schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(Why), out)
}

/// Writes the JSON Schema of [`Outcome`].
pub fn trim_schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(Outcome), out)
}

/// Writes the JSON Schema of [`Verification`].
pub fn verify_schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(Verification), out)
}

/// Writes the JSON Schema of [`DeploymentReport`].
pub fn deployment_schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(DeploymentReport), out)
}
