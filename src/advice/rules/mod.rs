//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod apk_build_deps_left;
mod apk_cache;
mod apt_build_toolchain;
mod apt_cache;
mod apt_dev_packages;
mod apt_lists;
mod apt_recommends;
mod layer_metadata_rewrite;
mod os_docs;
mod os_health_tool;
mod os_locale;
mod os_second_interpreter;
mod os_tools;
mod py_tests;
mod rpm_cache;

use super::Rule;

/// Every rule, by subject: layers, operating systems, languages, data, bases, secrets.
pub const RULES: &[Rule] = &[
    layer_metadata_rewrite::RULE,
    apt_build_toolchain::RULE,
    apt_recommends::RULE,
    apt_lists::RULE,
    apt_cache::RULE,
    apt_dev_packages::RULE,
    os_docs::RULE,
    os_locale::RULE,
    os_tools::RULE,
    os_health_tool::RULE,
    os_second_interpreter::RULE,
    apk_cache::RULE,
    apk_build_deps_left::RULE,
    rpm_cache::RULE,
    py_tests::RULE,
];
