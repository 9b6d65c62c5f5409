#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::path::Path;

use super::*;

/// What a real containerd keeps: see `make.sh` there.
fn real() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/source/containerd/root")
}

fn roots(namespace: Option<&str>) -> Roots {
    Roots {
        folders: vec![PathBuf::from("/no/such/folder"), real()],
        namespace: namespace.map(str::to_owned),
    }
}

/// The name in full and the index's digest.
fn found(asked: &str, namespace: Option<&str>) -> Result<(String, String), SourceError> {
    let (store, leaves) = find(&roots(namespace), asked)?;
    let (index, leaves) = index::choose_all(&*store, leaves, None)?;
    let (images, _) = oci::images(&*store, &leaves)?;
    Ok((images[0].0.name.clone(), index.unwrap().to_string()))
}

#[test]
fn a_short_name_is_the_long_one() {
    let (name, index) = found("tiny", None).unwrap();
    assert_eq!(name, "docker.io/library/tiny:latest");
    for other in [
        "tiny:latest",
        "library/tiny",
        "docker.io/library/tiny:latest",
    ] {
        assert_eq!(found(other, None).unwrap(), (name.clone(), index.clone()));
    }
    let (name, _) = found("registry.example/app:1", None).unwrap();
    assert_eq!(name, "registry.example/app:1");
    for other in [
        "registry.example/app",
        "app:1",
        "latest",
        "",
        "v1",
        "docker.io/library/tiny",
    ] {
        let is_there = found(other, None).is_ok();
        assert_eq!(is_there, other.ends_with("tiny"), "{other}");
    }
}

#[test]
fn the_namespace_of_ctr_comes_before_that_of_kubernetes() {
    let ctr = found("tiny", None).unwrap();
    assert_eq!(found("tiny", Some("default")).unwrap(), ctr);
    assert_ne!(found("tiny", Some("k8s.io")).unwrap(), ctr);
    assert!(found("registry.example/app:1", Some("default")).is_err());
    assert!(found("tiny", Some("moby")).is_err());
}

#[test]
fn what_is_not_here_is_told_with_what_is() {
    let Err(SourceError::Containerd(ContainerdError::NoSuchImage { there, .. })) =
        found("alpine", Some("default"))
    else {
        panic!("not told");
    };
    assert_eq!(
        there,
        [
            "docker.io/library/half:latest",
            "docker.io/library/tiny:latest"
        ]
    );
    let nowhere = Roots {
        folders: vec![PathBuf::from("/no/such"), PathBuf::from("/nor/such")],
        namespace: None,
    };
    let error = find(&nowhere, "tiny").err().unwrap();
    assert_eq!(
        error.to_string(),
        "there is no containerd in /no/such or /nor/such"
    );
}

#[test]
fn a_database_that_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAMES);
    std::fs::create_dir_all(&path).unwrap();
    let place = Roots {
        folders: vec![folder.path().to_owned()],
        namespace: None,
    };
    assert!(find(&place, "tiny").is_err());
    std::fs::remove_dir(&path).unwrap();
    std::fs::write(&path, [0; 4096]).unwrap();
    let Err(SourceError::Containerd(error)) = find(&place, "tiny") else {
        panic!("it was read");
    };
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(why, "it is damaged: it has no valid meta page");
    assert!(!error.is_absence());
}

#[test]
fn numbers_are_as_go_writes_them() {
    let go = |bytes: &[u8]| varint(bytes);
    assert_eq!(go(&[0]), Some(0));
    assert_eq!(go(&[0x02]), Some(1));
    assert_eq!(go(&[0xd8, 0x04]), Some(300));
    let largest = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(go(&largest), Some(i64::MAX as u64));
    for none in [&[][..], &[0x01], &[0x80], &[0xff; 10], &[0xff; 100]] {
        assert_eq!(go(none), None, "{none:?}");
    }
}
