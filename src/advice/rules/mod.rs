//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod apk_build_deps_left;
mod apk_cache;
mod apt_build_toolchain;
mod apt_cache;
mod apt_dev_packages;
mod apt_lists;
mod apt_recommends;
mod base_cuda_devel;
mod base_static;
mod base_switch_slim;
mod dotnet_publish_junk;
mod dotnet_sdk;
mod go_modcache;
mod go_unstripped;
mod java_build_cache;
mod java_jdk_in_runtime;
mod java_jmods_src;
mod layer_metadata_rewrite;
mod native_debug_info;
mod native_libc_mismatch;
mod os_debug_files;
mod os_docs;
mod os_fonts;
mod os_health_tool;
mod os_heavy_gui_stack;
mod os_locale;
mod os_second_interpreter;
mod os_tools;
mod os_upgrade;
mod php_composer;
mod py_tests;
mod rpm_cache;
mod ruby_ext_objects;
mod ruby_gem_cache;
mod rust_target_cargo;
mod static_libs;

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
    os_heavy_gui_stack::RULE,
    os_tools::RULE,
    os_health_tool::RULE,
    os_second_interpreter::RULE,
    apk_cache::RULE,
    apk_build_deps_left::RULE,
    rpm_cache::RULE,
    static_libs::RULE,
    os_debug_files::RULE,
    os_fonts::RULE,
    os_upgrade::RULE,
    native_debug_info::RULE,
    go_unstripped::RULE,
    go_modcache::RULE,
    rust_target_cargo::RULE,
    java_jdk_in_runtime::RULE,
    java_jmods_src::RULE,
    java_build_cache::RULE,
    dotnet_sdk::RULE,
    dotnet_publish_junk::RULE,
    ruby_gem_cache::RULE,
    ruby_ext_objects::RULE,
    php_composer::RULE,
    base_switch_slim::RULE,
    base_static::RULE,
    base_cuda_devel::RULE,
    native_libc_mismatch::RULE,
    py_tests::RULE,
];
