//! Where data goes: stdout, or a file that is replaced at once or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use imgsize::interrupt;

use super::exit::Failure;

/// Hands a sink to `write`, and sees to it that all of it arrives.
pub(super) fn to(
    target: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    match target {
        None => {
            let mut stdout = io::stdout().lock();
            let result = write(&mut stdout).and_then(|()| stdout.flush());
            result.map_err(|error| Failure::write("stdout", error))
        }
        Some(path) => {
            let name = path.to_string_lossy().into_owned();
            file(path, write).map_err(|error| Failure::write(name, error))
        }
    }
}

fn file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Before there is a file: it is unfinished for a moment only.
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    // A pipe or a device cannot be replaced.
    if fs::metadata(path).is_ok_and(|kind| !kind.is_file()) {
        let mut file = fs::OpenOptions::new().write(true).open(path)?;
        return file.write_all(&bytes);
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".imgsize-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file: the umask takes away what the user wants away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let _unfinished = interrupt::unfinished();
    let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
    // The error would name the temporary file, which nobody has heard of.
    let mut file = file.map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(&bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
