//! Apps and other projects. What comes in is the manifests outside of `node_modules`;
//! what goes out is a package without files for each, and what it needs. Whose their
//! files are, others tell.

use super::needs::Needy;
use super::{CACHES, MANIFEST, is_below_modules, is_cached_by_bun, manifest};
use crate::owner::{Category, Package, Scene};

/// What cannot be read is no app, and what has neither a name nor needs is none:
/// `{"type": "module"}` only says how to read the files beside it.
pub(super) fn find(scene: &Scene<'_>) -> Vec<(Package, Needy)> {
    let fs = scene.fs;
    let apps = scene.kept().filter_map(|(path, file, text)| {
        let folder = fs.parent(file);
        let is_app = fs.name(file) == MANIFEST
            && !is_below_modules(path.as_bytes())
            && !is_cached_by_bun(fs.name(folder))
            && !path.parts().any(|part| CACHES.contains(&part));
        let told = is_app.then(|| manifest::read(text).ok()).flatten()?;
        let names = [told.needs, told.needs_in_development].concat();
        let by_folder = (!names.is_empty()).then(|| match fs.name(folder) {
            b"" => "app".to_owned(),
            name => String::from_utf8_lossy(name).into_owned(),
        });
        let app = Package {
            name: told.name.or(by_folder)?,
            version: told.version.unwrap_or_default(),
            category: Category::LanguagePackages,
            ..Package::default()
        };
        let names = Some(names);
        Some((app, Needy { folder, names }))
    });
    apps.collect()
}
