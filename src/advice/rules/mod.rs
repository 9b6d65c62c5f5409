//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod app_data_in_image;
mod apt_lists;
mod archive_left;
mod compression_zstd;
mod context_bloat;
mod dev_server_in_image;
mod docker_files;
mod duplicate_content;
mod editor_os_junk;
mod layer_append_rewrite;
mod layer_deleted_later;
mod layer_metadata_rewrite;
mod layer_moved_tree;
mod layer_overwritten_later;
mod logs_tmp_core;
mod many_layers;
mod ml_format_duplicate;
mod ml_hf_cache;
mod ml_model_duplicate;
mod order_volatility;
mod py_tests;
mod root_user;
mod secret_in_image;
mod sparse_lastlog;
mod test_cache_junk;
mod vcs_dir;
mod wheel_soname_duplicates;

use super::Rule;

/// Every rule, by subject: layers, operating systems, languages, data, bases, secrets.
pub const RULES: &[Rule] = &[
    layer_metadata_rewrite::RULE,
    layer_deleted_later::RULE,
    layer_overwritten_later::RULE,
    layer_moved_tree::RULE,
    layer_append_rewrite::RULE,
    vcs_dir::RULE,
    secret_in_image::RULE,
    order_volatility::RULE,
    logs_tmp_core::RULE,
    test_cache_junk::RULE,
    archive_left::RULE,
    app_data_in_image::RULE,
    context_bloat::RULE,
    editor_os_junk::RULE,
    docker_files::RULE,
    many_layers::RULE,
    dev_server_in_image::RULE,
    root_user::RULE,
    compression_zstd::RULE,
    sparse_lastlog::RULE,
    ml_model_duplicate::RULE,
    ml_format_duplicate::RULE,
    ml_hf_cache::RULE,
    duplicate_content::RULE,
    wheel_soname_duplicates::RULE,
    apt_lists::RULE,
    py_tests::RULE,
];
