//! What Composer keeps to install again.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "php-composer",
    summary: "Composer's cache of packages",
    explain: "\
Composer keeps the packages that it downloaded below ~/.composer/cache. Nothing reads them
once they are installed. Install in a stage of its own with `composer install --no-dev`, or
put the cache on a cache mount. It is silent where the command runs composer; it cannot see
a program that does so by itself.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs("composer") || view.is_for_shells() {
        return Vec::new();
    }
    let files = view.place("Composer cache");
    let is_root_s = |file: &NodeId| view.path(*file).starts_with("root/.composer/cache/");
    let is_all = files.iter().all(is_root_s);
    let Some(mut finding) = view.left(
        "Composer's cache is in the image",
        files,
        "rm -rf /root/.composer/cache",
    ) else {
        return Vec::new();
    };

    if !is_all {
        finding.edits.clear();
    }
    let finding = finding.risk(Risk::Safe).fix("FROM composer AS vendor\nRUN composer install --no-dev --optimize-autoloader\n\nFROM php:…\nCOPY --from=vendor /app/vendor /app/vendor");

    vec![finding]
}
