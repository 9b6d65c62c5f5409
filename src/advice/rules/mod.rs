//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod app_migrations;
mod apt_lists;
mod browsers_bundled;
mod conda_pkgs;
mod layer_metadata_rewrite;
mod py_aws_data;
mod py_babel_locales;
mod py_build_tools;
mod py_c_sources;
mod py_dev_packages;
mod py_django_locale;
mod py_env_managers;
mod py_google_discovery;
mod py_google_legacy_sdk;
mod py_gpu_variants;
mod py_jupyter;
mod py_opencv;
mod py_pip_cache;
mod py_pyc;
mod py_pyc_stale;
mod py_stdlib_extras;
mod py_tests;
mod py_torch_cuda;
mod py_unstripped_so;
mod py_uv_cache;
mod py_web_assets;
mod py_worker_mismatch;

use super::Rule;

/// Every rule, by subject: layers, operating systems, languages, data, bases, secrets.
pub const RULES: &[Rule] = &[
    layer_metadata_rewrite::RULE,
    apt_lists::RULE,
    py_tests::RULE,
    py_pip_cache::RULE,
    py_uv_cache::RULE,
    py_unstripped_so::RULE,
    py_torch_cuda::RULE,
    py_google_discovery::RULE,
    py_google_legacy_sdk::RULE,
    py_dev_packages::RULE,
    py_build_tools::RULE,
    py_env_managers::RULE,
    py_pyc::RULE,
    py_c_sources::RULE,
    py_gpu_variants::RULE,
    py_aws_data::RULE,
    py_babel_locales::RULE,
    py_django_locale::RULE,
    py_jupyter::RULE,
    py_pyc_stale::RULE,
    py_opencv::RULE,
    py_stdlib_extras::RULE,
    py_web_assets::RULE,
    py_worker_mismatch::RULE,
    conda_pkgs::RULE,
    browsers_bundled::RULE,
    app_migrations::RULE,
];
