//! A budget by flags. What comes in is what was typed; what goes out is the budget of
//! the file with it: flags come before the file, and add to it.

use super::{Budget, Forbid, Forbidden, Limit, Name, Paths, Scope, Subject};
use crate::units::Bytes;

/// What was typed; sizes in bytes.
#[derive(Debug, Default, Clone)]
pub struct Flags {
    /// The most stored bytes.
    pub max_total: Option<Bytes>,
    /// The most download bytes.
    pub max_download: Option<Bytes>,
    /// The most lost bytes.
    pub max_lost: Option<Bytes>,
    /// The largest lost part, 0 to 1.
    pub max_lost_share: Option<f64>,
    /// The least live part, 0 to 1.
    pub min_efficiency: Option<f64>,
    /// The most layers.
    pub max_layers: Option<u32>,
    /// By how much `total` may grow.
    pub max_growth: Option<Bytes>,
    /// By how many percent `total` may grow.
    pub max_growth_percent: Option<f64>,
    /// Packages that must not be there.
    pub forbid_packages: Vec<String>,
    /// Paths that must not be there.
    pub forbid_paths: Vec<String>,
    /// What growth is measured against.
    pub baseline: Option<String>,
    /// Do only the layers on top of the base count?
    pub above_base: bool,
    /// Fail (true) or warn, where a limit does not say it itself.
    pub fails: Option<bool>,
}

impl Flags {
    /// Do they say more than what to compare with and how to count?
    pub fn limits_something(&self) -> bool {
        self.max_total.is_some()
            || self.max_download.is_some()
            || self.max_lost.is_some()
            || self.max_lost_share.is_some()
            || self.min_efficiency.is_some()
            || self.max_layers.is_some()
            || self.max_growth.is_some()
            || self.max_growth_percent.is_some()
            || !self.forbid_packages.is_empty()
            || !self.forbid_paths.is_empty()
    }
}

impl Budget {
    /// This budget, and on top of it what was typed; else why that cannot be meant.
    pub fn with(mut self, flags: &Flags) -> Result<Budget, String> {
        for (name, share) in [
            ("--max-lost-share", flags.max_lost_share),
            ("--min-efficiency", flags.min_efficiency),
        ] {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                return Err(format!(
                    "`{name}` is a part of one, from 0 to 1, such as 0.95"
                ));
            }
        }
        let percent = flags.max_growth_percent;
        if percent.is_some_and(|percent| !percent.is_finite() || percent < 0.0) {
            return Err("`--max-growth-percent` is 0 or more".to_owned());
        }
        let bytes = |bytes: Option<Bytes>| bytes.map(|bytes| bytes.0 as f64);
        for (of, bound) in [
            (Subject::Total, bytes(flags.max_total)),
            (Subject::Download, bytes(flags.max_download)),
            (Subject::Lost, bytes(flags.max_lost)),
            (Subject::LostShare, flags.max_lost_share),
            (Subject::Efficiency, flags.min_efficiency),
            (Subject::Layers, flags.max_layers.map(f64::from)),
        ] {
            if bound.is_some() {
                let limit = self.limit(of);
                limit.bound = bound;
                // A step of the file that is beyond the new limit would never warn.
                limit.warn = None;
            }
        }
        if flags.max_growth.is_some() || percent.is_some() {
            let limit = self.limit(Subject::Total);
            limit.growth = bytes(flags.max_growth);
            limit.growth_percent = percent;
        }
        for package in &flags.forbid_packages {
            let name = Name::new(package).map_err(|why| format!("`--forbid-package`: {why}"))?;
            self.forbid(Forbidden::Package(name));
        }
        for path in &flags.forbid_paths {
            let paths = Paths::new(path).map_err(|why| format!("`--forbid-path`: {why}"))?;
            self.forbid(Forbidden::Path(paths));
        }
        self.baseline = flags.baseline.clone().or(self.baseline);
        self.above_base |= flags.above_base;
        self.fails = flags.fails.unwrap_or(self.fails);
        Ok(self)
    }

    /// The limit on this for every image, which may be a new one.
    fn limit(&mut self, of: Subject) -> &mut Limit {
        let id = of.to_string();
        let there = self.limits.iter().position(|limit| limit.id() == id);
        let at = there.unwrap_or_else(|| {
            self.limits.push(Limit::on(of));
            self.limits.len() - 1
        });
        &mut self.limits[at]
    }

    fn forbid(&mut self, what: Forbidden) {
        let forbid = Forbid {
            what,
            also_lost: false,
            scope: Scope::default(),
        };
        let id = forbid.id();
        if !self.forbids.iter().any(|other| other.id() == id) {
            self.forbids.push(forbid);
        }
    }
}
